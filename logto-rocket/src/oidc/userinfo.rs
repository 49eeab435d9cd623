//! The userinfo endpoint (OpenID Connect Core §5.3).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::jws::json_object;
use super::provider::Provider;
use crate::error::{Endpoint, Error, InvalidToken, OAuthError, Unavailable, UnavailableCause};
use crate::types::Secret;

impl Provider {
    /// All claims of the granted scopes, for an opaque access token. Fails if they are somebody else's
    /// than `subject`'s (OpenID Connect Core §5.3.2).
    pub(crate) async fn userinfo(
        self: &Arc<Self>,
        access_token: &Secret,
        subject: &str,
    ) -> Result<Map<String, Value>, Error> {
        let claims = self.userinfo_of_anyone(access_token).await?;
        match claims.get("sub").and_then(Value::as_str) {
            Some(found) if found == subject => Ok(claims),
            Some(_) => Err(InvalidToken::Subject.into()),
            None => {
                let what = UnavailableCause::Malformed("it has no `sub`".to_owned());
                Err(Unavailable::new(Endpoint::UserInfo, what).into())
            }
        }
    }

    /// The same for a token whose owner is not known yet.
    pub(crate) async fn userinfo_of_anyone(
        self: &Arc<Self>,
        access_token: &Secret,
    ) -> Result<Map<String, Value>, Error> {
        let malformed =
            |what: &str| Unavailable::new(Endpoint::UserInfo, UnavailableCause::Malformed(what.to_owned()));
        let metadata = self.metadata().await?;
        let url = metadata
            .userinfo_endpoint
            .as_ref()
            .ok_or_else(|| malformed("the discovery document names no such endpoint"))?;
        let request = self.http.client().get(url.clone()).bearer_auth(access_token.expose());
        let answer = self.http.send(Endpoint::UserInfo, request).await?;
        if answer.status != 200 {
            let error = if answer.status == 401 { "invalid_token" } else { "insufficient_scope" };
            return Err(OAuthError {
                endpoint: Endpoint::UserInfo,
                status: answer.status,
                error: error.to_owned(),
                description: None,
            }
            .into());
        }
        Ok(json_object(&answer.body).map_err(|_| malformed("it is not a JSON object"))?)
    }
}
