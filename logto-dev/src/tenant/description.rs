//! How a tenant is described, before it starts and while it runs.

use super::Tenant;
use crate::file;
use crate::live;
use crate::recorded;
use crate::{Reloaded, Result, TenantBuilder};

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

    /// Replaces the description of the running tenant, all at once.
    ///
    /// * What is in the new description holds from now on. Changes that were made while the tenant ran are gone, such as
    ///   those of [`users`](Self::users); users who registered on the sign-in page stay.
    /// * Users and applications in both descriptions keep their sessions, grants and tokens. Users are compared by id,
    ///   which is derived from the username unless it is set. Custom claims that were set by
    ///   [`Users::set_custom_claim`](crate::Users::set_custom_claim) stay.
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
}
