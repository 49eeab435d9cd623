//! The applications of a tenant.

use std::time::{Duration, SystemTime};

use super::{Membership, User, strings};
use crate::clock::{epoch_ms, millis};

const DAY_MS: i64 = 86_400_000;

/// An application: what signs people in, or a machine that gets tokens for itself.
///
/// ```
/// use logto_dev::Application;
/// let web = Application::traditional("my-app")
///     .secret("my-secret")
///     .redirect_uri("http://localhost:8000/logto/callback")
///     .post_logout_redirect_uri("http://localhost:8000/");
/// let machine = Application::machine_to_machine("nightly").secret("another").role("shop-machine");
/// # let _ = (web, machine);
/// ```
#[derive(Clone, Debug)]
pub struct Application {
    pub(crate) client_id: String,
    pub(crate) kind: ApplicationKind,
    pub(crate) name: String,
    pub(crate) secrets: Vec<ClientSecret>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) always_issue_refresh_token: bool,
    pub(crate) rotate_refresh_token: bool,
    pub(crate) refresh_token_ttl_ms: i64,
    pub(crate) id_token_ttl_ms: i64,
    pub(crate) token_exchange: bool,
    pub(crate) backchannel: Option<Backchannel>,
    pub(crate) third_party_scopes: Option<Vec<String>>,
    /// Who may use the application, by any of their names; `None` for everybody.
    pub(crate) people: Option<Vec<String>>,
    pub(crate) roles: Vec<String>,
    pub(crate) memberships: Vec<Membership>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApplicationKind {
    Traditional,
    SinglePage,
    MachineToMachine,
}

#[derive(Clone, Debug)]
pub(crate) struct ClientSecret {
    pub(crate) value: String,
    pub(crate) expires_at: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Backchannel {
    pub(crate) uri: String,
    pub(crate) session_required: bool,
}

impl Application {
    /// A web application with a server and a secret: the kind that this project's library is for.
    pub fn traditional(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::Traditional)
    }

    /// An application in a browser: no secret, PKCE required, refresh tokens rotate on every use.
    pub fn single_page(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::SinglePage)
    }

    /// A machine that gets tokens for itself with client credentials.
    pub fn machine_to_machine(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::MachineToMachine)
    }

    /// A web application of somebody else: people see a consent screen, and only these scopes may be asked for.
    pub fn third_party<I>(client_id: impl Into<String>, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut application = Self::new(client_id, ApplicationKind::Traditional);
        application.third_party_scopes = Some(strings(scopes));
        application
    }

    fn new(client_id: impl Into<String>, kind: ApplicationKind) -> Self {
        let client_id = client_id.into();
        Self {
            name: client_id.clone(),
            client_id,
            kind,
            secrets: Vec::new(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            always_issue_refresh_token: false,
            rotate_refresh_token: true,
            refresh_token_ttl_ms: 14 * DAY_MS,
            id_token_ttl_ms: 3_600_000,
            token_exchange: false,
            backchannel: None,
            third_party_scopes: None,
            people: None,
            roles: Vec::new(),
            memberships: Vec::new(),
        }
    }

    /// The name that the sign-in and consent pages show; the client id if nothing is said.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// A client secret. Several may be valid at once.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(ClientSecret { value: secret.into(), expires_at: None });
        self
    }

    /// A client secret that stops working at a time.
    #[must_use]
    pub fn secret_until(mut self, secret: impl Into<String>, expires_at: SystemTime) -> Self {
        self.secrets.push(ClientSecret { value: secret.into(), expires_at: Some(epoch_ms(expires_at)) });
        self
    }

    /// A callback address, compared character by character.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Where the browser may be sent after sign-out.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Whether sign-in gives a refresh token even without `offline_access`; such a token ends with the session.
    #[must_use]
    pub fn always_issue_refresh_token(mut self, always: bool) -> Self {
        self.always_issue_refresh_token = always;
        self
    }

    /// How long a refresh token lives; 14 days if nothing is said.
    #[must_use]
    pub fn refresh_token_ttl(mut self, ttl: Duration) -> Self {
        self.refresh_token_ttl_ms = millis(ttl);
        self
    }

    /// Whether refresh tokens are replaced when 70 % of their life has passed; they are if nothing is said.
    #[must_use]
    pub fn rotate_refresh_token(mut self, rotate: bool) -> Self {
        self.rotate_refresh_token = rotate;
        self
    }

    /// How long an ID token lives; an hour if nothing is said.
    #[must_use]
    pub fn id_token_ttl(mut self, ttl: Duration) -> Self {
        self.id_token_ttl_ms = millis(ttl);
        self
    }

    /// Where logout tokens are posted when a session ends, and whether they (and ID tokens) carry a `sid`.
    #[must_use]
    pub fn backchannel_logout_uri(mut self, uri: impl Into<String>, session_required: bool) -> Self {
        self.backchannel = Some(Backchannel { uri: uri.into(), session_required });
        self
    }

    /// Whether the application may exchange tokens: personal access tokens, impersonation, access tokens.
    #[must_use]
    pub fn allow_token_exchange(mut self, allow: bool) -> Self {
        self.token_exchange = allow;
        self
    }

    /// Lets these people alone use the application, named by username, e-mail address or id: Logto's access control of
    /// applications. Others end at a page of the tenant's, with `prompt=none` at the callback with `access_denied`;
    /// their refresh tokens are answered with 400 `access_denied`.
    #[must_use]
    pub fn accessible_to<I>(mut self, people: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.people = Some(strings(people));
        self
    }

    /// Gives a machine a role of the tenant.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Associates a machine with an organization, with roles there.
    #[must_use]
    pub fn member_of<I>(mut self, organization: impl Into<String>, roles: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.memberships.push(Membership { organization: organization.into(), roles: strings(roles) });
        self
    }

    pub(crate) fn is_public(&self) -> bool {
        self.kind == ApplicationKind::SinglePage
    }

    pub(crate) fn admits(&self, user: &User) -> bool {
        self.people.as_ref().is_none_or(|people| people.iter().any(|name| user.goes_by(name)))
    }

    pub(crate) fn is_third_party(&self) -> bool {
        self.third_party_scopes.is_some()
    }

    pub(crate) fn wants_sid(&self) -> bool {
        self.backchannel.as_ref().is_some_and(|backchannel| backchannel.session_required)
    }
}
