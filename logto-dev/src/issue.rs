//! Tokens without a sign-in: valid ones, and invalid ones with a real signature.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use crate::clock::millis;
use crate::model::{Directory, strings};
use crate::oidc::{
    JwtToken, LogoutCall, access_token_header, customize_issued, empty_grant, id_token_claims,
    id_token_header, jwt_claims, logout_calls, logout_claims, logout_token_header, opaque_token,
    organization_audience,
};
use crate::shared::Shared;
use crate::state::{Basis, State};
use crate::{Error, LogoutDelivery, Result, random};

/// The description of a token that is issued without a sign-in.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Issue, Tenant, recorded};
/// let tenant = Tenant::recorded().start().await?;
/// let api = tenant.access_token(Issue::user("alice").resource(recorded::SHOPPING_API))?;
/// let organization = tenant.access_token(Issue::user("alice").organization(recorded::ACME))?;
/// let machine = tenant.access_token(Issue::machine(recorded::M2M_APP.id).resource(recorded::SHOPPING_API))?;
/// let expired = Issue::user("alice").resource(recorded::SHOPPING_API).expired();
/// let foreign = Issue::user("alice").resource(recorded::SHOPPING_API).claim("iss", "https://evil.example/oidc");
/// let bad = (tenant.access_token(expired)?, tenant.access_token(foreign)?);
/// # let _ = (api, organization, machine, bad);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a token is issued by `Tenant::access_token`, `id_token` or `logout_token`"]
pub struct Issue {
    subject: Subject,
    client: Option<String>,
    resource: Option<String>,
    organization: Option<String>,
    scopes: Option<Vec<String>>,
    lifetime_ms: Option<i64>,
    claims: Map<String, Value>,
    header: Map<String, Value>,
    customized: bool,
}

#[derive(Clone, Debug)]
enum Subject {
    User(String),
    Machine(String),
}

impl Issue {
    /// A token for a user, by username, e-mail address or id.
    pub fn user(user: impl Into<String>) -> Self {
        Self::new(Subject::User(user.into()))
    }

    /// A token for a machine-to-machine application, by client id.
    pub fn machine(client_id: impl Into<String>) -> Self {
        Self::new(Subject::Machine(client_id.into()))
    }

    fn new(subject: Subject) -> Self {
        Self {
            subject,
            client: None,
            resource: None,
            organization: None,
            scopes: None,
            lifetime_ms: None,
            claims: Map::new(),
            header: Map::new(),
            customized: false,
        }
    }

    /// The application that the token is issued to; default: the tenant's first application that users sign in to.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client = Some(client_id.into());
        self
    }

    /// Makes it a token for this API resource.
    pub fn resource(mut self, indicator: impl Into<String>) -> Self {
        self.resource = Some(indicator.into());
        self
    }

    /// Makes it a token for this organization: without a resource an organization token, with a resource a token for
    /// the API in it.
    pub fn organization(mut self, id: impl Into<String>) -> Self {
        self.organization = Some(id.into());
        self
    }

    /// Exactly these scopes, whether the subject has them or not. Default: all that the subject has for the resource
    /// or in the
    /// organization, and `openid profile email roles` for ID tokens and opaque tokens.
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes = Some(strings(scopes));
        self
    }

    /// The lifetime of the token instead of the usual one.
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        self.lifetime_ms = Some(millis(lifetime));
        self
    }

    /// Issued two hours ago, expired an hour ago.
    pub fn expired(self) -> Self {
        self.expired_for(Duration::from_secs(3600))
    }

    /// Expired this long ago, an hour after it was issued.
    pub fn expired_for(mut self, since: Duration) -> Self {
        self.lifetime_ms = Some(millis(since).saturating_neg());
        self
    }

    /// Sets or overrides a claim. `null` is a value like any other.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.claims.insert(name.into(), Value::String(REMOVED.into()));
        self
    }

    /// Sets or overrides a header member. The token is still signed with the current key.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.insert(name.into(), value.into());
        self
    }

    /// Adds the custom claims that the token would have after a sign-in: those of the tenant's
    /// [`JwtCustomizer`](crate::JwtCustomizer) and of
    /// [`Users::set_custom_claim`](crate::Users::set_custom_claim). Only for access tokens that are JWTs. A denial is
    /// [`Error::Denied`](crate::Error::Denied).
    pub fn customized(mut self) -> Self {
        self.customized = true;
        self
    }

    /// Removes a header member.
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.header.insert(name.into(), Value::String(REMOVED.into()));
        self
    }

    fn sign(&self, state: &State, header: Value, mut claims: Map<String, Value>, now: i64) -> Result<String> {
        if let Some(lifetime) = self.lifetime_ms {
            let ends = (now + lifetime) / 1000;
            claims.insert("exp".into(), ends.into());
            if lifetime < 0 {
                claims.insert("iat".into(), (ends - 3600).into());
            }
        }
        let mut header = if let Value::Object(header) = header { header } else { Map::new() };
        apply(&mut claims, &self.claims);
        apply(&mut header, &self.header);
        state.keys.current().sign(&Value::Object(header), &Value::Object(claims))
    }

    fn client_id(&self, directory: &Directory) -> Result<String> {
        if let Subject::Machine(client_id) = &self.subject {
            return Ok(client_id.clone());
        }
        let default = || directory.first_application_of_people().map(|known| known.client_id.clone());
        self.client.clone().or_else(default).ok_or_else(|| Error::unknown("application", "for people"))
    }
}

/// The override that removes a member. No token contains this text.
const REMOVED: &str = "\u{0}removed";

fn apply(members: &mut Map<String, Value>, overrides: &Map<String, Value>) {
    for (name, value) in overrides {
        if value.as_str() == Some(REMOVED) {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
}

pub(crate) fn access_token(shared: &Shared, issue: Issue) -> Result<String> {
    shared.with_state(|state, now| {
        if issue.resource.is_none() && issue.organization.is_none() {
            return opaque(state, &issue, now);
        }
        let mut token = jwt(state, &issue)?;
        if issue.customized {
            let user = match &issue.subject {
                Subject::User(name) => Some(state.directory.find_user(name)?),
                Subject::Machine(_) => None,
            };
            customize_issued(state, &mut token, user, issue.organization.as_deref())
                .map_err(Error::Denied)?;
        }
        let claims = jwt_claims(&token, &shared.issuer, now);
        issue.sign(state, access_token_header(&state.keys), claims, now)
    })
}

pub(crate) fn id_token(shared: &Shared, issue: Issue) -> Result<String> {
    shared.with_state(|state, now| {
        let basis = basis(state, &issue, "no grant".into())?;
        let user = state.directory.find_user(&basis.user_id)?;
        let claims = id_token_claims(&state.directory, user, &basis, &basis.scopes, &shared.issuer, now);
        issue.sign(state, id_token_header(&state.keys), claims, now)
    })
}

pub(crate) fn logout_token(shared: &Shared, issue: Issue) -> Result<String> {
    shared.with_state(|state, now| {
        let basis = basis(state, &issue, "no grant".into())?;
        let claims = logout_claims(&basis.user_id, &basis.client_id, None, &shared.issuer, now);
        issue.sign(state, logout_token_header(&state.keys), claims, now)
    })
}

pub(crate) async fn send_logout_token(
    shared: &std::sync::Arc<Shared>,
    runtime: &Handle,
    client_id: &str,
    token: String,
) -> Result<u16> {
    let uri = shared.with_state(|state, _| {
        let backchannel = state.directory.application(client_id)?.backchannel.as_ref()?;
        Some(backchannel.uri.clone())
    });
    let uri = uri.ok_or_else(|| Error::unknown("application with back-channel logout", client_id))?;
    let call = LogoutCall { client_id: client_id.to_owned(), uri, token };
    let posting = std::sync::Arc::clone(shared);
    let sent = runtime.spawn(async move { posting.deliver(vec![call]).await });
    let mut deliveries = sent.await.map_err(|error| Error::Unreachable(error.to_string()))?;
    match deliveries.pop() {
        Some(delivery) => delivery.status.map_err(Error::Unreachable),
        None => Err(Error::Unreachable("the tenant has stopped".into())),
    }
}

/// Posts the logout tokens about a user to one application.
pub(crate) async fn send_backchannel_logout(
    shared: &Shared,
    client_id: &str,
    user: &str,
) -> Result<Vec<LogoutDelivery>> {
    let calls = shared.with_state(|state, now| {
        let user_id = state.directory.find_user(user)?.id.clone();
        logout_calls(state, &user_id, client_id, &shared.issuer, now)
    })?;
    Ok(shared.deliver(calls).await)
}

fn opaque(state: &mut State, issue: &Issue, now: i64) -> Result<String> {
    let basis = basis(state, issue, random::token())?;
    state.grants.insert(basis.grant_id.clone(), empty_grant(&basis.user_id, &basis.client_id, now));
    let (token, _) = opaque_token(state, &basis, &basis.scopes, Map::new(), now);
    if let (Some(lifetime), Some(entry)) = (issue.lifetime_ms, state.access_tokens.get_mut(&token)) {
        entry.expires_at = now + lifetime;
    }
    Ok(token)
}

fn basis(state: &State, issue: &Issue, grant_id: String) -> Result<Basis> {
    let name = match &issue.subject {
        Subject::User(name) | Subject::Machine(name) => name,
    };
    let usual = || strings(["openid", "profile", "email", "roles"]);
    Ok(Basis {
        grant_id,
        client_id: issue.client_id(&state.directory)?,
        user_id: state.directory.find_user(name)?.id.clone(),
        session_uid: None,
        scopes: issue.scopes.clone().unwrap_or_else(usual),
        resources: Vec::new(),
        nonce: None,
        auth_time: None,
        sid: None,
    })
}

fn jwt(state: &State, issue: &Issue) -> Result<JwtToken> {
    let directory = &state.directory;
    let client_id = issue.client_id(directory)?;
    let (subject, holder, machine) = match &issue.subject {
        Subject::User(name) => {
            let user = directory.find_user(name)?;
            (user.id.clone(), user.holder(), None)
        }
        Subject::Machine(client_id) => {
            let known =
                directory.application(client_id).ok_or_else(|| Error::unknown("application", client_id))?;
            (client_id.clone(), known.holder(), Some(known))
        }
    };
    let resource = issue.resource.as_deref().unwrap_or_default();
    let (audience, held) = match &issue.organization {
        Some(organization) if issue.resource.is_some() => {
            let held = match machine {
                Some(_) => directory.resource_scopes_in(holder, organization, resource),
                None => directory.resource_scopes_of_member(holder, organization, resource),
            };
            (resource.to_owned(), held)
        }
        Some(organization) => {
            (organization_audience(organization), directory.organization_scopes_in(holder, organization))
        }
        None => {
            let held = match machine {
                Some(machine) => directory.machine_scopes(machine, resource),
                None => directory.resource_scopes(holder, resource),
            };
            (resource.to_owned(), held)
        }
    };
    Ok(JwtToken {
        subject,
        client_id,
        audience,
        organization: issue.organization.clone().filter(|_| issue.resource.is_some()),
        actor: None,
        scopes: Some(issue.scopes.clone().unwrap_or(held)),
        extra: Map::new(),
        lifetime_s: directory.resource(resource).map_or(3600, |resource| resource.ttl_ms / 1000),
    })
}
