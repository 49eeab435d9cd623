//! What a webhook event means for sessions and for the tokens and roles that they hold.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::event::{WebhookEvent, at, is_test_delivery, organization};
use crate::types::OrganizationId;

/// Logto lists at most this many removed members.
const MAX_LISTED_MEMBERS: usize = 5_000;

/// Events that change permissions and do not name the affected users. Events that only add something are not here,
/// because they take no permission away.
const PERMISSION_EVENTS: [&str; 11] = [
    "Organization.Deleted",
    "Role.Deleted",
    "Role.Data.Updated",
    "Role.Scopes.Updated",
    "Scope.Deleted",
    "Scope.Data.Updated",
    "OrganizationRole.Deleted",
    "OrganizationRole.Data.Updated",
    "OrganizationRole.Scopes.Updated",
    "OrganizationScope.Deleted",
    "OrganizationScope.Data.Updated",
];
const MEMBERSHIP_UPDATED: &str = "Organization.Membership.Updated";
const ORGANIZATION_UPDATED: &str = "Organization.Data.Updated";

/// Other events that can have an effect.
const OTHER_EVENTS: [&str; 6] = [
    MEMBERSHIP_UPDATED,
    ORGANIZATION_UPDATED,
    "User.SuspensionStatus.Updated",
    "User.Deleted",
    "User.Data.Updated",
    "PostResetPassword",
];

/// Routes of the Management API that update a user and cannot set a password.
const ROUTES_WITHOUT_PASSWORD: [&str; 3] =
    ["/users/:userId", "/users/:userId/custom-data", "/users/:userId/profile"];

/// What an event requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// All sessions of this user end, and so do pending sign-ins.
    EndSessions(String),
    /// Something about the user changed, possibly the password. Where the settings say so, the sessions from before
    /// the change end. The session of the sign-in that made the change stays.
    EndOlderSessions {
        /// The user's id.
        user: String,
        /// Whether the change was made during a sign-in.
        by_sign_in: bool,
    },
    /// The tokens and roles that sessions hold for this organization are fetched again before they count.
    RefetchOrganization(OrganizationId),
    /// The tokens and roles of all sessions are fetched again before they count.
    RefetchPermissions,
}

/// An event with its effects.
#[derive(Debug)]
pub(crate) struct Effects {
    /// The name of the event, or `other` if it can have no effect.
    pub(crate) event: &'static str,
    pub(crate) all: Vec<Effect>,
}

impl<'de> Deserialize<'de> for Effects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|body| Effects::read(&body))
    }
}

impl Effects {
    fn read(body: &Map<String, Value>) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let name = text("event").unwrap_or_default();
        let all = if is_test_delivery(body) { Vec::new() } else { effects_of(name, body) };
        let mut names = PERMISSION_EVENTS.iter().chain(&OTHER_EVENTS);
        let event = names.find(|known| **known == name).copied().unwrap_or("other");
        Effects { event, all }
    }
}

fn effects_of(name: &str, body: &Map<String, Value>) -> Vec<Effect> {
    if PERMISSION_EVENTS.contains(&name) {
        return vec![Effect::RefetchPermissions];
    }
    // The change can affect anybody with a token of the organization. For example, members may now need a second
    // factor.
    if name == ORGANIZATION_UPDATED {
        return vec![organization(body).map_or(Effect::RefetchPermissions, Effect::RefetchOrganization)];
    }
    match WebhookEvent::read(body) {
        WebhookEvent::UserSuspended { user }
        | WebhookEvent::UserDeleted { user }
        | WebhookEvent::PasswordChanged { user } => vec![Effect::EndSessions(user)],
        WebhookEvent::UserDataUpdated { user } if !cannot_set_password(body) => {
            vec![Effect::EndOlderSessions { user, by_sign_in: at(body, &["interactionEvent"]).is_some() }]
        }
        WebhookEvent::MembershipUpdated { removed, .. } => {
            // The list may be cut off. Unlisted former members may hold plain API tokens with scopes of the
            // organization.
            let is_complete = removed.as_ref().is_some_and(|people| people.len() < MAX_LISTED_MEMBERS);
            let people = removed.into_iter().flatten().map(Effect::EndSessions);
            people.chain((!is_complete).then_some(Effect::RefetchPermissions)).collect()
        }
        // The organization cannot be read, and the removed members may be missing too.
        WebhookEvent::Other { .. } if name == MEMBERSHIP_UPDATED => vec![Effect::RefetchPermissions],
        WebhookEvent::UserReactivated { .. }
        | WebhookEvent::UserDataUpdated { .. }
        | WebhookEvent::OrganizationDeleted { .. }
        | WebhookEvent::Other { .. } => Vec::new(),
    }
}

fn cannot_set_password(body: &Map<String, Value>) -> bool {
    let route = body.get("matchedRoute").and_then(Value::as_str);
    route.is_some_and(|route| ROUTES_WITHOUT_PASSWORD.contains(&route))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn field_05_an_event_without_a_readable_organization_refetches_all_permissions() {
        for event in [MEMBERSHIP_UPDATED, ORGANIZATION_UPDATED] {
            for body in [json!({}), json!({"organizationId": 7, "removedUserIds": ["alice"]})] {
                let all = read(event, body.clone()).all;
                assert!(matches!(all[..], [Effect::RefetchPermissions]), "{event} {body}: {all:?}");
            }
        }
    }

    fn read(event: &str, more: Value) -> Effects {
        let mut body = more.as_object().expect("object").clone();
        body.insert("event".to_owned(), event.into());
        Effects::read(&body)
    }

    #[test]
    fn field_05_an_event_without_a_user_affects_all_users() {
        for event in &PERMISSION_EVENTS {
            let effects = read(event, json!({ "params": { "id": "r" }, "method": "DELETE" }));
            assert_eq!(effects.all, [Effect::RefetchPermissions], "{event}");
            assert_eq!(effects.event, *event);
            let trial = json!({ "path": "/fake-path/:id", "params": { "id": "fake-id" } });
            assert_eq!(read(event, trial).all, [], "{event}");
        }
        for event in [
            "Role.Created",
            "Scope.Created",
            "Organization.Created",
            "PostSignIn",
            "Identifier.Lockout",
            "",
            "Nope",
        ] {
            let effects = read(event, json!({ "userId": "u", "params": { "id": "r" } }));
            assert_eq!((effects.event, effects.all.len()), ("other", 0), "{event}");
        }
        let acme = OrganizationId::new("acme").expect("an id");
        let changed = read(ORGANIZATION_UPDATED, json!({ "params": { "id": "acme" } }));
        assert_eq!(changed.all, [Effect::RefetchOrganization(acme)]);
        let unreadable = read(ORGANIZATION_UPDATED, json!({ "params": { "id": "../etc" } }));
        assert_eq!(unreadable.all, [Effect::RefetchPermissions]);
    }

    #[test]
    fn field_05_a_list_of_removed_members_that_may_be_cut_off_affects_all_users() {
        let left = |count: usize| {
            let ids: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            read(MEMBERSHIP_UPDATED, json!({ "organizationId": "acme", "removedUserIds": ids })).all
        };
        assert_eq!(left(0), []);
        assert_eq!(left(1), [Effect::EndSessions("0".to_owned())]);
        assert_eq!(left(4_999).len(), 4_999);
        let cut = left(5_000);
        assert_eq!((cut.len(), cut.last()), (5_001, Some(&Effect::RefetchPermissions)));
        let older =
            read(MEMBERSHIP_UPDATED, json!({ "params": { "id": "acme" }, "method": "PUT", "data": null }));
        assert_eq!(older.all, [Effect::RefetchPermissions]);
    }

    #[test]
    fn field_06_an_update_of_a_user_may_be_a_change_of_password() {
        let of = |more: Value| read("User.Data.Updated", more).all;
        let older = |by_sign_in| [Effect::EndOlderSessions { user: "u".to_owned(), by_sign_in }];
        assert_eq!(of(json!({ "data": { "id": "u" } })), older(false));
        assert_eq!(of(json!({ "interactionEvent": "SignIn", "data": { "id": "u" } })), older(true));
        let administrators = |route: &str| json!({ "matchedRoute": route, "params": { "userId": "u" } });
        for route in ROUTES_WITHOUT_PASSWORD {
            assert_eq!(of(administrators(route)), [], "{route}");
        }
        assert_eq!(of(administrators("/users/:userId/something-new")), older(false));
        assert_eq!(of(administrators("/users/:userId/password")), [Effect::EndSessions("u".to_owned())]);
        assert_eq!(of(json!({ "data": {} })), [], "no user is named");
    }
}
