//! The smallest Rocket application with sign-in.
//!
//! ```text
//! ROCKET_LOGTO='{endpoint="https://my-tenant.logto.app",app_id="..",app_secret=".."}' cargo run -p quickstart
//! ```
//!
//! Register `http://localhost:8000/logto/callback` as a redirect URI of the application in Logto, and
//! `http://localhost:8000/` as a post sign-out redirect URI.

use logto_rocket::{Logto, MaybeUser, User, UserClaims, require_auth};
use rocket::response::content::RawHtml;
use rocket::serde::json::Json;
use rocket::{get, launch, routes};

#[get("/")]
fn home(user: MaybeUser) -> RawHtml<&'static str> {
    RawHtml(match user.0 {
        Some(_) => {
            "<a href=/profile>Profile</a> <form method=post action=/logto/sign-out><button>Sign out</button></form>"
        }
        None => "<a href=/logto/sign-in>Sign in</a>",
    })
}

#[require_auth]
#[get("/profile")]
fn profile(user: User) -> Json<UserClaims> {
    Json(user.claims().clone())
}

#[launch]
fn rocket() -> _ {
    rocket::build().attach(Logto::fairing()).mount("/", routes![home, profile])
}
