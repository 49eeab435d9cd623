//! A field receives the token that the rule is about, and no other.

use logto_rocket::{AccessToken, OrgToken, require_auth, with_access_token, with_org_token};

#[with_access_token]
struct Api(AccessToken, OrgToken);

#[with_org_token(organization = "<org_id>", resource = "https://api.example.com")]
struct Organization {
    token: OrgToken,
    api: logto_rocket::AccessToken,
}

#[require_auth]
struct AboutNothing(AccessToken, OrgToken);

#[require_auth(organization = "<org_id>")]
struct AboutAnOrganization(AccessToken);

#[require_auth(organization = "<org_id>", scopes = "read:orders")]
struct AboutAnApi(OrgToken);

const SOME: &str = "urn:logto:resource:organizations";

// Only the constant's value could tell.
#[require_auth(organization = "<org_id>", resource = SOME)]
struct AboutSome(OrgToken);

fn main() {}
