//! The runtime crate under another name: as a dependency that is renamed, and behind another crate's module.
//! That nothing then asks for the usual name is tested with the macros themselves, which see their output.
//! The root of this test names both crates anew: `auth` and `server`.

#![deny(warnings)]

use auth::{AccessToken, Identity, OrgToken};
use rocket::{Request, get, post, routes};

/// A crate of the user may hand on what its own users need.
mod company {
    pub(crate) mod web {
        pub(crate) use ::auth as sign_in;
    }
}

/// In here the usual name means something else, and nobody may fall for it.
mod logto_rocket {}

#[auth::require_auth(crate = auth, scopes = ALL, roles = ["editor"], check = is_owner, max_age = "5m")]
#[get("/one")]
fn one(who: Identity) -> String {
    who.subject().to_owned()
}

const ALL: &[&str] = &["read:orders"];

async fn is_owner(_: &Identity, _: &Request<'_>) -> bool {
    true
}

#[auth::with_access_token(crate = ::auth)]
#[auth::with_org_token(organization = "<org_id>", crate = company::web::sign_in)]
#[get("/two/<org_id>")]
fn two(org_id: &str, token: AccessToken, organization: OrgToken) {
    drop((org_id, token, organization));
}

#[auth::require_auth(crate = crate::pass::renamed::company::web::sign_in, any_scope = "a b", via = "bearer", subject = "any")]
struct Guard {
    identity: Identity,
}

#[post("/three")]
fn three(guard: Guard) {
    drop(guard.identity);
}

#[company::web::sign_in::public(crate = company::web::sign_in)]
#[get("/four")]
fn four() {}

macro_rules! guarded {
    ($name:ident, $crate_:path) => {
        #[auth::require_auth(crate = $crate_)]
        #[get("/five")]
        fn $name() -> &'static str {
            stringify!($name)
        }
    };
}

guarded!(five, company::web::sign_in);

#[test]
fn field_42_m01_is_accepted() {
    let routes: Vec<server::Route> = routes![one, two, three, four, five];
    assert_eq!(routes.len(), 5);
}
