//! Where a repository can be seen by people: the web address of its remote, for links in reports.
//!
//! Read from the configuration and never asked: nothing here opens a connection. User, password, query and `.git` are left out.

use bstr::ByteSlice;

use super::config::Config;

/// The web address of `origin`, or of the only other remote: `https://github.com/acme/app`. `None` without a remote, for several
/// others, and for a path on disk.
pub fn web_address(config: &Config) -> Option<String> {
    let remotes = config.settings().iter().filter(|one| one.section == "remote" && one.key == "url");
    let mut named: Vec<(&[u8], &[u8])> =
        remotes.filter_map(|one| Some((one.subsection.as_ref()?.as_slice(), one.value.as_ref()?.as_slice()))).collect();
    let origin = named.iter().rev().find(|(name, _)| *name == b"origin").copied();
    named.dedup_by_key(|(name, _)| *name);
    let only = if named.len() == 1 { named.pop() } else { None };
    let (_, url) = origin.or(only)?;
    web_address_of(url.to_str().ok()?)
}

/// The web address of what `git clone` takes.
pub fn web_address_of(url: &str) -> Option<String> {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let (scheme, authority, path) = match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/')?;
            (scheme.to_ascii_lowercase(), authority, path)
        }
        // `host:path`; a single letter is a drive of Windows.
        None => {
            let (authority, path) = url.split_once(':')?;
            if authority.len() < 2 || authority.contains(['/', '\\']) {
                return None;
            }
            ("ssh".to_owned(), authority, path.trim_start_matches('/'))
        }
    };
    // Where a password was pasted with a slash in it, what is left is no address.
    if path.contains('@') {
        return None;
    }
    let host = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let (scheme, host) = match scheme.as_str() {
        "https" | "http" => (scheme.as_str(), host.as_str()),
        // Another port than that of the web.
        "ssh" | "git" | "git+ssh" | "ssh+git" => ("https", host.split(':').next().unwrap_or_default()),
        _ => return None,
    };
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    let is_plain =
        |text: &str| !text.is_empty() && !text.chars().any(|char| char.is_control() || "\"'<>\\ ".contains(char));
    if !is_plain(host) || !is_plain(path) {
        return None;
    }
    Some(match (host, path.strip_prefix("v3/").map(|path| path.split('/').collect::<Vec<_>>())) {
        ("ssh.dev.azure.com", Some(parts)) if parts.len() == 3 => {
            format!("https://dev.azure.com/{}/{}/_git/{}", parts[0], parts[1], parts[2])
        }
        ("vs-ssh.visualstudio.com", Some(parts)) if parts.len() == 3 => {
            format!("https://{}.visualstudio.com/{}/_git/{}", parts[0], parts[1], parts[2])
        }
        ("ssh.github.com", _) => format!("https://github.com/{path}"),
        ("altssh.gitlab.com", _) => format!("https://gitlab.com/{path}"),
        ("altssh.bitbucket.org", _) => format!("https://bitbucket.org/{path}"),
        _ => format!("{scheme}://{host}/{path}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In `text`, `{-}` stands for nothing.
    fn of(text: &str) -> Option<String> {
        web_address_of(&text.replace("{-}", ""))
    }

    #[test]
    fn every_spelling_of_a_remote_gives_the_address_of_its_page() {
        let page = Some("https://github.com/acme/app".to_owned());
        for url in [
            "https://github.com/acme/app",
            "https://github.com/acme/app.git/",
            "git@github.com:acme/app.git",
            "ssh://git@github.com/acme/app.git",
            "ssh://git@ssh.github.com:443/acme/app.git",
            "git://github.com/acme/app",
            "HTTPS://GitHub.com/acme/app?x=1#y",
        ] {
            assert_eq!(of(url), page, "{url}");
        }
        assert_eq!(of("https://git.example.com:8443/a/b").as_deref(), Some("https://git.example.com:8443/a/b"));
        assert_eq!(of("http://git.example.com/a").as_deref(), Some("http://git.example.com/a"));
        let azure = "git@ssh.dev.azure.com:v3/acme/shop/api";
        assert_eq!(of(azure).as_deref(), Some("https://dev.azure.com/acme/shop/_git/api"));
        let old = "acme@vs-ssh.visualstudio.com:v3/acme/shop/api";
        assert_eq!(of(old).as_deref(), Some("https://acme.visualstudio.com/shop/_git/api"));
    }

    #[test]
    fn user_and_password_are_left_out_wherever_they_stand() {
        for url in
            ["https://me:{-}s3cr3t{-}@github.com/a/b", "https://ghp_{-}x{-}@github.com/a/b", "x:{-}y@github.com:a/b"]
        {
            let shown = of(url).unwrap_or_default();
            assert!(!shown.contains("s3cr3t") && !shown.contains("ghp_") && !shown.contains('@'), "{shown}");
        }
        assert_eq!(of("https://me:pass/{-}word@github.com/a/b"), None);
    }

    #[test]
    fn what_is_no_page_has_no_address() {
        for url in ["/srv/git/app.git", "../app", "C:\\app", "file:///srv/app", "ext::sh -c x", "https://host", "h:a b"]
        {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn origin_comes_first_and_another_remote_only_where_it_is_the_only_one() {
        let address = |text: &str| {
            let mut config = Config::default();
            config.read(text.as_bytes());
            web_address(&config)
        };
        let up = "[remote \"up\"]\nurl = git@github.com:up/app\n";
        let origin = "[remote \"origin\"]\nurl = git@github.com:me/app\nfetch = x\n";
        let third = "[remote \"third\"]\nurl = git@github.com:it/app\n";
        assert_eq!(address(&format!("{up}{origin}")).as_deref(), Some("https://github.com/me/app"));
        assert_eq!(address(up).as_deref(), Some("https://github.com/up/app"));
        assert_eq!(address(&format!("{up}{third}")), None);
        assert_eq!(address("[core]\nbare = true\n"), None);
    }
}
