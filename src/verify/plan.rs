//! What a run would send, without sending it.

use std::collections::BTreeMap;

use super::{Key, Options, fill::Values, request};
use crate::rule::{RuleSet, request::After};

/// Requests to one host: method, host, path with names in place of what is filled in, and how many at most.
pub type Planned = BTreeMap<String, usize>;

/// The requests for `keys`, controls included, and why some keys would not be asked for.
pub fn plan(keys: &[Key], rules: &RuleSet, options: &Options) -> (Planned, BTreeMap<String, usize>) {
    let (mut planned, mut left): (Planned, BTreeMap<String, usize>) = Default::default();
    for key in keys {
        let rule = rules.get(key.rule);
        let Some(verify) = rule.verify.as_deref() else {
            *left.entry(format!("{}: no request is known that would tell", rule.id)).or_default() += 1;
            continue;
        };
        let listed = options.hosts.get(&*rule.issuer).map_or(&[][..], Vec::as_slice);
        let values = Values { secret: &key.secret, parts: &key.parts, control: false };
        for ask in verify.asks.iter() {
            for target in request::targets(&ask.request, &values, listed) {
                match target {
                    Ok(target) => *planned.entry(request::in_words(&ask.request, &target)).or_default() += 1,
                    Err(no) if ask.after == After::Nothing => {
                        *left.entry(format!("{}: {no}", rule.id)).or_default() += 1;
                    }
                    Err(_) => {}
                }
            }
        }
    }
    (planned, left)
}
