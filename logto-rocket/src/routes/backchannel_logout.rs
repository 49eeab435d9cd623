//! `POST <prefix>/backchannel-logout`: Logto says that a session is over (OpenID Connect Back-Channel
//! Logout 1.0). Mounted where `backchannel_logout` is set.
//!
//! It comes from Logto's server and not from a browser, so it has no cookie and needs no protection against
//! other sites: whoever has no token of Logto's signature gets nothing done.

use rocket::data::ByteUnit;
use rocket::{Data, get, post};

use super::Incoming;
use super::ends::{LogoutSource, LogoutTarget};
use super::query::{BadQuery, Query};
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use crate::bearer::{InvalidLogoutToken, LogoutToken};
use crate::error::{Error, InvalidToken};
use crate::telemetry::{self, Named, SessionEvent};

/// A logout token has less than a kilobyte.
const MAX_BODY: u64 = 64 * 1024;

/// Answers 200 where the sessions are ended, or where there was none; 400 for what is no logout token of this
/// tenant for this application, or one that was used before; 503 while the session store does not answer.
#[post("/backchannel-logout", data = "<data>")]
pub(super) async fn backchannel_logout(incoming: Incoming<'_>, data: Data<'_>) -> Reply {
    let token = match read_token(&incoming, data).await {
        Ok(token) => token,
        Err(refusal) => return refusal.into(),
    };
    match incoming.logto.0.logout_tokens.verify(&token).await {
        Ok(token) => end(&incoming, token).await,
        Err(Error::Unavailable(unavailable)) => {
            tracing::warn!(target: "logto", "a logout token cannot be checked: {unavailable}");
            Refusal::new(EndpointRefusal::LogtoUnavailable).into()
        }
        Err(Error::InvalidToken(reason)) => {
            Refusal::new(EndpointRefusal::LogoutToken(InvalidLogoutToken(reason))).into()
        }
        Err(error) => {
            tracing::error!(target: "logto", "a logout token cannot be checked: {error}");
            Refusal::new(EndpointRefusal::LogtoUnavailable).into()
        }
    }
}

/// Browsers come here only by mistake.
#[get("/backchannel-logout")]
pub(super) fn backchannel_logout_by_link(_incoming: Incoming<'_>) -> Reply {
    Refusal::new(EndpointRefusal::PostOnly).into()
}

async fn read_token(incoming: &Incoming<'_>, data: Data<'_>) -> Result<String, Refusal> {
    if !incoming.request.content_type().is_some_and(|kind| kind.is_form()) {
        return Err(Refusal::new(EndpointRefusal::NotAForm));
    }
    let body = data.open(ByteUnit::from(MAX_BODY)).into_bytes().await;
    let body = body.map_err(|_| Refusal::new(EndpointRefusal::Incomplete))?;
    if !body.is_complete() {
        return Err(Refusal::new(EndpointRefusal::TooLarge));
    }
    let form = std::str::from_utf8(&body).map_err(|_| BadQuery::Unreadable);
    let form = form.and_then(|form| Query::parse(form, &["logout_token"]));
    match form.map(|mut form| form.take("logout_token")) {
        Ok(Some(token)) if !token.is_empty() => Ok(token),
        Ok(_) => Err(Refusal::new(EndpointRefusal::LogoutTokenMissing)),
        Err(BadQuery::Repeated) => Err(Refusal::new(EndpointRefusal::LogoutTokenRepeated)),
        Err(BadQuery::Unreadable) => Err(Refusal::new(EndpointRefusal::FormUnreadable)),
    }
}

async fn end(incoming: &Incoming<'_>, token: LogoutToken) -> Reply {
    let logto = incoming.logto;
    let end = match (token.sid, token.subject) {
        // With both, the session of that person and of nobody else.
        (Some(sid), subject) => LogoutTarget::Session { sid, subject },
        (None, Some(subject)) => LogoutTarget::Person(subject),
        (None, None) => {
            let why = EndpointRefusal::LogoutToken(InvalidLogoutToken(InvalidToken::Subject));
            return Refusal::new(why).into();
        }
    };
    let once = format!("logout token {}", token.jti);
    let first = logto.0.sessions.idempotency().first_time(&once, logto.0.logout_tokens.memory()).await;
    let ended = match first {
        Ok(false) => return Refusal::new(EndpointRefusal::LogoutTokenReplayed).into(),
        Ok(true) => end.come(logto).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => {
            let named =
                if matches!(end, LogoutTarget::Session { .. }) { Named::Session } else { Named::Person };
            telemetry::session(SessionEvent::LoggedOut(named));
            Reply::Done
        }
        Err(error) => {
            tracing::error!(target: "logto", "a logout token could not be applied yet and will be retried: {error}");
            end.come_later(logto, LogoutSource::LogoutToken);
            Refusal::new(EndpointRefusal::StoreUnavailable).into()
        }
    }
}
