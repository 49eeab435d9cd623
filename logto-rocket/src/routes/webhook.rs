//! `POST <prefix>/webhook`: what happened to people and organizations at Logto, as far as sessions must end
//! for it. Mounted where `webhook_signing_keys` is set.
//!
//! | event | what ends |
//! |---|---|
//! | suspension, deletion, a password reset or set by an administrator | all sessions of the person |
//! | membership lost | all sessions of those who left: their plain API tokens and roles may come from the organization |
//! | membership lost by somebody who is not named; organization, role or scope changed or deleted | tokens and roles of everybody are fetched anew before they count |
//! | another change of a person, where the settings want it | the sessions that they had before |
//!
//! An older Logto may not say who left, and every Logto names no more than 5,000.

use std::time::Duration;

use rocket::{get, post};
use serde_json::json;

use super::Incoming;
use super::ends::{LogoutSource, LogoutTarget};
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use crate::clock::UnixTime;
use crate::guard::webhook::Repeatable;
use crate::logto::Logto;
use crate::telemetry::{self, SessionEvent};
use crate::webhook::Effect;

/// Answers 200 to every genuine event, with whether it was of interest; 503 while the session store does not
/// answer. Logto sends nothing twice, so what could not be done is done later.
#[post("/webhook", data = "<webhook>")]
pub(super) async fn webhook(incoming: Incoming<'_>, webhook: Repeatable) -> Reply {
    let created = webhook.0.created();
    let ends: Vec<LogoutTarget> =
        webhook.0.all.iter().filter_map(|effect| end_for(incoming.logto, effect, created)).collect();
    for (place, end) in ends.iter().enumerate() {
        if let Err(error) = end.come(incoming.logto).await {
            tracing::error!(target: "logto", event = webhook.0.event, "a webhook could not be applied yet and will be retried: {error}");
            ends[place..]
                .iter()
                .for_each(|end| end.clone().come_later(incoming.logto, LogoutSource::Webhook));
            return Refusal::new(EndpointRefusal::StoreUnavailable).into();
        }
    }
    if !ends.is_empty() {
        telemetry::session(SessionEvent::ToldByWebhook(webhook.0.event));
    }
    Reply::Json(json!({ "handled": !ends.is_empty() }))
}

/// Browsers come here only by mistake.
#[get("/webhook")]
pub(super) fn webhook_by_link(_incoming: Incoming<'_>) -> Reply {
    Refusal::new(EndpointRefusal::PostOnly).into()
}

fn end_for(logto: &Logto, effect: &Effect, created: UnixTime) -> Option<LogoutTarget> {
    Some(match effect {
        Effect::EndPerson(user) => LogoutTarget::Person(user.clone()),
        Effect::EndOlder { .. } if !logto.0.config.end_sessions_on_user_update => return None,
        Effect::EndOlder { user, by_sign_in } => {
            // By this server's clock nothing has happened later than now.
            let at = created.min(logto.0.clock.now());
            // The session of the sign-in itself begins in the same second, if not later.
            let cut = if *by_sign_in { at.minus(Duration::from_secs(1)) } else { at };
            LogoutTarget::Older { subject: user.clone(), cut }
        }
        Effect::ForgetOrganization(organization) => LogoutTarget::Organization(organization.clone()),
        Effect::ForgetPermissions => LogoutTarget::Permissions,
    })
}
