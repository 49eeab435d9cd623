//! Names as literals, as constants, and as constants that hold lists.

#![deny(warnings)]
// What Rocket 0.5.1 writes for `uri!` trips it where the route stands in a function.
#![allow(non_local_definitions)]

use logto_rocket::{OrgToken, require_auth, with_org_token};
use rocket::{get, routes};

const READ: &str = "read:orders";
const ALL: &[&str] = &["read:orders", "write:orders"];
const ARRAY: [&str; 2] = ["editor", "shop admin"];
const EDITOR: &str = "editor";
static API: &str = "https://api.example.com";

/// Constants of traits, of types, and of modules.
mod scopes {
    pub const ALL: &[&str] = super::ALL;

    pub trait Names {
        const ROLES: &'static [&'static str];
    }

    pub struct Shop;

    impl Names for Shop {
        const ROLES: &'static [&'static str] = &["editor", "shop admin"];
    }

    impl Shop {
        pub const DELETE: &'static str = "delete:orders";
    }
}

use scopes::Names as _;

#[require_auth(scopes = READ)]
#[get("/one")]
fn one() {}

#[require_auth(scopes = ALL, any_scope = scopes::Shop::DELETE)]
#[get("/two")]
fn two() {}

#[require_auth(scopes = scopes::ALL, roles = ARRAY, any_role = scopes::Shop::ROLES)]
#[get("/three")]
fn three() {}

#[require_auth(roles = EDITOR, any_role = ["shop admin", "sales, EMEA"], resource = self::REST)]
#[get("/four")]
fn four() {}

const REST: &str = "https://api.example.com/rest";

#[with_org_token(organization = "<org_id>", any_scope = crate::pass::constants::ALL, roles = [EDITOR, "owner"])]
#[get("/five/<org_id>")]
fn five(org_id: &str, token: OrgToken) {
    drop((org_id, token));
}

#[require_auth(scopes = Self::OWN, roles = [Self::ROLE])]
struct Guard;

impl Guard {
    const OWN: &'static [&'static str] = &["own"];
    const ROLE: &'static str = "owner";
}

#[get("/six")]
fn six(_guard: Guard) {}

fn in_a_function() -> Vec<rocket::Route> {
    const LOCAL: &[&str] = &["local"];

    #[require_auth(scopes = LOCAL, roles = EDITOR)]
    #[get("/seven")]
    fn seven() {}

    routes![seven]
}

#[test]
fn field_42_m01_is_accepted() {
    assert!(!API.is_empty());
    assert_eq!(routes![one, two, three, four, five, six].len() + in_a_function().len(), 7);
}
