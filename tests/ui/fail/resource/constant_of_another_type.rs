//! A constant is a `&str`.

use logto_rocket::require_auth;
use rocket::get;

const API: Option<&str> = None;

#[require_auth(resource = API)]
#[get("/orders")]
fn orders() {}

fn main() {}
