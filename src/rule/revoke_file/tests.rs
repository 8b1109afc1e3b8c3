//! The texts of complaints about revoke sections, and what a good one is read as.

use super::*;
use crate::rule::{
    file,
    request::Method,
    revoke::{MatchBy, Pages},
};

const GOOD: &str = r#"issuer = "acme"
name = "Acme"
docs = "https://acme.example"
rotate = "https://acme.example/keys"

[by_hand]
steps = ["Open https://acme.example/keys", "Press Delete"]
gone_when = "the key is gone from the list"

[[rule]]
id = "acme-key"
name = "API key"
opens = "Everything."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'acme_[a-z0-9]{24}'
parts = [{ name = "region", rule = "acme-region" }, { name = "owner", rule = "acme-owner" }]
documented = "high"
examples = ["acme_{-}abcdefgh{-}abcdefgh{-}abcdefgh"]
counterexamples = ["acme_short", "acme_key_of_the_door"]

[rule.verify]
known = "documented"
page = "https://acme.example/docs"
effect = "Reads the account."
hosts = ["{region}.api.acme.example"]
path = "/v1/me"
headers = { Authorization = "Bearer {secret}" }
live = [{ status = 200, has = "/id" }]
dead = [{ status = 401 }]

[[rule.verify.sample]]
is = "live"
status = 200
body = '{"id": 1}'

[[rule.verify.sample]]
is = "dead"
status = 401

[[rule.revoke]]
way = "disable"
known = "documented"
page = "https://acme.example/docs/keys"
who = "admin"
needs = "keys:write"
environment = { admin_key = "ACME_ADMIN_KEY" }
effect = "Disables the key."
propagation = 5
also_dies = "its webhooks"

[rule.revoke.action]
method = "PATCH"
hosts = ["{region}.api.acme.example"]
path = "/v1/keys/{key_id}"
headers = { Authorization = "Bearer {admin_key}" }
json = '{"disabled": true}'
done = [{ status = 200, is = { "/disabled" = true } }]

[rule.revoke.undo]
method = "PATCH"
path = "/v1/keys/{key_id}"
json = '{"disabled": false}'
done = [{ status = 200, is = { "/disabled" = false } }]

[[rule.revoke.lookup]]
path = "/v1/keys"
done = [{ status = 200, has = "/keys" }]
list = "/keys"
pages = { cursor = "/next", query = "after" }
match = { by = "hash", at = "/sha256", is = "{secret|sha256}" }
take = { key_id = "/id" }
called = "/name"

[[rule.revoke.sample]]
of = "lookup"
is = "done"
status = 200
body = '{"keys": [{"id": "k1", "sha256": "{secret|sha256}", "name": "old"}], "next": null}'

[[rule.revoke.sample]]
is = "done"
status = 200
body = '{"disabled": true}'

[[rule.revoke.sample]]
is = "not-done"
status = 403
body = '{"error": "scope"}'

[[rule.revoke.sample]]
of = "undo"
is = "done"
status = 200
body = '{"disabled": false}'
"#;

fn read(text: &str) -> Result<Vec<Loaded>, Complaint> {
    file::parse(text, "acme.toml", "acme")
}

/// The complaint about the good file with `from` replaced by `to`, the last time that it stands there.
fn complaint(from: &str, to: &str) -> String {
    let at = GOOD.rfind(from).unwrap_or_else(|| panic!("{from}"));
    match read(&format!("{}{to}{}", &GOOD[..at], &GOOD[at + from.len()..])) {
        Ok(_) => "none".into(),
        Err(complaint) => complaint.to_string(),
    }
}

#[test]
fn a_good_section_is_read() {
    let loaded = read(GOOD).expect("a good file");
    let rule = &loaded[0].rule;
    let [way] = &*rule.revoke else { panic!("one way") };
    assert!(way.is_reversible() && way.who == Who::Admin && way.propagation == 5);
    assert_eq!((way.identified_by(), way.bulk, way.interval_ms), (MatchBy::Hash, 1, 200));
    assert_eq!(way.lookups[0].step.request.hosts, way.action.request.hosts);
    let find = way.lookups[0].find.as_ref().expect("a list");
    assert_eq!(find.pages, Pages::Cursor { at: "/next".into(), query: "after".into(), more: None });
    assert_eq!(way.undo.as_ref().expect("an undo").request.headers, way.action.request.headers);
    assert_eq!(loaded[0].way_samples.len(), 4);
    let hand = rule.by_hand.as_deref().expect("steps");
    assert_eq!((hand.steps.len(), &*hand.gone_when), (2, "the key is gone from the list"));
}

#[test]
fn complaints_name_the_place_and_what_was_expected() {
    let way = "way = \"disable\"\n";
    let cases = [
        (way, ""),
        ("\"documented\"\npage", "\"guessed\"\npage"),
        ("https://acme.example/docs/keys", "the docs"),
        ("who = \"admin\"", "who = \"me\""),
        ("environment = { admin_key = \"ACME_ADMIN_KEY\" }\n", ""),
        ("admin_key = \"ACME_ADMIN_KEY\"", "admin_key = \"acme admin\""),
        ("admin_key = \"ACME_ADMIN_KEY\"", "secret = \"ACME_ADMIN_KEY\""),
        ("effect = \"Disables the key.\"\n", ""),
        ("propagation = 5", "propagtion = 5"),
        ("propagation = 5", "bulk = 10"),
        ("propagation = 5", "bulk = 1"),
        // The first of a list is anybody's key.
        ("match = { by = \"hash\", at = \"/sha256\", is = \"{secret|sha256}\" }\n", ""),
        ("pages = { cursor = \"/next\", query = \"after\" }\n", ""),
        ("pages = { cursor = \"/next\", query = \"after\" }", "pages = { cursor = \"/next\" }"),
        ("pages = { cursor = \"/next\", query = \"after\" }", "pages = { link = true, offset = \"from\" }"),
        ("by = \"hash\"", "by = \"name\""),
        ("by = \"hash\"", "by = \"hint\""),
        ("is = \"{secret|sha256}\"", "is = \"{admin_key}\""),
        ("is = \"{secret|sha256}\"", "is = \"{secret|md5}\""),
        (", is = \"{secret|sha256}\" }", " }"),
        ("take = { key_id = \"/id\" }", "take = { secret = \"/id\" }"),
        ("take = { key_id = \"/id\" }", "take = { key_id = \"id\" }"),
        ("take = { key_id = \"/id\" }\n", ""),
        ("json = '{\"disabled\": true}'", "json = '{\"disabled\": true}'\nlist = \"/keys\""),
        // Names no key.
        ("/v1/keys/{key_id}\"\nheaders", "/v1/keys/last\"\nheaders"),
        ("/v1/keys/{key_id}\"\njson = '{\"disabled\": false}'", "/v1/keys/last\"\njson = '{\"disabled\": false}'"),
        // Never seen to belong to this key.
        ("/v1/keys/{key_id}\"\nheaders", "/v1/keys/{owner}\"\nheaders"),
        (
            "hosts = [\"{region}.api.acme.example\"]\npath = \"/v1/keys",
            "hosts = [\"a.acme.example\", \"b.acme.example\"]\npath = \"/v1/keys",
        ),
        ("done = [{ status = 200, is = { \"/disabled\" = true } }]", "done = [{ status = 200 }]"),
        ("done = [{ status = 200, is = { \"/disabled\" = true } }]\n", ""),
        ("who = \"admin\"", "who = \"self\""),
        ("effect = \"Disables", "undo_as = \"enable\"\neffect = \"Disables"),
        ("of = \"undo\"", "of = \"redo\""),
        ("is = \"not-done\"", "is = \"done\""),
        ("is = \"not-done\"", "is = \"maybe\""),
        ("gone_when = \"the key is gone from the list\"", "gone_when = \"\""),
        ("[\"Open https://acme.example/keys\", \"Press Delete\"]", "[]"),
        ("documented = \"high\"", "documented = \"high\"\npart_only = true"),
    ];
    let told: Vec<String> = cases.iter().map(|(from, to)| format!("{to:?}\n    {}", complaint(from, to))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_key_that_cannot_be_seen_dead_is_revoked_by_hand() {
    let verify = &GOOD[GOOD.find("[rule.verify]").expect("a section")..GOOD.find("[[rule.revoke]]").expect("a way")];
    let wrong = read(&GOOD.replace(verify, "")).expect_err("no verify section");
    assert!(wrong.message.starts_with("expected a verify section as well"), "{wrong}");
}

#[test]
fn ways_that_can_be_undone_come_first_and_a_shared_section_is_all_of_them() {
    let way = &GOOD[GOOD.find("[[rule.revoke]]").expect("a way")..];
    let delete = way.replace("\"disable\"", "\"delete\"").replace("of = \"undo\"\n", "");
    let undo = &delete
        [delete.find("[rule.revoke.undo]").expect("an undo")..delete.find("[[rule.revoke.lookup]]").expect("a lookup")];
    let delete = delete.replace(undo, "");
    let loaded = read(&format!("{GOOD}\n{delete}")).expect("a good file");
    assert_eq!(loaded[0].rule.revoke.iter().map(Way::is_reversible).collect::<Vec<_>>(), [true, false]);
    let wrong = read(&format!("{}{delete}\n{way}", GOOD.replace(way, ""))).expect_err("the wrong order");
    assert!(wrong.message.starts_with("a way that can be undone comes before"), "{wrong}");
    let twice = read(&format!("{GOOD}\n{way}")).expect_err("twice the same");
    assert!(twice.message.starts_with("another way of this rule is called so"), "{twice}");
    let rule = GOOD[GOOD.find("[[rule]]").expect("a rule")..GOOD.find("[[rule.revoke]]").expect("a way")]
        .replace("acme-key", "acme-old-key");
    let shared = read(&format!("{GOOD}\n{delete}\n{rule}\n[[rule.revoke]]\nsame_as = \"acme-key\"\n"));
    let shared = shared.expect("a good file");
    assert_eq!(shared[1].rule.revoke, shared[0].rule.revoke);
    assert_eq!(shared[1].rule.revoke.len(), 2);
}

#[test]
fn a_standard_brings_its_request_and_what_its_answers_mean() {
    let client = r#"
[[rule.revoke]]
way = "revoke"
known = "documented"
page = "https://acme.example/docs/oauth"
who = "client"
environment = { client_id = "ACME_CLIENT_ID", client_secret = "ACME_CLIENT_SECRET" }
effect = "Revokes the token."

[rule.revoke.action]
standard = "rfc7009"
hosts = ["{region}.api.acme.example"]
basic = "{client_id}:{client_secret}"

[[rule.revoke.sample]]
of = "lookup"
is = "done"
status = 200
body = '{"revocation_endpoint": "https://eu.api.acme.example/oauth/revoke"}'

[[rule.revoke.sample]]
is = "done"
status = 200

[[rule.revoke.sample]]
is = "not-done"
status = 401
body = '{"error": "invalid_client"}'
"#;
    let base = &GOOD[..GOOD.find("[[rule.revoke]]").expect("a way")];
    let loaded = read(&format!("{base}{client}")).expect("a good file");
    let [way] = &*loaded[0].rule.revoke else { panic!("one way") };
    assert_eq!((way.action.request.method, &*way.action.request.path), (Method::Post, "{revocation_endpoint|path}"));
    assert_eq!(way.lookups[0].step.request.path, "/.well-known/openid-configuration");
    assert_eq!(*way.action.done[0].status, [200]);
}
