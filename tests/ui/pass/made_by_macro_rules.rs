//! Routes and guards that `macro_rules!` makes, with every part passed in.

use logto_rocket::{Identity, OrgToken, require_auth, with_org_token};
use rocket::{get, routes};

macro_rules! orders {
    ($name:ident, $uri:literal, $scope:literal, $constant:path, $organization:expr) => {
        #[require_auth(scopes = [$scope, $constant], organization = $organization)]
        #[get($uri)]
        fn $name(org_id: &str) -> &str {
            org_id
        }
    };
}

macro_rules! members {
    ($attribute:ident($key:ident = $value:literal), $name:ident($token:ident: $type:ty) $body:block) => {
        #[$attribute($key = $value)]
        #[get("/members/<org_id>")]
        fn $name(org_id: &str, $token: $type) -> String {
            format!("{org_id}{}", $body)
        }
    };
}

macro_rules! forwarded {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($parameter:ident: $type:ty),*) -> $result:ty $body:block) => {
        $(#[$meta])*
        $vis fn $name($($parameter: $type),*) -> $result $body
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($field:ident: $type:ty),* }) => {
        #[require_auth(scopes = "forwarded")]
        $(#[$meta])*
        $vis struct $name { $($field: $type),* }
    };
}

macro_rules! whole {
    ($item:item) => {
        #[require_auth(scopes = "read:orders")]
        $item
    };
}

macro_rules! guard {
    ($name:ident($($type:ty),*), $scope:expr) => {
        #[require_auth(scopes = $scope)]
        struct $name($($type),*);
    };
}

const READ: &str = "read:orders";

orders!(list, "/orders/<org_id>", "list:orders", READ, "<org_id>");
members!(with_org_token(organization = "<org_id>"), members(token: OrgToken) { token.secret().len() });
guard!(Clerk(Identity), "read:orders");

whole! {
    #[get("/whole")]
    fn whole(clerk: Clerk) {
        drop(clerk.0);
    }
}

forwarded! {
    /// Doc.
    #[with_org_token(organization = "<org_id>")]
    #[get("/forwarded/<org_id>")]
    pub(crate) fn forwarded_route(org_id: &str, token: OrgToken) -> String {
        format!("{org_id}{}", token.secret().len())
    }
}

forwarded! {
    /// Doc.
    struct Forwarded { identity: Identity }
}

#[get("/named")]
fn named(forwarded: Forwarded) {
    drop(forwarded.identity);
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![list, members, whole, forwarded_route, named].len(), 5);
}
