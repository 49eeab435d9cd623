//! `POST <prefix>/sign-out`, and `GET` for a user who follows a link of this site. Ends the session here and at
//! Logto, or with `?local=true` only here.

use rocket::{get, post};

use super::Incoming;
use super::carry_over::end_visitor;
use super::query::Query;
use super::reply::{Refusal, Reply};
use crate::guard::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use crate::guard::silent_sign_in::SilentMark;
use crate::guard::{
    RequestState, SignedOut, is_cross_site, is_deliberate, is_from_here, is_htmx, is_prefetch,
    requested_origin,
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
        telemetry::session(SessionEvent::SignedOut);
        request.tell_sign_out_hooks(&SignedOut::new(&session), logto).await;
    }
    end_visitor(incoming).await;
    state.set_cookie(redirect_loop_mark(logto, RedirectLoopMark::Over));
    // The session at Logto may live on, and must not sign the user in again.
    if logto.signs_in_silently() {
        state.set_cookie(SilentMark::Tried.cookie(logto));
    }
    let config = &logto.0.config;
    let after = config.post_sign_out_url_at(requested_origin(request, config));
    if is_local(incoming) {
        return Reply::ExternalRedirect(after);
    }
    let metadata = match logto.0.provider.metadata().await {
        Ok(metadata) => Some(metadata),
        Err(_) => logto.0.provider.metadata_at_hand(),
    };
    let at_logto = metadata.and_then(|metadata| end_session_url(config, &metadata, &after));
    // Without Logto the user is at least signed out here.
    Reply::ExternalRedirect(at_logto.map_or(after, String::from))
}

/// Anything but `local=true` signs out at Logto too, which is the safer choice.
fn is_local(incoming: &Incoming<'_>) -> bool {
    Query::read(incoming.request, &["local"])
        .is_ok_and(|mut query| query.take("local").as_deref() == Some("true"))
}

/// The URL of this route for the same kind of sign-out. The rest of the query has no meaning.
fn address(incoming: &Incoming<'_>) -> String {
    let local = if is_local(incoming) { "?local=true" } else { "" };
    format!("{}/sign-out{local}", incoming.logto.0.config.prefix)
}

fn ask_first(incoming: &Incoming<'_>, why: EndpointRefusal) -> Reply {
    Refusal::new(why)
        .button(Label::SignOut, address(incoming))
        .link(Label::StaySignedIn, incoming.logto.0.config.default_return_to.clone())
        .into()
}
