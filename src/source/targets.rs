//! What the user asks to scan: paths, URLs of repositories, standard input; named one by one or in a file.

use std::path::PathBuf;

use bstr::{BStr, BString, ByteSlice};

use super::files;

/// Something to scan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A file or folder.
    Path(PathBuf),
    /// A repository to clone.
    Url(RepoUrl),
    /// `-`
    Stdin,
}

/// A repository elsewhere. It may hold a password, so it has no `Debug` that tells it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepoUrl {
    text: String,
}

/// Why a target cannot be one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    /// A URL of a kind that is not cloned.
    #[error("{url}: {scheme} is not cloned from; https, ssh and file are")]
    Scheme {
        /// The URL, without its password.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// A line of a list that is neither path nor URL.
    #[error("line {line}: {why}")]
    Line {
        /// Number of the line.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

impl Target {
    /// Tells what a word of the command line or a line of a list means. What lies on disk under that name is a path, whatever it
    /// looks like.
    pub fn parse(text: &BStr) -> Result<Self, TargetError> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        let path = text.to_path_lossy();
        let url = text.to_str().ok().and_then(kind_of);
        match url {
            None | Some(Kind::ScpLike) if path.exists() => Ok(Self::Path(path.into_owned())),
            None => Ok(Self::Path(path.into_owned())),
            Some(Kind::Url(scheme)) if !["https", "ssh", "git+ssh", "ssh+git", "file"].contains(&scheme) => {
                let url = RepoUrl { text: text.to_string() }.shown();
                Err(TargetError::Scheme { url, scheme: scheme.to_owned() })
            }
            Some(_) => Ok(Self::Url(RepoUrl { text: text.to_string() })),
        }
    }

    /// As a report names it: a URL without user and password.
    pub fn shown(&self) -> BString {
        match self {
            Self::Path(path) => files::path_bytes(path),
            Self::Url(url) => url.shown().into(),
            Self::Stdin => "-".into(),
        }
    }
}

/// Reads a list of targets, one a line. Blank lines and lines that begin with `#` say nothing.
pub fn list(text: &[u8]) -> Result<Vec<Target>, TargetError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let lines = text.lines().map(ByteSlice::trim).enumerate();
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"))
        .map(|(at, line)| {
            let failed = |why: String| TargetError::Line { line: at + 1, why };
            if line.contains(&0) {
                return Err(failed("has a NUL byte".to_owned()));
            }
            Target::parse(line.as_bstr()).map_err(|error| failed(error.to_string()))
        })
        .collect()
}

enum Kind<'t> {
    /// `scheme://...`
    Url(&'t str),
    /// `host:path`, which is ssh.
    ScpLike,
}

/// Git's rule: with `://` it is a URL; a colon before any slash makes it a host and a path.
fn kind_of(text: &str) -> Option<Kind<'_>> {
    if let Some((scheme, _)) = text.split_once("://") {
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|char: char| char.is_ascii_alphabetic())
                && scheme.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '-' | '.'))
        };
        return is_scheme(scheme).then_some(Kind::Url(scheme));
    }
    let (host, path) = text.split_once(':')?;
    // A single letter is a drive of Windows.
    let is_host = host.len() > 1 && !host.contains(['/', '\\']) && !host.starts_with('-');
    (is_host && !path.is_empty()).then_some(Kind::ScpLike)
}

/// A URL taken apart. User and password are as they stand in it, percent signs and all.
pub(super) struct Parts<'u> {
    /// Scheme with `://`; empty in `user@host:path`.
    pub scheme: &'u str,
    /// What stands before the `@`, up to its first colon.
    pub user: Option<&'u str>,
    /// What stands behind that colon.
    pub password: Option<&'u str>,
    /// Host, path and the rest.
    pub rest: &'u str,
}

impl RepoUrl {
    /// Its parts. Where a password was pasted with a slash or the like in it, it is taken as a whole rather than shown as a path.
    pub(super) fn parts(&self) -> Parts<'_> {
        let start = self.text.find("://").map_or(0, |colon| colon + 3);
        let (scheme, rest) = self.text.split_at(start);
        let authority = rest.find(['/', '?', '#']).map_or(rest, |end| &rest[..end]);
        let has_port = |authority: &str| {
            authority.rsplit_once(':').is_none_or(|(_, port)| port.chars().all(|char| char.is_ascii_digit()))
        };
        let is_scp_like = scheme.is_empty();
        let is_odd = !is_scp_like && (authority.contains('@') || !has_port(authority));
        let at = if is_odd { rest.rfind('@') } else { authority.rfind('@') };
        let Some(at) = at else { return Parts { scheme, user: None, password: None, rest } };
        let (user, password) = match rest[..at].split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (&rest[..at], None),
        };
        Parts { scheme, user: Some(user), password, rest: &rest[at + 1..] }
    }

    /// Whether its user and password are for git's credential protocol and not for ssh.
    pub(super) fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Without user and password, query and fragment, and control characters. The user name of ssh is no secret and stays.
    pub fn shown(&self) -> String {
        let Parts { scheme, user, rest, .. } = self.parts();
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        // Anywhere else a token may stand in its place.
        let ssh = scheme.is_empty() || scheme.contains("ssh");
        let user = user.filter(|_| ssh).map(|user| format!("{user}@")).unwrap_or_default();
        files::plain(format!("{scheme}{user}{rest}").as_bytes().as_bstr())
    }
}

impl std::fmt::Debug for RepoUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In `text`, `{-}` stands for nothing.
    fn url(text: &str) -> RepoUrl {
        match Target::parse(text.replace("{-}", "").as_bytes().as_bstr()) {
            Ok(Target::Url(url)) => url,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn urls_and_scp_like_names_are_told_from_paths() {
        for text in
            ["https://host/owner/repo", "ssh://git@host/repo", "file:///srv/repo", "git@host:owner/repo", "host:repo"]
        {
            assert_eq!(url(text).text, text);
        }
        for text in ["repo", "./host:repo", "a/b:c", "C:\\repo", "C:/repo", ":x", "-u:x", "not a scheme://x"] {
            assert_eq!(Target::parse(text.into()), Ok(Target::Path(text.into())), "{text}");
        }
        assert_eq!(Target::parse("-".into()), Ok(Target::Stdin));
    }

    #[test]
    fn other_schemes_are_refused_without_telling_the_password() {
        for text in ["http://u:{-}pass@host/x", "git://host/x", "ext::sh -c x://y", "ftp://host/x"] {
            match Target::parse(text.replace("{-}", "").as_bytes().as_bstr()) {
                Err(error) => assert!(!error.to_string().contains("pass")),
                Ok(target) => assert!(matches!(target, Target::Path(_)), "{target:?}"),
            }
        }
        assert!(Target::parse("http://host/x".into()).is_err());
    }

    #[test]
    fn what_exists_on_disk_is_a_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, "").unwrap();
        let text = files::path_bytes(&path);
        assert_eq!(Target::parse(text.as_bstr()), Ok(Target::Path(path)));
    }

    #[test]
    fn a_token_in_a_url_that_is_not_cloned_from_is_not_shown_either() {
        let error = Target::parse("http://token@host/x".into()).unwrap_err();
        assert!(!error.to_string().contains("token"), "{error}");
    }

    #[test]
    fn passwords_and_user_names_are_not_shown() {
        for (text, shown) in [
            ("https://token@host/x.git", "https://host/x.git"),
            ("https://user:{-}pass@host:8443/x", "https://host:8443/x"),
            ("https://user:{-}p/a?s@s@host/x?y", "https://host/x"),
            ("https://user:{-}p@s/s@host/x", "https://host/x"),
            ("https://host:8443/@scope/x", "https://host:8443/@scope/x"),
            ("https://host/x?private_token=abc", "https://host/x"),
            ("ssh://git:{-}pass@host/x", "ssh://git@host/x"),
            ("us:pass@host:x", "us@host:x"),
            ("git@host:owner/repo", "git@host:owner/repo"),
            ("https://host/\u{1b}[31m", "https://host/?[31m"),
        ] {
            assert_eq!((url(text).shown(), format!("{:?}", url(text))), (shown.to_owned(), shown.to_owned()));
            assert_eq!(Target::Url(url(text)).shown(), shown);
        }
    }

    #[test]
    fn lists_have_comments_blank_lines_and_any_line_end() {
        let targets = list(b"\xef\xbb\xbf# all\r\n\r\n  a/b \r\nhttps://h/x\n-\n#c").unwrap();
        assert_eq!(targets, [Target::Path("a/b".into()), Target::Url(url("https://h/x")), Target::Stdin]);
        assert_eq!(list(b"a\nhttp://h\n").unwrap_err().to_string().split(':').next(), Some("line 2"));
    }
}
