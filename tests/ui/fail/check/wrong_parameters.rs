//! The function takes the caller and the request, by reference.

use logto_rocket::{Identity, User, require_auth};
use rocket::{Request, get};

#[require_auth(check = takes_nothing)]
#[get("/one")]
fn one() {}

fn takes_nothing() -> bool {
    true
}

#[require_auth(check = takes_the_caller)]
#[get("/two")]
fn two() {}

fn takes_the_caller(_: &Identity) -> bool {
    true
}

#[require_auth(check = takes_somebody_else)]
#[get("/three")]
fn three() {}

fn takes_somebody_else(_: &User, _: &Request<'_>) -> bool {
    true
}

#[require_auth(check = takes_values)]
#[get("/four")]
fn four() {}

async fn takes_values(_: Identity, _: &Request<'_>) -> bool {
    true
}

fn main() {}
