//! The one decision: may this request do what the rule guards?

mod bearer;
mod guarded_request;
mod identity_scopes;
mod requirements;
mod session;

use std::any::TypeId;
use std::sync::Arc;

use rocket::Request;

use bearer::by_bearer;
use guarded_request::GuardedRequest;
pub(super) use identity_scopes::{with_scopes, with_scopes_of};
pub(super) use requirements::judge_roles_again;
use session::by_session;

use super::access::rule_summary;
use super::failure::{AuthFailure, Refusal};
use super::granted::Granted;
use super::headers;
use super::identity::Credential;
use super::launch;
use super::missing_setup::asked_without_fairing;
use super::redirect_loop_mark::{RedirectLoopMark, has_step_up_mark, redirect_loop_mark};
use super::request_state::RequestState;
use super::rule::{Rule, Via};
use crate::bearer::BearerHeader;
use crate::logto::Logto;
use crate::telemetry::{self, DecisionSpan};

/// Decides under the rule of `requirement` once for each request and route. A token parameter, a guard of the
/// application's own and a second parameter of the same type get the first decision, and the user's own check runs once.
pub(super) async fn decide_once<'r>(
    request: &'r Request<'_>,
    requirement: TypeId,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let (state, logto) = (RequestState::of(request), request.rocket().state::<Logto>());
    match (state.decision(request, requirement), logto) {
        (Some(Ok(decided)), Some(logto)) => Ok(Granted::new(request, logto, rule, decided)),
        (Some(Err(failure)), _) => {
            state.record(request, &failure);
            Err(*failure)
        }
        _ => {
            let decision = authorize_in(request, state, logto, rule).await;
            let outcome = decision.as_ref().map(|granted| Arc::clone(granted.decided()));
            let outcome = outcome.map_err(|failure| Box::new(failure.clone()));
            state.record_decision(request, requirement, outcome);
            decision
        }
    }
}

/// What another guard of the route has granted already.
pub(super) fn granted_before<'r>(request: &'r Request<'_>) -> Option<Granted<'r>> {
    let (decided, rule) = RequestState::of(request).decided(request)?;
    Some(Granted::new(request, request.rocket().state::<Logto>()?, rule, decided))
}

/// Decides, and records the decision in the request state: the identity for the handler's other guards, or the failure
/// for the response.
pub(crate) async fn authorize<'r>(
    request: &'r Request<'_>,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    authorize_in(request, RequestState::of(request), request.rocket().state::<Logto>(), rule).await
}

async fn authorize_in<'r>(
    request: &'r Request<'_>,
    state: &'r RequestState,
    logto: Option<&'r Logto>,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    state.mark_guarded();
    let decision = match logto {
        Some(logto) => {
            let guarded = GuardedRequest { request, state, logto, rule };
            match decision_span(request, logto, rule) {
                None => decide(guarded).await,
                Some(span) => Box::pin(decide_within(span, guarded)).await,
            }
        }
        None => {
            asked_without_fairing(request, rule);
            Err(AuthFailure::new(Refusal::Misconfigured, rule))
        }
    };
    match decision {
        Ok(granted) => {
            telemetry::decided("allowed", granted.identity().via().as_str());
            state.record_granted_decision(request, rule, granted.decided());
            if let (Some(_), Some(session)) = (rule.max_age, granted.session())
                && has_step_up_mark(request, session.web_app)
            {
                state.set_cookie(redirect_loop_mark(session.web_app, RedirectLoopMark::Worked));
            }
            Ok(granted)
        }
        // The audit event is written with the response, if the request is refused at all.
        Err(failure) => {
            telemetry::decided(failure.code(), presented(request, &failure));
            state.record(request, &failure);
            Err(failure)
        }
    }
}

fn decision_span(request: &Request<'_>, logto: &Logto, rule: &'static Rule) -> Option<DecisionSpan> {
    DecisionSpan::begin(rule.item, || {
        let route = request.route().map(|route| route.uri.as_str());
        (route, rule_summary(rule, &logto.0.config))
    })
}

/// In a box, so that requests that nobody traces do not carry its future along.
async fn decide_within<'r>(
    span: DecisionSpan,
    guarded: GuardedRequest<'r, '_>,
) -> Result<Granted<'r>, AuthFailure> {
    let decision = span.run(decide(guarded)).await;
    match &decision {
        Ok(granted) => span.end("allowed", granted.identity().via().as_str()),
        Err(failure) => span.end(failure.code(), presented(guarded.request, failure)),
    }
    decision
}

/// The kind of credential that was refused.
fn presented(request: &Request<'_>, failure: &AuthFailure) -> &'static str {
    let is_bearer = headers::authorization(request.headers()).is_ours();
    match failure.refusal() {
        // It is refused only where a bearer token is required.
        Refusal::UnsupportedScheme => Credential::Bearer.as_str(),
        _ if is_bearer => Credential::Bearer.as_str(),
        Refusal::NotSignedIn => "none",
        _ => Credential::Session.as_str(),
    }
}

async fn decide<'r>(guarded: GuardedRequest<'r, '_>) -> Result<Granted<'r>, AuthFailure> {
    let GuardedRequest { request, logto, rule, .. } = guarded;
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    let presented = headers::authorization(request.headers());
    let web_app = match (rule.via, logto.web_app()) {
        // No launch check sees a guard that only another guard runs.
        (Via::Session, None) => {
            launch::explain(rule, logto);
            return refuse(Refusal::Misconfigured);
        }
        (Via::Bearer, _) => None,
        (Via::Session | Via::Both, web_app) => web_app,
    };
    match (presented, web_app) {
        // A presented bearer token decides; a session never takes its place.
        (BearerHeader::Malformed, _) => refuse(Refusal::MalformedCredentials),
        (BearerHeader::Token(_), _) if rule.via == Via::Session => refuse(Refusal::CredentialNotAccepted),
        (BearerHeader::Token(token), _) => by_bearer(guarded, token).await,
        (BearerHeader::OtherScheme, None) => refuse(Refusal::UnsupportedScheme),
        // It may be for a proxy in front. A client without a session is told which scheme is supported.
        (BearerHeader::OtherScheme, Some(web_app)) => match by_session(guarded, web_app).await {
            Err(failure) if failure.refusal() == Refusal::NotSignedIn && rule.via == Via::Both => {
                refuse(Refusal::UnsupportedScheme)
            }
            decision => decision,
        },
        (BearerHeader::Absent, None) => refuse(Refusal::NotSignedIn),
        (BearerHeader::Absent, Some(web_app)) => by_session(guarded, web_app).await,
    }
}

#[cfg(test)]
mod tests;
