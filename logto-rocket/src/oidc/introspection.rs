//! Token introspection (RFC 7662): what Logto says of an opaque token.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::client::with_credentials;
use super::jws::{Audience, NumericDate, json_object};
use super::provider::Provider;
use crate::config::AppCredentials;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::types::Secret;

/// What is read of an answer.
///
/// Not `sub`, and no custom member: a tenant's JWT customizer may put anything there, even what the token's
/// owner has written into their own profile. Whose token it is, userinfo tells. `act` is read all the same: it
/// takes rights away and gives none.
#[derive(Debug, Deserialize)]
pub(crate) struct Introspection {
    #[serde(default)]
    pub(crate) active: bool,
    /// Missing for a refresh token, which is no credential here.
    pub(crate) token_type: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) iss: Option<String>,
    pub(crate) aud: Option<Audience>,
    pub(crate) iat: Option<NumericDate>,
    pub(crate) exp: Option<NumericDate>,
    pub(crate) act: Option<Value>,
}

impl Provider {
    /// Asks about an opaque token as the application `app`. Whatever is no answer to the question is our trouble, not the token's: a
    /// wrong application secret makes no token invalid.
    pub(crate) async fn introspect(
        self: &Arc<Self>,
        app: &AppCredentials,
        token: &Secret,
    ) -> Result<Introspection, Unavailable> {
        let malformed = |what: &str| {
            Unavailable::new(Endpoint::Introspection, UnavailableCause::Malformed(what.to_owned()))
        };
        let metadata = self.metadata().await?;
        let url = metadata
            .introspection_endpoint
            .as_ref()
            .ok_or_else(|| malformed("the discovery document names no such endpoint"))?;
        let form = [("token", token.expose()), ("token_type_hint", "access_token")];
        let request = with_credentials(self.http.client().post(url.clone()), app).form(&form);
        let answer = self.http.send(Endpoint::Introspection, request).await?;
        if answer.status != 200 {
            return Err(Unavailable::new(Endpoint::Introspection, UnavailableCause::Status(answer.status)));
        }
        json_object(&answer.body).map_err(|_| malformed("it is not an introspection response"))
    }
}
