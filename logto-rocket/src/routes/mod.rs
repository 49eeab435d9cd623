//! The routes under the prefix, one file per endpoint.

mod addresses;
mod admission;
mod authorization_error;
mod backchannel_logout;
mod callback;
mod carry_over;
mod incoming;
mod logout;
pub(crate) mod path;
mod pending_sign_ins;
mod query;
mod reply;
mod resource_metadata;
mod sign_in;
mod sign_out;
mod user;
mod webhook;

use rocket::{Route, routes};

pub(crate) use addresses::log_addresses;
pub(crate) use reply::finish;
pub use sign_in::SignIn;

use crate::config::WebAppConfig;

/// The routes that the fairing mounts at the prefix.
pub(crate) fn of_web_app(config: &WebAppConfig) -> Vec<Route> {
    let mut routes = routes![
        sign_in::sign_in,
        sign_in::sign_up,
        sign_out::sign_out,
        sign_out::sign_out_by_link,
        user::user
    ];
    if config.public.origins().any(|origin| config.sign_out_landing(origin).is_some()) {
        routes.extend(routes![sign_out::signed_out]);
    }
    if config.backchannel_logout {
        routes.extend(routes![
            backchannel_logout::backchannel_logout,
            backchannel_logout::backchannel_logout_by_link
        ]);
    }
    if !config.webhook_signing_keys.is_empty() {
        routes.extend(routes![webhook::webhook, webhook::webhook_by_link]);
    }
    routes
}

/// The redirect URI, which the fairing mounts by itself: it need not be below the prefix.
pub(crate) fn callback() -> Vec<Route> {
    routes![callback::callback]
}

/// The routes that the fairing mounts at [`RESOURCE_METADATA`](crate::names::RESOURCE_METADATA) where
/// `resource_metadata` is set.
pub(crate) fn resource_metadata() -> Vec<Route> {
    routes![resource_metadata::document, resource_metadata::preflight]
}

/// The route that is mounted in place of them where no metadata is published and no other route of the fairing is sure to
/// be mounted as it is. It finds no document; its sentinel checks the launch.
pub(crate) fn launch_check() -> Vec<Route> {
    routes![resource_metadata::document]
}
