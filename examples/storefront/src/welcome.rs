//! A page for everybody that recognizes users who are signed in at Logto.

use logto_rocket::{MaybeUser, public};
use rocket::response::content::RawHtml;
use rocket::{Route, get, routes};

use crate::html::Html;

pub(crate) fn routes() -> Vec<Route> {
    routes![welcome]
}

#[public(sign_in = "silent")]
#[get("/welcome")]
fn welcome(user: MaybeUser) -> RawHtml<String> {
    RawHtml(match user.0 {
        Some(user) => Html::home(&user, &[], None),
        None => Html::welcome(None),
    })
}
