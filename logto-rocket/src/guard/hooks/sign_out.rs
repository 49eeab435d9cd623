//! What the hook `on_sign_out` learns.

use std::fmt;

use crate::oidc::UserClaims;
use crate::session::Session;

/// A user who has signed out, as the hook [`on_sign_out`](crate::LogtoFairing::on_sign_out) gets to know them.
pub struct SignedOut<'a> {
    session: &'a Session,
}

impl<'a> SignedOut<'a> {
    pub(crate) fn new(session: &'a Session) -> Self {
        SignedOut { session }
    }

    /// Logto's id of the user (`sub`).
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.session.subject
    }

    /// The claims of the ID token, as of sign-in or the last refresh.
    #[must_use]
    pub fn claims(&self) -> &UserClaims {
        self.session.user_claims()
    }

    /// The id of the session that has ended, as [`SessionInfo::id`](crate::SessionInfo::id) has it.
    #[must_use]
    pub fn session_id(&self) -> String {
        self.session.id.to_string()
    }
}

impl fmt::Debug for SignedOut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedOut").field("id", &self.session.subject).finish_non_exhaustive()
    }
}
