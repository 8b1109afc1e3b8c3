//! The way to the network. What it will not do is as much its purpose as what it does: no plain HTTP, no certificate unchecked,
//! no redirect, no cookie, no compressed answer (none is asked for, so that none can unfold), no address of the local network.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    future::ready,
    io::{self, Read},
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Proxy, Url,
    blocking::{self, Response},
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderName, HeaderValue},
    redirect::Policy,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::{Failure, MAX_BODY, Outgoing, Proxies, Received, Transport, address};

/// How requests are sent.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Most time for one request, its answer included.
    pub timeout: Duration,
    /// Files with certificates (PEM) that are trusted beside the system's.
    pub ca_files: Vec<PathBuf>,
    /// What stands between.
    pub proxies: Proxies,
    /// Hosts that the user listed: they may have a private address.
    pub listed: BTreeSet<String>,
}

/// Why requests cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file of certificates.
    #[error("{0}: {1}")]
    CaFile(PathBuf, String),
    /// TLS or the proxy's address.
    #[error("{0}")]
    Setup(String),
}

/// Sends requests over HTTPS.
pub struct Client {
    inner: blocking::Client,
    proxies: Proxies,
    listed: BTreeSet<String>,
    pins: Arc<Pins>,
}

impl Client {
    /// # Errors
    /// Where a file of certificates cannot be read, or the proxy's address is none.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        let Settings { timeout, ca_files, proxies, listed } = settings;
        let pins = Arc::new(Pins::default());
        let mut builder = blocking::Client::builder()
            .tls_backend_preconfigured(tls(&ca_files)?)
            .https_only(true)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .timeout(timeout)
            .pool_idle_timeout(Duration::from_secs(10))
            .pool_max_idle_per_host(2)
            .dns_resolver(Arc::clone(&pins));
        // An exception may be for some hosts only, so the address is asked for with a name that none fits.
        if let Some(address) = proxies.of("") {
            let url = Url::parse(address).map_err(|_| ClientError::Setup("the proxy's address is none".into()))?;
            if !matches!(url.scheme(), "http" | "https") {
                return Err(ClientError::Setup(format!("a proxy of the kind {} is not supported", url.scheme())));
            }
            if let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) {
                // The proxy itself may well be in the local network.
                pins.put(host, (host, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default());
            }
            let own = proxies.clone();
            builder = builder.proxy(Proxy::custom(move |url| own.of(url.host_str()?).map(str::to_owned)));
        }
        let inner = builder.build().map_err(|error| ClientError::Setup(error.without_url().to_string()))?;
        Ok(Self { inner, proxies, listed, pins })
    }

    /// Looks the host up, refuses addresses that are not public, and pins the others for the connection. Where a proxy stands
    /// between, it looks up: then the name has to do.
    fn admit(&self, host: &str) -> Result<(), Failure> {
        let listed = self.listed.contains(host);
        if !address::is_name(host) || !(listed || address::is_public_name(host)) {
            return Err(Failure::NotPublic);
        }
        if self.proxies.of(host).is_some() {
            return Ok(());
        }
        let found: Vec<SocketAddr> = (host, 443).to_socket_addrs().map_err(|_| Failure::NoSuchHost)?.collect();
        if found.is_empty() {
            return Err(Failure::NoSuchHost);
        }
        if !listed && !found.iter().all(|found| address::is_public(found.ip())) {
            return Err(Failure::PrivateAddress);
        }
        self.pins.put(host, found);
        Ok(())
    }
}

impl Transport for Client {
    fn send(&self, request: &Outgoing) -> Result<Received, Failure> {
        self.admit(&request.host)?;
        let url = Url::parse(&format!("https://{}{}", request.host, &*request.path)).map_err(|_| Failure::Unfit)?;
        // What is filled into a path must not have made another host of it.
        if url.host_str() != Some(&request.host) || !url.username().is_empty() || url.port().is_some() {
            return Err(Failure::Unfit);
        }
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|_| Failure::Unfit)?;
        let mut builder = self.inner.request(method, url);
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Failure::Unfit)?;
            let mut value = HeaderValue::from_str(value).map_err(|_| Failure::Unfit)?;
            value.set_sensitive(true);
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.as_bytes().to_vec());
        }
        let response = builder.send().map_err(|error| failure(&error))?;
        received(response)
    }
}

fn received(response: Response) -> Result<Received, Failure> {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers =
        headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
    let mut body = Vec::new();
    match response.take(MAX_BODY as u64).read_to_end(&mut body) {
        Ok(_) => Ok(Received { status, headers, body }),
        Err(error) => Err(read_failure(&error)),
    }
}

fn read_failure(error: &io::Error) -> Failure {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    let late = error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout);
    if late { Failure::TimedOut } else { Failure::Broken }
}

/// The kind of an error only: its words may hold the address that was asked.
fn failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::TimedOut;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let tls = inner.downcast_ref::<rustls::Error>().or_else(|| io.and_then(|io| io.downcast_ref()));
        match tls {
            Some(rustls::Error::InvalidCertificate(_)) => return Failure::Certificate,
            Some(_) => return Failure::NoConnection,
            None => cause = inner.source(),
        }
    }
    match error {
        error if error.is_builder() => Failure::Unfit,
        error if error.is_connect() => Failure::NoConnection,
        _ => Failure::Broken,
    }
}

/// Trusts what the system trusts, or a built-in list where it has none, and the user's files.
fn tls(ca_files: &[PathBuf]) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for path in ca_files {
        let wrong = |why: String| ClientError::CaFile(path.clone(), why);
        let text = fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let mut any = false;
        for certificate in CertificateDer::pem_slice_iter(&text) {
            let certificate = certificate.map_err(|_| wrong("not a certificate in PEM".into()))?;
            roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            any = true;
        }
        if !any {
            return Err(wrong("no certificate in it".into()));
        }
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| ClientError::Setup(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Addresses that were looked up and found good: a connection goes to these and to no others.
#[derive(Debug, Default)]
struct Pins(Mutex<HashMap<String, Vec<SocketAddr>>>);

impl Pins {
    fn put(&self, host: &str, addresses: Vec<SocketAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(host.to_owned(), addresses);
    }
}

impl Resolve for Pins {
    fn resolve(&self, name: Name) -> Resolving {
        let pinned = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name.as_str()).cloned();
        Box::pin(ready(match pinned {
            Some(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
            None => Err("a host that was not admitted".into()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(proxies: Proxies, listed: &[&str]) -> Client {
        let listed = listed.iter().map(|host| (*host).to_owned()).collect();
        let settings = Settings { timeout: Duration::from_secs(2), ca_files: vec![], proxies, listed };
        Client::new(settings).expect("a client")
    }

    #[test]
    fn local_names_are_refused_unless_they_are_listed() {
        let strict = client(Proxies::default(), &[]);
        for host in ["localhost", "127.0.0.1", "metadata.google.internal", "a:b@c.com"] {
            assert_eq!(strict.admit(host), Err(Failure::NotPublic), "{host}");
        }
        assert_eq!(client(Proxies::default(), &["localhost"]).admit("localhost"), Ok(()));
        let proxied = client(Proxies::new(Some("http://127.0.0.1:9".into()), ""), &[]);
        assert_eq!(proxied.admit("vault.internal"), Err(Failure::NotPublic));
        assert_eq!(proxied.admit("api.example.com"), Ok(()));
    }

    #[test]
    fn a_path_cannot_change_the_host() {
        let client = client(Proxies::new(Some("http://127.0.0.1:9".into()), ""), &[]);
        for path in ["@evil.example/", ":8443/", ".evil.example/"] {
            let request = Outgoing {
                method: "GET",
                host: "api.example.com".into(),
                path: path.to_owned().into(),
                headers: vec![],
                body: None,
            };
            assert_eq!(client.send(&request).err(), Some(Failure::Unfit), "{path}");
        }
    }
}
