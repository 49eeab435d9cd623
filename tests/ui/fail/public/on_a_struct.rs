//! Only a route can be public.

use logto_rocket::{Identity, public, require_auth};

#[public]
struct One;

#[public]
struct Two<T>(T);

#[public]
#[require_auth]
struct Three(Identity);

#[require_auth]
#[public]
struct Four(Identity);

fn main() {}
