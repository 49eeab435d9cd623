//! `POST <prefix>/backchannel-logout`: Logto ends a session with a logout token (OpenID Connect Back-Channel Logout
//! 1.0). Mounted where `backchannel_logout` is set.
//!
//! The request comes from Logto's server and not from a browser. It carries no cookie, so it needs no protection
//! against cross-site requests: it has no effect without a logout token that Logto signed.

use rocket::data::ByteUnit;
use rocket::{Data, get, post};

use super::incoming::Incoming;
use super::logout::{LogoutSource, LogoutTarget};
use super::query::{BadQuery, Query};
use super::reply::{Refusal, Reply};
use crate::bearer::{InvalidLogoutToken, LogoutToken};
use crate::error::{Error, InvalidToken};
use crate::refusals::endpoint::EndpointRefusal;
use crate::telemetry::{self, Named, SessionEvent};

/// A logout token is smaller than one kilobyte.
const MAX_BODY: u64 = 64 * 1024;

/// Responds with 200 if the sessions were ended or there was none, with 400 if the logout token is not valid for this
/// tenant and application or was used before, and with 503 if the session store is unavailable.
#[post("/backchannel-logout", data = "<data>")]
pub(super) async fn backchannel_logout(incoming: Incoming<'_>, data: Data<'_>) -> Reply {
    let token = match read_token(&incoming, data).await {
        Ok(token) => token,
        Err(refusal) => return refusal.into(),
    };
    match incoming.logto.0.logout_tokens.verify(&token).await {
        Ok(token) => end(&incoming, token).await,
        Err(Error::Unavailable(unavailable)) => {
            tracing::warn!(target: "logto", "cannot verify a logout token: {unavailable}");
            Refusal::new(EndpointRefusal::LogtoUnavailable).into()
        }
        Err(Error::InvalidToken(reason)) => {
            Refusal::new(EndpointRefusal::LogoutToken(InvalidLogoutToken(reason))).into()
        }
        Err(error) => {
            tracing::error!(target: "logto", "cannot verify a logout token: {error}");
            Refusal::new(EndpointRefusal::LogtoUnavailable).into()
        }
    }
}

/// Browsers send `GET` here only by mistake.
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
    let target = match (token.sid, token.subject) {
        // With both claims, only the session of that user.
        (Some(sid), subject) => LogoutTarget::Session { sid, subject },
        (None, Some(subject)) => LogoutTarget::User(subject),
        (None, None) => {
            let why = EndpointRefusal::LogoutToken(InvalidLogoutToken(InvalidToken::Subject));
            return Refusal::new(why).into();
        }
    };
    let key = format!("logout token {}", token.jti);
    let is_first = logto.0.sessions.idempotency().first_time(&key, logto.0.logout_tokens.memory()).await;
    let applied = match is_first {
        Ok(false) => return Refusal::new(EndpointRefusal::LogoutTokenReplayed).into(),
        Ok(true) => target.apply(logto, LogoutSource::LogoutToken).await,
        Err(error) => Err(error),
    };
    match applied {
        Ok(()) => {
            let named =
                if matches!(target, LogoutTarget::Session { .. }) { Named::Session } else { Named::Person };
            telemetry::session(SessionEvent::LoggedOut(named), target.subject_hash(logto).as_ref());
            Reply::Ok
        }
        Err(error) => {
            tracing::error!(target: "logto", "a logout token could not be applied and will be retried until the session store is available: {error}");
            target.apply_later(logto, LogoutSource::LogoutToken);
            Refusal::new(EndpointRefusal::StoreUnavailable).into()
        }
    }
}
