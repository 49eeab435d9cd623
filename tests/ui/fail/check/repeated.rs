//! One function asks.

use logto_rocket::{Identity, require_auth};
use rocket::{Request, get};

#[require_auth(check = is_owner, check = is_friend)]
#[get("/one")]
fn one() {}

fn is_owner(_: &Identity, _: &Request<'_>) -> bool {
    true
}

fn is_friend(_: &Identity, _: &Request<'_>) -> bool {
    true
}

fn main() {}
