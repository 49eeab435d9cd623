//! The webhook events that matter for sessions.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::types::OrganizationId;

/// A webhook event from Logto. For events that are not listed here, take the body as [`serde_json::Value`] or a type
/// of your own: `Webhook<MyType>`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookEvent {
    /// `User.SuspensionStatus.Updated`: an administrator suspended a user.
    UserSuspended {
        /// The user's id.
        user: String,
    },
    /// `User.SuspensionStatus.Updated`: an administrator reactivated a user.
    UserReactivated {
        /// The user's id.
        user: String,
    },
    /// `User.Deleted`.
    UserDeleted {
        /// The user's id.
        user: String,
    },
    /// `User.Data.Updated`: a user's data changed. A user who changes their own password also causes this event.
    UserDataUpdated {
        /// The user's id.
        user: String,
    },
    /// `PostResetPassword` after a user reset a forgotten password, and `User.Data.Updated` for the same or for a
    /// password that an administrator set. A signed-in user who changes their own password causes
    /// [`UserDataUpdated`](Self::UserDataUpdated), as a change of name does.
    PasswordChanged {
        /// The user's id.
        user: String,
    },
    /// `Organization.Membership.Updated`.
    MembershipUpdated {
        /// The organization.
        organization: OrganizationId,
        /// The ids of the new members: at most 5,000, and none from older Logto versions.
        added: Vec<String>,
        /// The ids of the removed members, at most 5,000. `None` if Logto does not say, as older versions do not
        /// unless a single member was removed.
        removed: Option<Vec<String>>,
    },
    /// `Organization.Deleted`.
    OrganizationDeleted {
        /// The organization.
        organization: OrganizationId,
    },
    /// Any other event, and an event that lacks the id of its user or organization.
    Other {
        /// The name of the event.
        event: String,
    },
}

impl<'de> Deserialize<'de> for WebhookEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|body| WebhookEvent::read(&body))
    }
}

impl WebhookEvent {
    pub(super) fn read(body: &Map<String, Value>) -> Self {
        let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
        let known = if is_test_delivery(body) { None } else { WebhookEvent::known(event, body) };
        known.unwrap_or_else(|| WebhookEvent::Other { event: event.to_owned() })
    }

    fn known(event: &str, body: &Map<String, Value>) -> Option<Self> {
        Some(match event {
            // Only an explicit `false` means that the user is active.
            "User.SuspensionStatus.Updated" => match at(body, &["data", "isSuspended"]) {
                Some(Value::Bool(false)) => WebhookEvent::UserReactivated { user: person(body)? },
                _ => WebhookEvent::UserSuspended { user: person(body)? },
            },
            "User.Deleted" => WebhookEvent::UserDeleted { user: person(body)? },
            "PostResetPassword" => WebhookEvent::PasswordChanged { user: person(body)? },
            "User.Data.Updated" if sets_password(body) => {
                WebhookEvent::PasswordChanged { user: person(body)? }
            }
            "User.Data.Updated" => WebhookEvent::UserDataUpdated { user: person(body)? },
            "Organization.Membership.Updated" => WebhookEvent::MembershipUpdated {
                organization: organization(body)?,
                added: people(body, "addedUserIds").unwrap_or_default(),
                removed: removed(body),
            },
            "Organization.Deleted" => WebhookEvent::OrganizationDeleted { organization: organization(body)? },
            _ => return None,
        })
    }
}

/// Whether Logto's console sent this delivery to test the webhook. Its contents are made up.
pub(super) fn is_test_delivery(body: &Map<String, Value>) -> bool {
    const PERSON: &str = "fake-id";
    let text = |path: &[&str]| at(body, path).and_then(Value::as_str);
    text(&["path"]) == Some("/fake-path/:id") || text(&["userId"]) == Some(PERSON)
}

pub(super) fn at<'v>(body: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(body.get(*first)?, |value, name| value.get(name))
}

/// The user that an event is about. For a call of the Management API it is in the path parameters, and `data` may
/// then be an object that the user wrote. For an interaction it is in `userId`, `user` or `data`, and for a call of
/// the Account API only in `data`.
fn person(body: &Map<String, Value>) -> Option<String> {
    [&["params", "userId"][..], &["userId"], &["user", "id"], &["data", "id"]]
        .iter()
        .find_map(|path| at(body, path)?.as_str())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

pub(super) fn organization(body: &Map<String, Value>) -> Option<OrganizationId> {
    [&["params", "id"][..], &["organizationId"], &["data", "id"]]
        .iter()
        .find_map(|path| OrganizationId::new(at(body, path)?.as_str()?))
}

fn people(body: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let ids = body.get(name)?.as_array()?;
    Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// The users who left an organization, if the event says so. Logto omits empty lists.
fn removed(body: &Map<String, Value>) -> Option<Vec<String>> {
    const DELTAS: [&str; 4] =
        ["addedUserIds", "removedUserIds", "addedApplicationIds", "removedApplicationIds"];
    if DELTAS.iter().any(|name| body.contains_key(*name)) {
        return Some(people(body, "removedUserIds").unwrap_or_default());
    }
    // A current Logto names the organization and omits empty lists. An older one names it here only when a user joins
    // during a sign-in.
    if body.contains_key("organizationId") {
        return Some(Vec::new());
    }
    let method = at(body, &["method"])?.as_str()?;
    match (method, at(body, &["params", "userId"]).and_then(Value::as_str)) {
        ("DELETE", Some(user)) => Some(vec![user.to_owned()]),
        ("POST", _) => Some(Vec::new()),
        _ => None,
    }
}

fn sets_password(body: &Map<String, Value>) -> bool {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    text("matchedRoute").ends_with("/users/:userId/password") || text("interactionEvent") == "ForgotPassword"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> WebhookEvent {
        serde_json::from_value(body).expect("an object")
    }

    #[test]
    fn k20_each_event_names_its_person_in_its_own_place() {
        let user = || "u".to_owned();
        let suspension = |suspended: Value| {
            read(
                json!({ "event": "User.SuspensionStatus.Updated", "data": { "id": "u", "isSuspended": suspended } }),
            )
        };
        assert_eq!(suspension(json!(true)), WebhookEvent::UserSuspended { user: user() });
        assert_eq!(suspension(json!(false)), WebhookEvent::UserReactivated { user: user() });
        assert_eq!(suspension(json!("false")), WebhookEvent::UserSuspended { user: user() });
        let deleted = json!({ "event": "User.Deleted", "data": null, "params": { "userId": "u" } });
        assert_eq!(read(deleted), WebhookEvent::UserDeleted { user: user() });
        let reset = json!({ "event": "PostResetPassword", "userId": "u", "user": { "id": "u" } });
        assert_eq!(read(reset), WebhookEvent::PasswordChanged { user: user() });
        let set = json!({ "event": "User.Data.Updated", "data": { "id": "u" }, "matchedRoute": "/users/:userId/password" });
        assert_eq!(read(set), WebhookEvent::PasswordChanged { user: user() });
        let renamed = json!({ "event": "User.Data.Updated", "user": { "id": "u" } });
        assert_eq!(read(renamed), WebhookEvent::UserDataUpdated { user: user() });
    }

    #[test]
    fn k20_an_event_without_an_id_is_another() {
        for event in ["User.Deleted", "User.SuspensionStatus.Updated", "PostResetPassword", "Role.Created"] {
            let body = json!({ "event": event, "data": null, "params": { "id": "o" }, "userId": "" });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
        let nameless = json!({ "event": "Organization.Membership.Updated", "params": { "id": "../etc" } });
        assert!(matches!(read(nameless), WebhookEvent::Other { .. }));
    }

    /// What a user writes into their custom data must not make the event about another user.
    #[test]
    fn field_33_the_path_names_the_user_before_the_data_does() {
        for (route, data) in [
            ("/users/:userId/custom-data", json!({ "id": "victim", "plan": "gold" })),
            ("/users/:userId/profile", json!({ "id": "victim" })),
            ("/users/:userId", json!({ "id": "victim" })),
            ("/users/:userId", json!(null)),
        ] {
            let body = json!({
                "event": "User.Data.Updated", "method": "PATCH", "matchedRoute": route,
                "params": { "userId": "u" }, "data": data, "userId": "victim", "user": { "id": "victim" },
            });
            assert_eq!(read(body), WebhookEvent::UserDataUpdated { user: "u".to_owned() }, "{route}");
        }
        // An interaction, and the Account API.
        for more in [json!({ "interactionEvent": "SignIn" }), json!({ "ip": "127.0.0.1" })] {
            let mut body = json!({ "event": "User.Data.Updated", "data": { "id": "u", "customData": { "id": "victim" } } });
            let (members, more) =
                (body.as_object_mut().expect("object"), more.as_object().expect("object").clone());
            members.extend(more);
            assert_eq!(read(body), WebhookEvent::UserDataUpdated { user: "u".to_owned() });
        }
        let reset = json!({ "event": "User.Data.Updated", "interactionEvent": "ForgotPassword", "data": { "id": "u" } });
        assert_eq!(read(reset), WebhookEvent::PasswordChanged { user: "u".to_owned() });
        let deleted = json!({ "event": "User.Deleted", "params": { "userId": "u" }, "method": "DELETE" });
        assert_eq!(read(deleted), WebhookEvent::UserDeleted { user: "u".to_owned() });
    }

    #[test]
    fn field_40_a_logto_that_names_the_organization_omits_empty_lists() {
        let removed = |more: Value| {
            let mut body = json!({ "event": "Organization.Membership.Updated", "organizationId": "acme" });
            let (members, more) =
                (body.as_object_mut().expect("object"), more.as_object().expect("object").clone());
            members.extend(more);
            match read(body) {
                WebhookEvent::MembershipUpdated { removed, .. } => removed,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(removed(json!({ "method": "PUT", "params": { "id": "acme" } })), Some(Vec::new()));
        assert_eq!(removed(json!({ "method": "POST", "params": { "id": "acme" } })), Some(Vec::new()));
        assert_eq!(removed(json!({ "interactionEvent": "SignIn" })), Some(Vec::new()));
        let left = json!({ "method": "PUT", "removedUserIds": ["a"], "addedUserIds": ["b"] });
        assert_eq!(removed(left), Some(vec!["a".to_owned()]));
    }

    /// The deliveries that Logto's console sends to test a webhook.
    #[test]
    fn k20_a_test_delivery_has_no_effect() {
        for event in ["PostResetPassword", "PostSignIn"] {
            let body = json!({
                "hookId": "h", "event": event, "createdAt": "2026-11-20T21:26:59.042Z", "sessionId": "fake-session-id",
                "userAgent": "fake-user-agent", "userIp": "fake-user-ip", "userId": "fake-id", "user": { "id": "fake-id" },
            });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
        for event in [
            "Organization.Membership.Updated",
            "Organization.Deleted",
            "User.Deleted",
            "User.SuspensionStatus.Updated",
            "User.Data.Updated",
        ] {
            let body = json!({
                "hookId": "h", "event": event, "createdAt": "2026-11-20T21:26:59.042Z", "path": "/fake-path/:id",
                "method": "POST", "status": 200, "params": { "id": "fake-id" }, "data": { "result": "success" },
            });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
    }

    #[test]
    fn k20_removed_members_are_read_where_logto_names_them() {
        let removed = |more: Value| {
            let mut body = json!({ "event": "Organization.Membership.Updated", "params": { "id": "acme" } });
            let (body, more) =
                (body.as_object_mut().expect("object"), more.as_object().expect("object").clone());
            body.extend(more);
            match WebhookEvent::read(body) {
                WebhookEvent::MembershipUpdated { removed, .. } => removed,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            removed(json!({ "removedUserIds": ["a", "b"] })),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(removed(json!({ "addedUserIds": ["a"] })), Some(Vec::new()));
        assert_eq!(removed(json!({ "addedApplicationIds": ["a"] })), Some(Vec::new()));
        let one = json!({ "method": "DELETE", "params": { "id": "acme", "userId": "a" } });
        assert_eq!(removed(one), Some(vec!["a".to_owned()]));
        assert_eq!(removed(json!({ "method": "POST" })), Some(Vec::new()));
        assert_eq!(removed(json!({ "method": "PUT" })), None, "an older Logto does not say");
        assert_eq!(removed(json!({})), None);
    }
}
