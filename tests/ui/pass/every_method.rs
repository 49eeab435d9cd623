//! Above every route attribute of Rocket, sync and async.

use logto_rocket::require_auth;
use rocket::{delete, get, head, options, patch, post, put, route, routes};

#[require_auth]
#[get("/")]
fn get_() {}

#[require_auth]
#[put("/")]
async fn put_() {}

#[require_auth]
#[post("/")]
fn post_() {}

#[require_auth]
#[delete("/")]
async fn delete_() {}

#[require_auth]
#[head("/")]
fn head_() {}

#[require_auth]
#[patch("/")]
async fn patch_() {}

#[require_auth]
#[options("/")]
fn options_() {}

#[require_auth]
#[route(GET, uri = "/route")]
async fn route_() {}

#[require_auth()]
#[rocket::get("/qualified")]
fn qualified() {}

#[logto_rocket::require_auth(via = "bearer")]
#[::rocket::post("/fully")]
fn fully_qualified() {}

#[test]
fn field_42_m01_is_accepted() {
    let routes =
        routes![get_, put_, post_, delete_, head_, patch_, options_, route_, qualified, fully_qualified];
    assert_eq!(routes.len(), 10);
}
