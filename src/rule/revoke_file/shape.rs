//! How revoke sections and by-hand steps are written in TOML. What they mean, and what may not be, is [`super`]'s.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::super::{
    request::{Known, Method, Signature},
    revoke::{MatchBy, Who},
    verify_file::{ConditionShape, ConfiguredShape, Many, ValueShape, VerifyShape},
};

/// `[[rule.revoke]]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayShape {
    pub same_as: Option<Spanned<String>>,
    pub way: Option<Spanned<String>>,
    pub known: Option<Spanned<Known>>,
    pub page: Option<Spanned<String>>,
    pub observed: Option<Spanned<Datetime>>,
    pub who: Option<Spanned<Who>>,
    pub needs: Option<Spanned<String>>,
    #[serde(default)]
    pub environment: BTreeMap<Spanned<String>, Spanned<String>>,
    pub effect: Option<Spanned<String>>,
    pub bulk: Option<Spanned<u32>>,
    #[serde(default)]
    pub propagation: u32,
    pub rate: Option<Spanned<String>>,
    #[serde(default)]
    pub also_dies: Many<String>,
    pub then: Option<Spanned<String>>,
    pub audit: Option<Spanned<String>>,
    pub action: Option<Spanned<StepShape>>,
    pub check: Option<Spanned<StepShape>>,
    pub undo: Option<Spanned<StepShape>>,
    pub undo_as: Option<Spanned<String>>,
    #[serde(default)]
    pub lookup: Vec<Spanned<StepShape>>,
    #[serde(default)]
    pub sample: Vec<Spanned<WaySampleShape>>,
}

/// A request: `[rule.revoke.action]`, `check`, `undo`, and `[[rule.revoke.lookup]]`, which has further fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepShape {
    pub standard: Option<Spanned<Standard>>,
    pub method: Option<Spanned<Method>>,
    pub hosts: Option<Spanned<Vec<Spanned<String>>>>,
    pub under: Option<Spanned<Vec<Spanned<String>>>>,
    pub configured: Option<Spanned<ConfiguredShape>>,
    pub path: Option<Spanned<String>>,
    pub headers: Option<BTreeMap<Spanned<String>, Spanned<String>>>,
    pub basic: Option<Spanned<String>>,
    pub json: Option<Spanned<String>>,
    pub form: Option<Spanned<String>>,
    pub text: Option<Spanned<String>>,
    pub signed: Option<Spanned<Signature>>,
    pub done: Option<Vec<Spanned<ConditionShape>>>,
    pub status_alone: Option<Spanned<String>>,
    // Of a lookup only.
    pub list: Option<Spanned<String>>,
    pub pages: Option<Spanned<PagesShape>>,
    pub total: Option<Spanned<String>>,
    #[serde(default)]
    pub only: BTreeMap<String, Many<ValueShape>>,
    #[serde(rename = "match")]
    pub matched: Option<Spanned<MatchShape>>,
    pub covers: Option<Spanned<String>>,
    pub take: Option<Spanned<BTreeMap<Spanned<String>, Many<String>>>>,
    #[serde(default)]
    pub called: Many<String>,
}

impl StepShape {
    /// The request of it, as a verify section would have it.
    pub fn request(&self) -> VerifyShape {
        VerifyShape {
            method: self.method.clone(),
            method_reason: self.method_reason(),
            hosts: self.hosts.clone(),
            under: self.under.clone(),
            configured: self.configured.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            basic: self.basic.clone(),
            json: self.json.clone(),
            form: self.form.clone(),
            text: self.text.clone(),
            signed: self.signed.clone(),
            // What is looked at in an answer to an action is checked by this room's own rule.
            status_alone: Some(Spanned::new(0..0, "an action".to_owned())),
            ..VerifyShape::default()
        }
    }

    /// Verify asks why a request changes nothing; that this one changes something is the point of it.
    fn method_reason(&self) -> Option<Spanned<String>> {
        let method = self.method.as_ref()?;
        let reads = matches!(method.get_ref(), Method::Get | Method::Head);
        (!reads).then(|| Spanned::new(method.span(), "a step of a revocation".to_owned()))
    }
}

/// A standard that says what is sent and what the answers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standard {
    /// OAuth 2.0 token revocation.
    Rfc7009,
    /// OAuth 2.0 dynamic client registration management: the client is deleted.
    Rfc7592,
}

/// How a list goes on: `"link"`, or a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PagesShape {
    pub whole: Option<String>,
    #[serde(default)]
    pub link: bool,
    pub url: Option<String>,
    pub cursor: Option<String>,
    pub more: Option<String>,
    pub page: Option<String>,
    pub from: Option<u32>,
    pub last: Option<String>,
    pub offset: Option<String>,
    pub query: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchShape {
    pub by: MatchBy,
    pub at: String,
    pub is: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaySampleShape {
    pub of: Option<Spanned<String>>,
    pub is: SampleMeans,
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    #[serde(default)]
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleMeans {
    Done,
    NotDone,
}

/// `[by_hand]` of a file and `[rule.by_hand]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByHandShape {
    pub steps: Spanned<Vec<Spanned<String>>>,
    pub gone_when: Spanned<String>,
    pub report_to: Option<String>,
}
