//! A public route begins a silent sign-in or none, and a guarded route begins its own.

use logto_rocket::{public, require_auth};
use rocket::get;

#[public(sign_in = "loud")]
#[get("/one")]
fn one() {}

#[public(sign_in)]
#[get("/two")]
fn two() {}

#[require_auth(sign_in = "silent")]
#[get("/three")]
fn three() {}

fn main() {}
