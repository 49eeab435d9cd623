//! The scopes of an identity, where no rule has asked for any.

use rocket::Request;

use super::requirements::judge_roles_again;
use crate::error::Error;
use crate::guard::failure::{AuthFailure, Refusal};
use crate::guard::identity::Identity;
use crate::guard::request_session::RequestSession;
use crate::guard::request_state::RequestState;
use crate::guard::rule::Rule;
use crate::guard::session_roles;
use crate::logto::{Logto, WebApp};
use crate::session::TokenTarget;
use crate::token::TokenRequest;

/// Fills in the scopes of a session's identity where no rule has asked for any. This is for the
/// handler's information: where Logto cannot be asked it stays without scopes rather than fail.
pub(in crate::guard) async fn with_scopes(
    request: &Request<'_>,
    identity: Identity,
    rule: &'static Rule,
) -> Result<Identity, AuthFailure> {
    let logto = request.rocket().state::<Logto>().and_then(Logto::web_app);
    let Some(logto) = logto.filter(|_| !identity.scopes_are_known) else { return Ok(identity) };
    let request_session = RequestState::of(request).session(request, logto).await;
    let complete = with_scopes_of(&request_session, logto, identity, rule).await?;
    judge_roles_again(request, &request_session, logto).await?;
    Ok(complete)
}

/// The same for a session that is known already.
pub(in crate::guard) async fn with_scopes_of(
    request_session: &RequestSession,
    logto: &WebApp,
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
        Err(error) => {
            tracing::warn!(target: "logto", "the scopes of an `Identity` could not be loaded, so it has none: {error}")
        }
    }
    Ok(identity)
}
