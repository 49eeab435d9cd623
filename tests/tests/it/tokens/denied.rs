//! The tenant denies a token: its access control, or `api.denyAccess()` in its JWT customizer.

use logto_dev::recorded::ACME;
use logto_dev::{Endpoint, Fault};
use logto_tests::Bench;

use super::{A_MOMENT, refreshes, with_expired_token};

/// As recorded: 400, and the refresh token is kept.
const DENIAL: &str = r#"{"code":"oidc.access_denied","message":"Access denied.","error":"access_denied","error_description":"plan has ended"}"#;

#[rocket::async_test]
async fn field_26_a_denial_at_a_refresh_refuses_the_request_and_keeps_the_session() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let mut alice = with_expired_token(&bench).await;
        let of_acme = |what: &str| format!("/orgs/{ACME}/{what}");
        for path in ["/token", "/orders", "/userinfo", &of_acme("token"), &of_acme("api"), &of_acme("orders")]
        {
            bench.tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(400, DENIAL.to_owned()));
            let before = refreshes(&bench);
            let answer = alice.fetch(path).await;
            let what = format!("{store} {path}");
            assert_eq!((answer.status, answer.code().as_str()), (403, "access_denied"), "{what}: {answer:?}");
            assert!(answer.header("retry-after").is_none(), "{what}");
            assert!(answer.cookies().iter().all(|cookie| !cookie.is_deletion()), "{what}: {answer:?}");
            assert_eq!(refreshes(&bench), before + 1, "{what}: an answer is an answer");
            let page = alice.open(path).await;
            assert_eq!((page.status, page.code().as_str()), (403, "access_denied"), "{what}: {page:?}");
            assert_eq!(alice.fetch("/known").await.status, 200, "{what}: still signed in");
            bench.tenant.faults().clear();
            bench.tenant.clock().advance(A_MOMENT);
        }
        assert_eq!(
            alice.fetch("/token").await.status,
            200,
            "{store}: the refresh token is as good as before"
        );
    }
}
