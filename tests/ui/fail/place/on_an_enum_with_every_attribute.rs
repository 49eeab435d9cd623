//! One mistake is one error: what stands on an item that is refused, says nothing more.

use logto_rocket::require_auth;

#[require_auth(scope = "read:orders")]
#[logto_rocket::with_access_token]
#[logto_rocket::with_org_token]
#[rocket::get("/orders")]
enum Shop {
    Open,
}

fn main() {}
