//! A machine has no session, and so no roles that could be known.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(subject = "machine", any_role = "robot")]
#[get("/one")]
fn one() {}

#[require_auth(roles = "robot", subject = "machine")]
struct Robot;

fn main() {}
