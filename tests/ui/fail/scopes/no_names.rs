//! What is neither a string, a list nor the path of a constant.

use logto_rocket::require_auth;
use rocket::get;

const READ: &str = "read:orders";

#[require_auth(scopes = concat!("read", ":orders"))]
#[get("/one")]
fn one() {}

#[require_auth(scopes = &["read:orders"], any_scope = ("a", "b"))]
#[get("/two")]
fn two() {}

#[require_auth(scopes = [["read:orders"], READ.trim()])]
#[get("/three")]
fn three() {}

#[require_auth(scopes = vec!["read:orders"], any_scope = READ | READ)]
#[get("/four")]
fn four() {}

#[require_auth(scopes = "read:orders" + "write:orders")]
#[get("/five")]
fn five() {}

fn main() {}
