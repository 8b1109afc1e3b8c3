//! One test a rule file: five cases and four kinds of garbage for each verify section in it.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use fastrand::Rng;
use keysweep::{
    finding::{Verdict, Verification, group::is_public},
    http::{Client, Outgoing, Proxies, Settings},
    rule::{
        Rule, RuleIx, RuleSet,
        file::{self, Loaded},
        request::{After, ClientAuth, Known, Proof, Sample, SampleIs, Signature},
    },
    secret::Secret,
    verify::{self, Key, Options, control, fill::Values, request},
};
use libtest_mimic::{Failed, Trial};
use regex::bytes::Regex;

use crate::issuer::{Asked, Issuer, Reply};

/// A time at which all signatures of these tests are made.
const NOW: i64 = 1_760_000_000;
/// A host that the user listed for each issuer, where a rule asks such.
const LISTED: &str = "issuer.example.net";

pub fn trials() -> Vec<Trial> {
    let folder = env::var_os("KEYSWEEP_RULES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), |given| PathBuf::from(&given));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let with_section = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("[rule.verify]");
    let files = paths.into_iter().filter(with_section);
    files.map(|path| Trial::test(stem(&path), move || file_holds(&path))).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn file_holds(path: &Path) -> Result<(), Failed> {
    let loaded = file::parse(&fs::read_to_string(path)?, &path.display().to_string(), &stem(path))
        .map_err(|wrong| wrong.to_string())?;
    let rules: BTreeMap<String, Rule> =
        loaded.iter().map(|loaded| (loaded.rule.id.to_string(), loaded.rule.clone())).collect();
    let issuer = Issuer::new(|_| Reply::Cut);
    let folder = tempfile::tempdir()?;
    let ca_file = folder.path().join("ca.pem");
    fs::write(&ca_file, &issuer.authority_pem)?;
    let mut wrong = vec![];
    for loaded in loaded.iter().filter(|loaded| loaded.rule.verify.is_some()) {
        let stage =
            Stage { issuer: &issuer, ca_file: &ca_file, scene: Scene::new(loaded, &rules)?, said: Mutex::default() };
        let faults = stage.faults();
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", loaded.rule.id)));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// A rule with a key of it.
#[derive(Clone)]
struct Scene {
    rule: Rule,
    samples: Vec<Sample>,
    key: Key,
}

impl Scene {
    fn new(loaded: &Loaded, rules: &BTreeMap<String, Rule>) -> Result<Self, Failed> {
        let mut rule = loaded.rule.clone();
        let parts = rule.parts.iter().map(|spec| {
            let of = &rules[&*spec.rule];
            let own = rule.examples.iter().find_map(|text| found(of, text));
            let value = own.or_else(|| key_of(of)).ok_or("a part that cannot be made")?;
            Ok((spec.name.to_string(), value))
        });
        let parts = parts.collect::<Result<Vec<_>, Failed>>()?;
        let secret = key_of(&rule).ok_or("a key that cannot be made")?;
        let key = Key { rule: RuleIx(0), secret, parts, masked: "MASKED".into() };
        // As fast as may be: what a rate does is tested by itself.
        let mut section = rule.verify.take().ok_or("no section")?.into_owned();
        section.interval_ms = 0;
        rule.verify = Some(std::borrow::Cow::Owned(section));
        rule.parts = [].as_slice().into();
        Ok(Self { rule, samples: loaded.samples.clone(), key })
    }

    fn verify(&self) -> &keysweep::rule::Verify {
        self.rule.verify.as_deref().unwrap()
    }

    /// Which request of the section this is, if it is made with the key itself and not with a control.
    fn request_of(&self, asked: &Asked) -> Option<usize> {
        let values = Values { secret: &self.key.secret, parts: &self.key.parts, control: false };
        let listed = [LISTED.to_owned()];
        let same = |outgoing: &Outgoing| {
            let header =
                |name: &str| outgoing.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value);
            let names: Vec<&String> = outgoing.headers.iter().map(|(name, _)| name).collect();
            outgoing.method == asked.method
                && *outgoing.path == asked.path
                && names.iter().all(|name| header(name) == asked.header(name))
                && outgoing.body.as_deref().map_or("", |body| body) == asked.body
        };
        self.verify().asks.iter().position(|ask| {
            let ways: &[ClientAuth] = match &ask.request.proof {
                Proof::ClientCredentials { shown, .. } => shown,
                _ => &[ClientAuth::Basic],
            };
            request::targets(&ask.request, &values, &listed).into_iter().flatten().any(|target| {
                target.host == asked.host
                    && ways.iter().any(|way| {
                        request::build(&ask.request, &target, &values, *way, NOW).is_ok_and(|outgoing| same(&outgoing))
                    })
            })
        })
    }

    /// The sample for a request: `live` for the key, `dead` for any other.
    fn sample(&self, is: SampleIs, of: usize) -> Option<Reply> {
        let found = self.samples.iter().find(|sample| sample.is == is && sample.of == of);
        found.map(reply)
    }
}

/// The key of a rule: a real one where its issuer is shown a signature, else one of its examples, which has the structure that filters ask for.
fn key_of(rule: &Rule) -> Option<Secret> {
    let proof = rule.verify.as_ref().map(|verify| &verify.asks[0].request.proof);
    if proof == Some(&Proof::Signature(Signature::GoogleServiceAccount)) {
        return Some(Secret::new(include_str!("../support/rsa_key.txt").replace("{-}", "").as_bytes()));
    }
    let example = rule.examples.iter().find_map(|text| found(rule, text));
    example.or_else(|| control::key(rule, &Secret::new(b""), &mut Rng::with_seed(1)))
}

fn found(rule: &Rule, text: &str) -> Option<Secret> {
    let captures = Regex::new(&format!("(?-u:{})", rule.pattern)).ok()?;
    let text = text.replace("{-}", "");
    let captures = captures.captures(text.as_bytes())?;
    let secret = captures.name("secret").or_else(|| captures.get(0))?;
    Some(Secret::new(secret.as_bytes()))
}

fn reply(sample: &Sample) -> Reply {
    Reply::Answer(sample.status, sample.headers.clone(), sample.body.clone())
}

struct Stage<'s> {
    issuer: &'s Issuer,
    ca_file: &'s Path,
    scene: Scene,
    /// Everything that the program said.
    said: Mutex<String>,
}

impl Stage<'_> {
    fn run(&self, timeout: Duration) -> Verification {
        let rules = Arc::new(RuleSet::new(vec![self.scene.rule.clone()]));
        let settings = Settings {
            timeout,
            ca_files: vec![self.ca_file.to_owned()],
            proxies: Proxies::new(Some(self.issuer.proxy()), ""),
            listed: [LISTED.to_owned()].into(),
        };
        let client = Arc::new(Client::new(settings).unwrap());
        let traced = Arc::new(Mutex::new(String::new()));
        let told = Arc::clone(&traced);
        let options = Options {
            hosts: [(self.scene.rule.issuer.to_string(), vec![LISTED.to_owned()])].into(),
            pause: Duration::from_millis(1),
            clock: || NOW,
            told: Some(Arc::new(move |text: &str| told.lock().unwrap().push_str(text))),
            ..Options::default()
        };
        let verdicts = verify::run(vec![self.scene.key.clone()], rules, client, options, &|| false);
        let verdict = verdicts.into_iter().next().unwrap();
        let mut said = self.said.lock().unwrap();
        said.push_str(&traced.lock().unwrap());
        said.push_str(&format!("{verdict:?} {:?}", self.scene.key));
        verdict
    }

    fn play(&self, play: impl Fn(&Scene, &Asked, Option<usize>) -> Reply + Send + Sync + 'static) {
        let scene = self.scene.clone();
        self.issuer.play(move |asked| play(&scene, asked, scene.request_of(asked)));
        self.issuer.take_asked();
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = self.live();
        faults.extend(self.not_live());
        faults.extend(self.garbage());
        faults.extend(self.leaks());
        faults
    }

    /// Each live sample makes the key live: at the request that it answers, where those before say no.
    fn live(&self) -> Vec<String> {
        let scene = &self.scene;
        let mut faults = vec![];
        for (at, sample) in scene.samples.iter().enumerate() {
            let first_live = scene.verify().asks[sample.of].after == After::Live;
            if sample.is != SampleIs::Live || first_live {
                continue;
            }
            let (of, live) = (sample.of, reply(sample));
            self.play(move |scene, _, request| match request {
                Some(request) if request == of => live.clone(),
                Some(request) if scene.verify().asks[request].after == After::Live => {
                    scene.sample(SampleIs::Live, request).unwrap_or_else(|| Reply::json(404, "{}"))
                }
                request => scene
                    .sample(SampleIs::Dead, request.unwrap_or(of))
                    .or_else(|| scene.sample(SampleIs::Dead, 0))
                    .unwrap_or_else(|| Reply::json(401, "{}")),
            });
            let said = self.run(Duration::from_secs(20));
            if said.verdict != Verdict::Live || said.severity.is_none() {
                faults.push(format!("live sample {}: {said:?}\n    asked: {:?}", at + 1, self.issuer.take_asked()));
            }
        }
        faults
    }

    /// Dead, timed out, odd, out of order.
    fn not_live(&self) -> Vec<String> {
        let dead = match self.scene.verify().known {
            Known::Reported => Verdict::Unknown,
            Known::Documented | Known::Observed => Verdict::Dead,
        };
        let mut faults = vec![];
        let mut expect = |case: &str, verdict: Verdict, reason: &str, timeout: Duration| {
            let said = self.run(timeout);
            if said.verdict != verdict || !said.reason.as_deref().unwrap_or_default().contains(reason) {
                faults.push(format!("{case}: {said:?}\n    asked: {:?}", self.issuer.take_asked()));
            }
        };
        let long = Duration::from_secs(20);
        self.play(|scene, _, request| {
            let at = request.unwrap_or(0);
            scene.sample(SampleIs::Dead, at).or_else(|| scene.sample(SampleIs::Dead, 0)).unwrap()
        });
        expect("dead", dead, "", long);
        self.play(|_, _, _| Reply::Silence);
        expect("timeout", Verdict::Unknown, "timed out", Duration::from_millis(250));
        self.play(|_, _, _| Reply::json(418, r#"{"teapot": true}"#));
        expect("odd answer", Verdict::Unknown, "odd answer", long);
        self.play(|_, _, _| Reply::json(503, r#"{"message": "down"}"#));
        expect("5xx", Verdict::Unknown, "out of order", long);
        self.play(|_, _, _| {
            Reply::Answer(429, vec![("Retry-After".into(), "3600".into())], r#"{"message": "slow down"}"#.into())
        });
        expect("rate-limited", Verdict::Unknown, "rate-limited", long);
        faults
    }

    /// Hosts that say yes to anything, and pages that are no answers: never live.
    fn garbage(&self) -> Vec<String> {
        let mut faults = vec![];
        let mut never_live = |case: &str| {
            let said = self.run(Duration::from_secs(20));
            if said.verdict == Verdict::Live {
                faults.push(format!("{case}: {said:?}\n    asked: {:?}", self.issuer.take_asked()));
            }
        };
        self.play(|_, _, _| Reply::json(200, "{}"));
        never_live("200 {} to all");
        let page = || vec![("Content-Type".to_owned(), "text/html".to_owned())];
        self.play(move |_, _, _| Reply::Answer(403, page(), "<!DOCTYPE html><title>Access denied</title>".into()));
        never_live("403 with a page to all");
        self.play(|scene, asked, _| match asked.host.as_str() {
            "yes.example.org" => scene.sample(SampleIs::Live, 0).unwrap(),
            _ => Reply::Answer(302, vec![("Location".into(), "https://yes.example.org/".into())], String::new()),
        });
        never_live("a redirect to a host that says yes");
        let elsewhere = self.issuer.take_asked().iter().any(|asked| asked.host == "yes.example.org");
        // A rule that says why no control is asked for has nothing else to prove it by.
        if self.scene.verify().no_control.is_none() {
            self.play(|scene, _, request| {
                scene.sample(SampleIs::Live, request.unwrap_or(0)).or_else(|| scene.sample(SampleIs::Live, 0)).unwrap()
            });
            never_live("its own live answer to all");
        }
        if elsewhere {
            faults.push("a redirect was followed".into());
        }
        faults
    }

    /// Nothing that was said holds the key or a secret part.
    fn leaks(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        let key = &self.scene.key;
        let secrets = key.parts.iter().filter(|(name, _)| !is_public(name)).map(|(_, part)| part).chain([&key.secret]);
        let leaked = secrets.filter(|secret| said.contains(&*String::from_utf8_lossy(secret.expose())));
        leaked.map(|_| format!("a secret in what was said:\n    {said}")).collect()
    }
}
