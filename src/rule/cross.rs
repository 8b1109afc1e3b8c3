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
