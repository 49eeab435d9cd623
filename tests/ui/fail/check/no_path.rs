//! A check is a function with a name.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(check = "is_owner")]
#[get("/one")]
fn one() {}

#[require_auth(check = is_owner())]
#[get("/two")]
fn two() {}

#[require_auth(check = |who, _| who.subject() == "alice")]
#[get("/three")]
fn three() {}

#[require_auth(check = true)]
#[get("/four")]
fn four() {}

#[require_auth(check = [is_owner])]
#[get("/five")]
fn five() {}

#[require_auth(check = { is_owner })]
#[get("/six")]
fn six() {}

#[require_auth(check = "")]
#[get("/seven")]
fn seven() {}

#[require_auth(check = shop::is_owner(7))]
struct Eight;

fn main() {}
