//! The texts of complaints about verify sections: a person has to mend a file by them.

use super::*;
use crate::rule::{file, request::Method};

const GOOD: &str = r#"issuer = "acme"
name = "Acme"
docs = "https://acme.example"
rotate = "https://acme.example/keys"

[[rule]]
id = "acme-key"
name = "API key"
opens = "Everything."
kind = "api-key"
lifetime = "static"
confidence = "high"
pattern = 'acme_[a-z0-9]{24}'
parts = [{ name = "region", rule = "acme-region" }]
documented = "high"
examples = ["acme_{-}abcdefgh{-}abcdefgh{-}abcdefgh"]
counterexamples = ["acme_short", "acme_key_of_the_door"]

[rule.verify]
known = "documented"
page = "https://acme.example/docs"
effect = "Reads the account."
hosts = ["api.acme.example"]
path = "/v1/me"
headers = { Authorization = "Bearer {secret}" }
live = [{ status = 200, has = "/id" }]
dead = [{ status = 401 }]
says = { holder = "/login" }

[[rule.verify.sample]]
is = "live"
status = 200
body = '{"id": 1, "login": "ad{-}a"}'

[[rule.verify.sample]]
is = "dead"
status = 401
"#;

fn read(text: &str) -> Result<Vec<Loaded>, Complaint> {
    file::parse(text, "acme.toml", "acme")
}

/// The complaint about the good file with `from` replaced by `to`.
fn complaint(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    match read(&GOOD.replacen(from, to, 1)) {
        Ok(_) => "none".into(),
        Err(complaint) => complaint.to_string(),
    }
}

fn verify(text: &str) -> Verify {
    read(text).expect("a good file").remove(0).rule.verify.expect("a section").into_owned()
}

#[test]
fn a_good_section_is_read_and_its_marks_are_gone() {
    let loaded = read(GOOD).expect("a good file");
    assert_eq!(loaded[0].samples[0].body, r#"{"id": 1, "login": "ada"}"#);
    let verify = verify(GOOD);
    assert_eq!((verify.known, verify.interval_ms, verify.no_control.as_deref()), (Known::Documented, 200, None));
    let ask = &verify.asks[0];
    assert_eq!((ask.request.method, &*ask.request.hosts[0]), (Method::Get, "api.acme.example"));
    assert_eq!(*ask.says.holder, ["/login"]);
}

#[test]
fn complaints_name_the_place_and_what_was_expected() {
    let cases = [
        ("known = \"documented\"\n", ""),
        ("\"documented\"\npage", "\"guessed\"\npage"),
        ("\"documented\"\npage", "\"observed\"\npage"),
        ("https://acme.example/docs", "the docs"),
        ("effect =", "efect ="),
        ("path =", "method = \"POST\"\npath ="),
        ("path =", "method_reason = \"x\"\npath ="),
        ("[\"api.acme.example\"]", "[\"https://api.acme.example/\"]"),
        ("[\"api.acme.example\"]", "[\"{region}\"]"),
        ("[\"api.acme.example\"]", "[\"api.{region}\"]"),
        ("[\"api.acme.example\"]", "[\"{secret}.acme.example\"]"),
        ("[\"api.acme.example\"]", "[]"),
        ("hosts = [\"api.acme.example\"]\n", ""),
        ("\"/v1/me\"", "\"v1/me\""),
        ("Bearer {secret}", "Bearer {secrt}"),
        ("Bearer {secret}", "Bearer {secret|base46}"),
        ("Bearer {secret}", "Bearer"),
        ("{ Authorization", "{ Host"),
        ("path =", "json = '{}'\nform = 'a=b'\npath ="),
        ("{ status = 200, has = \"/id\" }", "{ status = 200 }"),
        ("{ status = 200, has = \"/id\" }", "{ status = 200, has = \"id\" }"),
        ("{ status = 200, has = \"/id\" }", "{ status = 2000, has = \"/id\" }"),
        ("{ status = 200, has = \"/id\" }", "{ }"),
        ("{ status = 200, has = \"/id\" }", "{ status = 200, hsa = \"/id\" }"),
        ("{ status = 200, has = \"/id\" }", "{ status = true }"),
        ("{ status = 401 }", "{ status = 403 }"),
        ("{ status = 401 }", "{ status = 401, but = \"x\" }"),
        ("{ status = 401 }", "{ status = 401, because = \"gone\" }"),
        ("dead = [{ status = 401 }]\n", ""),
        ("\"/login\"", "\"login\""),
        ("path =", "rate = \"fast\"\npath ="),
        ("path =", "control = \"no\"\npath ="),
        ("path =", "client = \"x\"\npath ="),
        ("path =", "grant = \"client-credentials\"\npath ="),
        ("path =", "configured = \"api/\"\npath ="),
        ("is = \"dead\"", "is = \"odd\""),
        ("is = \"dead\"", "is = \"dead\"\nof = 2"),
        ("[rule.verify]\n", "[rule.verify]\nafter = \"live\"\n"),
        ("documented = \"high\"", "documented = \"high\"\npart_only = true"),
    ];
    let told: Vec<String> = cases.iter().map(|(from, to)| format!("{to:?}\n    {}", complaint(from, to))).collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn hosts_may_be_parts_under_a_domain_or_portions_of_the_secret() {
    let host = |to: &str| complaint("[\"api.acme.example\"]", to);
    assert_eq!(host("[\"{region}.api.acme.example\"]"), "none");
    assert_eq!(host("[\"{region}\"]\nunder = [\"*.acme.example\"]"), "none");
    assert_eq!(host("[\"{secret|after-last:-}.acme.example\"]"), "none");
    assert_eq!(complaint("hosts = [\"api.acme.example\"]", "configured = true"), "none");
}

#[test]
fn a_shared_section_needs_the_same_parts() {
    let more = GOOD[GOOD.find("[[rule]]").expect("a rule")..GOOD.find("[rule.verify]").expect("a section")]
        .replace("acme-key", "acme-old-key");
    let shared = |good: &str, more: &str, name: &str| {
        let text = format!("{good}\n{more}\n[rule.verify]\nsame_as = \"{name}\"\n");
        read(&text).map(|loaded| loaded[1].rule.verify == loaded[0].rule.verify && !loaded[1].samples.is_empty())
    };
    assert_eq!(shared(GOOD, &more, "acme-key"), Ok(true));
    let wrong = shared(GOOD, &more, "acme-kye").expect_err("no such rule");
    assert!(wrong.message.ends_with("did you mean `acme-key`?"), "{wrong}");
    let less = more.replace("parts = [{ name = \"region\", rule = \"acme-region\" }]\n", "");
    let fills = GOOD.replace("/v1/me", "/v1/{region}");
    let wrong = shared(&fills, &less, "acme-key").expect_err("no such part");
    assert!(wrong.message.contains("the part `region`"), "{wrong}");
}

#[test]
fn a_further_request_takes_what_it_does_not_say_from_the_first() {
    let next = "[[rule.verify.next]]\nafter = \"live\"\npath = \"/v1/user\"\nsays = { holder = \"/name\" }\n";
    let verify = verify(&format!("{GOOD}\n{next}"));
    let [first, second] = &*verify.asks else { panic!("two requests") };
    assert_eq!((second.after, &second.request.hosts), (After::Live, &first.request.hosts));
    assert_eq!(second.request.headers, first.request.headers);
    let wrong = read(&format!("{GOOD}\n{}", next.replace("live", "not-live"))).expect_err("no conditions");
    assert!(wrong.to_string().ends_with("missing field `live`"), "{wrong}");
}

#[test]
fn a_grant_brings_the_conditions_of_its_standard() {
    let grant = "grant = \"client-credentials\"\nclient = \"{region}\"\npath =";
    let text = GOOD.replace("path =", grant).replace("live = [{ status = 200, has = \"/id\" }]\n", "");
    let verify = verify(&text.replace("dead = [{ status = 401 }]\n", ""));
    assert_eq!(*verify.asks[0].live, *granted_live());
    assert_eq!(*verify.asks[0].dead, *granted_dead());
    assert_eq!(verify.asks[0].request.method, Method::Post);
}
