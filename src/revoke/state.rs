//! What the journal says of each key: where the same command goes on.

use std::collections::BTreeMap;

use super::{
    Outcome,
    journal::{Event, Line, Record},
};

/// How far a key has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Its last request.
    pub last: Last,
    /// What became of it, if that is known.
    pub outcome: Option<Outcome>,
    /// Words of the last line.
    pub says: Option<String>,
    /// When the last line was written.
    pub at: i64,
    /// The way.
    pub way: Option<String>,
    /// The rule.
    pub rule: Option<String>,
}

/// A key's last request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Last {
    /// None was sent.
    #[default]
    Nothing,
    /// It was about to be sent, and nothing is known of an answer.
    InDoubt,
    /// The issuer said yes.
    Yes,
    /// It said something else, and did nothing.
    No,
    /// It was taken back.
    Undone,
}

impl State {
    fn add(&mut self, record: &Record) {
        self.at = record.at;
        self.says = record.says.clone().or(self.says.take());
        self.way = record.way.clone().or(self.way.take());
        self.rule = record.rule.clone().or(self.rule.take());
        match record.event {
            Event::Began => {}
            Event::Sending => (self.last, self.outcome) = (Last::InDoubt, None),
            Event::Answered => {
                self.last = match record.yes {
                    Some(true) => Last::Yes,
                    Some(false) => Last::No,
                    // No answer came: the request may have done its work.
                    None => Last::InDoubt,
                };
            }
            Event::Outcome => self.outcome = record.outcome,
            Event::Undoing => {}
            Event::Undone if record.yes == Some(true) => (self.last, self.outcome) = (Last::Undone, None),
            Event::Undone => {}
        }
    }
}

/// The state of each finding, by plan and finding.
pub fn of(lines: &[Line]) -> BTreeMap<(String, String), State> {
    let mut states: BTreeMap<(String, String), State> = BTreeMap::new();
    for line in lines {
        let Some(finding) = &line.record.finding else { continue };
        states.entry((line.record.plan.clone(), finding.clone())).or_default().add(&line.record);
    }
    states
}
