//! A scripted issuer on loopback: every host of the internet at once. The program reaches it as a proxy (`HTTPS_PROXY`), opens a
//! tunnel to the host that it wants, and meets a certificate for that host by a test's own authority. So nothing in the program is
//! bent for tests, and nothing leaves the machine.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, reason = "a test that meets nothing where something should be has failed")]

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};

/// A request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub host: String,
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// What it is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(u16, Vec<(String, String)>, String),
    /// Nothing, until the other side gives up.
    Silence,
    /// The connection is closed.
    Cut,
}

impl Reply {
    pub fn json(status: u16, body: &str) -> Self {
        Self::Answer(status, vec![("Content-Type".into(), "application/json".into())], body.into())
    }
}

type Play = dyn Fn(&Asked) -> Reply + Send + Sync;

struct Inner {
    authority: rcgen::Issuer<'static, KeyPair>,
    configs: Mutex<HashMap<String, Arc<ServerConfig>>>,
    play: Mutex<Arc<Play>>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicUsize,
    /// Requests that are being answered, and the most there were at once.
    busy: AtomicUsize,
    most_busy: AtomicUsize,
}

pub struct Issuer {
    pub address: SocketAddr,
    pub authority_pem: String,
    inner: Arc<Inner>,
}

impl Issuer {
    pub fn new(play: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let authority_pem = params.self_signed(&key).unwrap().pem();
        let inner = Arc::new(Inner {
            authority: rcgen::Issuer::new(params, key),
            configs: Mutex::default(),
            play: Mutex::new(Arc::new(play)),
            asked: Mutex::default(),
            connections: AtomicUsize::new(0),
            busy: AtomicUsize::new(0),
            most_busy: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let shared = Arc::clone(&shared);
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Self { address, authority_pem, inner }
    }

    pub fn proxy(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn play(&self, play: impl Fn(&Asked) -> Reply + Send + Sync + 'static) {
        *self.inner.play.lock().unwrap() = Arc::new(play);
    }

    /// What came in since the last look.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.inner.asked.lock().unwrap())
    }

    /// How often anybody connected, for whatever reason.
    pub fn connections(&self) -> usize {
        self.inner.connections.load(Ordering::SeqCst)
    }

    pub fn most_busy(&self) -> usize {
        self.inner.most_busy.load(Ordering::SeqCst)
    }
}

impl Inner {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let head = read_head(&mut stream)?;
        let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        let Some(host) = target.strip_suffix(":443").map(str::to_owned) else { return Ok(()) };
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        let connection = ServerConnection::new(self.config(&host)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        loop {
            let asked = read_request(&mut stream, &host)?;
            self.asked.lock().unwrap().push(asked.clone());
            let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
            self.most_busy.fetch_max(busy, Ordering::SeqCst);
            let play = Arc::clone(&self.play.lock().unwrap());
            let reply = play(&asked);
            self.busy.fetch_sub(1, Ordering::SeqCst);
            match reply {
                Reply::Answer(status, headers, body) => {
                    let mut text = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n", body.len());
                    for (name, value) in headers {
                        text.push_str(&format!("{name}: {value}\r\n"));
                    }
                    text.push_str("\r\n");
                    if asked.method != "HEAD" {
                        text.push_str(&body);
                    }
                    stream.write_all(text.as_bytes())?;
                    stream.flush()?;
                }
                Reply::Silence => {
                    stream.sock.set_read_timeout(Some(Duration::from_secs(30)))?;
                    let _ = stream.read(&mut [0; 64]);
                    return Ok(());
                }
                Reply::Cut => return Ok(()),
            }
        }
    }

    fn config(&self, host: &str) -> Arc<ServerConfig> {
        let mut configs = self.configs.lock().unwrap();
        let made = configs.entry(host.to_owned()).or_insert_with(|| {
            let key = KeyPair::generate().unwrap();
            let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
            let certificate: CertificateDer<'static> = params.signed_by(&key, &self.authority).unwrap().into();
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
            let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
            Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
        });
        Arc::clone(made)
    }
}

/// Up to and with the empty line.
fn read_head(stream: &mut impl Read) -> std::io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn read_request(stream: &mut impl Read, host: &str) -> std::io::Result<Asked> {
    let head = read_head(stream)?;
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let mut asked = Asked { host: host.to_owned(), method, path, headers, body: String::new() };
    let length: usize = asked.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    Ok(asked)
}
