//! Which proxy a host is asked through: `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not, as curl reads them.

use std::env;

/// A proxy and the hosts that are asked without it.
#[derive(Clone, Default)]
pub struct Proxies {
    address: Option<String>,
    without: Vec<String>,
}

/// The address may hold a password.
impl std::fmt::Debug for Proxies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proxies({})", if self.address.is_some() { "one" } else { "none" })
    }
}

impl Proxies {
    /// What the environment says.
    pub fn from_environment() -> Self {
        let named =
            |names: &[&str]| names.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
        let address = named(&["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]);
        Self::new(address, &named(&["no_proxy", "NO_PROXY"]).unwrap_or_default())
    }

    /// This address for all hosts but those of a list as `NO_PROXY` has it.
    pub fn new(address: Option<String>, without: &str) -> Self {
        let address =
            address.map(|address| if address.contains("://") { address } else { format!("http://{address}") });
        let without =
            without.split([',', ' ']).map(|name| name.trim().trim_start_matches("*.").trim_start_matches('.'));
        Self { address, without: without.filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect() }
    }

    /// The address of the proxy for `host`; `None` where it is asked straight.
    pub fn of(&self, host: &str) -> Option<&str> {
        let matches = |name: &String| {
            name == "*" || host == name || host.strip_suffix(name.as_str()).is_some_and(|head| head.ends_with('.'))
        };
        if self.without.iter().any(matches) { None } else { self.address.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_the_exceptions_and_below_are_asked_straight() {
        let proxies = Proxies::new(Some("proxy:3128".into()), "a.com, .b.com,*.c.com");
        assert_eq!(proxies.of("x.com"), Some("http://proxy:3128"));
        for host in ["a.com", "x.a.com", "b.com", "x.b.com", "y.c.com"] {
            assert_eq!(proxies.of(host), None, "{host}");
        }
        assert!(proxies.of("ba.com").is_some());
        assert_eq!(Proxies::new(Some("http://p".into()), "*").of("x.com"), None);
        assert_eq!(Proxies::new(None, "").of("x.com"), None);
    }

    #[test]
    fn a_password_in_the_address_is_not_shown() {
        assert!(!format!("{:?}", Proxies::new(Some("http://u:hunter2@p".into()), "")).contains("hunter2"));
    }
}
