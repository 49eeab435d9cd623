//! What an event means for sessions and for what they hold.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::event::{WebhookEvent, at, is_trial, organization};
use crate::types::OrganizationId;

/// Where Logto cuts the list of those who left.
const MOST_MEMBERS: usize = 5_000;

/// Events that change what people may do, and name none of them. What is new takes nothing from anybody.
const NAME_NOBODY: [&str; 11] = [
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

/// Names of further events that can have an effect.
const NAME_SOMEBODY: [&str; 6] = [
    MEMBERSHIP_UPDATED,
    ORGANIZATION_UPDATED,
    "User.SuspensionStatus.Updated",
    "User.Deleted",
    "User.Data.Updated",
    "PostResetPassword",
];

/// Routes of the Management API that change a person and cannot set a password.
const SET_NO_PASSWORD: [&str; 3] = ["/users/:userId", "/users/:userId/custom-data", "/users/:userId/profile"];

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// All sessions of a person end, and sign-ins under way.
    EndPerson(String),
    /// Something of the person has changed that may be the password. Where the settings want it, what was there
    /// before ends; the sign-in that brought the change, if one did, does not.
    EndOlder {
        /// Whose sessions.
        user: String,
        /// Whether the change is part of a sign-in.
        by_sign_in: bool,
    },
    /// What sessions hold for an organization is fetched anew.
    ForgetOrganization(OrganizationId),
    /// What sessions hold of what anybody may do is fetched anew.
    ForgetPermissions,
}

/// An event, read for its effects.
#[derive(Debug)]
pub(crate) struct Effects {
    /// The name of the event; `other` for what has none.
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
        let all = if is_trial(body) { Vec::new() } else { effects_of(name, body) };
        let mut names = NAME_NOBODY.iter().chain(&NAME_SOMEBODY);
        let event = names.find(|known| **known == name).copied().unwrap_or("other");
        Effects { event, all }
    }
}

fn effects_of(name: &str, body: &Map<String, Value>) -> Vec<Effect> {
    if NAME_NOBODY.contains(&name) {
        return vec![Effect::ForgetPermissions];
    }
    // Whoever may have a token there may depend on it, such as on whether members need a second factor.
    if name == ORGANIZATION_UPDATED {
        return vec![organization(body).map_or(Effect::ForgetPermissions, Effect::ForgetOrganization)];
    }
    match WebhookEvent::read(body) {
        WebhookEvent::UserSuspended { user }
        | WebhookEvent::UserDeleted { user }
        | WebhookEvent::PasswordChanged { user } => vec![Effect::EndPerson(user)],
        WebhookEvent::UserDataUpdated { user } if !sets_no_password(body) => {
            vec![Effect::EndOlder { user, by_sign_in: at(body, &["interactionEvent"]).is_some() }]
        }
        WebhookEvent::MembershipUpdated { removed, .. } => {
            // Somebody else may have left, whose plain tokens may have scopes of the organization.
            let is_all = removed.as_ref().is_some_and(|people| people.len() < MOST_MEMBERS);
            let people = removed.into_iter().flatten().map(Effect::EndPerson);
            people.chain((!is_all).then_some(Effect::ForgetPermissions)).collect()
        }
        // Its organization cannot be read, and who has left it may not be told either.
        WebhookEvent::Other { .. } if name == MEMBERSHIP_UPDATED => vec![Effect::ForgetPermissions],
        WebhookEvent::UserReactivated { .. }
        | WebhookEvent::UserDataUpdated { .. }
        | WebhookEvent::OrganizationDeleted { .. }
        | WebhookEvent::Other { .. } => Vec::new(),
    }
}

fn sets_no_password(body: &Map<String, Value>) -> bool {
    let route = body.get("matchedRoute").and_then(Value::as_str);
    route.is_some_and(|route| SET_NO_PASSWORD.contains(&route))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn field_05_an_event_whose_organization_cannot_be_read_renews_everybodys_permissions() {
        for event in [MEMBERSHIP_UPDATED, ORGANIZATION_UPDATED] {
            for body in [json!({}), json!({"organizationId": 7, "removedUserIds": ["alice"]})] {
                let all = read(event, body.clone()).all;
                assert!(matches!(all[..], [Effect::ForgetPermissions]), "{event} {body}: {all:?}");
            }
        }
    }

    fn read(event: &str, more: Value) -> Effects {
        let mut body = more.as_object().expect("object").clone();
        body.insert("event".to_owned(), event.into());
        Effects::read(&body)
    }

    #[test]
    fn field_05_what_names_nobody_concerns_everybody() {
        for event in &NAME_NOBODY {
            let effects = read(event, json!({ "params": { "id": "r" }, "method": "DELETE" }));
            assert_eq!(effects.all, [Effect::ForgetPermissions], "{event}");
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
        assert_eq!(changed.all, [Effect::ForgetOrganization(acme)]);
        let unreadable = read(ORGANIZATION_UPDATED, json!({ "params": { "id": "../etc" } }));
        assert_eq!(unreadable.all, [Effect::ForgetPermissions]);
    }

    #[test]
    fn field_05_a_list_of_those_who_left_that_may_be_cut_concerns_everybody() {
        let left = |count: usize| {
            let ids: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            read(MEMBERSHIP_UPDATED, json!({ "organizationId": "acme", "removedUserIds": ids })).all
        };
        assert_eq!(left(0), []);
        assert_eq!(left(1), [Effect::EndPerson("0".to_owned())]);
        assert_eq!(left(4_999).len(), 4_999);
        let cut = left(5_000);
        assert_eq!((cut.len(), cut.last()), (5_001, Some(&Effect::ForgetPermissions)));
        let older =
            read(MEMBERSHIP_UPDATED, json!({ "params": { "id": "acme" }, "method": "PUT", "data": null }));
        assert_eq!(older.all, [Effect::ForgetPermissions]);
    }

    #[test]
    fn field_06_a_change_of_a_person_may_be_one_of_their_password() {
        let of = |more: Value| read("User.Data.Updated", more).all;
        let older = |by_sign_in| [Effect::EndOlder { user: "u".to_owned(), by_sign_in }];
        assert_eq!(of(json!({ "data": { "id": "u" } })), older(false));
        assert_eq!(of(json!({ "interactionEvent": "SignIn", "data": { "id": "u" } })), older(true));
        let administrators = |route: &str| json!({ "matchedRoute": route, "params": { "userId": "u" } });
        for route in SET_NO_PASSWORD {
            assert_eq!(of(administrators(route)), [], "{route}");
        }
        assert_eq!(of(administrators("/users/:userId/something-new")), older(false));
        assert_eq!(of(administrators("/users/:userId/password")), [Effect::EndPerson("u".to_owned())]);
        assert_eq!(of(json!({ "data": {} })), [], "it names nobody");
    }
}
