//! A function that is no route is called by nobody who could be refused.

use logto_rocket::require_auth;

#[require_auth]
fn totals() {}

fn main() {}
