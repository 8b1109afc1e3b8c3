//! The sample answers of a verify section, held against its own conditions and sources. No network.

use keysweep::{
    rule::{
        Verify,
        file::Loaded,
        request::{Sample, SampleIs},
        verify_file::{granted_dead, granted_live},
    },
    verify::{Answer, Reading},
};

/// What is wrong with the section of a rule.
pub fn faults(loaded: &Loaded) -> Vec<String> {
    let Some(verify) = loaded.rule.verify.as_deref() else { return vec![] };
    let mut faults: Vec<String> =
        loaded.samples.iter().enumerate().filter_map(|(at, sample)| misjudged(verify, at, sample)).collect();
    faults.extend(unused_conditions(verify, &loaded.samples));
    faults.extend(silent_sources(verify, &loaded.samples));
    faults.into_iter().map(|fault| format!("{}: {fault}", loaded.rule.id)).collect()
}

fn answer(sample: &Sample) -> Answer {
    Answer::new(sample.status, sample.headers.clone(), sample.body.clone().into_bytes())
}

fn misjudged(verify: &Verify, at: usize, sample: &Sample) -> Option<String> {
    let answer = answer(sample);
    let ask = &verify.asks[sample.of];
    // What is asked of a live key only for what it says has nothing to judge.
    if ask.live.is_empty() && ask.dead.is_empty() {
        return None;
    }
    let reading = answer.read(ask);
    let right = match sample.is {
        SampleIs::Live => matches!(reading, Reading::Live(_)),
        SampleIs::Dead => matches!(reading, Reading::Dead(_)),
        SampleIs::RateLimited | SampleIs::Odd => reading == Reading::Neither,
    };
    (!right).then(|| format!("sample {} should be {:?} and is read as {reading:?}", at + 1, sample.is))
}

/// A condition that no sample fits may be one that no answer fits.
fn unused_conditions(verify: &Verify, samples: &[Sample]) -> Vec<String> {
    let standard = [granted_live(), granted_dead()].concat();
    let mut faults = vec![];
    for (of, ask) in verify.asks.iter().enumerate() {
        for (name, conditions) in [("live", &ask.live), ("dead", &ask.dead)] {
            for (at, condition) in conditions.iter().enumerate() {
                let used = samples.iter().any(|sample| sample.of == of && answer(sample).fits(condition));
                if !used && !standard.contains(condition) {
                    faults.push(format!("no sample{} fits the condition {} of `{name}`", request(of), at + 1));
                }
            }
        }
    }
    faults
}

/// A source that gives nothing in any live sample may be a slip of the pen.
fn silent_sources(verify: &Verify, samples: &[Sample]) -> Vec<String> {
    let mut faults = vec![];
    for (of, ask) in verify.asks.iter().enumerate() {
        let live: Vec<Answer> =
            samples.iter().filter(|sample| sample.of == of && sample.is == SampleIs::Live).map(answer).collect();
        for (name, sources) in ask.says.fields() {
            for source in sources {
                if !live.iter().any(|answer| !answer.told(source).is_empty()) {
                    faults.push(format!("says.{name}: `{source}` gives nothing in any live sample{}", request(of)));
                }
            }
        }
    }
    faults
}

fn request(of: usize) -> String {
    if of == 0 { String::new() } else { format!(" of request {}", of + 1) }
}
