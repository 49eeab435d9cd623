//! Routes for one organization, and a page that invites to the organizations of the shop's partners.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_rocket::{MaybeUser, OrgToken, OrganizationId, SignIn, public, require_auth, with_org_token};
use maud::html;
use rocket::response::content::RawHtml;
use rocket::{Route, State, get, post, routes};
use serde_json::json;

use crate::answer::Answer;
use crate::base_path::BasePath;
use crate::html::page;

/// The organizations of the partners: their ids in the built-in tenant, and their names.
const PARTNERS: [(&str, &str); 2] = [(ACME, "Acme"), (GLOBEX, "Globex")];

pub(crate) fn routes() -> Vec<Route> {
    routes![show, join, members, invite, orders]
}

/// For everybody: the links to the registration pages.
#[public]
#[get("/organizations")]
fn show(user: MaybeUser, base: &State<BasePath>) -> RawHtml<String> {
    let lead = html! {
        section class="hero" {
            h1 { "Buy for your company" }
            p { "Create an account with one of our partners. The company then admits you as a member." }
        }
    };
    let more = html! {
        section {
            ul class="tries" {
                @for (id, name) in PARTNERS {
                    li {
                        a class="button quiet" href={ (base.public) "/join/" (id) } { "Register with " (name) }
                        span { "In the branding of " (name) }
                    }
                }
            }
        }
    };
    RawHtml(page(&base.public, "en", "Buy for your company", user.0.as_ref(), &lead, &more))
}

/// The link of an invitation: Logto's registration page in the branding of the organization.
#[public]
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
