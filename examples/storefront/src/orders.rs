//! The orders of the shop, in memory.

use std::io;
use std::sync::{Mutex, PoisonError};

use rocket::data::{Data, FromData, Outcome, ToByteUnit};
use rocket::http::Status;
use rocket::{Request, form};
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) item: String,
    pub(crate) quantity: u32,
}

/// The body of a new order: JSON, a form, or empty for a pot of tea.
#[derive(Debug, Clone, Deserialize, rocket::FromForm)]
pub(crate) struct NewOrder {
    #[serde(default = "tea")]
    #[field(default_with = Some(tea()))]
    item: String,
    #[serde(default = "one")]
    #[field(default = 1)]
    quantity: u32,
}

impl NewOrder {
    pub(crate) fn of(item: String, quantity: u32) -> Self {
        NewOrder { item, quantity }
    }
}

fn tea() -> String {
    "Pot of tea".to_owned()
}

fn one() -> u32 {
    1
}

pub(crate) struct Orders(Mutex<Vec<Order>>);

impl Default for Orders {
    fn default() -> Self {
        let order = |id, item: &str, quantity| Order { id, item: item.to_owned(), quantity };
        Orders(Mutex::new(vec![order(1, "Teapot", 1), order(2, "Cups", 6), order(3, "Earl Grey", 2)]))
    }
}

impl Orders {
    pub(crate) fn list(&self) -> Vec<Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn place(&self, new: NewOrder) -> Order {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = orders.iter().map(|order| order.id).max().unwrap_or(0) + 1;
        let order = Order { id, item: new.item, quantity: new.quantity };
        orders.push(order.clone());
        order
    }

    /// Deletes an order, if it exists.
    pub(crate) fn delete(&self, id: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|order| order.id != id);
    }
}

#[rocket::async_trait]
impl<'r> FromData<'r> for NewOrder {
    type Error = String;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self, String> {
        let refuse = |what: String| Outcome::Error((Status::BadRequest, what));
        let body = match read(data).await {
            Ok(body) => body,
            Err(error) => return refuse(error.to_string()),
        };
        if body.trim().is_empty() {
            return Outcome::Success(NewOrder { item: tea(), quantity: one() });
        }
        let parsed = if request.content_type().is_some_and(|kind| kind.is_form()) {
            form::Form::parse(&body).map_err(|errors| errors.to_string())
        } else {
            serde_json::from_str(&body).map_err(|error| error.to_string())
        };
        match parsed {
            Ok(order) => Outcome::Success(order),
            Err(what) => refuse(what),
        }
    }
}

async fn read(data: Data<'_>) -> io::Result<String> {
    let body = data.open(16.kibibytes()).into_string().await?;
    if body.is_complete() {
        Ok(body.into_inner())
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "the body is larger than 16 KiB"))
    }
}
