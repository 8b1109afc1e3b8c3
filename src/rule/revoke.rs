//! The plain data of revoke sections: in which ways a key can be made useless at its issuer, and how a person does it by hand.
//! Embedded as constants, like all of [`super::shape`]. Requests and conditions are those of [`super::request`].

use serde::{Deserialize, Serialize};

use super::{
    request::{Condition, Known, Request, Value},
    shape::{List, Text},
};

/// One way to make a key useless. A rule may have several: those that can be undone come first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Way {
    /// What is done, a verb: `disable`, `delete`, `revoke`, `rotate`. No two ways of a rule have the same.
    pub name: Text,
    /// How it is known. Nothing is done that is not documented or observed.
    pub known: Known,
    /// The page that was read; words where it is only reported.
    pub page: Text,
    /// When a real answer was seen, `YYYY-MM-DD`.
    pub observed: Option<Text>,
    /// Who may do it.
    pub who: Who,
    /// The permission that it takes, in the issuer's words.
    pub needs: Option<Text>,
    /// Names of places, and the environment variables that they are filled from.
    pub environment: List<(Text, Text)>,
    /// What it does at the issuer; a line.
    pub effect: Text,
    /// What is asked first, in this order.
    pub lookups: List<Lookup>,
    /// A read that takes the same permission as the action, asked once before the first action.
    pub check: Option<Step>,
    /// The request that does it.
    pub action: Step,
    /// The request that takes it back, where it can be.
    pub undo: Option<Step>,
    /// Another way of the rule, by whose undo it is taken back: a key cannot bring itself back to life.
    pub undo_as: Option<Text>,
    /// Most keys in one request; above 1 the body has the place `{secrets}`.
    pub bulk: u32,
    /// Seconds that the issuer says it may take until the key is dead everywhere.
    pub propagation: u32,
    /// Least time in milliseconds between two requests to one host.
    pub interval_ms: u32,
    /// What else stops working; a line each.
    pub also_dies: List<Text>,
    /// What a person has to do afterwards.
    pub then: Option<Text>,
    /// Where the use of the key can be read: an address, or words.
    pub audit: Option<Text>,
}

impl Way {
    /// Whether it can be taken back.
    pub fn is_reversible(&self) -> bool {
        self.undo.is_some() || self.undo_as.is_some()
    }

    /// By what the key is told from all others at its issuer.
    pub fn identified_by(&self) -> MatchBy {
        let found = self.lookups.iter().filter_map(|lookup| lookup.find.as_ref()).map(|find| find.by);
        found.max().unwrap_or(MatchBy::Key)
    }
}

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// Anybody who has the key; no login.
    Anyone,
    /// The key itself.
    #[serde(rename = "self")]
    Key,
    /// The application that the key was given to.
    Client,
    /// Somebody with rights over other people's keys.
    Admin,
}

impl Who {
    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Anyone => "anyone who has the key",
            Self::Key => "the key itself",
            Self::Client => "the application that it was given to",
            Self::Admin => "an administrator",
        }
    }
}

/// A request and the answers that mean yes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// What is sent.
    pub request: Request,
    /// Any of these means that it was done, or that what was asked is told.
    pub done: List<Condition>,
}

/// A question whose answer fills places of the requests that follow.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lookup {
    /// What is asked; in a list that comes in pages, the first of them.
    pub step: Step,
    /// How the key is found in a list. `None`: the answer is about this key and no other.
    pub find: Option<Find>,
    /// Names of places and where the answer (or the item that was found) tells their values: sources, of which the first
    /// counts that gives something.
    pub take: List<(Text, List<Text>)>,
    /// Where the item tells what a person knows the key by (a name), for candidates.
    pub called: List<Text>,
}

/// How a key is found in a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Find {
    /// Where the list is; empty where the answer is one.
    pub list: Text,
    /// How the list goes on.
    pub pages: Pages,
    /// Where the answer says how many items there are in all; as many must have come.
    pub total: Option<Text>,
    /// Only items with one of these values at these pointers are looked at.
    pub only: List<(Text, List<Value>)>,
    /// What is compared.
    pub by: MatchBy,
    /// Where the item has it.
    pub at: Text,
    /// What must stand there, a template; of a hint, what it is a hint of.
    pub is: Text,
    /// Which keys the list has, in the documentation's words. A hint proves something only in a list of all.
    pub covers: Option<Text>,
}

/// What is compared in a list: from what only this key has to what others may have as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchBy {
    /// Nothing is looked up: the key is in the request, or signs it.
    #[serde(skip_deserializing)]
    Key,
    /// The whole key.
    Value,
    /// A hash of it.
    Hash,
    /// The fingerprint of a key pair.
    Fingerprint,
    /// An id that is in the key, or that the issuer told of it.
    Id,
    /// A few characters.
    Hint,
}

impl MatchBy {
    /// Whether no other key can have it.
    pub fn is_exact(self) -> bool {
        self != Self::Hint
    }

    /// As people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "the key itself",
            Self::Value => "its full value in the issuer's list",
            Self::Hash => "its hash in the issuer's list",
            Self::Fingerprint => "its fingerprint in the issuer's list",
            Self::Id => "its id in the issuer's list",
            Self::Hint => "a hint in the issuer's list (a few characters)",
        }
    }
}

/// How a list goes on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pages {
    /// It comes whole; who says so.
    Whole(Text),
    /// `Link: <...>; rel="next"` (RFC 8288), at the same host. Its absence is the end.
    Link,
    /// The address of the next page stands at a pointer, at the same host. Nothing there is the end.
    Url(Text),
    /// A cursor stands at a pointer and is sent as a parameter of the query. Nothing there is the end.
    Cursor {
        /// Where the cursor is.
        at: Text,
        /// The parameter's name.
        query: Text,
        /// Where a truth says whether there is more; then the cursor alone does not.
        more: Option<Text>,
    },
    /// Pages have numbers, sent as a parameter. The end is an empty page, or the number at `last`.
    Number {
        /// The parameter's name.
        query: Text,
        /// The first page's number.
        from: u32,
        /// Where the last page's number is told.
        last: Option<Text>,
    },
    /// How many items to leave out is sent as a parameter. The end is an empty page.
    Offset {
        /// The parameter's name.
        query: Text,
    },
}

/// How a person does it, where no program can or none may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ByHand {
    /// Where to go and what to press, in order.
    pub steps: List<Text>,
    /// How to see that it worked.
    pub gone_when: Text,
    /// Where a stranger's key can be told to the issuer, where it invites anybody.
    pub report_to: Option<Text>,
}

/// An answer that stands beside a revoke section. Not embedded in the program.
#[derive(Clone, Debug, PartialEq)]
pub struct WaySample {
    /// Which way of the rule it belongs to, from 0.
    pub way: usize,
    /// Which request it answers.
    pub of: Asked,
    /// Whether it means yes.
    pub done: bool,
    /// Status.
    pub status: u16,
    /// Names and values; templates over what the requests are filled with.
    pub headers: Vec<(String, String)>,
    /// Body, without break marks; a template.
    pub body: String,
}

/// A request of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// [`Way::lookups`], by index.
    Lookup(usize),
    /// [`Way::check`].
    Check,
    /// [`Way::action`].
    Action,
    /// [`Way::undo`].
    Undo,
}
