//! The page of a user who has signed out, which the setting `signed_out_page` asks for.

use logto_dev::Tenant;
use logto_dev::recorded::ROCKET_APP;
use logto_rocket::{Logto, OwnPage, Page, PageKind, Pages};
use logto_tests::{App, Ask, Bench, Browser, ORIGIN, path_of, settings};
use rocket::Request;
use rocket::figment::Figment;

use super::{heading, page};

const PATH: &str = "/logto/signed-out";

fn asked_for(figment: Figment) -> Figment {
    figment.merge(("logto.signed_out_page", true))
}

/// An application whose landing route is registered in Logto.
async fn bench() -> Bench {
    let tenant = Tenant::recorded().application_redirect(
        ROCKET_APP.id,
        format!("{ORIGIN}/logto/callback"),
        format!("{ORIGIN}{PATH}"),
    );
    Bench::probe_app_of(tenant.start().await.unwrap(), asked_for).await
}

#[rocket::async_test]
async fn a_sign_out_ends_at_the_page_here_and_at_logto() {
    let bench = bench().await;
    let (mut alice, mut at_logto) = (bench.browser(), bench.tenant.browser());
    let callback = at_logto.sign_in(alice.begin("").await, "alice").await.unwrap();
    alice.open(path_of(&callback)).await;
    let out = alice.submit("/logto/sign-out").await;
    let back = at_logto.sign_out(out.location()).await.unwrap();
    assert_eq!(back.as_str(), format!("{ORIGIN}{PATH}"));
    let shown = alice.open(path_of(&back)).await;
    assert_eq!((shown.status, heading(&shown)), (200, "You are signed out"));
    assert!(shown.body.contains("href=\"/logto/sign-in\"") && shown.body.contains("href=\"/\""), "{shown:?}");
    assert!(!shown.body.contains("<footer>"), "nothing was refused: {shown:?}");
    assert_eq!(shown.all("cache-control"), ["no-store"]);
    assert!(shown.header("content-security-policy").unwrap().starts_with("default-src 'none'"), "{shown:?}");

    let local = bench.signed_in("bob").await.submit("/logto/sign-out?local=true").await;
    assert_eq!(local.location(), format!("{ORIGIN}{PATH}"));
}

#[rocket::async_test]
async fn a_path_to_return_to_comes_before_the_page() {
    let bench = bench().await;
    let (mut alice, mut at_logto) = (bench.browser(), bench.tenant.browser());
    let callback = at_logto.sign_in(alice.begin("").await, "alice").await.unwrap();
    alice.open(path_of(&callback)).await;
    let out = alice.submit("/logto/sign-out?return_to=/plain").await;
    let back = at_logto.sign_out(out.location()).await.unwrap();
    assert_eq!(alice.open(path_of(&back)).await.location(), "/plain");
    // What is no path of this application leads to the page, and nowhere else.
    for state in ["//evil.example", "https://evil.example/", "/%5Cevil.example", "", "/a&state=/b"] {
        let shown = alice.open(format!("{PATH}?state={state}")).await;
        assert_eq!((shown.status, heading(&shown)), (200, "You are signed out"), "{state}");
        assert!(!shown.body.contains("evil"), "{state}: {shown:?}");
    }
}

#[rocket::async_test]
async fn a_user_who_has_a_session_does_not_see_it() {
    let bench = bench().await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.open(PATH).await.location(), "/");
    assert_eq!(alice.open("/known").await.status, 200, "the session lives on");
    alice.submit("/logto/sign-out?local=true").await;
    assert_eq!(alice.open(PATH).await.status, 200);
}

#[rocket::async_test]
async fn without_the_setting_there_is_no_such_page() {
    let bench = Bench::probe_app().await;
    assert_eq!(bench.browser().open(PATH).await.status, 404);
    let landing = format!("{ORIGIN}{PATH}");
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.post_sign_out_urls", [landing]))).await;
    assert_eq!(bench.browser().open(PATH).await.location(), "/");
}

#[rocket::async_test]
async fn each_reader_gets_it_in_their_language() {
    let bench = bench().await;
    for (accept_language, tag, title) in [
        ("en-GB,en;q=0.9", "en", "You are signed out"),
        ("de-CH,de;q=0.9,en;q=0.8", "de", "Sie sind abgemeldet"),
        ("fr-CA", "fr", "Vous êtes déconnecté"),
        ("es-419,es;q=0.9", "es", "Ha cerrado la sesión"),
        ("pt", "pt-BR", "Você saiu"),
        ("zh-CN,zh;q=0.9", "zh-Hans", "您已退出登录"),
        ("zh-TW,zh;q=0.9", "zh-Hant", "您已登出"),
        ("ja", "ja", "サインアウトしました"),
        ("ko-KR", "ko", "로그아웃되었습니다"),
    ] {
        let shown = bench.call(page(Ask::get(PATH), accept_language)).await;
        assert_eq!((shown.status, heading(&shown)), (200, title));
        assert_eq!(shown.all("content-language"), [tag]);
        assert!(shown.all("vary").contains(&"Accept-Language"), "{shown:?}");
    }
}

struct Farewell;

impl Pages for Farewell {
    fn signed_out(&self, page: &Page, _: &Request<'_>) -> Option<OwnPage> {
        assert_eq!((page.kind(), page.code(), page.reference()), (PageKind::SignedOut, "signed_out", ""));
        let links: Vec<&str> = page.actions().iter().map(|action| action.target()).collect();
        Some(OwnPage::html(format!("<h1>See you</h1>{}", links.join(" "))))
    }
}

#[rocket::async_test]
async fn an_application_replaces_it() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(asked_for(settings(&tenant))).attach(Logto::fairing().pages(Farewell));
    let app = App::serve(rocket).await;
    let shown = Browser::new(&app).open(PATH).await;
    assert_eq!((shown.status, heading(&shown)), (200, "See you"));
    assert!(shown.body.contains("/logto/sign-in /"), "{shown:?}");
}

/// What has to be registered in Logto.
#[rocket::async_test]
async fn its_address_is_among_those_to_register() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let landing = format!("{ORIGIN}{PATH}");
    let figment = asked_for(settings(&tenant)).merge(("logto.post_sign_out_urls", [landing.as_str()]));
    let rocket = rocket::custom(figment).attach(Logto::fairing()).ignite().await.unwrap();
    let logto = rocket.state::<Logto>().unwrap();
    assert_eq!(logto.post_sign_out_urls(), [landing.as_str()], "once");
    assert_eq!(logto.post_sign_out_url(), landing);
}
