use logto_rocket::{SessionData, public};
use rocket::get;

#[derive(Default)]
struct Cart;

#[public]
#[get("/cart")]
fn cart(_cart: SessionData<Cart>) {}

fn main() {}
