//! One call to the Account API.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{AccountError, Refusal};
use super::verification::Verification;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::names::OPENID;
use crate::oidc::http::{Answer, retry_after};
use crate::oidc::jws::json_object;
use crate::oidc::provider::Provider;
use crate::oidc::token_endpoint::printable;
use crate::types::{Scopes, Secret};

/// The header that names a verification record.
const VERIFICATION: &str = "logto-verification-id";

/// A call to the Account API, which may be sent twice.
#[derive(Debug, Clone)]
pub(crate) struct AccountCall {
    method: Method,
    /// Below `/api`.
    path: Vec<String>,
    query: Option<(&'static str, &'static str)>,
    /// May hold a password.
    body: Option<Body>,
    verification: Option<Secret>,
    /// The scopes that Logto asks for beside `openid`.
    scopes: Vec<&'static str>,
}

#[derive(Clone)]
struct Body(Value);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[REDACTED]")
    }
}

/// What became of a call with one token.
#[derive(Debug)]
pub(crate) enum CallOutcome {
    /// The body of the response, which is empty where there is nothing to say.
    Done(Vec<u8>),
    /// The token is not accepted, or lacks a scope: Logto tells neither from the other.
    Unauthorized,
}

impl AccountCall {
    pub(crate) fn get<const N: usize>(path: [&str; N]) -> Self {
        AccountCall::new(Method::GET, path)
    }

    pub(crate) fn delete<const N: usize>(path: [&str; N]) -> Self {
        AccountCall::new(Method::DELETE, path)
    }

    pub(crate) fn post<const N: usize>(path: [&str; N], body: Value) -> Self {
        AccountCall { body: Some(Body(body)), ..AccountCall::new(Method::POST, path) }
    }

    pub(crate) fn patch<const N: usize>(path: [&str; N], body: Map<String, Value>) -> Self {
        AccountCall { body: Some(Body(Value::Object(body))), ..AccountCall::new(Method::PATCH, path) }
    }

    fn new<const N: usize>(method: Method, path: [&str; N]) -> Self {
        let path = path.map(str::to_owned).into();
        AccountCall { method, path, query: None, body: None, verification: None, scopes: Vec::new() }
    }

    /// Logto asks for this scope.
    pub(crate) fn needing(mut self, scope: &'static str) -> Self {
        self.scopes.push(scope);
        self
    }

    /// The user has just shown who they are.
    pub(crate) fn verified_by(self, verification: &Verification) -> Self {
        AccountCall { verification: Some(verification.id().clone()), ..self }
    }

    pub(crate) fn with_query(self, query: Option<(&'static str, &'static str)>) -> Self {
        AccountCall { query, ..self }
    }

    /// Whether a token with these scopes is worth sending. A token whose scopes are not known is.
    pub(crate) fn check_scopes(&self, scopes: &Scopes) -> Result<(), AccountError> {
        let needed = [OPENID].into_iter().chain(self.scopes.iter().copied());
        let missing = needed.into_iter().find(|scope| !scopes.contains(scope));
        match missing {
            Some(scope) if !scopes.is_empty() => Err(AccountError::MissingScope { scope }),
            _ => Ok(()),
        }
    }

    fn main_scope(&self) -> &'static str {
        self.scopes.first().copied().unwrap_or(OPENID)
    }

    /// What a token lacks that Logto refuses although it has just issued it.
    pub(crate) fn refused_again(&self) -> AccountError {
        AccountError::MissingScope { scope: self.main_scope() }
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    data: Value,
}

impl Provider {
    /// Sends `call` with an opaque access token.
    ///
    /// # Errors
    ///
    /// Everything that Logto says but that the token is not accepted, and [`AccountError::Failed`] if Logto cannot be
    /// reached.
    pub(crate) async fn account(
        self: &Arc<Self>,
        token: &Secret,
        call: &AccountCall,
    ) -> Result<CallOutcome, AccountError> {
        let base = self.config.internal_endpoint.as_ref().unwrap_or(&self.config.endpoint);
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push("api").extend(&call.path);
        }
        url.query_pairs_mut().extend_pairs(call.query);
        if call.query.is_none() {
            url.set_query(None);
        }
        let mut request = self.http.client().request(call.method.clone(), url).bearer_auth(token.expose());
        if let Some(verification) = &call.verification {
            let mut id =
                HeaderValue::from_str(verification.expose()).map_err(|_| AccountError::VerificationNeeded)?;
            id.set_sensitive(true);
            request = request.header(VERIFICATION, id);
        }
        if let Some(Body(body)) = &call.body {
            request = request.json(body);
        }
        let answer = self.http.send(Endpoint::AccountApi, request).await?;
        if (200..300).contains(&answer.status) {
            return Ok(CallOutcome::Done(answer.body));
        }
        let refusal = refusal_in(&answer)?;
        if refusal.code == "auth.unauthorized" {
            return Ok(CallOutcome::Unauthorized);
        }
        Err(AccountError::of(refusal, call.main_scope()))
    }
}

/// The error that Logto tells. A response without a code comes from something in front of Logto, or from a Logto that
/// has no Account API: it says nothing about the user.
fn refusal_in(answer: &Answer) -> Result<Refusal, Unavailable> {
    match json_object::<ErrorBody>(&answer.body) {
        Ok(body) => Ok(Refusal { status: answer.status, code: printable(&body.code), data: body.data }),
        Err(_) => Err(Unavailable {
            endpoint: Endpoint::AccountApi,
            cause: UnavailableCause::Status(answer.status),
            retry_after: retry_after(&answer.headers),
        }),
    }
}

/// Whether a text from outside can be one segment of a path of the Account API. Logto's ids, targets and connectors are
/// letters, digits and a few signs.
pub(crate) fn is_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    (1..=128).contains(&text.len()) && text.bytes().all(plain) && text.bytes().any(|byte| byte != b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l12_only_one_segment_of_a_path_passes() {
        for good in ["github", "mock-social", "q49JNcN1LoAeDnegDnK_9lpCjQFlSlzyOeBxDxkBO_B", "a.b"] {
            assert!(is_segment(good), "{good}");
        }
        for bad in
            ["", ".", "..", "a/b", "a%2fb", "a\\b", "a?b", "a#b", "a b", "é", "a\r\n", &"a".repeat(129)]
        {
            assert!(!is_segment(bad), "{bad}");
        }
    }

    #[test]
    fn o01_a_call_prints_neither_its_body_nor_its_record() {
        let verification = Verification::for_test("the-record");
        let body = serde_json::json!({ "password": "hush-hush" });
        let call = AccountCall::post(["my-account", "password"], body).verified_by(&verification);
        let printed = format!("{call:?} {verification:?}");
        assert!(!printed.contains("hush") && !printed.contains("the-record"), "{printed}");
    }

    #[test]
    fn a_scope_that_is_missing_is_told_by_its_name() {
        let call = AccountCall::get(["my-account", "sessions"]).needing("urn:logto:scope:sessions");
        let checked = |scopes: &str| call.check_scopes(&Scopes::parse(scopes)).map_err(|error| error.code());
        assert_eq!(checked("openid urn:logto:scope:sessions"), Ok(()));
        assert_eq!(checked("openid profile"), Err("account_missing_scope"));
        assert_eq!(checked("urn:logto:scope:sessions"), Err("account_missing_scope"));
        assert_eq!(checked(""), Ok(()), "the scopes are not known");
    }
}
