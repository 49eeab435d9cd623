//! The one decision: may this request do what the rule guards?

mod bearer;
mod identity_scopes;
mod requirements;
mod session;

use std::any::TypeId;

use rocket::Request;

use bearer::by_bearer;
pub(super) use identity_scopes::{with_scopes, with_scopes_of};
use session::by_session;

use super::access::rule_summary;
use super::failure::{AuthFailure, Refusal};
use super::granted::Granted;
use super::identity::Credential;
use super::launch;
use super::missing::asked_without_fairing;
use super::redirect_loop_mark::{RedirectLoopMark, has_step_up_mark, redirect_loop_mark};
use super::request_state::RequestState;
use super::rule::{Rule, Via};
use crate::bearer::{BearerHeader, read_authorization};
use crate::logto::Logto;
use crate::telemetry::{self, DecisionSpan};

/// Decides under the rule of `requirement` once for each request and route. A token parameter, a guard of the
/// application's own and a second parameter of the same type get the first decision, and the user's own check runs once.
pub(super) async fn decide_once<'r>(
    request: &'r Request<'_>,
    requirement: TypeId,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let state = RequestState::of(request);
    match (state.decision(request, requirement), request.rocket().state::<Logto>()) {
        (Some(Ok(parts)), Some(logto)) => Ok(Granted::from_parts(logto, rule, parts)),
        (Some(Err(failure)), _) => {
            state.record(request, &failure);
            Err(failure)
        }
        _ => {
            let decision = authorize(request, rule).await;
            let parts = decision.as_ref().map(Granted::parts).map_err(AuthFailure::clone);
            state.record_decision(request, requirement, parts);
            decision
        }
    }
}

/// Decides, and records the decision in the request state: the identity for the handler's other guards, or the failure
/// for the response.
pub(crate) async fn authorize<'r>(
    request: &'r Request<'_>,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let state = RequestState::of(request);
    state.mark_guarded();
    let decision = match request.rocket().state::<Logto>() {
        Some(logto) => match decision_span(request, logto, rule) {
            None => decide(request, logto, rule).await,
            Some(span) => Box::pin(decide_within(span, request, logto, rule)).await,
        },
        None => {
            asked_without_fairing(request, rule);
            Err(AuthFailure::new(Refusal::Misconfigured, rule))
        }
    };
    match decision {
        Ok(granted) => {
            telemetry::decided("allowed", granted.identity().via().as_str());
            state.record_identity(request, granted.identity());
            if let (Some(_), Some(session)) = (rule.max_age, &granted.session)
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
    request: &'r Request<'_>,
    logto: &'r Logto,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let decision = span.run(decide(request, logto, rule)).await;
    match &decision {
        Ok(granted) => span.end("allowed", granted.identity().via().as_str()),
        Err(failure) => span.end(failure.code(), presented(request, failure)),
    }
    decision
}

/// The kind of credential that was refused.
fn presented(request: &Request<'_>, failure: &AuthFailure) -> &'static str {
    let is_bearer = read_authorization(request.headers().get("authorization")).is_ours();
    match failure.refusal() {
        // It is refused only where a bearer token is required.
        Refusal::UnsupportedScheme => Credential::Bearer.as_str(),
        _ if is_bearer => Credential::Bearer.as_str(),
        Refusal::NotSignedIn => "none",
        _ => Credential::Session.as_str(),
    }
}

async fn decide<'r>(
    request: &'r Request<'_>,
    logto: &'r Logto,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    let presented = read_authorization(request.headers().get("authorization"));
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
        (BearerHeader::Token(token), _) => by_bearer(request, logto, rule, token).await,
        (BearerHeader::OtherScheme, None) => refuse(Refusal::UnsupportedScheme),
        // It may be for a proxy in front. A client without a session is told which scheme is supported.
        (BearerHeader::OtherScheme, Some(web_app)) => match by_session(request, logto, web_app, rule).await {
            Err(failure) if failure.refusal() == Refusal::NotSignedIn && rule.via == Via::Both => {
                refuse(Refusal::UnsupportedScheme)
            }
            decision => decision,
        },
        (BearerHeader::Absent, None) => refuse(Refusal::NotSignedIn),
        (BearerHeader::Absent, Some(web_app)) => by_session(request, logto, web_app, rule).await,
    }
}

#[cfg(test)]
mod tests;
