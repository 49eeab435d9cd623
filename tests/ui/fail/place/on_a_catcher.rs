//! A catcher is no route.

use logto_rocket::require_auth;
use rocket::catch;

#[require_auth]
#[catch(404)]
fn not_found() {}

fn main() {}
