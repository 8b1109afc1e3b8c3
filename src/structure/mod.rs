//! What a credential's own structure tells, without asking anybody: the type of a private key and whether a passphrase protects
//! it, the claims of a token, the account in an id.
//!
//! Pure functions of the credential's bytes. Nothing here is parsed further than what is told.

mod armour;
pub mod base64;
mod der;
mod jwt;
mod openssh;
mod pgp;

/// What was read from a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Whether it is what its beginning says; `None` where its form has nothing to check.
    pub sound: Option<bool>,
    /// A passphrase is needed to use it.
    pub encrypted: bool,
    /// What can be told of it.
    pub facts: Vec<Fact>,
}

/// A thing that the structure tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The same in all reports.
    pub name: &'static str,
    /// In words; no part of what must stay secret.
    pub says: String,
}

impl Structure {
    fn sound(facts: Vec<Fact>) -> Self {
        Self { sound: Some(true), encrypted: false, facts }
    }

    fn key(key: Key) -> Self {
        let bits = key.bits.map_or_else(String::new, |bits| format!(" {bits} bits"));
        let lock = if key.encrypted { ", encrypted" } else { ", not encrypted" };
        let says = format!("{}{bits}{lock}", key.what);
        Self { sound: Some(true), encrypted: key.encrypted, facts: vec![Fact { name: "private_key", says }] }
    }

    fn unsound(says: &str) -> Self {
        let fact = Fact { name: "structure", says: says.to_owned() };
        Self { sound: Some(false), encrypted: false, facts: vec![fact] }
    }
}

/// A private key as its encoding describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    what: String,
    bits: Option<usize>,
    encrypted: bool,
}

/// Reads the structure of a credential, whatever it is.
pub fn of(secret: &[u8]) -> Structure {
    let holds = |text: &[u8]| memchr::memmem::find(secret, text).is_some();
    if secret.starts_with(b"eyJ") && secret.iter().filter(|byte| **byte == b'.').count() >= 2 {
        return jwt::read(secret);
    }
    if secret.starts_with(b"----") && holds(b"PRIVATE KEY") {
        return armour::read(secret);
    }
    if secret.starts_with(b"PuTTY-User-Key-File") {
        let encrypted = !holds(b"Encryption: none");
        return Structure::key(Key { what: "PuTTY".into(), bits: None, encrypted });
    }
    if secret.starts_with(b"LS0tLS1CRUdJTi") {
        return base64::decode(secret).map_or_else(Structure::default, |text| armour::read(&text));
    }
    if secret.starts_with(b"MI") || secret.starts_with(b"MH") || secret.starts_with(b"MC") {
        return base64::decode(secret).and_then(|der| der::key(&der)).map_or_else(Structure::default, Structure::key);
    }
    if let Some(account) = crate::checksum::aws_account(secret) {
        return Structure {
            facts: vec![Fact { name: "aws_account", says: format!("{account:012}") }],
            ..Structure::default()
        };
    }
    if secret.starts_with(b"eyJ") || secret.starts_with(b"ewo") {
        return jwt::object(secret);
    }
    Structure::default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a private key, and whether it is encrypted.
    pub fn told(secret: &[u8]) -> String {
        let structure = of(secret);
        structure.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.says)).collect::<Vec<_>>().join("; ")
    }

    /// `bytes` as PEM: lines of 64 digits with `wrap` between them.
    pub fn armoured(label: &str, bytes: &[u8], wrap: &str) -> Vec<u8> {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        let digits: Vec<u8> = bits
            .as_bytes()
            .chunks(6)
            .map(|six| six.iter().chain(b"00000").take(6).fold(0, |digit, bit| digit << 1 | usize::from(bit & 1)))
            .map(|digit| DIGITS[digit])
            .collect();
        let lines: Vec<&str> = digits.chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let body = format!("{}{}", lines.join(wrap), "=".repeat((3 - bytes.len() % 3) % 3));
        format!("-----BEGIN {label}-----{wrap}{body}{wrap}-----END {label}-----").into_bytes()
    }

    #[test]
    fn keys_of_openssh_tell_their_cipher() {
        let text = |text: &[u8]| [&(text.len() as u32).to_be_bytes(), text].concat();
        let public = [text(b"ssh-ed25519"), text(&[7; 32])].concat();
        for (cipher, says) in [("none", "not encrypted"), ("aes256-ctr", "encrypted")] {
            let parts =
                [text(cipher.as_bytes()), text(b"kdf"), text(b""), vec![0, 0, 0, 1], text(&public), text(&[1; 64])];
            let key = [b"openssh-key-v1\0".as_slice(), &parts.concat()].concat();
            let told = told(&armoured("OPENSSH PRIVATE KEY", &key, "\n"));
            assert_eq!(told, format!("private_key: OpenSSH Ed25519, {says}"));
        }
    }

    #[test]
    fn keys_of_openpgp_tell_whether_a_passphrase_protects_them() {
        for (usage, says) in [(0, "not encrypted"), (254, "encrypted")] {
            let number = |bits: u16| [bits.to_be_bytes().to_vec(), vec![0x91; usize::from(bits).div_ceil(8)]].concat();
            let held = [vec![4, 0, 0, 0, 1, 1], number(2048), number(17), vec![usage], vec![5; 40]].concat();
            let packet = [vec![0x95, (held.len() >> 8) as u8, held.len() as u8], held].concat();
            let told = told(&armoured("PGP PRIVATE KEY BLOCK", &packet, "\n"));
            assert_eq!(told, format!("private_key: PGP RSA 2048 bits, {says}"));
        }
    }

    #[test]
    fn an_account_is_read_out_of_an_id() {
        assert_eq!(told("AKIA{-}RZPUZDIK{-}AAAACAQD".replace("{-}", "").as_bytes()), "aws_account: 123456789012");
    }

    #[test]
    fn what_has_no_structure_says_nothing() {
        for text in ["", "MI", "eyJ", "LS0tLS1CRUdJTi", "-----BEGIN", "AKIA", "hunter2", "eyJ.eyJ.x"] {
            assert_eq!(of(text.as_bytes()).sound.filter(|sound| *sound), None, "{text}");
        }
    }

    #[test]
    fn any_bytes_are_taken() {
        let noise: Vec<u8> = (0..=255).collect();
        for head in [
            "MII",
            "MHc",
            "eyJhbGciOiJub25lIn0.e30.",
            "-----BEGIN PRIVATE KEY-----\n",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        ] {
            for length in 0..64 {
                of(&[head.as_bytes(), &noise[..length]].concat());
                of(&[head.as_bytes(), &vec![b'A'; length * 7]].concat());
                of(&[head.as_bytes(), &b"MII/".repeat(length)].concat());
            }
        }
    }
}
