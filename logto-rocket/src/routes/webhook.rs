//! `POST <prefix>/webhook`: ends sessions and refetches permissions when users or organizations change at Logto.
//! Mounted where `webhook_signing_keys` is set.
//!
//! | event | effect |
//! |---|---|
//! | user suspended or deleted; password reset, or set by an administrator | all sessions of the user end |
//! | membership ended | all sessions of the removed members end: their plain API tokens and roles may come from the organization |
//! | membership of an unnamed user ended; organization, role or scope changed or deleted | the tokens and roles of all users are fetched again before they count |
//! | any other update of a user, where `end_sessions_on_user_update` is set | the sessions from before the update end |
//!
//! Older Logto versions may not name the removed members, and every version names at most 5,000.

use std::time::Duration;

use rocket::{get, post};
use serde_json::json;

use super::incoming::Incoming;
use super::logout::{LogoutSource, LogoutTarget};
use super::reply::{Refusal, Reply};
use crate::clock::UnixTime;
use crate::guard::webhook::Repeatable;
use crate::logto::WebApp;
use crate::refusals::endpoint::EndpointRefusal;
use crate::telemetry::{self, SessionEvent};
use crate::webhook::Effect;

/// Responds with 200 to every genuine event and says whether it had an effect, and with 503 if the session store is
/// unavailable. Logto does not send an event again, so an event that could not be applied is retried here.
#[post("/webhook", data = "<webhook>")]
pub(super) async fn webhook(incoming: Incoming<'_>, webhook: Repeatable) -> Reply {
    let created = webhook.0.created();
    let targets: Vec<LogoutTarget> =
        webhook.0.all.iter().filter_map(|effect| target_for(incoming.logto, effect, created)).collect();
    for (index, target) in targets.iter().enumerate() {
        if let Err(error) = target.apply(incoming.logto, LogoutSource::Webhook).await {
            tracing::error!(target: "logto", event = webhook.0.event, "a webhook could not be applied and will be retried until the session store is available: {error}");
            targets[index..]
                .iter()
                .for_each(|target| target.clone().apply_later(incoming.logto, LogoutSource::Webhook));
            return Refusal::new(EndpointRefusal::StoreUnavailable).into();
        }
    }
    if !targets.is_empty() {
        // Where it is about several users, one hash would be the wrong one for the others.
        let subject = match targets.as_slice() {
            [target] => target.subject_hash(incoming.logto),
            _ => None,
        };
        telemetry::session(SessionEvent::ToldByWebhook(webhook.0.event), subject.as_ref());
    }
    Reply::Json(json!({ "handled": !targets.is_empty() }))
}

/// Browsers send `GET` here only by mistake.
#[get("/webhook")]
pub(super) fn webhook_by_link(_incoming: Incoming<'_>) -> Reply {
    Refusal::new(EndpointRefusal::PostOnly).into()
}

fn target_for(logto: &WebApp, effect: &Effect, created: UnixTime) -> Option<LogoutTarget> {
    Some(match effect {
        Effect::EndSessions(user) => LogoutTarget::User(user.clone()),
        Effect::EndOlderSessions { .. } if !logto.0.config.end_sessions_on_user_update => return None,
        Effect::EndOlderSessions { user, by_sign_in } => {
            // Times are compared by this server's clock, and no event is in its future.
            let time = created.min(logto.0.clock.now());
            // The session of the sign-in that changed the user begins in the same second or later.
            let cut = if *by_sign_in { time.minus(Duration::from_secs(1)) } else { time };
            LogoutTarget::OlderSessions { subject: user.clone(), cut }
        }
        Effect::RefetchOrganization(organization) => LogoutTarget::Organization(organization.clone()),
        Effect::RefetchPermissions => LogoutTarget::Permissions,
    })
}
