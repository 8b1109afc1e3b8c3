//! A plan as it is saved: what would be done to which key. It holds no secret; its digest stands for all of it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Outcome;

/// Version of the file. Grows when an older program could misread it.
pub const SCHEMA: u32 = 1;
/// Seconds that a plan is good for, from when it may first be applied.
pub const GOOD_FOR: i64 = 24 * 3600;
const DIGEST: &str = "ksp1-";
/// Hexadecimal digits of a digest: 128 bits.
const DIGITS: usize = 32;

/// What would be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// When it was made, seconds since 1970-01-01 UTC.
    pub made_at: i64,
    /// From when it may be applied.
    pub not_before: i64,
    /// A key that was used within so many seconds is left alone.
    pub unused_for: Option<i64>,
    /// Whether keys are revoked whose holder the issuer does not tell.
    pub include_unknown_holder: bool,
    /// One for each key.
    pub entries: Vec<Entry>,
    /// The findings, as a report has them: where the keys are read again.
    pub findings: Json,
}

/// What would be done to one key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Id of the finding.
    pub finding: String,
    /// The rule.
    pub rule: String,
    /// The issuer's id.
    pub issuer: String,
    /// The issuer as people know it.
    pub issuer_name: String,
    /// What its issuer calls such a key.
    pub name: String,
    /// The key as it may be shown.
    pub masked: String,
    /// `planned`, or why not: `refused`, `manual`.
    pub outcome: Option<Outcome>,
    /// Why it is not planned.
    pub why: Option<String>,
    /// What the issuer told of the key.
    pub told: Told,
    /// Where it was seen live.
    pub live_at: Option<String>,
    /// What would be done.
    pub action: Option<Action>,
    /// Candidates at the issuer, where a hint fits.
    pub candidates: Vec<String>,
    /// What it will break: where it still stands, other findings of the same holder.
    pub in_use: Vec<String>,
    /// Ids of other findings of the same holder.
    pub same_holder: Vec<String>,
    /// Steps by hand.
    pub by_hand: Vec<String>,
    /// How to see that they worked.
    pub gone_when: Option<String>,
    /// Where its issuer wants to be told of a stranger's key.
    pub report_to: Option<String>,
}

/// What an issuer told.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// `live`, `dead`, `unknown` or `not checked`.
    pub verdict: String,
    /// Why it is so.
    pub reason: Option<String>,
    /// Person or account.
    pub holder: Option<String>,
    /// Organisation.
    pub organisation: Option<String>,
    /// The account's id.
    pub account: Option<String>,
    /// Kind of key.
    pub kind: Option<String>,
    /// What it may do.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires: Option<String>,
    /// When it was last used.
    pub last_used: Option<String>,
    /// The key's id at its issuer.
    pub key_id: Option<String>,
    /// What its owner called it.
    pub key_name: Option<String>,
}

/// An action in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The way's name.
    pub way: String,
    /// What it does.
    pub effect: String,
    /// The request, with names in place of what is filled in.
    pub request: String,
    /// Who does it.
    pub who: String,
    /// The permission that it takes.
    pub needs: Option<String>,
    /// Environment variables that have to be set.
    pub environment: Vec<String>,
    /// By what the key is told from others.
    pub identified_by: String,
    /// What the lookups found: ids and names.
    pub found: Vec<String>,
    /// Whether it can be undone.
    pub reversible: bool,
    /// What else dies.
    pub also_dies: Vec<String>,
    /// What a person has to do afterwards.
    pub then: Option<String>,
    /// Where the use of the key can be read.
    pub audit: Option<String>,
    /// Seconds that it may take.
    pub propagation: u32,
    /// The page that says so.
    pub page: String,
}

/// The file: a plan and its digest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    digest: String,
    plan: Plan,
}

/// Why a plan cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Not a plan.
    #[error("not a plan of keysweep: {0}")]
    NotOurs(String),
    /// Of another version.
    #[error("a plan of schema {0}; this version reads {SCHEMA}")]
    Schema(u32),
    /// Something in it was changed after it was saved.
    #[error("the plan was changed after it was made: its digest is {0}")]
    Changed(String),
}

impl Plan {
    /// Stands for all that is in the plan.
    pub fn digest(&self) -> String {
        let text = serde_json::to_vec(self).expect("plain data has a JSON form");
        let hex = blake3::derive_key("keysweep revocation plan v1", &text);
        let hex: String = hex.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{DIGEST}{}", &hex[..DIGITS])
    }

    /// As text of a file.
    pub fn to_text(&self) -> String {
        let saved = Saved { digest: self.digest(), plan: self.clone() };
        serde_json::to_string_pretty(&saved).expect("plain data has a JSON form") + "\n"
    }

    /// From the text of a file.
    ///
    /// # Errors
    /// Where it is no plan, or was changed.
    pub fn from_text(text: &[u8]) -> Result<Self, PlanError> {
        let saved: Saved = serde_json::from_slice(text).map_err(|error| PlanError::NotOurs(error.to_string()))?;
        if saved.plan.schema != SCHEMA {
            return Err(PlanError::Schema(saved.plan.schema));
        }
        let digest = saved.plan.digest();
        if digest == saved.digest { Ok(saved.plan) } else { Err(PlanError::Changed(digest)) }
    }

    /// Until when it may be applied.
    pub fn good_until(&self) -> i64 {
        self.not_before.saturating_add(GOOD_FOR)
    }

    /// Keys to which something is done.
    pub fn planned(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.is_planned())
    }
}

impl Entry {
    /// Whether something is done to it.
    pub fn is_planned(&self) -> bool {
        self.outcome == Some(Outcome::Planned) && self.action.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let entry = Entry { finding: "ks1-x".into(), outcome: Some(Outcome::Manual), ..Entry::default() };
        Plan {
            schema: SCHEMA,
            made_at: 1,
            not_before: 1,
            unused_for: None,
            include_unknown_holder: false,
            entries: vec![entry],
            findings: Json::Array(vec![]),
        }
    }

    #[test]
    fn a_saved_plan_is_read_again_and_a_changed_one_is_told() {
        let plan = plan();
        let text = plan.to_text();
        assert_eq!(Plan::from_text(text.as_bytes()), Ok(plan));
        let changed = text.replace("ks1-x", "ks1-y");
        assert!(matches!(Plan::from_text(changed.as_bytes()), Err(PlanError::Changed(_))));
        let later = text.replace("\"schema\": 1", "\"schema\": 2");
        assert_eq!(Plan::from_text(later.as_bytes()), Err(PlanError::Schema(2)));
        assert!(matches!(Plan::from_text(b"{}"), Err(PlanError::NotOurs(_))));
    }
}
