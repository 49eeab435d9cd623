//! What is neither a route nor a struct cannot be guarded.

use logto_rocket::require_auth;

#[require_auth]
const SHOP: &str = "shop";

#[require_auth]
static CLOSED: bool = true;

#[require_auth]
type Shop = str;

fn main() {}
