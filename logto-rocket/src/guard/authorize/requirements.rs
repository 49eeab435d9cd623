//! What a rule requires of every caller, whatever they present.

use std::time::Duration;

use rocket::Request;

use crate::clock::UnixTime;
use crate::guard::check::{CheckOutcome, Loaded};
use crate::guard::failure::{AuthFailure, Refusal};
use crate::guard::identity::{Identity, SubjectKind};
use crate::guard::launch;
use crate::guard::organization::organization_of;
use crate::guard::permission_model::{Model, ModelShape};
use crate::guard::request_session::RequestSession;
use crate::guard::request_state::RequestState;
use crate::guard::rule::{Rule, Subject};
use crate::guard::session_roles;
use crate::logto::{Logto, WebApp};

/// The permission model that `rule` asks under for this request.
pub(super) fn model_of<'a>(
    request: &Request<'_>,
    logto: &'a Logto,
    rule: &'static Rule,
    request_session: Option<&RequestSession>,
) -> Result<Model<'a>, AuthFailure> {
    let organization = || {
        let session = request_session.and_then(|request_session| request_session.session().ok().flatten());
        rule.organization
            .and_then(|source| organization_of(request, source, session.as_deref()))
            .ok_or_else(|| AuthFailure::new(Refusal::NoOrganization, rule))
    };
    Ok(match ModelShape::of(rule, logto.sole_resource()) {
        ModelShape::Known => Model::Known,
        ModelShape::Api(resource) => Model::Api(resource),
        ModelShape::Organization => Model::Organization(organization()?),
        ModelShape::OrganizationApi(resource) => Model::OrganizationApi(resource, organization()?),
        ModelShape::NoResource => {
            launch::explain(rule, logto);
            return Err(AuthFailure::new(Refusal::Misconfigured, rule));
        }
    })
}

/// Whether a rule takes this kind of caller.
pub(super) fn accepts(subject: Subject, kind: SubjectKind) -> bool {
    match subject {
        Subject::Any => true,
        Subject::User => kind == SubjectKind::User,
        Subject::Machine => kind == SubjectKind::Machine,
    }
}

/// Whether the user has authenticated as recently as the rule requires, to the second: the leeway for clocks makes no
/// sign-in younger. A missing `auth_time` is not fresh, and neither is one in the future.
pub(super) fn is_fresh(rule: &Rule, auth_time: Option<UnixTime>, logto: &Logto) -> bool {
    let Some(seconds) = rule.max_age else { return true };
    let (now, leeway) = (logto.0.clock.now(), logto.0.config.leeway);
    auth_time.is_some_and(|time| time <= now.plus(leeway) && now.since(time) <= Duration::from_secs(seconds))
}

/// Runs the application's own check, after everything else. Returns what it has loaded.
pub(super) async fn run_check(
    request: &Request<'_>,
    rule: &'static Rule,
    identity: &Identity,
) -> Result<Option<Loaded>, AuthFailure> {
    let Some(check) = rule.check else { return Ok(None) };
    match check(identity, request).await {
        CheckOutcome::Admitted(loaded) => Ok(loaded),
        CheckOutcome::Refused(None) => Err(AuthFailure::new(Refusal::CheckFailed, rule)),
        CheckOutcome::Refused(Some(denied)) => Err(AuthFailure::denied(denied, rule)),
    }
}

/// Judges the roles again that have let this request in. A token may have been fetched for it since, with a newer ID
/// token: what the request has learned counts for it, too.
pub(in crate::guard) async fn judge_roles_again(
    request: &Request<'_>,
    request_session: &RequestSession,
    web_app: &WebApp,
) -> Result<(), AuthFailure> {
    let state = RequestState::of(request);
    let judged = state.judged_roles(request);
    // Few rules ask for roles, so the others do not carry this future along.
    if judged.is_empty() {
        return Ok(());
    }
    let newer = Box::pin(session_roles::judge_again(judged, request_session, web_app)).await?;
    newer.into_iter().for_each(|judged| state.record_roles(request, judged));
    Ok(())
}
