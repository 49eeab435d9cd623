//! What a sign-in asks of Logto, as Logto sees it.

use std::collections::BTreeSet;

use logto_dev::recorded::{OTHER_API, ROCKET_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Tenant};
use logto_tests::{Ask, Bench, ORIGIN, param};
use reqwest::Url;

fn values(url: &Url, name: &str) -> Vec<String> {
    url.query_pairs().filter(|(known, _)| known == name).map(|(_, value)| value.into_owned()).collect()
}

#[rocket::async_test]
async fn b10_b11_a_sign_in_asks_for_what_the_guards_need() {
    let bench = Bench::storefront().await;
    let url = bench.browser().begin("").await;
    bench.tenant.sign_in(&url, "alice").await.unwrap();
    let seen = &bench.tenant.journal().of(Endpoint::Authorize)[0];
    assert_eq!(
        seen.param("scope").unwrap(),
        "openid offline_access profile urn:logto:scope:organizations delete:orders export:orders invite:member \
         manage:billing read:orders write:orders email phone roles custom_data \
         urn:logto:scope:organization_roles identities urn:logto:scope:sessions"
    );
    assert_eq!(values(&url, "resource"), [SHOPPING_API, "urn:logto:resource:organizations"]);
    for (name, expected) in [
        ("response_type", "code"),
        ("client_id", ROCKET_APP.id),
        ("redirect_uri", &format!("{ORIGIN}/logto/callback")),
        ("prompt", "consent"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(values(&url, name), [expected], "{name}");
    }
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(values(&url, name)[0].len(), 43, "{name}: 32 bytes as base64url");
    }
    let names: BTreeSet<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let expected = "client_id code_challenge code_challenge_method nonce prompt redirect_uri resource response_type scope state";
    assert_eq!(names.into_iter().collect::<Vec<_>>().join(" "), expected);
    assert!(!url.as_str().contains(ROCKET_APP.secret));
}

/// An application without organizations asks for none, and every configured API is asked for.
#[rocket::async_test]
async fn b11_each_resource_is_a_parameter_of_its_own() {
    let bench = Bench::probe_app().await;
    let url = bench.browser().begin("").await;
    assert_eq!(values(&url, "resource"), [SHOPPING_API, OTHER_API, "urn:logto:resource:organizations"]);
}

#[rocket::async_test]
async fn b01_no_secret_is_used_twice_and_the_rest_stays_the_same() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let mut secrets = BTreeSet::new();
    let mut rest = BTreeSet::new();
    for _ in 0..15 {
        let url = browser.begin("").await;
        for name in ["state", "nonce", "code_challenge"] {
            secrets.insert(param(&url, name).unwrap());
        }
        let fixed =
            url.query_pairs().filter(|(name, _)| !matches!(&**name, "state" | "nonce" | "code_challenge"));
        rest.insert(fixed.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"));
    }
    assert_eq!((secrets.len(), rest.len()), (45, 1));
}

#[rocket::async_test]
async fn b02_pkce_is_sent_whatever_discovery_says() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let endpoint = tenant.endpoint().to_owned();
    let document = serde_json::json!({
        "issuer": format!("{endpoint}/oidc"),
        "authorization_endpoint": format!("{endpoint}/oidc/auth"),
        "token_endpoint": format!("{endpoint}/oidc/token"),
        "jwks_uri": format!("{endpoint}/oidc/jwks"),
        "authorization_response_iss_parameter_supported": true,
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES384"],
    });
    tenant.faults().on(Endpoint::Discovery).fault(Fault::StatusWithBody(200, document.to_string()));
    let bench = Bench::probe_app_of(tenant, |figment| figment).await;
    let mut browser = bench.browser();
    let url = browser.begin("").await;
    assert_eq!(values(&url, "code_challenge_method"), ["S256"]);
    // And a tenant with nothing but the necessary endpoints is enough to sign in and out.
    browser.sign_in(&bench.tenant, "alice").await;
    let verifier = bench.grants("authorization_code")[0].param("code_verifier").unwrap().to_owned();
    assert!((43..=128).contains(&verifier.len()), "{}", verifier.len());
    assert_eq!(browser.submit("/logto/sign-out").await.location(), format!("{ORIGIN}/"));
    assert!(browser.jar.session().is_empty());
}

#[rocket::async_test]
async fn b03_l09_no_header_of_the_request_decides_where_logto_sends_the_code() {
    let bench = Bench::storefront().await;
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-forwarded-prefix", "/evil"),
        ("x-original-url", "/evil"),
        ("x-rewrite-url", "/evil"),
    ] {
        let answer = bench.call(Ask::get("/logto/sign-in").navigation().header(name, value)).await;
        let url = Url::parse(answer.location()).unwrap();
        assert_eq!(values(&url, "redirect_uri"), [format!("{ORIGIN}/logto/callback")], "{name}");
        assert!(!url.as_str().contains("evil"), "{url}");
    }
    let answer = bench.browser().under("evil.example").open("/logto/sign-in").await;
    assert!(answer.location().starts_with(&format!("{ORIGIN}/logto/sign-in")), "{answer:?}");
    let answer = bench.browser().under("evil.example").open("/logto/sign-in?canonical=1").await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(values(&url, "redirect_uri"), [format!("{ORIGIN}/logto/callback")]);
}

#[rocket::async_test]
async fn b04_the_query_of_sign_in_injects_nothing() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let plain: BTreeSet<String> =
        browser.begin("").await.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let injected = "/logto/sign-in?client_id=evil&redirect_uri=https://evil.example&response_type=token&scope=admin\
        &request_uri=urn:evil&request=x&state=fixed&nonce=fixed&code_challenge=x&prompt=none&claims={}\
        &resource=https://evil.example&response_mode=fragment&organization_id=x&id_token_hint=x&acr_values=x";
    let answer = browser.open(injected).await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(url.query_pairs().map(|(name, _)| name.into_owned()).collect::<BTreeSet<_>>(), plain);
    assert_eq!(
        (values(&url, "client_id"), values(&url, "response_type")),
        (vec![ROCKET_APP.id.to_owned()], vec!["code".to_owned()])
    );
    for wrong in ["evil", "admin", "fixed", "urn:evil", "fragment"] {
        assert!(
            !url.query_pairs().any(|(_, value)| value.split(' ').any(|word| word == wrong)),
            "{wrong} in {url}"
        );
    }
}

#[rocket::async_test]
async fn b04_what_may_pass_is_checked() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let answer = browser
        .open(
            "/logto/sign-in?login_hint=alice%40example.com&first_screen=reset_password&ui_locales=fr-CA%20en",
        )
        .await;
    let url = Url::parse(answer.location()).unwrap();
    assert_eq!(values(&url, "login_hint"), ["alice@example.com"]);
    assert_eq!(values(&url, "first_screen"), ["reset_password"]);
    assert_eq!(values(&url, "ui_locales"), ["fr-CA en"]);
    let answer = browser.open("/logto/sign-in?login_hint=&first_screen=evil&ui_locales=en%22%3E").await;
    let url = Url::parse(answer.location()).unwrap();
    for name in ["login_hint", "first_screen", "ui_locales"] {
        assert!(values(&url, name).is_empty(), "{name} in {url}");
    }
    // Step-up: how fresh the sign-in must be is a number of seconds.
    for (asked, sent) in
        [("300", vec!["300"]), ("0", vec!["0"]), ("soon", vec![]), ("-1", vec![]), ("1.5", vec![])]
    {
        let answer = browser.open(format!("/logto/sign-in?max_age={asked}")).await;
        assert_eq!(values(&Url::parse(answer.location()).unwrap(), "max_age"), sent, "{asked}");
    }
    for bad in ["login_hint=a&login_hint=b", "return_to=/a&return_to=/b", "login_hint=%0d%0ax"] {
        let answer = browser.open(format!("/logto/sign-in?{bad}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_query"), "{bad}");
    }
}
