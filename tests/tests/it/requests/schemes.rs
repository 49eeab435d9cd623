//! The `Authorization` header of somebody else, such as a proxy's Basic authentication in front.

use logto_dev::recorded::{ALICE, SHOPPING_API};
use logto_dev::{Issue, Tenant};
use logto_rocket::{AccessToken, Clock, Identity, Logto, MaybeUser, User, require_auth, with_access_token};
use logto_tests::{Answer, App, Ask, Browser, ORIGIN, settings};
use rocket::{get, post, routes};

#[require_auth]
#[get("/both")]
fn both(who: Identity) -> String {
    format!("{} {}", who.via().as_str(), who.subject())
}

#[require_auth]
#[post("/both")]
fn change(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(via = "session")]
#[get("/session")]
fn session(user: User) -> String {
    user.subject().to_owned()
}

#[require_auth(via = "bearer")]
#[get("/bearer")]
fn bearer(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(scopes = "read:orders")]
#[get("/scoped")]
fn scoped(who: Identity) -> String {
    who.subject().to_owned()
}

#[with_access_token]
#[get("/token")]
fn token(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[get("/user")]
fn user(user: User) -> String {
    user.subject().to_owned()
}

#[get("/identity")]
fn identity(who: Identity) -> String {
    who.subject().to_owned()
}

#[get("/maybe")]
fn maybe(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

#[get("/optional")]
fn optional(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

#[require_auth]
struct Member(Identity);

#[get("/named")]
fn named(member: Member) -> String {
    member.0.subject().to_owned()
}

#[require_auth(otherwise = "forward")]
#[get("/front")]
fn front(who: Identity) -> String {
    who.subject().to_owned()
}

#[get("/front", rank = 2)]
fn front_of_others() -> &'static str {
    "for others"
}

#[require_auth(via = "bearer", otherwise = "forward")]
#[get("/api-front")]
fn api_front() -> &'static str {
    "the API"
}

#[get("/api-front", rank = 2)]
fn api_front_of_others() -> &'static str {
    "for others"
}

async fn serve() -> (Tenant, App) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let routes = routes![
        both,
        change,
        session,
        bearer,
        scoped,
        token,
        user,
        identity,
        maybe,
        optional,
        named,
        front,
        front_of_others,
        api_front,
        api_front_of_others
    ];
    let app = App::serve(rocket::custom(settings(&tenant)).attach(fairing).mount("/", routes)).await;
    (tenant, app)
}

/// Headers that are none of ours.
const OTHERS: &[&[&str]] = &[
    &["Basic YWxpY2U6c2VjcmV0"],
    &["basic YWxpY2U6c2VjcmV0"],
    &["Basic"],
    &["Digest username=\"alice\", realm=\"x\""],
    &["Negotiate YII="],
    &["NTLM TlRMTVNTUAAB"],
    &["DPoP abc"],
    // Two proxies, one behind the other.
    &["Basic YTpi", "Basic YzpkOg=="],
    &["Basic YTpi", "Negotiate YII="],
];

fn showing(ask: Ask, headers: &[&str]) -> Ask {
    headers.iter().fold(ask, |ask, header| ask.header("authorization", header))
}

#[rocket::async_test]
async fn field_23_another_scheme_is_passed_over_for_the_session() {
    let (tenant, app) = serve().await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    for headers in OTHERS {
        for (path, expected) in [
            ("/both", format!("session {ALICE}")),
            ("/session", ALICE.to_owned()),
            ("/scoped", ALICE.to_owned()),
            ("/token", "read:orders".to_owned()),
            ("/user", ALICE.to_owned()),
            ("/identity", ALICE.to_owned()),
            ("/maybe", ALICE.to_owned()),
            ("/optional", ALICE.to_owned()),
            ("/named", ALICE.to_owned()),
            ("/front", ALICE.to_owned()),
        ] {
            for ask in [Ask::get(path).script(), Ask::get(path).navigation()] {
                let answer = alice.send(showing(ask, headers)).await;
                assert_eq!(
                    (answer.status, answer.body.as_str()),
                    (200, expected.as_str()),
                    "{path} {headers:?}"
                );
            }
        }
        let told = alice.send(showing(Ask::get("/logto/user").script(), headers)).await;
        assert_eq!(told.json()["isAuthenticated"], true, "{headers:?}");
        // The session is bound to its site as ever.
        let forged = Ask::post("/both").header("origin", "https://evil.example");
        assert_eq!(alice.send(showing(forged, headers)).await.code(), "cross_site_request", "{headers:?}");
        let own = Ask::post("/both").header("origin", ORIGIN);
        assert_eq!(alice.send(showing(own, headers)).await.status, 200, "{headers:?}");
        // Where only bearers are taken, nothing is passed over.
        for path in ["/bearer", "/api-front"] {
            assert_unsupported(&alice.send(showing(Ask::get(path).script(), headers)).await, headers);
        }
    }
}

fn assert_unsupported(answer: &Answer, headers: &[&str]) {
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "unsupported_scheme"),
        "{headers:?}: {answer:?}"
    );
    let challenge = answer.header("www-authenticate").unwrap();
    assert!(challenge.starts_with("Bearer ") && !challenge.contains("error="), "{challenge}");
}

#[rocket::async_test]
async fn field_23_behind_such_a_proxy_a_person_can_sign_in() {
    let (tenant, app) = serve().await;
    for headers in OTHERS {
        let mut browser = Browser::new(&app);
        let go = |path: String| showing(Ask::get(path).navigation(), headers);
        for path in ["/both", "/session", "/scoped", "/token", "/user", "/identity", "/named"] {
            let answer = browser.send(go(path.to_owned())).await;
            assert_eq!(answer.location(), format!("/logto/sign-in?return_to={path}"), "{headers:?}");
        }
        // Whoever is nobody is nobody with such a header too.
        assert_eq!(browser.send(go("/maybe".to_owned())).await.body, "nobody");
        assert_eq!(browser.send(go("/optional".to_owned())).await.body, "nobody");
        assert_eq!(browser.send(go("/front".to_owned())).await.body, "for others", "{headers:?}");
        let htmx = showing(Ask::get("/both").script().header("hx-request", "true"), headers);
        assert_eq!(browser.send(htmx).await.header("hx-redirect"), Some("/logto/sign-in?return_to=/"));
        // A program is told which scheme there is, where a token would do.
        assert_unsupported(&browser.send(showing(Ask::get("/both").script(), headers)).await, headers);
        let answer = browser.send(showing(Ask::get("/session").script(), headers)).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{headers:?}");

        // Without fetch metadata it may be such a program that would like a page: that one links to sign-in.
        let page = browser.send(showing(Ask::get("/both").header("accept", "text/html"), headers)).await;
        assert_unsupported(&page, headers);
        assert!(page.body.contains("href=\"/logto/sign-in?return_to=/both\""), "{page:?}");

        let sign_in = browser.send(go("/both".to_owned())).await.location().to_owned();
        let logto = browser.send(go(sign_in)).await.location().to_owned();
        let callback = tenant.sign_in(logto.as_str(), "alice").await.unwrap();
        assert_eq!(
            browser.send(go(logto_tests::path_of(&callback))).await.location(),
            "/both",
            "{headers:?}"
        );
        assert_eq!(browser.send(go("/both".to_owned())).await.status, 200, "{headers:?}");
    }
}

/// A bearer token beside another credential is never passed over, and neither is what cannot be read.
#[rocket::async_test]
async fn field_23_a_bearer_token_is_never_passed_over() {
    let (tenant, app) = serve().await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    let issue = Issue::user("bob").resource(SHOPPING_API).scopes(["read:orders"]);
    let token = format!("Bearer {}", tenant.access_token(issue).unwrap());
    for headers in [
        vec!["Basic YTpi", &token],
        vec![&token, "Basic YTpi"],
        vec!["Basic YTpi", "bearer nonsense"],
        vec!["Basic YTpi", "Bearer"],
        vec!["Basic YTpi", ""],
        vec![""],
        vec!["Basic\tYTpi"],
        vec![", Basic YTpi"],
        vec!["Bearer, Basic YTpi"],
    ] {
        for path in ["/both", "/session", "/bearer", "/user", "/identity", "/front"] {
            let answer = alice.send(showing(Ask::get(path).script(), &headers)).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "malformed_credentials"),
                "{path} {headers:?}"
            );
        }
    }
    // One header that names two schemes is one of the first: no token is taken out of it, and no session lost.
    let joined = format!("Basic YTpi, {token}");
    assert_eq!(
        alice.send(showing(Ask::get("/both").script(), &[&joined])).await.body,
        format!("session {ALICE}")
    );
    assert_unsupported(&alice.send(showing(Ask::get("/bearer").script(), &[&joined])).await, &[&joined]);
}
