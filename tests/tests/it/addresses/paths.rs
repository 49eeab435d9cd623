//! `public_url` with a path, behind a proxy that strips the path and behind one that keeps it.

use logto_dev::recorded::{ALICE, ROCKET_APP, SHOPPING_API};
use logto_dev::{ApiResource, Tenant};
use logto_rocket::{Identity, Logto, require_auth};
use logto_tests::{App, Ask, Browser, param, settings};
use reqwest::Url;
use rocket::{get, routes};

const SHOP: &str = "http://localhost:8000/shop";
const API: &str = "http://localhost:8000/shop/api";

#[require_auth(resource = API)]
#[get("/items")]
fn items(who: Identity) -> String {
    who.subject().to_owned()
}

struct Shop {
    tenant: Tenant,
    app: App,
    strips: bool,
}

impl Shop {
    async fn new(strips: bool) -> Shop {
        let tenant = Tenant::recorded().api_resource(ApiResource::new(API)).application_redirect(
            ROCKET_APP.id,
            format!("{SHOP}/logto/callback"),
            format!("{SHOP}/"),
        );
        let tenant = tenant.start().await.unwrap();
        let figment = settings(&tenant)
            .merge(("logto.public_url", SHOP))
            .merge(("logto.proxy_strips_path", strips))
            .merge(("logto.resources", [API, SHOPPING_API]))
            .merge(("logto.resource_metadata", true));
        let base = if strips { "/" } else { "/shop" };
        let rocket = rocket::custom(figment)
            .attach(Logto::fairing())
            .mount(base, super::own_routes())
            .mount(base, routes![items]);
        let app = App::serve(rocket).await;
        Shop { tenant, app, strips }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.app).below("/shop", self.strips)
    }

    /// Where a sign-in that begins with `answer` comes back to.
    async fn lands(&self, browser: &mut Browser, begin: &str) -> String {
        let answer = browser.open(begin).await;
        let mut location = answer.location().to_owned();
        if location.starts_with('/') {
            assert!(location.starts_with("/shop/logto/sign-in?"), "{location}");
            location = browser.open(location).await.location().to_owned();
        }
        let url = Url::parse(&location).unwrap();
        assert_eq!(param(&url, "redirect_uri").as_deref(), Some("http://localhost:8000/shop/logto/callback"));
        let callback = self.tenant.sign_in(url, "alice").await.unwrap();
        assert!(callback.as_str().starts_with("http://localhost:8000/shop/logto/callback?"));
        browser.open(&callback[url::Position::BeforePath..]).await.location().to_owned()
    }
}

#[rocket::async_test]
async fn a_sign_in_begins_and_ends_below_the_path() {
    for strips in [true, false] {
        let shop = Shop::new(strips).await;
        let mut browser = shop.browser();
        let answer = browser.open("/shop/known?a=b").await;
        assert_eq!(answer.location(), "/shop/logto/sign-in?return_to=/shop/known%3Fa%3Db");
        assert_eq!(shop.lands(&mut browser, "/shop/known?a=b").await, "/shop/known?a=b");
        assert_eq!(browser.open("/shop/known").await.body, ALICE, "{strips}");
        assert_eq!(browser.open("/shop/").await.body, "start", "{strips}");
        assert!(!browser.jar.session().is_empty());

        let answer = browser.send(Ask::get("/shop/logto/sign-out").navigation()).await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(param(&url, "post_logout_redirect_uri").as_deref(), Some("http://localhost:8000/shop/"));
        assert!(browser.jar.session().is_empty(), "{strips}: a deletion has the path of the cookie");
    }
}

#[rocket::async_test]
async fn l01_a_sign_in_returns_to_no_other_application() {
    const AWAY: &[&str] = &[
        "/",
        "/known",
        "/shopevil",
        "/shop.evil.com",
        "/shop@evil.com",
        "/shop/..//evil.com",
        "/shop//evil.com",
        "/shop/%2fevil.com",
        "/shop/../admin",
        "/shop/.//evil.com",
        "/shop/%2e%2e/admin",
        "/shop/..%2fadmin",
        "/shop/..%5cadmin",
        "/shop/\\evil.com",
        "/shop%2f..%2fadmin",
        "//shop/",
        "//evil.com/shop/",
        "https://evil.com/shop/",
        "http://localhost:8000/shop/known",
        "/shop/logto/sign-out",
        "/shop//logto/sign-out",
        "/shop/%6Cogto/callback",
    ];
    for strips in [true, false] {
        let shop = Shop::new(strips).await;
        let mut browser = shop.browser();
        for away in AWAY {
            let to = percent_encoding::utf8_percent_encode(away, percent_encoding::NON_ALPHANUMERIC);
            let lands = shop.lands(&mut browser, &format!("/shop/logto/sign-in?return_to={to}")).await;
            assert_eq!(lands, "/shop/", "{away}");
        }
        let lands = shop.lands(&mut browser, "/shop/logto/sign-in?return_to=/shop/known").await;
        assert_eq!(lands, "/shop/known");
    }
}

/// A handler names a path as Rocket routes it, because that is what `uri!` writes.
#[rocket::async_test]
async fn a_handler_returns_to_a_path_in_rocket() {
    for (strips, to, lands) in [
        (true, "/known?x", "/shop/known?x"),
        (true, "/", "/shop/"),
        (true, "/..//evil.com", "/shop/"),
        (true, "//evil.com", "/shop/"),
        (true, "/logto/sign-out", "/shop/"),
        (false, "/shop/known?x", "/shop/known?x"),
        (false, "/known", "/shop/"),
        (false, "/shopevil", "/shop/"),
        (false, "//evil.com", "/shop/"),
    ] {
        let shop = Shop::new(strips).await;
        let to = percent_encoding::utf8_percent_encode(to, percent_encoding::NON_ALPHANUMERIC);
        let found = shop.lands(&mut shop.browser(), &format!("/shop/join?to={to}")).await;
        assert_eq!(found, lands, "{strips} {to}");
    }
}

#[rocket::async_test]
async fn links_and_htmx_lead_below_the_path() {
    for strips in [true, false] {
        let shop = Shop::new(strips).await;
        let mut browser = shop.browser();
        let page = browser.open("/shop/logto/callback?state=unknown&code=x").await;
        assert_eq!((page.status, page.code().as_str()), (400, "callback_unknown_state"));
        assert!(page.body.contains("href=\"/shop/logto/sign-in?return_to=%2Fshop%2F\""), "{}", page.body);
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));

        let part = Ask::get("/shop/known").script().header("hx-request", "true");
        let answer = browser.send(part.clone().header("hx-current-url", format!("{SHOP}/form"))).await;
        assert_eq!(answer.header("hx-redirect"), Some("/shop/logto/sign-in?return_to=/shop/form"));
        // A page of another application under the same origin.
        let answer = browser.send(part.header("hx-current-url", "http://localhost:8000/blog")).await;
        assert_eq!(answer.header("hx-redirect"), Some("/shop/logto/sign-in?return_to=/shop/"));

        let lost = Ask::post("/shop/known").navigation().header("referer", format!("{SHOP}/form"));
        let answer = browser.send(lost.header("origin", "http://localhost:8000")).await;
        assert_eq!(answer.location(), "/shop/logto/sign-in?return_to=/shop/form");
        let flash = answer.cookies().into_iter().find(|cookie| cookie.name == "_flash").unwrap();
        assert_eq!(flash.path.as_deref(), Some("/"), "Rocket removes it with this path");

        let script = browser.fetch("/shop/logto/sign-in").await;
        assert_eq!(script.json()["location"], "/shop/logto/sign-in");
    }
}

#[rocket::async_test]
async fn another_host_is_led_to_the_public_url() {
    for strips in [true, false] {
        let shop = Shop::new(strips).await;
        let answer =
            shop.browser().under("127.0.0.1:8000").open("/shop/logto/sign-in?return_to=/shop/known").await;
        assert_eq!(
            answer.location(),
            "http://localhost:8000/shop/logto/sign-in?return_to=/shop/known&canonical=1"
        );
    }
}

/// RFC 9728 §3.1 puts the well-known path before that of the resource, so it is outside of the application's path.
#[rocket::async_test]
async fn f23_metadata_is_where_clients_look_for_it() {
    for strips in [true, false] {
        let shop = Shop::new(strips).await;
        let mut client = shop.browser();
        let answer = client.send(Ask::get("/shop/items")).await;
        let address = "http://localhost:8000/.well-known/oauth-protected-resource/shop/api";
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(challenge.contains(&format!("resource_metadata=\"{address}\"")), "{challenge}");
        let document = client.send(Ask::get("/.well-known/oauth-protected-resource/shop/api")).await;
        assert_eq!((document.status, &document.json()["resource"]), (200, &serde_json::json!(API)));
    }
}

/// The application is not mounted twice: the other path is unknown.
#[rocket::async_test]
async fn routes_are_at_one_path() {
    for (strips, ours, other) in
        [(true, "/logto/user", "/shop/logto/user"), (false, "/shop/logto/user", "/logto/user")]
    {
        let shop = Shop::new(strips).await;
        let mut direct = Browser::new(&shop.app);
        assert_eq!(direct.send(Ask::get(ours)).await.status, 200, "{strips}");
        assert_eq!(direct.send(Ask::get(other)).await.status, 404, "{strips}");
    }
}
