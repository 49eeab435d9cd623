//! Every key, in every form.

use logto_rocket::{AccessToken, OrgToken, require_auth, with_access_token, with_org_token};
use rocket::{get, routes};

const READ: &str = "read:orders";
static_scopes::declare!();

/// Constants may come from anywhere.
mod static_scopes {
    macro_rules! declare {
        () => {
            mod scopes {
                pub const WRITE: &str = "write:orders";
                pub struct Orders;
                impl Orders {
                    pub const DELETE: &'static str = "delete:orders";
                }
            }
        };
    }
    pub(crate) use declare;
}

const API: &str = "https://api.example.com";

#[require_auth(scopes = "a", any_scope = "b  c ", resource = "urn:example:orders", via = "session")]
#[get("/literals")]
fn literals() {}

#[require_auth(
    scopes = [READ, "x:y", crate::pass::keys::scopes::WRITE, scopes::Orders::DELETE,],
    any_scope = [<scopes::Orders>::DELETE, "admin"],
    resource = API,
)]
#[get("/constants")]
fn constants() {}

#[require_auth(organization = "<org>", resource = crate::pass::keys::API)]
#[get("/segment/<org>")]
fn segment(org: &str) -> &str {
    org
}

#[require_auth(organization = "<org>", via = "bearer")]
#[get("/query?<org>&page=1")]
fn query(org: &str) -> &str {
    org
}

#[require_auth(subject = "any")]
#[get("/any")]
fn any() {}

#[require_auth(subject = "machine", via = "bearer", scopes = "sync:orders")]
#[get("/machine")]
fn machine() {}

#[require_auth(subject = "user")]
#[get("/user")]
fn user() {}

#[with_org_token(organization = "<org>", resource = API)]
#[get("/resource/<org>")]
fn resource(org: &str, token: OrgToken) -> String {
    format!("{org}{}", token.secret().len())
}

#[with_org_token(organization = "header:X-Org", scopes = r"read:members")]
#[get("/header")]
fn header(token: OrgToken) {
    drop(token);
}

#[with_access_token(organization = "session", via = "session")]
#[get("/session")]
fn session(token: AccessToken) {
    drop(token);
}

#[with_org_token]
#[get("/by-name/<organization_id>")]
fn by_name(organization_id: &str, token: OrgToken) {
    drop((organization_id, token));
}

#[with_org_token]
#[get("/by-query?<org_id>")]
fn by_query(org_id: &str, token: OrgToken) {
    drop((org_id, token));
}

type Upstream = AccessToken;
mod tokens {
    pub use logto_rocket::OrgToken as Member;
}

#[with_access_token(param = "upstream")]
#[get("/alias")]
fn alias(upstream: Upstream) {
    drop(upstream);
}

#[with_org_token(param = member)]
#[get("/renamed")]
fn renamed(member: tokens::Member) {
    drop(member);
}

#[with_org_token]
#[get("/qualified")]
fn qualified(member: ::logto_rocket::OrgToken) {
    drop(member);
}

#[test]
fn field_42_m01_is_accepted() {
    let routes = routes![
        literals, constants, segment, query, any, machine, user, resource, header, session, by_name,
        by_query, alias, renamed, qualified
    ];
    assert_eq!(routes.len(), 15);
}
