//! The same places as the others: above the route attribute of a free function, once.

use logto_rocket::public;
use rocket::{catch, get};

#[get("/one")]
#[public]
fn one() {}

#[public]
fn two() {}

#[public]
#[public]
#[get("/three")]
fn three() {}

#[public]
#[catch(404)]
fn four() {}

#[public]
enum Five {}

#[public]
mod six {}

#[public]
#[get("/seven")]
fn seven<T>(_state: T) {}

struct Shop;

impl Shop {
    #[public]
    #[get("/eight")]
    fn eight(&self) {}
}

fn main() {}
