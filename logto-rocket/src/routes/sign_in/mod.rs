//! `GET <prefix>/sign-in` and `GET <prefix>/sign-up`: redirect the browser to Logto's pages.

mod builder;

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rocket::get;

use super::authorization_error::refusal_of;
use super::incoming::Incoming;
use super::pending_sign_ins;
use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::error::Error;
use crate::guard::silent_sign_in::{SILENT, SilentMark, page_without_cookies};
use crate::guard::{RequestedOrigin, is_htmx, is_prefetch, is_return_path, is_script, requested_origin};
use crate::oidc::AuthorizationRequest;
use crate::page::Label;
use crate::pending_sign_in::PendingSignIn;
use crate::refusals::endpoint::EndpointRefusal;
use crate::session::RequestedAccess;
use crate::sign_in_parameters::{
    DirectSignIn, FirstScreen, Prompt, SignInIdentifier, SignInParameters, is_login_hint, is_ui_locales,
};
use crate::syntax::whole_number;
pub use builder::SignIn;
use builder::{OpenedRequest, SEALED, open_request};

/// Marks a request that was already redirected to the configured host.
const CANONICAL: &str = "canonical";

/// What a visitor may choose. `prompt`, `organization_id` and `one_time_token` are the application's to choose: with a
/// one-time token in a link to this route, anybody could sign a visitor in as somebody else.
const CHOSEN_BY_VISITORS: [&str; 6] =
    ["login_hint", "first_screen", "identifier", "direct_sign_in", "ui_locales", "max_age"];

/// Redirects the browser to Logto's sign-in page, and to `return_to` after the sign-in. Of other parameters only those
/// of [`CHOSEN_BY_VISITORS`] are passed on.
#[get("/sign-in")]
pub(super) async fn sign_in(incoming: Incoming<'_>) -> Reply {
    begin(&incoming, "sign-in", None).await
}

/// The same with Logto's registration page.
#[get("/sign-up")]
pub(super) async fn sign_up(incoming: Incoming<'_>) -> Reply {
    begin(&incoming, "sign-up", Some(FirstScreen::Register)).await
}

/// `name` is the name of the route.
async fn begin(incoming: &Incoming<'_>, name: &str, first_screen: Option<FirstScreen>) -> Reply {
    let (request, logto) = (incoming.request, incoming.logto);
    if is_prefetch(request) {
        return Reply::Prefetch;
    }
    // The registration route has a first screen of its own, which a `SignIn` need not share.
    let sealed = first_screen.is_none().then_some(SEALED);
    let names: Vec<&'static str> =
        CHOSEN_BY_VISITORS.into_iter().chain(["return_to", CANONICAL, SILENT]).chain(sealed).collect();
    let Ok(mut query) = Query::read(request, &names) else {
        return Refusal::new(EndpointRefusal::BadQuery)
            .link(Label::SignIn, format!("{}/sign-in", logto.0.config.prefix))
            .into();
    };
    for name in Query::unknown(request.uri().query().map_or("", |query| query.as_str()), &names).take(8) {
        let name: String = name.chars().take(64).collect();
        tracing::debug!(target: "logto", "ignored the parameter `{}` of the sign-in route: a visitor cannot set it", name.escape_debug());
    }
    // A script's request would follow a redirect to another origin and fail there, far from the cause. htmx can be
    // told to navigate the whole page.
    if is_script(request) && !is_htmx(request) {
        let here = incoming.address(name);
        return Refusal::new(EndpointRefusal::NavigateToSignIn)
            .link(Label::SignIn, &here)
            .location(here)
            .into();
    }
    if query.take(CANONICAL).is_none()
        && let Some(canonical) = canonical_address(incoming, name)
    {
        return Reply::ExternalRedirect(canonical);
    }
    let (parameters, return_to) = match query.take(SEALED) {
        Some(text) => match open_request(incoming, &text) {
            OpenedRequest::Valid(request) => (request.parameters, request.return_to),
            OpenedRequest::Rejected { return_to } => {
                tracing::warn!(target: "logto", "a `SignIn` lost its parameters: its link is more than ten minutes old, or was opened in another browser or under another host than the one that began it");
                (SignInParameters::default(), return_to)
            }
        },
        None => {
            let chosen = chosen_by_visitor(&mut query).no_older_than(&logto.0.config.sign_in);
            (chosen, query.take("return_to"))
        }
    };
    let return_to = return_to
        .filter(|path| is_return_path(path, &logto.0.config))
        .unwrap_or_else(|| logto.0.config.default_return_to.clone());
    let mut parameters = parameters;
    if query.take(SILENT).as_deref() == Some("true") {
        // The page that sends a browser here has set the mark. Without cookies there is no way back from Logto.
        if SilentMark::of(request, logto).is_none() {
            return Reply::SeeOther(page_without_cookies(&return_to));
        }
        parameters.prompt = Prompt { none: true, ..Prompt::default() };
    }
    let parameters =
        SignInParameters { first_screen: first_screen.or(parameters.first_screen), ..parameters }
            .or(&logto.0.config.sign_in);

    let (scopes, resources) = (logto.sign_in_scopes(), logto.sign_in_resources());
    let redirect_uri = logto.0.config.redirect_uri_at(requested_origin(request, &logto.0.config));
    let request_parameters = AuthorizationRequest {
        scopes: &scopes,
        resources: &resources,
        parameters: &parameters,
        redirect_uri: &redirect_uri,
    };
    let (url, secrets) = match logto.0.relying_party.authorization_url(&request_parameters).await {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(target: "logto", "cannot start a sign-in: {error}");
            if parameters.prompt.none {
                return Reply::SeeOther(return_to);
            }
            if let Error::Refused(refused) = &error {
                let why = refusal_of(&refused.error);
                return Refusal::new(why).link(Label::SignInAgain, incoming.address(name)).into();
            }
            return Refusal::new(EndpointRefusal::LogtoUnavailable)
                .link(Label::TryAgain, incoming.address(name))
                .into();
        }
    };
    let pending = PendingSignIn {
        secrets,
        return_to,
        max_age: parameters.max_age,
        silent: parameters.prompt.none,
        requested: RequestedAccess::new(&scopes, &resources),
        created: logto.0.clock.now(),
    };
    match pending_sign_ins::store(incoming, &pending) {
        Some(()) => Reply::ExternalRedirect(url.into()),
        None => Refusal::new(EndpointRefusal::SealFailed).into(),
    }
}

/// Cookies of `127.0.0.1` are not sent to `localhost`, where the callback arrives. A request under a host that is none of
/// ours is redirected to the main one, but only once: behind a proxy that replaces `Host` the names never match.
fn canonical_address(incoming: &Incoming<'_>, name: &str) -> Option<String> {
    let (request, config) = (incoming.request, &incoming.logto.0.config);
    match RequestedOrigin::of(request, config) {
        RequestedOrigin::Ours(_) | RequestedOrigin::Unsaid => None,
        RequestedOrigin::Other => {
            let separator = if request.uri().query().is_some() { '&' } else { '?' };
            Some(format!("{}{}{separator}{CANONICAL}=1", config.origin(), incoming.address(name)))
        }
    }
}

/// The parameters of a query. A value that cannot be used is ignored.
fn chosen_by_visitor(query: &mut Query) -> SignInParameters {
    SignInParameters {
        login_hint: take(query, "login_hint", |hint| is_login_hint(hint).then(|| hint.to_owned())),
        first_screen: take(query, "first_screen", FirstScreen::parse),
        identifiers: take(query, "identifier", SignInIdentifier::parse_list).unwrap_or_default(),
        direct_sign_in: take(query, "direct_sign_in", DirectSignIn::parse),
        ui_locales: take(query, "ui_locales", |tags| is_ui_locales(tags).then(|| tags.to_owned())),
        max_age: take(query, "max_age", |seconds| whole_number(seconds).map(Duration::from_secs)),
        ..SignInParameters::default()
    }
}

fn take<T>(query: &mut Query, name: &'static str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = query.take(name)?;
    let value = parse(&text);
    if value.is_none() {
        tracing::debug!(target: "logto", "ignored the parameter `{name}` of the sign-in route: its value cannot be used");
    }
    value
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
        assert!(is_ui_locales("fr-CA fr en"));
        assert!(!is_ui_locales("en\r\nx: y"));
    }
}
