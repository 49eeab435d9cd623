//! Guards with a name: unit, tuple and named structs, of every visibility.

use logto_rocket::{AccessToken, Identity, OrgToken, User, require_auth, with_access_token, with_org_token};
use rocket::{get, post, routes};

#[require_auth]
struct Known;

#[require_auth(scopes = "read:orders")]
#[derive(Clone)]
pub struct Braces {}

#[require_auth(scopes = "delete:orders")]
pub struct OrderAdmin(Identity);

#[require_auth(any_scope = "a b", organization = "<org_id>")]
pub(crate) struct Member(User, pub Identity);

/// What the upstream service is called with.
#[with_access_token(resource = "https://api.example.com")]
struct Upstream {
    /// The token.
    token: AccessToken,
    #[allow(dead_code)]
    identity: logto_rocket::Identity,
    #[cfg(any())]
    absent: String,
}

#[with_org_token(organization = "header:X-Org")]
struct Inviter(OrgToken, Identity);

mod guards {
    #[logto_rocket::with_org_token(organization = "session")]
    pub(super) struct Current {
        pub(super) token: logto_rocket::OrgToken,
    }
}

#[get("/known")]
fn known(_known: Known, _braces: Braces) {}

#[get("/orders/<id>")]
async fn delete_order(admin: OrderAdmin, id: u64) -> String {
    drop(admin.0);
    id.to_string()
}

#[post("/orgs/<org_id>")]
fn member(org_id: &str, member: Member, optional: Option<Known>) -> String {
    drop((member.0, member.1, optional));
    org_id.to_owned()
}

#[get("/upstream")]
async fn upstream(upstream: Upstream, inviter: Inviter, current: guards::Current) {
    drop((upstream.token, inviter.0, inviter.1, current.token));
}

#[require_auth(scopes = "both")]
#[get("/both")]
fn both(admin: OrderAdmin) {
    drop(admin.0);
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![known, delete_order, member, upstream, both].len(), 5);
}
