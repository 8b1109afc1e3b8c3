//! Keys between `-----BEGIN` and `-----END`, in whatever people wrap their lines: quotes, escapes, comments, joined strings.

use super::{Key, Structure, base64, der, openssh, pgp};

/// Reads what stands between the marks.
pub fn read(text: &[u8]) -> Structure {
    let find = |word: &[u8]| memchr::memmem::find(text, word);
    let Some(start) =
        memchr::memmem::find(text, b"KEY").and_then(|at| Some(at + memchr::memmem::find(&text[at..], b"----")?))
    else {
        return Structure::default();
    };
    let end = memchr::memmem::rfind(text, b"---- END").or_else(|| memchr::memmem::rfind(text, b"-----END"));
    let body = &text[start..end.filter(|end| *end > start).unwrap_or(text.len())];
    if find(b"SSH2 ENCRYPTED").is_some() {
        return Structure::key(Key { what: "SSH2".into(), bits: None, encrypted: true });
    }
    let lines = lines(body);
    let locked = memchr::memmem::find(body, b"ENCRYPTED").is_some();
    let Some(bytes) = base64::decode(&lines.concat()) else {
        return Structure::unsound("nothing stands between its marks");
    };
    if locked && bytes.len() >= 32 {
        let what = ["RSA", "EC", "DSA"].into_iter().find(|what| find(format!("BEGIN {what} ").as_bytes()).is_some());
        return Structure::key(Key { what: what.unwrap_or("PEM").into(), bits: None, encrypted: true });
    }
    match der::key(&bytes).or_else(|| openssh::key(&bytes)).or_else(|| pgp::key(&bytes)) {
        Some(key) => Structure::key(key),
        None => Structure::unsound("what stands between its marks is no key"),
    }
}

/// The pieces of base64 in a body: without escapes, quotes, headers, comment marks and signs that join strings.
fn lines(body: &[u8]) -> Vec<Vec<u8>> {
    let body = unescaped(body);
    let mut lines = vec![];
    for line in body.split(|byte| matches!(byte, b'\n' | b'\r')) {
        // `Version: GnuPG v2`, `DEK-Info: AES-128-CBC,...`
        if memchr::memmem::find(line, b": ").is_some() {
            continue;
        }
        for piece in line.split(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))) {
            // The sum at the end of an armour of OpenPGP: `=aB3d`.
            let joins = piece.iter().all(|byte| matches!(byte, b'+' | b'=')) || piece.len() == 5 && piece[0] == b'=';
            if !joins {
                let end = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
                lines.push(piece[..end].to_vec());
            }
        }
    }
    lines
}

/// Escaped ends of lines become ends of lines, escaped digits digits.
fn unescaped(body: &[u8]) -> Vec<u8> {
    const ESCAPES: &[(&[u8], u8)] = &[
        (b"\\n", b'\n'),
        (b"\\r", b'\n'),
        (b"\\t", b' '),
        (b"\\u000a", b'\n'),
        (b"\\/", b'/'),
        (b"\\u003d", b'='),
        (b"\\u002b", b'+'),
        (b"&#10;", b'\n'),
        (b"&#13;", b'\n'),
        (b"&#xA;", b'\n'),
        (b"&#xa;", b'\n'),
        (b"&#xD;", b'\n'),
        (b"<br>", b'\n'),
        (b"<br/>", b'\n'),
        (b"<br />", b'\n'),
        (b"%0A", b'\n'),
        (b"%0a", b'\n'),
        (b"%0D", b'\n'),
        (b"%20", b' '),
        (b"%2B", b'+'),
        (b"%2b", b'+'),
        (b"%2F", b'/'),
        (b"%2f", b'/'),
        (b"%3D", b'='),
        (b"%3d", b'='),
    ];
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(byte) = rest.first() {
        let escape =
            matches!(byte, b'\\' | b'&' | b'<' | b'%').then(|| ESCAPES.iter().find(|(text, _)| rest.starts_with(text)));
        match escape.flatten() {
            Some((text, stands_for)) => {
                out.push(*stands_for);
                rest = &rest[text.len()..];
            }
            None => {
                out.push(*byte);
                rest = &rest[1..];
            }
        }
    }
    out
}
