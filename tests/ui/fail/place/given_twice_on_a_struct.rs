//! An attribute stands once.

use logto_rocket::{Identity, require_auth};

#[require_auth(scopes = "read:orders")]
#[require_auth(scopes = "write:orders")]
struct Clerk(Identity);

fn main() {}
