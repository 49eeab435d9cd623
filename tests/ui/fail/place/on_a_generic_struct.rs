//! Rocket builds a guard for each request, so its type has nothing left open.

use logto_rocket::{Identity, require_auth};

#[require_auth]
struct Typed<T>(T);

#[require_auth]
struct Borrowed<'r> {
    identity: &'r Identity,
}

#[require_auth]
struct Sized<const N: usize>;

fn main() {}
