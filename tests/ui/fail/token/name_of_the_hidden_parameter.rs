//! The hidden parameter cannot be named by the user's code.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth]
#[get("/orders")]
fn orders() {
    drop(__logto_require_auth);
}

fn main() {}
