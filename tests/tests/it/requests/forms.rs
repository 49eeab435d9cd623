//! Forms that are sent after the session has ended: the person comes back to the form, and is told.

use logto_tests::{Answer, Ask, Bench, Browser, ORIGIN, path_of};

/// What Rocket calls the cookie of a message for the next page.
const FLASH: &str = "_flash";

fn form(path: &str, referer: Option<&str>) -> Ask {
    let ask = Ask::post(path)
        .navigation()
        .header("origin", ORIGIN)
        .body("application/x-www-form-urlencoded", "item=Teapot&quantity=1");
    match referer {
        Some(referer) => ask.header("referer", referer),
        None => ask,
    }
}

/// Where the person is led back to, by the address that sign-in is asked for with.
fn returns_to(sign_in: &str) -> String {
    let encoded = sign_in.strip_prefix("/logto/sign-in?return_to=").unwrap_or_else(|| panic!("{sign_in}"));
    percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap().into_owned()
}

fn is_told(answer: &Answer) -> bool {
    let flash: Vec<_> = answer.cookies().into_iter().filter(|cookie| cookie.name == FLASH).collect();
    for cookie in &flash {
        assert_eq!((cookie.path.as_deref(), cookie.domain.as_deref()), (Some("/"), None), "{cookie:?}");
        assert_eq!(cookie.same_site.as_deref(), Some("Lax"), "it comes back from Logto: {cookie:?}");
        assert!(cookie.http_only && cookie.max_age == Some(3600), "{cookie:?}");
        let value = percent_encoding::percent_decode_str(&cookie.value).decode_utf8().unwrap();
        assert_eq!(value, format!("7:warning{}", logto_rocket::NOT_SAVED), "as Rocket reads it");
    }
    !flash.is_empty()
}

#[rocket::async_test]
async fn field_24_a_lost_form_leads_back_to_its_page() {
    let bench = Bench::storefront().await;
    let long = format!("{ORIGIN}/shelf?{}", "x".repeat(2_000));
    for (referer, expected) in [
        (Some("/shelf?page=2"), "/shelf?page=2"),
        (Some("/"), "/"),
        (Some("/profile"), "/profile"),
        // Pages that are no place to return to.
        (Some("/logto/callback?code=x&state=y"), "/"),
        (Some("/logto/sign-out"), "/"),
        (Some("//evil.example/x"), "/"),
        (None, "/"),
    ] {
        let returns = referer == Some(expected);
        let referer = referer.map(|path| format!("{ORIGIN}{path}"));
        let answer = bench.call(form("/api/orders", referer.as_deref())).await;
        assert_eq!(returns_to(answer.location()), expected, "{referer:?}");
        // The message is for the page that the form is on.
        assert_eq!(is_told(&answer), returns, "{referer:?}");
    }
    // A page whose address is too long is found without its query.
    assert_eq!(returns_to(bench.call(form("/api/orders", Some(&long))).await.location()), "/shelf");
    for foreign in [
        "https://evil.example/x",
        "http://localhost:9000/x",
        "https://localhost:8000/x",
        "nonsense",
        "about:blank",
    ] {
        let answer = bench.call(form("/api/orders", Some(foreign))).await;
        assert_eq!(returns_to(answer.location()), "/", "{foreign}");
        assert!(!is_told(&answer), "{foreign}");
    }
}

#[rocket::async_test]
async fn field_24_the_form_is_led_back_whatever_has_ended_the_session() {
    let bench = Bench::storefront().await;
    let page = format!("{ORIGIN}/shelf");
    for method in ["PUT", "PATCH", "DELETE"] {
        let ask =
            Ask::new(method, "/api/orders/1").navigation().header("origin", ORIGIN).header("referer", &page);
        let answer = bench.call(ask).await;
        if answer.status == 303 {
            assert_eq!(returns_to(answer.location()), "/shelf", "{method}");
            assert!(is_told(&answer), "{method}");
        } else {
            assert_eq!(answer.status, 404, "{method}: there is no such route");
        }
    }
    // Rocket's own way to send another method with a form.
    let delete = Ask::post("/api/orders/1")
        .navigation()
        .header("origin", ORIGIN)
        .header("referer", &page)
        .body("application/x-www-form-urlencoded", "_method=DELETE");
    let answer = bench.call(delete).await;
    assert_eq!(returns_to(answer.location()), "/shelf");
    assert!(is_told(&answer));
    // Ended at Logto, found out by the form.
    let mut alice = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    alice.jar.0.retain(|name, _| !name.ends_with("_redirect_loop"));
    let answer = alice.send(form("/api/orders", Some(&page))).await;
    assert_eq!(returns_to(answer.location()), "/shelf");
    assert!(is_told(&answer));
}

#[rocket::async_test]
async fn field_24_htmx_comes_back_to_the_page_that_it_is_on() {
    let bench = Bench::storefront().await;
    let ask = Ask::post("/api/orders")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin")
        .header("origin", ORIGIN)
        .header("hx-request", "true")
        .header("hx-current-url", format!("{ORIGIN}/shelf?page=2"))
        .header("referer", format!("{ORIGIN}/elsewhere"));
    let answer = bench.call(ask).await;
    assert_eq!(returns_to(answer.header("hx-redirect").unwrap()), "/shelf?page=2");
    assert!(is_told(&answer));
}

/// Nothing of another site's is told of as if it were the person's own.
#[rocket::async_test]
async fn field_24_nothing_is_told_where_nothing_was_lost() {
    let bench = Bench::storefront().await;
    let page = format!("{ORIGIN}/shelf");
    let foreign = |ask: Ask| ask.header("accept", "text/html").header("sec-fetch-mode", "navigate");
    for ask in [
        // Forms of other sites.
        foreign(Ask::post("/api/orders"))
            .header("sec-fetch-site", "cross-site")
            .header("origin", "https://evil.example"),
        foreign(Ask::post("/api/orders"))
            .header("sec-fetch-site", "same-site")
            .header("origin", "http://evil.localhost:8000"),
        foreign(Ask::post("/api/orders"))
            .header("origin", "https://evil.example")
            .header("referer", "https://evil.example/"),
        foreign(Ask::post("/api/orders")).header("origin", "https://evil.example").header("referer", &page),
        // Pages that are only read.
        Ask::get("/api/orders").navigation().header("referer", &page),
        Ask::get("/profile").navigation(),
        // Scripts know themselves what has become of their requests.
        Ask::post("/api/orders").script().header("referer", &page).header("origin", ORIGIN),
        Ask::post("/api/orders").bearer("nonsense").header("referer", &page),
    ] {
        assert!(!is_told(&bench.call(ask.clone()).await), "{ask:?}");
    }
    // Somebody is signed in, and may not: the answer itself says so.
    assert!(!is_told(&bench.signed_in("bob").await.send(form("/api/orders", Some(&page))).await));
}

/// The shop shows it, once.
#[rocket::async_test]
async fn field_24_the_shop_says_that_it_was_not_saved() {
    let bench = Bench::storefront().await;
    let mut browser: Browser = bench.browser();
    let sign_in = browser.send(form("/api/orders", Some(&format!("{ORIGIN}/")))).await.location().to_owned();
    let logto = browser.open(sign_in).await.location().to_owned();
    let callback = bench.tenant.sign_in(logto.as_str(), "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/");
    let page = browser.open("/").await;
    assert!(page.body.contains("was not saved"), "{}", page.body);
    let again = browser.open("/").await;
    assert!(!again.body.contains("was not saved"), "{}", again.body);
}
