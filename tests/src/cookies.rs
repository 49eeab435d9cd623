//! Cookies as a browser sees them: `Set-Cookie` read attribute by attribute, and the jar that results.

use std::collections::BTreeMap;

/// One `Set-Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie {
    /// The cookie's name.
    pub name: String,
    /// Its value; empty in a deletion.
    pub value: String,
    /// `Path`.
    pub path: Option<String>,
    /// `Domain`.
    pub domain: Option<String>,
    /// `Max-Age` in seconds.
    pub max_age: Option<i64>,
    /// `SameSite`.
    pub same_site: Option<String>,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `Secure`.
    pub secure: bool,
}

impl SetCookie {
    /// Reads a header's value.
    pub fn parse(header: &str) -> Self {
        let mut parts = header.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap_or_default().split_once('=').expect("a cookie has a name");
        let mut cookie = SetCookie {
            name: name.to_owned(),
            value: value.to_owned(),
            path: None,
            domain: None,
            max_age: None,
            same_site: None,
            http_only: false,
            secure: false,
        };
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name.to_ascii_lowercase().as_str() {
                "path" => cookie.path = Some(value.to_owned()),
                "domain" => cookie.domain = Some(value.to_owned()),
                "max-age" => cookie.max_age = Some(value.parse().expect("a number of seconds")),
                "samesite" => cookie.same_site = Some(value.to_owned()),
                "httponly" => cookie.http_only = true,
                "secure" => cookie.secure = true,
                _ => {}
            }
        }
        cookie
    }

    /// Whether it makes the browser forget the cookie.
    pub fn is_deletion(&self) -> bool {
        self.max_age.is_some_and(|seconds| seconds <= 0)
    }

    /// Whether it belongs to the library.
    pub fn is_ours(&self) -> bool {
        is_ours(&self.name)
    }

    /// Panics unless the attributes are those of every cookie of the library, deletions included.
    pub fn assert_attributes(&self) {
        self.assert_attributes_below("");
    }

    /// The same for an application whose public path is `path`. `__Host-` leaves no other path than `/`.
    pub fn assert_attributes_below(&self, path: &str) {
        let path = if path.is_empty() || self.name.starts_with("__Host-") { "/" } else { path };
        assert_eq!(self.path.as_deref(), Some(path), "{self:?}");
        assert_eq!(self.domain, None, "{self:?}");
        assert_eq!(self.same_site.as_deref(), Some("Lax"), "{self:?}");
        assert!(self.http_only && self.max_age.is_some(), "{self:?}");
        assert_eq!(self.secure, self.name.starts_with("__Host-"), "{self:?}");
        // Browsers keep 4096 bytes of a cookie, attributes included, and drop a larger one without a word.
        assert!(self.name.len() + self.value.len() < 4000, "{} has {} bytes", self.name, self.value.len());
    }
}

/// A browser's cookies for the application. Public, so that a test can do to them what an attacker would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Jar(pub BTreeMap<String, String>);

impl Jar {
    /// Does what the header says.
    pub fn apply(&mut self, cookie: &SetCookie) {
        if cookie.is_deletion() {
            self.0.remove(&cookie.name);
        } else {
            self.0.insert(cookie.name.clone(), cookie.value.clone());
        }
    }

    /// The `Cookie` header, if there is anything to send.
    pub fn header(&self) -> Option<String> {
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The cookies that hold the session.
    pub fn session(&self) -> BTreeMap<String, String> {
        self.matching(|name| is_ours(name) && name.contains('.'))
    }

    /// The cookies of sign-ins that have begun.
    pub fn pending_sign_ins(&self) -> BTreeMap<String, String> {
        self.matching(|name| is_ours(name) && name.contains("_sign_in_"))
    }

    fn matching(&self, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
        let found = self.0.iter().filter(|(name, _)| wanted(name));
        found.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

fn is_ours(name: &str) -> bool {
    name.trim_start_matches("__Host-").starts_with("logto_")
}
