//! Describes and starts a tenant.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::customizer::Customizers;
use crate::dev::DevPages;
use crate::http::Server;
use crate::keys::KeyRing;
use crate::model::{Directory, Inconsistency, strings};
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
    address: Option<IpAddr>,
    dev_pages: bool,
    clock: Clock,
    pub(crate) directory: Directory,
    webhooks: Vec<Webhook>,
    customizers: Customizers,
    account_center: AccountCenter,
    /// The unknown target of a change. `start` reports it, so that the builder methods can be chained.
    unknown: Option<(&'static str, String)>,
}

/// What can change in a running tenant.
pub(crate) struct Description {
    pub(crate) address: IpAddr,
    pub(crate) port: Option<u16>,
    pub(crate) directory: Directory,
    pub(crate) webhooks: Vec<Webhook>,
    pub(crate) customizers: Customizers,
    pub(crate) account_center: AccountCenter,
}

impl TenantBuilder {
    /// The port to listen on; default: a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The port to listen on if none was set before.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// let tenant = logto_dev::TenantFile::open("tenant.toml")?.describe()?.port_or(3001).start().await?;
    /// # Ok(()) }
    /// ```
    pub fn port_or(mut self, port: u16) -> Self {
        self.port.get_or_insert(port);
        self
    }

    /// The loopback address to listen on; default: 127.0.0.1. The tenant listens on no other address. With 127.0.0.1 and
    /// ::1 its [endpoint](Tenant::endpoint) names `localhost`, with any other one the address.
    pub fn address(mut self, address: IpAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// Whether the tenant has pages for developers under `/dev/`; default: it has none. They show what is in the tenant
    /// and its last requests, and change it as the methods of [`Tenant`] do. With them, the tenant answers only requests
    /// whose `Host` is a name of this machine, so that no web page can reach it through DNS rebinding, and the
    /// [`Journal`](crate::Journal) keeps the responses, too.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// let tenant = logto_dev::Tenant::recorded().dev_pages(true).start().await?;
    /// println!("open {}/dev/", tenant.endpoint());
    /// # Ok(()) }
    /// ```
    pub fn dev_pages(mut self, enabled: bool) -> Self {
        self.dev_pages = enabled;
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

    /// Adds claims to ID tokens that by default only userinfo returns: `custom_data`, `identities`, `sso_identities`
    /// and `organization_data` (`PUT /api/configs/id-token`). They still need their scopes.
    pub fn id_token_claims<I>(mut self, claims: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.directory.id_token_claims.extend(strings(claims));
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
    /// [`Error::NotLoopback`] if the address is not a loopback address, [`Error::PortTaken`] if the port is in use,
    /// [`Error::Start`] if the system provides no socket or thread.
    pub async fn start(self) -> Result<Tenant> {
        self.start_blocking()
    }

    /// The same for tests that are not async. Starting takes a few milliseconds.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_blocking(mut self) -> Result<Tenant> {
        self.check()?;
        let now = self.clock.now_ms();
        for user in &mut self.directory.users {
            user.created_at.get_or_insert(now);
        }
        let (listener, listens_on) = Server::bind(self.address_or_default(), self.port)?;
        let mut state = State::new(self.directory, KeyRing::new()?);
        state.webhooks = self.webhooks;
        state.customizers = self.customizers;
        state.account.center = self.account_center;
        let dev = self.dev_pages.then(DevPages::new);
        let shared = Arc::new(Shared::new(listens_on, self.clock, state, dev));
        let server = Server::start(listener, Arc::clone(&shared))?;
        Ok(Tenant::new(shared, server))
    }

    fn address_or_default(&self) -> IpAddr {
        self.address.unwrap_or(Ipv4Addr::LOCALHOST.into())
    }

    fn check(&self) -> Result<()> {
        if let Some((kind, name)) = &self.unknown {
            return Err(Error::Unknown { kind, name: name.clone() });
        }
        if let Some(address) = self.address.filter(|address| !address.is_loopback()) {
            return Err(Error::NotLoopback(address));
        }
        self.directory.check().map_err(Inconsistency::into_error)
    }

    /// The parts of the description that a running tenant can take.
    pub(crate) fn into_description(self) -> Result<Description> {
        self.check()?;
        Ok(Description {
            address: self.address_or_default(),
            port: self.port,
            directory: self.directory,
            webhooks: self.webhooks,
            customizers: self.customizers,
            account_center: self.account_center,
        })
    }
}
