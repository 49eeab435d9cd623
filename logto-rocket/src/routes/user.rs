//! `GET <prefix>/user`: who is signed in, for scripts on the application's pages.

use rocket::get;
use serde_json::{Value, json};

use super::incoming::Incoming;
use super::query::Query;
use super::reply::Reply;
use crate::guard::{MaybeUser, RequestState};

/// `{"isAuthenticated": false}`, or `true` with the claims of the ID token and the seconds until the session ends:
/// `expiresIn` if it is not used again, `absoluteExpiresIn` at the latest. With `?keep_alive=false` the request does
/// not count as use of the session. The response never contains a token.
#[get("/user")]
pub(super) fn user(incoming: Incoming<'_>, user: MaybeUser) -> Reply {
    Reply::Json(match user.0 {
        Some(user) => json!({
            "isAuthenticated": true,
            "claims": user.claims(),
            "session": session(&incoming),
        }),
        None => json!({ "isAuthenticated": false }),
    })
}

fn session(incoming: &Incoming<'_>) -> Option<Value> {
    let logto = incoming.logto;
    let request_session = RequestState::of(incoming.request).loaded_session()?;
    let keep_alive = Query::read(incoming.request, &["keep_alive"])
        .map_or(None, |mut query| query.take("keep_alive"))
        .is_none_or(|keep_alive| keep_alive != "false");
    if !keep_alive {
        request_session.do_not_renew();
    }
    let session = request_session.session().ok()??;
    let now = logto.0.clock.now();
    let seen = if request_session.is_renewed() { now } else { session.seen };
    let (end, at_the_latest) = session.expires(logto.0.config.session, seen);
    Some(
        json!({ "expiresIn": end.since(now).as_secs(), "absoluteExpiresIn": at_the_latest.since(now).as_secs() }),
    )
}
