//! Every route for each kind of token that a request can show.

use logto_dev::recorded::{ACME, M2M_APP, OTHER_API, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_tests::{Ask, Bench};

use super::table::{cell, read};

const GOOD: &str = "
                            | user API                    | machine API                 | user org-API                | machine org-API             | read-only user API
 GET /                      | 200                         | 200                         | 200                         | 200                         | 200
 GET /profile               | 401 credential_not_accepted | 403 subject_not_accepted    | 403 wrong_organization      | 403 wrong_organization      | 401 credential_not_accepted
 GET /api/whoami            | 200                         | 200                         | 403 wrong_organization      | 403 wrong_organization      | 200
 GET /api/orders            | 200                         | 200                         | 403 wrong_organization      | 403 wrong_organization      | 200
 POST /api/orders           | 201                         | 201                         | 403 wrong_organization      | 403 wrong_organization      | 403 insufficient_scope
 DELETE /api/orders/3       | 204                         | 204                         | 403 wrong_organization      | 403 wrong_organization      | 403 insufficient_scope
 GET /api/upstream          | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /api/userinfo          | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /orgs/{acme}/members   | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 POST /orgs/{acme}/invites  | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /orgs/{acme}/orders    | 403 wrong_organization      | 403 wrong_organization      | 200                         | 403 insufficient_scope      | 403 wrong_organization
 GET /orgs/{globex}/orders  | 403 wrong_organization      | 403 wrong_organization      | 403 wrong_organization      | 403 wrong_organization      | 403 wrong_organization
 GET /logto/user            | 200                         | 200                         | 200                         | 200                         | 200
";

/// Tokens that no guard of the shop's API takes, with the one reason that each has.
const BAD: &str = "
                            | user org           | machine org        | opaque           | expired           | wrong aud          | ID token
 GET /api/whoami            | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 GET /api/orders            | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 POST /api/orders           | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 DELETE /api/orders/3       | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 GET /orgs/{acme}/orders    | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 GET /profile               | 401 token_audience | 401 token_audience | 401 token_opaque | 401 token_expired | 401 token_audience | 401 token_type
 GET /api/upstream          | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /api/userinfo          | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /orgs/{acme}/members   | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted | 401 credential_not_accepted
 GET /                      | 200 | 200 | 200 | 200 | 200 | 200
";

fn token(tenant: &Tenant, kind: &str) -> String {
    let (alice, machine) = (Issue::user("alice"), Issue::machine(M2M_APP.id));
    let issue = match kind {
        "user API" => alice.resource(SHOPPING_API),
        "read-only user API" => alice.resource(SHOPPING_API).scopes(["read:orders"]),
        "machine API" => machine.resource(SHOPPING_API),
        "user org-API" => alice.resource(SHOPPING_API).organization(ACME),
        "machine org-API" => machine.resource(SHOPPING_API).organization(ACME),
        "user org" => alice.organization(ACME),
        "machine org" => machine.organization(ACME),
        "opaque" => alice,
        "expired" => alice.resource(SHOPPING_API).expired(),
        "wrong aud" => alice.resource(OTHER_API).scopes(["read:orders", "write:orders", "delete:orders"]),
        "ID token" => return tenant.id_token(alice).unwrap(),
        other => panic!("no such kind: {other}"),
    };
    let issue = match kind {
        // What the plain token of the recorded tenant holds: an organization role gives `delete:orders`.
        "user API" => issue.scopes(["read:orders", "write:orders", "delete:orders"]),
        _ => issue,
    };
    tenant.access_token(issue).unwrap()
}

async fn check(table: &str) {
    let bench = Bench::storefront().await;
    for column in read(table) {
        let token = token(&bench.tenant, &column.who);
        for (method, path, expected) in column.cells {
            let answer = bench.call(Ask::new(&method, &path).bearer(&token)).await;
            assert_eq!(cell(&answer), expected, "{} at {method} {path}: {answer:?}", column.who);
            if answer.status >= 400 {
                assert!(answer.header("www-authenticate").is_some(), "{} at {path}", column.who);
                assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
            }
        }
    }
}

#[rocket::async_test]
async fn every_route_answers_every_good_token_as_it_should() {
    check(GOOD).await;
}

#[rocket::async_test]
async fn f08_f11_e24_no_route_takes_a_token_that_is_not_for_it() {
    check(BAD).await;
}

/// A browser that shows a bad token is refused like any client: a redirect would hide the mistake.
#[rocket::async_test]
async fn a_bad_token_is_refused_in_a_browser_too() {
    let bench = Bench::storefront().await;
    let expired = token(&bench.tenant, "expired");
    let answer = bench.call(Ask::get("/profile").navigation().bearer(&expired)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "token_expired"));
    assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{answer:?}");
}
