//! The built-in pages, in the reader's language.

use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::Ask;

use super::{Shop, heading, linked_sign_out, page};

const SIGN_IN_CANCELLED: [(&str, &str, &str); 9] = [
    ("en-GB,en;q=0.9", "en", "You are not signed in"),
    ("de-CH,de;q=0.9,en;q=0.8", "de", "Sie sind nicht angemeldet"),
    ("fr-CA", "fr", "Vous n’êtes pas connecté"),
    ("es-419,es;q=0.9", "es", "No ha iniciado sesión"),
    ("pt", "pt-BR", "Você não está conectado"),
    ("zh-CN,zh;q=0.9", "zh-Hans", "您尚未登录"),
    ("zh-TW,zh;q=0.9", "zh-Hant", "您尚未登入"),
    ("ja", "ja", "サインインしていません"),
    ("ko-KR", "ko", "로그인되어 있지 않습니다"),
];

#[rocket::async_test]
async fn each_reader_gets_the_page_in_their_language() {
    let shop = Shop::open().await;
    for (accept_language, tag, title) in SIGN_IN_CANCELLED {
        let answer = shop.call(page(Ask::get("/logto/callback"), accept_language)).await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "sign_in_cancelled"));
        assert_eq!(heading(&answer), title);
        assert!(answer.body.contains(&format!("<html lang=\"{tag}\">")), "{}", answer.body);
        assert!(answer.body.contains(&format!("<title>{title}</title>")), "{}", answer.body);
        assert_eq!(answer.all("content-language"), [tag]);
        assert!(answer.all("vary").contains(&"Accept-Language"), "{answer:?}");
        assert_eq!(answer.all("cache-control"), ["no-store"]);
    }
}

/// Every kind of page: what a guard, the callback, sign-in and sign-out refuse, and labels and notes as well as titles.
#[rocket::async_test]
async fn every_kind_of_page_is_translated() {
    let shop = Shop::open().await;
    for (ask, status, code, texts) in [
        (
            shop.reader(),
            403,
            "insufficient_scope",
            ["Eine Berechtigung fehlt", "Diese Seite erfordert:", "Zur Startseite"],
        ),
        (
            Ask::get("/orders").bearer("nonsense"),
            401,
            "token_opaque",
            ["Das Zugriffstoken ist ungültig", "<p lang=\"en\">It is an opaque token", "Referenz"],
        ),
        (
            Ask::get("/logto/callback?state=unknown&code=x"),
            400,
            "callback_unknown_state",
            ["kann nicht abgeschlossen werden", "in einem anderen Browser", ">Anmelden<"],
        ),
        (
            Ask::get("/logto/sign-in?return_to=/a&return_to=/b"),
            400,
            "bad_query",
            ["Die Adresse ist nicht lesbar", "kommt mehrfach vor", ">Anmelden<"],
        ),
        (
            linked_sign_out(),
            403,
            "cross_site_request",
            ["Möchten Sie sich abmelden?", ">Abmelden</button>", ">Angemeldet bleiben<"],
        ),
    ] {
        let answer = shop.call(page(ask, "de")).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
        for text in texts {
            assert!(answer.body.contains(text), "{text} in {}", answer.body);
        }
        assert_eq!(answer.header("content-language"), Some("de"));
    }
}

/// A browser that loses its cookies is not led in circles, and the page says so in its language.
#[rocket::async_test]
async fn the_page_against_redirect_loops_is_translated() {
    let shop = Shop::open().await;
    let mut browser = shop.forgetful_browser().await;
    let answer = browser.send(page(Ask::get("/profile"), "ja").header("sec-fetch-mode", "navigate")).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_cookie_lost"), "{answer:?}");
    assert_eq!(heading(&answer), "ブラウザーにセッションが保存されていません");
    assert!(answer.body.contains("もう一度サインイン"), "{}", answer.body);
}

#[rocket::async_test]
async fn outages_are_told_in_the_readers_language() {
    let tenant = Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let shop = Shop::of(tenant, |fairing| fairing, |rocket| rocket).await;
    let answer = shop.call(page(Ask::get("/logto/sign-in"), "fr").header("sec-fetch-mode", "navigate")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
    assert_eq!(heading(&answer), "Le service de connexion est injoignable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    // A guard needs the tenant's keys. Only what changes nothing is repeated by a link.
    let answer = shop.call(page(shop.reader(), "fr")).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"));
    assert!(
        answer.body.contains("<a class=\"go\" href=\"\" data-turbo=\"false\">Réessayer</a>"),
        "{}",
        answer.body
    );
    assert!(answer.body.contains("Aller à la page d’accueil"), "{}", answer.body);
}

#[rocket::async_test]
async fn a_language_nobody_has_is_english() {
    let shop = Shop::open().await;
    let long = "de-,".repeat(2_000);
    for accept_language in
        ["", "tlh", "*", "*;q=0.5, tlh", "de;q=0", "de;q=7", "de_DE", "<script>", ",;,", "\u{e9}", &long]
    {
        let answer = shop.call(page(Ask::get("/logto/callback"), accept_language)).await;
        assert_eq!((answer.status, heading(&answer)), (403, "You are not signed in"), "{accept_language}");
        assert_eq!(answer.header("content-language"), Some("en"));
        assert!(!answer.body.contains("<script"), "{}", answer.body);
    }
    let silent = shop.call(Ask::get("/logto/callback").header("accept", "text/html")).await;
    assert_eq!(heading(&silent), "You are not signed in");
}

/// Programs compare texts less well than people read them: problem documents stay as they are.
#[rocket::async_test]
async fn problem_documents_and_challenges_stay_english() {
    let shop = Shop::open().await;
    for ask in [shop.reader(), Ask::get("/logto/callback"), Ask::get("/orders").bearer("nonsense")] {
        let plain = shop.call(ask.clone()).await;
        let german = shop.call(ask.header("accept-language", "de")).await;
        assert_eq!(german.body, plain.body);
        assert_eq!(german.header("content-type"), Some("application/problem+json"));
        assert_eq!(german.all("www-authenticate"), plain.all("www-authenticate"));
        assert_eq!(german.header("content-language"), None);
    }
}
