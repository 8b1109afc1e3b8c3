//! Issuers with state: `api.NAME.example` for each name. A key lives until it is revoked, and then dies after a while.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::issuer::{Asked, Issuer, Reply};

/// The administrator's credential at every issuer.
pub const ADMIN: &str = "admin-credential-of-the-tests";

#[derive(Clone, Debug)]
pub struct Held {
    pub issuer: String,
    pub id: String,
    pub name: String,
    pub holder: Option<String>,
    pub account: Option<String>,
    pub last_used: Option<String>,
    /// When it stops working.
    pub dies: Option<Instant>,
    /// Actions that ended it while it was alive, and those that hit it when it was ended already.
    pub ended: u32,
    pub again: u32,
    /// Enabled again.
    pub enabled: u32,
}

impl Held {
    pub fn lives(&self) -> bool {
        self.dies.is_none_or(|dies| Instant::now() < dies)
    }
}

type Tamper = dyn Fn(&Asked, &mut Keys) -> Option<Reply> + Send + Sync;
pub type Keys = BTreeMap<String, Held>;

pub struct World {
    keys: Mutex<Keys>,
    /// Time from an action to its effect.
    pub delay: Duration,
    pub latency: Duration,
    tamper: Mutex<Option<Arc<Tamper>>>,
}

impl World {
    pub fn new(delay: Duration, latency: Duration) -> Arc<Self> {
        Arc::new(Self { keys: Mutex::default(), delay, latency, tamper: Mutex::default() })
    }

    pub fn issuer(self: &Arc<Self>) -> Issuer {
        let world = Arc::clone(self);
        Issuer::new(move |asked| world.answer(asked))
    }

    /// A key of a kind: `self`, `bulk`, `hash`, `hint`, `final` or `oauth`.
    pub fn add(&self, issuer: &str, kind: &str, number: usize) -> String {
        let body: String = hex(&Sha256::digest(format!("{issuer} {kind} {number}")))[..32].to_owned();
        let secret = format!("{}_{body}", prefix(issuer, kind));
        self.put(&secret, issuer, &format!("k{number}"));
        secret
    }

    /// A key with these characters at its end.
    pub fn add_ending(&self, issuer: &str, kind: &str, number: usize, end: &str) -> String {
        let body: String = hex(&Sha256::digest(format!("{issuer} {kind} {number}")))[..32 - end.len()].to_owned();
        let secret = format!("{}_{body}{end}", prefix(issuer, kind));
        self.put(&secret, issuer, &format!("k{number}"));
        secret
    }

    fn put(&self, secret: &str, issuer: &str, id: &str) {
        let held = Held {
            issuer: issuer.into(),
            id: id.into(),
            name: "deploy".into(),
            holder: Some("ada".into()),
            account: Some("a-1".into()),
            last_used: None,
            dies: None,
            ended: 0,
            again: 0,
            enabled: 0,
        };
        self.keys.lock().unwrap().insert(secret.into(), held);
    }

    pub fn change(&self, secret: &str, change: impl Fn(&mut Held)) {
        change(self.keys.lock().unwrap().get_mut(secret).unwrap());
    }

    pub fn held(&self, secret: &str) -> Held {
        self.keys.lock().unwrap()[secret].clone()
    }

    pub fn all(&self) -> Vec<Held> {
        self.keys.lock().unwrap().values().cloned().collect()
    }

    pub fn tamper(&self, tamper: impl Fn(&Asked, &mut Keys) -> Option<Reply> + Send + Sync + 'static) {
        *self.tamper.lock().unwrap() = Some(Arc::new(tamper));
    }

    fn answer(&self, asked: &Asked) -> Reply {
        thread::sleep(self.latency);
        let tamper = self.tamper.lock().unwrap().clone();
        let mut keys = self.keys.lock().unwrap();
        if let Some(reply) = tamper.and_then(|tamper| tamper(asked, &mut keys)) {
            return reply;
        }
        self.plain(asked, &mut keys)
    }

    /// What an honest issuer does.
    pub fn plain(&self, asked: &Asked, keys: &mut Keys) -> Reply {
        let issuer = asked.host.split('.').nth(1).unwrap_or_default().to_owned();
        let bearer = asked.header("authorization").strip_prefix("Bearer ").unwrap_or_default().to_owned();
        let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
        match (asked.method.as_str(), path) {
            ("GET", "/me") => match keys.get(&bearer) {
                Some(held) if held.issuer == issuer && held.lives() => Reply::json(200, &me(held).to_string()),
                Some(held) if held.issuer == issuer => Reply::json(401, r#"{"error": "revoked"}"#),
                _ => Reply::json(401, r#"{"error": "unknown"}"#),
            },
            ("DELETE", "/me") => match keys.get_mut(&bearer) {
                Some(held) if held.issuer == issuer && held.lives() => {
                    self.end(held);
                    Reply::Answer(204, vec![], String::new())
                }
                Some(held) => {
                    held.again += 1;
                    Reply::json(401, r#"{"error": "revoked"}"#)
                }
                None => Reply::json(401, r#"{"error": "unknown"}"#),
            },
            ("POST", "/bulk") => {
                let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
                for secret in body["keys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    if let Some(held) = keys.get_mut(secret).filter(|held| held.issuer == issuer) {
                        if held.lives() { self.end(held) } else { held.again += 1 }
                    }
                }
                Reply::json(202, "{}")
            }
            _ if bearer != ADMIN => Reply::json(403, r#"{"error": "scope"}"#),
            ("GET", "/scopes") => Reply::json(200, r#"{"scopes": ["keys:write"]}"#),
            ("GET", "/keys") => page(keys, &issuer, query),
            (method, path) => match path.strip_prefix("/keys/") {
                Some(id) => self.by_id(method, id, asked, &issuer, keys),
                None => Reply::json(404, r#"{"error": "nothing here"}"#),
            },
        }
    }

    fn by_id(&self, method: &str, id: &str, asked: &Asked, issuer: &str, keys: &mut Keys) -> Reply {
        let Some(held) = keys.values_mut().find(|held| held.issuer == issuer && held.id == id) else {
            return Reply::json(404, r#"{"error": "no such key"}"#);
        };
        match (method, asked.body.contains("true")) {
            ("DELETE", _) | ("PATCH", true) => {
                if held.lives() {
                    self.end(held)
                } else {
                    held.again += 1
                }
                let body =
                    if method == "DELETE" { json!({"deleted": true}) } else { json!({"id": id, "disabled": true}) };
                Reply::json(200, &body.to_string())
            }
            _ => {
                (held.dies, held.enabled) = (None, held.enabled + 1);
                Reply::json(200, &json!({"id": id, "disabled": false}).to_string())
            }
        }
    }

    fn end(&self, held: &mut Held) {
        // A second action before the first has its effect counts as a second one.
        if held.dies.is_some() {
            held.again += 1
        } else {
            held.ended += 1
        }
        held.dies.get_or_insert(Instant::now() + self.delay);
    }
}

fn me(held: &Held) -> Value {
    json!({"account": held.account, "holder": held.holder, "last_used": held.last_used, "key": held.id})
}

/// Two items a page, in the order of their ids.
fn page(keys: &Keys, issuer: &str, query: &str) -> Reply {
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after=")).unwrap_or_default();
    let mut own: Vec<(&String, &Held)> = keys.iter().filter(|(_, held)| held.issuer == issuer).collect();
    own.sort_by(|a, b| a.1.id.cmp(&b.1.id));
    let rest: Vec<_> = own.into_iter().filter(|(_, held)| after.is_empty() || *held.id > *after).collect();
    let items: Vec<Value> = rest.iter().take(2).map(|(secret, held)| item(secret, held)).collect();
    let next = if rest.len() > 2 { json!(rest[1].1.id) } else { Value::Null };
    Reply::json(200, &json!({"keys": items, "next": next}).to_string())
}

pub fn item(secret: &str, held: &Held) -> Value {
    json!({
        "id": held.id,
        "name": held.name,
        "hash": hex(&Sha256::digest(secret)),
        "hint": format!("...{}", &secret[secret.len() - 4..]),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What keys of a kind begin with.
pub fn prefix(issuer: &str, kind: &str) -> String {
    format!("{issuer}{kind}")
}

/// The rule file of an issuer.
pub fn rules(issuer: &str) -> String {
    let mut text = format!(
        "issuer = \"{issuer}\"\nname = \"{issuer}\"\ndocs = \"https://{issuer}.example\"\nrotate = \"https://{issuer}.example/keys\"\n\n\
         [by_hand]\nsteps = [\"Open https://{issuer}.example/keys\", \"Press Delete\"]\n\
         gone_when = \"the key is gone from the list\"\nreport_to = \"https://{issuer}.example/report\"\n"
    );
    for (kind, ways) in [
        ("self", SELF.to_owned()),
        ("bulk", BULK.to_owned()),
        ("hash", format!("{DISABLE}{BY_HASH}{LISTED_SAMPLES}{DELETE}{BY_HASH}{LISTED_SAMPLE}")),
        ("hint", format!("{DISABLE}{BY_HINT}{LISTED_SAMPLES}")),
        ("final", format!("{DELETE}{BY_HINT}{LISTED_SAMPLE}")),
        ("none", String::new()),
    ] {
        let verify = RULE.replace("KIND", kind).replace("PREFIX", &prefix(issuer, kind));
        text.push_str(&format!("{verify}{ways}").replace("ISSUER", issuer));
    }
    text
}

const RULE: &str = r#"
[[rule]]
id = "ISSUER-KIND-key"
name = "KIND key"
opens = "Everything."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'PREFIX_[0-9a-z]{32}'
documented = "high"
examples = ["PREFIX_{-}0a1b2c3d{-}0a1b2c3d{-}0a1b2c3d{-}0a1b2c3d"]
counterexamples = ["PREFIX_short", "PREFIX_key_of_the_door"]

[rule.verify]
known = "documented"
page = "https://ISSUER.example/docs"
effect = "Reads the account."
rate = "1000/s"
hosts = ["api.ISSUER.example"]
path = "/me"
headers = { Authorization = "Bearer {secret}" }
live = [{ status = 200, has = "/key" }]
dead = [
  { status = 401, is = { "/error" = "revoked" }, because = "revoked" },
  { status = 401, is = { "/error" = "unknown" } },
]
says = { holder = "/holder", account = "/account", last_used = "/last_used" }

[[rule.verify.sample]]
is = "live"
status = 200
body = '{"key": "k1", "holder": "ada", "account": "a-1", "last_used": "2026-01-01"}'

[[rule.verify.sample]]
is = "dead"
status = 401
body = '{"error": "revoked"}'

[[rule.verify.sample]]
is = "dead"
status = 401
body = '{"error": "unknown"}'
"#;

const SELF: &str = r#"
[[rule.revoke]]
way = "revoke"
known = "documented"
page = "https://ISSUER.example/docs"
who = "self"
effect = "Revokes the key for good."
rate = "1000/s"
propagation = 1
also_dies = "its webhooks"
audit = "https://ISSUER.example/audit"

[rule.revoke.action]
method = "DELETE"
hosts = ["api.ISSUER.example"]
path = "/me"
headers = { Authorization = "Bearer {secret}" }
done = [{ status = 204 }]

[[rule.revoke.sample]]
is = "done"
status = 204

[[rule.revoke.sample]]
is = "not-done"
status = 403
body = '{"error": "scope"}'
"#;

const BULK: &str = r#"
[[rule.revoke]]
way = "revoke"
known = "documented"
page = "https://ISSUER.example/docs"
who = "anyone"
effect = "Revokes the keys for good."
rate = "1000/s"
bulk = 100

[rule.revoke.action]
method = "POST"
hosts = ["api.ISSUER.example"]
path = "/bulk"
json = '{"keys": [{secrets}]}'
done = [{ status = 202 }]

[[rule.revoke.sample]]
is = "done"
status = 202
body = "{}"

[[rule.revoke.sample]]
is = "not-done"
status = 422
body = '{"error": "spam"}'
"#;

const DISABLE: &str = r#"
[[rule.revoke]]
way = "disable"
known = "documented"
page = "https://ISSUER.example/docs"
who = "admin"
needs = "keys:write"
environment = { admin_key = "ACME_ADMIN_KEY" }
effect = "Disables the key; it can be enabled again."
rate = "1000/s"

[rule.revoke.action]
method = "PATCH"
hosts = ["api.ISSUER.example"]
path = "/keys/{key_id}"
headers = { Authorization = "Bearer {admin_key}" }
json = '{"disabled": true}'
done = [{ status = 200, is = { "/disabled" = true } }]

[rule.revoke.undo]
method = "PATCH"
path = "/keys/{key_id}"
json = '{"disabled": false}'
done = [{ status = 200, is = { "/disabled" = false } }]

[rule.revoke.check]
path = "/scopes"
done = [{ status = 200, text = "keys:write" }]
"#;

const DELETE: &str = r#"
[[rule.revoke]]
way = "delete"
known = "documented"
page = "https://ISSUER.example/docs"
who = "admin"
needs = "keys:write"
environment = { admin_key = "ACME_ADMIN_KEY" }
effect = "Deletes the key."
rate = "1000/s"

[rule.revoke.action]
method = "DELETE"
hosts = ["api.ISSUER.example"]
path = "/keys/{key_id}"
headers = { Authorization = "Bearer {admin_key}" }
done = [{ status = 200, is = { "/deleted" = true } }]
"#;

const BY_HASH: &str = r#"
[[rule.revoke.lookup]]
path = "/keys"
done = [{ status = 200, has = "/keys" }]
list = "/keys"
pages = { cursor = "/next", query = "after" }
match = { by = "hash", at = "/hash", is = "{secret|sha256}" }
take = { key_id = "/id" }
called = "/name"
"#;

const BY_HINT: &str = r#"
[[rule.revoke.lookup]]
path = "/keys"
done = [{ status = 200, has = "/keys" }]
list = "/keys"
pages = { cursor = "/next", query = "after" }
match = { by = "hint", at = "/hint" }
covers = "all keys of the account"
take = { key_id = "/id" }
called = "/name"
"#;

const LISTED_SAMPLE: &str = r#"
[[rule.revoke.sample]]
of = "lookup"
is = "done"
status = 200
body = '{"keys": [{"id": "k1", "name": "x", "hash": "{secret|sha256}", "hint": "...{secret|last:4}"}], "next": null}'

[[rule.revoke.sample]]
is = "done"
status = 200
body = '{"disabled": true, "deleted": true}'

[[rule.revoke.sample]]
is = "not-done"
status = 404
body = '{"error": "no such key"}'
"#;

const LISTED_SAMPLES: &str = r#"
[[rule.revoke.sample]]
of = "lookup"
is = "done"
status = 200
body = '{"keys": [{"id": "k1", "name": "x", "hash": "{secret|sha256}", "hint": "...{secret|last:4}"}], "next": null}'

[[rule.revoke.sample]]
is = "done"
status = 200
body = '{"disabled": true}'

[[rule.revoke.sample]]
is = "not-done"
status = 404
body = '{"error": "no such key"}'

[[rule.revoke.sample]]
of = "undo"
is = "done"
status = 200
body = '{"disabled": false}'

[[rule.revoke.sample]]
of = "check"
is = "done"
status = 200
body = '{"scopes": ["keys:write"]}'
"#;
