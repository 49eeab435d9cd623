//! Webhook events in Logto's format, which differs by the API that made the change.

use serde_json::{Map, Value, json};

use crate::model::{Application, ApplicationKind, User};
use crate::random;

/// An event without the members that every event has.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) members: Map<String, Value>,
}

/// A call of the Management API.
pub(crate) struct Mutation<'m> {
    pub(crate) method: &'static str,
    /// The route with its parameters, such as `/users/:userId`.
    pub(crate) route: &'static str,
    pub(crate) params: &'m [(&'m str, &'m str)],
    pub(crate) status: u16,
}

/// An interaction of a user with the sign-in pages.
#[derive(Clone, Debug)]
pub(crate) struct Interaction {
    kind: &'static str,
    session_id: String,
    application: Option<Value>,
    application_id: Option<String>,
}

impl Event {
    fn new(name: &'static str, members: Value) -> Self {
        let mut event = Self { name, members: Map::new() };
        if let Value::Object(members) = members {
            event.members = members;
        }
        event
    }

    /// A change through the Management API.
    pub(crate) fn mutation(name: &'static str, call: &Mutation<'_>) -> Self {
        let path = call.params.iter().fold(call.route.to_owned(), |path, (name, value)| {
            let parameter = format!(":{name}");
            path.split('/')
                .map(|segment| if segment == parameter { *value } else { segment })
                .collect::<Vec<_>>()
                .join("/")
        });
        let mut params: Map<String, Value> =
            call.params.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        // The routes of roles have the rest of the path as a parameter.
        if let Some(rest) = path.strip_prefix("/roles").filter(|rest| !rest.is_empty()) {
            params.insert("0".into(), rest.into());
        }
        let members = json!({
            "userAgent": USER_AGENT, "ip": IP, "path": path, "method": call.method, "status": call.status,
            "params": params, "matchedRoute": call.route,
        });
        Self::new(name, members)
    }

    /// A change that a user makes to their own account. The event does not say what it was.
    pub(crate) fn own_change(user: &User) -> Self {
        let members = json!({ "userAgent": USER_AGENT, "ip": IP, "data": entity(user) });
        Self::new("User.Data.Updated", members)
    }

    /// A change of data on the sign-in pages.
    pub(crate) fn interaction_data(name: &'static str, interaction: &Interaction, data: Value) -> Self {
        let members = json!({
            "interactionEvent": interaction.kind, "userAgent": USER_AGENT, "ip": IP,
            "sessionId": interaction.session_id, "data": data,
        });
        let mut event = Self::new(name, members).about(interaction);
        if let Some(id) = &interaction.application_id {
            event = event.with("applicationId", id.as_str());
        }
        event
    }

    /// An event after an interaction, which has a `user` and no `data`.
    pub(crate) fn post(name: &'static str, interaction: &Interaction, user: &User) -> Self {
        let members = json!({
            "interactionEvent": interaction.kind, "sessionId": interaction.session_id, "userAgent": USER_AGENT,
            "userId": user.id, "userIp": IP, "user": entity(user),
        });
        Self::new(name, members).about(interaction)
    }

    fn about(self, interaction: &Interaction) -> Self {
        match &interaction.application {
            Some(application) => self.with("application", application.clone()),
            None => self,
        }
    }

    /// Adds a member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }
}

impl Interaction {
    /// `kind` is `SignIn`, `Register` or `ForgotPassword`.
    pub(crate) fn new(kind: &'static str, application: Option<&Application>) -> Self {
        Self {
            kind,
            session_id: random::token(),
            application: application.map(|application| {
                json!({
                    "id": application.client_id, "name": application.name, "description": null,
                    "type": match application.kind {
                        ApplicationKind::Traditional => "Traditional",
                        ApplicationKind::SinglePage => "SPA",
                        ApplicationKind::MachineToMachine => "MachineToMachine",
                    },
                })
            }),
            application_id: application.map(|application| application.client_id.clone()),
        }
    }
}

const USER_AGENT: &str = "logto-dev";
const IP: &str = "127.0.0.1";

/// A user as in webhooks.
pub(crate) fn entity(user: &User) -> Value {
    let created = user.created_at.unwrap_or_default();
    json!({
        "id": user.id, "username": user.username_or_null(), "primaryEmail": user.email, "primaryPhone": user.phone,
        "name": user.name, "avatar": user.picture, "customData": user.custom_data, "identities": user.identities,
        "lastSignInAt": user.last_sign_in_at, "createdAt": created,
        "updatedAt": user.updated_at.unwrap_or(created), "profile": profile(user),
        "applicationId": user.first_application, "cimdClientId": null, "isSuspended": user.suspended,
    })
}

/// A user as in responses of the Management API.
pub(crate) fn managed_entity(user: &User) -> Value {
    let mut entity = entity(user);
    if let Value::Object(members) = &mut entity {
        members.insert("hasPassword".into(), user.password.is_some().into());
    }
    entity
}

/// The profile with the names in Logto's APIs: `givenName` for the claim `given_name`.
pub(crate) fn profile(user: &User) -> Value {
    let camel = |claim: &str| {
        let mut parts = claim.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| {
            let (head, tail) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
            name + &head.to_uppercase() + tail
        })
    };
    let members: Map<String, Value> =
        user.profile.iter().map(|(claim, value)| (camel(claim), value.clone())).collect();
    Value::Object(members)
}
