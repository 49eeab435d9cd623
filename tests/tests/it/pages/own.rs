//! Pages of the application's own.

use logto_rocket::{OwnPage, Page, PageKind, Pages};
use logto_tests::{Answer, Ask};
use rocket::Request;

use super::{Shop, heading, linked_sign_out, page};

const DEFAULT_POLICY: &str = "base-uri 'none'; frame-ancestors 'none'";

/// One page is the application's, one has a policy of its own; others are the built-in ones, or fail.
struct ShopPages;

impl Pages for ShopPages {
    fn refused(&self, page: &Page, request: &Request<'_>) -> Option<OwnPage> {
        let language = page.accept_language().lookup(["en", "de"]).unwrap_or("en");
        let title = if language == "de" { "Hier nicht" } else { "Not here" };
        let (path, scopes) = (request.uri().path(), page.required_scopes().join(" "));
        let html =
            format!("<h1>{title}</h1>{path} {scopes} <code>{}</code> {}", page.code(), page.reference());
        Some(OwnPage::html(html).language(language))
    }

    fn sign_in_cancelled(&self, page: &Page, _: &Request<'_>) -> Option<OwnPage> {
        assert_eq!(page.kind(), PageKind::SignInCancelled);
        let links: String = page
            .actions()
            .iter()
            .map(|action| format!("<a href=\"{}\">{}</a>", action.target(), action.label()))
            .collect();
        Some(OwnPage::html(format!("<h1>See you</h1>{links}")).content_security_policy("default-src 'self'"))
    }

    fn sign_in_failed(&self, page: &Page, _: &Request<'_>) -> Option<OwnPage> {
        match page.code() {
            "callback_without_state" => panic!("a page that panics"),
            "callback_without_code" => Some(OwnPage::html(" \n")),
            "callback_unreadable" => {
                Some(OwnPage::html("<h1>x</h1>").language("de\r\nx: y").content_security_policy("\u{e9}"))
            }
            _ => None,
        }
    }
}

async fn shop() -> Shop {
    Shop::with(|fairing| fairing.pages(ShopPages), |rocket| rocket).await
}

fn assert_built_in(answer: &Answer, title: &str) {
    assert_eq!(heading(answer), title);
    assert!(
        answer.header("content-security-policy").unwrap().starts_with("default-src 'none'"),
        "{answer:?}"
    );
}

/// The response stays that of this library but for its body and what goes with it.
#[rocket::async_test]
async fn an_own_page_keeps_the_status_the_challenge_and_the_cache_headers() {
    let (shop, plain) = (shop().await, Shop::open().await);
    for (languages, language, title) in [("de-AT", "de", "Hier nicht"), ("fr", "en", "Not here")] {
        let own = shop.call(page(shop.reader(), languages)).await;
        assert_eq!(own.status, 403);
        assert_eq!(heading(&own), title);
        assert!(
            own.body.contains("/orders read:orders write:orders <code>insufficient_scope</code>"),
            "{}",
            own.body
        );
        assert_eq!(own.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(own.header("content-language"), Some(language));
        assert_eq!(own.all("content-security-policy"), [DEFAULT_POLICY]);
        let built_in = plain.call(page(plain.reader(), languages)).await;
        assert!(own.header("www-authenticate").unwrap().contains("scope=\"read:orders write:orders\""));
        for header in ["www-authenticate", "cache-control", "vary", "x-content-type-options"] {
            assert_eq!(own.all(header), built_in.all(header), "{header}");
        }
    }
}

#[rocket::async_test]
async fn an_application_replaces_one_page_and_keeps_the_rest() {
    let shop = shop().await;
    let own = shop.call(page(Ask::get("/logto/callback"), "de")).await;
    assert_eq!((own.status, heading(&own)), (403, "See you"));
    assert!(own.body.contains(">Anmelden</a><a href=\"/\">Zur Startseite</a>"), "{}", own.body);
    assert_eq!(own.all("content-security-policy"), ["default-src 'self'"]);
    assert_eq!(own.all("cache-control"), ["no-store"]);
    assert_eq!(own.all("referrer-policy"), ["no-referrer"]);
    // These have no method.
    assert_built_in(&shop.call(page(linked_sign_out(), "fr")).await, "Voulez-vous vous déconnecter ?");
    let unreadable = Ask::get("/logto/sign-in?return_to=/a&return_to=/b");
    assert_built_in(&shop.call(page(unreadable, "de")).await, "Die Adresse ist nicht lesbar");
    // This one has a method that returns nothing.
    let unknown = Ask::get("/logto/callback?state=unknown&code=x");
    assert_built_in(&shop.call(page(unknown, "en")).await, "This sign-in cannot be completed");
}

#[rocket::async_test]
async fn a_page_that_panics_or_is_empty_is_the_built_in_one() {
    let shop = shop().await;
    for path in ["/logto/callback?code=x", "/logto/callback?code=x&x=1"] {
        let answer = shop.call(page(Ask::get(path), "en")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "callback_without_state"));
        assert_built_in(&answer, "This sign-in cannot be completed");
    }
    let mut browser = logto_tests::Browser::new(&shop.app);
    let url = browser.begin("/profile").await;
    let state = logto_tests::param(&url, "state").unwrap();
    let issuer =
        percent_encoding::utf8_percent_encode(&shop.tenant.issuer(), percent_encoding::NON_ALPHANUMERIC)
            .to_string();
    let answer = browser.open(format!("/logto/callback?state={state}&iss={issuer}")).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_without_code"), "{answer:?}");
    assert_built_in(&answer, "This sign-in cannot be completed");
}

#[rocket::async_test]
async fn headers_that_cannot_be_sent_are_left_out() {
    let shop = shop().await;
    let answer = shop.call(page(Ask::get("/logto/callback?state=%FF&code=x"), "en")).await;
    assert_eq!((answer.status, heading(&answer)), (400, "x"), "{answer:?}");
    assert_eq!(answer.header("content-language"), None);
    assert_eq!(answer.header("x"), None);
    assert_eq!(answer.all("content-security-policy"), [DEFAULT_POLICY]);
}

/// Programs get problem documents, whatever pages an application has.
#[rocket::async_test]
async fn own_pages_are_for_readers_of_html() {
    let shop = shop().await;
    let answer = shop.call(shop.reader()).await;
    assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    assert_eq!(answer.code(), "insufficient_scope");
}

struct EveryPage;

impl Pages for EveryPage {
    fn page(&self, page: &Page, _: &Request<'_>) -> Option<OwnPage> {
        Some(format!("<h1>{:?}</h1><code>{}</code>", page.kind(), page.code()).into())
    }
}

#[rocket::async_test]
async fn one_method_can_show_every_page() {
    let shop = Shop::with(|fairing| fairing.pages(EveryPage), |rocket| rocket).await;
    for (ask, kind) in [
        (shop.reader(), "Refused"),
        (Ask::get("/logto/callback"), "SignInCancelled"),
        (Ask::get("/logto/callback?state=unknown&code=x"), "SignInFailed"),
        (linked_sign_out(), "ConfirmSignOut"),
        (Ask::get("/logto/sign-in?return_to=/a&return_to=/b"), "Other"),
    ] {
        assert_eq!(heading(&shop.call(page(ask, "en")).await), kind);
    }
    let mut browser = shop.forgetful_browser().await;
    let answer = browser.open("/profile").await;
    assert_eq!((answer.status, heading(&answer)), (401, "RedirectLoop"));
}
