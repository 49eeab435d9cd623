//! jwt-authorizer: an access token, verified on each request (ES384).

use axum_07::Router;
use axum_07::routing::get;
use jwt_authorizer::{Authorizer, IntoLayer, JwtAuthorizer, JwtClaims, Validation};
use logto_benches::API;
use serde::Deserialize;

use crate::Outcome;

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    sub: String,
    scope: String,
}

async fn guarded(JwtClaims(claims): JwtClaims<Claims>) -> &'static str {
    if claims.sub.is_empty() { "nobody" } else { "ok" }
}

pub(crate) async fn router(jwks: &str, issuer: &str) -> Outcome<Router> {
    let authorizer: Authorizer<Claims> = JwtAuthorizer::from_jwks_url(jwks)
        .validation(Validation::new().iss(&[issuer]).aud(&[API]))
        .check(|claims: &Claims| claims.scope.split(' ').any(|scope| scope == "read:orders"))
        .build()
        .await?;
    let guarded = Router::new().route("/guarded", get(guarded)).layer(authorizer.into_layer());
    Ok(Router::new().route("/open", get(crate::open)).merge(guarded))
}
