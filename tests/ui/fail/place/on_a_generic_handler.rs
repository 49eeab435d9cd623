//! Rocket cannot call a generic handler.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth]
#[get("/orders")]
fn orders<T: Default>() {
    drop(T::default());
}

#[require_auth]
#[get("/orders/<id>")]
fn order<const N: usize>(id: [u8; N]) {
    drop(id);
}

fn main() {}
