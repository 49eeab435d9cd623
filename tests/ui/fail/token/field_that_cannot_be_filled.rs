//! A field's type says what it receives, so it must be one that a caller has.

use logto_rocket::{Identity, require_auth};

#[require_auth]
struct Clerk {
    identity: Identity,
    name: String,
}

fn main() {}
