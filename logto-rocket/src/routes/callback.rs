//! `GET <prefix>/callback`: where Logto sends the browser back to.

use std::sync::Arc;

use rocket::get;

use super::Incoming;
use super::attempts;
use super::query::{BadQuery, Query};
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use super::sign_in::sign_in_address;
use crate::error::{Error, InvalidToken};
use crate::guard::challenge::{Round, round_mark};
use crate::guard::{RequestState, SessionSlot, is_prefetch};
use crate::logto::Logto;
use crate::session::{Edit, End, Session};
use crate::sign_in::StartedSignIn;
use crate::signs::{self, SessionEvent};

/// Logto's codes have 43 characters.
const MAX_CODE: usize = 512;

const NAMES: [&str; 7] = ["state", "code", "iss", "error", "response", "id_token", "access_token"];

/// Judges an authorization response: its state, then its issuer, then its error, then its code. What
/// fails leaves the browser's session as it was.
#[get("/callback")]
pub(super) async fn callback(incoming: Incoming<'_>) -> Reply {
    if is_prefetch(incoming.request) {
        return Reply::NotAhead;
    }
    let state = RequestState::of(incoming.request);
    let slot = state.session(incoming.request, incoming.logto).await;
    let mut query = match Query::parse(state.callback_query(), &NAMES) {
        Ok(query) => query,
        Err(BadQuery::Repeated) => return refuse(&incoming, EndpointRefusal::CallbackRepeated),
        Err(BadQuery::Unreadable) => return refuse(&incoming, EndpointRefusal::CallbackUnreadable),
    };
    if query.is_empty() {
        return bare(&incoming, &slot);
    }
    let Some(state) = query.take("state").filter(|state| !state.is_empty()) else {
        return refuse(&incoming, EndpointRefusal::CallbackWithoutState);
    };
    let Some(started) = attempts::find(&incoming, &state) else {
        return stale(&incoming, &slot);
    };
    attempts::forget(&incoming, &state);
    match judge(&incoming, &started, &mut query).await {
        Ok(session) => welcome(&incoming, &slot, &started, session).await,
        Err(refusal) => refusal,
    }
}

async fn judge(
    incoming: &Incoming<'_>,
    started: &StartedSignIn,
    query: &mut Query,
) -> Result<Arc<Session>, Reply> {
    let logto = incoming.logto;
    let again = sign_in_address(&logto.0.config.prefix, &started.return_to);
    let metadata = logto.0.provider.metadata().await.map_err(|unavailable| {
        tracing::warn!(target: "logto", "a callback cannot be judged: {unavailable}");
        unavailable_page(&again)
    })?;
    match query.take("iss") {
        Some(issuer) if issuer == metadata.issuer => {}
        None if !metadata.answers_with_issuer => {}
        _ => return Err(refuse(incoming, EndpointRefusal::CallbackIssuer)),
    }
    // What only implicit and hybrid responses and JARM have was not asked for.
    if ["response", "id_token", "access_token"].iter().any(|name| query.take(name).is_some()) {
        return Err(refuse(incoming, EndpointRefusal::CallbackResponseType));
    }
    let code = match (query.take("error"), query.take("code")) {
        (Some(error), None) => {
            return Err(refused_by_logto(incoming, &error, &description_of_error(incoming), &again));
        }
        (None, Some(code)) if !code.is_empty() && code.len() <= MAX_CODE => code,
        (Some(_), Some(_)) => return Err(refuse(incoming, EndpointRefusal::CallbackErrorAndCode)),
        (None, _) => return Err(refuse(incoming, EndpointRefusal::CallbackWithoutCode)),
    };
    logto.0.sign_ins.complete(started, code).await.map_err(|error| failed(&error, &again))
}

async fn welcome(
    incoming: &Incoming<'_>,
    slot: &SessionSlot,
    started: &StartedSignIn,
    session: Arc<Session>,
) -> Reply {
    let logto = incoming.logto;
    // Whose store does not answer at this moment keeps the old session to its natural end.
    let previous = slot.session().ok().flatten().filter(|previous| previous.id != session.id);
    let session = match &previous {
        Some(previous) => take_over(logto, previous, session).await,
        None => session,
    };
    signs::session(SessionEvent::SignedIn);
    slot.begin(logto, session);
    let round = if started.max_age.is_some() { Round::SteppedUp } else { Round::SignedIn };
    RequestState::of(incoming.request).set_cookie(round_mark(logto, round));
    Reply::SeeOther(started.return_to.clone())
}

/// Ends the session that the browser had, and carries over what the same person had chosen.
async fn take_over(logto: &Logto, previous: &Session, session: Arc<Session>) -> Arc<Session> {
    logto.0.sessions.end(previous, End::Replaced).await;
    if previous.subject != session.subject {
        signs::session(SessionEvent::Switched);
        return session;
    }
    let Some(organization) = previous.organization.clone() else { return session };
    let choose: Edit =
        Arc::new(move |session: &mut Session| session.organization = Some(organization.clone()));
    logto.0.sessions.change(&session, choose).await.unwrap_or(session)
}

/// Logto's Cancel button sends the browser here without any parameter.
fn bare(incoming: &Incoming<'_>, slot: &SessionSlot) -> Reply {
    let home = incoming.logto.0.config.default_return_to.clone();
    if is_signed_in(slot) {
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
fn is_signed_in(slot: &SessionSlot) -> bool {
    matches!(slot.session(), Ok(Some(_)))
}

/// A callback that no attempt of this browser belongs to: reloaded, bookmarked, or another person's.
fn stale(incoming: &Incoming<'_>, slot: &SessionSlot) -> Reply {
    if is_signed_in(slot) {
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
/// that was given up (`End-User aborted interaction`); where the tenant denies somebody an application, it says so.
fn is_cancellation(description: &str) -> bool {
    let description = description.to_ascii_lowercase();
    description.is_empty() || ["end-user", "abort", "cancel"].iter().any(|word| description.contains(word))
}

fn failed(error: &Error, again: &str) -> Reply {
    tracing::warn!(target: "logto", "a sign-in failed: {error}");
    let why = match error {
        Error::Unavailable(_) => return unavailable_page(again),
        Error::Store(_) => EndpointRefusal::StoreUnavailable,
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
    Refusal::new(why).link("Sign in again", again).into()
}

fn unavailable_page(again: &str) -> Reply {
    Refusal::new(EndpointRefusal::LogtoUnavailable).link("Try again", again).into()
}
