//! A typing error in any key is answered with the key that was meant.

use logto_rocket::{AccessToken, require_auth, with_access_token};
use rocket::get;

#[require_auth(
    scops = "a",
    any_scopes = "a",
    role = "a",
    any_rol = "a",
    resoruce = "https://api.example.com",
    organisation = "session",
    vai = "session",
    subjct = "user",
    maxage = "5m",
    chekc = is_owner,
    otherwhise = "forward",
    krate = auth,
)]
#[get("/one")]
fn one() {}

#[with_access_token(parm = token)]
#[get("/two")]
fn two(token: AccessToken) {
    drop(token);
}

fn main() {}
