//! The addresses of the application, for the log at launch.

use rocket::{Orbit, Rocket};

use crate::config::WebAppConfig;
use crate::logto::Logto;
use crate::names::RESOURCE_METADATA;
use crate::types::ResourceIndicator;

/// Logs what has to be registered in Logto, and warns where the application is probably mounted at another path than the
/// one that `public_url` says.
pub(crate) fn log_addresses(rocket: &Rocket<Orbit>, logto: &Logto) {
    let Some(web_app) = logto.web_app() else {
        tracing::info!(
            target: "logto",
            "using tenant {}; `app_id` is not set, so this server accepts only access tokens for {}",
            logto.issuer(), logto.0.config.resources.iter().map(ResourceIndicator::as_str).collect::<Vec<_>>().join(" and ")
        );
        return;
    };
    let config = &web_app.0.config;
    tracing::info!(
        target: "logto",
        "using tenant {}; register in Logto: redirect URI {}, post sign-out redirect URI {}",
        logto.issuer(), logto.redirect_uris().join(" and "), logto.post_sign_out_urls().join(" and ")
    );
    if config.backchannel_logout {
        tracing::info!(
            target: "logto",
            "register in Logto: back-channel logout URI {}{}/backchannel-logout, with the session required",
            config.origin(), config.prefix
        );
    }
    if !config.webhook_signing_keys.is_empty() {
        tracing::info!(target: "logto", "register in Logto: webhook {}{}/webhook", config.origin(), config.prefix);
    }
    if let Some(domain) = &config.cookie.domain {
        tracing::info!(target: "logto", "`cookie.domain` is set: every host below {domain} receives the session cookies, and can set cookies with their names");
    }
    if !config.public.path_in_rocket().is_empty() && !is_mounted_below_path(rocket, config) {
        let path = config.public.path();
        tracing::warn!(target: "logto", "`public_url` has the path {path}, and the application has no route below it: mount its routes at \"{path}\", or set proxy_strips_path = true if the proxy in front removes {path} from requests");
    }
}

/// Whether any route of the application itself is below its path.
fn is_mounted_below_path(rocket: &Rocket<Orbit>, config: &WebAppConfig) -> bool {
    rocket.routes().any(|route| {
        let base = route.uri.base();
        let is_ours = config.is_mount_of_fairing(base) || base == RESOURCE_METADATA;
        !is_ours && config.public.contains(route.uri.path())
    })
}
