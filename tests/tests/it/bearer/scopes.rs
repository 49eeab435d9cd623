//! Scopes are compared as RFC 6749 writes them: whole, and by case.

use logto_tests::{Ask, Bench};
use serde_json::json;

use super::{accepted, alice, show};

#[rocket::async_test]
async fn f17_only_the_very_scope_counts() {
    let bench = Bench::probe_app().await;
    for good in [
        "read:orders",
        " read:orders ",
        "a  read:orders",
        "read:orders read:orders",
        "x read:orders2 read:orders",
    ] {
        accepted(&bench, &bench.tenant.access_token(alice().claim("scope", good)).unwrap(), good).await;
    }
    for bad in [
        "",
        "read:orders2",
        "READ:ORDERS",
        "read:order",
        "xread:orders",
        "read:orders\twrite:orders",
        "read:orders,write:orders",
        "read:\u{200b}orders",
        "read:orders\u{0}",
        "\"read:orders\"",
        "*",
        "read:*",
        "admin",
    ] {
        let answer = show(&bench, &bench.tenant.access_token(alice().claim("scope", bad)).unwrap()).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "insufficient_scope"), "{bad:?}");
    }
    let none = bench.tenant.access_token(alice().without("scope")).unwrap();
    assert_eq!(show(&bench, &none).await.status, 403);
    let null = bench.tenant.access_token(alice().claim("scope", json!(null))).unwrap();
    assert_eq!(show(&bench, &null).await.status, 403);
}

#[rocket::async_test]
async fn f17_many_scopes_are_no_trouble() {
    let bench = Bench::probe_app().await;
    let many: Vec<String> = (0..1_500).map(|n| format!("scope:{n}")).collect();
    let scope = format!("{} read:orders", many.join(" "));
    accepted(&bench, &bench.tenant.access_token(alice().claim("scope", scope)).unwrap(), "1500 scopes").await;
}

#[rocket::async_test]
async fn f16_all_of_means_all_and_any_of_means_one() {
    let bench = Bench::probe_app().await;
    for (scope, all, any) in [
        ("", 403, 403),
        ("read:orders", 403, 403),
        ("write:orders", 403, 200),
        ("delete:orders", 403, 200),
        ("read:orders write:orders", 200, 200),
        ("write:orders read:orders delete:orders", 200, 200),
        ("read:orders delete:orders", 403, 200),
    ] {
        let token = bench.tenant.access_token(alice().claim("scope", scope)).unwrap();
        assert_eq!(
            bench.call(Ask::post("/orders").bearer(&token)).await.status,
            all,
            "all of, with {scope:?}"
        );
        assert_eq!(bench.call(Ask::get("/any").bearer(&token)).await.status, any, "any of, with {scope:?}");
    }
}
