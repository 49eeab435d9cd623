//! A parameter that receives a segment cannot receive the token.

use logto_rocket::with_access_token;
use rocket::get;

#[with_access_token(param = id)]
#[get("/orders/<id>")]
fn order(id: u64) {
    drop(id);
}

fn main() {}
