//! Rocket with nothing but an open route.

use rocket::figment::Figment;
use rocket::{Build, Rocket, get, routes};

#[get("/open")]
pub(crate) fn open() -> &'static str {
    "ok"
}

pub(crate) fn rocket(figment: Figment) -> Rocket<Build> {
    rocket::custom(figment).mount("/", routes![open])
}
