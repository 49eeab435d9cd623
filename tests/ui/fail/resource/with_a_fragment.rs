//! A resource has no fragment (RFC 8707).

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(resource = "https://api.example.com/#orders")]
#[get("/orders")]
fn orders() {}

fn main() {}
