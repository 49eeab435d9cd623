//! `GET <prefix>/sign-in` and `GET <prefix>/sign-up`: redirect the browser to Logto's pages.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::get;

use super::Incoming;
use super::pending_sign_ins;
use super::query::Query;
use super::refusal::EndpointRefusal;
use super::reply::{Refusal, Reply};
use crate::guard::{is_htmx, is_prefetch, is_return_path, is_script};
use crate::oidc::{AuthorizationRequest, SignInParameters};
use crate::sign_in::PendingSignIn;
use crate::syntax::whole_number;

/// Marks a request that was already redirected to the configured host.
const CANONICAL: &str = "canonical";

/// The pages that `first_screen` may name. Logto does not validate other values.
const FIRST_SCREENS: &[&str] =
    &["sign_in", "register", "reset_password", "identifier:sign_in", "identifier:register", "single_sign_on"];

/// Redirects the browser to Logto's sign-in page, and to `return_to` after the sign-in. Of other parameters only
/// `login_hint`, `first_screen`, `ui_locales` and `max_age` are passed on.
#[get("/sign-in")]
pub(super) async fn sign_in(incoming: Incoming<'_>) -> Reply {
    begin(&incoming, "sign-in", None).await
}

/// The same with Logto's registration page.
#[get("/sign-up")]
pub(super) async fn sign_up(incoming: Incoming<'_>) -> Reply {
    begin(&incoming, "sign-up", Some("register")).await
}

/// `name` is the name of the route.
async fn begin(incoming: &Incoming<'_>, name: &str, first_screen: Option<&str>) -> Reply {
    let (request, logto) = (incoming.request, incoming.logto);
    if is_prefetch(request) {
        return Reply::Prefetch;
    }
    let names = ["return_to", "login_hint", "first_screen", "ui_locales", "max_age", CANONICAL];
    let Ok(mut query) = Query::read(request, &names) else {
        return Refusal::new(EndpointRefusal::BadQuery)
            .link("Sign in", format!("{}/sign-in", logto.0.config.prefix))
            .into();
    };
    // A script's request would follow a redirect to another origin and fail there, far from the cause. htmx can be
    // told to navigate the whole page.
    if is_script(request) && !is_htmx(request) {
        let here = incoming.address(name);
        return Refusal::new(EndpointRefusal::NavigateToSignIn).link("Sign in", &here).location(here).into();
    }
    if query.take(CANONICAL).is_none()
        && let Some(canonical) = canonical_address(incoming, name)
    {
        return Reply::ExternalRedirect(canonical);
    }
    let return_to = query.take("return_to").filter(|path| is_return_path(path, &logto.0.config.prefix));
    let parameters = SignInParameters {
        login_hint: query.take("login_hint").filter(|hint| !hint.is_empty() && hint.len() <= 256),
        first_screen: first_screen
            .map(str::to_owned)
            .or_else(|| query.take("first_screen").filter(|screen| FIRST_SCREENS.contains(&screen.as_str()))),
        ui_locales: query.take("ui_locales").filter(|locales| are_locales(locales)),
        max_age: query.take("max_age").and_then(|seconds| whole_number(&seconds)).map(Duration::from_secs),
    };

    let (scopes, resources) = (logto.sign_in_scopes(), logto.sign_in_resources());
    let request_parameters =
        AuthorizationRequest { scopes: &scopes, resources: &resources, parameters: &parameters };
    let (url, attempt) = match logto.0.provider.authorization_url(&request_parameters).await {
        Ok(begun) => begun,
        Err(unavailable) => {
            tracing::warn!(target: "logto", "cannot start a sign-in: {unavailable}");
            return Refusal::new(EndpointRefusal::LogtoUnavailable)
                .link("Try again", incoming.address(name))
                .into();
        }
    };
    let pending = PendingSignIn {
        attempt,
        return_to: return_to.unwrap_or_else(|| logto.0.config.default_return_to.clone()),
        max_age: parameters.max_age,
        created: logto.0.clock.now(),
    };
    match pending_sign_ins::store(incoming, &pending) {
        Some(()) => Reply::ExternalRedirect(url.into()),
        None => Refusal::new(EndpointRefusal::SealFailed).into(),
    }
}

/// Cookies of `127.0.0.1` are not sent to `localhost`, where the callback arrives. A request under another host is
/// redirected to the configured one, but only once: behind a proxy that rewrites `Host` the names never match.
fn canonical_address(incoming: &Incoming<'_>, name: &str) -> Option<String> {
    let (request, config) = (incoming.request, &incoming.logto.0.config);
    let host = request.host()?.to_string();
    let expected = match config.public_url.port() {
        Some(port) => format!("{}:{port}", config.public_url.host_str()?),
        None => config.public_url.host_str()?.to_owned(),
    };
    if host.eq_ignore_ascii_case(&expected) {
        return None;
    }
    let separator = if request.uri().query().is_some() { '&' } else { '?' };
    Some(format!("{}{}{separator}{CANONICAL}=1", config.origin(), incoming.address(name)))
}

/// Language tags (BCP 47), separated by spaces.
fn are_locales(locales: &str) -> bool {
    locales.len() <= 128 && locales.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b' '))
}

/// The URL that starts a sign-in and returns to `return_to`.
pub(super) fn sign_in_address(prefix: &str, return_to: &str) -> String {
    format!("{prefix}/sign-in?return_to={}", utf8_percent_encode(return_to, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l07_locales_carry_no_header() {
        assert!(are_locales("fr-CA fr en"));
        assert!(!are_locales("en\r\nx: y"));
    }
}
