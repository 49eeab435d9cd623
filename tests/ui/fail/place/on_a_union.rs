//! What is neither a route nor a struct cannot be guarded.

use logto_rocket::require_auth;

#[require_auth]
union Shop {
    open: u8,
    closed: i8,
}

fn main() {}
