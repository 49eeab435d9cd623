//! Whether the application admits a user whom Logto has signed in: the hooks `on_sign_in`.

use std::sync::Arc;
use std::time::Duration;

use super::incoming::{ITEM, Incoming};
use super::reply::{Refusal, Reply};
use crate::guard::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use crate::guard::{Denied, RequestSession, RequestState, SignedIn, Welcome, prefers_html};
use crate::page::Label;
use crate::pending_sign_in::PendingSignIn;
use crate::refusals::endpoint::EndpointRefusal;
use crate::session::{Session, SessionEndReason};
use crate::telemetry::{self, By};

/// Asks the hooks. For a user who is refused, the grant at Logto ends.
pub(super) async fn decide(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    pending: &PendingSignIn,
    session: Arc<Session>,
) -> Result<Welcome, Denied> {
    let logto = incoming.logto;
    if !logto.0.hooks.has_sign_in() {
        return Ok(Welcome::back());
    }
    let previous = request_session.session().ok().flatten();
    let previous = previous.as_ref().map(|previous| &*previous.subject);
    let user = SignedIn::new(&session, &pending.return_to, previous);
    let decision = incoming.request.ask_sign_in_hooks(&user, logto).await;
    if let Err(denied) = &decision
        && !denied.is_temporary()
        && let Some(refresh_token) = session.refresh_token.clone()
    {
        logto.0.tokens.revoke(refresh_token, Duration::ZERO).await;
    }
    decision
}

/// The response to a user who is refused. A session that the same user has in this browser ends as well.
pub(super) async fn refuse(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    session: &Session,
    denied: &Denied,
) -> Reply {
    let (request, logto) = (incoming.request, incoming.logto);
    end_own_session(incoming, request_session, session).await;
    let why = EndpointRefusal::NotAdmitted;
    let subject = logto.0.provider.audit_subjects().hash(&session.subject);
    if prefers_html(request)
        && let Some(path) = denied.checked_redirect(&logto.0.config)
    {
        telemetry::refused(By::Endpoint, why.code(), ITEM, None, subject.as_ref());
        // If the page needs a session, its guard must not lead to another sign-in with the same end.
        RequestState::of(request).set_cookie(redirect_loop_mark(logto, RedirectLoopMark::SignedIn));
        return Reply::SeeOther(path);
    }
    // Signing in again would lead here again: Logto knows who it is. Signing out there lets another user sign in.
    Refusal::of_application(why, denied)
        .about(subject)
        .button(Label::SignOut, format!("{}/sign-out", logto.0.config.prefix))
        .link(Label::StartPage, logto.0.config.default_return_to.clone())
        .into()
}

/// The response where the hooks could not decide. The link repeats the callback: its address contains the code, so it
/// is not written into the page.
pub(super) fn repeat_later(denied: &Denied, retry_url: &str) -> Reply {
    note_undecided(denied);
    Refusal::of_application(EndpointRefusal::AdmissionUndecided, denied)
        .link(Label::TryAgain, "")
        .link(Label::SignInAgain, retry_url)
        .into()
}

/// Ends a session that the user, who is refused, has in this browser.
pub(super) async fn end_own_session(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    session: &Session,
) {
    let logto = incoming.logto;
    let previous = request_session.session().ok().flatten();
    if previous.is_some_and(|previous| previous.subject == session.subject)
        && let Some(ended) = request_session.end_because(logto, SessionEndReason::NotAdmitted).await
        && let Some(refresh_token) = ended.refresh_token.clone()
    {
        logto.0.tokens.revoke(refresh_token, Duration::ZERO).await;
    }
}

/// Logs why the hooks could not decide, if they could not.
pub(super) fn note_undecided(denied: &Denied) {
    if !denied.is_temporary() {
        return;
    }
    let code = EndpointRefusal::AdmissionUndecided.code();
    let cause = denied.cause().unwrap_or_else(|| "it returned the status 503".to_owned());
    tracing::error!(target: "logto", code, "a hook `on_sign_in` could not decide about a user: {cause}; the user can repeat the sign-in");
}
