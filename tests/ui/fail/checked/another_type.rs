//! The check loads something else than the handler takes.

use logto_rocket::{Checked, Denied, Identity, require_auth};
use rocket::{Request, get};

struct Order;
struct Invoice;

async fn load(_: &Identity, _: &Request<'_>) -> Result<Order, Denied> {
    Ok(Order)
}

fn says_yes(_: &Identity, _: &Request<'_>) -> bool {
    true
}

#[require_auth(check = load)]
#[get("/one")]
fn one(invoice: Checked<Invoice>) {}

#[require_auth(check = says_yes)]
#[get("/two")]
fn two(order: Checked<Order>) {}

#[require_auth(check = load)]
struct Three(Checked<Invoice>);

/// A second value, which nothing has loaded.
#[require_auth(check = load)]
#[get("/four")]
fn four(order: Checked<Order>, invoice: Checked<Invoice>) {}

#[require_auth(check = load)]
#[get("/five")]
fn five(order: Option<Checked<Order>>) {}

fn main() {}
