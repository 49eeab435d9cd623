//! An open route asks nothing.

use logto_rocket::public;
use rocket::get;

#[public(scopes = "read:orders")]
#[get("/one")]
fn one() {}

#[public("read:orders")]
#[get("/two")]
fn two() {}

#[public(param = token, subject = "any")]
#[get("/three")]
fn three() {}

#[public(anybody)]
#[get("/four")]
fn four() {}

fn main() {}
