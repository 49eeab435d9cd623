//! Guards with a name, inside `Option` and `Result`, in many routes, beside each other and beside attributes.

#![deny(warnings)]

use logto_rocket::{AuthFailure, Identity, MaybeUser, OrgToken, User, public, require_auth, with_org_token};
use rocket::http::Status;
use rocket::{delete, get, post, routes};

#[require_auth(scopes = "read:orders")]
struct Reader(Identity);

#[require_auth(roles = "admin", max_age = "5m")]
struct Admin {
    user: User,
}

#[with_org_token(organization = "<org_id>")]
struct Member(OrgToken);

#[get("/one")]
fn one(reader: Reader) -> String {
    reader.0.subject().to_owned()
}

#[get("/two")]
fn two(reader: Option<Reader>, admin: Option<Admin>) -> String {
    format!("{:?}{:?}", reader.map(|reader| reader.0), admin.map(|admin| admin.user.subject().to_owned()))
}

#[post("/three")]
fn three(admin: Result<Admin, AuthFailure>) -> Result<String, Status> {
    admin.map(|admin| admin.user.subject().to_owned()).map_err(|failure| failure.status())
}

#[require_auth(via = "session")]
#[delete("/four/<org_id>")]
async fn four(
    member: Member,
    reader: Result<Option<Reader>, std::convert::Infallible>,
    org_id: &str,
) -> String {
    drop((member.0, reader));
    org_id.to_owned()
}

#[public]
#[get("/five")]
fn five(reader: Option<Reader>, user: MaybeUser) -> String {
    drop(user);
    reader.map_or_else(String::new, |reader| reader.0.subject().to_owned())
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![one, two, three, four, five].len(), 5);
}
