//! There is one other way.

use logto_rocket::require_auth;
use rocket::get;

#[require_auth(otherwise = "foward")]
#[get("/one")]
fn one() {}

#[require_auth(otherwise = "redirect")]
#[get("/two")]
fn two() {}

#[require_auth(otherwise = forward)]
#[get("/three")]
fn three() {}

#[require_auth(otherwise = "")]
#[get("/four")]
fn four() {}

#[require_auth(otherwise = "forward", otherwise = "forward")]
#[get("/five")]
fn five() {}

#[require_auth(otherwise)]
struct Six;

#[require_auth(forward)]
struct Seven;

fn main() {}
