//! What is neither a route nor a struct cannot be guarded.

use logto_rocket::require_auth;

#[require_auth]
enum Shop {
    Open,
    Closed,
}

fn main() {}
