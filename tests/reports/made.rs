//! Reports to read: of a real scan with odd names, and of any size.

use std::fmt::Write;

use crate::sandbox::{Sandbox, key, other_key};

/// Text that would be markup, a formula, a command or an escape sequence somewhere.
pub const ODD: &str = "=1+1 <img src=x onerror=alert(1)> \u{202e}`x` [l](javascript:alert(2)) \"q\" ::error::z | @all";

/// A repository whose paths, messages and lines are odd, with keys that are gone and keys that are there.
pub fn repository() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.init();
    sandbox.write("config/deploy.yml", format!("name: x\ntoken: '{}' # {ODD}\n", key()));
    sandbox.write("=cmd|'x'!A1, \"q\" <b>.env", format!("{ODD}\nTOKEN={}\n", other_key()));
    sandbox.write(
        ".git/config",
        "[remote \"origin\"]\n\turl = https://me:{-}s3cr3t9x{-}@github.com/acme/app.git\n".replace("{-}", ""),
    );
    sandbox.commit(&format!("Deploy {ODD} {}", key()), 1);
    std::fs::remove_file(sandbox.path().join("config/deploy.yml")).unwrap();
    sandbox.commit("Take it out", 40);
    sandbox.write("new.env", format!("TOKEN={}\n", key()));
    sandbox
}

/// A report of `count` findings as jsonl, every tenth of them live, with ids that begin at `from`.
pub fn report(count: usize, from: usize) -> String {
    let mut text = String::new();
    for number in from..from + count {
        finding(&mut text, number);
    }
    let _ = writeln!(
        text,
        "{{\"type\":\"summary\",\"schema\":1,\"tool\":{{\"name\":\"keysweep\",\"version\":\"0\"}},\"complete\":true,\"findings\":{count},\
         \"below_confidence\":0,\"skipped\":{{}},\"targets\":[\".\"],\"remotes\":{{\".\":\"https://github.com/acme/app\"}},\
         \"rules\":1,\"files\":1,\"blobs\":1,\"commits\":1,\"bytes\":1,\"searched_bytes\":1,\"interrupted\":false,\"notes\":[],\
         \"started_at\":\"2025-10-09T08:53:20Z\",\"elapsed_ms\":1}}"
    );
    text
}

fn finding(text: &mut String, number: usize) {
    let id = id(number);
    let masked = format!("ghp_********{}", &id[id.len() - 4..]);
    let day = format!("{}-{:02}-{:02}T10:00:00Z", 2016 + number % 9, 1 + number % 12, 1 + number % 28);
    let in_head = number.is_multiple_of(3);
    let commit = format!("{number:040x}");
    let verification = match number % 10 {
        0 => said("live", "\"high\""),
        1 | 2 => said("dead", "null"),
        3 => said("unknown", "null"),
        _ => String::new(),
    };
    let head_line = if in_head { ",\"head_line\":3" } else { "" };
    let _ = writeln!(
        text,
        "{{\"type\":\"finding\",\"id\":\"{id}\",\"rule\":\"github-pat-classic\",\"name\":\"personal access token\",\"issuer\":\"i{issuer}\",\
         \"issuer_name\":\"Issuer {issuer}\",\"kind\":\"personal-access-token\",\"lifetime\":\"unknown\",\"confidence\":\"high\",\
         \"masked\":\"{masked}\",\"opens\":\"What its owner may do.\",\"rotate\":\"https://example.com/keys\",\
         \"first_seen\":\"{day}\",\"last_seen\":\"{day}\",\"in_head\":{in_head},\"exposed_days\":{days},{verification}\"parts\":[],\
         \"evidence\":[],\"places_total\":1,\"places\":[{{\"source\":\"history\",\"target\":\".\",\"path\":\"src/d{folder}/f{number}.yml\",\
         \"line\":3,\"column\":9,\"end_line\":3,\"blob\":\"{commit}\",\"commit\":\"{commit}\",\"author\":\"Dev {author}\",\
         \"email\":\"dev@example.com\",\"date\":\"{day}\",\"subject\":\"Change {number}\",\"in_head\":{in_head}{head_line},\
         \"excerpt\":\"token: {masked}\"}}]}}",
        issuer = number % 7,
        days = 100 + number % 3000,
        folder = number % 50,
        author = number % 23,
    );
}

fn said(verdict: &str, severity: &str) -> String {
    format!(
        "\"verification\":{{\"verdict\":\"{verdict}\",\"reason\":\"the issuer said so\",\"checked_at\":\"2025-10-09T08:53:20Z\",\
         \"host\":\"api.example.com\",\"request\":\"GET https://api.example.com/me\",\"holder\":\"octo-bot\",\"organisation\":null,\
         \"account\":null,\"kind\":null,\"scopes\":[\"repo\"],\"expires\":null,\"last_used\":null,\"key_id\":null,\"key_name\":null,\
         \"limits\":null,\"severity\":{severity}}},"
    )
}

/// Digits of a number in the alphabet of ids.
fn id(mut number: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut digits = [b'a'; 20];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[number % 32];
        number /= 32;
    }
    format!("ks1-{}", String::from_utf8_lossy(&digits))
}
