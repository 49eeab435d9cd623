//! The cart. Visitors have one too, and keep it when they sign in.

use std::collections::BTreeMap;

use logto_rocket::{Error, MaybeUser, SessionData, SessionValue, public, require_auth};
use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::Status;
use rocket::response::Redirect;
use rocket::response::content::RawHtml;
use rocket::{FromForm, Route, State, get, post, routes, uri};
use serde::{Deserialize, Serialize};

use crate::html::page;
use crate::orders::{NewOrder, Orders};

/// What the shop sells.
const CATALOGUE: [&str; 3] = ["Pot of tea", "Teapot", "Cups"];

pub(crate) fn routes() -> Vec<Route> {
    routes![show, add, clear, check_out]
}

/// What is in the cart: how many of each item.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Cart {
    items: BTreeMap<String, u32>,
}

impl SessionValue for Cart {
    const NAME: &'static str = "cart";
}

#[derive(FromForm)]
struct Addition {
    item: String,
}

#[public]
#[get("/cart")]
fn show(cart: SessionData<Cart>, user: MaybeUser) -> RawHtml<String> {
    let items = cart.get().items.clone();
    let lead = html! {
        section class="hero" { h1 { "Your cart" } p { "It stays yours when you sign in." } }
    };
    let more = html! {
        section {
            @if items.is_empty() {
                p class="soft" { "The cart is empty." }
            } @else {
                table {
                    @for (item, count) in &items {
                        tr { th scope="row" { (item) } td { (count) } }
                    }
                }
                @if user.0.is_some() {
                    p { (form("/cart/check-out", "Check out")) (form("/cart/clear", "Empty the cart")) }
                } @else {
                    p { a class="button" href="/logto/sign-in?return_to=/cart" { "Sign in to check out" } }
                    p { (form("/cart/clear", "Empty the cart")) }
                }
            }
        }
        section {
            ul class="tries" {
                @for item in CATALOGUE {
                    li {
                        form method="post" action="/cart" {
                            input type="hidden" name="item" value=(item);
                            button class="quiet" { "Add: " (item) }
                        }
                    }
                }
            }
        }
    };
    RawHtml(page("en", "Your cart", user.0.as_ref(), &lead, &more))
}

fn form(action: &str, label: &str) -> Markup {
    html! { form method="post" action=(action) { button class="quiet" { (label) } } }
}

#[public]
#[post("/cart", data = "<addition>")]
async fn add(addition: Form<Addition>, cart: SessionData<Cart>) -> Result<Redirect, CartError> {
    if !CATALOGUE.contains(&addition.item.as_str()) {
        return Err(CartError::NoSuchItem(Status::UnprocessableEntity));
    }
    cart.update(|cart| {
        let count = cart.items.entry(addition.item.clone()).or_default();
        *count = count.saturating_add(1);
    })
    .await?;
    Ok(Redirect::to(uri!(show)))
}

#[public]
#[post("/cart/clear")]
async fn clear(cart: SessionData<Cart>) -> Result<Redirect, Error> {
    cart.clear().await?;
    Ok(Redirect::to(uri!(show)))
}

/// Orders what is in the cart. Of two requests at the same time, one finds it empty.
#[require_auth(scopes = "write:orders", via = "session")]
#[post("/cart/check-out")]
async fn check_out(cart: SessionData<Cart>, orders: &State<Orders>) -> Result<Redirect, Error> {
    let items = cart.update(|cart| std::mem::take(&mut cart.items)).await?;
    for (item, quantity) in items {
        orders.place(NewOrder::of(item, quantity));
    }
    Ok(Redirect::to("/api/orders"))
}

/// Why something is not in the cart.
#[derive(rocket::Responder)]
enum CartError {
    NoSuchItem(Status),
    Session(Error),
}

impl From<Error> for CartError {
    fn from(error: Error) -> Self {
        CartError::Session(error)
    }
}
