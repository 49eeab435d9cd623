//! Behind a real nginx, with the configuration of the documentation.

use std::net::SocketAddr;

use logto_dev::Tenant;
use logto_dev::recorded::{ALICE, ROCKET_APP};
use logto_tests::{App, Ask, Browser, Nginx, param, settings};
use reqwest::Url;
use rocket::figment::Figment;

const PAGE: &str = include_str!("../../../../logto-rocket/docs/behind-a-proxy.md");
const ROOT: &str = "http://localhost:8000";
const KEPT: &str = "http://localhost:8000/shop";
const STRIPPED: &str = "http://localhost:8000/stripped";

/// Three applications behind one nginx: at the root, below a path that is kept, and below one that is stripped.
struct Site {
    tenant: Tenant,
    nginx: Nginx,
    _apps: [App; 3],
}

async fn application(tenant: &Tenant, address: &str, base: &str, strips: bool) -> App {
    let change = |figment: Figment| {
        figment
            .merge(("logto.public_url", address))
            .merge(("logto.proxy_strips_path", strips))
            .merge(("logto.session_store", "cookie"))
            .merge(("logto.resources", ["http://localhost:8000/shop/api"]))
            .merge(("logto.resource_metadata", base == "/shop"))
    };
    App::serve(super::rocket(tenant, base, change)).await
}

/// The configuration of the page, without TLS, for these applications.
fn configuration(apps: [SocketAddr; 3]) -> String {
    let block =
        PAGE.split_once("```nginx\n").and_then(|(_, rest)| rest.split_once("```")).expect("a block").0;
    let mut block: String = block
        .lines()
        .filter(|line| !line.trim_start().starts_with("ssl_certificate"))
        .map(|line| format!("{line}\n"))
        .collect();
    for (written, meant) in [
        ("listen 80;", "listen LISTEN_HTTP;".to_owned()),
        ("listen 443 ssl;", "listen LISTEN;".to_owned()),
        ("127.0.0.1:8000", apps[0].to_string()),
        ("127.0.0.1:8001", apps[1].to_string()),
        ("127.0.0.1:8002", apps[2].to_string()),
    ] {
        assert!(block.contains(written), "{written} is in the page");
        block = block.replace(written, &meant);
    }
    block
}

impl Site {
    async fn new(change: impl FnOnce(String) -> String) -> Site {
        let mut builder = Tenant::recorded()
            .api_resource(logto_dev::ApiResource::new("http://localhost:8000/shop/api").scopes(["x"]));
        for address in [KEPT, STRIPPED] {
            let callback = format!("{address}/logto/callback");
            builder = builder.application_redirect(ROCKET_APP.id, callback, format!("{address}/"));
        }
        let tenant = builder.start().await.unwrap();
        let apps = [
            application(&tenant, ROOT, "/", false).await,
            application(&tenant, KEPT, "/shop", false).await,
            application(&tenant, STRIPPED, "/", true).await,
        ];
        let nginx = Nginx::start(&change(configuration(apps.each_ref().map(App::address)))).await;
        Site { tenant, nginx, _apps: apps }
    }

    fn browser(&self, path: &str) -> Browser {
        Browser::reaching(self.nginx.address()).below(path, false)
    }

    async fn sign_in(&self, browser: &mut Browser, path: &str) -> logto_tests::Answer {
        let url = browser.begin(&format!("{path}/known")).await;
        assert_eq!(param(&url, "redirect_uri"), Some(format!("{ROOT}{path}/logto/callback")));
        let callback = self.tenant.sign_in(url, "alice").await.unwrap();
        browser.open(&callback[url::Position::BeforePath..]).await
    }
}

const PATHS: [&str; 3] = ["", "/shop", "/stripped"];

#[rocket::async_test]
async fn the_configuration_of_the_page_works_at_the_root_and_below_both_kinds_of_path() {
    let site = Site::new(|configuration| configuration).await;
    for path in PATHS {
        let mut browser = site.browser(path);
        let answer = browser.open(format!("{path}/known")).await;
        assert!(answer.location().starts_with(&format!("{path}/logto/sign-in?return_to={path}/known")));
        let answer = site.sign_in(&mut browser, path).await;
        assert_eq!(answer.location(), format!("{path}/known"));
        assert_eq!(browser.open(format!("{path}/known")).await.body, ALICE);
        assert_eq!(browser.open(format!("{path}/")).await.body, "start");
        let form = Ask::post(format!("{path}/known")).header("origin", ROOT);
        assert_eq!(browser.send(form).await.body, ALICE);
        let answer = browser.open(format!("{path}/logto/sign-out")).await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(param(&url, "post_logout_redirect_uri"), Some(format!("{ROOT}{path}/")));
        assert!(browser.jar.session().is_empty());
    }
    let metadata = Ask::get("/.well-known/oauth-protected-resource/shop/api");
    let answer = site.browser("").send(metadata).await;
    assert_eq!(answer.json()["resource"], "http://localhost:8000/shop/api");
    assert_eq!(site.nginx.log(), "", "nginx has nothing to complain of");
}

#[rocket::async_test]
async fn the_configuration_of_the_page_redirects_from_http() {
    let site = Site::new(|configuration| configuration).await;
    for host in ["example.com", "app.example.com"] {
        let request =
            format!("GET /shop/known?a=b%26c HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let head = Nginx::raw_at(site.nginx.http_address(), request.as_bytes()).await;
        assert!(head.starts_with("HTTP/1.1 301 "), "{head}");
        let location = format!("location: https://{host}/shop/known?a=b%26c");
        assert!(head.lines().any(|line| line.eq_ignore_ascii_case(&location)), "{head}");
    }
}

#[rocket::async_test]
async fn l09_headers_that_lie_change_no_address() {
    let site = Site::new(|configuration| configuration).await;
    let lies = [
        ("x-forwarded-host", "evil.com"),
        ("x-forwarded-proto", "gopher"),
        ("x-forwarded-port", "666"),
        ("x-forwarded-prefix", "/evil"),
        ("x-forwarded-for", "203.0.113.66"),
        ("x-forwarded-server", "evil.com"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
        ("x-script-name", "/evil"),
        ("forwarded", "for=203.0.113.66;host=evil.com;proto=gopher"),
    ];
    for path in PATHS {
        let with_lies = |ask: Ask| lies.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
        for ask in [
            Ask::get(format!("{path}/known")).navigation(),
            Ask::get(format!("{path}/known")).script(),
            Ask::get(format!("{path}/logto/sign-in")).navigation(),
            Ask::get(format!("{path}/logto/callback?state=x&code=y")).navigation(),
            Ask::get(format!("{path}/logto/sign-out")).navigation(),
            Ask::get(format!("{path}/join?to=/evil.com")).navigation(),
        ] {
            let plain = site.browser(path).send(ask.clone()).await;
            let lied = site.browser(path).send(with_lies(ask.clone())).await;
            assert_eq!(plain.status, lied.status, "{ask:?}");
            let mut text = lied.body.clone();
            lied.headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\n")));
            // Answers have random values in them, so what is looked for has characters that those do not have.
            for lie in ["evil/", "gopher", ":666", "%3A666", "203.0.113"] {
                assert!(!text.contains(lie), "{lie} in {text}");
            }
        }
        let mut browser = site.browser(path).under("evil.com");
        let answer = browser.open(format!("{path}/logto/sign-in")).await;
        assert_eq!(answer.location(), format!("{ROOT}{path}/logto/sign-in?canonical=1"));
    }
}

/// A session in several cookies is more than nginx lets through by default.
#[rocket::async_test]
async fn g08_large_sessions_need_larger_buffers_and_the_page_says_so() {
    let fatten = |tenant: &Tenant| {
        let filler = "biography ".repeat(900);
        tenant.users().change("alice", |alice| alice.profile("biography", filler)).unwrap();
    };
    let site = Site::new(|configuration| configuration).await;
    fatten(&site.tenant);
    for path in PATHS {
        let mut browser = site.browser(path);
        assert_eq!(site.sign_in(&mut browser, path).await.location(), format!("{path}/known"));
        assert!(browser.jar.header().unwrap().len() > 8 * 1024, "more than a buffer of nginx by default");
        assert_eq!(browser.open(format!("{path}/known")).await.body, ALICE);
    }
    let defaults = |configuration: String| {
        let is_about_buffers = |line: &&str| line.contains("_buffer");
        configuration.lines().filter(|line| !is_about_buffers(line)).map(|line| format!("{line}\n")).collect()
    };
    let site = Site::new(defaults).await;
    fatten(&site.tenant);
    let mut browser = site.browser("");
    assert_eq!(site.sign_in(&mut browser, "").await.status, 502);
    assert!(site.nginx.log().contains("upstream sent too big header"));
    browser.jar.0.insert("large".to_owned(), "x".repeat(9 * 1024));
    let refused = browser.open("/known").await;
    assert_eq!(refused.status, 400);
    for said in ["Request Header Or Cookie Too Large", "upstream sent too big header"] {
        assert!(PAGE.contains(said), "{said} is explained");
    }
    assert!(refused.body.contains("Request Header Or Cookie Too Large"), "{}", refused.body);
}

/// A handshake reaches the application as one, and the page of another origin opens no socket.
#[rocket::async_test]
async fn field_02_websocket_handshakes_stay_handshakes() {
    let site = Site::new(|configuration| configuration).await;
    for path in PATHS {
        let mut browser = site.browser(path);
        site.sign_in(&mut browser, path).await;
        let cookies = browser.jar.header().unwrap();
        let handshake = |origin: &str, upgrade: &str| {
            format!(
                "GET {path}/known HTTP/1.1\r\nhost: localhost:8000\r\norigin: {origin}\r\ncookie: {cookies}\r\n\
                 {upgrade}\r\n"
            )
        };
        let upgrade = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
                       sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        for (origin, headers, status) in [
            (ROOT, upgrade, "200"),
            ("https://evil.example", upgrade, "403"),
            ("http://evil.localhost:8000", upgrade, "403"),
            // Not a handshake any more, and reading is harmless.
            ("https://evil.example", "", "200"),
        ] {
            let answer = site.nginx.raw(handshake(origin, headers).as_bytes()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{origin} {headers}: {answer}");
        }
    }
}

#[rocket::async_test]
async fn redirects_of_rockets_own_get_the_path_once() {
    use rocket::response::Redirect;
    use rocket::{get, routes};

    #[get("/moved")]
    fn moved() -> Redirect {
        Redirect::to("/known")
    }

    let tenant = super::tenant(&[STRIPPED]).await;
    let figment =
        settings(&tenant).merge(("logto.public_url", STRIPPED)).merge(("logto.proxy_strips_path", true));
    let rocket = rocket::custom(figment).attach(logto_rocket::Logto::fairing());
    let app = App::serve(rocket.mount("/", routes![moved]).mount("/", super::own_routes())).await;
    let nginx = Nginx::start(&configuration([app.address(), app.address(), app.address()])).await;
    let mut browser = Browser::reaching(nginx.address()).below("/stripped", false);
    let answer = browser.open("/stripped/moved").await;
    assert_eq!(answer.header("location"), Some("/stripped/known"));
    let answer = browser.open("/stripped/known").await;
    assert_eq!(answer.location(), "/stripped/logto/sign-in?return_to=/stripped/known");
}

/// The shop of the examples, by the links of its own pages.
#[rocket::async_test]
async fn the_storefront_runs_below_a_path() {
    for (address, strips) in [(KEPT, false), (STRIPPED, true)] {
        let path = address.strip_prefix(ROOT).unwrap();
        let tenant = storefront::built_in::describe(address).start().await.unwrap();
        let figment = storefront::figment()
            .merge(settings(&tenant))
            .merge(("logto.public_url", address))
            .merge(("logto.proxy_strips_path", strips));
        let app = App::serve(storefront::rocket(figment)).await;
        let nginx = Nginx::start(&configuration([app.address(); 3])).await;
        let mut browser = Browser::reaching(nginx.address()).below(path, false);

        let home = browser.open(format!("{path}/")).await;
        assert_eq!(home.status, 200);
        for link in links(&home.body) {
            assert!(link.starts_with(&format!("{path}/")), "{link} leads out of the shop");
        }
        assert_eq!(browser.open(format!("{path}/style.css")).await.status, 200);

        let answer = browser.open(format!("{path}/profile")).await;
        let answer = browser.open(answer.location().to_owned()).await;
        let callback = tenant.sign_in(Url::parse(answer.location()).unwrap(), "alice").await.unwrap();
        let answer = browser.open(&callback[url::Position::BeforePath..]).await;
        assert_eq!(answer.location(), format!("{path}/profile"));
        let profile = browser.open(format!("{path}/profile")).await;
        assert!(profile.body.contains(ALICE), "{}", profile.body);
        assert!(links(&profile.body).contains(&format!("{path}/logto/sign-out")));
        assert_eq!(browser.fetch(format!("{path}/api/orders")).await.status, 200);
        assert_eq!(browser.fetch(format!("{path}/api/upstream")).await.json()["upstream"]["status"], 200);
        assert_eq!(browser.submit(format!("{path}/logto/sign-out")).await.status, 303);
        assert!(browser.jar.session().is_empty());
    }
}

/// The targets of links, forms and style sheets, apart from empty images.
fn links(page: &str) -> Vec<String> {
    let targets = ["href=\"", "action=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    let targets = targets.filter_map(|rest| rest.split_once('"')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.starts_with("data:")).collect()
}
