//! What is neither a route nor a struct cannot be guarded.

use logto_rocket::require_auth;

struct Shop;

#[require_auth]
impl Shop {}

fn main() {}
