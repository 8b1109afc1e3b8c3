//! Narrows refs to those that `--ref` names.

use bstr::{BStr, BString, ByteSlice};
use globset::{GlobBuilder, GlobMatcher};

use super::{Tip, TipKind, Tips};
use crate::location::Oid;

/// The places where git looks for a short name, in its order.
const PLACES: [(&str, &str); 6] = [
    ("", ""),
    ("refs/", ""),
    ("refs/tags/", ""),
    ("refs/heads/", ""),
    ("refs/remotes/", ""),
    ("refs/remotes/", "/HEAD"),
];

/// The tips that the names stand for, and the names that stand for none.
pub fn narrow(refs: Vec<Tip>, names: &[BString]) -> Tips {
    let mut narrowed = Tips::default();
    for name in names {
        let before = narrowed.tips.len();
        match glob(name.as_bstr()) {
            Some(glob) => narrowed.tips.extend(refs.iter().filter(|tip| fits(&glob, tip)).cloned()),
            None => narrowed.tips.extend(named(&refs, name.as_bstr())),
        }
        if narrowed.tips.len() == before {
            narrowed.unmatched.push(name.clone());
        }
    }
    if !narrowed.unmatched.is_empty() {
        narrowed.names = refs.into_iter().map(|tip| tip.name).collect();
    }
    narrowed
}

/// The first ref that a name without wildcards stands for, or the object whose whole id it is.
fn named(refs: &[Tip], name: &BStr) -> Option<Tip> {
    PLACES
        .iter()
        .find_map(|(before, behind)| {
            let full = [before.as_bytes(), name, behind.as_bytes()].concat();
            refs.iter().find(|tip| tip.name == full).cloned()
        })
        .or_else(|| Some(Tip { name: name.to_owned(), oid: Oid::from_hex(name)?, kind: TipKind::Other }))
}

fn glob(name: &BStr) -> Option<GlobMatcher> {
    name.find_byteset(b"*?[")?;
    // A `*` goes over `/`, as in `git for-each-ref --exclude` and refspecs: `refs/heads/*` is every branch.
    Some(GlobBuilder::new(&name.to_str_lossy()).literal_separator(false).build().ok()?.compile_matcher())
}

/// Whether a glob fits a ref's name, whole or as shortened in one of git's places.
fn fits(glob: &GlobMatcher, tip: &Tip) -> bool {
    PLACES[..5].iter().any(|(before, _)| {
        tip.name.strip_prefix(before.as_bytes()).is_some_and(|rest| glob.is_match(rest.to_path_lossy()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn narrowed(names: &[&str]) -> (Vec<String>, Vec<BString>) {
        let oid = Oid::from_bytes(&[1; 20]).unwrap();
        let refs = ["HEAD", "refs/heads/a", "refs/heads/x/y", "refs/tags/a", "refs/remotes/o/HEAD", "refs/remotes/o/a"]
            .map(|name| Tip { name: name.into(), oid, kind: TipKind::Other });
        let found = narrow(refs.to_vec(), &names.iter().map(|name| BString::from(*name)).collect::<Vec<_>>());
        (found.tips.iter().map(|tip| tip.name.to_string()).collect(), found.unmatched)
    }

    #[test]
    fn short_names_are_looked_for_in_gits_order() {
        assert_eq!(
            narrowed(&["a", "heads/a", "o", "x/y", "HEAD"]).0,
            ["refs/tags/a", "refs/heads/a", "refs/remotes/o/HEAD", "refs/heads/x/y", "HEAD"]
        );
    }

    #[test]
    fn globs_fit_whole_and_short_names() {
        assert_eq!(narrowed(&["refs/heads/*"]).0, ["refs/heads/a", "refs/heads/x/y"]);
        assert_eq!(narrowed(&["x/*"]).0, ["refs/heads/x/y"]);
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_told() {
        assert_eq!(narrowed(&["a", "nix", "no/*"]).1, ["nix", "no/*"]);
    }

    #[test]
    fn a_whole_object_id_stands_for_itself() {
        assert_eq!(narrowed(&["0123456789012345678901234567890123456789"]).1, [""; 0]);
    }
}
