//! Settings that are addresses: URLs, origins, and paths of this application.

use url::Url;

use super::Settings;
use crate::syntax::is_local_path;

/// The routes below the prefix, apart from the callback.
const ROUTES: [&str; 7] =
    ["sign-in", "sign-up", "sign-out", "signed-out", "user", "backchannel-logout", "webhook"];

impl Settings {
    fn url(&mut self, key: &'static str) -> Option<Url> {
        let text = self.optional_text(key)?;
        let url = self.parse_url(key, &text)?;
        if has_credentials(&url) {
            self.error.push(
                key,
                "contains a user name or a password",
                "write the address without them: it is sent to browsers, and appears in logs and reports",
            );
            return None;
        }
        Some(url)
    }

    pub(super) fn parse_url(&mut self, key: &'static str, text: &str) -> Option<Url> {
        match Url::parse(text) {
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

    /// A path that is not the root, without a slash at its end.
    pub(in crate::config) fn path(&mut self, key: &'static str) -> Option<String> {
        self.take(key)?;
        let text = self.optional_text(key)?;
        let path = text.trim_end_matches('/');
        if path.is_empty() || !is_plain_path(path) {
            self.error.push(
                key,
                "is not a path such as /logto",
                "start with a slash, and use only letters, digits, `-`, `_` and `.`",
            );
            return None;
        }
        Some(path.to_owned())
    }

    /// Below the application's path, as `prefix` is.
    pub(in crate::config) fn callback_path(&mut self, key: &'static str, prefix: &str) -> String {
        let path = self.path(key).unwrap_or_else(|| format!("{prefix}/callback"));
        let name = path.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        if path == prefix || name.is_some_and(|name| ROUTES.contains(&name)) {
            self.error.push(
                key,
                "is the path of another route of this library",
                "write a path of its own, such as /api/auth/callback",
            );
        }
        path
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

    pub(in crate::config) fn post_sign_out_url(&mut self, key: &'static str) -> Option<Url> {
        self.take(key)?;
        self.url(key)
    }

    /// Whether a sign-out ends at the page of this library. It cannot end at another address as well.
    pub(in crate::config) fn signed_out_page(&mut self, key: &'static str, other: Option<&Url>) -> bool {
        let is_on = self.switch(key);
        if is_on && other.is_some() {
            self.error.push(
                key,
                "contradicts `post_sign_out_url`: a sign-out ends at one of the two",
                "remove one of the two settings",
            );
        }
        is_on
    }

    /// Absolute URLs without a fragment.
    pub(in crate::config) fn urls(&mut self, key: &'static str) -> Vec<Url> {
        let mut urls = Vec::new();
        for text in self.list(key) {
            match Url::parse(&text) {
                Ok(url) if has_credentials(&url) => self.error.push(
                    key,
                    "has an address with a user name or a password",
                    "write the addresses without them",
                ),
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

/// Whether a path is empty, or one that every proxy, browser and router spells in the same way: without empty segments,
/// dot segments and anything that could be encoded.
pub(super) fn is_plain_path(path: &str) -> bool {
    let is_plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    path.is_empty() || path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_plain))
}

/// Whether a URL has user information (RFC 3986 §3.2.1), which may be a password.
pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether the host is this machine, so that requests do not cross a network.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use figment::value::{Dict, Value};

    use super::*;

    #[test]
    fn the_callback_path_is_a_path_of_its_own() {
        let read = |path: &str| {
            let dict = [("callback_path".to_owned(), Value::from(path))].into_iter().collect::<Dict>();
            let mut settings = Settings::open(Some(&Value::from(dict)));
            let path = settings.callback_path("callback_path", "/logto");
            settings.finish().map(|_| path)
        };
        for (good, path) in [
            ("/api/auth/callback", "/api/auth/callback"),
            ("/callback/", "/callback"),
            ("/logto/callback", "/logto/callback"),
            ("/logto/sign-in/callback", "/logto/sign-in/callback"),
        ] {
            assert_eq!(read(good).as_deref(), Ok(path));
        }
        for bad in [
            "",
            "/",
            "callback",
            "//callback",
            "/a/../callback",
            "/a%2fcallback",
            "/callback?x",
            "/callback#x",
            "/<path..>",
            "https://a.example/callback",
            "/logto",
            "/logto/",
            "/logto/sign-in",
            "/logto/webhook/",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn o01_an_address_has_no_credentials() {
        for address in [
            "https://shop:hunter2@auth.example.com",
            "https://:hunter2@auth.example.com/",
            "https://hunter2@auth.example.com",
        ] {
            for key in ["endpoint", "internal_endpoint", "post_sign_out_url", "post_sign_out_urls"] {
                let value = match key {
                    "post_sign_out_urls" => Value::from(vec![address]),
                    _ => Value::from(address),
                };
                let dict = [(key.to_owned(), value)].into_iter().collect::<Dict>();
                let mut settings = Settings::open(Some(&Value::from(dict)));
                match key {
                    "endpoint" => _ = settings.endpoint(key),
                    "internal_endpoint" => _ = settings.internal_endpoint(key),
                    "post_sign_out_url" => _ = settings.post_sign_out_url(key),
                    _ => _ = settings.urls(key),
                }
                let error = settings.finish().map(|_| ()).expect_err(key);
                assert!(error.to_string().contains("a user name or a password"), "{key}: {error}");
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            }
        }
    }

    #[test]
    fn a_plain_path_has_one_spelling() {
        for good in ["", "/shop", "/a/b-c_d.e", "/.well-known/x", "/..."] {
            assert!(is_plain_path(good), "{good}");
        }
        for bad in
            ["/", "shop", "//", "/a//b", "/a/", "/.", "/..", "/a/../b", "/a%2fb", "/a\\b", "/a b", "/\u{e9}"]
        {
            assert!(!is_plain_path(bad), "{bad}");
        }
    }

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
