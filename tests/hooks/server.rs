//! `pre-receive` on a server, where what was pushed lies in quarantine until the hook agrees: over a path and over HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use crate::place::{Place, Run, line};

/// A bare repository with the hook, as the remote `origin`.
fn place() -> (Place, PathBuf) {
    let place = Place::with(&[]);
    let origin = place.origin();
    let mut install = place.command(env!("CARGO_BIN_EXE_keysweep"), &origin);
    Run::of(install.args(["hook", "install", "--stage", "pre-receive"]).output().unwrap()).done();
    (place, origin)
}

fn refuses_a_key_and_takes_the_rest(place: &Place, origin: &Path) {
    place.git(&["push", "-q", "origin", "main"]).silent();
    place.write("a.py", line());
    place.commit("a key");
    let count = || place.git_in(origin, &["count-objects", "-v"]).done();
    let before = count();
    let text = place.git(&["push", "origin", "main"]).stopped();
    assert!(text.contains("remote: keysweep stopped this push: 1 secret in the commits that came in"), "{text}");
    assert!(text.contains("a.py:1") && text.contains("ghp_********"), "{text}");
    assert!(!text.contains("KEYSWEEP_SKIP"), "a server's hook is not skipped by those who push: {text}");
    assert_eq!(count(), before, "what was refused is gone");
    place.git(&["reset", "-q", "--hard", "HEAD~1"]).done();
    place.write("b.py", "clean\n");
    place.commit("clean");
    place.git(&["push", "-q", "origin", "main", "main:other"]).silent();
    place.git(&["push", "-q", "origin", ":other"]).silent();
}

#[test]
fn a_server_refuses_a_key_over_a_path() {
    let (place, origin) = place();
    refuses_a_key_and_takes_the_rest(&place, &origin);
}

#[test]
fn what_a_server_has_is_not_told_again() {
    let (place, _origin) = place();
    place.write("a.py", line());
    place.commit("a key");
    place.git(&["push", "origin", "main"]).stopped();
    place.keysweep(&["hook", "uninstall"]).done();
    let mut uninstall = place.command(env!("CARGO_BIN_EXE_keysweep"), &place.path("origin.git"));
    Run::of(uninstall.args(["hook", "uninstall"]).output().unwrap()).done();
    place.git(&["push", "-q", "origin", "main"]).done();
    let mut install = place.command(env!("CARGO_BIN_EXE_keysweep"), &place.path("origin.git"));
    Run::of(install.args(["hook", "install", "--stage", "pre-receive"]).output().unwrap()).done();
    place.write("b.py", "clean\n");
    place.commit("clean");
    place.git(&["push", "-q", "origin", "main", "main:another"]).silent();
}

#[test]
fn a_server_refuses_a_key_over_http() {
    let (place, origin) = place();
    place.git_in(&origin, &["config", "http.receivepack", "true"]).done();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let root = place.path("");
    let template = || {
        let mut command = place.command("git", &place.home());
        command.arg("http-backend").env("GIT_PROJECT_ROOT", &root).env("GIT_HTTP_EXPORT_ALL", "1");
        command.env("REMOTE_USER", "ana").env("GIT_CONFIG_COUNT", "1");
        command.env("GIT_CONFIG_KEY_0", "safe.directory").env("GIT_CONFIG_VALUE_0", "*");
        command
    };
    place.git(&["remote", "set-url", "origin", &format!("http://{address}/origin.git")]).done();
    thread::scope(|scope| {
        let server = scope.spawn(|| serve(&listener, &template));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            refuses_a_key_and_takes_the_rest(&place, &origin)
        }));
        TcpStream::connect(address).unwrap().write_all(b"STOP / HTTP/1.0\r\n\r\n").unwrap();
        server.join().unwrap();
        result.unwrap();
    });
}

/// Answers requests one by one with `git http-backend`, by the rules of CGI, until it is told to stop.
fn serve(listener: &TcpListener, backend: &dyn Fn() -> Command) {
    for stream in listener.incoming() {
        let mut stream = BufReader::new(stream.unwrap());
        let mut first = String::new();
        stream.read_line(&mut first).unwrap();
        let mut words = first.split_whitespace();
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if method == "STOP" {
            return;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut command = backend();
        command.env("REQUEST_METHOD", method).env("PATH_INFO", path).env("QUERY_STRING", query);
        let (mut length, mut chunked) = (0, false);
        loop {
            let mut header = String::new();
            stream.read_line(&mut header).unwrap();
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            match name.to_lowercase().as_str() {
                "content-length" => length = value.parse().unwrap(),
                "content-type" => drop(command.env("CONTENT_TYPE", value)),
                "content-encoding" => drop(command.env("HTTP_CONTENT_ENCODING", value)),
                "git-protocol" => drop(command.env("GIT_PROTOCOL", value)),
                "transfer-encoding" => chunked = value == "chunked",
                "expect" => stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap(),
                _ => {}
            }
        }
        let body = if chunked { chunks(&mut stream) } else { exactly(&mut stream, length) };
        command.env("CONTENT_LENGTH", body.len().to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let writer = thread::spawn(move || drop(input.write_all(&body)));
        let answer = child.wait_with_output().unwrap().stdout;
        writer.join().unwrap();
        let status = String::from_utf8_lossy(&answer);
        let status = status.strip_prefix("Status: ").and_then(|rest| rest.lines().next()).unwrap_or("200 OK");
        let mut out = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
        out.extend_from_slice(&answer);
        stream.get_mut().write_all(&out).unwrap();
    }
}

fn exactly(stream: &mut impl Read, length: usize) -> Vec<u8> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    body
}

fn chunks(stream: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        stream.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        body.extend(exactly(stream, size));
        exactly(stream, 2);
        if size == 0 {
            return body;
        }
    }
}
