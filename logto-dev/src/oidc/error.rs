//! Error responses as Logto sends them.

use serde_json::{Map, Value};

use crate::http::Response;

/// An error with a JSON body.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) description: String,
    pub(crate) scope: Option<String>,
    code: Option<&'static str>,
    /// Whether Logto responds before its OpenID provider library, which is what adds `Cache-Control: no-store`.
    early: bool,
    challenge: Option<Challenge>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Challenge {
    Basic,
    Bearer,
    /// A `Bearer` challenge without an error, for a request without credentials.
    BareBearer,
}

impl Refusal {
    pub(crate) fn new(status: u16, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
            scope: None,
            code: None,
            early: false,
            challenge: None,
        }
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", description)
    }

    pub(crate) fn expired_secret() -> Self {
        Self { early: true, ..Self::invalid_request("client secret has expired") }
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::invalid_request(format!("missing required parameter '{parameter}'"))
    }

    /// One text for every reason, so that the reason is not disclosed.
    pub(crate) fn invalid_grant() -> Self {
        Self::new(400, "invalid_grant", "grant request is invalid")
    }

    pub(crate) fn unknown_client(client_id: &str) -> Self {
        Self::new(400, "invalid_client", format!("invalid client {client_id}"))
    }

    pub(crate) fn unknown_resource() -> Self {
        Self::new(400, "invalid_target", "resource indicator is missing, or unknown")
    }

    pub(crate) fn session_not_found(description: &str) -> Self {
        Self { code: Some("session.not_found"), ..Self::invalid_request(description) }
    }

    pub(crate) fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    pub(crate) fn with_challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The members of the body.
    pub(crate) fn members(&self) -> Map<String, Value> {
        let code = self.code.map_or_else(|| format!("oidc.{}", self.error), str::to_owned);
        let mut members = Map::new();
        members.insert("message".into(), self.message(&code).into());
        members.insert("code".into(), code.into());
        if self.error == "invalid_grant" {
            members.insert("error_uri".into(), "https://openid.sh/debug/invalid_grant".into());
        }
        members.extend(self.bare_members());
        if let Some(scope) = &self.scope {
            members.insert("scope".into(), scope.as_str().into());
        }
        members
    }

    /// The body of RFC 6749 without Logto's additions, for `parse_error=false`.
    pub(crate) fn bare_members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("error".into(), self.error.into());
        members.insert("error_description".into(), self.description.as_str().into());
        members
    }

    pub(crate) fn response(&self, issuer: &str) -> Response {
        self.answer(self.members(), issuer)
    }

    /// The response of an endpoint whose responses must not be cached.
    pub(crate) fn uncached_response(&self, issuer: &str) -> Response {
        let response = self.response(issuer);
        if self.early { response } else { response.no_store() }
    }

    pub(crate) fn bare_response(&self, issuer: &str) -> Response {
        self.answer(self.bare_members(), issuer)
    }

    fn answer(&self, members: Map<String, Value>, issuer: &str) -> Response {
        let response = Response::json(self.status, &Value::Object(members));
        let Some(challenge) = self.challenge else { return response };
        let mut value = match challenge {
            Challenge::Basic => format!("Basic realm=\"{issuer}\""),
            Challenge::Bearer | Challenge::BareBearer => format!("Bearer realm=\"{issuer}\""),
        };
        if !matches!(challenge, Challenge::BareBearer) {
            value += &format!(", error=\"{}\", error_description=\"{}\"", self.error, self.description);
            if let Some(scope) = &self.scope {
                value += &format!(", scope=\"{scope}\"");
            }
        }
        response.header("www-authenticate", value)
    }

    /// Logto's message for users, in English only.
    fn message(&self, code: &str) -> String {
        match code {
            "oidc.invalid_request" => "Request is invalid.",
            "oidc.invalid_grant" => "Grant request is invalid.",
            "oidc.invalid_target" => "Invalid resource indicator.",
            "oidc.invalid_token" => "Invalid token provided.",
            "oidc.invalid_scope" => "Invalid scope: {{error_description}}.",
            "oidc.insufficient_scope" => "Token missing scope `{{scope}}`.",
            "oidc.access_denied" => "Access denied.",
            "oidc.unsupported_grant_type" => "Unsupported `grant_type` requested.",
            "oidc.invalid_redirect_uri" => {
                "`redirect_uri` did not match any of the client's registered `redirect_uris`."
            }
            "session.not_found" => "Session not found. Please go back and sign in again.",
            other => return format!("An OIDC error occurred: {other}."),
        }
        .to_owned()
    }
}
