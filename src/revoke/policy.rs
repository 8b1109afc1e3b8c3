//! Whose keys may be touched. The user's own configuration says what is ours and what is a trap; scanned text never does.

use crate::finding::Verification;

/// What is ours, and what nobody may touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Organisations, accounts and holders that are ours, as issuers write them. Empty: nothing is said.
    pub owned: Vec<String>,
    /// Canaries: ids of findings, accounts, holders, ids of keys.
    pub canaries: Vec<String>,
}

/// Whose a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Ours, by this name.
    Ours(String),
    /// This holder's; the user does not say what is ours.
    Told(String),
    /// Somebody else's.
    Outside(String),
    /// The issuer does not tell.
    Unknown,
}

impl Policy {
    /// Whose a key is, by what its issuer told.
    pub fn whose(&self, told: &Verification) -> Whose {
        let names: Vec<&String> = [&told.organisation, &told.account, &told.holder].into_iter().flatten().collect();
        let Some(first) = names.first() else { return Whose::Unknown };
        if self.owned.is_empty() {
            return Whose::Told((*first).clone());
        }
        match names.iter().find(|name| contains(&self.owned, name)) {
            Some(own) => Whose::Ours((*own).clone()),
            None => Whose::Outside((*first).clone()),
        }
    }

    /// The name by which something is a canary.
    pub fn canary<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<String> {
        names.into_iter().find(|name| contains(&self.canaries, name)).map(str::to_owned)
    }
}

fn contains(list: &[String], name: &str) -> bool {
    list.iter().any(|own| own.eq_ignore_ascii_case(name.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(organisation: Option<&str>, holder: Option<&str>) -> Verification {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Verification { organisation: owned(organisation), holder: owned(holder), ..Verification::default() }
    }

    #[test]
    fn a_holder_is_ours_only_where_the_user_says_so() {
        let policy = Policy { owned: vec!["Acme".into()], ..Policy::default() };
        assert_eq!(policy.whose(&told(Some("acme"), Some("ada"))), Whose::Ours("acme".into()));
        assert_eq!(policy.whose(&told(None, Some("ada"))), Whose::Outside("ada".into()));
        assert_eq!(policy.whose(&told(None, None)), Whose::Unknown);
        assert_eq!(Policy::default().whose(&told(Some("acme"), None)), Whose::Told("acme".into()));
    }

    #[test]
    fn a_canary_is_known_by_any_of_its_names() {
        let policy = Policy { canaries: vec!["111122223333".into()], ..Policy::default() };
        assert_eq!(policy.canary(["x", "111122223333"]), Some("111122223333".into()));
        assert_eq!(policy.canary(["x"]), None);
    }
}
