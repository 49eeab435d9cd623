//! A method cannot be a route.

use logto_rocket::require_auth;

struct Shop;

impl Shop {
    #[require_auth]
    #[rocket::get("/orders")]
    fn orders(&self) {}
}

fn main() {}
