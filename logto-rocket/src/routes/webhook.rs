//! `POST <prefix>/webhook`: what happened to people and organizations at Logto, as far as sessions must end
//! for it. Mounted where `webhook_signing_keys` is set.
//!
//! | event | what ends |
//! |---|---|
//! | suspension, deletion, a password reset or set by an administrator | all sessions of the person |
//! | membership lost | all sessions of those who left: their plain API tokens and roles may come from the organization |
//! | membership lost by somebody who is not named, organization deleted | tokens for the organization are fetched anew before they count |
//!
//! An older Logto may not say who left, and every Logto names no more than 5,000.

use rocket::{get, post};
use serde_json::json;

use super::Incoming;
use super::ends::End;
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use crate::guard::webhook::Repeatable;
use crate::signs::{self, SessionEvent};
use crate::webhook::WebhookEvent;

/// Where Logto cuts the list of those who left.
const MOST_MEMBERS: usize = 5_000;

/// Answers 200 to every genuine event, with whether it was of interest; 503 while the session store does not
/// answer, so that Logto tries again.
#[post("/webhook", data = "<webhook>")]
pub(super) async fn webhook(incoming: Incoming<'_>, webhook: Repeatable) -> Reply {
    let ends = ends_for(&webhook.0);
    for (place, end) in ends.iter().enumerate() {
        if let Err(error) = end.come(incoming.logto).await {
            tracing::error!(target: "logto", "a webhook must wait: {error}");
            // Logto tries again for some seconds, and then never.
            ends[place..].iter().for_each(|end| end.clone().come_later(incoming.logto));
            return Refusal::new(EndpointRefusal::StoreUnavailable).into();
        }
    }
    if !ends.is_empty() {
        signs::session(SessionEvent::ToldByWebhook(webhook.0.name()));
    }
    Reply::Json(json!({ "handled": !ends.is_empty() }))
}

/// Browsers come here only by mistake.
#[get("/webhook")]
pub(super) fn webhook_by_link(_incoming: Incoming<'_>) -> Reply {
    Refusal::new(EndpointRefusal::PostOnly).into()
}

fn ends_for(event: &WebhookEvent) -> Vec<End> {
    match event {
        WebhookEvent::UserSuspended { user }
        | WebhookEvent::UserDeleted { user }
        | WebhookEvent::PasswordChanged { user } => vec![End::Person(user.clone())],
        WebhookEvent::MembershipUpdated { organization, removed, .. } => {
            let people = removed.iter().flatten().cloned().map(End::Person);
            // Somebody else may have left.
            let is_all = removed.as_ref().is_some_and(|people| people.len() < MOST_MEMBERS);
            let unnamed = (!is_all).then(|| End::Organization(organization.clone()));
            people.chain(unnamed).collect()
        }
        WebhookEvent::OrganizationDeleted { organization } => vec![End::Organization(organization.clone())],
        WebhookEvent::UserReactivated { .. }
        | WebhookEvent::UserDataUpdated { .. }
        | WebhookEvent::Other { .. } => Vec::new(),
    }
}
