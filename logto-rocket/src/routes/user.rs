//! `GET <prefix>/user`: who is signed in, for scripts on the application's pages.

use rocket::get;
use serde_json::json;

use super::Incoming;
use super::reply::Reply;
use crate::guard::MaybeUser;

/// `{"isAuthenticated": false}`, or `true` with the claims of the ID token. The response never contains a token.
#[get("/user")]
pub(super) fn user(_incoming: Incoming<'_>, user: MaybeUser) -> Reply {
    Reply::Json(match user.0 {
        Some(user) => json!({ "isAuthenticated": true, "claims": user.claims() }),
        None => json!({ "isAuthenticated": false }),
    })
}
