//! htmx and `fetch` at the routes of the fairing: they cannot follow a redirect to another origin.

use logto_dev::recorded::ALICE;
use logto_tests::{Answer, Ask, Bench, ORIGIN, path_of};

/// What htmx adds to each of its requests.
fn htmx(ask: Ask, page: &str) -> Ask {
    htmx_of("same-origin", ask, page)
}

fn htmx_of(site: &str, ask: Ask, page: &str) -> Ask {
    ask.header("accept", "*/*")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
        .header("sec-fetch-site", site)
        .header("hx-request", "true")
        .header("hx-current-url", format!("{ORIGIN}{page}"))
}

fn boosted(ask: Ask, page: &str) -> Ask {
    htmx(ask, page).header("hx-boosted", "true")
}

/// Where htmx takes the whole page.
fn hx_redirect(answer: &Answer) -> &str {
    assert!(!(300..400).contains(&answer.status), "{answer:?}");
    assert!(answer.header("location").is_none(), "{answer:?}");
    answer.header("hx-redirect").unwrap_or_else(|| panic!("{answer:?}"))
}

/// What a script is told instead of being redirected.
fn told(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!((answer.header("location"), answer.header("hx-redirect")), (None, None), "{answer:?}");
    answer.json()["location"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Scripts, with fetch metadata and without. A script that may follow redirects must never get one to Logto.
const SCRIPTS: &[&[(&str, &str)]] = &[
    &[("accept", "*/*"), ("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-origin")],
    &[("accept", "text/html"), ("sec-fetch-mode", "cors"), ("sec-fetch-site", "same-origin")],
    &[("accept", "*/*"), ("sec-fetch-mode", "same-origin"), ("sec-fetch-site", "same-origin")],
    &[("accept", "*/*"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-site", "same-origin")],
    &[("accept", "application/json")],
    &[("accept", "application/json, text/plain, */*")],
    &[("accept", "*/*"), ("x-requested-with", "XMLHttpRequest")],
];

#[rocket::async_test]
async fn field_15_htmx_signs_in_and_up_in_the_whole_page() {
    for path in ["/logto/sign-in?return_to=/known", "/logto/sign-up?return_to=/known"] {
        let bench = Bench::probe_app().await;
        for kind in [htmx, boosted] {
            let mut browser = bench.browser();
            let answer = browser.send(kind(Ask::get(path), "/")).await;
            let logto = hx_redirect(&answer).to_owned();
            assert!(logto.starts_with(bench.tenant.endpoint()), "{path}: {logto}");
            let callback = bench.tenant.sign_in(logto.as_str(), "alice").await.unwrap();
            assert_eq!(browser.open(path_of(&callback)).await.location(), "/known", "{path}");
            assert_eq!(browser.open("/known").await.body, ALICE, "{path}");
        }
    }
}

#[rocket::async_test]
async fn field_15_htmx_under_another_name_goes_to_the_canonical_one() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.browser().under("127.0.0.1:8000");
    let answer = browser.send(boosted(Ask::get("/logto/sign-in"), "/")).await;
    assert_eq!(hx_redirect(&answer), format!("{ORIGIN}/logto/sign-in?canonical=1"));
    assert!(browser.jar.0.is_empty());
}

/// On a shared computer the next person must not go straight in: the session at Logto really ends.
#[rocket::async_test]
async fn field_15_htmx_signs_out_at_logto_too() {
    for kind in [htmx, boosted] {
        let bench = Bench::probe_app().await;
        let mut at_logto = bench.tenant.browser();
        let mut browser = bench.browser();
        let callback = at_logto.sign_in(browser.begin("").await, "alice").await.unwrap();
        browser.open(path_of(&callback)).await;
        let ask = kind(Ask::post("/logto/sign-out"), "/").header("origin", ORIGIN);
        let answer = browser.send(ask).await;
        let logto = hx_redirect(&answer).to_owned();
        assert!(logto.starts_with(bench.tenant.endpoint()) && logto.contains("/session/end"), "{logto}");
        assert!(browser.jar.session().is_empty(), "{answer:?}");
        assert_eq!(browser.fetch("/known").await.status, 401);
        let after = at_logto.sign_out(logto.as_str()).await.unwrap();
        assert_eq!(after.as_str(), format!("{ORIGIN}/"));
    }
}

/// A boosted link is a `GET`: the whole page goes there, and that is what signs out.
#[rocket::async_test]
async fn field_15_a_boosted_link_to_sign_out_becomes_a_navigation() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    for path in ["/logto/sign-out", "/logto/sign-out?local=true"] {
        for kind in [htmx, boosted] {
            let answer = alice.send(kind(Ask::get(path), "/")).await;
            assert_eq!(hx_redirect(&answer), path);
            assert_eq!(alice.fetch("/known").await.status, 200);
        }
        let answer = alice.send(htmx_of("cross-site", Ask::get(path), "/")).await;
        assert_eq!((answer.status, answer.header("hx-redirect")), (403, None), "{answer:?}");
    }
    assert_eq!(alice.open("/logto/sign-out").await.status, 303);
}

#[rocket::async_test]
async fn field_15_a_script_is_told_where_to_go_after_sign_out() {
    for headers in SCRIPTS {
        let bench = Bench::probe_app().await;
        let mut alice = bench.signed_in("alice").await;
        let script =
            |path: &str| headers.iter().fold(Ask::post(path), |ask, (name, value)| ask.header(name, value));
        let mut other = bench.signed_in("alice").await;
        let location = told(&alice.send(script("/logto/sign-out")).await, 200);
        assert!(location.starts_with(bench.tenant.endpoint()), "{headers:?}: {location}");
        assert!(location.contains("/session/end?"), "{headers:?}: {location}");
        assert_eq!(alice.fetch("/known").await.status, 401, "{headers:?}");
        let location = told(&other.send(script("/logto/sign-out?local=true")).await, 200);
        assert_eq!(location, format!("{ORIGIN}/"), "{headers:?}");
    }
}

/// A form and a program go on as before.
#[rocket::async_test]
async fn field_15_a_form_that_signs_out_is_redirected() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    assert!(alice.submit("/logto/sign-out").await.location().starts_with(bench.tenant.endpoint()));
    let mut alice = bench.signed_in("alice").await;
    let old = Ask::post("/logto/sign-out").header("accept", "text/html").header("origin", ORIGIN);
    assert!(alice.send(old).await.location().starts_with(bench.tenant.endpoint()));
    let mut program = bench.signed_in("alice").await;
    assert!(program.send(Ask::post("/logto/sign-out")).await.location().starts_with(bench.tenant.endpoint()));
}

#[rocket::async_test]
async fn field_15_a_script_is_told_to_navigate_to_sign_in() {
    let bench = Bench::probe_app().await;
    for headers in SCRIPTS {
        for path in ["/logto/sign-in?return_to=/known", "/logto/sign-up", "/logto/sign-in"] {
            let mut browser = bench.browser();
            let ask = headers.iter().fold(Ask::get(path), |ask, (name, value)| ask.header(name, value));
            let answer = browser.send(ask).await;
            assert_eq!(answer.code(), "navigate_to_sign_in", "{headers:?}");
            if headers.contains(&("accept", "text/html")) {
                assert!(answer.body.contains(&format!("href=\"{path}\"")), "{answer:?}");
            } else {
                assert_eq!(told(&answer, 401), path, "{headers:?}");
            }
            assert!(browser.jar.0.is_empty(), "no sign-in begins for {headers:?}");
        }
    }
}

#[rocket::async_test]
async fn field_15_the_page_that_comes_back_is_the_one_that_was_asked_for() {
    let bench = Bench::storefront().await;
    let returns_to = async |ask: Ask| {
        let answer = bench.call(ask).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        let sign_in = hx_redirect(&answer);
        let encoded =
            sign_in.strip_prefix("/logto/sign-in?return_to=").unwrap_or_else(|| panic!("{sign_in}"));
        percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap().into_owned()
    };
    let list = "/?list=1";
    // A link whose page takes the place of this one.
    assert_eq!(returns_to(boosted(Ask::get("/profile?tab=a"), list)).await, "/profile?tab=a");
    // Back, and htmx has the page no longer.
    let back = htmx(Ask::get("/profile"), list).header("hx-history-restore-request", "true");
    assert_eq!(returns_to(back).await, "/profile");
    // A part of this page.
    assert_eq!(returns_to(htmx(Ask::get("/api/orders"), list)).await, list);
    assert_eq!(returns_to(htmx(Ask::get("/api/orders"), list).header("hx-boosted", "false")).await, list);
    // What changes something is not asked for again.
    assert_eq!(returns_to(htmx(Ask::post("/api/orders"), list)).await, list);
    assert_eq!(returns_to(boosted(Ask::post("/api/orders"), list)).await, list);
}
