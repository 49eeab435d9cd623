//! Receipts, which nobody but their owner finds. The check of a route loads the receipt, and the handler takes it.

use std::sync::{Mutex, PoisonError};

use logto_rocket::{Checked, Denied, Identity, require_auth};
use rocket::http::Status;
use rocket::{Request, Route, State, get, post, routes};
use serde::Serialize;
use serde_json::json;

use crate::answer::Answer;

pub(crate) fn routes() -> Vec<Route> {
    routes![buy, receipt]
}

/// What a user has bought.
#[derive(Clone, Serialize)]
struct Receipt {
    id: u64,
    item: &'static str,
    #[serde(skip)]
    owner: String,
}

#[derive(Default)]
pub(crate) struct Receipts(Mutex<Vec<Receipt>>);

impl Receipts {
    fn add(&self, owner: &str) -> Receipt {
        let mut receipts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = receipts.last().map_or(1, |last| last.id + 1);
        let receipt = Receipt { id, item: "Gift box", owner: owner.to_owned() };
        receipts.push(receipt.clone());
        receipt
    }

    fn find(&self, id: u64) -> Option<Receipt> {
        let receipts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        receipts.iter().find(|receipt| receipt.id == id).cloned()
    }
}

/// A receipt of somebody else's is as missing as one that does not exist.
async fn own_receipt(who: &Identity, request: &Request<'_>) -> Result<Receipt, Denied> {
    let missing = || Denied::new(Status::NotFound);
    let id = request.param::<u64>(1).and_then(Result::ok).ok_or_else(missing)?;
    let receipts = request.rocket().state::<Receipts>().ok_or_else(Denied::default)?;
    receipts.find(id).filter(|receipt| receipt.owner == who.subject()).ok_or_else(missing)
}

#[require_auth]
#[post("/receipts")]
fn buy(who: Identity, receipts: &State<Receipts>) -> Answer {
    Answer::created(json!(receipts.add(who.subject())))
}

#[require_auth(check = own_receipt)]
#[get("/receipts/<_>")]
fn receipt(receipt: Checked<Receipt>) -> Answer {
    Answer::ok(json!(*receipt))
}
