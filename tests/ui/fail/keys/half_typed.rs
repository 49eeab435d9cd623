//! What somebody has typed so far: one error about that, and nothing about the route.

use logto_rocket::require_auth;
use rocket::{get, routes};

#[require_auth(sco)]
#[get("/one")]
fn one() {}

#[require_auth(scopes = scopes::)]
#[get("/two")]
fn two() {}

#[require_auth(scopes = "read:orders", vi)]
#[get("/three")]
fn three() {}

#[require_auth(check = )]
struct Four;

#[get("/four")]
fn four(_guard: Four) {}

fn main() {
    assert_eq!(routes![one, two, three, four].len(), 4);
}
