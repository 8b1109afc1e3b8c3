//! AWS's keys at moto, a server that keeps IAM's state and checks signatures. Where it is not installed (`moto_server` in the path, or
//! named by MOTO_SERVER; `pip install "moto[server,iam,sts]"`), this says so and tests nothing.

use std::{
    env,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use libtest_mimic::Trial;

use crate::{
    issuer::{Asked, Reply},
    stage::{Stage, outcomes},
    world::World,
};

pub fn trials() -> Vec<Trial> {
    vec![Trial::test("an_aws_key_is_disabled_enabled_and_deleted_at_moto", || {
        match server() {
            Some(server) => at_moto(&Moto::start(&server)),
            None => println!("skipped: no moto_server in the path (pip install \"moto[server,iam,sts]\")"),
        }
        Ok(())
    })]
}

fn server() -> Option<PathBuf> {
    let named = env::var_os("MOTO_SERVER").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join("moto_server")).find(|file| file.is_file());
    named.or(found)
}

struct Moto {
    child: Child,
    port: u16,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Moto {
    fn start(server: &PathBuf) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(server);
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.env("INITIAL_NO_AUTH_ACTION_COUNT", "4").spawn().unwrap();
        let moto = Self { child, port };
        for _ in 0..600 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return moto;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("moto did not start");
    }

    /// A call of IAM's, without a login: only while moto lets such through.
    fn iam(&self, form: &str) -> String {
        let scope =
            "AWS4-HMAC-SHA256 Credential=AKIAX/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
        let headers = [("Authorization", scope), ("Content-Type", "application/x-www-form-urlencoded")];
        let (status, body) = send(self.port, "POST", "iam.amazonaws.com", "/", &headers, form);
        assert_eq!(status, 200, "{form}: {body}");
        body
    }

    /// Which keys the user has, and how they are.
    fn keys(&self) -> Vec<(String, String)> {
        let (status, _) = send(self.port, "POST", "motoapi.amazonaws.com", "/moto-api/reset-auth", &[], "1");
        assert_eq!(status, 200);
        let list = self.iam("Action=ListAccessKeys&Version=2010-05-08&UserName=deploy");
        let members = list.split("<member>").skip(1);
        members.map(|member| (tag(member, "AccessKeyId"), tag(member, "Status"))).collect()
    }
}

fn tag(text: &str, name: &str) -> String {
    let inside = text.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    inside.unwrap_or_else(|| panic!("no {name} in {text}")).0.to_owned()
}

fn send(port: u16, method: &str, host: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut text =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// What the program asks an AWS host, asked of moto.
fn forward(port: u16, asked: &Asked) -> Reply {
    let own = ["host", "content-length", "connection"];
    let headers = asked.headers.iter().filter(|(name, _)| !own.contains(&name.to_ascii_lowercase().as_str()));
    let headers: Vec<(&str, &str)> = headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (status, body) = send(port, &asked.method, &asked.host, &asked.path, &headers, &asked.body);
    Reply::Answer(status, vec![("Content-Type".into(), "text/xml".into())], body)
}

fn at_moto(moto: &Moto) {
    moto.iam("Action=CreateUser&Version=2010-05-08&UserName=deploy");
    let make = || {
        let made = moto.iam("Action=CreateAccessKey&Version=2010-05-08&UserName=deploy");
        (tag(&made, "AccessKeyId"), tag(&made, "SecretAccessKey"))
    };
    let (leaked, other) = (make(), make());
    let policy = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    moto.iam(&format!(
        "Action=PutUserPolicy&Version=2010-05-08&UserName=deploy&PolicyName=all&PolicyDocument={policy}"
    ));
    let world = World::new(Duration::ZERO, Duration::ZERO);
    let mut stage = Stage::new(world.clone(), &["acme"], vec![world.add("acme", "self", 1)]);
    let port = moto.port;
    stage.issuer.play(move |asked| forward(port, asked));
    stage.secrets = vec![leaked.1.clone(), other.1.clone()];
    stage.sandbox.write("keys.env", format!("AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}\n", leaked.0, leaked.1));
    let scan = stage.sandbox.run(&["scan", ".", "--rule", "aws-secret-access-key", "--format", "json"]);
    assert_eq!(scan.code, 1, "{scan:?}");
    stage.sandbox.write("../report.json", &scan.stdout);
    let state = |moto: &Moto| {
        let mut keys = moto.keys();
        keys.sort_by_key(|(id, _)| *id != leaked.0);
        keys
    };
    let is = |id: &str, status: &str| (id.to_owned(), status.to_owned());

    let digest = stage.plan(&[]);
    let disabled = stage.apply(&digest, &[]);
    // IAM says Inactive; moto takes such a key all the same, so nobody has seen it dead.
    let said = outcomes(&disabled);
    assert!(said.iter().any(|said| said.starts_with("accepted: iam.amazonaws.com said yes (200)")), "{disabled:?}");
    assert_eq!(state(moto), [is(&leaked.0, "Inactive"), is(&other.0, "Active")]);

    let mut undo =
        stage.command(&["undo", "../plan.json", "--journal", "../journal.jsonl", "--approve", &digest, "--wait", "1"]);
    undo.env("AWS_ACCESS_KEY_ID", &other.0).env("AWS_SECRET_ACCESS_KEY", &other.1);
    let undone = crate::sandbox::Run::of(undo.output().unwrap());
    assert!(undone.code == 0 && outcomes(&undone)[0].starts_with("restored"), "{undone:?}");
    assert_eq!(state(moto), [is(&leaked.0, "Active"), is(&other.0, "Active")]);

    let digest = stage.plan(&["--irreversible"]);
    let deleted = stage.apply(&digest, &[]);
    assert!(deleted.code == 0 && outcomes(&deleted)[0].starts_with("revoked: seen live, then dead"), "{deleted:?}");
    assert_eq!(state(moto), [is(&other.0, "Active")]);
}
