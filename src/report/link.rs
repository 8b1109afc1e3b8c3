//! Links to a commit and to a line in it, at the hosts whose addresses are known: GitHub, GitLab, Bitbucket, Gitea and Forgejo,
//! Azure. `remote` is the repository's web address without credentials, as [`Summary::remotes`](super::Summary::remotes) has it.

use crate::location::{Oid, Place};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forge {
    GitHub,
    GitLab,
    Bitbucket,
    Gitea,
    Azure,
}

/// The page of a commit.
pub fn commit(remote: &str, commit: &Oid) -> Option<String> {
    Some(match forge(remote)? {
        Forge::GitHub | Forge::Gitea | Forge::Azure => format!("{remote}/commit/{commit}"),
        Forge::GitLab => format!("{remote}/-/commit/{commit}"),
        Forge::Bitbucket => format!("{remote}/commits/{commit}"),
    })
}

/// The line of a place in the commit that brought it.
pub fn line(remote: &str, place: &Place) -> Option<String> {
    let forge = forge(remote)?;
    let commit = place.commit.as_ref()?.oid;
    let path = escaped(place.path.as_ref()?);
    let line = place.position.line;
    Some(match forge {
        Forge::GitHub => format!("{remote}/blob/{commit}/{path}#L{line}"),
        Forge::GitLab => format!("{remote}/-/blob/{commit}/{path}#L{line}"),
        Forge::Bitbucket => format!("{remote}/src/{commit}/{path}#lines-{line}"),
        Forge::Gitea => format!("{remote}/src/commit/{commit}/{path}#L{line}"),
        Forge::Azure => format!(
            "{remote}?path=/{path}&version=GC{commit}&line={line}&lineEnd={}&lineStartColumn=1&lineEndColumn=1",
            line.saturating_add(1)
        ),
    })
}

/// By the host's name: that of a forge, or one of one's own that begins with it (`gitlab.example.com`).
fn forge(remote: &str) -> Option<Forge> {
    let rest = remote.strip_prefix("https://").or_else(|| remote.strip_prefix("http://"))?;
    let host = rest.split(['/', ':']).next()?;
    let begins = |word: &str| host.split('.').next().is_some_and(|first| first == word);
    match host {
        "dev.azure.com" => Some(Forge::Azure),
        "bitbucket.org" => Some(Forge::Bitbucket),
        "codeberg.org" => Some(Forge::Gitea),
        _ if host.ends_with(".visualstudio.com") => Some(Forge::Azure),
        _ if begins("github") || host.ends_with(".ghe.com") => Some(Forge::GitHub),
        _ if begins("gitlab") => Some(Forge::GitLab),
        _ if begins("gitea") || begins("forgejo") => Some(Forge::Gitea),
        _ => None,
    }
}

/// A path for an address: percent signs for all but plain characters and slashes.
pub fn escaped(path: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.iter().map(|&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn links(remote: &str) -> (Option<String>, Option<String>) {
        let report = sample::report();
        let places = report.findings.iter().flat_map(|finding| &finding.places);
        let mut place = places.map(|shown| &shown.place).find(|place| place.commit.is_some()).unwrap().clone();
        place.path = Some("a b/#x.yml".into());
        place.position.line = 7;
        let oid = place.commit.as_ref().unwrap().oid;
        let short = |link: Option<String>| link.map(|link| link.replace(&oid.to_string(), "C"));
        (short(commit(remote, &oid)), short(line(remote, &place)))
    }

    #[test]
    fn each_forge_has_its_own_addresses() {
        let both = |commit: &str, line: &str| (Some(commit.to_owned()), Some(line.to_owned()));
        let own = "https://github.com/a/b";
        assert_eq!(links(own), both(&format!("{own}/commit/C"), &format!("{own}/blob/C/a%20b/%23x.yml#L7")));
        let own = "https://gitlab.example.com/g/sub/b";
        assert_eq!(links(own), both(&format!("{own}/-/commit/C"), &format!("{own}/-/blob/C/a%20b/%23x.yml#L7")));
        let own = "https://bitbucket.org/a/b";
        assert_eq!(links(own), both(&format!("{own}/commits/C"), &format!("{own}/src/C/a%20b/%23x.yml#lines-7")));
        let own = "https://codeberg.org/a/b";
        assert_eq!(links(own), both(&format!("{own}/commit/C"), &format!("{own}/src/commit/C/a%20b/%23x.yml#L7")));
        let own = "https://dev.azure.com/o/p/_git/r";
        let line = "?path=/a%20b/%23x.yml&version=GCC&line=7&lineEnd=8&lineStartColumn=1&lineEndColumn=1";
        assert_eq!(links(own), both(&format!("{own}/commit/C"), &format!("{own}{line}")));
    }

    #[test]
    fn an_unknown_host_has_no_links() {
        for remote in ["https://git.example.com/a/b", "ftp://github.com/a/b", "javascript://github.com/a", ""] {
            assert_eq!(links(remote), (None, None), "{remote}");
        }
    }
}
