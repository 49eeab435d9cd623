//! The session of a test's user: made as a sign-in makes it, by way of the session manager.

use std::sync::Arc;
use std::time::Duration;

use super::bearer::TOKEN_LIFE;
use super::claims::id_token_claims;
use super::grants::Grant;
use super::tenant::{AccessTokenOf, Tenant};
use super::user::{SessionState, TestUser};
use crate::clock::UnixTime;
use crate::error::Error;
use crate::guard::RequestSession;
use crate::logto::WebApp;
use crate::names::{OPENID, ORGANIZATIONS_RESOURCE, ORGANIZATIONS_SCOPE};
use crate::oidc::{IdTokenClaims, TokenAnswer};
use crate::session::{
    CachedToken, EndReason, PresentedNames, ResponseAction, Session, SessionHandle, SetCookie, TokenTarget,
};
use crate::types::{Scopes, Secret};

/// How many access tokens a session holds from the start. Further ones are fetched when they are needed.
const MAX_TOKENS: usize = 16;

/// The session of `user`, in the state that the test wants.
///
/// # Errors
///
/// What to do, in words.
pub(super) async fn begin(tenant: &Tenant, web_app: &WebApp, user: TestUser) -> Result<Begun, String> {
    let (now, state) = (web_app.0.clock.now(), user.state);
    let has_expired = user.signed_in_ago >= web_app.0.config.session.absolute;
    let grant = granted(web_app, user)?;
    let handle = kept(web_app, described(tenant, web_app, &grant, now)?).await?;
    if state == SessionState::Active && !has_expired {
        return Ok(Begun::Active(handle));
    }
    let cookies = cookies_of(web_app, &handle).await?;
    if state == SessionState::Ended {
        web_app.0.sessions.end(&handle, EndReason::Terminated).await;
    }
    // Before the lookup: what this process remembers of a session counts while a request has it.
    drop(handle);
    let cookies: Vec<_> =
        cookies.iter().filter_map(|cookie| Some((cookie.name.as_str(), cookie.value.as_deref()?))).collect();
    Ok(Begun::Presented(RequestSession::of_cookies(&cookies, web_app).await))
}

/// A session that was made for one request.
pub(super) enum Begun {
    Active(SessionHandle),
    /// It is no longer valid. The request has its cookies.
    Presented(RequestSession),
}

async fn cookies_of(web_app: &WebApp, handle: &SessionHandle) -> Result<Vec<SetCookie>, String> {
    let none = PresentedNames::default();
    let cookies = web_app.0.sessions.response_cookies(Some(handle), ResponseAction::Issue, &none).await;
    cookies.map_err(|error| format!("the session cannot be presented: {error}"))
}

fn granted(web_app: &WebApp, mut user: TestUser) -> Result<Arc<Grant>, String> {
    user.permissions = user.permissions.resolve(web_app.sole_resource())?;
    Ok(Arc::new(Grant { user, requested: web_app.requested_access() }))
}

fn described(
    tenant: &Tenant,
    web_app: &WebApp,
    grant: &Arc<Grant>,
    now: UnixTime,
) -> Result<Session, String> {
    let (user, app_id) = (&grant.user, web_app.0.config.app.id.as_str());
    let (refresh_token, opaque_token) = tenant.begin_grant(Arc::clone(grant));
    let signed_in = now.minus(user.signed_in_ago);
    let claims = IdTokenClaims {
        subject: user.subject.clone(),
        sid: None,
        auth_time: Some(signed_in),
        nonce: None,
        person: id_token_claims(grant),
    };
    let answer = TokenAnswer {
        access_token: Secret::new(opaque_token),
        expires_in: TOKEN_LIFE,
        refresh_token: user.has_refresh_token.then(|| Secret::new(refresh_token)),
        id_token: None,
        scopes: Scopes::parse(OPENID),
    };
    let mut session = Session::begin(&claims, &answer, grant.requested.clone(), now);
    session.created = signed_in;
    session.organization.clone_from(&user.current_organization);
    if user.tokens_expired {
        session.tokens.clear();
        // Roles are too old as well.
        session.claims_asked = UnixTime(0);
    } else if user.has_refresh_token {
        for target in targets(web_app, grant) {
            session.cache_token(issued(tenant, grant, app_id, target, now)?);
        }
    }
    for (name, json) in &user.data {
        let limit = web_app.0.session_data_limit;
        let set = session.data.set(name, Some(json.as_str().into()), limit);
        set.map_err(|error| format!("the session data `{name}` cannot be kept: {error}"))?;
    }
    if user.state == SessionState::Expired {
        let limits = web_app.0.config.session;
        let long_ago = now.minus(limits.idle.max(limits.absolute) + Duration::from_secs(1));
        (session.created, session.seen) = (long_ago, long_ago);
    }
    Ok(session)
}

/// What the session holds access tokens for: all that the user may do and the sign-in has requested.
fn targets(web_app: &WebApp, grant: &Grant) -> Vec<TokenTarget> {
    let mut resources = web_app.resources().to_vec();
    resources.extend(
        grant.user.permissions.resources().into_iter().filter(|one| !web_app.resources().contains(one)),
    );
    resources
        .retain(|one| grant.requested.has_resource(one.as_str()) && one.as_str() != ORGANIZATIONS_RESOURCE);
    let mut targets: Vec<_> = resources.iter().cloned().map(TokenTarget::resource).collect();
    if grant.requested.has_scope(ORGANIZATIONS_SCOPE) {
        for organization in grant.user.permissions.organizations() {
            let of_organization =
                |resource| TokenTarget { resource, organization: Some(organization.clone()) };
            targets.push(of_organization(None));
            targets.extend(resources.iter().cloned().map(|resource| of_organization(Some(resource))));
        }
    }
    targets.truncate(MAX_TOKENS);
    targets
}

fn issued(
    tenant: &Tenant,
    grant: &Grant,
    app_id: &str,
    target: TokenTarget,
    now: UnixTime,
) -> Result<CachedToken, String> {
    let scopes = grant.scopes_of(&target).unwrap_or_default();
    let of = AccessTokenOf {
        subject: &grant.user.subject,
        client_id: app_id,
        target: &target,
        scopes: &scopes,
        claims: &grant.user.token_claims,
        issued_ago: Duration::ZERO,
    };
    let token = tenant.access_token(&of).ok_or("an access token could not be signed")?;
    let secret = Some(Secret::new(token));
    Ok(CachedToken { target, scopes, expires: now.plus(TOKEN_LIFE), received: now, secret, handed_out: true })
}

/// Keeps the session. If cookies have no room for its tokens, it has their scopes alone, as a session whose tokens no
/// handler has asked for.
async fn kept(web_app: &WebApp, session: Session) -> Result<SessionHandle, String> {
    let sessions = &web_app.0.sessions;
    let began = web_app.0.clock.now();
    let mut smaller = session.clone();
    smaller.tokens.iter_mut().for_each(|token| token.secret = None);
    let begun = match sessions.begin(session, began).await {
        Err(Error::SessionTooLarge { .. }) => sessions.begin(smaller, began).await,
        other => other,
    };
    begun.map_err(|error| format!("the session cannot be kept: {error}"))
}
