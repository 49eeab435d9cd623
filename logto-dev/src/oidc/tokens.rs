//! Issues access tokens: JWTs for resources and organizations, opaque ones for userinfo.

use serde_json::{Map, Value, json};

use super::scopes::oidc_only;
use crate::keys::KeyRing;
use crate::random;
use crate::state::{AccessToken, Basis, OPAQUE_TOKEN_LIFE_MS, State};

pub(crate) const ORGANIZATION_TOKEN_LIFE_S: i64 = 3600;

/// The contents of a JWT access token besides the common claims.
#[derive(Clone, Debug)]
pub(crate) struct JwtToken {
    pub(crate) subject: String,
    pub(crate) client_id: String,
    pub(crate) audience: String,
    pub(crate) organization: Option<String>,
    /// The actor (RFC 8693 §4.1).
    pub(crate) actor: Option<String>,
    /// `None` omits the claim; an empty list writes an empty string.
    pub(crate) scopes: Option<Vec<String>>,
    /// The claims of a JWT customizer.
    pub(crate) extra: Map<String, Value>,
    pub(crate) lifetime_s: i64,
}

pub(crate) fn jwt_claims(token: &JwtToken, issuer: &str, now: i64) -> Map<String, Value> {
    let issued = now / 1000;
    let mut claims = Map::new();
    if let Some(organization) = &token.organization {
        claims.insert("organization_id".into(), organization.as_str().into());
    }
    if let Some(actor) = &token.actor {
        claims.insert("act".into(), json!({ "sub": actor }));
    }
    // A customizer can override these two claims, but none of the following.
    claims.extend(token.extra.clone());
    claims.remove("scope");
    claims.insert("jti".into(), random::token().into());
    claims.insert("sub".into(), token.subject.as_str().into());
    claims.insert("iat".into(), issued.into());
    claims.insert("exp".into(), (issued + token.lifetime_s).into());
    if let Some(scopes) = &token.scopes {
        claims.insert("scope".into(), scopes.join(" ").into());
    }
    claims.insert("client_id".into(), token.client_id.as_str().into());
    claims.insert("iss".into(), issuer.into());
    claims.insert("aud".into(), token.audience.as_str().into());
    claims
}

pub(crate) fn access_token_header(keys: &KeyRing) -> Value {
    let key = keys.current();
    json!({ "alg": key.algorithm(), "typ": "at+jwt", "kid": key.kid })
}

/// ID tokens have no `typ`.
pub(crate) fn id_token_header(keys: &KeyRing) -> Value {
    let key = keys.current();
    json!({ "alg": key.algorithm(), "kid": key.kid })
}

/// An opaque token, valid only for userinfo, with its scopes.
pub(crate) fn opaque_token(
    state: &mut State,
    basis: &Basis,
    scopes: &[String],
    extra: Map<String, Value>,
    now: i64,
) -> (String, Vec<String>) {
    let scopes = oidc_only(scopes);
    let token = AccessToken {
        grant_id: basis.grant_id.clone(),
        client_id: basis.client_id.clone(),
        user_id: basis.user_id.clone(),
        session_uid: basis.session_uid.clone(),
        scopes: scopes.clone(),
        extra,
        issued_at: now,
        expires_at: now + OPAQUE_TOKEN_LIFE_MS,
    };
    let value = random::token();
    state.access_tokens.insert(value.clone(), token);
    (value, scopes)
}
