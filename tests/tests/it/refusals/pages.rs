//! Bodies: a page for people, a problem for programs, and nothing in either that came from the request.

use logto_tests::{Answer, Ask, Browser};

use super::{House, alice};

const EVIL: &str = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%3Eteapot";

fn assert_harmless(answer: &Answer) {
    for text in ["<script", "alert(1)", "teapot", "%3Cscript"] {
        assert!(!answer.body.contains(text), "{text} in {}", answer.body);
        let told = answer.headers.iter().find(|(name, value)| name != "location" && value.contains(text));
        assert_eq!(told, None);
    }
    assert_eq!(answer.all("x-content-type-options"), ["nosniff"], "{answer:?}");
}

fn assert_page(answer: &Answer) {
    assert!(answer.header("content-type").unwrap().starts_with("text/html"), "{answer:?}");
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!answer.code().is_empty(), "{answer:?}");
}

fn assert_problem(answer: &Answer) {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    let problem = answer.json();
    assert_eq!(problem["status"].as_u64(), Some(u64::from(answer.status)), "{problem}");
    for member in ["type", "title", "detail", "code"] {
        assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} in {problem}");
    }
}

#[rocket::async_test]
async fn l13_f07_f29_nothing_of_a_request_comes_back() {
    let house = House::open().await;
    let forged = house.token(alice().claim("iss", "https://teapot.example/<script>"));
    let bad_kid = house.token(alice().header("kid", "\"><script>alert(1)"));
    let organization = house.token(alice().organization("teapot").scopes(["read:orders"]));
    for ask in [
        Ask::get(format!("/orders?x={EVIL}")).bearer("teapot"),
        Ask::get("/orders").bearer(&forged),
        Ask::get("/orders").bearer(&bad_kid),
        Ask::get("/orders").header("authorization", "teapot <script>alert(1)</script>"),
        Ask::get("/orders").header("authorization", "Bearer \u{e9}\"teapot\\"),
        Ask::get(format!("/orgs/{EVIL}")).bearer(&organization),
        Ask::get(format!("/logto/sign-in?return_to=a&return_to={EVIL}")),
        Ask::get(format!("/logto/callback?state={EVIL}&code={EVIL}")),
        Ask::get(format!("/logto/callback?error={EVIL}&error_description={EVIL}")),
    ] {
        let page = house.call(ask.clone().header("accept", "text/html")).await;
        assert!((400..500).contains(&page.status), "{page:?}");
        assert_page(&page);
        assert_harmless(&page);
        let problem = house.call(ask.header("accept", "application/json")).await;
        assert_eq!(problem.status, page.status);
        assert_eq!(problem.code(), page.code());
        assert_problem(&problem);
        assert_harmless(&problem);
    }
}

/// Which of the two it is, `Accept` decides; who does not say is a program.
#[rocket::async_test]
async fn f29_the_sender_chooses_between_page_and_problem() {
    let house = House::open().await;
    for (accept, is_page) in [
        (None, false),
        (Some("*/*"), false),
        (Some("application/json"), false),
        (Some("text/html"), true),
        (Some("text/html;q=0.5, application/json"), false),
        (Some("application/json;q=0.5, text/html"), true),
        (Some("text/html;q=0"), false),
    ] {
        let mut ask = Ask::get("/orders").bearer("nonsense");
        if let Some(accept) = accept {
            ask = ask.header("accept", accept);
        }
        let answer = house.call(ask).await;
        if is_page { assert_page(&answer) } else { assert_problem(&answer) }
    }
}

/// A person without a session is led to sign-in; the address they came for is in nothing but the way back.
#[rocket::async_test]
async fn l13_the_way_to_sign_in_is_encoded() {
    let house = House::open().await;
    let answer = Browser::new(&house.app).open(format!("/profile?x={EVIL}")).await;
    assert_eq!(
        answer.location(),
        format!("/logto/sign-in?return_to=/profile%3Fx%3D{}", EVIL.replace('%', "%25"))
    );
    assert_eq!(answer.body, "");
}
