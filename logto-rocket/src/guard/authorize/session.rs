//! The decision about a session.

use std::future::ready;
use std::sync::Arc;

use rocket::futures::future::Either;

use super::guarded_request::GuardedRequest;
use super::requirements::{accepts, is_fresh, judge_roles_again, model_of, run_check};
use crate::error::Error;
use crate::guard::browser::{is_cross_site, is_unsafe};
use crate::guard::failure::{AuthFailure, Refusal};
use crate::guard::granted::{Decided, Granted};
use crate::guard::identity::{Credential, Identity, SubjectKind};
use crate::guard::incremental_authorization;
use crate::guard::permission_model::Model;
use crate::guard::request_session::RequestSession;
use crate::guard::rule::{Rule, TokenKind};
use crate::guard::session_roles;
use crate::guard::verified_token::{SessionTokens, VerifiedToken};
use crate::logto::WebApp;
use crate::session::{CachedToken, SessionHandle, TokenTarget};
use crate::token::TokenRequest;
use crate::types::{ResourceIndicator, Scopes};

/// Grants access to a session that allows what the rule requires.
pub(super) async fn by_session<'r>(
    guarded: GuardedRequest<'r, '_>,
    web_app: &'r WebApp,
) -> Result<Granted<'r>, AuthFailure> {
    let GuardedRequest { request, state, rule, .. } = guarded;
    let request_session = state.session(request, web_app).await;
    let session = match request_session.session() {
        Ok(Some(session)) => session,
        Ok(None) => return Err(AuthFailure::new(Refusal::NotSignedIn, rule)),
        Err(error) => return Err(AuthFailure::from_error(error, rule)),
    };
    by_active_session(guarded, web_app, request_session, &session)
        .await
        .map_err(|failure| incremental_authorization::note(failure, &session, web_app))
}

async fn by_active_session<'r>(
    guarded: GuardedRequest<'r, '_>,
    web_app: &'r WebApp,
    request_session: Arc<RequestSession>,
    session: &SessionHandle,
) -> Result<Granted<'r>, AuthFailure> {
    let GuardedRequest { request, state, logto, rule } = guarded;
    let refuse = |refusal| Err(AuthFailure::new(refusal, rule));
    if !rule.keeps_alive {
        request_session.do_not_renew();
    }
    // Few requests come from another site, and to tell these reads fewer headers.
    if is_cross_site(request, &web_app.0.config) && is_unsafe(request, request.method()) {
        return refuse(Refusal::CrossSiteRequest);
    }
    if !accepts(rule.subject, SubjectKind::User) {
        return refuse(Refusal::SubjectNotAccepted);
    }
    let model = model_of(request, logto, rule, Some(&request_session))?;
    let target = target_of(&model);
    let mut identity = Identity {
        subject: Arc::clone(&session.subject),
        kind: SubjectKind::User,
        via: Credential::Session,
        client_id: None,
        scopes: Scopes::default(),
        organization: target.as_ref().and_then(|target| target.organization.clone()),
        actor: None,
        scopes_are_known: false,
        caller: None,
        verified_token: VerifiedToken::Session {
            tokens: Arc::clone(&request_session) as Arc<dyn SessionTokens>,
            target: target.clone(),
        },
    };
    let mut token = None;
    if let Some(target) = target {
        let cached = token_for(&request_session, web_app, rule, target)
            .await
            .map_err(|error| AuthFailure::from_error(error, rule))?;
        if !rule.is_satisfied_by(&cached.scopes) {
            return refuse(Refusal::InsufficientScope);
        }
        identity.scopes = cached.scopes.clone();
        identity.scopes_are_known = true;
        token = Some(cached);
    }
    if rule.asks_for_roles() {
        let judged =
            Box::pin(session_roles::judge(&request_session, web_app, rule, identity.organization.as_ref()))
                .await?;
        state.record_roles(request, judged);
    }
    // Also for the other rules of this route: this one may have fetched a newer ID token.
    judge_roles_again(request, &request_session, web_app).await?;
    // After everything that a fresh sign-in would not change.
    if !is_fresh(rule, session.auth_time, logto) {
        return refuse(Refusal::StaleSignIn);
    }
    let loaded = run_check(request, rule, &identity).await?;
    let decided = Decided { identity, request_session: Some(request_session), token, loaded };
    Ok(Granted::new(request, logto, rule, Arc::new(decided)))
}

/// The token that the rule needs. What fetches it is in a box, so that requests whose session holds it do not carry that
/// along.
fn token_for<'a>(
    request_session: &'a RequestSession,
    web_app: &'a WebApp,
    rule: &Rule,
    target: TokenTarget,
) -> impl Future<Output = Result<CachedToken, Error>> + Send + 'a {
    let wanted = match rule.token {
        TokenKind::None => TokenRequest::scopes(target),
        TokenKind::Access | TokenKind::Organization => TokenRequest::secret(target),
    };
    match request_session.cached_token(web_app, &wanted).transpose() {
        Some(cached) => Either::Left(ready(cached)),
        None => Either::Right(Box::pin(async move { request_session.token(web_app, &wanted).await })),
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
