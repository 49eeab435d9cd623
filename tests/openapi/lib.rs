//! Routes under our attributes that `#[openapi]` describes.

use logto_rocket::{
    public, require_auth, with_access_token, with_org_token, AccessToken, Identity, MaybeUser, OrgToken, User,
};
use rocket::http::Status;
use rocket::{get, post, Route};
use rocket_okapi::okapi::openapi3::OpenApi;
use rocket_okapi::{openapi, openapi_get_routes_spec};

/// One order.
#[require_auth(scopes = "read:orders read:prices", any_scope = "shop support")]
#[openapi(tag = "orders")]
#[get("/orders/<id>?<page>")]
fn order(who: Identity, id: u64, page: Option<u8>) -> String {
    format!("{id} {page:?} {}", who.subject())
}

#[require_auth(via = "bearer", subject = "any")]
#[openapi]
#[get("/feed")]
fn feed() {}

#[with_access_token(scopes = "read:orders")]
#[openapi]
#[get("/upstream")]
fn upstream(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[with_org_token(scopes = "invite:member")]
#[openapi]
#[post("/orgs/<org_id>/invites", data = "<invite>")]
fn invite(org_id: &str, token: OrgToken, invite: String) -> String {
    format!("{org_id} {invite} {}", token.scopes())
}

#[require_auth(scopes = "a:b")]
#[with_access_token(scopes = "c:d", roles = "boss")]
#[openapi]
#[get("/both")]
fn both(user: User, token: AccessToken) -> String {
    format!("{} {}", user.subject(), token.scopes())
}

/// Who may delete.
#[require_auth(scopes = "delete:orders")]
pub struct OrderAdmin(Identity);

#[openapi]
#[get("/admin")]
fn admin(admin: OrderAdmin) -> String {
    admin.0.subject().to_owned()
}

#[openapi]
#[get("/perhaps")]
fn perhaps(
    admin: Option<OrderAdmin>,
    user: Result<User, <User as rocket::request::FromRequest<'_>>::Error>,
) -> String {
    format!("{} {}", admin.is_some(), user.is_ok())
}

#[openapi]
#[get("/me")]
fn me(user: User) -> String {
    user.subject().to_owned()
}

#[public]
#[openapi]
#[get("/")]
fn home(user: MaybeUser) -> String {
    format!("{user:?}")
}

#[require_auth]
#[get("/undescribed")]
fn undescribed() -> Status {
    Status::NoContent
}

#[require_auth]
#[with_access_token]
#[get("/undescribed/twice")]
fn undescribed_twice(token: AccessToken) -> String {
    token.scopes().to_string()
}

fn local() -> Vec<Route> {
    #[require_auth]
    struct Known;

    #[require_auth(scopes = "local:a")]
    #[openapi]
    #[get("/local")]
    fn described(_known: Known) {}

    #[require_auth(scopes = "local:b")]
    #[get("/local/undescribed")]
    fn undescribed() {}

    let (mut routes, spec) = openapi_get_routes_spec![described];
    assert!(spec.paths.contains_key("/local"));
    routes.extend(rocket::routes![undescribed]);
    routes
}

/// The routes and their description.
pub fn described() -> (Vec<Route>, OpenApi) {
    let (mut routes, spec) =
        openapi_get_routes_spec![order, feed, upstream, invite, both, admin, perhaps, me, home];
    routes.extend(rocket::routes![undescribed, undescribed_twice]);
    routes.extend(local());
    (routes, spec)
}
