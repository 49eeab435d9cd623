//! Of two route attributes one is of another crate, or a mistake.

use logto_rocket::require_auth;
use rocket::get;

mod other {
    pub use rocket::get;
}

#[require_auth]
#[other::get("/one")]
#[get("/two")]
fn foreign() {}

#[require_auth(organization = "<org_id>")]
#[get("/three/<org_id>")]
#[rocket::post("/three")]
fn both(org_id: &str) {
    drop(org_id);
}

fn main() {}
