//! The built-in tenant.

use std::path::Path;
use std::time::Duration;

use logto_dev::{ApiResource, Application, Role, Tenant, User};
use serde_json::{Value, json};

use crate::Outcome;

/// The API resource.
const API: &str = "https://shopping.your-app.com/api";
const APP: (&str, &str) = ("cluster", "the-secret-of-the-cluster");

/// The content of the file with the cookie keys, one in a line. A real key is generated with `openssl rand -base64 48`
/// and is not in the source code.
pub(crate) const COOKIE_KEYS: &str = "one key for all processes, of 32 characters or more\n";

/// The only user.
pub(crate) const PERSON: &str = "alice";

/// The lifetime of access tokens: short, so that they expire soon. The default of a real tenant is one hour.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(10);

/// The path of the redirect URI, as it may be registered already when an application moves to this library.
pub(crate) const CALLBACK: &str = "/auth/callback";

/// Another site, which a sign-out may lead to.
pub(crate) const COMPANY: &str = "https://www.example.com/";

/// The language of Logto's pages.
pub(crate) const LANGUAGE: &str = "en";

/// A tenant for an application at these origins.
pub(crate) async fn start(origins: &[String]) -> Outcome<Tenant> {
    let mut application = Application::traditional(APP.0).secret(APP.1).always_issue_refresh_token(true);
    for origin in origins {
        application = application
            .redirect_uri(format!("{origin}{CALLBACK}"))
            .post_logout_redirect_uri(format!("{origin}/logto/signed-out"));
    }
    application = application.post_logout_redirect_uri(COMPANY);
    let tenant = Tenant::builder()
        .api_resource(ApiResource::new(API).scopes(["read:orders"]).access_token_ttl(TOKEN_LIFE))
        .role(Role::new("customer").scopes(API, ["read:orders"]))
        .user(User::new(PERSON).id(PERSON).role("customer"))
        .application(application);
    Ok(tenant.start().await?)
}

/// The settings under `[default.logto]` in `Rocket.toml`, the same for all processes.
pub(crate) fn settings(
    tenant: &Tenant,
    origins: &[String],
    redis_url: Option<&str>,
    keys_file: &Path,
) -> Value {
    let mut settings = json!({
        "endpoint": tenant.endpoint(),
        "app_id": APP.0,
        "app_secret": APP.1,
        // Each request belongs to one of them, and its sign-in comes back there.
        "public_urls": origins,
        "callback_path": CALLBACK,
        "cookie": { "name": "cluster" },
        // The browser drops what it has cached when the user signs out.
        "clear_site_data": ["cache"],
        // A sign-out ends at a page of the library, or with `return_to` at the other site.
        "signed_out_page": true,
        "post_sign_out_urls": [COMPANY],
        // What every sign-in asks Logto for.
        "sign_in": { "ui_locales": LANGUAGE },
        // The browser carries a reference to the authorization request, and not its parameters (RFC 9126).
        "par": "required",
        "resources": [API],
        // Container platforms hand secrets out as files.
        "cookie_keys_file": keys_file,
        // Long timeouts for a busy machine.
        "store_timeout": "5s",
        "request_timeout": "60s",
    });
    if let Some(url) = redis_url {
        settings["session_store"] = "redis".into();
        settings["redis_url"] = url.into();
    }
    settings
}
