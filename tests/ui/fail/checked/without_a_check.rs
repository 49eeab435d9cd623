//! Nothing has loaded the value.

use logto_rocket::{Checked, require_auth};
use rocket::get;

struct Order;

#[get("/one")]
fn one(order: Checked<Order>) {}

#[require_auth]
#[get("/two")]
fn two(order: Checked<Order>) {}

#[require_auth(scopes = "read:orders")]
struct Three(Checked<Order>);

fn main() {}
