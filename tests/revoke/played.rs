//! Every way of every rule, played through the whole client with the rule's own sample answers: planned, done and seen dead, taken back
//! where it can be; and told otherwise where the issuer does not say yes.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use keysweep::{
    finding::IdKey,
    http::{Client, Gate, Outgoing, Proxies, Settings},
    revoke::{
        Desk, Outcome, Policy,
        apply::{self, Applied, Order},
        filling::Filling,
        journal::Journal,
        plan::{Plan, SCHEMA},
        planning::{self, Wish},
        target, undo,
    },
    rule::{
        Rule, RuleIx, RuleSet,
        file::{self, Loaded},
        request::{ClientAuth, Known, Proof, SampleIs, Signature},
        revoke::Asked as Step,
    },
    scan::single,
    secret::Secret,
    template,
    verify::{
        self, Answer, Key,
        fill::{self, Place, Values},
        request::{self, Target},
    },
};
use libtest_mimic::{Failed, Trial};
use regex::bytes::Regex;

use crate::issuer::{Asked, Issuer, Reply};

const NOW: i64 = 1_760_000_000;
/// A host that the user listed for each issuer, where a rule asks such.
const LISTED: &str = "issuer.example.net";

pub fn trials() -> Vec<Trial> {
    let folder = env::var_os("KEYSWEEP_RULES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), |given| PathBuf::from(&given));
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths.retain(|path| fs::read_to_string(path).unwrap().contains("[[rule.revoke]]"));
    paths.into_iter().map(|path| Trial::test(format!("played_{}", stem(&path)), move || file_holds(&path))).collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

fn file_holds(path: &Path) -> Result<(), Failed> {
    let loaded = file::parse(&fs::read_to_string(path)?, &path.display().to_string(), &stem(path))
        .map_err(|wrong| wrong.to_string())?;
    let issuer = Issuer::new(|_| Reply::Cut);
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("ca.pem"), &issuer.authority_pem)?;
    let mut wrong = vec![];
    for rule in &loaded {
        for way in 0..rule.rule.revoke.len() {
            let name = format!("{}, way {}", rule.rule.id, rule.rule.revoke[way].name);
            let stage =
                Stage { issuer: &issuer, folder: folder.path(), scene: Arc::new(Scene::new(rule, &loaded, way)?) };
            wrong.extend(stage.faults().into_iter().map(|fault| format!("{name}: {fault}")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// A rule with one way, a key of it, and its issuer's state.
struct Scene {
    rules: Arc<RuleSet>,
    loaded: Loaded,
    way: usize,
    key: Key,
    parts: Vec<(String, Secret)>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    dead: bool,
    acted: u32,
    /// Pages that were given, by lookup.
    pages: BTreeMap<usize, usize>,
    /// Answers to the action.
    no: Option<Reply>,
}

impl Scene {
    fn new(loaded: &Loaded, file: &[Loaded], way: usize) -> Result<Self, Failed> {
        let mut rule = loaded.rule.clone();
        let parts = rule.parts.iter().filter_map(|spec| {
            let of = file.iter().find(|other| other.rule.id == spec.rule)?;
            Some((spec.name.to_string(), key_of(&of.rule)?))
        });
        let parts: Vec<(String, Secret)> = parts.collect();
        let secret = key_for(&rule, way).ok_or("no example of which the action can be made")?;
        // As fast as may be, and this way alone.
        let mut verify = rule.verify.take().ok_or("no verify section")?.into_owned();
        verify.interval_ms = 0;
        rule.verify = Some(std::borrow::Cow::Owned(verify));
        let mut ways = rule.revoke.to_vec();
        ways.iter_mut().for_each(|way| way.interval_ms = 0);
        ways.swap(0, way);
        rule.revoke = ways.into();
        let others = file.iter().filter(|other| other.rule.id != rule.id).map(|other| other.rule.clone());
        let rules = Arc::new(RuleSet::new(others.chain([rule.clone()]).collect()));
        let ix = rules.find(&rule.id).ok_or("the rule is gone")?;
        let key = Key { rule: ix, secret, parts: parts.clone(), masked: "MASKED".into() };
        Ok(Self { rules, loaded: loaded.clone(), way, key, parts, state: Mutex::default() })
    }

    fn rule(&self) -> &Rule {
        self.rules.get(self.key.rule)
    }

    /// The request of the way that this is, if it is one.
    fn step_of(&self, asked: &Asked) -> Option<(Step, Filling)> {
        let rule = self.rule();
        let way = &rule.revoke[0];
        let mut filling = Filling::new(&self.key, way, &credential).ok()?;
        let live_at = self.live_at();
        let is = |step: &keysweep::rule::revoke::Step, filling: &Filling, has_pages: bool| {
            let target = target::of(rule, &step.request, &filling.values(), &live_at, &[LISTED.to_owned()]).ok()?;
            let built = filling.build(&step.request, &target, &[&self.key.secret], NOW).ok()?;
            (same(&built, asked) || has_pages && same_but_for_the_page(&built, asked)).then_some(())
        };
        for (at, lookup) in way.lookups.iter().enumerate() {
            if is(&lookup.step, &filling, lookup.find.is_some()).is_some() {
                return Some((Step::Lookup(at), filling));
            }
            filling.take(self.taken(at, lookup, &filling));
        }
        let (action, check, undo) = (&way.action, way.check.as_ref(), way.undo.as_ref());
        let steps = [(Step::Action, Some(action)), (Step::Check, check), (Step::Undo, undo)];
        let found = steps.into_iter().find(|(_, step)| step.is_some_and(|step| is(step, &filling, false).is_some()));
        found.map(|(step, _)| (step, filling))
    }

    /// What a lookup takes from its samples: of a list, from the item that is the key's.
    fn taken(&self, at: usize, lookup: &keysweep::rule::revoke::Lookup, filling: &Filling) -> Vec<(String, Secret)> {
        let of = self.asks_as_verify(lookup, filling);
        let pages: Vec<Answer> = self
            .samples(Step::Lookup(at), true)
            .map(|sample| answer(self.with_live(self.reply(sample, filling), of)))
            .collect();
        let answers: Vec<Answer> = match &lookup.find {
            None => pages,
            Some(find) => pages
                .iter()
                .flat_map(|page| keysweep::revoke::list::items(find, page).unwrap_or_default())
                .filter(|item| keysweep::revoke::list::is_match(find, item, &filling.values()).unwrap_or(false))
                .map(|item| Answer::new(200, vec![], serde_json::to_vec(item).unwrap()))
                .collect(),
        };
        let Some(answer) = answers.first() else { return vec![] };
        let take = |(name, sources): &(keysweep::rule::Text, keysweep::rule::List<keysweep::rule::Text>)| {
            let told = sources.iter().find_map(|source| answer.told(source).into_iter().next())?;
            Some((name.to_string(), Secret::new(told.as_bytes())))
        };
        lookup.take.iter().filter_map(take).collect()
    }

    fn samples(&self, of: Step, done: bool) -> impl Iterator<Item = &keysweep::rule::revoke::WaySample> {
        let own = self.loaded.way_samples.iter().filter(move |sample| sample.way == self.way);
        own.filter(move |sample| sample.of == of && sample.done == done)
    }

    /// The request of verify that a lookup makes once more: a key that asks who it is.
    fn asks_as_verify(&self, lookup: &keysweep::rule::revoke::Lookup, filling: &Filling) -> Option<usize> {
        let live_at = self.live_at();
        let rule = self.rule();
        let target = target::of(rule, &lookup.step.request, &filling.values(), &live_at, &[LISTED.to_owned()]).ok()?;
        let built = filling.build(&lookup.step.request, &target, &[&self.key.secret], NOW).ok()?;
        self.verified(|asked| (&asked.method, &asked.host, &*asked.path) == (&built.method, &built.host, &*built.path))
    }

    /// A lookup's sample, with what the live sample of the same request says beside it.
    fn with_live(&self, reply: Reply, of: Option<usize>) -> Reply {
        let Some(of) = of else { return reply };
        match (self.said(true, of), reply) {
            (Reply::Answer(_, live_headers, live), Reply::Answer(status, headers, own)) => {
                let both = (serde_json::from_str(&live), serde_json::from_str(&own));
                let body = match both {
                    (Ok(mut live), Ok(own)) => {
                        join(&mut live, own);
                        live.to_string()
                    }
                    _ => own,
                };
                Reply::Answer(status, live_headers.into_iter().chain(headers).collect(), body)
            }
            (_, reply) => reply,
        }
    }

    fn reply(&self, sample: &keysweep::rule::revoke::WaySample, filling: &Filling) -> Reply {
        let fill = |text: &str| match template::parse(text) {
            Ok(_) => fill::fill(text, &filling.values(), Place::Json)
                .map_or_else(|_| text.to_owned(), |text| text.to_string()),
            Err(_) => text.to_owned(),
        };
        let headers = sample.headers.iter().map(|(name, value)| (name.clone(), fill(value)));
        Reply::Answer(sample.status, headers.collect(), fill(&sample.body))
    }

    /// The host at which the key lives: the first that its verify section asks, or the listed one where the way is for such alone.
    fn live_at(&self) -> String {
        let rule = self.rule();
        if rule.revoke[0].action.request.hosts.is_empty() && rule.revoke[0].action.request.configured.is_some() {
            return LISTED.to_owned();
        }
        let verify = rule.verify.as_deref().unwrap();
        let first = request::targets(&verify.asks[0].request, &self.values(), &[LISTED.to_owned()]);
        first.into_iter().flatten().next().map_or_else(String::new, |target| target.host)
    }

    fn values(&self) -> Values<'_> {
        Values { secret: &self.key.secret, parts: &self.parts, control: false }
    }

    /// Whether verify asks for the key itself here; and by which of its requests.
    fn verified(&self, is: impl Fn(&Outgoing) -> bool) -> Option<usize> {
        let verify = self.rule().verify.as_deref().unwrap();
        verify.asks.iter().position(|ask| {
            let ways: &[ClientAuth] = match &ask.request.proof {
                Proof::ClientCredentials { shown, .. } => shown,
                Proof::Nothing | Proof::Signature(_) => &[ClientAuth::Basic],
            };
            let targets = request::targets(&ask.request, &self.values(), &[LISTED.to_owned()]);
            targets.into_iter().flatten().any(|target: Target| {
                ways.iter().any(|way| {
                    request::build(&ask.request, &target, &self.values(), *way, NOW).is_ok_and(|built| is(&built))
                })
            })
        })
    }

    fn play(&self, asked: &Asked) -> Reply {
        let mut state = self.state.lock().unwrap();
        if let Some(of) = self.verified(|built| same(built, asked)) {
            let live_at = self.live_at();
            // A key of somebody's own server is not known elsewhere, and nothing more is said of it.
            if live_at == LISTED && asked.host != LISTED {
                return Reply::json(401, "{}");
            }
            let live = !state.dead && asked.host == live_at;
            if live && let Some((Step::Lookup(at), filling)) = self.step_of(asked) {
                let sample = self.samples(Step::Lookup(at), true).next().expect("the rule file's test asks for one");
                return self.with_live(self.reply(sample, &filling), Some(of));
            }
            return self.said(live, of);
        }
        let Some((step, filling)) = self.step_of(asked) else { return self.said(false, 0) };
        let at = match step {
            Step::Lookup(lookup) => {
                let page = state.pages.entry(lookup).or_default();
                let all = self.samples(step, true).count();
                let at = *page % all;
                *page += 1;
                at
            }
            Step::Action => {
                if let Some(no) = &state.no {
                    return no.clone();
                }
                (state.dead, state.acted) = (true, state.acted + 1);
                0
            }
            Step::Undo => {
                state.dead = false;
                0
            }
            Step::Check => 0,
        };
        self.samples(step, true).nth(at).map_or_else(|| Reply::json(500, "{}"), |sample| self.reply(sample, &filling))
    }

    /// What the verify section's samples say of a live or a dead key.
    fn said(&self, live: bool, of: usize) -> Reply {
        let wanted = if live { SampleIs::Live } else { SampleIs::Dead };
        let own = self.loaded.samples.iter().filter(|sample| sample.is == wanted);
        let found = own.clone().find(|sample| sample.of == of).or_else(|| own.clone().next());
        found.map_or_else(
            || Reply::json(401, "{}"),
            |sample| Reply::Answer(sample.status, sample.headers.clone(), sample.body.clone()),
        )
    }
}

fn answer(reply: Reply) -> Answer {
    match reply {
        Reply::Answer(status, headers, body) => Answer::new(status, headers, body.into_bytes()),
        Reply::Silence | Reply::Cut => unreachable!("a sample is an answer"),
    }
}

/// Puts one document over another.
fn join(under: &mut serde_json::Value, over: serde_json::Value) {
    match (under, over) {
        (serde_json::Value::Object(under), serde_json::Value::Object(over)) => {
            for (name, value) in over {
                join(under.entry(name).or_insert(serde_json::Value::Null), value);
            }
        }
        (under, over) => *under = over,
    }
}

fn same(built: &Outgoing, asked: &Asked) -> bool {
    *built.path == asked.path && same_but_for_the_page(built, asked)
}

/// Pages of a list differ in their query.
fn same_but_for_the_page(built: &Outgoing, asked: &Asked) -> bool {
    let header = |name: &str| built.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value);
    let path = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    built.method == asked.method
        && built.host == asked.host
        && path(&built.path) == path(&asked.path)
        && built.headers.iter().all(|(name, _)| header(name) == asked.header(name))
        && built.body.as_deref().map_or("", |body| body) == asked.body
}

/// What stands in a variable: two have a form.
fn credential(variable: &str) -> Option<Secret> {
    let value = match variable {
        "CLOUDINARY_ACCOUNT_URL" => "account://key:secret@account".to_owned(),
        "CONVEX_DEPLOYMENT" => "prod:happy-otter-123".to_owned(),
        _ => format!("value-of-{}", variable.to_lowercase().replace('_', "-")),
    };
    Some(Secret::new(value.as_bytes()))
}

/// An example's key: the first of which the way's action can be made.
fn key_for(rule: &Rule, way: usize) -> Option<Secret> {
    let request = &rule.revoke[way].action.request;
    let texts = [format!("{:?}", request.path), format!("{:?}", request.body)].concat();
    let asked: Vec<&str> =
        texts.match_indices("{secret|").filter_map(|(at, _)| texts[at..].split_inclusive('}').next()).collect();
    let fits = |secret: &Secret| {
        let values = Values { secret, parts: &[], control: false };
        asked.iter().all(|text| fill::fill(text, &values, Place::Plain).is_ok())
    };
    keys_of(rule).into_iter().find(fits)
}

fn key_of(rule: &Rule) -> Option<Secret> {
    keys_of(rule).into_iter().next()
}

fn keys_of(rule: &Rule) -> Vec<Secret> {
    let signs = rule.verify.iter().flat_map(|verify| verify.asks.iter());
    let mut signs = signs.map(|ask| &ask.request.proof);
    if signs.any(|proof| *proof == Proof::Signature(Signature::GoogleServiceAccount)) {
        return vec![Secret::new(include_str!("../support/rsa_key.txt").replace("{-}", "").as_bytes())];
    }
    let Ok(regex) = Regex::new(&format!("(?-u:{})", rule.pattern)) else { return vec![] };
    let keys = rule.examples.iter().filter_map(|text| {
        let captures = regex.captures(text.as_bytes())?;
        let secret = captures.name("secret").or_else(|| captures.get(0))?;
        Some(Secret::new(secret.as_bytes()))
    });
    keys.collect()
}

struct Stage<'s> {
    issuer: &'s Issuer,
    folder: &'s Path,
    scene: Arc<Scene>,
}

impl Stage<'_> {
    fn faults(&self) -> Vec<String> {
        let mut faults = vec![];
        let scene = Arc::clone(&self.scene);
        let documented = scene.rule().verify.as_deref().unwrap().known != Known::Reported;
        let way = &scene.rule().revoke[0];
        // A plan of what is only reported does nothing.
        if way.known == Known::Reported {
            return faults;
        }
        let by_hand = !way.identified_by().is_exact() && !way.is_reversible();
        let wanted = match (by_hand, documented) {
            (true, _) => Outcome::Manual,
            (false, true) => Outcome::Revoked,
            (false, false) => Outcome::Accepted,
        };
        let (said, undone) = self.run(None, "done");
        let acted = scene.state.lock().unwrap().acted;
        if said.0 != wanted || acted != u32::from(wanted != Outcome::Manual) {
            faults
                .push(format!("{said:?}, not {wanted:?}; {acted} actions\n    asked: {:#?}", self.issuer.take_asked()));
            return faults;
        }
        if let Some(undone) = undone.filter(|undone| undone.outcome != Outcome::Restored) {
            faults.push(format!("taken back: {undone:?}\n    asked: {:#?}", self.issuer.take_asked()));
        }
        if by_hand {
            return faults;
        }
        // What does not mean yes is never told as revoked or accepted.
        let filling = Filling::new(&scene.key, way, &credential).unwrap();
        let samples: Vec<Reply> =
            scene.samples(Step::Action, false).map(|sample| scene.reply(sample, &filling)).collect();
        for (at, no) in samples.into_iter().enumerate() {
            let ((outcome, why), _) = self.run(Some(no), &format!("no{at}"));
            if !matches!(outcome, Outcome::Refused | Outcome::Failed | Outcome::Unknown) {
                faults.push(format!("not-done sample {}: {outcome:?} {why}", at + 1));
            }
        }
        faults
    }

    /// Plans, applies and takes back.
    fn run(&self, no: Option<Reply>, name: &str) -> ((Outcome, String), Option<Applied>) {
        let scene = Arc::clone(&self.scene);
        *scene.state.lock().unwrap() = State { no, ..State::default() };
        let playing = Arc::clone(&scene);
        self.issuer.play(move |asked| playing.play(asked));
        self.issuer.take_asked();
        let settings = Settings {
            timeout: Duration::from_secs(20),
            ca_files: vec![self.folder.join("ca.pem")],
            proxies: Proxies::new(Some(self.issuer.proxy()), ""),
            listed: [LISTED.to_owned()].into(),
        };
        let rules = Arc::clone(&scene.rules);
        let desk = Desk {
            rules: Arc::clone(&rules),
            transport: Arc::new(Client::new(settings).unwrap()),
            asking: verify::Options {
                hosts: [(scene.rule().issuer.to_string(), vec![LISTED.to_owned()])].into(),
                pause: Duration::from_millis(1),
                clock: || NOW,
                ..verify::Options::default()
            },
            credentials: &credential,
            policy: Policy::default(),
            stop: &|| false,
            gate: Gate::default(),
        };
        let (ix, secret): (RuleIx, Secret) = (scene.key.rule, scene.key.secret.clone());
        let (finding, key) = single::finding(&rules, ix, secret, scene.parts.clone(), &IdKey::default(), NOW);
        let wish = Wish { include_unknown_holder: true, ..Wish::default() };
        let keys = [Some(key)];
        let entries = planning::entries(&desk, &[finding], &keys, &wish);
        let entry = entries[0].clone();
        if !entry.is_planned() {
            return ((entry.outcome.unwrap_or(Outcome::Unknown), entry.why.unwrap_or_default()), None);
        }
        let plan = Plan {
            schema: SCHEMA,
            made_at: NOW,
            not_before: NOW,
            unused_for: None,
            include_unknown_holder: true,
            entries,
            findings: serde_json::Value::Null,
        };
        let journal = format!("{}-{}-{name}.jsonl", scene.rule().id, scene.way);
        let journal = Journal::open(&self.folder.join(journal)).unwrap();
        let order = Order {
            plan: &plan,
            digest: plan.digest(),
            keys: &keys,
            journal: &journal,
            wait: Duration::from_millis(40),
            most_per_issuer: 10,
            told: &|_| {},
        };
        let applied = apply::apply(&desk, &order).unwrap().remove(0);
        let open = undo::open(&desk, &order).unwrap();
        let undone =
            match open.is_empty() || applied.outcome != Outcome::Revoked || scene.rule().revoke[0].undo.is_none() {
                true => None,
                false => Some(undo::undo(&desk, &order, &open).unwrap().remove(0)),
            };
        ((applied.outcome, applied.why), undone)
    }
}
