//! The built-in tenant, which is used if no other is configured.

use logto_dev::{
    ApiResource, Application, Error, Organization, OrganizationRole, Role, Tenant, TenantBuilder, User,
};
use rocket::figment::Figment;

/// The tenant's port, if it is free.
const PORT: u16 = 3001;

/// Starts the tenant for an API with this indicator.
///
/// # Errors
///
/// Fails if neither the usual port nor one of the next ports is free.
#[allow(clippy::print_stdout, reason = "the output of the program")]
pub fn start(resource: &str) -> Result<Tenant, Error> {
    let mut port = PORT;
    loop {
        match describe(resource).port(port).start_blocking() {
            Err(Error::PortTaken(_)) if port < PORT + 20 => port += 1,
            Ok(tenant) => {
                if port != PORT {
                    println!("Port {PORT} is in use; the tenant uses {port}.");
                }
                return Ok(tenant);
            }
            Err(error) => return Err(error),
        }
    }
}

/// The same tenant on a port that the system picks, for tests.
///
/// `dana` is a clerk and buys for Acme. `sam` works in support. `warehouse` is a machine with all permissions, and
/// buys for Acme too.
/// `newcomer` is a machine without a role. `statistics` is a machine whose tokens the API accepts for one route alone.
pub fn describe(resource: &str) -> TenantBuilder {
    Tenant::builder()
        .api_resource(ApiResource::new(resource).scopes(["read:orders", "write:orders", "delete:orders"]))
        .role(Role::new("clerk").scopes(resource, ["read:orders", "write:orders"]))
        .role(Role::new("keeper").scopes(resource, ["read:orders", "write:orders", "delete:orders"]))
        .organization_role(OrganizationRole::new("buyer").scopes(resource, ["read:orders"]))
        .organization(Organization::new("acme", "Acme"))
        .organization(Organization::new("globex", "Globex"))
        .user(User::new("dana").id("dana").role("clerk").member_of("acme", ["buyer"]))
        .user(User::new("sam").id("sam"))
        .application(
            Application::machine_to_machine("warehouse")
                .secret("the-secret-of-the-warehouse")
                .role("keeper")
                .member_of("acme", ["buyer"])
                .allow_token_exchange(true),
        )
        .application(Application::machine_to_machine("newcomer").secret("the-secret-of-the-newcomer"))
        .application(
            Application::machine_to_machine("statistics")
                .secret("the-secret-of-the-statistics")
                .role("keeper"),
        )
}

/// Points the API's settings at `tenant`. The API is no application there: it only verifies what the tenant has issued,
/// and accepts what it has issued to these applications.
#[must_use]
pub fn configure(figment: Figment, tenant: &Tenant) -> Figment {
    figment
        .merge(("logto.endpoint", tenant.endpoint()))
        .join(("logto.bearer_clients", ["warehouse", "newcomer"]))
}
