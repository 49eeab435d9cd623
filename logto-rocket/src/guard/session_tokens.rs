//! The claims of the tokens of a request's session.

use super::request_session::RequestSession;
use super::verified_token::{SessionClaims, SessionTokens};
use crate::error::Error;
use crate::oidc::{Jws, Unique};
use crate::session::TokenTarget;
use crate::token::TokenRequest;

impl SessionTokens for RequestSession {
    fn claims<'a>(&'a self, target: Option<&'a TokenTarget>) -> SessionClaims<'a> {
        Box::pin(async move {
            let Some(target) = target else {
                return Ok((self.active()?.claims().clone(), None));
            };
            let token = self.token(self.web_app(), &TokenRequest::secret(target.clone())).await?;
            // It was verified when it came, and sealed or stored since.
            let secret = token.secret.ok_or(Error::NoRefreshToken)?;
            let Unique(claims) = Jws::parse(secret.expose())?.claims()?;
            Ok((claims, Some(token.scopes)))
        })
    }
}
