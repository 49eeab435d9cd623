//! The applications of a tenant.

use std::time::{Duration, SystemTime};

use super::{Membership, User, strings};
use crate::clock::{epoch_ms, millis};

const DAY_MS: i64 = 86_400_000;

/// An application that users sign in to, or a machine-to-machine application.
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
    /// The users who may use the application, by username, e-mail address or id; `None` for all users.
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
    /// A traditional web application, with a server and a client secret.
    pub fn traditional(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::Traditional)
    }

    /// A single-page application: no client secret, PKCE required, refresh tokens rotate on every use.
    pub fn single_page(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::SinglePage)
    }

    /// A machine-to-machine application, which uses the client credentials grant.
    pub fn machine_to_machine(client_id: impl Into<String>) -> Self {
        Self::new(client_id, ApplicationKind::MachineToMachine)
    }

    /// A third-party application: users see a consent page, and only these scopes may be requested.
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

    /// The name on the sign-in and consent pages; default: the client id.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds a client secret. Several may be valid at once.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(ClientSecret { value: secret.into(), expires_at: None });
        self
    }

    /// Adds a client secret with an expiry.
    #[must_use]
    pub fn secret_until(mut self, secret: impl Into<String>, expires_at: SystemTime) -> Self {
        self.secrets.push(ClientSecret { value: secret.into(), expires_at: Some(epoch_ms(expires_at)) });
        self
    }

    /// Adds a redirect URI, which is compared character by character.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds a post sign-out redirect URI.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Whether a refresh token is issued even without `offline_access`; such a token ends with the session.
    #[must_use]
    pub fn always_issue_refresh_token(mut self, always: bool) -> Self {
        self.always_issue_refresh_token = always;
        self
    }

    /// The lifetime of refresh tokens; default: 14 days.
    #[must_use]
    pub fn refresh_token_ttl(mut self, ttl: Duration) -> Self {
        self.refresh_token_ttl_ms = millis(ttl);
        self
    }

    /// Whether refresh tokens rotate after 70 % of their lifetime; default: they do.
    #[must_use]
    pub fn rotate_refresh_token(mut self, rotate: bool) -> Self {
        self.rotate_refresh_token = rotate;
        self
    }

    /// The lifetime of ID tokens; default: one hour.
    #[must_use]
    pub fn id_token_ttl(mut self, ttl: Duration) -> Self {
        self.id_token_ttl_ms = millis(ttl);
        self
    }

    /// The back-channel logout URI, and whether logout tokens and ID tokens contain a `sid`.
    #[must_use]
    pub fn backchannel_logout_uri(mut self, uri: impl Into<String>, session_required: bool) -> Self {
        self.backchannel = Some(Backchannel { uri: uri.into(), session_required });
        self
    }

    /// Whether the application may use token exchange with personal access tokens, impersonation tokens and access
    /// tokens.
    #[must_use]
    pub fn allow_token_exchange(mut self, allow: bool) -> Self {
        self.token_exchange = allow;
        self
    }

    /// Allows only these users to use the application, named by username, e-mail address or id: Logto's access
    /// control of
    /// applications. Other users get an error page of the tenant, or with `prompt=none` the error `access_denied` at
    /// the callback.
    /// Their refresh tokens get 400 `access_denied`.
    #[must_use]
    pub fn accessible_to<I>(mut self, people: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.people = Some(strings(people));
        self
    }

    /// Assigns a role of the tenant to a machine-to-machine application.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Adds a machine-to-machine application to an organization with these roles.
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
