//! Changes while the tenant runs.

use super::Tenant;
use crate::{
    AccountCenter, ApiResources, Applications, JwtCustomizer, Keys, OrganizationRoles, OrganizationScopes,
    Organizations, Roles, Users,
};

impl Tenant {
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

    /// The applications, to change while the tenant runs.
    pub fn applications(&self) -> Applications<'_> {
        Applications::new(&self.shared)
    }

    /// The signing keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.shared)
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
}
