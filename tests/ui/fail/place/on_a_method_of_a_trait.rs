//! Nor can a method of a trait.

use logto_rocket::require_auth;

trait Shop {
    #[require_auth]
    #[rocket::get("/orders")]
    fn orders();
}

fn main() {}
