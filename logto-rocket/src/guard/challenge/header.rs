//! The headers of a refusal: the challenge (RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1), and when to try again.

use std::fmt::Write as _;
use std::time::Duration;

use rocket::Response;
use rocket::http::Header;

use crate::config::Published;
use crate::guard::failure::{AuthFailure, Refusal};
use crate::guard::permission_model::ModelShape;
use crate::guard::rule::{Rule, Via};
use crate::logto::Logto;

/// What a client waits when Logto has not said how long.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// `WWW-Authenticate`, and `Retry-After`.
pub(in crate::guard) fn challenge(response: &mut Response<'_>, failure: &AuthFailure, logto: &Logto) {
    let challenge = if failure.has_own_status() {
        Challenge::of_status(failure.status().code)
    } else {
        Challenge::of(failure.refusal())
    };
    match challenge {
        Challenge::None => {}
        Challenge::RetryAfter => {
            let seconds = failure.retry_after.unwrap_or(RETRY_AFTER).as_secs();
            response.set_header(Header::new("Retry-After", seconds.to_string()));
        }
        Challenge::Bearer(error) => {
            let value = www_authenticate(failure, error, logto);
            response.set_header(Header::new("WWW-Authenticate", value));
        }
    }
}

/// What a refusal's headers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// Nothing that a client could do.
    None,
    /// Another try, later.
    RetryAfter,
    /// A bearer token; with the error code of RFC 6750 §3.1 or RFC 9470 §3 where one was shown.
    Bearer(Option<&'static str>),
}

impl Challenge {
    pub(crate) fn of(refusal: Refusal) -> Self {
        match refusal {
            // RFC 6750 §3.1: no error code when nothing was presented.
            Refusal::NotSignedIn | Refusal::SessionEnded | Refusal::UnsupportedScheme => {
                Challenge::Bearer(None)
            }
            Refusal::MalformedCredentials => Challenge::Bearer(Some("invalid_request")),
            Refusal::InvalidToken(_) | Refusal::CredentialNotAccepted => {
                Challenge::Bearer(Some("invalid_token"))
            }
            Refusal::StaleSignIn => Challenge::Bearer(Some("insufficient_user_authentication")),
            // RFC 6750 has no word for these, and no other token would help.
            Refusal::CrossSiteRequest | Refusal::NoOrganization | Refusal::ClientNotAccepted => {
                Challenge::None
            }
            other => match other.status().code {
                503 => Challenge::RetryAfter,
                401 | 403 => Challenge::Bearer(Some("insufficient_scope")),
                _ => Challenge::None,
            },
        }
    }

    /// For a status that the application has chosen. Only a 401 must have a challenge (RFC 9110 §15.5.2).
    fn of_status(status: u16) -> Self {
        match status {
            401 => Challenge::Bearer(None),
            429 => Challenge::RetryAfter,
            _ => Challenge::None,
        }
    }
}

/// One challenge per RFC 6750 §3: whatever else the rule asks for, it is about what failed first.
fn www_authenticate(failure: &AuthFailure, error: Option<&'static str>, logto: &Logto) -> String {
    let (rule, refusal) = (failure.rule(), failure.refusal());
    let mut challenge = bearer_challenge(logto);
    if let Some(error) = error {
        add(&mut challenge, "error", error);
        // The words of an application are for people.
        match failure.detail().filter(|_| failure.denied_by_check().is_none()) {
            Some(detail) => {
                add(&mut challenge, "error_description", &format!("{}: {detail}", failure.title()));
            }
            None => add(&mut challenge, "error_description", failure.title()),
        }
    }
    if let (Refusal::StaleSignIn, Some(seconds)) = (refusal, rule.max_age) {
        add(&mut challenge, "max_age", &seconds.to_string());
    }
    // Only where a token with these scopes is what is missing: a client would fetch one, and be refused again.
    if error.is_none() || refusal == Refusal::InsufficientScope || failure.is_unrequested {
        let scopes: Vec<&str> = failure.required_scopes().collect();
        if !scopes.is_empty() {
            add(&mut challenge, "scope", &scopes.join(" "));
        }
    }
    if let Some(published) = published_resource(rule, logto) {
        add(&mut challenge, "resource_metadata", &published.url);
    }
    challenge
}

/// The scheme, and whose protection space it is.
pub(crate) fn bearer_challenge(logto: &Logto) -> String {
    let mut challenge = "Bearer ".to_owned();
    push_parameter(&mut challenge, "realm", &logto.0.config.realm);
    challenge
}

fn add(challenge: &mut String, name: &str, value: &str) {
    challenge.push_str(", ");
    push_parameter(challenge, name, value);
}

/// RFC 6750 §3 allows neither quotes nor backslashes in a value, escaped or not.
fn push_parameter(challenge: &mut String, name: &str, value: &str) {
    let allowed = |c: &char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
    let _ = write!(challenge, "{name}=\"{}\"", value.chars().filter(allowed).collect::<String>());
}

/// The published resource (RFC 9728) that the rule's tokens are for.
fn published_resource<'l>(rule: &Rule, logto: &'l Logto) -> Option<&'l Published> {
    if rule.via == Via::Session {
        return None;
    }
    let published = &logto.0.config.published;
    match ModelShape::of(rule, logto.sole_resource()) {
        ModelShape::Api(resource) | ModelShape::OrganizationApi(resource) => {
            published.iter().find(|published| published.resource.as_str() == resource)
        }
        // A token for any of the configured resources would do; which of several to ask for is not ours to say.
        ModelShape::Known => match published.as_slice() {
            [sole] => Some(sole),
            _ => None,
        },
        ModelShape::Organization | ModelShape::NoResource => None,
    }
}

#[cfg(test)]
mod tests {
    use rocket::http::Status;

    use super::*;

    #[test]
    fn l08_no_value_ends_its_quotes() {
        let mut challenge = "Bearer ".to_owned();
        push_parameter(&mut challenge, "realm", "a\" b=\"c\\\r\nx: y\u{e9}\0");
        add(&mut challenge, "scope", "read:orders");
        assert_eq!(challenge, "Bearer realm=\"a b=cx: y\", scope=\"read:orders\"");
    }

    #[test]
    fn f01_no_error_code_where_nothing_was_shown() {
        assert_eq!(Challenge::of(Refusal::NotSignedIn), Challenge::Bearer(None));
        assert_eq!(Challenge::of(Refusal::UnsupportedScheme), Challenge::Bearer(None));
    }

    /// RFC 9110 §15.5.2 demands a challenge with each 401; RFC 6750 §3.1 says which error goes with which status.
    #[test]
    fn every_error_stands_with_its_status() {
        for (refusal, _) in Refusal::ROWS {
            let fits = match Challenge::of(*refusal) {
                Challenge::Bearer(Some("invalid_request")) => refusal.status() == Status::BadRequest,
                Challenge::Bearer(Some("insufficient_scope")) => refusal.status() == Status::Forbidden,
                Challenge::Bearer(_) => refusal.status() == Status::Unauthorized,
                Challenge::RetryAfter => refusal.status() == Status::ServiceUnavailable,
                // It hides that there is anything to be allowed.
                Challenge::None if *refusal == Refusal::CheckNotFound => refusal.status() == Status::NotFound,
                Challenge::None if *refusal == Refusal::SessionDataTooLarge => {
                    refusal.status() == Status::PayloadTooLarge
                }
                Challenge::None => matches!(refusal.status().code, 403 | 500),
            };
            assert!(fits, "{refusal:?}");
        }
    }
}
