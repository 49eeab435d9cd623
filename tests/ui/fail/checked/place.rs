//! A parameter has a name, and a struct has one field for the value.

use logto_rocket::{Checked, Denied, Identity, require_auth};
use rocket::{Request, get};

struct Order;

async fn load(_: &Identity, _: &Request<'_>) -> Result<Order, Denied> {
    Ok(Order)
}

#[require_auth(check = load)]
#[get("/one")]
fn one((order, ..): Checked<Order>) {}

#[require_auth(check = load)]
struct Two(Checked<Order>, Checked<Order>);

fn main() {}
