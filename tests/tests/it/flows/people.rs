//! Every route for everybody who has a session, and for who has none.

use logto_tests::{Ask, Bench};

use super::table::{cell, read};

/// What a script of the shop's pages gets.
const TABLE: &str = "
                             | alice            | bob                    | carol                  | nobody
 GET /                       | 200              | 200                    | 200                    | 200
 GET /style.css              | 200              | 200                    | 200                    | 200
 GET /assets/teapot.svg      | 200              | 200                    | 200                    | 200
 GET /organizations          | 200              | 200                    | 200                    | 200
 GET /customer.js            | 200              | 200                    | 200                    | 200
 GET /profile                | 200              | 200                    | 200                    | 401 not_signed_in
 GET /api/whoami             | 200              | 200                    | 200                    | 401 not_signed_in
 GET /api/orders             | 200              | 403 insufficient_scope | 200                    | 401 not_signed_in
 POST /api/orders            | 201              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 DELETE /api/orders/3        | 204              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 GET /api/upstream           | 200              | 200                    | 200                    | 401 not_signed_in
 GET /api/userinfo           | 200              | 200                    | 200                    | 401 not_signed_in
 GET /orgs/{acme}/members    | 200              | 403 not_a_member       | 200                    | 401 not_signed_in
 POST /orgs/{acme}/invites   | 201              | 403 not_a_member       | 201                    | 401 not_signed_in
 GET /orgs/{acme}/orders     | 200              | 403 not_a_member       | 200                    | 401 not_signed_in
 GET /orgs/{globex}/members  | 403 not_a_member | 403 not_a_member       | 200                    | 401 not_signed_in
 POST /orgs/{globex}/invites | 403 not_a_member | 403 not_a_member       | 201                    | 401 not_signed_in
 GET /orgs/{globex}/orders   | 403 not_a_member | 403 not_a_member       | 200                    | 401 not_signed_in
 GET /orgs/unknown/members   | 403 not_a_member | 403 not_a_member       | 403 not_a_member       | 401 not_signed_in
 GET /orgs/a%20b/members     | 403 no_organization | 403 no_organization | 403 no_organization    | 401 not_signed_in
 GET /customer               | 200              | 200                    | 200                    | 401 not_signed_in
 GET /back-office            | 200              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 GET /back-office/sales      | 200              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 GET /back-office/manual/    | 200              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 GET /back-office/manual/x   | 404              | 403 insufficient_scope | 403 insufficient_scope | 401 not_signed_in
 GET /logto/user             | 200              | 200                    | 200                    | 200
 GET /nowhere                | 404              | 404                    | 404                    | 404
";

#[rocket::async_test]
async fn every_route_answers_everybody_as_it_should() {
    let bench = Bench::storefront().await;
    for column in read(TABLE) {
        let mut browser = bench.browser();
        if column.who != "nobody" {
            browser.sign_in(&bench.tenant, &column.who).await;
        }
        for (method, path, expected) in column.cells {
            let answer = browser.send(Ask::new(&method, &path).script()).await;
            assert_eq!(cell(&answer), expected, "{} at {method} {path}: {answer:?}", column.who);
        }
    }
}

/// What the same routes say to somebody without a session who navigates there.
#[rocket::async_test]
async fn who_is_not_signed_in_is_led_to_sign_in_and_back() {
    let bench = Bench::storefront().await;
    let column = read(TABLE).pop().unwrap();
    for (method, path, expected) in column.cells {
        let answer = bench.call(Ask::new(&method, &path).navigation()).await;
        if expected != "401 not_signed_in" {
            assert_eq!(answer.status.to_string(), expected, "{method} {path}");
            continue;
        }
        // Coming back to a POST would be a GET of something else.
        let back = if method == "GET" { path } else { "/".to_owned() };
        let encoded = back.replace('%', "%25");
        assert_eq!(answer.location(), format!("/logto/sign-in?return_to={encoded}"), "{method}");
        assert!(answer.body.is_empty() && answer.cookies().is_empty(), "{answer:?}");
    }
}

/// The refusal of one route leaves the session good for the next.
#[rocket::async_test]
async fn a_refusal_ends_no_session() {
    let bench = Bench::storefront().await;
    let mut bob = bench.signed_in("bob").await;
    assert_eq!(bob.fetch("/api/orders").await.status, 403);
    assert_eq!(bob.fetch("/orgs/unknown/members").await.status, 403);
    let whoami = bob.fetch("/api/whoami").await;
    assert_eq!((whoami.status, whoami.json()["scopes"].to_string()), (200, "[]".to_owned()));
}
