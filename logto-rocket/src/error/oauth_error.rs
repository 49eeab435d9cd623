//! OAuth error responses from Logto (RFC 6749 §5.2), and what to do about it.

use super::Endpoint;
use crate::types::ResourceIndicator;

/// As recorded: 400 `access_denied`, with the tenant's own words.
const DENIED: &str = "the tenant's access control or JWT customizer denies the token; see the description, and ask the tenant's administrator";

/// An OAuth error answer of Logto.
///
/// ```
/// use logto_rocket::{Endpoint, OAuthError};
///
/// let error = "invalid_grant".to_owned();
/// let refused = OAuthError { endpoint: Endpoint::Token, status: 400, error, description: None };
/// assert_eq!(refused.help(), "sign in again");
/// assert!(refused.to_string().contains("400 `invalid_grant`"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; {}", self.what(), self.help())]
pub struct OAuthError {
    /// Where it happened.
    pub endpoint: Endpoint,
    /// The HTTP status.
    pub status: u16,
    /// The code of RFC 6749 §5.2, RFC 8707 §2, or Logto's own.
    pub error: String,
    /// Logto's explanation, made safe to print.
    pub description: Option<String>,
}

/// An API resource in a text that is printed. An application may take what it asks for from its callers.
pub(crate) fn named(resource: &ResourceIndicator) -> String {
    resource.as_str().chars().filter(|c| ('!'..='~').contains(c) && *c != '`').take(200).collect()
}

impl OAuthError {
    /// What happened, without what to do about it.
    pub(super) fn what(&self) -> String {
        let OAuthError { endpoint, status, error, description } = self;
        let description = description.as_deref().unwrap_or("no description");
        format!("Logto's {endpoint} refused with {status} `{error}`: {description}")
    }

    /// Names the API resource that was asked for. Logto does not say which one it does not know, and an application
    /// may ask for several.
    pub(crate) fn about(mut self, resource: Option<&ResourceIndicator>) -> Self {
        if let ("invalid_target", Some(resource)) = (self.error.as_str(), resource) {
            let said = self.description.as_deref().unwrap_or("it was not given");
            self.description = Some(format!("`{}` was asked for: {said}", named(resource)));
        }
        self
    }

    /// What to do about it, for people.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_grant") => "sign in again",
            (_, "invalid_client") => {
                "check `app_id` and `app_secret` against the application's page in Logto"
            }
            (_, "invalid_target") => {
                "register the API resource in Logto, list it in `resources` exactly as registered, and sign in again"
            }
            (403, "insufficient_scope") => "sign in again, so that the organizations scope is granted",
            (403, "access_denied") => "the person is not a member of the organization",
            (_, "access_denied") => DENIED,
            _ => "see the description that Logto gave",
        }
    }

    pub(super) fn help_for_machine(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_client") => {
                "check `machine_app_id` and `machine_app_secret` against the application's page in Logto"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "set `machine_app_id` and `machine_app_secret` to those of a machine-to-machine application: one that people sign in to gets no tokens of its own"
            }
            (_, "invalid_target") => {
                "register the API resource in Logto, and ask for it exactly as it is registered"
            }
            (403, "access_denied") => "add the machine-to-machine application to the organization in Logto",
            (_, "access_denied") => DENIED,
            _ => "see the description that Logto gave",
        }
    }

    pub(super) fn help_for_exchange(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_grant") => {
                "ask for another subject token: this one is not accepted, or not any more"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "allow token exchange on the application's page in Logto"
            }
            (403, "access_denied") => "the person is not a member of the organization",
            _ => self.help(),
        }
    }
}
