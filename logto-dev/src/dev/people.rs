//! The users of the tenant, and one of them to change.

use maud::{Markup, html};
use serde_json::Value;

use super::layout::{button, hidden, option, problem};
use super::outcome::Outcome;
use super::overview::comma_separated;
use super::{Page, Visit};
use crate::live::Users;
use crate::model::User;
use crate::{Error, http::iso_date};

/// The claims with a text field of their own: the claim, its label, and what kind of text it is.
const DETAILS: [(&str, &str, &str); 4] = [
    ("name", "Name", "text"),
    ("email", "E-mail address", "email"),
    ("phone_number", "Phone number, digits only", "text"),
    ("picture", "URL of the picture", "url"),
];

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    let (users, chosen) = visit.shared.with_state(|state, _| {
        let chosen = visit.query("user").and_then(|id| state.directory.user(id)).map(|user| {
            let sessions =
                state.sessions.values().filter(|session| session.user_id.as_ref() == Some(&user.id)).count();
            let grants = state.grants.values().filter(|grant| grant.user_id == user.id).count();
            let custom = state.custom_claims.get(&user.id).cloned().unwrap_or_default();
            (user.clone(), sessions, grants, Value::Object(custom))
        });
        (state.directory.users.clone(), chosen)
    });
    html! {
        @if let Some((user, sessions, grants, custom)) = &chosen {
            (person(visit, user, *sessions, *grants, custom))
        }
        section aria-labelledby="everybody" {
            h2 #everybody { "Everybody" }
            @if users.is_empty() { p { "There is nobody in this tenant yet." } }
            ul {
                @for user in &users {
                    li {
                        a href=(address(&user.id)) { (display_name(user)) }
                        " " code { (user.username) }
                        @if user.suspended { " (suspended)" }
                        @if !user.roles.is_empty() { ", roles: " (comma_separated(&user.roles)) }
                    }
                }
            }
        }
    }
}

pub(super) fn display_name(user: &User) -> &str {
    let name = user.name.as_deref().unwrap_or(&user.username);
    if name.is_empty() { &user.id } else { name }
}

/// The page of one user.
pub(super) fn address(id: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("user", id).finish();
    format!("{}?{query}", Page::People.path())
}

fn person(visit: &Visit<'_>, user: &User, sessions: usize, grants: usize, custom: &Value) -> Markup {
    let action = address(&user.id);
    html! {
        section aria-labelledby="person" {
            h2 #person { (display_name(user)) }
            dl {
                dt { "Username" } dd { code { (user.username) } }
                dt { "Id (sub)" } dd { code { (user.id) } }
                dt { "Account" } dd { @if user.suspended { "suspended" } @else { "active" } }
                dt { "Sessions and grants" } dd { (sessions) " and " (grants) }
                @if let Some(at) = user.last_sign_in_at { dt { "Last sign-in" } dd { (iso_date(at)) } }
                dt { "Roles" } dd { (comma_separated(&user.roles)) }
                @for membership in &user.memberships {
                    dt { "In " (membership.organization) } dd { (comma_separated(&membership.roles)) }
                }
            }
            @if user.suspended {
                (button(visit, &action, "reactivate", "Reactivate"))
            } @else {
                (button(visit, &action, "suspend", "Suspend"))
            }
            (details(visit, &action, user))
            (custom_data(visit, &action, user))
            (claim(visit, &action, user, custom))
        }
    }
}

fn details(visit: &Visit<'_>, action: &str, user: &User) -> Markup {
    html! {
        form method="post" action=(action) {
            h3 { "Name and addresses" }
            p { "An empty field removes the claim." }
            (hidden(visit, "details"))
            (problem(visit, "details"))
            @for (claim, label, kind) in DETAILS {
                label for=(claim) { (label) }
                input id=(claim) name=(claim) type=(kind) autocomplete="off"
                    value=(visit.typed("details", claim, detail(user, claim).unwrap_or_default()));
            }
            button { "Save name and addresses" }
        }
    }
}

fn detail<'u>(user: &'u User, claim: &str) -> Option<&'u str> {
    match claim {
        "name" => user.name.as_deref(),
        "email" => user.email.as_deref(),
        "phone_number" => user.phone.as_deref(),
        _ => user.picture.as_deref(),
    }
}

fn custom_data(visit: &Visit<'_>, action: &str, user: &User) -> Markup {
    let current = serde_json::to_string_pretty(&user.custom_data).unwrap_or_default();
    html! {
        form method="post" action=(action) {
            h3 { "Custom data" }
            (hidden(visit, "custom_data"))
            (problem(visit, "custom_data"))
            label for="custom_data" { "A JSON object" }
            textarea #custom_data name="value" rows="6" spellcheck="false" { (visit.typed("custom_data", "value", &current)) }
            button { "Save custom data" }
        }
    }
}

fn claim(visit: &Visit<'_>, action: &str, user: &User, custom: &Value) -> Markup {
    let profile = Value::Object(user.profile.clone());
    let kind = visit.typed("claim", "kind", "custom");
    html! {
        form method="post" action=(action) {
            h3 { "One claim" }
            dl {
                dt { "Custom claims now" } dd { code { (custom) } }
                dt { "Profile claims now" } dd { code { (profile) } }
            }
            (hidden(visit, "claim"))
            (problem(visit, "claim"))
            label for="kind" { "Where" }
            select #kind name="kind" {
                (option("custom", "Custom claim in access tokens", kind))
                (option("profile", "Claim of the profile scope, in ID tokens and userinfo", kind))
            }
            label for="claim" { "Name of the claim" }
            input #claim name="claim" required autocomplete="off" spellcheck="false" value=(visit.typed("claim", "claim", ""));
            label for="value" { "Value as JSON, such as \"gold\", 5 or [\"a\"]; empty removes the claim" }
            input #value name="value" autocomplete="off" spellcheck="false" value=(visit.typed("claim", "value", ""));
            button { "Save claim" }
        }
    }
}

pub(super) fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    let users = Users::new(visit.live());
    let id = visit.query("user").ok_or("Choose a user first.")?;
    let user = visit.shared.with_state(|state, _| state.directory.user(id).cloned());
    let user = user.ok_or("This user is not in the tenant any more.")?;
    let name = display_name(&user);
    let form = &visit.form;
    let done = match form.get("form").unwrap_or_default() {
        "suspend" => {
            users.suspend(id).map_err(said)?;
            format!("{name} is suspended. Sessions, grants and opaque tokens have ended.")
        }
        "reactivate" => {
            users.reactivate(id).map_err(said)?;
            format!("{name} can sign in again.")
        }
        "details" => {
            for (claim, _, _) in DETAILS {
                let typed = form.get(claim).map(str::trim).filter(|typed| !typed.is_empty());
                if typed != detail(&user, claim) {
                    users.set_claim(id, claim, typed.map_or(Value::Null, Value::from)).map_err(said)?;
                }
            }
            format!("The name and the addresses of {name} are saved.")
        }
        "custom_data" => {
            let value = json(form.get("value").unwrap_or_default())?.unwrap_or(Value::Null);
            users.set_claim(id, "custom_data", value).map_err(said)?;
            format!("The custom data of {name} is saved.")
        }
        "claim" => {
            let claim = form.present("claim").map(str::trim).ok_or("Enter the name of the claim.")?;
            let value = json(form.get("value").unwrap_or_default())?;
            if form.get("kind") == Some("profile") {
                users.set_claim(id, claim, value.unwrap_or(Value::Null)).map_err(said)?;
            } else {
                users.set_custom_claim(id, claim, value).map_err(said)?;
            }
            format!("The claim {claim} of {name} is saved. It takes effect with the next token.")
        }
        _ => return Err("This form is not known.".to_owned()),
    };
    Ok(Outcome::Done(done))
}

/// What was typed as JSON; none if nothing was typed.
fn json(typed: &str) -> Result<Option<Value>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let wrong =
        |error| format!("The value is not JSON ({error}). Text needs quotation marks, such as \"gold\".");
    serde_json::from_str(typed).map(Some).map_err(wrong)
}

pub(super) fn said(error: Error) -> String {
    let said = error.to_string();
    let mut letters = said.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
