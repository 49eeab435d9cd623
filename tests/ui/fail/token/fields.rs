//! Exactly one field of a struct receives the token.

use logto_rocket::{AccessToken, Identity, OrgToken, with_access_token, with_org_token};

#[with_access_token]
struct None_(Identity);

#[with_access_token]
struct Unit;

#[with_access_token]
struct Two(AccessToken, Identity, AccessToken);

#[with_org_token(organization = "session")]
struct Wrapped {
    token: Option<OrgToken>,
}

fn main() {}
