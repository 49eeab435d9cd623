//! A value stands behind `=`.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(scopes)]
#[get("/one")]
fn one() {}

#[require_auth(scopes "read:orders")]
#[get("/two")]
fn two() {}

#[require_auth(scopes("read:orders"))]
#[get("/three")]
fn three() {}

#[require_auth(scopes: "read:orders")]
#[get("/four")]
fn four() {}

#[require_auth(scopes = , via = "session")]
#[get("/five")]
fn five() {}

#[require_auth(scopes == "read:orders")]
#[get("/six")]
fn six() {}

fn main() {}
