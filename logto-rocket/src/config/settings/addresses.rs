//! Settings that are addresses: URLs, origins, and paths of this application.

use url::Url;

use super::Settings;
use crate::config::RocketEnv;
use crate::syntax::is_local_path;

impl Settings {
    fn url(&mut self, key: &'static str) -> Option<Url> {
        let text = self.optional_text(key)?;
        match Url::parse(&text) {
            Ok(url) if url.port() == Some(0) => {
                self.error.push(key, "has port 0, which cannot be reached", "write the actual port");
                None
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Some(url),
            _ => {
                self.error.push(
                    key,
                    "is not an absolute http or https URL",
                    "write the full address with its scheme, such as https://host",
                );
                None
            }
        }
    }

    pub(in crate::config) fn endpoint(&mut self, key: &'static str) -> Option<Url> {
        if self.take(key).is_none() {
            self.error.push(
                key,
                "is missing",
                "set endpoint = \"https://<tenant>.logto.app\", or the address of your own Logto",
            );
            return None;
        }
        let url = self.url(key)?;
        if url.query().is_some() || url.fragment().is_some() {
            self.error.push(key, "has a query or a fragment", "write only the tenant's address");
            return None;
        }
        if url.path().trim_end_matches('/').ends_with("/oidc") {
            self.error.push(
                key,
                "ends with /oidc",
                "write the address without /oidc; the issuer is derived from it",
            );
            return None;
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            self.error.push(
                key,
                "uses http for another host, so tokens would be sent unencrypted",
                "use https; for an address inside a cluster set `internal_endpoint`",
            );
            return None;
        }
        Some(url)
    }

    pub(in crate::config) fn internal_endpoint(&mut self, key: &'static str) -> Option<Url> {
        self.take(key)?;
        self.url(key)
    }

    pub(in crate::config) fn public_url(&mut self, key: &'static str, env: &RocketEnv) -> Option<Url> {
        if self.take(key).is_none() {
            if env.debug && env.port == 0 {
                self.error.push(
                    key,
                    "is missing, and Rocket's `port` is 0: the operating system picks the port at launch, too late for \
                     the redirect URI",
                    "set `port` (ROCKET_PORT) to a port that is registered in Logto, or set public_url = \
                     \"http://localhost:8000\", the address that browsers use",
                );
                return None;
            }
            if env.debug {
                return Url::parse(&format!("http://localhost:{}", env.port)).ok();
            }
            self.error.push(
                key,
                "is missing, and it is never derived from a request",
                "set public_url = \"https://app.example.com\", the address that browsers use",
            );
            return None;
        }
        let url = self.url(key)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            self.error.push(
                key,
                "is more than an origin",
                "write only scheme, host and port, such as https://app.example.com",
            );
            return None;
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            self.error.push(
                key,
                "uses http for another host than localhost, so cookies would be sent unencrypted",
                "serve the application over https",
            );
            return None;
        }
        Some(url)
    }

    pub(in crate::config) fn prefix(&mut self, key: &'static str, default: &str) -> String {
        if self.take(key).is_none() {
            return default.to_owned();
        }
        let Some(text) = self.optional_text(key) else { return default.to_owned() };
        let path = text.trim_end_matches('/');
        let fits = path.len() > 1
            && path.starts_with('/')
            && !path.contains("//")
            && path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
        if !fits {
            self.error.push(
                key,
                "is not a path such as /logto",
                "start with a slash, and use only letters, digits, `-`, `_` and `.`",
            );
            return default.to_owned();
        }
        path.to_owned()
    }

    pub(in crate::config) fn local_path(&mut self, key: &'static str, default: &str) -> String {
        if self.take(key).is_none() {
            return default.to_owned();
        }
        match self.optional_text(key) {
            Some(path) if is_local_path(&path) => path,
            Some(_) => {
                self.error.push(
                    key,
                    "is not a path of this application",
                    "start with a single slash, such as /home",
                );
                default.to_owned()
            }
            None => default.to_owned(),
        }
    }

    pub(in crate::config) fn post_sign_out_url(
        &mut self,
        key: &'static str,
        public_url: Option<&Url>,
    ) -> Option<Url> {
        if self.take(key).is_none() {
            return public_url.cloned();
        }
        self.url(key)
    }

    /// Absolute URLs without a fragment.
    pub(in crate::config) fn urls(&mut self, key: &'static str) -> Vec<Url> {
        let mut urls = Vec::new();
        for text in self.list(key) {
            match Url::parse(&text) {
                Ok(url)
                    if matches!(url.scheme(), "http" | "https")
                        && url.host().is_some()
                        && url.fragment().is_none() =>
                {
                    urls.push(url);
                }
                _ => self.error.push(
                    key,
                    format!(
                        "`{}` is not an absolute http or https URL without a fragment",
                        text.escape_debug()
                    ),
                    "write the full address, such as https://www.example.com/goodbye",
                ),
            }
        }
        urls
    }

    /// The directives of `Clear-Site-Data`, as the header has them.
    pub(in crate::config) fn clear_site_data(&mut self, key: &'static str) -> Option<String> {
        const DIRECTIVES: [&str; 8] = [
            "*",
            "cache",
            "clientHints",
            "cookies",
            "executionContexts",
            "prefetchCache",
            "prerenderCache",
            "storage",
        ];
        let directives = self.list(key);
        for unknown in directives.iter().filter(|directive| !DIRECTIVES.contains(&directive.as_str())) {
            self.error.push(
                key,
                format!("`{}` is no directive of Clear-Site-Data", unknown.escape_debug()),
                format!("use {}", DIRECTIVES.join(", ")),
            );
        }
        let quoted: Vec<String> = directives.iter().map(|directive| format!("\"{directive}\"")).collect();
        (!quoted.is_empty()).then(|| quoted.join(", "))
    }

    pub(in crate::config) fn origins(&mut self, key: &'static str) -> Vec<String> {
        let mut origins = Vec::new();
        for text in self.list(key) {
            match Url::parse(&text) {
                Ok(url) if url.origin().is_tuple() && url.path() == "/" => {
                    origins.push(url.origin().ascii_serialization())
                }
                _ => self.error.push(
                    key,
                    format!("`{}` is not an origin", text.escape_debug()),
                    "write https://host[:port]",
                ),
            }
        }
        origins
    }
}

/// Whether the host is this machine, so that requests do not cross a network.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lookalikes_are_not_loopback() {
        for (url, expected) in [
            ("http://localhost:1", true),
            ("http://app.localhost", true),
            ("http://127.0.0.1", true),
            ("http://[::1]", true),
            ("http://localhost.evil.com", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).expect("url")), expected, "{url}");
        }
    }
}
