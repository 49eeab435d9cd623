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
    /// `User.Data.Updated`: something else about a person has changed, or they have changed their own password.
    UserDataUpdated {
        /// The person's id.
        user: String,
    },
    /// `PostResetPassword`, where a person has forgotten the password; and `User.Data.Updated` that tells of the
    /// same, or of an administrator who has set one. A person who changes their own password while they are signed
    /// in sends [`UserDataUpdated`](Self::UserDataUpdated), as with a change of name.
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
        /// The ids of the people who left; at most 5,000. `None` where Logto does not tell, as older servers do
        /// unless a single person was removed.
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
    pub(super) fn read(body: &Map<String, Value>) -> Self {
        let event = body.get("event").and_then(Value::as_str).unwrap_or_default();
        let known = if is_trial(body) { None } else { WebhookEvent::known(event, body) };
        known.unwrap_or_else(|| WebhookEvent::Other { event: event.to_owned() })
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

/// Whether Logto's console has sent it to try the webhook: its contents are invented.
pub(super) fn is_trial(body: &Map<String, Value>) -> bool {
    const PERSON: &str = "fake-id";
    let text = |path: &[&str]| at(body, path).and_then(Value::as_str);
    text(&["path"]) == Some("/fake-path/:id") || text(&["userId"]) == Some(PERSON)
}

pub(super) fn at<'v>(body: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(body.get(*first)?, |value, name| value.get(name))
}

/// Whom an event is about. The Management API names the person in its path; then `data` may be no more than an
/// object that the person has written. Interactions have a member of their own, or the person as `data`, which is
/// all that the Account API sends.
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

/// Who has left an organization, as far as it can be told: Logto leaves out a list that is empty.
fn removed(body: &Map<String, Value>) -> Option<Vec<String>> {
    const DELTAS: [&str; 4] =
        ["addedUserIds", "removedUserIds", "addedApplicationIds", "removedApplicationIds"];
    if DELTAS.iter().any(|name| body.contains_key(*name)) {
        return Some(people(body, "removedUserIds").unwrap_or_default());
    }
    // A Logto that tells leaves out lists that are empty. An older one names the organization in this place only
    // for who joins while signing in.
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
    fn k20_an_event_that_names_nobody_is_another() {
        for event in ["User.Deleted", "User.SuspensionStatus.Updated", "PostResetPassword", "Role.Created"] {
            let body = json!({ "event": event, "data": null, "params": { "id": "o" }, "userId": "" });
            assert_eq!(read(body), WebhookEvent::Other { event: event.to_owned() });
        }
        let nameless = json!({ "event": "Organization.Membership.Updated", "params": { "id": "../etc" } });
        assert!(matches!(read(nameless), WebhookEvent::Other { .. }));
    }

    /// What a person may write into their custom data must not make them another.
    #[test]
    fn field_33_the_path_names_the_person_before_the_data_does() {
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
    fn field_40_a_logto_that_names_the_organization_leaves_out_lists_that_are_empty() {
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

    /// What Logto's console sends to try a webhook.
    #[test]
    fn k20_a_trial_is_about_nobody() {
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
