//! What an error of the authorization endpoint means for a sign-in.

use crate::refusals::endpoint::EndpointRefusal;

/// The refusal for an error of the authorization endpoint (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6, RFC 8707 §2).
pub(super) fn refusal_of(error: &str) -> EndpointRefusal {
    match error {
        "access_denied" => EndpointRefusal::SignInDenied,
        "login_required" | "interaction_required" | "consent_required" => {
            EndpointRefusal::InteractionRequired
        }
        "invalid_target" => EndpointRefusal::SignInInvalidTarget,
        "invalid_scope" => EndpointRefusal::SignInInvalidScope,
        _ => EndpointRefusal::SignInRefused,
    }
}
