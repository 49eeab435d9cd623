//! The one decision: may this request do what the rule guards?

use std::sync::Arc;
use std::time::Duration;

use rocket::Request;

use super::authorized::Granted;
use super::browser::{is_cross_site, is_unsafe};
use super::challenge::{RedirectLoopMark, has_step_up_mark, redirect_loop_mark};
use super::failure::{AuthFailure, Refusal};
use super::identity::{Credential, Identity, SubjectKind};
use super::launch;
use super::missing::asked_without_fairing;
use super::organization::organization_of;
use super::request_session::RequestSession;
use super::request_state::RequestState;
use super::rule::{Rule, Subject, TokenKind, Via};
use super::session_roles;
use crate::bearer::{AccessTokenClaims, BearerHeader, read_authorization};
use crate::clock::UnixTime;
use crate::error::{Error, InvalidToken};
use crate::logto::Logto;
use crate::names::{ORGANIZATION_URN_PREFIX, ORGANIZATIONS_RESOURCE};
use crate::oidc::Audience;
use crate::session::{CachedToken, TokenTarget};
use crate::telemetry;
use crate::token::TokenRequest;
use crate::types::{OrganizationId, ResourceIndicator, Scopes};

/// Decides, and keeps a record: of who was let in, for the handler's other guards; of why not, for the
/// answer.
pub(crate) async fn authorize<'r>(
    request: &'r Request<'_>,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let state = RequestState::of(request);
    state.mark_guarded();
    let decision = match request.rocket().state::<Logto>() {
        Some(logto) => decide(request, logto, rule).await,
        None => {
            asked_without_fairing(request, rule);
            Err(AuthFailure::new(Refusal::Misconfigured, rule))
        }
    };
    match decision {
        Ok(granted) => {
            telemetry::decided("allowed", granted.identity().via().as_str());
            state.let_in(request, granted.identity());
            if rule.max_age.is_some() && has_step_up_mark(request, granted.logto) {
                state.set_cookie(redirect_loop_mark(granted.logto, RedirectLoopMark::Worked));
            }
            Ok(granted)
        }
        // Whether the request is refused for it, the answer will tell: then it is written to the audit.
        Err(failure) => {
            telemetry::decided(failure.code(), presented(request, &failure));
            state.record(request, &failure);
            Err(failure)
        }
    }
}

/// The kind of credential that was refused.
fn presented(request: &Request<'_>, failure: &AuthFailure) -> &'static str {
    let is_bearer = read_authorization(request.headers().get("authorization")).is_ours();
    match failure.refusal() {
        // Where it is refused, a bearer token was wanted.
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
    match read_authorization(request.headers().get("authorization")) {
        // A bearer token that was shown is judged, never passed over for a session.
        BearerHeader::Malformed => refuse(Refusal::MalformedCredentials),
        BearerHeader::Token(_) if rule.via == Via::Session => refuse(Refusal::CredentialNotAccepted),
        BearerHeader::Token(token) => by_bearer(request, logto, rule, token).await,
        BearerHeader::OtherScheme if rule.via == Via::Bearer => refuse(Refusal::UnsupportedScheme),
        // It may be for a proxy in front. A program without a session hears which scheme there is.
        BearerHeader::OtherScheme => match by_session(request, logto, rule).await {
            Err(failure) if failure.refusal() == Refusal::NotSignedIn && rule.via == Via::Both => {
                refuse(Refusal::UnsupportedScheme)
            }
            decision => decision,
        },
        BearerHeader::Absent if rule.via == Via::Bearer => refuse(Refusal::NotSignedIn),
        BearerHeader::Absent => by_session(request, logto, rule).await,
    }
}

/// Which of Logto's three permission models a rule asks under. They are never mixed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Model<'a> {
    /// No model: the rule asks only for a known caller.
    Known,
    /// `aud` is the API resource, and there is no organization.
    Api(&'a str),
    /// `aud` is the organization.
    Organization(OrganizationId),
    /// `aud` is the API resource, and `organization_id` is the organization.
    OrganizationApi(&'a str, OrganizationId),
}

/// The shape of a rule's model, known at launch: what [`Model`] is without the request's organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ModelShape<'a> {
    Known,
    Api(&'a str),
    Organization,
    OrganizationApi(&'a str),
    /// A resource is needed and cannot be told.
    NoResource,
}

impl<'a> ModelShape<'a> {
    pub(super) fn of(rule: &Rule, sole_resource: Option<&'a ResourceIndicator>) -> ModelShape<'a> {
        let with_organization = rule.organization.is_some();
        if rule.resource == Some(ORGANIZATIONS_RESOURCE) {
            return ModelShape::Organization;
        }
        let asks_for_scopes = rule.named_scopes().next().is_some();
        let about_organization_alone = match rule.token {
            TokenKind::Organization => true,
            TokenKind::Access => false,
            TokenKind::None => with_organization && !asks_for_scopes,
        };
        let resource = match rule.resource {
            Some(resource) => resource,
            None if about_organization_alone => return ModelShape::Organization,
            None if !asks_for_scopes && rule.token == TokenKind::None => return ModelShape::Known,
            None => match sole_resource {
                Some(resource) => resource.as_str(),
                None => return ModelShape::NoResource,
            },
        };
        if with_organization { ModelShape::OrganizationApi(resource) } else { ModelShape::Api(resource) }
    }
}

fn model_of<'a>(
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

async fn by_bearer<'r>(
    request: &'r Request<'_>,
    logto: &'r Logto,
    rule: &'static Rule,
    token: &str,
) -> Result<Granted<'r>, AuthFailure> {
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    let claims = match verified_once(request, logto, token).await {
        Ok(claims) => claims,
        Err(Error::InvalidToken(reason)) => {
            return Err(AuthFailure::new(Refusal::InvalidToken(*reason), rule)
                .because(logto.0.access_tokens.explain(*reason)));
        }
        Err(Error::Unavailable(unavailable)) => {
            let mut failure = AuthFailure::new(Refusal::Unavailable, rule);
            failure.retry_after = unavailable.retry_after;
            tracing::warn!(target: "logto", "{unavailable}");
            return Err(failure);
        }
        Err(_) => return refuse(Refusal::Misconfigured),
    };
    if !is_of_accepted_client(claims, logto) {
        return refuse(Refusal::ClientNotAccepted);
    }
    let model = model_of(request, logto, rule, None)?;
    let organization =
        organization_in(&model, claims, logto).map_err(|refusal| AuthFailure::new(refusal, rule))?;
    let kind = if claims.is_machine() { SubjectKind::Machine } else { SubjectKind::User };
    if !accepts(rule.subject, kind) {
        return refuse(Refusal::SubjectNotAccepted);
    }
    if !rule.is_satisfied_by(&claims.scopes) {
        return refuse(Refusal::InsufficientScope);
    }
    if rule.asks_for_roles() {
        return refuse(Refusal::RolesUnknown);
    }
    // A token that was issued before its sign-in does not tell when that was.
    if !is_fresh(rule, claims.auth_time.map(|time| time.min(claims.issued_at)), logto) {
        return refuse(Refusal::StaleSignIn);
    }
    let identity = Identity {
        subject: claims.subject.as_str().into(),
        kind,
        via: Credential::Bearer,
        client_id: Some(claims.client_id.as_str().into()),
        scopes: claims.scopes.clone(),
        organization,
        actor: claims.actor.as_deref().map(Into::into),
        scopes_are_known: true,
    };
    ask_check(request, rule, &identity).await?;
    Ok(Granted::new(logto, rule, identity, None))
}

/// Whether the application that the token was issued to is one of those that are named, where any are. An opaque
/// token has been held against `introspection_clients` already.
fn is_of_accepted_client(claims: &AccessTokenClaims, logto: &Logto) -> bool {
    let accepted = &logto.0.config.bearer_clients;
    accepted.is_empty() || claims.is_opaque() || accepted.contains(&claims.client_id)
}

/// Whether the person showed who they are as recently as the rule asks, to the second: the leeway for clocks makes no
/// sign-in younger. Who has not said when has not, and neither has who says that it is yet to come.
fn is_fresh(rule: &Rule, auth_time: Option<UnixTime>, logto: &Logto) -> bool {
    let Some(seconds) = rule.max_age else { return true };
    let (now, leeway) = (logto.0.clock.now(), logto.0.config.leeway);
    auth_time.is_some_and(|time| time <= now.plus(leeway) && now.since(time) <= Duration::from_secs(seconds))
}

/// The user's own question, when everything else is answered.
async fn ask_check(
    request: &Request<'_>,
    rule: &'static Rule,
    identity: &Identity,
) -> Result<(), AuthFailure> {
    match rule.check {
        Some(check) if !check(identity, request).await => Err(AuthFailure::new(Refusal::CheckFailed, rule)),
        _ => Ok(()),
    }
}

/// A request has one bearer token, however many rules look at it.
async fn verified_once<'r>(
    request: &'r Request<'_>,
    logto: &Logto,
    token: &str,
) -> Result<&'r AccessTokenClaims, &'r Error> {
    let ours = |audience: &Audience| {
        logto.0.config.resources.iter().any(|resource| audience.contains(resource.as_str()))
            || audience.iter().any(|one| one.starts_with(ORGANIZATION_URN_PREFIX))
    };
    let verify = || logto.0.access_tokens.verify_presented(token, ours);
    RequestState::of(request).bearer.get_or_init(verify).await.as_ref().map(Arc::as_ref)
}

/// Holds a token's audience and organization against the model. An audience that is not the rule's makes
/// the token invalid here; the right audience with the wrong organization is a refusal.
fn organization_in(
    model: &Model<'_>,
    claims: &AccessTokenClaims,
    logto: &Logto,
) -> Result<Option<OrganizationId>, Refusal> {
    let wrong_audience = Err(Refusal::InvalidToken(InvalidToken::Audience));
    let is_for = |resource: &str| claims.audience.contains(resource);
    let plain = || match &claims.organization {
        None => Ok(None),
        Some(_) => Err(Refusal::WrongOrganization),
    };
    match model {
        // It was issued for no API, so it is nobody's word on what its owner may do.
        Model::Known if claims.is_opaque() => Ok(None),
        _ if claims.is_opaque() => Err(Refusal::InvalidToken(InvalidToken::Opaque)),
        Model::Known if logto.0.config.resources.iter().any(|resource| is_for(resource.as_str())) => plain(),
        Model::Api(resource) if is_for(resource) => plain(),
        Model::Known | Model::Api(_) => wrong_audience,
        Model::OrganizationApi(resource, asked) if is_for(resource) => {
            if claims.organization.as_ref() == Some(asked) {
                Ok(Some(asked.clone()))
            } else {
                Err(Refusal::WrongOrganization)
            }
        }
        Model::OrganizationApi(..) => wrong_audience,
        Model::Organization(asked) => {
            let mut organizations =
                claims.audience.iter().filter_map(|urn| OrganizationId::from_urn(urn)).peekable();
            if organizations.peek().is_none() || claims.organization.is_some() {
                return wrong_audience;
            }
            if organizations.any(|id| id == *asked) {
                Ok(Some(asked.clone()))
            } else {
                Err(Refusal::WrongOrganization)
            }
        }
    }
}

fn accepts(subject: Subject, kind: SubjectKind) -> bool {
    match subject {
        Subject::Any => true,
        Subject::User => kind == SubjectKind::User,
        Subject::Machine => kind == SubjectKind::Machine,
    }
}

async fn by_session<'r>(
    request: &'r Request<'_>,
    logto: &'r Logto,
    rule: &'static Rule,
) -> Result<Granted<'r>, AuthFailure> {
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    let request_session = RequestState::of(request).session(request, logto).await;
    let session = request_session.session().map_err(|error| AuthFailure::from_error(error, rule))?;
    let Some(session) = session else { return refuse(Refusal::NotSignedIn) };
    if is_unsafe(request, request.method()) && is_cross_site(request, &logto.0.config) {
        return refuse(Refusal::CrossSiteRequest);
    }
    if !accepts(rule.subject, SubjectKind::User) {
        return refuse(Refusal::SubjectNotAccepted);
    }
    let model = model_of(request, logto, rule, Some(&request_session))?;
    let target = target_of(&model);
    let mut identity = Identity {
        subject: session.subject.as_str().into(),
        kind: SubjectKind::User,
        via: Credential::Session,
        client_id: None,
        scopes: Scopes::default(),
        organization: target.as_ref().and_then(|target| target.organization.clone()),
        actor: None,
        scopes_are_known: false,
    };
    let mut token = None;
    if let Some(target) = target {
        let held = token_for(&request_session, logto, rule, target).await?;
        identity.scopes = held.scopes.clone();
        identity.scopes_are_known = true;
        token = Some(held);
    }
    if rule.asks_for_roles() {
        let judged =
            session_roles::judge(&request_session, logto, rule, identity.organization.as_ref()).await?;
        RequestState::of(request).note_roles(request, judged);
    }
    // Of the other rules of this route, too: this one may have fetched what they have not seen.
    session_roles::judge_again(request, &request_session, logto).await?;
    // After what a fresh sign-in could not mend.
    if !is_fresh(rule, session.auth_time, logto) {
        return refuse(Refusal::StaleSignIn);
    }
    ask_check(request, rule, &identity).await?;
    Ok(Granted::new(logto, rule, identity, Some(request_session)).with_token(token))
}

/// The token that the rule asks about, if it allows what the rule asks.
async fn token_for(
    request_session: &RequestSession,
    logto: &Logto,
    rule: &'static Rule,
    target: TokenTarget,
) -> Result<CachedToken, AuthFailure> {
    let wanted = if rule.token == TokenKind::None {
        TokenRequest::scopes(target)
    } else {
        TokenRequest::secret(target)
    };
    let token =
        request_session.token(logto, &wanted).await.map_err(|error| AuthFailure::from_error(error, rule))?;
    if rule.is_satisfied_by(&token.scopes) {
        Ok(token)
    } else {
        Err(AuthFailure::new(Refusal::InsufficientScope, rule))
    }
}

/// The access token whose scopes answer for a session under `model`.
fn target_of(model: &Model<'_>) -> Option<TokenTarget> {
    let resource = |indicator: &str| ResourceIndicator::new(indicator);
    match model {
        Model::Known => None,
        Model::Api(indicator) => Some(TokenTarget::resource(resource(indicator))),
        Model::Organization(id) => Some(TokenTarget { resource: None, organization: Some(id.clone()) }),
        Model::OrganizationApi(indicator, id) => {
            Some(TokenTarget { resource: Some(resource(indicator)), organization: Some(id.clone()) })
        }
    }
}

/// Fills in the scopes of a session's identity where no rule has asked for any. This is for the
/// handler's information: where Logto cannot be asked it stays without scopes rather than fail.
pub(super) async fn with_scopes(
    request: &Request<'_>,
    identity: Identity,
    rule: &'static Rule,
) -> Result<Identity, AuthFailure> {
    let Some(logto) = request.rocket().state::<Logto>().filter(|_| !identity.scopes_are_known) else {
        return Ok(identity);
    };
    let request_session = RequestState::of(request).session(request, logto).await;
    let complete = with_scopes_of(&request_session, logto, identity, rule).await?;
    session_roles::judge_again(request, &request_session, logto).await?;
    Ok(complete)
}

pub(super) async fn with_scopes_of(
    request_session: &RequestSession,
    logto: &Logto,
    mut identity: Identity,
    rule: &'static Rule,
) -> Result<Identity, AuthFailure> {
    let (false, Some(resource)) = (identity.scopes_are_known, logto.sole_resource()) else {
        return Ok(identity);
    };
    let wanted = TokenRequest::scopes(TokenTarget::resource(resource.clone()));
    let before = request_session.active().map(|session| session.claims_asked);
    match request_session.token(logto, &wanted).await {
        Ok(token) => {
            let after = request_session.active().map(|session| session.claims_asked);
            if rule.asks_for_roles() && before.ok() != after.ok() {
                session_roles::judge(request_session, logto, rule, identity.organization.as_ref()).await?;
            }
            identity.scopes = token.scopes;
            identity.scopes_are_known = true;
        }
        // Nobody is let in on the strength of a session that has just turned out to be over.
        Err(Error::SessionEnded) => return Err(AuthFailure::new(Refusal::SessionEnded, rule)),
        Err(error) => tracing::warn!(target: "logto", "an identity goes without scopes: {error}"),
    }
    Ok(identity)
}

#[cfg(test)]
mod tests;
