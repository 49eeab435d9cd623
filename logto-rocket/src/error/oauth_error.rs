//! OAuth error responses from Logto (RFC 6749 §5.2), and what to do about them.

use super::Endpoint;
use crate::types::ResourceIndicator;

/// Logto sends 400 `access_denied` with a description that the tenant wrote.
const DENIED: &str = "the tenant's access control or JWT customizer denied the token; see the description, or ask the tenant's administrator";

/// An OAuth error response from Logto.
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
    /// The endpoint that sent it.
    pub endpoint: Endpoint,
    /// The HTTP status of the response.
    pub status: u16,
    /// The error code: of RFC 6749 §5.2, of RFC 8707 §2, or Logto's own.
    pub error: String,
    /// Logto's `error_description`, made safe to print.
    pub description: Option<String>,
}

/// The indicator of an API resource, made safe to print: an application may take it from a request.
pub(crate) fn named(resource: &ResourceIndicator) -> String {
    resource.as_str().chars().filter(|c| ('!'..='~').contains(c) && *c != '`').take(200).collect()
}

impl OAuthError {
    /// What happened, without the advice.
    pub(super) fn what(&self) -> String {
        let OAuthError { endpoint, status, error, description } = self;
        let description = description.as_deref().unwrap_or("no description");
        format!("Logto's {endpoint} responded with {status} `{error}`: {description}")
    }

    /// Adds the requested API resource to the description. Logto does not say which resource it does not know, and an
    /// application may request several.
    pub(crate) fn about(mut self, resource: Option<&ResourceIndicator>) -> Self {
        if let ("invalid_target", Some(resource)) = (self.error.as_str(), resource) {
            let description = self.description.as_deref().unwrap_or("no description");
            self.description = Some(format!("{description} (requested resource: `{}`)", named(resource)));
        }
        self
    }

    /// Whether the token endpoint says that the sign-in did not ask for what is requested now: the resource, the
    /// scope, or with 403 the organizations. The refresh token stays valid.
    pub(super) fn is_about_the_grant(&self) -> bool {
        self.endpoint == Endpoint::Token
            && matches!(self.error.as_str(), "invalid_target" | "invalid_scope" | "insufficient_scope")
    }

    /// What to do about it.
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
            (403, "insufficient_scope") => "sign in again, so that Logto grants the organizations scope",
            (403, "access_denied") => "the user is not a member of the organization",
            (_, "access_denied") => DENIED,
            _ => "see Logto's description of the error",
        }
    }

    pub(super) fn help_for_machine(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_client") => {
                "check `machine_app_id` and `machine_app_secret` against the application's page in Logto"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "set `machine_app_id` and `machine_app_secret` to those of a machine-to-machine application: Logto issues no machine tokens to an application that users sign in to"
            }
            (_, "invalid_target") => {
                "register the API resource in Logto, and request it exactly as registered"
            }
            (403, "access_denied") => "add the machine-to-machine application to the organization in Logto",
            (_, "access_denied") => DENIED,
            _ => "see Logto's description of the error",
        }
    }

    pub(super) fn help_for_not_granted(&self) -> &'static str {
        match self.error.as_str() {
            "insufficient_scope" => {
                "add `urn:logto:scope:organizations` to the setting `scopes`, unless a mounted guard needs organizations anyway, and sign in again"
            }
            _ => self.help(),
        }
    }

    pub(super) fn help_for_exchange(&self) -> &'static str {
        match (self.status, self.error.as_str()) {
            (_, "invalid_grant") => {
                "obtain a new subject token: Logto does not accept this one, or no longer does"
            }
            (_, "invalid_request" | "unauthorized_client") => {
                "allow token exchange on the application's page in Logto"
            }
            (403, "access_denied") => "the user is not a member of the organization",
            _ => self.help(),
        }
    }
}
