//! What must hold over all rule files together: an id is given once, and a part is a rule of the same issuer.

use std::collections::BTreeMap;

use super::{
    file::{Complaint, Loaded},
    nearest,
};

/// Puts the rules of all files together, in the order of their ids. Where two have the same id, the later one must say
/// `replaces = true`; where one says so, there must be an earlier one.
pub fn gather(files: Vec<Loaded>) -> Result<Vec<Loaded>, Complaint> {
    let mut all: BTreeMap<String, Loaded> = BTreeMap::new();
    for loaded in files {
        let earlier = all.get(&*loaded.rule.id);
        if let (Some(earlier), false) = (earlier, loaded.replaces) {
            let message = format!(
                "`{}` is already the id of a rule in {}:{}; a rule that stands in for it says `replaces = true`",
                loaded.rule.id, earlier.id_at.file, earlier.id_at.line
            );
            return Err(Complaint { message, ..loaded.id_at });
        }
        if earlier.is_none() && loaded.replaces {
            let hint = nearest::hint(&loaded.rule.id, all.keys().map(String::as_str));
            let message = format!("`replaces` needs an earlier rule called `{}`{hint}", loaded.rule.id);
            return Err(Complaint { message, ..loaded.id_at });
        }
        all.insert(loaded.rule.id.to_string(), loaded);
    }
    for loaded in all.values() {
        for (part, place) in loaded.rule.parts.iter().zip(&loaded.parts_at) {
            let siblings =
                all.values().filter(|other| other.rule.issuer == loaded.rule.issuer).map(|other| &*other.rule.id);
            if !siblings.clone().any(|id| id == part.rule) {
                let hint = nearest::hint(&part.rule, siblings);
                let message =
                    format!("part `{}`: no rule of {} is called `{}`{hint}", part.name, loaded.rule.issuer, part.rule);
                return Err(Complaint { message, ..place.clone() });
            }
        }
    }
    Ok(all.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::file::parse;

    /// A file of `issuer` with rules of these ids; each asks for `part` if there is one.
    fn file(name: &str, issuer: &str, ids: &[&str], more: &str) -> Vec<Loaded> {
        let rules: String = ids
            .iter()
            .map(|id| {
                format!(
                    "[[rule]]\nid = '{id}'\nname = 'n'\nopens = 'o'\nkind = 'api-key'\nlifetime = 'static'\nconfidence = 'high'\n\
                     pattern = 'acme_[a-z]{{20}}'\ndocumented = 'high'\nexamples = ['e']\ncounterexamples = ['c', 'd']\n{more}\n"
                )
            })
            .collect();
        let text = format!("issuer = '{issuer}'\nname = 'A'\ndocs = 'd'\nrotate = 'r'\n{rules}");
        parse(&text, name, issuer).expect("a good file")
    }

    fn complaint(files: Vec<Vec<Loaded>>) -> String {
        gather(files.concat()).map_or_else(|complaint| complaint.to_string(), |_| "none".into())
    }

    #[test]
    fn rules_come_in_the_order_of_their_ids() {
        let all =
            gather([file("b", "b", &["b-x"], ""), file("a", "a", &["a-z", "a-y"], "")].concat()).expect("good files");
        assert_eq!(all.iter().map(|loaded| &*loaded.rule.id).collect::<Vec<_>>(), ["a-y", "a-z", "b-x"]);
    }

    #[test]
    fn an_id_given_twice_is_told_with_both_places() {
        let files = || vec![file("one/a.toml", "a", &["a-x"], ""), file("two/a.toml", "a", &["a-x"], "")];
        assert_eq!(
            complaint(files()),
            "two/a.toml:6:6: `a-x` is already the id of a rule in one/a.toml:6; a rule that stands in for it says \
             `replaces = true`"
        );
        assert_eq!(complaint(vec![files().remove(0), file("two/a.toml", "a", &["a-x"], "replaces = true")]), "none");
    }

    #[test]
    fn what_replaces_needs_something_to_replace() {
        assert_eq!(
            complaint(vec![file("a.toml", "a", &["a-key"], ""), file("b.toml", "a", &["a-kye"], "replaces = true")]),
            "b.toml:6:6: `replaces` needs an earlier rule called `a-kye`; did you mean `a-key`?"
        );
    }

    #[test]
    fn a_part_is_a_rule_of_the_same_issuer() {
        let parts = "parts = [{ name = 'id', rule = 'a-ke' }]";
        assert_eq!(
            complaint(vec![file("a.toml", "a", &["a-key"], parts)]),
            "a.toml:16:32: part `id`: no rule of a is called `a-ke`; did you mean `a-key`?"
        );
        assert_eq!(complaint(vec![file("b.toml", "b", &["b-x"], "parts = [{ name = 'id', rule = 'b-x' }]")]), "none");
    }
}
