//! The built-in tenant, which is used if no other is configured.

use logto_dev::{
    AccountCenter, AccountField, Error, FieldControl, JwtCustomizer, ProviderToken, Role, Tenant, User,
    recorded,
};
use rocket::figment::Figment;
use serde_json::json;

use crate::SHOPPING_API;
use crate::customers::BARRED;

/// The tenant's port, if it is free.
const PORT: u16 = 3001;

/// The name of the role that the shop adds.
pub(crate) const BOOKKEEPER_ROLE: &str = "bookkeeper";

/// The user who may export orders.
pub const BOOKKEEPER: &str = "erin";

/// Starts the tenant with the users of the recordings, for a shop at `address`.
///
/// # Errors
///
/// Fails if neither the usual port nor one of the next ports is free.
#[allow(clippy::print_stdout, reason = "the output of the program")]
pub fn start(address: &str) -> Result<Tenant, Error> {
    let mut port = PORT;
    loop {
        match describe(address).port(port).start_blocking() {
            Err(Error::PortTaken(_)) if port < PORT + 20 => port += 1,
            Ok(tenant) => {
                if port != PORT {
                    println!("Port {PORT} is in use; the tenant uses {port}.");
                }
                employ_bookkeeper(&tenant)?;
                link_provider(&tenant)?;
                return Ok(tenant);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Adds a user with a role of the shop's own, which gives the scope `export:orders`.
///
/// # Errors
///
/// Fails if the tenant does not know the shop's API.
pub fn employ_bookkeeper(tenant: &Tenant) -> Result<(), Error> {
    const SCOPES: [&str; 2] = ["read:orders", "export:orders"];
    tenant.api_resources().add_scope(SHOPPING_API, "export:orders")?;
    tenant.roles().add(Role::new(BOOKKEEPER_ROLE).scopes(SHOPPING_API, SCOPES));
    tenant.users().add(User::new(BOOKKEEPER).role(BOOKKEEPER_ROLE));
    Ok(())
}

/// Alice has signed in with GitHub, and the tenant keeps GitHub's access token for her.
///
/// # Errors
///
/// Fails if the tenant has no such user.
pub fn link_provider(tenant: &Tenant) -> Result<(), Error> {
    tenant.users().set_provider_token("alice", "github", ProviderToken::new("gho_example").scope("read:user"))
}

/// The same tenant on a port that the system picks, for tests.
pub fn describe(address: &str) -> logto_dev::TenantBuilder {
    Tenant::recorded()
        // The plan is in the custom data, and customers must not give themselves one.
        .account_center(
            AccountCenter::editable().field(AccountField::CustomData, FieldControl::ReadOnly).enables_mfa(),
        )
        .user(User::new(BARRED))
        .user(manager_and_member())
        .access_token_customizer(JwtCustomizer::new(|token| {
            Ok(json!({ "plan": token.user["customData"]["plan"] }))
        }))
        // The shop asks its partners with the bearer tokens of its callers.
        .change_application(recorded::ROCKET_APP.id, |shop| shop.allow_token_exchange(true))
        .application_redirect(
            recorded::ROCKET_APP.id,
            format!("{address}/logto/callback"),
            format!("{address}/"),
        )
        // For the setting `signed_out_page`.
        .application_redirect(
            recorded::ROCKET_APP.id,
            format!("{address}/logto/callback"),
            format!("{address}/logto/signed-out"),
        )
}

/// The user name of somebody who may do more in one organization than in the other.
pub const IN_TWO_ORGANIZATIONS: &str = "frank";

/// The manager of Acme, and an ordinary member of Globex.
#[must_use]
pub fn manager_and_member() -> User {
    User::new(IN_TWO_ORGANIZATIONS)
        .name("Frank Example")
        .member_of(recorded::ACME, ["admin"])
        .member_of(recorded::GLOBEX, ["member"])
}

/// Points the shop's settings at `tenant`.
#[must_use]
pub fn configure(figment: Figment, tenant: &Tenant) -> Figment {
    figment
        .merge(("logto.endpoint", tenant.endpoint()))
        .merge(("logto.app_id", recorded::ROCKET_APP.id))
        .merge(("logto.app_secret", recorded::ROCKET_APP.secret))
        // The log tells one user's events together without naming the user. A real key is not in the source code.
        .join(("logto.audit_key", "a key for the audit log of the shop, 32 characters or more"))
}
