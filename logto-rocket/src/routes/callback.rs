//! `GET <prefix>/callback`, or `callback_path`: the redirect URI that Logto sends the browser back to.

use std::sync::Arc;
use std::time::Duration;

use rocket::get;

use super::admission;
use super::authorization_error::refusal_of;
use super::carry_over::{adopt, adopt_visitor_data};
use super::incoming::Incoming;
use super::pending_sign_ins::{self, FoundSignIn};
use super::query::{BadQuery, Query};
use super::reply::{Refusal, Reply};
use super::sign_in::sign_in_address;
use crate::error::{Error, InvalidToken};
use crate::guard::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use crate::guard::silent_sign_in::SilentMark;
use crate::guard::{RequestSession, RequestState, Welcome, is_prefetch, requested_origin};
use crate::logto::WebApp;
use crate::page::Label;
use crate::pending_sign_in::{CompletedSignIn, Outcome, PendingSignIn};
use crate::refusals::endpoint::EndpointRefusal;
use crate::session::{EndReason, Session, SessionEnd, SessionEndReason, SessionHandle, SessionUpdate};
use crate::telemetry::{self, SessionEvent};

const PARAMETERS: [&str; 7] = ["state", "code", "iss", "error", "response", "id_token", "access_token"];

/// Mounted at the path of the redirect URI. Validates an authorization response in this order: state, issuer, error,
/// code. A response that is refused leaves the browser's session unchanged.
#[get("/")]
pub(super) async fn callback(incoming: Incoming<'_>) -> Reply {
    if is_prefetch(incoming.request) {
        return Reply::Prefetch;
    }
    let state = RequestState::of(incoming.request);
    let request_session = state.session(incoming.request, incoming.logto).await;
    let mut query = match Query::parse(state.callback_query(), &PARAMETERS) {
        Ok(query) => query,
        Err(BadQuery::Repeated) => return refuse(&incoming, EndpointRefusal::CallbackRepeated),
        Err(BadQuery::Unreadable) => return refuse(&incoming, EndpointRefusal::CallbackUnreadable),
    };
    if query.is_empty() {
        return without_parameters(&incoming, &request_session);
    }
    let Some(state) = query.take("state").filter(|state| !state.is_empty()) else {
        return refuse(&incoming, EndpointRefusal::CallbackWithoutState);
    };
    let Some(found) = pending_sign_ins::find(&incoming, &state) else {
        return unknown_state(&incoming, &request_session, &mut query);
    };
    let result = process(&incoming, &request_session, &found.pending, &mut query).await;
    if !matches!(result, Err(CallbackFailure::Retryable(_))) {
        pending_sign_ins::remove(&incoming, &found);
    }
    match result {
        Ok((session, welcome)) => {
            establish_session(&incoming, &request_session, &found, session).await;
            Reply::SeeOther(welcome.path(&found.pending.return_to, &incoming.logto.0.config))
        }
        Err(CallbackFailure::Retryable(refusal) | CallbackFailure::Final(refusal)) => refusal,
    }
}

/// Why a callback did not produce a session.
enum CallbackFailure {
    /// Logto or the session store is unavailable. The code may still be valid, so the same callback may succeed later
    /// and the pending sign-in is kept.
    Retryable(Reply),
    /// The pending sign-in is over.
    Final(Reply),
}

async fn process(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    pending: &PendingSignIn,
    query: &mut Query,
) -> Result<(SessionHandle, Welcome), CallbackFailure> {
    let logto = incoming.logto;
    let retry_url = sign_in_address(&logto.0.config.prefix, &pending.return_to);
    let metadata = logto.0.provider.metadata().await.map_err(|unavailable| {
        tracing::warn!(target: "logto", "cannot complete a sign-in yet: {unavailable}");
        if pending.silent {
            return without_session(pending);
        }
        CallbackFailure::Retryable(retryable_page(EndpointRefusal::LogtoUnavailable, &retry_url))
    })?;
    let final_refusal = |why| CallbackFailure::Final(refuse(incoming, why));
    match query.take("iss") {
        Some(issuer) if issuer == metadata.issuer => {}
        None if !metadata.answers_with_issuer => {}
        _ => return Err(final_refusal(EndpointRefusal::CallbackIssuer)),
    }
    // Parameters of the implicit flow, the hybrid flow and JARM. None of them was requested.
    if ["response", "id_token", "access_token"].iter().any(|name| query.take(name).is_some()) {
        return Err(final_refusal(EndpointRefusal::CallbackResponseType));
    }
    let code = match (query.take("error"), query.take("code")) {
        (Some(error), None) => {
            let description = description_of_error(incoming);
            if pending.silent {
                note_silent_error(&error, &description);
                return Err(without_session(pending));
            }
            return Err(CallbackFailure::Final(refused_by_logto(incoming, &error, &description, &retry_url)));
        }
        (None, Some(code)) if !code.is_empty() => code,
        (Some(_), Some(_)) => return Err(final_refusal(EndpointRefusal::CallbackErrorAndCode)),
        (None, _) => return Err(final_refusal(EndpointRefusal::CallbackWithoutCode)),
    };
    let origin = requested_origin(incoming.request, &logto.0.config);
    let redirect_uri = logto.0.config.redirect_uri_at(origin);
    let decide = |session| admission::decide(incoming, request_session, pending, session);
    match logto.0.sign_ins.complete(pending, code, redirect_uri, decide).await {
        Ok(Outcome::Begun(session, welcome)) => Ok((session, welcome)),
        Ok(Outcome::NotAdmitted(session, denied)) if pending.silent => {
            admission::note_undecided(&denied);
            if !denied.is_temporary() {
                admission::end_own_session(incoming, request_session, &session).await;
            }
            Err(without_session(pending))
        }
        Ok(Outcome::NotAdmitted(_, denied)) if denied.is_temporary() => {
            Err(CallbackFailure::Retryable(admission::repeat_later(&denied, &retry_url)))
        }
        Ok(Outcome::NotAdmitted(session, denied)) => {
            let response = admission::refuse(incoming, request_session, &session, &denied).await;
            Err(CallbackFailure::Final(response))
        }
        Err(error) => {
            let failure = failed(&error, &retry_url);
            Err(if pending.silent { without_session(pending) } else { failure })
        }
    }
}

/// The end of a silent sign-in that has signed nobody in: the browser is where it was.
fn without_session(pending: &PendingSignIn) -> CallbackFailure {
    CallbackFailure::Final(Reply::SeeOther(pending.return_to.clone()))
}

/// Whether Logto says that nobody is signed in there, or that it would have to ask (OpenID Connect Core §3.1.2.6).
fn finds_nobody(error: &str) -> bool {
    matches!(error, "login_required" | "interaction_required" | "consent_required")
}

fn note_silent_error(error: &str, description: &str) {
    if finds_nobody(error) {
        return;
    }
    let (error, description) = excerpts(error, description);
    tracing::warn!(target: "logto", "Logto refused a silent sign-in with `{error}` ({description}), so nobody was signed in");
}

async fn establish_session(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    found: &FoundSignIn,
    session: SessionHandle,
) {
    let (logto, pending) = (incoming.logto, &found.pending);
    let CompletedSignIn { session, is_shared, superseded } =
        logto.0.sign_ins.merge_concurrent(pending, session, &found.other_states).await;
    let mut session = session;
    for superseded in superseded {
        session = replace_superseded(logto, found, &superseded, session).await;
    }
    // If the session store is unavailable at this moment, the old session is kept until it expires.
    let previous = request_session.session().ok().flatten().filter(|previous| previous.id != session.id);
    let session = match &previous {
        Some(previous) => replace_session(logto, found, previous, session).await,
        None => session,
    };
    let session = adopt_visitor_data(incoming, request_session, found, session).await;
    if !is_shared {
        let subject = logto.0.provider.audit_subjects().hash(&session.subject);
        telemetry::session(SessionEvent::SignedIn, subject.as_ref());
    }
    mark_sign_in(incoming, pending, &session);
    request_session.begin(session);
}

/// Marks that the browser has just signed in. A silent sign-in has a mark of its own, which tells whether Logto has
/// issued a refresh token: a guard that needs one leads the browser to an ordinary sign-in.
fn mark_sign_in(incoming: &Incoming<'_>, pending: &PendingSignIn, session: &SessionHandle) {
    let (request, logto) = (incoming.request, incoming.logto);
    let state = RequestState::of(request);
    if pending.silent {
        let lacks_refresh_token = session.refresh_token.is_none();
        let mark = if lacks_refresh_token { SilentMark::NoRefreshToken } else { SilentMark::Tried };
        state.set_cookie(mark.cookie(logto));
        return;
    }
    let mark =
        if pending.max_age.is_some() { RedirectLoopMark::SteppedUp } else { RedirectLoopMark::SignedIn };
    state.set_cookie(redirect_loop_mark(logto, mark));
    // Also where the mark is that of a sign-out, which lasts longer.
    if SilentMark::of(request, logto).is_some() {
        state.set_cookie(SilentMark::Tried.cookie(logto));
    }
}

/// Ends a session whose cookies the browser does not keep, because another callback of the same browser arrived at
/// the same time. The session that stays gets the data of the same user.
///
/// The refresh token is revoked only if the grant is certainly another one than that of the session that stays. Logto
/// has one grant per application and session at Logto, however often the browser comes back from there. Revoking a
/// refresh token of that grant would end the session that stays.
async fn replace_superseded(
    logto: &WebApp,
    found: &FoundSignIn,
    superseded: &SessionHandle,
    kept: SessionHandle,
) -> SessionHandle {
    let data = logto.0.sessions.replace(superseded).await;
    let is_another_person = superseded.subject != kept.subject;
    if is_another_person {
        note_switch(logto, superseded);
        logto.0.sessions.ends().tell(SessionEnd::of_session(SessionEndReason::OtherUser, superseded));
    }
    let of_another_sign_in = match (&superseded.sid, &kept.sid) {
        (Some(superseded), Some(kept)) => superseded != kept,
        _ => false,
    };
    if let Some(refresh_token) =
        superseded.refresh_token.clone().filter(|_| is_another_person || of_another_sign_in)
    {
        logto.0.tokens.revoke(refresh_token, Duration::ZERO).await;
    }
    if is_another_person { kept } else { adopt(logto, found, kept, data).await }
}

/// The event is about the user whose session was replaced.
fn note_switch(logto: &WebApp, ended: &Session) {
    let subject = logto.0.provider.audit_subjects().hash(&ended.subject);
    telemetry::session(SessionEvent::Switched, subject.as_ref());
}

/// Ends the browser's previous session. The new session of the same user keeps the chosen organization, and what the
/// application has kept in the session.
async fn replace_session(
    logto: &WebApp,
    found: &FoundSignIn,
    previous: &SessionHandle,
    session: SessionHandle,
) -> SessionHandle {
    if previous.subject != session.subject {
        logto.0.sessions.end(previous, EndReason::Replaced).await;
        note_switch(logto, previous);
        logto.0.sessions.ends().tell(SessionEnd::of_session(SessionEndReason::OtherUser, previous));
        return session;
    }
    let data = logto.0.sessions.replace(previous).await;
    let session = adopt(logto, found, session, data).await;
    let Some(organization) = previous.organization.clone() else { return session };
    let keep_organization: SessionUpdate =
        Arc::new(move |session: &mut Session| session.organization = Some(organization.clone()));
    logto.0.sessions.update(&session, keep_organization).await.unwrap_or(session)
}

/// Logto's Cancel button sends the browser here without any parameter.
fn without_parameters(incoming: &Incoming<'_>, request_session: &RequestSession) -> Reply {
    let start_page = incoming.logto.0.config.default_return_to.clone();
    if is_signed_in(request_session) {
        return Reply::SeeOther(start_page);
    }
    cancelled(incoming, &sign_in_address(&incoming.logto.0.config.prefix, &start_page))
}

fn cancelled(incoming: &Incoming<'_>, retry_url: &str) -> Reply {
    Refusal::new(EndpointRefusal::SignInCancelled)
        .link(Label::SignIn, retry_url)
        .link(Label::StartPage, incoming.logto.0.config.default_return_to.clone())
        .into()
}

/// `false` while the session store is unavailable: a page that offers a sign-in does no harm then.
fn is_signed_in(request_session: &RequestSession) -> bool {
    matches!(request_session.session(), Ok(Some(_)))
}

/// A callback without a matching pending sign-in: it was reloaded or bookmarked, or belongs to another browser.
fn unknown_state(incoming: &Incoming<'_>, request_session: &RequestSession, query: &mut Query) -> Reply {
    // Of several tabs that begin a silent sign-in at the same time, one may overwrite the cookie of another.
    let is_silent =
        incoming.logto.signs_in_silently() && query.take("error").is_some_and(|error| finds_nobody(&error));
    if is_silent || is_signed_in(request_session) {
        return Reply::SeeOther(incoming.logto.0.config.default_return_to.clone());
    }
    refuse(incoming, EndpointRefusal::CallbackUnknownState)
}

fn refuse(incoming: &Incoming<'_>, why: EndpointRefusal) -> Reply {
    let config = &incoming.logto.0.config;
    Refusal::new(why).link(Label::SignIn, sign_in_address(&config.prefix, &config.default_return_to)).into()
}

/// Handles an error response. The state was valid, so the error comes from Logto. Still, only known codes are shown.
fn refused_by_logto(incoming: &Incoming<'_>, error: &str, description: &str, retry_url: &str) -> Reply {
    let why = match error {
        "access_denied" if is_cancellation(description) => return cancelled(incoming, retry_url),
        "server_error" | "temporarily_unavailable" => return unavailable_page(retry_url),
        error => refusal_of(error),
    };
    let description = if description.is_empty() { "no description" } else { description };
    let (error, description) = excerpts(error, description);
    match why {
        EndpointRefusal::SignInInvalidTarget => {
            let requested: Vec<_> = incoming.logto.resources().iter().map(ToString::to_string).collect();
            let requested = requested.join(", ");
            tracing::warn!(target: "logto", code = why.code(), "Logto refused a sign-in with `{error}` ({description}); register each of these API resources in Logto exactly as written here: {requested}");
        }
        _ => {
            tracing::warn!(target: "logto", code = why.code(), "Logto refused a sign-in with `{error}` ({description})");
        }
    }
    Refusal::new(why).link(Label::SignInAgain, retry_url).into()
}

/// What the log shows of an error response.
fn excerpts(error: &str, description: &str) -> (String, String) {
    let excerpt =
        |text: &str, characters| text.chars().take(characters).collect::<String>().escape_debug().to_string();
    (excerpt(error, 64), excerpt(description, 256))
}

/// Logto's `error_description`, which is used in the log and to recognize a cancellation. A description that cannot
/// be decoded counts as any other text.
fn description_of_error(incoming: &Incoming<'_>) -> String {
    const NAME: &str = "error_description";
    match Query::parse(RequestState::of(incoming.request).callback_query(), &[NAME]) {
        Ok(mut query) => query.take(NAME).unwrap_or_default(),
        Err(_) => "a description that cannot be decoded".to_owned(),
    }
}

/// Whether the user cancelled the sign-in that ended in `access_denied`. Then Logto sends no description, or that of
/// its OpenID provider library for an aborted interaction (`End-User aborted interaction`). If the tenant denies a
/// user access, the description says so. A denial may contain the word "cancelled" too, so the subject of the
/// sentence decides.
fn is_cancellation(description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    let mut words = description.split(' ').filter(|word| !word.is_empty() && !["the", "has"].contains(word));
    match words.next() {
        None => true,
        Some("end-user" | "user" | "person") => {
            words.next().is_some_and(|word| word.starts_with("cancel") || word.starts_with("abort"))
        }
        Some(_) => false,
    }
}

fn failed(error: &Error, retry_url: &str) -> CallbackFailure {
    tracing::warn!(target: "logto", "a sign-in failed: {error}");
    let why = match error {
        Error::Unavailable(_) => {
            return CallbackFailure::Retryable(retryable_page(EndpointRefusal::LogtoUnavailable, retry_url));
        }
        Error::Store(_) => {
            return CallbackFailure::Retryable(retryable_page(EndpointRefusal::StoreUnavailable, retry_url));
        }
        // All sessions of the user were ended during the sign-in.
        Error::SessionEnded => EndpointRefusal::SignInOvertaken,
        Error::Refused(refused) if refused.error == "invalid_grant" => EndpointRefusal::CodeSpent,
        // The code is used. Another sign-in is denied as well, unless the tenant's rules change.
        Error::Refused(refused) if refused.error == "access_denied" => EndpointRefusal::SignInDenied,
        Error::Refused(_) => EndpointRefusal::ClientRefused,
        Error::InvalidIdToken(InvalidToken::AuthTime) => EndpointRefusal::StepUpUnsatisfied,
        Error::InvalidIdToken(_) => EndpointRefusal::IdToken,
        Error::SessionTooLarge { .. } => EndpointRefusal::SessionTooLarge,
        _ => EndpointRefusal::SignInFailed,
    };
    CallbackFailure::Final(Refusal::new(why).link(Label::SignInAgain, retry_url).into())
}

/// Logto responded that it cannot continue.
fn unavailable_page(retry_url: &str) -> Reply {
    Refusal::new(EndpointRefusal::LogtoUnavailable).link(Label::TryAgain, retry_url).into()
}

/// The callback can be repeated. The link has an empty target, which is the page's own address: that address contains
/// the code, so it is not written into the page.
fn retryable_page(why: EndpointRefusal, retry_url: &str) -> Reply {
    Refusal::new(why).link(Label::TryAgain, "").link(Label::SignInAgain, retry_url).into()
}
