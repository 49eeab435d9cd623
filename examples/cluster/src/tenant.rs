//! The built-in tenant.

use std::time::Duration;

use logto_dev::{ApiResource, Application, Role, Tenant, User};
use serde_json::{Value, json};

use crate::Outcome;

/// The API resource.
const API: &str = "https://shopping.your-app.com/api";
const APP: (&str, &str) = ("cluster", "the-secret-of-the-cluster");

/// The only user.
pub(crate) const PERSON: &str = "alice";

/// The lifetime of access tokens: short, so that they expire soon. The default of a real tenant is one hour.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(10);

/// A tenant for an application at `origin`.
pub(crate) async fn start(origin: &str) -> Outcome<Tenant> {
    let application = Application::traditional(APP.0)
        .secret(APP.1)
        .always_issue_refresh_token(true)
        .redirect_uri(format!("{origin}/logto/callback"))
        .post_logout_redirect_uri(format!("{origin}/"));
    let tenant = Tenant::builder()
        .api_resource(ApiResource::new(API).scopes(["read:orders"]).access_token_ttl(TOKEN_LIFE))
        .role(Role::new("customer").scopes(API, ["read:orders"]))
        .user(User::new(PERSON).id(PERSON).role("customer"))
        .application(application);
    Ok(tenant.start().await?)
}

/// The settings under `[default.logto]` in `Rocket.toml`, the same for all processes.
pub(crate) fn settings(tenant: &Tenant, origin: &str, redis_url: &str) -> Value {
    json!({
        "endpoint": tenant.endpoint(),
        "app_id": APP.0,
        "app_secret": APP.1,
        "public_url": origin,
        // The browser carries a reference to the authorization request, and not its parameters (RFC 9126).
        "par": "required",
        "resources": [API],
        "session_store": "redis",
        "redis_url": redis_url,
        // A real key is generated with `openssl rand -base64 48` and is not in the source code.
        "cookie_keys": ["one key for all processes, of 32 characters or more"],
        // Long timeouts for a busy machine.
        "store_timeout": "5s",
        "request_timeout": "60s",
    })
}
