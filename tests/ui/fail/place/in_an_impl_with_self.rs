//! `Self` gives away that a function stands in an `impl`.

use logto_rocket::require_auth;

struct Shop;

impl Shop {
    #[require_auth]
    #[rocket::get("/orders")]
    fn orders() -> Result<Self, String> {
        Err("closed".to_owned())
    }
}

fn main() {}
