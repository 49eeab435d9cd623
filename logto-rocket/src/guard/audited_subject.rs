//! Whose request it is, for audit events.

use rocket::Request;

use super::request_state::RequestState;
use crate::logto::Logto;
use crate::telemetry::SubjectHash;

/// The hash of the subject of the credential that the request was judged by: of a verified bearer token, or of the
/// session. `None` without the setting `audit_key`, and where nothing has proved who it is.
pub(crate) fn audited_subject(request: &Request<'_>, logto: &Logto) -> Option<SubjectHash> {
    let (state, subjects) = (RequestState::of(request), logto.0.provider.audit_subjects());
    if subjects.are_off() {
        return None;
    }
    match state.bearer.get() {
        Some(claims) => subjects.hash(&claims.as_ref().ok()?.subject),
        None => subjects.hash(&state.loaded_session()?.session().ok()??.subject),
    }
}

impl Logto {
    /// The value that the field `subject_hash` of audit events has for this user: Logto's id of a user (`sub`), or of a
    /// machine-to-machine application. `None` without the setting `audit_key`. The page
    /// [`traces`](crate::traces#subjects-in-audit-events) says how it is made.
    ///
    /// ```
    /// #[macro_use] extern crate rocket;
    /// use logto_rocket::{Logto, require_auth};
    /// use rocket::State;
    ///
    /// /// What to look for in the log.
    /// #[require_auth(roles = "support")]
    /// #[get("/support/events-of/<user>")]
    /// fn events_of(user: &str, logto: &State<Logto>) -> Option<String> {
    ///     logto.audit_subject_hash(user)
    /// }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn audit_subject_hash(&self, subject: &str) -> Option<String> {
        self.0.provider.audit_subjects().hash(subject).map(SubjectHash::into_string)
    }
}
