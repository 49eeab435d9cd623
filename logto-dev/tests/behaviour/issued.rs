//! Tokens without a sign-in.

use logto_dev::Issue;
use logto_dev::recorded::{ACME, ALICE, M2M_APP, ROCKET_APP_PLAIN, SHOPPING_API};

use crate::app::{App, decoded};

#[tokio::test]
async fn every_kind_of_access_token_has_the_dialects_claims() {
    let app = App::new().await;
    let claims = |issue: Issue| decoded(&app.tenant.access_token(issue).unwrap()).1;
    let api = claims(Issue::user("alice").resource(SHOPPING_API));
    assert_eq!(api["aud"], SHOPPING_API);
    assert_eq!(api["scope"], "read:orders write:orders delete:orders");
    assert!(api.get("organization_id").is_none());
    let organization = claims(Issue::user("alice").organization(ACME));
    assert_eq!(organization["aud"], format!("urn:logto:organization:{ACME}"));
    assert_eq!(organization["scope"], "manage:billing invite:member");
    let both = claims(Issue::user("carol").organization(ACME).resource(SHOPPING_API));
    assert_eq!((both["organization_id"].as_str(), both["scope"].as_str()), (Some(ACME), Some("read:orders")));
    let machine = claims(Issue::machine(M2M_APP.id).resource(SHOPPING_API).scopes(["read:orders"]));
    assert_eq!(
        (machine["sub"].as_str(), machine["client_id"].as_str()),
        (Some(M2M_APP.id), Some(M2M_APP.id))
    );
    let opaque = app.tenant.access_token(Issue::user("alice")).unwrap();
    assert_eq!((opaque.len(), app.userinfo(&opaque).await), (43, 200));
}

#[tokio::test]
async fn bad_tokens_have_real_signatures() {
    let app = App::new().await;
    let issue = Issue::user("alice")
        .resource(SHOPPING_API)
        .claim("iss", "https://evil.example/oidc")
        .without("scope")
        .header("typ", "JWT")
        .expired();
    let token = app.tenant.access_token(issue).unwrap();
    let (header, claims) = decoded(&token);
    assert_eq!(
        (header["typ"].as_str(), claims["iss"].as_str()),
        (Some("JWT"), Some("https://evil.example/oidc"))
    );
    assert!(claims.get("scope").is_none());
    assert!(
        claims["exp"].as_i64()
            < Some(app.tenant.clock().now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64)
    );
    let id =
        app.tenant.id_token(Issue::user("alice").client(ROCKET_APP_PLAIN.id).claim("nonce", "n")).unwrap();
    let (header, claims) = decoded(&id);
    assert!(header.get("typ").is_none());
    assert_eq!((claims["sub"].as_str(), claims["aud"].as_str()), (Some(ALICE), Some(ROCKET_APP_PLAIN.id)));
    assert_eq!(claims["nonce"], "n");
}
