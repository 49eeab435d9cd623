//! The function answers with `bool`, or with a future of one that any thread can run.

use std::rc::Rc;

use logto_rocket::{Identity, require_auth};
use rocket::{Request, get};

#[require_auth(check = answers_in_words)]
#[get("/one")]
fn one() {}

fn answers_in_words(_: &Identity, _: &Request<'_>) -> String {
    String::from("yes")
}

#[require_auth(check = answers_nothing)]
#[get("/two")]
fn two() {}

async fn answers_nothing(_: &Identity, _: &Request<'_>) {}

#[require_auth(check = may_fail)]
#[get("/three")]
fn three() {}

fn may_fail(_: &Identity, _: &Request<'_>) -> Result<bool, String> {
    Ok(true)
}

#[require_auth(check = stays_in_its_thread)]
#[get("/four")]
fn four() {}

async fn stays_in_its_thread(who: &Identity, _: &Request<'_>) -> bool {
    let subject = Rc::new(who.subject().to_owned());
    std::future::ready(()).await;
    subject.is_empty()
}

fn main() {}
