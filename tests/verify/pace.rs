//! Manners of a whole run: pace, tries, limits, and each host's own time.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use keysweep::{
    finding::{Verdict, Verification},
    http::{Client, Proxies, Settings},
    rule::RuleSet,
    secret::Secret,
    verify::{self, Key, Options},
};
use libtest_mimic::{Failed, Trial};

use crate::issuer::{Asked, Issuer, Reply};

pub fn trials() -> Vec<Trial> {
    let of = |name: &str, test: fn()| {
        let test = move || -> Result<(), Failed> {
            test();
            Ok(())
        };
        Trial::test(name, test)
    };
    vec![
        of("each_key_is_asked_once_and_each_place_gets_one_control", each_key_once),
        of("a_bad_moment_is_tried_again_and_a_long_retry_after_is_not_waited_for", tries),
        of("a_stopped_run_tells_what_is_known_and_the_rest_is_not_checked", stopped),
        of("a_limit_for_the_run_ends_it", limit),
        of("an_unknown_authority_is_not_trusted", unknown_authority),
        of("a_large_answer_is_cut", large_answer),
        of("hosts_of_users_are_asked_only_where_they_are_listed", listed_hosts),
        of("hundreds_of_keys_at_many_hosts_are_asked_by_few_threads", many),
    ]
}

/// A rule with a host for each key, or one for all.
fn rules(host: &str, more: &str) -> Arc<RuleSet> {
    let text = format!(
        r#"issuer = "acme"
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
pattern = 'acme_[a-z0-9]{{24}}-[a-z0-9]{{1,4}}'
documented = "high"
examples = ["acme_{{-}}abcdefgh{{-}}abcdefgh{{-}}abcdefgh-eu"]
counterexamples = ["acme_short", "acme_key_of_the_door"]

[rule.verify]
known = "documented"
page = "https://acme.example/docs"
effect = "Reads the account."
{host}
path = "/v1/me"
headers = {{ Authorization = "Bearer {{secret}}" }}
live = [{{ status = 200, has = "/id" }}]
dead = [{{ status = 401 }}]
{more}

[[rule.verify.sample]]
is = "live"
status = 200
body = '{{"id": 1}}'

[[rule.verify.sample]]
is = "dead"
status = 401
"#
    );
    Arc::new(RuleSet::from_text("acme", &text).unwrap())
}

const ONE_HOST: &str = r#"hosts = ["api.acme.com"]"#;
const OWN_HOSTS: &str = r#"hosts = ["{secret|after-last:-}.acme.com"]"#;

fn keys(rules: &RuleSet, count: usize, hosts: usize) -> Vec<Key> {
    let key = |at: usize| {
        let secret = Secret::new(format!("acme_{at:024}-h{}", at % hosts).as_bytes());
        Key { rule: rules.find("acme-key").unwrap(), secret, parts: vec![], masked: format!("acme_****{at}") }
    };
    (0..count).map(key).collect()
}

/// Whether a request is of one of `keys`, all of whose characters but the last are digits.
fn is_real(asked: &Asked) -> bool {
    let key = asked.header("authorization").trim_start_matches("Bearer acme_");
    key.get(..20).is_some_and(|digits| digits.bytes().all(|byte| byte == b'0'))
}

fn honest(asked: &Asked) -> Reply {
    if is_real(asked) { Reply::json(200, r#"{"id": 1}"#) } else { Reply::json(401, "{}") }
}

fn client(issuer: &Issuer, trusted: bool) -> Arc<Client> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    fs::write(&path, &issuer.authority_pem).unwrap();
    let settings = Settings {
        timeout: Duration::from_secs(20),
        ca_files: if trusted { vec![path] } else { vec![] },
        proxies: Proxies::new(Some(issuer.proxy()), ""),
        listed: ["git.acme.internal".to_owned()].into(),
    };
    Arc::new(Client::new(settings).unwrap())
}

fn run(
    issuer: &Issuer,
    rules: &Arc<RuleSet>,
    keys: Vec<Key>,
    options: Options,
    stop: &dyn Fn() -> bool,
) -> Vec<Verification> {
    verify::run(keys, Arc::clone(rules), client(issuer, true), options, stop)
}

fn quick() -> Options {
    Options { pause: Duration::from_millis(1), ..Options::default() }
}

fn count(said: &[Verification], verdict: Verdict) -> usize {
    said.iter().filter(|said| said.verdict == verdict).count()
}

fn each_key_once() {
    let issuer = Issuer::new(honest);
    let rules = rules(ONE_HOST, r#"rate = "1000/s""#);
    let said = run(&issuer, &rules, keys(&rules, 8, 1), quick(), &|| false);
    assert_eq!(count(&said, Verdict::Live), 8, "{said:?}");
    let asked = issuer.take_asked();
    assert_eq!(asked.len(), 9);
    assert_eq!(asked.iter().filter(|asked| !is_real(asked)).count(), 1);
    assert!(issuer.most_busy() <= 2);
}

fn tries() {
    let times = AtomicUsize::new(0);
    let issuer = Issuer::new(move |asked| match times.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::json(503, "{}"),
        1 => Reply::Cut,
        _ => honest(asked),
    });
    let rules = rules(ONE_HOST, r#"rate = "1000/s""#);
    let said = run(&issuer, &rules, keys(&rules, 1, 1), quick(), &|| false);
    assert_eq!(said[0].verdict, Verdict::Live, "{said:?}");
    issuer.take_asked();
    issuer.play(|_| Reply::Answer(429, vec![("Retry-After".into(), "3600".into())], "{}".into()));
    let said = run(&issuer, &rules, keys(&rules, 1, 1), quick(), &|| false);
    assert_eq!(said[0].verdict, Verdict::Unknown);
    assert_eq!(issuer.take_asked().len(), 1);
}

fn stopped() {
    let issuer = Issuer::new(|asked| if asked.host.starts_with("h0") { honest(asked) } else { Reply::Silence });
    let rules = rules(OWN_HOSTS, r#"control = "skip: for this test""#);
    let stop = Arc::new(AtomicBool::new(false));
    let later = Arc::clone(&stop);
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(2));
        later.store(true, Ordering::SeqCst);
    });
    let began = Instant::now();
    let said = run(&issuer, &rules, keys(&rules, 4, 4), quick(), &|| stop.load(Ordering::SeqCst));
    assert!(began.elapsed() < Duration::from_secs(15));
    assert_eq!((said[0].verdict, count(&said, Verdict::NotChecked)), (Verdict::Live, 3), "{said:?}");
    assert_eq!(said[1].reason.as_deref(), Some("interrupted"));
}

fn limit() {
    let issuer = Issuer::new(|asked| if asked.host.starts_with("h0") { honest(asked) } else { Reply::Silence });
    let rules = rules(OWN_HOSTS, r#"control = "skip: for this test""#);
    let options = Options { limit: Some(Duration::from_secs(2)), ..quick() };
    let said = run(&issuer, &rules, keys(&rules, 40, 40), options, &|| false);
    assert_eq!(said[0].verdict, Verdict::Live, "{said:?}");
    assert!(count(&said, Verdict::NotChecked) > 0 && count(&said, Verdict::Live) == 1, "{said:?}");
}

fn unknown_authority() {
    let issuer = Issuer::new(honest);
    let rules = rules(ONE_HOST, "");
    let said = verify::run(keys(&rules, 1, 1), rules, client(&issuer, false), quick(), &|| false);
    assert_eq!(said[0].verdict, Verdict::Unknown);
    assert!(said[0].reason.as_deref().unwrap().contains("certificate"), "{said:?}");
    assert!(issuer.take_asked().is_empty());
}

fn large_answer() {
    let issuer = Issuer::new(|_| Reply::json(200, &format!("{{\"x\": \"{}\", \"id\": 1}}", "x".repeat(1 << 20))));
    let rules = rules(ONE_HOST, "");
    let said = run(&issuer, &rules, keys(&rules, 1, 1), quick(), &|| false);
    assert_eq!(said[0].verdict, Verdict::Unknown, "{said:?}");
}

fn listed_hosts() {
    let issuer = Issuer::new(honest);
    let rules = rules("configured = \"/api/v3\"", "");
    let said = run(&issuer, &rules, keys(&rules, 1, 1), quick(), &|| false);
    assert!(said[0].reason.as_deref().unwrap().starts_with("host not allowed"), "{said:?}");
    assert_eq!(issuer.connections(), 0);
    let hosts = [("acme".to_owned(), vec!["git.acme.internal".to_owned()])].into();
    let said = run(&issuer, &rules, keys(&rules, 1, 1), Options { hosts, ..quick() }, &|| false);
    assert_eq!(said[0].verdict, Verdict::Live, "{said:?}");
    let asked = issuer.take_asked();
    assert!(asked.iter().all(|asked| asked.host == "git.acme.internal" && asked.path == "/api/v3/v1/me"), "{asked:?}");
}

/// What is timed here is printed; that few requests are under way at once is what is asserted.
fn many() {
    let issuer = Issuer::new(|asked| {
        thread::sleep(Duration::from_millis(200));
        honest(asked)
    });
    let (keys_count, hosts) = match std::env::var_os("KEYSWEEP_ALL_KEYS") {
        Some(_) => (1000, 100),
        None => (100, 20),
    };
    let rules = rules(OWN_HOSTS, "");
    let began = Instant::now();
    let said = run(&issuer, &rules, keys(&rules, keys_count, hosts), quick(), &|| false);
    println!("{keys_count} keys at {hosts} hosts with 200 ms each: {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(count(&said, Verdict::Live), keys_count, "{:?}", said.iter().find(|said| said.verdict != Verdict::Live));
    assert!(issuer.most_busy() <= 32, "{}", issuer.most_busy());
}
