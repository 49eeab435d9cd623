//! An answer, read in full.

use serde_json::Value;

use crate::cookies::SetCookie;

/// An answer of the application.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The one value of a header; panics if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(values.len() <= 1, "{name} stands more than once: {values:?}");
        values.first().copied()
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let named = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "no redirect: {self:?}");
        self.header("location").expect("a redirect has a location")
    }

    /// The `code` of a problem document, or the code that a page shows.
    pub fn code(&self) -> String {
        if self.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            let code = self.body.split_once("<code>").and_then(|(_, rest)| rest.split_once("</code>"));
            return code.map(|(code, _)| code.to_owned()).unwrap_or_default();
        }
        match serde_json::from_str::<Value>(&self.body) {
            Ok(problem) => problem["code"].as_str().unwrap_or_default().to_owned(),
            Err(_) => String::new(),
        }
    }

    /// The `Set-Cookie` headers.
    pub fn cookies(&self) -> Vec<SetCookie> {
        self.all("set-cookie").into_iter().map(SetCookie::parse).collect()
    }

    /// Panics unless the library's promises to every answer are kept: whole cookies, and no caching of what
    /// carries one.
    pub fn assert_decent(&self) {
        self.assert_decent_below("");
    }

    /// The same for an application whose public path is `path`.
    pub fn assert_decent_below(&self, path: &str) {
        let ours: Vec<SetCookie> = self.cookies().into_iter().filter(SetCookie::is_ours).collect();
        for cookie in &ours {
            cookie.assert_attributes_below(path);
            let twice = ours.iter().filter(|other| other.name == cookie.name).count();
            assert_eq!(twice, 1, "{} is set twice in one answer", cookie.name);
        }
        if !ours.is_empty() {
            assert_eq!(self.header("cache-control"), Some("no-store"), "g16: {self:?}");
            assert!(self.varies_by_cookie(), "g16: {self:?}");
        }
    }

    /// Whether `Vary` names `Cookie`.
    pub fn varies_by_cookie(&self) -> bool {
        self.all("vary").iter().any(|vary| vary.to_ascii_lowercase().contains("cookie"))
    }
}
