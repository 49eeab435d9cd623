//! What a request to the tenant says.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::AUTHORIZATION;
use reqwest::{Body, Request};
use url::form_urlencoded;

/// The parameters of a form.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    pub(super) fn of(request: &Request) -> Self {
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        Form(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A parameter. An empty one counts as missing, as at Logto.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// The token in the `Authorization` header.
pub(super) fn bearer_of(request: &Request) -> Option<&str> {
    authorization(request)?.strip_prefix("Bearer ")
}

/// The client id of HTTP Basic authentication (RFC 6749 §2.3.1).
pub(super) fn client_of(request: &Request) -> Option<String> {
    let credentials = STANDARD.decode(authorization(request)?.strip_prefix("Basic ")?).ok()?;
    let credentials = String::from_utf8(credentials).ok()?;
    let (client_id, _) = credentials.split_once(':')?;
    form_urlencoded::parse(client_id.as_bytes()).next().map(|(client_id, _)| client_id.into_owned())
}

fn authorization(request: &Request) -> Option<&str> {
    request.headers().get(AUTHORIZATION)?.to_str().ok()
}
