//! Routes for one organization.

use logto_rocket::{OrgToken, OrganizationId, SignIn, require_auth, with_org_token};
use rocket::{Route, get, post, routes};
use serde_json::json;

use crate::answer::Answer;

pub(crate) fn routes() -> Vec<Route> {
    routes![join, members, invite, orders]
}

/// The link of an invitation: Logto's registration page in the branding of the organization.
#[get("/join/<org>")]
fn join(org: OrganizationId) -> SignIn {
    // Without `return_to` the user comes back to `default_return_to`: the start page, wherever the shop lives.
    SignIn::new().register().organization(&org)
}

/// Only for members: the organization token proves the membership.
#[with_org_token]
#[get("/orgs/<org_id>/members")]
fn members(org_id: &str, token: OrgToken) -> Answer {
    Answer::ok(json!({
        "organization": org_id,
        "scopes": token.scopes().iter().collect::<Vec<_>>(),
    }))
}

/// For members with a role in the organization that allows invitations.
#[with_org_token(scopes = "invite:member")]
#[post("/orgs/<org_id>/invites")]
fn invite(org_id: &str, token: OrgToken) -> Answer {
    Answer::created(json!({
        "organization": org_id,
        "invited": true,
        "scopes": token.scopes().iter().collect::<Vec<_>>(),
    }))
}

/// The shop's API for one organization, so that organizations stay apart.
#[require_auth(organization = "<org_id>", scopes = "read:orders", subject = "any")]
#[get("/orgs/<org_id>/orders")]
fn orders(org_id: &str) -> Answer {
    Answer::ok(json!([
        { "id": 1, "organization": org_id, "item": "Desk", "quantity": 4 },
        { "id": 2, "organization": org_id, "item": "Chair", "quantity": 8 },
    ]))
}
