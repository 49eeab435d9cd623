//! A role has a name, as Logto's console shows it.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(roles = "", any_role = [])]
#[get("/one")]
fn one() {}

#[require_auth(roles = ["editor", ""], any_role = [" "])]
#[get("/two")]
fn two() {}

#[require_auth(roles = ["editor\n"], any_role = "shop\tadmin")]
#[get("/three")]
fn three() {}

#[require_auth(roles = [" editor"], any_role = ["shop admin "])]
#[get("/four")]
fn four() {}

fn main() {}
