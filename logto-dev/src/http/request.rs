//! A complete request.

use percent_encoding::percent_decode_str;

use super::Params;

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Params,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_post(&self) -> bool {
        self.method == "POST"
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        self.header("content-type").map(|value| value.split(';').next().unwrap_or_default().trim())
    }

    /// The form in the body, in either of the two encodings that Logto accepts.
    pub(crate) fn form(&self) -> Params {
        match self.content_type() {
            Some("application/x-www-form-urlencoded") => Params::urlencoded(&self.body),
            Some("application/json") => Params::json(&self.body).unwrap_or_default(),
            _ => Params::default(),
        }
    }

    /// The parameters of an endpoint that accepts a query or a form.
    pub(crate) fn params(&self) -> Params {
        if self.is_post() { self.form() } else { self.query.clone() }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case("cookie"));
        cookies
            .flat_map(|(_, header)| header.split("; "))
            .find_map(|pair| pair.split_once('=').filter(|(known, _)| known.trim() == name))
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    }
}
