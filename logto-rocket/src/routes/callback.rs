//! `GET <prefix>/callback`: where Logto sends the browser back to.

use std::sync::Arc;
use std::time::Duration;

use rocket::get;

use super::Incoming;
use super::attempts::{self, Found};
use super::query::{BadQuery, Query};
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use super::sign_in::sign_in_address;
use crate::error::{Error, InvalidToken};
use crate::guard::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use crate::guard::{RequestSession, RequestState, is_prefetch};
use crate::logto::Logto;
use crate::session::{EndReason, Session, SessionHandle, SessionUpdate};
use crate::sign_in::{CompletedSignIn, PendingSignIn};
use crate::telemetry::{self, SessionEvent};

const NAMES: [&str; 7] = ["state", "code", "iss", "error", "response", "id_token", "access_token"];

/// Judges an authorization response: its state, then its issuer, then its error, then its code. What
/// fails leaves the browser's session as it was.
#[get("/callback")]
pub(super) async fn callback(incoming: Incoming<'_>) -> Reply {
    if is_prefetch(incoming.request) {
        return Reply::NotAhead;
    }
    let state = RequestState::of(incoming.request);
    let request_session = state.session(incoming.request, incoming.logto).await;
    let mut query = match Query::parse(state.callback_query(), &NAMES) {
        Ok(query) => query,
        Err(BadQuery::Repeated) => return refuse(&incoming, EndpointRefusal::CallbackRepeated),
        Err(BadQuery::Unreadable) => return refuse(&incoming, EndpointRefusal::CallbackUnreadable),
    };
    if query.is_empty() {
        return bare(&incoming, &request_session);
    }
    let Some(state) = query.take("state").filter(|state| !state.is_empty()) else {
        return refuse(&incoming, EndpointRefusal::CallbackWithoutState);
    };
    let Some(found) = attempts::find(&incoming, &state) else {
        return stale(&incoming, &request_session);
    };
    let judged = judge(&incoming, &found.started, &mut query).await;
    if !matches!(judged, Err(CallbackFailure::Retryable(_))) {
        attempts::forget(&incoming, &found);
    }
    match judged {
        Ok(session) => welcome(&incoming, &request_session, &found, session).await,
        Err(CallbackFailure::Retryable(refusal) | CallbackFailure::Final(refusal)) => refusal,
    }
}

/// Why a callback has not brought a session.
enum CallbackFailure {
    /// Logto or the store does not answer. The code is good still, as far as anybody knows: the same callback may
    /// succeed later, so the attempt is kept.
    Retryable(Reply),
    /// The attempt is over.
    Final(Reply),
}

async fn judge(
    incoming: &Incoming<'_>,
    started: &PendingSignIn,
    query: &mut Query,
) -> Result<SessionHandle, CallbackFailure> {
    let logto = incoming.logto;
    let again = sign_in_address(&logto.0.config.prefix, &started.return_to);
    let metadata = logto.0.provider.metadata().await.map_err(|unavailable| {
        tracing::warn!(target: "logto", "a callback cannot be processed yet: {unavailable}");
        CallbackFailure::Retryable(outage(EndpointRefusal::LogtoUnavailable, &again))
    })?;
    let refused = |why| CallbackFailure::Final(refuse(incoming, why));
    match query.take("iss") {
        Some(issuer) if issuer == metadata.issuer => {}
        None if !metadata.answers_with_issuer => {}
        _ => return Err(refused(EndpointRefusal::CallbackIssuer)),
    }
    // What only implicit and hybrid responses and JARM have was not asked for.
    if ["response", "id_token", "access_token"].iter().any(|name| query.take(name).is_some()) {
        return Err(refused(EndpointRefusal::CallbackResponseType));
    }
    let code = match (query.take("error"), query.take("code")) {
        (Some(error), None) => {
            let description = description_of_error(incoming);
            return Err(CallbackFailure::Final(refused_by_logto(incoming, &error, &description, &again)));
        }
        (None, Some(code)) if !code.is_empty() => code,
        (Some(_), Some(_)) => return Err(refused(EndpointRefusal::CallbackErrorAndCode)),
        (None, _) => return Err(refused(EndpointRefusal::CallbackWithoutCode)),
    };
    logto.0.sign_ins.complete(started, code).await.map_err(|error| failed(&error, &again))
}

async fn welcome(
    incoming: &Incoming<'_>,
    request_session: &RequestSession,
    found: &Found,
    session: SessionHandle,
) -> Reply {
    let (logto, started) = (incoming.logto, &found.started);
    let CompletedSignIn { session, joined, displaced } =
        logto.0.sign_ins.land(started, session, &found.others).await;
    for displaced in displaced {
        end_displaced(logto, &displaced, &session).await;
    }
    // Whose store does not answer at this moment keeps the old session to its natural end.
    let previous = request_session.session().ok().flatten().filter(|previous| previous.id != session.id);
    let session = match &previous {
        Some(previous) => take_over(logto, previous, session).await,
        None => session,
    };
    if !joined {
        telemetry::session(SessionEvent::SignedIn);
    }
    request_session.begin(session);
    let round =
        if started.max_age.is_some() { RedirectLoopMark::SteppedUp } else { RedirectLoopMark::SignedIn };
    RequestState::of(incoming.request).set_cookie(redirect_loop_mark(logto, round));
    Reply::SeeOther(started.return_to.clone())
}

/// Ends a session of which nobody holds the cookies: another callback of this browser has come at the same time.
///
/// Its grant ends at Logto where it certainly is another one than that of the session that stays. Logto has one grant for
/// a sign-in of its own and an application, however often a browser comes back from there: to revoke a refresh token of
/// it would end the session that stays.
async fn end_displaced(logto: &Logto, displaced: &SessionHandle, stays: &Session) {
    logto.0.sessions.end(displaced, EndReason::Replaced).await;
    let is_another_person = displaced.subject != stays.subject;
    if is_another_person {
        telemetry::session(SessionEvent::Switched);
    }
    let of_another_sign_in = match (&displaced.sid, &stays.sid) {
        (Some(displaced), Some(stays)) => displaced != stays,
        _ => false,
    };
    if let Some(refresh_token) =
        displaced.refresh_token.clone().filter(|_| is_another_person || of_another_sign_in)
    {
        logto.0.tokens.revoke(refresh_token, Duration::ZERO).await;
    }
}

/// Ends the session that the browser had, and carries over what the same person had chosen.
async fn take_over(logto: &Logto, previous: &SessionHandle, session: SessionHandle) -> SessionHandle {
    logto.0.sessions.end(previous, EndReason::Replaced).await;
    if previous.subject != session.subject {
        telemetry::session(SessionEvent::Switched);
        return session;
    }
    let Some(organization) = previous.organization.clone() else { return session };
    let choose: SessionUpdate =
        Arc::new(move |session: &mut Session| session.organization = Some(organization.clone()));
    logto.0.sessions.update(&session, choose).await.unwrap_or(session)
}

/// Logto's Cancel button sends the browser here without any parameter.
fn bare(incoming: &Incoming<'_>, request_session: &RequestSession) -> Reply {
    let home = incoming.logto.0.config.default_return_to.clone();
    if is_signed_in(request_session) {
        return Reply::SeeOther(home);
    }
    cancelled(incoming, &sign_in_address(&incoming.logto.0.config.prefix, &home))
}

fn cancelled(incoming: &Incoming<'_>, again: &str) -> Reply {
    Refusal::new(EndpointRefusal::SignInCancelled)
        .link("Sign in", again)
        .link("Go to the start page", incoming.logto.0.config.default_return_to.clone())
        .into()
}

/// Where nobody can tell, a page that offers a sign-in does no harm.
fn is_signed_in(request_session: &RequestSession) -> bool {
    matches!(request_session.session(), Ok(Some(_)))
}

/// A callback that no attempt of this browser belongs to: reloaded, bookmarked, or another person's.
fn stale(incoming: &Incoming<'_>, request_session: &RequestSession) -> Reply {
    if is_signed_in(request_session) {
        return Reply::SeeOther(incoming.logto.0.config.default_return_to.clone());
    }
    refuse(incoming, EndpointRefusal::CallbackUnknownState)
}

fn refuse(incoming: &Incoming<'_>, why: EndpointRefusal) -> Reply {
    let config = &incoming.logto.0.config;
    Refusal::new(why).link("Sign in", sign_in_address(&config.prefix, &config.default_return_to)).into()
}

/// The error is Logto's, since the state was ours; still only known codes are told.
fn refused_by_logto(incoming: &Incoming<'_>, error: &str, description: &str, again: &str) -> Reply {
    let why = match error {
        "access_denied" if is_cancellation(description) => return cancelled(incoming, again),
        "access_denied" => EndpointRefusal::SignInDenied,
        "server_error" | "temporarily_unavailable" => return unavailable_page(again),
        "login_required" | "interaction_required" | "consent_required" => {
            EndpointRefusal::InteractionRequired
        }
        "invalid_target" => EndpointRefusal::SignInInvalidTarget,
        "invalid_scope" => EndpointRefusal::SignInInvalidScope,
        _ => EndpointRefusal::SignInRefused,
    };
    let description = if description.is_empty() { "no description" } else { description };
    let excerpt = |text: &str, characters| text.chars().take(characters).collect::<String>();
    let (error, description) = (excerpt(error, 64), excerpt(description, 256));
    let (error, description) = (error.escape_debug(), description.escape_debug());
    match why {
        EndpointRefusal::SignInInvalidTarget => {
            let asked: Vec<_> = incoming.logto.0.config.resources.iter().map(ToString::to_string).collect();
            let asked = asked.join(", ");
            tracing::warn!(target: "logto", code = why.code(), "Logto refused a sign-in with `{error}` ({description}): register each of these API resources in Logto, exactly as it stands here: {asked}");
        }
        _ => {
            tracing::warn!(target: "logto", code = why.code(), "Logto refused a sign-in with `{error}` ({description})");
        }
    }
    Refusal::new(why).link("Sign in again", again).into()
}

/// What Logto says about its error, for the log and for nobody else. It decides nothing but who has said no, so what
/// cannot be read is as good as any other text.
fn description_of_error(incoming: &Incoming<'_>) -> String {
    const NAME: &str = "error_description";
    match Query::parse(RequestState::of(incoming.request).callback_query(), &[NAME]) {
        Ok(mut query) => query.take(NAME).unwrap_or_default(),
        Err(_) => "a description that cannot be read".to_owned(),
    }
}

/// Whether `access_denied` was the person's own wish. Logto says nothing then, or what its engine says of an interaction
/// that was given up (`End-User aborted interaction`); where the tenant denies somebody an application, it says so. A
/// denial may speak of something cancelled too, so what counts is who has cancelled.
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

fn failed(error: &Error, again: &str) -> CallbackFailure {
    tracing::warn!(target: "logto", "a sign-in failed: {error}");
    let why = match error {
        Error::Unavailable(_) => {
            return CallbackFailure::Retryable(outage(EndpointRefusal::LogtoUnavailable, again));
        }
        Error::Store(_) => {
            return CallbackFailure::Retryable(outage(EndpointRefusal::StoreUnavailable, again));
        }
        // Everything of this person was ended while the sign-in was under way.
        Error::SessionEnded => EndpointRefusal::SignInOvertaken,
        Error::Refused(refused) if refused.error == "invalid_grant" => EndpointRefusal::CodeSpent,
        // The code is spent; whoever signs in again is denied again, unless the tenant's mind changes.
        Error::Refused(refused) if refused.error == "access_denied" => EndpointRefusal::SignInDenied,
        Error::Refused(_) => EndpointRefusal::ClientRefused,
        Error::InvalidIdToken(InvalidToken::AuthTime) => EndpointRefusal::StepUpUnsatisfied,
        Error::InvalidIdToken(_) => EndpointRefusal::IdToken,
        Error::SessionTooLarge { .. } => EndpointRefusal::SessionTooLarge,
        _ => EndpointRefusal::SignInFailed,
    };
    CallbackFailure::Final(Refusal::new(why).link("Sign in again", again).into())
}

/// Logto has answered, and cannot go on.
fn unavailable_page(again: &str) -> Reply {
    Refusal::new(EndpointRefusal::LogtoUnavailable).link("Try again", again).into()
}

/// The callback can be repeated. The link is to the page itself, whose address holds the code: it need not stand in it.
fn outage(why: EndpointRefusal, again: &str) -> Reply {
    Refusal::new(why).link("Try again", "").link("Sign in again", again).into()
}
