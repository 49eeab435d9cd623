//! Sessions in cookies: what a browser, an attacker and time can do to them.

mod cookies;
mod keep_alive;
mod keys;
mod life;
mod local_client;
mod loops;
mod planted;
mod sign_out;
mod sign_out_return;
mod sites;
mod size;
mod tamper;

use rocket::figment::Figment;

pub(crate) const KEY: &str = "the first key of the tests, 32 characters or more";
pub(crate) const OTHER_KEY: &str = "another key of the tests, 32 characters or more!!";

/// Settings with sessions in cookies, sealed with these keys.
pub(crate) fn keyed(keys: &'static [&'static str]) -> impl FnOnce(Figment) -> Figment {
    move |figment| figment.merge(("logto.session_store", "cookie")).merge(("logto.cookie_keys", keys))
}
