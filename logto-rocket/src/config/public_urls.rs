//! Where browsers reach the application: its origins, and the path below which it lives.

use url::Url;

/// An origin (RFC 6454) of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicOrigin {
    /// As browsers send it in `Origin`.
    text: String,
    /// As browsers send it in `Host`: without the default port of the scheme.
    authority: String,
    /// The same with its port, which some clients send although it is the default.
    authority_with_port: String,
    host: String,
}

impl PublicOrigin {
    /// `None` for a URL without a host.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = url.host_str()?.to_owned();
        let text = url.origin().ascii_serialization();
        let authority = text.split_once("://")?.1.to_owned();
        let authority_with_port = format!("{host}:{}", url.port_or_known_default()?);
        Some(PublicOrigin { text, authority, authority_with_port, host })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_https(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// The host without the port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Whether a `Host` header with this value names the origin (RFC 9110 §7.2). The case of a host name has no
    /// meaning. Everything else is compared as it stands.
    pub(crate) fn is_host(&self, value: &str) -> bool {
        value.eq_ignore_ascii_case(&self.authority) || value.eq_ignore_ascii_case(&self.authority_with_port)
    }
}

/// The addresses of the application for browsers: one or more origins, and one path that all have in common.
///
/// Two kinds of paths exist. A *public* path is what browsers and Logto see. A path *in Rocket* is what Rocket routes.
/// They differ only where the proxy in front strips the path of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrls {
    main: PublicOrigin,
    others: Vec<PublicOrigin>,
    /// `/shop`, or empty for an application at the root.
    path: String,
    is_path_stripped: bool,
}

impl PublicUrls {
    /// `None` without an origin. `path` is empty, or begins with a slash and does not end with one.
    pub(super) fn new(
        origins: impl IntoIterator<Item = PublicOrigin>,
        path: String,
        is_path_stripped: bool,
    ) -> Option<Self> {
        let mut origins = origins.into_iter();
        let main = origins.next()?;
        Some(PublicUrls { main, others: origins.collect(), path, is_path_stripped })
    }

    /// The first origin of the settings.
    pub(crate) fn main(&self) -> &PublicOrigin {
        &self.main
    }

    /// All origins, the main one first.
    pub(crate) fn origins(&self) -> impl Iterator<Item = &PublicOrigin> {
        std::iter::once(&self.main).chain(&self.others)
    }

    pub(crate) fn is_single(&self) -> bool {
        self.others.is_empty()
    }

    /// The public path of the application: `/shop`, or empty at the root.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The address of a path of the application at the main origin.
    pub(super) fn address(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}{}{path}", self.main.as_str(), self.path)).ok()
    }

    /// The path of the application in Rocket.
    pub(crate) fn path_in_rocket(&self) -> &str {
        if self.is_path_stripped { "" } else { &self.path }
    }

    /// The public path of `path`, which Rocket routes.
    pub(crate) fn public_path(&self, path: &str) -> String {
        if self.is_path_stripped { format!("{}{path}", self.path) } else { path.to_owned() }
    }

    /// Whether a public path is one of the application, and not of another application under the same origin. Dot
    /// segments have to be refused before.
    pub(crate) fn contains(&self, path: &str) -> bool {
        path.strip_prefix(self.path.as_str())
            .is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> PublicOrigin {
        PublicOrigin::of(&Url::parse(url).expect("a URL")).expect("an origin")
    }

    fn below(path: &str, is_path_stripped: bool) -> PublicUrls {
        PublicUrls::new([origin("https://app.example.com")], path.to_owned(), is_path_stripped)
            .expect("an origin")
    }

    #[test]
    fn l09_a_host_is_compared_as_it_stands() {
        let app = origin("https://app.example.com");
        for ours in ["app.example.com", "APP.example.COM", "app.example.com:443"] {
            assert!(app.is_host(ours), "{ours}");
        }
        for other in [
            "",
            "app.example.com.",
            "app.example.com:",
            "app.example.com:0443",
            "app.example.com:80",
            "app.example.com:8443",
            "app.example.com:443:443",
            "user@app.example.com",
            "app.example.com.evil.com",
            "evil.com",
            " app.example.com",
            "app.example.com/",
            "app.example.com,evil.com",
            "app\u{3002}example.com",
        ] {
            assert!(!app.is_host(other), "{other}");
        }
        let local = origin("http://localhost:8000");
        assert!(
            local.is_host("localhost:8000") && !local.is_host("localhost") && !local.is_host("localhost:80")
        );
        assert!(origin("http://[::1]:8000").is_host("[::1]:8000"));
    }

    #[test]
    fn l01_a_path_of_another_application_is_none_of_ours() {
        let shop = below("/shop", true);
        for ours in ["/shop", "/shop/", "/shop/orders?x=/evil", "/shop?x", "/shop#x", "/shop//x"] {
            assert!(shop.contains(ours), "{ours}");
        }
        for other in ["/", "/shopevil", "/shop%2fx", "/SHOP/", "/x/shop/", "", "shop/", "/sho"] {
            assert!(!shop.contains(other), "{other}");
        }
        assert!(below("", false).contains("/anything"));
    }

    #[test]
    fn paths_in_rocket_differ_where_the_proxy_strips_the_path() {
        let (stripped, kept) = (below("/shop", true), below("/shop", false));
        assert_eq!((stripped.path_in_rocket(), kept.path_in_rocket()), ("", "/shop"));
        assert_eq!(stripped.public_path("/orders"), "/shop/orders");
        assert_eq!(kept.public_path("/shop/orders"), "/shop/orders");
    }
}
