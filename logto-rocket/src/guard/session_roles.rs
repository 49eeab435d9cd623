//! The roles of the user whose session it is, and how old they may be when they decide.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::failure::{AuthFailure, Refusal};
use super::request_session::RequestSession;
use super::rule::Rule;
use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::WebApp;
use crate::session::{CachedRoles, Session, SessionUpdate, TokenTarget};
use crate::token::TokenRequest;
use crate::types::OrganizationId;

/// Roles that have let a request in, and how old they were.
#[derive(Debug, Clone)]
pub(super) struct JudgedRoles {
    rule: &'static Rule,
    organization: Option<OrganizationId>,
    claims_asked: UnixTime,
}

impl JudgedRoles {
    pub(super) fn is_for_the_same_as(&self, other: &JudgedRoles) -> bool {
        std::ptr::eq(self.rule, other.rule) && self.organization == other.organization
    }
}

/// Accepts users who have the roles that the rule requires.
pub(super) async fn judge(
    request_session: &RequestSession,
    logto: &WebApp,
    rule: &'static Rule,
    organization: Option<&OrganizationId>,
) -> Result<JudgedRoles, AuthFailure> {
    let failed = |error| AuthFailure::from_error(error, rule);
    let held = request_session.roles(logto, organization).await.map_err(failed)?;
    if !rule.is_satisfied_by_roles(&held) {
        return Err(AuthFailure::new(Refusal::MissingRole, rule));
    }
    let claims_asked = request_session.active().map_err(failed)?.claims_asked;
    Ok(JudgedRoles { rule, organization: organization.cloned(), claims_asked })
}

/// Judges again what was judged under an older ID token than the session has now. Returns what took the place of
/// the old judgements.
pub(super) async fn judge_again(
    judged: Vec<JudgedRoles>,
    request_session: &RequestSession,
    logto: &WebApp,
) -> Result<Vec<JudgedRoles>, AuthFailure> {
    let mut newer = Vec::new();
    for JudgedRoles { rule, organization, claims_asked } in judged {
        let session = request_session.active().map_err(|error| AuthFailure::from_error(error, rule))?;
        if session.claims_asked != claims_asked {
            newer.push(Box::pin(judge(request_session, logto, rule, organization.as_ref())).await?);
        }
    }
    Ok(newer)
}

impl RequestSession {
    /// The user's roles, or those in `organization`, no older than the setting `authorization_max_age` allows
    /// and than any change that Logto has told of. From the ID token; from the userinfo endpoint where the tenant
    /// keeps them out of it.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] where they are too old and Logto cannot be asked: old ones do not decide.
    pub(super) async fn roles(
        &self,
        logto: &WebApp,
        organization: Option<&OrganizationId>,
    ) -> Result<Vec<String>, Error> {
        let arrived = logto.0.clock.now();
        let after = logto.0.sessions.ages().roles_count_after(organization).await?;
        // What lies ahead was asked before the clock was set back: nobody knows how old it is.
        let is_young = |asked: UnixTime| asked > after && asked <= logto.0.clock.now();
        let claim = if organization.is_some() { "organization_roles" } else { "roles" };
        let mut session = self.active()?;
        let mut is_young_enough = is_young(session.claims_asked);
        if !is_young_enough && told(session.claims(), claim).is_some() {
            let wanted = TokenRequest::secret(TokenTarget::userinfo()).asked_after(after);
            match Box::pin(self.token(logto, &wanted)).await {
                // A refresh brings an ID token; one that cannot be verified now is not used.
                Ok(_) => {
                    session = self.active()?;
                    let asked_now =
                        arrived <= session.claims_asked && session.claims_asked <= logto.0.clock.now();
                    is_young_enough = asked_now || is_young(session.claims_asked);
                }
                // The token of the sign-in may be good for the userinfo endpoint.
                Err(Error::NoRefreshToken) => {}
                Err(error) => return Err(error),
            }
        }
        let in_id_token = if is_young_enough { told(session.claims(), claim) } else { None };
        let all = match in_id_token {
            Some(roles) => roles,
            None => {
                let held = session.roles.clone().filter(|held| is_young(held.asked));
                let held = match held {
                    Some(held) => held,
                    None => Box::pin(self.ask_for_roles(logto)).await?,
                };
                if organization.is_some() { held.of_organizations } else { held.of_user }
            }
        };
        let Some(organization) = organization else { return Ok(all) };
        let prefix = format!("{organization}:");
        Ok(all.iter().filter_map(|role| role.strip_prefix(&prefix)).map(str::to_owned).collect())
    }

    async fn ask_for_roles(&self, logto: &WebApp) -> Result<CachedRoles, Error> {
        let asked = logto.0.clock.now();
        let claims = self.userinfo(logto).await?;
        let list = |name: &str| told(&claims, name).unwrap_or_default();
        let held =
            CachedRoles { of_user: list("roles"), of_organizations: list("organization_roles"), asked };
        let kept = held.clone();
        let keep: SessionUpdate = Arc::new(move |session: &mut Session| session.roles = Some(kept.clone()));
        self.change(logto, keep).await?;
        Ok(held)
    }
}

/// The texts of a claim that is a list. `None` where it is not told.
fn told(claims: &Map<String, Value>, claim: &str) -> Option<Vec<String>> {
    let values = claims.get(claim)?.as_array()?;
    Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}
