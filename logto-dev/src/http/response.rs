//! A response, before it is sent.

use serde_json::Value;

use crate::oidc::LogoutCall;
use crate::webhooks::Event;

#[derive(Clone, Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Back-channel logouts that are delivered before this response.
    pub(crate) logouts: Vec<LogoutCall>,
    /// Webhook events that are sent in the background.
    pub(crate) events: Vec<Event>,
}

impl Response {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status).header("content-type", "application/json; charset=utf-8").body(body.to_string())
    }

    pub(crate) fn html(status: u16, page: String) -> Self {
        Self::new(status).header("content-type", "text/html; charset=utf-8").body(page)
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status).header("content-type", "text/plain; charset=utf-8").body(text)
    }

    /// A redirect with the short page that Logto sends with it.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        let page = format!("Redirecting to {}.", escape(location));
        Self::html(status, page).header("location", location)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn no_store(self) -> Self {
        self.header("cache-control", "no-store")
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Makes text safe inside HTML, attribute values included.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
