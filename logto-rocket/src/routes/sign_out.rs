//! `POST <prefix>/sign-out`, and `GET` for a user who follows a link of this site. Ends the session here and at
//! Logto, or with `?local=true` only here. `return_to` says where the browser goes then.

use rocket::{get, post};
use url::{Url, form_urlencoded};

use super::carry_over::end_visitor;
use super::incoming::Incoming;
use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::guard::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use crate::guard::silent_sign_in::SilentMark;
use crate::guard::{
    RequestState, SignedOut, is_cross_site, is_deliberate, is_from_here, is_htmx, is_prefetch,
    is_return_path, requested_origin,
};
use crate::oidc::end_session_url;
use crate::page::Label;
use crate::refusals::endpoint::EndpointRefusal;
use crate::session::EndReason;
use crate::telemetry::{self, SessionEvent};
use crate::token::REVOCATION_WAIT;

/// Signs the user out here and at Logto. With `?local=true` only here: the user stays signed in at Logto and in other
/// applications of the tenant, so the next sign-in of this browser may need no password.
#[post("/sign-out")]
pub(super) async fn sign_out(incoming: Incoming<'_>) -> Reply {
    end(&incoming).await
}

/// The same for a user who follows a link on a page of this site. A request that a page or a framework sends by
/// itself is not the user's decision, and from another site any image could sign users out.
#[get("/sign-out")]
pub(super) async fn sign_out_by_link(incoming: Incoming<'_>) -> Reply {
    if is_prefetch(incoming.request) {
        return Reply::Prefetch;
    }
    if !is_from_here(incoming.request, &incoming.logto.0.config) {
        return ask_first(&incoming, EndpointRefusal::CrossSiteSignOut);
    }
    // A boosted link: htmx navigates the whole page, and the request comes again as a navigation.
    if is_htmx(incoming.request) {
        return Reply::ExternalRedirect(address(&incoming));
    }
    if !is_deliberate(incoming.request) {
        return ask_first(&incoming, EndpointRefusal::SignOutFetched);
    }
    end(&incoming).await
}

async fn end(incoming: &Incoming<'_>) -> Reply {
    let (request, logto) = (incoming.request, incoming.logto);
    if is_cross_site(request, &logto.0.config) {
        return ask_first(incoming, EndpointRefusal::CrossSiteSignOut);
    }
    let state = RequestState::of(request);
    let request_session = state.session(request, logto).await;
    // Before the calls to Logto, so that a concurrent request cannot bring the session back. If the session store is
    // unavailable, the session is ended without being read.
    if let Some(session) = request_session.end(logto, EndReason::Terminated).await {
        if let Some(refresh_token) = session.refresh_token.clone() {
            logto.0.tokens.revoke(refresh_token, REVOCATION_WAIT).await;
        }
        let subject = logto.0.provider.audit_subjects().hash(&session.subject);
        telemetry::session(SessionEvent::SignedOut, subject.as_ref());
        request.tell_sign_out_hooks(&SignedOut::new(&session), logto).await;
    }
    end_visitor(incoming).await;
    state.set_cookie(redirect_loop_mark(logto, RedirectLoopMark::Over));
    if logto.signs_in_silently() {
        state.set_cookie(SilentMark::cookie_of_sign_out(logto));
    }
    let Parameters { local, return_to } = Parameters::read(incoming);
    let config = &logto.0.config;
    let origin = requested_origin(request, config);
    let after = match &return_to {
        Some(ReturnTo::Path(path)) => path.clone(),
        Some(ReturnTo::Registered(url)) => url.to_string(),
        None => config.post_sign_out_url_at(origin),
    };
    if local {
        return Reply::SignedOut(after);
    }
    // Logto accepts registered addresses alone, so a path takes the way over the landing route.
    let default = || config.post_sign_out_url_at(origin);
    let (registered, state) = match &return_to {
        Some(ReturnTo::Registered(url)) => (url.to_string(), None),
        Some(ReturnTo::Path(path)) => match config.sign_out_landing(origin) {
            Some(landing) => (landing, Some(path.as_str())),
            None => {
                tracing::warn!(target: "logto", "ignored `return_to` of a sign-out: a path needs the landing route; register {}{}/signed-out in Logto as a post sign-out redirect URI, and add it to `post_sign_out_urls` or set `signed_out_page`", origin.as_str(), config.prefix);
                (default(), None)
            }
        },
        None => (default(), None),
    };
    let metadata = match logto.0.provider.metadata().await {
        Ok(metadata) => Some(metadata),
        Err(_) => logto.0.provider.metadata_at_hand(),
    };
    let at_logto = metadata.and_then(|metadata| end_session_url(config, &metadata, &registered, state));
    // Without Logto the user is at least signed out here.
    Reply::SignedOut(at_logto.map_or(after, String::from))
}

/// Where a browser comes to after a sign-out at Logto: leads on to the path that was `return_to`, or says that the user
/// is signed out. Mounted where its address is registered in Logto.
#[get("/signed-out")]
pub(super) async fn signed_out(incoming: Incoming<'_>) -> Reply {
    let config = &incoming.logto.0.config;
    let path = Query::read(incoming.request, &["state"]).map_or(None, |mut query| query.take("state"));
    match path.filter(|path| is_return_path(path, config)) {
        Some(path) => Reply::SeeOther(path),
        None if config.signed_out_page && has_no_session(&incoming).await => Reply::SignedOutPage {
            sign_in: format!("{}/sign-in", config.prefix),
            start_page: config.default_return_to.clone(),
        },
        None => Reply::SeeOther(config.default_return_to.clone()),
    }
}

/// The page would be untrue for a user who has signed in again and comes back to it, and for one of whom the session
/// store cannot tell.
async fn has_no_session(incoming: &Incoming<'_>) -> bool {
    let session = RequestState::of(incoming.request).session(incoming.request, incoming.logto).await;
    session.do_not_renew();
    matches!(session.session(), Ok(None))
}

/// What the query of a sign-out chooses.
struct Parameters {
    /// Anything but `local=true` signs out at Logto too, which is the safer choice.
    local: bool,
    return_to: Option<ReturnTo>,
}

/// Where the browser goes after a sign-out.
enum ReturnTo {
    /// A path of this application.
    Path(String),
    /// An address that the settings name.
    Registered(Url),
}

impl Parameters {
    fn read(incoming: &Incoming<'_>) -> Self {
        let read = |name| Query::read(incoming.request, &[name]).map_or(None, |mut query| query.take(name));
        let config = &incoming.logto.0.config;
        let return_to = read("return_to").and_then(|text| {
            if is_return_path(&text, config) {
                return Some(ReturnTo::Path(text));
            }
            // The address of the settings is used, whatever spelling of it the query has.
            let url = Url::parse(&text).ok();
            let registered = url.and_then(|url| config.registered_after_sign_out().find(|known| **known == url));
            if registered.is_none() {
                tracing::debug!(target: "logto", "ignored `return_to` of a sign-out: it is neither a path of this application nor one of `post_sign_out_urls`");
            }
            registered.cloned().map(ReturnTo::Registered)
        });
        Parameters { local: read("local").as_deref() == Some("true"), return_to }
    }
}

/// The URL of this route for the same kind of sign-out. The rest of the query has no meaning.
fn address(incoming: &Incoming<'_>) -> String {
    let Parameters { local, return_to } = Parameters::read(incoming);
    let mut query = form_urlencoded::Serializer::new(String::new());
    if local {
        query.append_pair("local", "true");
    }
    match &return_to {
        Some(ReturnTo::Path(path)) => {
            query.append_pair("return_to", path);
        }
        Some(ReturnTo::Registered(url)) => {
            query.append_pair("return_to", url.as_str());
        }
        None => {}
    }
    let (prefix, query) = (&incoming.logto.0.config.prefix, query.finish());
    if query.is_empty() { format!("{prefix}/sign-out") } else { format!("{prefix}/sign-out?{query}") }
}

fn ask_first(incoming: &Incoming<'_>, why: EndpointRefusal) -> Reply {
    Refusal::new(why)
        .button(Label::SignOut, address(incoming))
        .link(Label::StaySignedIn, incoming.logto.0.config.default_return_to.clone())
        .into()
}
