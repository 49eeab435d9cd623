//! The decision about a bearer token.

use std::sync::Arc;

use super::guarded_request::GuardedRequest;
use super::requirements::{accepts, is_fresh, model_of, run_check};
use crate::bearer::AccessTokenClaims;
use crate::error::{Error, InvalidToken};
use crate::guard::caller::Caller;
use crate::guard::failure::{AuthFailure, Refusal};
use crate::guard::granted::{Decided, Granted};
use crate::guard::identity::{Credential, Identity, SubjectKind};
use crate::guard::permission_model::Model;
use crate::guard::request_state::RequestState;
use crate::guard::rule::Rule;
use crate::guard::verified_token::VerifiedToken;
use crate::logto::Logto;
use crate::names::ORGANIZATION_URN_PREFIX;
use crate::oidc::Audience;
use crate::types::OrganizationId;

/// Grants access to the bearer of a token that the tenant has issued for what the rule requires.
pub(super) async fn by_bearer<'r>(
    guarded: GuardedRequest<'r, '_>,
    token: &str,
) -> Result<Granted<'r>, AuthFailure> {
    let GuardedRequest { request, state, logto, rule } = guarded;
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    let claims = match verified_once(state, logto, token).await {
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
    if !is_of_accepted_client(claims, rule, logto) {
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
    // A token cannot be older than its sign-in: the earlier time counts.
    if !is_fresh(rule, claims.auth_time.map(|time| time.min(claims.issued_at)), logto) {
        return refuse(Refusal::StaleSignIn);
    }
    let identity = Identity {
        subject: Arc::clone(&claims.subject),
        kind,
        via: Credential::Bearer,
        client_id: Some(Arc::clone(&claims.client_id)),
        scopes: claims.scopes.clone(),
        organization,
        actor: claims.actor.as_deref().map(Into::into),
        scopes_are_known: true,
        caller: rule.check.map(|_| Arc::new(Caller::new(&logto.0.exchanges, token))),
        verified_token: VerifiedToken::Bearer(Arc::clone(claims)),
    };
    let loaded = run_check(request, rule, &identity).await?;
    let decided = Decided { identity, request_session: None, token: None, loaded };
    Ok(Granted::new(request, logto, rule, Arc::new(decided)))
}

/// Whether the token's application is one of those that the rule names. Where it names none, one of `bearer_clients`, if
/// any are set; an opaque token was checked against `introspection_clients` already.
fn is_of_accepted_client(claims: &AccessTokenClaims, rule: &Rule, logto: &Logto) -> bool {
    if !rule.clients.is_empty() {
        return rule.clients.contains(&&*claims.client_id);
    }
    let accepted = &logto.0.config.bearer_clients;
    accepted.is_empty() || claims.is_opaque() || accepted.iter().any(|client| **client == *claims.client_id)
}

/// Verifies the request's bearer token once, for all of its rules. Of two guards that a handler runs at the same time,
/// both verify it.
async fn verified_once<'r>(
    state: &'r RequestState,
    logto: &Logto,
    token: &str,
) -> Result<&'r Arc<AccessTokenClaims>, &'r Error> {
    if let Some(verified) = state.bearer.get() {
        return verified.as_ref();
    }
    let ours = |audience: &Audience| {
        logto.0.config.resources.iter().any(|resource| audience.contains(resource.as_str()))
            || audience.iter().any(|one| one.starts_with(ORGANIZATION_URN_PREFIX))
    };
    let verified = logto.0.access_tokens.verify_presented(token, ours).await;
    state.bearer.get_or_init(|| verified).as_ref()
}

/// Checks a token's audience and organization against the model. With another audience the token is invalid here; with
/// the right audience and another organization it is refused.
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
        // It was issued for no API: it identifies a user and grants nothing.
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
