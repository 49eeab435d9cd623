//! An associated function cannot be a route. An attribute cannot see where it stands, so the compiler and
//! Rocket say it in their own words; what matters is that nothing compiles.

use logto_rocket::require_auth;
use rocket::get;

struct Shop;

impl Shop {
    #[require_auth]
    #[get("/orders")]
    fn orders() {}
}

fn main() {}
