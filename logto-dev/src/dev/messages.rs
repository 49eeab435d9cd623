//! Sends logout tokens and webhooks to applications, and shows what they respond.

use maud::{Markup, html};

use super::layout::{hidden, option, problem};
use super::outcome::{Outcome, Posted};
use super::people::{display_name, said};
use super::{Page, Visit};
use crate::model::{Application, Directory, User};
use crate::webhooks::{USER_EVENTS, send_event};

/// Events that are not about one user. They are sent with the test payload.
const OTHER_EVENTS: [&str; 5] = [
    "Organization.Membership.Updated",
    "Organization.Deleted",
    "Role.Scopes.Updated",
    "Scope.Deleted",
    "OrganizationRole.Scopes.Updated",
];

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    visit.shared.with_state(|state, _| {
        let webhooks: Vec<&str> = state.webhooks.iter().map(|webhook| webhook.url.as_str()).collect();
        html! {
            (logout(visit, &state.directory))
            (webhook(visit, &state.directory, &webhooks))
        }
    })
}

fn logout(visit: &Visit<'_>, directory: &Directory) -> Markup {
    let clients: Vec<&Application> =
        directory.applications.iter().filter(|known| known.backchannel.is_some()).collect();
    let (client, user) = (visit.typed("logout", "client", ""), visit.typed("logout", "user", ""));
    html! {
        section aria-labelledby="logout" {
            h2 #logout { "Back-channel logout" }
            @if clients.is_empty() {
                p { "No application has a back-channel logout URI. Set " code { "backchannel_logout_uri" } " in the file." }
            } @else if directory.users.is_empty() {
                p { "There is nobody in this tenant yet." }
            } @else {
                p { "Posts a logout token for each of the user's sessions, or one without a session." }
                form method="post" action=(Page::Messages.path()) {
                    (hidden(visit, "logout"))
                    (problem(visit, "logout"))
                    label for="client" { "Application" }
                    select #client name="client" {
                        @for known in &clients { (option(&known.client_id, &known.name, client)) }
                    }
                    label for="logout_user" { "User" }
                    (select_user("logout_user", None, &directory.users, user))
                    button { "Send logout token" }
                }
            }
        }
    }
}

fn webhook(visit: &Visit<'_>, directory: &Directory, webhooks: &[&str]) -> Markup {
    let (url, event) =
        (visit.typed("webhook", "url", ""), visit.typed("webhook", "event", "User.Data.Updated"));
    let user = visit.typed("webhook", "user", "");
    html! {
        section aria-labelledby="webhook" {
            h2 #webhook { "Webhook" }
            @if webhooks.is_empty() {
                p { "The tenant has no webhook. Add " code { "[[webhook]]" } " to the file." }
            } @else {
                form method="post" action=(Page::Messages.path()) {
                    (hidden(visit, "webhook"))
                    (problem(visit, "webhook"))
                    label for="url" { "Webhook" }
                    select #url name="url" { @for known in webhooks { (option(known, known, url)) } }
                    label for="event" { "Event" }
                    select #event name="event" {
                        @for name in USER_EVENTS.iter().chain(&OTHER_EVENTS) { (option(name, name, event)) }
                    }
                    label for="webhook_user" { "User it is about" }
                    (select_user("webhook_user", Some("Nobody: the test payload"), &directory.users, user))
                    button { "Send webhook" }
                }
            }
        }
    }
}

fn select_user(id: &str, nobody: Option<&str>, users: &[User], chosen: &str) -> Markup {
    html! {
        select id=(id) name="user" {
            @if let Some(nobody) = nobody { (option("", nobody, chosen)) }
            @for user in users { (option(&user.id, display_name(user), chosen)) }
        }
    }
}

pub(super) async fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    let user = visit.form.present("user");
    let posted = match visit.form.get("form") {
        Some("logout") => {
            let client = visit.form.present("client").ok_or("Choose an application.")?;
            let user = user.ok_or("Choose a user.")?;
            let sent =
                crate::issue::send_backchannel_logout(visit.shared, client, user).await.map_err(said)?;
            let shown = sent.into_iter().map(|delivery| Posted {
                what: "A logout token".to_owned(),
                to: delivery.uri,
                status: delivery.status,
                body: delivery.response_body,
            });
            shown.collect()
        }
        Some("webhook") => {
            let url = visit.form.present("url").ok_or("Choose a webhook.")?;
            let event = visit.form.present("event").ok_or("Choose an event.")?;
            let delivery = send_event(visit.shared, url, event, user).await.map_err(said)?;
            vec![Posted {
                what: format!("The event {}", delivery.event),
                to: delivery.url,
                status: delivery.status,
                body: delivery.response_body,
            }]
        }
        _ => return Err("This form is not known.".to_owned()),
    };
    Ok(Outcome::Posted(posted))
}
