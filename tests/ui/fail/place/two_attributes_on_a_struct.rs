//! A guard with a name has one rule.

use logto_rocket::{AccessToken, require_auth};

#[require_auth(scopes = "read:orders")]
#[logto_rocket::with_access_token]
struct Clerk(AccessToken);

fn main() {}
