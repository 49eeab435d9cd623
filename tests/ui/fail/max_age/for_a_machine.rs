//! A machine does not sign in, neither freshly nor ever.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(subject = "machine", max_age = "5m")]
#[get("/one")]
fn one() {}

fn main() {}
