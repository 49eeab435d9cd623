//! Where a browser goes after a sign-out, and what it clears.

use logto_dev::Tenant;
use logto_dev::recorded::ROCKET_APP;
use logto_tests::{Answer, Ask, Bench, ORIGIN, param, path_of};
use reqwest::Url;
use rocket::figment::Figment;

const ELSEWHERE: &str = "https://www.example.com/goodbye";

fn landing() -> String {
    format!("{ORIGIN}/logto/signed-out")
}

fn registered(figment: Figment) -> Figment {
    figment.merge(("logto.post_sign_out_urls", [ELSEWHERE.to_owned(), landing()]))
}

fn target(answer: &Answer) -> (Option<String>, Option<String>) {
    let url = Url::parse(answer.location()).unwrap();
    (param(&url, "post_logout_redirect_uri"), param(&url, "state"))
}

async fn sign_out(bench: &Bench, query: &str) -> Answer {
    bench.signed_in("alice").await.submit(format!("/logto/sign-out?{query}")).await
}

#[rocket::async_test]
async fn k04_a_sign_out_returns_to_registered_addresses_and_to_paths_by_the_landing_route() {
    let bench = Bench::probe_app_with(registered).await;
    let encoded = "return_to=https%3A%2F%2Fwww.example.com%2Fgoodbye";
    assert_eq!(target(&sign_out(&bench, encoded).await), (Some(ELSEWHERE.to_owned()), None));
    let answer = sign_out(&bench, "return_to=/plain%3Fx%3D1").await;
    assert_eq!(target(&answer), (Some(landing()), Some("/plain?x=1".to_owned())));
    assert_eq!(target(&sign_out(&bench, "").await), (Some(format!("{ORIGIN}/")), None));

    assert_eq!(sign_out(&bench, &format!("local=true&{encoded}")).await.location(), ELSEWHERE);
    assert_eq!(sign_out(&bench, "local=true&return_to=/plain").await.location(), "/plain");
}

/// The whole way: over Logto, and back to the path.
#[rocket::async_test]
async fn k04_logto_leads_back_to_the_path() {
    let tenant =
        Tenant::recorded().application_redirect(ROCKET_APP.id, format!("{ORIGIN}/logto/callback"), landing());
    let bench = Bench::probe_app_of(tenant.start().await.unwrap(), registered).await;
    let (mut here, mut there) = (bench.browser(), bench.tenant.browser());
    let callback = there.sign_in(here.begin("").await, "alice").await.unwrap();
    here.open(path_of(&callback)).await;
    let answer = here.submit("/logto/sign-out?return_to=/plain%3Fx%3D1").await;
    let back = there.sign_out(answer.location()).await.unwrap();
    let answer = here.open(path_of(&back)).await;
    assert_eq!(answer.location(), "/plain?x=1");
    assert_eq!(here.open("/known").await.status, 303, "she is signed out");
}

#[rocket::async_test]
async fn k04_l01_no_sign_out_leads_to_another_site() {
    let bench = Bench::probe_app_with(registered).await;
    let home = (Some(format!("{ORIGIN}/")), None);
    for wrong in [
        "//evil.example",
        "///evil.example",
        "/%5Cevil.example",
        "%5C%5Cevil.example",
        "https://evil.example/",
        "https://www.example.com/goodbye/more",
        "https://www.example.com.evil.example/goodbye",
        "https://www.example.com%40evil.example/goodbye",
        "http://www.example.com/goodbye",
        "https://www.example.com/goodbye?x",
        "javascript:alert(1)",
        "/.//evil.example",
        "/%0D%0Ax:y",
        "/logto/sign-out",
        "/logto/signed-out",
        "",
        "/plain&return_to=/known",
    ] {
        assert_eq!(target(&sign_out(&bench, &format!("return_to={wrong}")).await), home, "{wrong}");
        let answer = sign_out(&bench, &format!("local=true&return_to={wrong}")).await;
        assert_eq!(answer.location(), format!("{ORIGIN}/"), "{wrong}");
        let answer = bench.browser().open(format!("/logto/signed-out?state={wrong}")).await;
        if !wrong.contains("&return_to") {
            assert_eq!(answer.location(), "/", "{wrong}");
        }
    }
    assert_eq!(bench.browser().open("/logto/signed-out").await.location(), "/");
    assert_eq!(bench.browser().open("/logto/signed-out?state=/plain&state=/known").await.location(), "/");
}

/// Logto would refuse the address of a landing route that is not registered.
#[rocket::async_test]
async fn k04_without_the_landing_route_a_path_counts_for_local_sign_outs_alone() {
    let bench = Bench::probe_app().await;
    assert_eq!(target(&sign_out(&bench, "return_to=/plain").await), (Some(format!("{ORIGIN}/")), None));
    assert_eq!(sign_out(&bench, "local=true&return_to=/plain").await.location(), "/plain");
    assert_eq!(bench.browser().open("/logto/signed-out?state=/plain").await.status, 404);
}

#[rocket::async_test]
async fn k01_whoever_has_to_confirm_a_sign_out_goes_to_the_same_place() {
    let bench = Bench::probe_app_with(registered).await;
    let mut alice = bench.signed_in("alice").await;
    let link = "/logto/sign-out?local=true&return_to=/plain%3Fx%3D1&more=evil";
    let page =
        alice.send(Ask::get(link).header("accept", "text/html").header("sec-fetch-site", "cross-site")).await;
    assert_eq!(page.status, 403, "{page:?}");
    let again = "/logto/sign-out?local=true&amp;return_to=%2Fplain%3Fx%3D1";
    assert!(page.body.contains(&format!("action=\"{again}\"")), "{page:?}");
    assert_eq!(alice.submit(again.replace("&amp;", "&")).await.location(), "/plain?x=1");
}

#[rocket::async_test]
async fn a_sign_out_clears_what_the_settings_name() {
    let bench = Bench::probe_app().await;
    assert_eq!(sign_out(&bench, "").await.header("clear-site-data"), None);
    let bench =
        Bench::probe_app_with(|figment| figment.merge(("logto.clear_site_data", ["cache", "storage"]))).await;
    let mut alice = bench.signed_in("alice").await;
    assert_eq!(alice.open("/known").await.header("clear-site-data"), None);
    let refused = alice.send(Ask::get("/logto/sign-out").header("sec-fetch-site", "cross-site")).await;
    assert_eq!((refused.status, refused.header("clear-site-data")), (403, None), "nobody has signed out");
    for query in ["", "local=true"] {
        let answer = sign_out(&bench, query).await;
        assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""), "{query}");
    }
    let script = alice.send(Ask::post("/logto/sign-out").script().header("origin", ORIGIN)).await;
    assert_eq!(script.header("clear-site-data"), Some("\"cache\", \"storage\""));
    assert!(script.json()["location"].as_str().unwrap().contains("/oidc/session/end?"), "{script:?}");
}
