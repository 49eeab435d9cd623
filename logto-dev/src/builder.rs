//! Describes and starts a tenant.

use std::sync::Arc;

use crate::customizer::Customizers;
use crate::http::Server;
use crate::keys::KeyRing;
use crate::model::{Directory, strings};
use crate::shared::Shared;
use crate::state::State;
use crate::{
    AccountCenter, ApiResource, Application, Clock, Error, JwtCustomizer, Organization, OrganizationRole,
    Result, Role, Tenant, User, Webhook,
};

/// The description of a tenant, until it is started.
#[derive(Clone, Debug, Default)]
#[must_use = "a tenant runs only after `start`"]
pub struct TenantBuilder {
    port: Option<u16>,
    clock: Clock,
    directory: Directory,
    webhooks: Vec<Webhook>,
    customizers: Customizers,
    account_center: AccountCenter,
    /// The unknown target of a change. `start` reports it, so that the builder methods can be chained.
    unknown: Option<(&'static str, String)>,
}

impl TenantBuilder {
    /// The port to listen on; default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Uses this clock, for example one that is shared with another tenant.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Adds an API resource.
    pub fn api_resource(mut self, resource: ApiResource) -> Self {
        self.directory.resources.push(resource);
        self
    }

    /// Adds organization scopes: permissions inside an organization.
    pub fn organization_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.directory.organization_scopes.extend(strings(scopes));
        self
    }

    /// Adds a role.
    pub fn role(mut self, role: Role) -> Self {
        self.directory.roles.push(role);
        self
    }

    /// Adds a role for use inside organizations.
    pub fn organization_role(mut self, role: OrganizationRole) -> Self {
        self.directory.organization_roles.push(role);
        self
    }

    /// Adds an organization.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.directory.organizations.push(organization);
        self
    }

    /// Adds a user.
    pub fn user(mut self, user: User) -> Self {
        self.directory.users.push(user);
        self
    }

    /// Adds an application.
    pub fn application(mut self, application: Application) -> Self {
        self.directory.applications.push(application);
        self
    }

    /// Adds a webhook.
    pub fn webhook(mut self, webhook: Webhook) -> Self {
        self.webhooks.push(webhook);
        self
    }

    /// Sets the JWT customizer for users' access tokens.
    pub fn access_token_customizer(mut self, customizer: JwtCustomizer) -> Self {
        self.customizers.access_token = Some(customizer);
        self
    }

    /// Sets the JWT customizer for access tokens of the client credentials grant.
    pub fn client_credentials_customizer(mut self, customizer: JwtCustomizer) -> Self {
        self.customizers.client_credentials = Some(customizer);
        self
    }

    /// Sets the account center: whether users can manage their own accounts, through the Account API and on its pages.
    pub fn account_center(mut self, center: AccountCenter) -> Self {
        self.account_center = center;
        self
    }

    /// Adds a redirect URI and a post sign-out redirect URI to an application that was added before, as a test with
    /// a port of its own needs.
    pub fn application_redirect(
        self,
        client_id: &str,
        redirect_uri: impl Into<String>,
        post_logout_redirect_uri: impl Into<String>,
    ) -> Self {
        self.change_application(client_id, |application| {
            application.redirect_uri(redirect_uri).post_logout_redirect_uri(post_logout_redirect_uri)
        })
    }

    /// Changes an application that was added before.
    ///
    /// ```
    /// use logto_dev::{Tenant, recorded};
    /// let tenant = Tenant::recorded().change_application(recorded::BCL_APP.id, |application| {
    ///     application.backchannel_logout_uri("http://127.0.0.1:4000/logto/backchannel-logout", true)
    /// });
    /// # let _ = tenant;
    /// ```
    pub fn change_application(
        mut self,
        client_id: &str,
        change: impl FnOnce(Application) -> Application,
    ) -> Self {
        match self.directory.applications.iter_mut().find(|known| known.client_id == client_id) {
            Some(application) => *application = change(application.clone()),
            None => self.unknown = self.unknown.or_else(|| Some(("application", client_id.to_owned()))),
        }
        self
    }

    /// Changes a user who was added before.
    pub fn change_user(mut self, user: &str, change: impl FnOnce(User) -> User) -> Self {
        match self.directory.find_user_mut(user) {
            Ok(known) => *known = change(known.clone()),
            Err(_) => self.unknown = self.unknown.or_else(|| Some(("user", user.to_owned()))),
        }
        self
    }

    /// Validates the description and starts the tenant on a thread of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Description`] if something names a role, scope, resource or organization that is not described,
    /// [`Error::Unknown`] if a change is for a user or an application that is not described,
    /// [`Error::PortTaken`] if the port is in use, [`Error::Start`] if the system provides no socket or thread.
    pub async fn start(self) -> Result<Tenant> {
        self.start_blocking()
    }

    /// The same for tests that are not async. Starting takes a few milliseconds.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(mut self) -> Result<Tenant> {
        if let Some((kind, name)) = self.unknown {
            return Err(Error::Unknown { kind, name });
        }
        self.directory.check()?;
        let now = self.clock.now_ms();
        for user in &mut self.directory.users {
            user.created_at.get_or_insert(now);
        }
        let (listener, port) = Server::bind(self.port)?;
        let mut state = State::new(self.directory, KeyRing::new()?);
        state.webhooks = self.webhooks;
        state.customizers = self.customizers;
        state.account.center = self.account_center;
        let shared = Arc::new(Shared::new(format!("http://localhost:{port}"), self.clock, state));
        let server = Server::start(listener, Arc::clone(&shared))?;
        Ok(Tenant::new(shared, server))
    }
}
