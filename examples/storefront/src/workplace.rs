//! The organization that a user works in: one page to choose it, and to see what it allows.

use logto_rocket::{AuthFailure, Error, OrgToken, OrganizationId, User, require_auth, with_org_token};
use maud::{Markup, html};
use rocket::form::Form;
use rocket::http::Status;
use rocket::request::FlashMessage;
use rocket::response::content::RawHtml;
use rocket::response::{Flash, Redirect};
use rocket::{FromForm, Responder, Route, State, get, post, routes};
use serde_json::json;

use crate::answer::Answer;
use crate::base_path::BasePath;
use crate::html::{notice_of, page};
use crate::pages::{Organization, organizations_of};

pub(crate) fn routes() -> Vec<Route> {
    routes![show, switch, invite, pay]
}

/// The path of the page.
pub(crate) const PATH: &str = "/workplace";

/// Which permission each button needs, in the organization that the user works in. The routes below ask for the same.
const BUTTONS: [Button; 2] = [
    Button { label: "Invite somebody", path: "/workplace/invites", needs: "invite:member" },
    Button { label: "Pay the bill", path: "/workplace/bill", needs: "manage:billing" },
];

struct Button {
    label: &'static str,
    path: &'static str,
    needs: &'static str,
}

/// The token of the organization that the user works in. `organization = "session"` is the one that was switched to, or
/// the only one.
#[with_org_token(organization = "session")]
struct Workplace(OrgToken);

#[derive(FromForm)]
struct Choice {
    organization: String,
}

/// The token says what the user may do there. Without an organization, and without Logto, the page is shown without
/// permissions.
#[require_auth(via = "session")]
#[get("/workplace")]
async fn show(
    user: User,
    workplace: Result<Workplace, AuthFailure>,
    flash: Option<FlashMessage<'_>>,
    base: &State<BasePath>,
) -> RawHtml<String> {
    let organizations = organizations_of(&user).await;
    let current = user.current_organization();
    let is_current = |one: &&Organization| current.as_ref().is_some_and(|id| id.as_str() == one.id);
    let here = organizations.iter().find(is_current);
    let base = base.public.as_str();
    let notice = flash.as_ref().map(FlashMessage::message);
    let lead = html! {
        (notice_of(notice))
        section class="hero" {
            h1 {
                @match here {
                    Some(here) => { "You work in " (here.name) }
                    None => { "Where do you work?" }
                }
            }
            p { "What you may do depends on the organization. Choose the one that you work in." }
        }
    };
    let more = html! {
        @if let Some(here) = here {
            section {
                h2 { "What you may do in " (here.name) }
                @match &workplace {
                    Ok(Workplace(token)) => (buttons(base, &user, here, &organizations, token)),
                    Err(failure) => p { (failure.title()) ". " (failure.help()) },
                }
            }
        }
        section {
            h2 { "Your organizations" }
            @if organizations.is_empty() {
                p class="soft" { "You are not a member of any." }
            } @else {
                ul class="tries" {
                    @for one in &organizations {
                        (choice(base, &user, one, is_current(&one)))
                    }
                }
            }
        }
    };
    RawHtml(page(base, "en", "Where you work", Some(&user), &lead, &more))
}

fn choice(base: &str, user: &User, one: &Organization, is_current: bool) -> Markup {
    html! {
        li aria-current=[is_current.then_some("true")] {
            @if is_current {
                strong { (one.name) }
            } @else {
                form method="post" action={ (base) (PATH) } {
                    input type="hidden" name="organization" value=(one.id);
                    button class="quiet" { "Work in " (one.name) }
                }
            }
            span { @if is_current { "You work here. " } "Your role: " (roles_in(user, &one.id)) }
        }
    }
}

/// A button that does nothing says why, and where it would do something. It cannot be pressed; whoever sends the request
/// all the same is refused by the route.
fn buttons(base: &str, user: &User, here: &Organization, all: &[Organization], token: &OrgToken) -> Markup {
    html! {
        ul class="tries" {
            @for Button { label, path, needs } in &BUTTONS {
                li {
                    @if token.scopes().contains(needs) {
                        form method="post" action={ (base) (path) } { button class="quiet" { (label) } }
                        span { "Your permission: " code { (needs) } }
                    } @else {
                        @let reason = format!("why-not-{}", needs.replace(':', "-"));
                        button class="quiet" type="button" disabled aria-describedby=(reason) { (label) }
                        span id=(reason) {
                            "This needs " code { (needs) } ", which your role in " (here.name) " does not have: " (roles_in(user, &here.id)) "."
                            @for other in all.iter().filter(|other| other.id != here.id) {
                                " Your role in " (other.name) ": " (roles_in(user, &other.id)) "."
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The names of the user's roles in an organization, from the ID token: for the eye alone. A guard asks the token.
fn roles_in(user: &User, organization: &str) -> String {
    let all = user.claims().organization_roles.iter();
    let here = all.filter_map(|role| role.strip_prefix(organization)?.strip_prefix(':'));
    let names = here.collect::<Vec<_>>().join(" and ");
    if names.is_empty() { "none".to_owned() } else { names }
}

/// What a switch leads to.
#[derive(Responder)]
enum Switched {
    Done(Redirect),
    NotAMember(Flash<Redirect>),
}

/// Logto is asked for an organization token first: nobody switches to an organization that they are no member of.
#[require_auth(via = "session")]
#[post("/workplace", data = "<choice>")]
async fn switch(user: User, choice: Form<Choice>, base: &State<BasePath>) -> Result<Switched, Error> {
    let organization = OrganizationId::new(&choice.organization).ok_or(Error::NoOrganization)?;
    match user.switch_organization(&organization).await {
        Ok(()) => Ok(Switched::Done(base.redirect(PATH))),
        // The list on the page is older than the end of the membership.
        Err(Error::Refused(refused)) if refused.status == Status::Forbidden.code => Ok(Switched::NotAMember(
            Flash::error(base.redirect(PATH), "You are not a member of that organization."),
        )),
        Err(error) => Err(error),
    }
}

#[with_org_token(organization = "session", scopes = "invite:member")]
#[post("/workplace/invites")]
fn invite(token: OrgToken) -> Answer {
    Answer::created(json!({ "organization": token.organization().as_str(), "invited": true }))
}

#[with_org_token(organization = "session", scopes = "manage:billing")]
#[post("/workplace/bill")]
fn pay(token: OrgToken) -> Answer {
    Answer::ok(json!({ "organization": token.organization().as_str(), "paid": true }))
}
