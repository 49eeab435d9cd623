//! The ids of applications are strings, lists, or constants of either, and there is at least one.

use logto_rocket::require_auth;
use rocket::get;

const NOBODY: &[&str] = &[];
const SPACED: &str = "orders admin";

#[require_auth(clients = [])]
#[get("/one")]
fn one() {}

#[require_auth(clients = "")]
#[get("/two")]
fn two() {}

#[require_auth(clients = NOBODY)]
#[get("/three")]
fn three() {}

#[require_auth(clients = [SPACED])]
#[get("/four")]
fn four() {}

#[require_auth(clients = 7)]
#[get("/five")]
fn five() {}

#[require_auth(clients = "first, second")]
#[get("/six")]
fn six() {}

#[require_auth(clients = ["first second"])]
#[get("/seven")]
fn seven() {}

#[require_auth(clients = "first first")]
#[get("/eight")]
fn eight() {}

#[require_auth(clients = "\u{e9}")]
#[get("/nine")]
fn nine() {}

fn main() {}
