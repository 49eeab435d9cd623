//! What webhooks tell, as far as it concerns sessions.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::types::OrganizationId;

/// An event of Logto. For what is not here, take the body as [`serde_json::Value`] or a type of your own:
/// `Webhook<MyType>`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookEvent {
    /// `User.SuspensionStatus.Updated`: an administrator has suspended a person.
    UserSuspended {
        /// The person's id.
        user: String,
    },
    /// `User.SuspensionStatus.Updated`: an administrator lets a person in again.
    UserReactivated {
        /// The person's id.
        user: String,
    },
    /// `User.Deleted`.
    UserDeleted {
        /// The person's id.
        user: String,
    },
    /// `User.Data.Updated`: something else about a person has changed.
    UserDataUpdated {
        /// The person's id.
        user: String,
    },
    /// `PostResetPassword`, where a person has forgotten the password; and `User.Data.Updated` where an
    /// administrator has set one.
    PasswordChanged {
        /// The person's id.
        user: String,
    },
    /// `Organization.Membership.Updated`.
    MembershipUpdated {
        /// The organization.
        organization: OrganizationId,
        /// The ids of the people who came; at most 5,000, and none from older Logto servers.
        added: Vec<String>,
        /// The ids of the people who left. `None` where Logto does not tell, as older servers do unless a single
        /// person was removed.
        removed: Option<Vec<String>>,
    },
    /// `Organization.Deleted`.
    OrganizationDeleted {
        /// The organization.
        organization: OrganizationId,
    },
    /// Anything else, and what names nobody where it should.
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
    /// What Logto calls it, as far as it is known here.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            WebhookEvent::UserSuspended { .. } | WebhookEvent::UserReactivated { .. } => {
                "User.SuspensionStatus.Updated"
            }
            WebhookEvent::UserDeleted { .. } => "User.Deleted",
            WebhookEvent::UserDataUpdated { .. } => "User.Data.Updated",
            // Or `User.Data.Updated` of an administrator, who has set one.
            WebhookEvent::PasswordChanged { .. } => "PostResetPassword",
            WebhookEvent::MembershipUpdated { .. } => "Organization.Membership.Updated",
            WebhookEvent::OrganizationDeleted { .. } => "Organization.Deleted",
            WebhookEvent::Other { .. } => "other",
        }
    }

    fn read(body: &Map<String, Value>) -> Self {
        let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
        WebhookEvent::known(event, body).unwrap_or_else(|| WebhookEvent::Other { event: event.to_owned() })
    }

    fn known(event: &str, body: &Map<String, Value>) -> Option<Self> {
        Some(match event {
            // Whoever is not said to be let in is not.
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

fn at<'v>(body: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(body.get(*first)?, |value, name| value.get(name))
}

/// Whom an event is about. Each way of causing one names the person in a place of its own.
fn person(body: &Map<String, Value>) -> Option<String> {
    [&["userId"][..], &["user", "id"], &["data", "id"], &["params", "userId"]]
        .iter()
        .find_map(|path| at(body, path)?.as_str())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

fn organization(body: &Map<String, Value>) -> Option<OrganizationId> {
    [&["params", "id"][..], &["organizationId"], &["data", "id"]]
        .iter()
        .find_map(|path| OrganizationId::new(at(body, path)?.as_str()?))
}

fn people(body: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let ids = body.get(name)?.as_array()?;
    Some(ids.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Who has left an organization, as far as it can be told: Logto leaves out a list that is empty.
fn removed(body: &Map<String, Value>) -> Option<Vec<String>> {
    const DELTAS: [&str; 4] =
        ["addedUserIds", "removedUserIds", "addedApplicationIds", "removedApplicationIds"];
    if DELTAS.iter().any(|name| body.contains_key(*name)) {
        return Some(people(body, "removedUserIds").unwrap_or_default());
    }
    let method = at(body, &["method"])?.as_str()?;
    match (method, at(body, &["params", "userId"]).and_then(Value::as_str)) {
        ("DELETE", Some(user)) => Some(vec![user.to_owned()]),
        ("POST", _) => Some(Vec::new()),
        _ => None,
    }
}

fn sets_password(body: &Map<String, Value>) -> bool {
    let route = body.get("matchedRoute").and_then(Value::as_str).unwrap_or_default();
    route.ends_with("/users/:userId/password")
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
    fn k20_an_event_that_names_nobody_is_another() {
        for event in ["User.Deleted", "User.SuspensionStatus.Updated", "PostResetPassword", "Role.Created"] {
            let body = json!({ "event": event, "data": null, "params": { "id": "o" }, "userId": "" });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
        let nameless = json!({ "event": "Organization.Membership.Updated", "params": { "id": "../etc" } });
        assert!(matches!(read(nameless), WebhookEvent::Other { .. }));
    }

    /// What Logto's console sends to try a webhook.
    #[test]
    fn k20_a_trial_is_about_nobody() {
        for event in ["User.Deleted", "User.SuspensionStatus.Updated", "User.Data.Updated"] {
            let body = json!({
                "hookId": "h", "event": event, "createdAt": "2026-11-20T21:26:59.042Z", "path": "/fake-path/:id",
                "method": "POST", "status": 200, "params": { "id": "fake-id" }, "data": { "result": "success" },
            });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
    }

    #[test]
    fn k20_who_left_an_organization_is_told_where_it_can_be() {
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
        assert_eq!(removed(json!({ "method": "PUT" })), None, "an older Logto does not tell");
        assert_eq!(removed(json!({})), None);
    }
}
