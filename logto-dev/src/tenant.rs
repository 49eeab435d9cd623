//! A running tenant.

use std::sync::Arc;

use url::Url;

use crate::account;
use crate::browser::Browser;
use crate::file;
use crate::http::Server;
use crate::issue::{self, Issue};
use crate::live::{self, Live};
use crate::model::strings;
use crate::recorded;
use crate::shared::Shared;
use crate::webhooks;
use crate::{
    AccountCenter, ApiResources, Applications, Clock, Error, Faults, Journal, JwtCustomizer, Keys,
    LogoutDelivery, OrganizationRoles, OrganizationScopes, Organizations, Reloaded, Result, Roles,
    TenantBuilder, Users, Webhook, WebhookDelivery,
};

/// A Logto tenant inside this process. Dropping it stops it.
///
/// ```
/// # async fn example() -> logto_dev::Result<()> {
/// use logto_dev::{Application, Tenant, User};
/// let tenant = Tenant::builder()
///     .application(Application::traditional("my-app").secret("s").redirect_uri("http://localhost:8000/cb"))
///     .user(User::new("alice"))
///     .start()
///     .await?;
/// println!("issuer: {}", tenant.issuer());
/// # Ok(()) }
/// ```
pub struct Tenant {
    shared: Arc<Shared>,
    server: Server,
}

impl Tenant {
    /// An empty tenant to describe.
    pub fn builder() -> TenantBuilder {
        TenantBuilder::default()
    }

    /// The tenant that this crate's dialect was recorded from, with its users, applications and permissions. See
    /// [`recorded`] for what is in it.
    pub fn recorded() -> TenantBuilder {
        recorded::builder()
    }

    /// A tenant described in TOML, with the names of the builder's methods; durations are in seconds. A key that does
    /// not exist is an error.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::Tenant;
    /// let tenant = Tenant::from_toml(
    ///     r#"
    ///     organization_scopes = ["invite:member"]
    ///
    ///     [[api_resource]]
    ///     indicator = "https://shopping.your-app.com/api"
    ///     scopes = ["read:orders", "write:orders"]
    ///     access_token_ttl = 600
    ///
    ///     [[role]]
    ///     name = "shop-user"
    ///     scopes = { "https://shopping.your-app.com/api" = ["read:orders"] }
    ///
    ///     [[organization_role]]
    ///     name = "admin"
    ///     organization_scopes = ["invite:member"]
    ///
    ///     [[organization]]
    ///     id = "acme"
    ///     name = "Acme"
    ///
    ///     [[user]]
    ///     username = "alice"
    ///     email = "alice@example.com"
    ///     roles = ["shop-user"]
    ///     organizations = { acme = ["admin"] }
    ///
    ///     [[application]]
    ///     client_id = "my-app"
    ///     secret = "my-secret"
    ///     redirect_uris = ["http://localhost:8000/logto/callback"]
    ///     post_logout_redirect_uris = ["http://localhost:8000/"]
    ///
    ///     [[application]]
    ///     client_id = "nightly"
    ///     kind = "machine_to_machine"
    ///     secret = "another"
    ///
    ///     [[webhook]]
    ///     url = "http://localhost:8000/logto/webhook"
    ///     signing_key = "the signing key of the webhook"
    ///     events = ["User.Deleted", "User.SuspensionStatus.Updated"]
    ///     headers = { "x-from" = "logto-dev" }
    ///     timeout = 10
    ///
    ///     [access_token_customizer]
    ///     claims = { plan = "free" }                 # in every access token of a user
    ///
    ///     [[access_token_customizer.rule]]
    ///     user = "alice"                             # in hers; `client_id` names an application
    ///     claims = { plan = "gold" }                 # or `deny_access`
    ///
    ///     [client_credentials_customizer]
    ///     deny_access = "machines are closed today"  # or "" for a denial without a message
    ///
    ///     [account_center]
    ///     enabled = true
    ///     fields = { name = "Edit", email = "ReadOnly" }
    ///     "#,
    /// )?
    /// .start()
    /// .await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Description`](crate::Error::Description) with the line and column that cannot be understood.
    pub fn from_toml(toml: &str) -> Result<TenantBuilder> {
        file::builder(toml)
    }

    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self { shared, server }
    }

    /// The tenant's address, which applications are configured with: `http://localhost:PORT`, or with the address if the
    /// tenant listens on another one than 127.0.0.1 or ::1. It has no trailing slash.
    pub fn endpoint(&self) -> &str {
        &self.shared.endpoint
    }

    /// The issuer: the `iss` of every token.
    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// Opens an authorization URL in a headless browser and signs a user in. Returns the callback URL with
    /// `code`, `state` and `iss`, or with `error` if the tenant refuses with a redirect, without opening it.
    ///
    /// The user needs no password. Each call uses a new browser; see [`browser`](Self::browser) for one that keeps
    /// its session.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an unknown user,
    /// [`Error::DeadEnd`](crate::Error::DeadEnd) if Logto shows an error page instead of redirecting.
    pub async fn sign_in(&self, authorization_url: impl AsRef<str>, user: &str) -> Result<Url> {
        self.browser().sign_in(authorization_url, user).await
    }

    /// A browser that keeps its cookies at the tenant.
    pub fn browser(&self) -> Browser {
        Browser::new(Arc::clone(&self.shared), self.server.runtime().clone())
    }

    /// Issues an access token without a sign-in: a JWT for a resource, an organization or both, or an opaque token
    /// if neither is named.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a user or application that the tenant does not have.
    pub fn access_token(&self, issue: Issue) -> Result<String> {
        issue::access_token(&self.shared, issue)
    }

    /// Issues an ID token without a sign-in.
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn id_token(&self, issue: Issue) -> Result<String> {
        issue::id_token(&self.shared, issue)
    }

    /// Issues a logout token without a sign-out. Set the `sid` with [`Issue::claim`].
    ///
    /// # Errors
    ///
    /// As [`access_token`](Self::access_token).
    pub fn logout_token(&self, issue: Issue) -> Result<String> {
        issue::logout_token(&self.shared, issue)
    }

    /// Posts a logout token, valid or not, to an application's back-channel logout endpoint and returns the status
    /// of the response.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an application without such an endpoint,
    /// [`Error::Unreachable`](crate::Error::Unreachable) if the endpoint cannot be reached.
    pub async fn send_logout_token(&self, client_id: &str, token: impl Into<String>) -> Result<u16> {
        issue::send_logout_token(&self.shared, self.server.runtime(), client_id, token.into()).await
    }

    /// The logout tokens that were sent so far, with the results.
    pub fn logout_deliveries(&self) -> Vec<LogoutDelivery> {
        self.shared.deliveries()
    }

    /// Adds a webhook, which gets the events from now on.
    pub fn add_webhook(&self, webhook: Webhook) {
        self.shared.with_state(|state, _| state.webhooks.push(webhook));
    }

    /// Sends a signed JSON object to the tenant's first webhook, whatever events it subscribes to, and
    /// returns the delivery. Only a missing `hookId` is added.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a tenant without webhooks.
    pub async fn send_webhook(
        &self,
        body: serde_json::Map<String, serde_json::Value>,
    ) -> Result<WebhookDelivery> {
        let webhook = self.shared.with_state(|state, _| state.webhooks.first().cloned());
        let webhook = webhook.ok_or_else(|| Error::unknown("webhook", "the first"))?;
        Ok(webhooks::deliver(&self.shared, &webhook, body).await)
    }

    /// Sends the tenant's webhooks what Logto sends on "send test payload" for these events: signed bodies about a
    /// user `fake-id` that does not exist.
    ///
    /// # Errors
    ///
    /// As [`send_webhook`](Self::send_webhook).
    pub async fn send_test_webhooks<I>(&self, events: I) -> Result<Vec<WebhookDelivery>>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let bodies = webhooks::test_events(&strings(events), self.shared.clock.now_ms());
        let mut deliveries = Vec::new();
        for body in bodies {
            deliveries.push(self.send_webhook(body).await?);
        }
        Ok(deliveries)
    }

    /// Replaces the webhooks, for example by ones with another signing key. An empty list disables webhooks.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, Webhook};
    /// let hook = |key: &str| Webhook::new("http://127.0.0.1:8000/logto/webhook", key);
    /// let tenant = Tenant::recorded().webhook(hook("the old signing key")).start().await?;
    /// tenant.set_webhooks([hook("the new signing key")]); // takes effect at once
    /// tenant.users().suspend("alice")?;
    /// tenant.webhooks_delivered().await;
    /// # Ok(()) }
    /// ```
    pub fn set_webhooks(&self, webhooks: impl IntoIterator<Item = Webhook>) {
        let webhooks = webhooks.into_iter().collect();
        self.shared.with_state(|state, _| state.webhooks = webhooks);
    }

    /// Sends one webhook one event, whatever events it subscribes to, and returns the delivery with the response. With a
    /// user, the event is about that user, as after a change by an administrator or a sign-in: `User.Created`,
    /// `User.Data.Updated`, `User.SuspensionStatus.Updated`, `User.Deleted`, `PostRegister` or `PostSignIn`. Without one,
    /// it is the test payload that Logto sends for any event.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, Webhook};
    /// let hook = "http://127.0.0.1:8000/logto/webhook";
    /// let tenant = Tenant::recorded().webhook(Webhook::new(hook, "the signing key")).start().await?;
    /// let delivery = tenant.send_webhook_event(hook, "User.Data.Updated", Some("alice")).await?;
    /// println!("{:?}: {}", delivery.status, delivery.response_body);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for a URL that is not of a webhook, for an unknown user, and for an event
    /// that is not about a user.
    pub async fn send_webhook_event(
        &self,
        url: &str,
        event: &str,
        user: Option<&str>,
    ) -> Result<WebhookDelivery> {
        webhooks::send_event(&self.shared, url, event, user).await
    }

    /// Posts a logout token about a user to an application's back-channel logout endpoint: one for each of the user's
    /// sessions with it, or one without `sid` if there is none. Returns the deliveries with the responses. It does not end
    /// the sessions at the tenant; [`Users::revoke_everything`] does.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, recorded};
    /// let tenant = Tenant::recorded().start().await?;
    /// for delivery in tenant.send_backchannel_logout(recorded::BCL_APP.id, "alice").await? {
    ///     println!("{:?}: {}", delivery.status, delivery.response_body);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`](crate::Error::Unknown) for an unknown user or an application without such an endpoint.
    pub async fn send_backchannel_logout(&self, client_id: &str, user: &str) -> Result<Vec<LogoutDelivery>> {
        issue::send_backchannel_logout(&self.shared, client_id, user).await
    }

    /// Replaces the description of the running tenant, all at once.
    ///
    /// * What is in the new description holds from now on. Changes that were made while the tenant ran are gone, such as
    ///   those of [`users`](Self::users); users who registered on the sign-in page stay.
    /// * Users and applications in both descriptions keep their sessions, grants and tokens. Users are compared by id,
    ///   which is derived from the username unless it is set. Custom claims that were set by
    ///   [`Users::set_custom_claim`] stay.
    /// * Users and applications that are gone lose them, and so does a user who is suspended now. Permissions count from
    ///   the next refresh on.
    /// * The signing keys, the clock, the journal and the planned faults stay, and so do the address and the port.
    /// * Webhooks get `User.Created`, `User.Deleted` and `User.SuspensionStatus.Updated`, and no other event.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{Tenant, User};
    /// let tenant = Tenant::builder().user(User::new("alice")).start().await?;
    /// let reloaded = tenant.reload(Tenant::builder().user(User::new("bob")))?;
    /// assert_eq!((reloaded.added_users, reloaded.removed_users), (vec!["bob".into()], vec!["alice".into()]));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Description`](crate::Error::Description) if the description contradicts itself,
    /// [`Error::NotLoopback`](crate::Error::NotLoopback) if its address is not a loopback address,
    /// [`Error::NothingDescribed`](crate::Error::NothingDescribed) if it has neither users nor applications and the
    /// tenant has some, as an empty file would: a program that saves a file may empty it first. The tenant then stays
    /// as it is.
    pub fn reload(&self, description: TenantBuilder) -> Result<Reloaded> {
        live::reload(self.live(), description.into_description()?)
    }

    /// Waits until every event so far was delivered or given up.
    pub async fn webhooks_delivered(&self) {
        self.shared.webhooks_pending.none().await;
    }

    /// The webhook deliveries so far, with the results.
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.shared.webhook_deliveries()
    }

    /// Sets the JWT customizer for users' access tokens; `None` removes it.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{JwtCustomizer, Tenant};
    /// let tenant = Tenant::recorded().start().await?;
    /// tenant.set_access_token_customizer(JwtCustomizer::deny("the plan has ended"));
    /// tenant.set_access_token_customizer(None); // refresh tokens that were denied work again
    /// # Ok(()) }
    /// ```
    pub fn set_access_token_customizer(&self, customizer: impl Into<Option<JwtCustomizer>>) {
        let customizer = customizer.into();
        self.shared.with_state(|state, _| state.customizers.access_token = customizer);
    }

    /// The same for the access tokens of client credentials.
    pub fn set_client_credentials_customizer(&self, customizer: impl Into<Option<JwtCustomizer>>) {
        let customizer = customizer.into();
        self.shared.with_state(|state, _| state.customizers.client_credentials = customizer);
    }

    /// Sets the account center. It replaces all of its settings.
    ///
    /// ```
    /// # async fn example() -> logto_dev::Result<()> {
    /// use logto_dev::{AccountCenter, Tenant};
    /// let tenant = Tenant::recorded().start().await?;
    /// tenant.set_account_center(AccountCenter::editable());
    /// # Ok(()) }
    /// ```
    pub fn set_account_center(&self, center: AccountCenter) {
        self.shared.with_state(|state, _| state.account.center = center);
    }

    /// The last verification code that a user asked for to be sent to this e-mail address or phone number. The tenant
    /// sends nothing.
    pub fn verification_code(&self, to: &str) -> Option<String> {
        self.shared.with_state(|state, _| {
            let codes = state.account.records.values().filter_map(|record| record.code_for(to));
            codes.max_by_key(|(expires_at, _)| *expires_at).map(|(_, code)| code.to_owned())
        })
    }

    /// The code that an authenticator app with this secret shows at this moment, by the clock of the tenant. `None` if the
    /// secret is not one that the tenant has generated, in Base32.
    pub fn totp_code(&self, secret: &str) -> Option<String> {
        account::totp_code(secret, self.shared.clock.now_ms())
    }

    /// The clock that everything in the tenant uses.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The fault plan.
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// The requests that the tenant received.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// The signing keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.shared)
    }

    /// The users, to change while the tenant runs.
    pub fn users(&self) -> Users<'_> {
        Users::new(self.live())
    }

    /// The organizations, to change while the tenant runs.
    pub fn organizations(&self) -> Organizations<'_> {
        Organizations::new(self.live())
    }

    /// The organization roles, to change while the tenant runs.
    pub fn organization_roles(&self) -> OrganizationRoles<'_> {
        OrganizationRoles::new(self.live())
    }

    /// The organization scopes, to change while the tenant runs.
    pub fn organization_scopes(&self) -> OrganizationScopes<'_> {
        OrganizationScopes::new(self.live())
    }

    /// The roles, to change while the tenant runs.
    pub fn roles(&self) -> Roles<'_> {
        Roles::new(self.live())
    }

    /// The API resources, to change while the tenant runs.
    pub fn api_resources(&self) -> ApiResources<'_> {
        ApiResources::new(self.live())
    }

    fn live(&self) -> Live<'_> {
        Live { shared: &self.shared, runtime: self.server.runtime() }
    }

    /// The applications, to change while the tenant runs.
    pub fn applications(&self) -> Applications<'_> {
        Applications::new(&self.shared)
    }

    /// Stops the tenant and waits until its port is free, as dropping it does.
    pub async fn shutdown(self) {
        drop(self.server);
    }
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tenant").field("endpoint", &self.shared.endpoint).finish_non_exhaustive()
    }
}
