//! Routes that are open on purpose: whatever else they have, wherever it stands.

#![deny(warnings, missing_docs, unreachable_pub)]

use logto_rocket::{MaybeUser, public};
use rocket::serde::json::Json;
use rocket::{State, get, post, routes};

/// A route that everybody sees.
#[public]
#[get("/health")]
pub fn health() -> &'static str {
    "ok"
}

#[logto_rocket::public]
/// Doc between.
#[rocket::get("/<name>?<page>")]
#[must_use]
async fn named(name: &str, page: Option<u8>, user: MaybeUser, state: &State<u8>) -> String {
    drop(user);
    format!("{name}{page:?}{state}")
}

#[public()]
#[post("/orders/<a>/<b>/<c>/<d>/<e>/<f>", data = "<body>")]
fn body(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, body: Json<u8>) -> String {
    format!("{a}{b}{c}{d}{e}{f}{}", body.0)
}

#[cfg_attr(all(), public)]
#[cfg_attr(all(), get("/conditional"))]
fn conditional() {}

#[public]
#[get("/raw")]
fn r#match<'a>(user: MaybeUser) -> &'a str {
    drop(user);
    "raw"
}

macro_rules! open {
    ($name:ident, $uri:literal) => {
        #[public]
        #[get($uri)]
        fn $name() -> &'static str {
            stringify!($name)
        }
    };
}

open!(one, "/one");

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![health, named, body, conditional, r#match, one].len(), 6);
}
