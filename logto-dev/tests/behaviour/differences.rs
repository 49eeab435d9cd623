//! Fixed differences between this tenant and a real Logto.

use logto_dev::recorded::{BCL_APP, M2M_APP, ROCKET_APP, SHOPPING_API, SPA_APP};
use logto_dev::{Tenant, recorded};
use serde_json::Value;
use url::Url;

use crate::app::{App, CALLBACK, param, text};

/// A verifier and its challenge.
const PKCE: (&str, &str) =
    ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

fn refused(answer: &(u16, Value), error: &str, description: &str) {
    let (status, body) = answer;
    assert_eq!(
        (*status, body["error"].as_str(), body["error_description"].as_str()),
        (400, Some(error), Some(description)),
        "{body}"
    );
}

async fn send(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

/// The redirect of an authorization request.
async fn redirect_of(app: &App, url: &str) -> Url {
    let response = app.http.get(url).send().await.unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    Url::parse(app.tenant.endpoint()).unwrap().join(&location).unwrap()
}

#[tokio::test]
async fn field_e_a_malformed_verifier_is_an_invalid_request_and_the_code_stays_valid() {
    let app = App::new().await;
    let url = app.authorization(&[("code_challenge", PKCE.1), ("code_challenge_method", "S256")]);
    let callback = app.tenant.sign_in(url, "alice").await.unwrap();
    let code = param(&callback, "code").unwrap();
    let redeem = async |verifier: &str| {
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        app.post("/oidc/token", &[&form[..], &[("code_verifier", verifier)]].concat()).await
    };
    let invalid = "invalid_request";
    let short = "code_verifier must be a string with a minimum length of 43 characters";
    refused(&redeem("short").await, invalid, short);
    refused(&redeem(&"a".repeat(42)).await, invalid, short);
    let long = "code_verifier must be a string with a maximum length of 128 characters";
    refused(&redeem(&"a".repeat(129)).await, invalid, long);
    refused(
        &redeem(&format!("{} ", &PKCE.0[..42])).await,
        invalid,
        "code_verifier contains invalid characters",
    );
    refused(&redeem(&"a".repeat(43)).await, "invalid_grant", "grant request is invalid");
    assert_eq!(redeem(PKCE.0).await.0, 200);
    let form = [("grant_type", "authorization_code"), ("code", "unknown"), ("redirect_uri", CALLBACK)];
    let unknown = app.post("/oidc/token", &[&form[..], &[("code_verifier", "short")]].concat()).await;
    refused(&unknown, "invalid_grant", "grant request is invalid");
    let url = app.authorization(&[("code_challenge", "short"), ("code_challenge_method", "S256")]);
    let callback = redirect_of(&app, &url).await;
    assert_eq!(param(&callback, "error").as_deref(), Some("invalid_request"));
    let described = "code_challenge must be a string with a minimum length of 43 characters";
    assert_eq!(param(&callback, "error_description").as_deref(), Some(described));
}

#[tokio::test]
async fn field_e_userinfo_accepts_only_the_bearer_scheme() {
    let app = App::new().await;
    let token = text(&app.tokens("alice").await, "access_token");
    let ask = async |header: String| {
        let url = format!("{}/oidc/me", app.tenant.endpoint());
        send(app.http.get(url).header("authorization", header)).await
    };
    let scheme = "authorization header scheme must be `Bearer`";
    refused(&ask("Basic YTpi".to_owned()).await, "invalid_request", scheme);
    refused(&ask(format!("DPoP {token}")).await, "invalid_request", scheme);
    let malformed = "invalid authorization header value format";
    for header in
        ["Bearer".to_owned(), format!("Bearer {token} more"), format!("Bearer  {token}"), token.clone()]
    {
        refused(&ask(header).await, "invalid_request", malformed);
    }
    assert_eq!(ask(format!("bearer {token}")).await.0, 200);
}

#[tokio::test]
async fn field_e_the_token_endpoints_accept_only_the_basic_scheme() {
    let app = App::new().await;
    let basic = |credentials: &str| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(credentials))
    };
    let malformed = "invalid authorization header value format";
    for path in ["token", "token/revocation", "token/introspection", "request"] {
        let ask = async |header: &str| {
            let request = app.http.post(format!("{}/oidc/{path}", app.tenant.endpoint()));
            send(request.header("authorization", header).form(&[("token", "t")])).await
        };
        for header in ["Bearer abc", "Basic", "Basic a b", "Digest abc", &basic("no-colon")] {
            refused(&ask(header).await, "invalid_request", malformed);
        }
        let encoding = "client_id and client_secret in the authorization header are not properly encoded";
        refused(&ask(&basic("100%:secret")).await, "invalid_request", encoding);
        let nothing = "client_secret must be provided in the Authorization header";
        refused(&ask(&basic(&format!("{}:", ROCKET_APP.id))).await, "invalid_request", nothing);
    }
}

#[tokio::test]
async fn field_e_unsupported_parameters_are_an_error_at_the_callback() {
    let app = App::new().await;
    for (name, value, error) in [
        ("registration", "{}", "registration_not_supported"),
        ("request_uri", "https://app.example/request.jwt", "request_uri_not_supported"),
        ("request", "a.b.c", "request_not_supported"),
    ] {
        let callback = redirect_of(&app, &app.authorization(&[(name, value)])).await;
        assert!(callback.as_str().starts_with(CALLBACK), "{callback}");
        assert_eq!(param(&callback, "error").as_deref(), Some(error));
        assert_eq!(param(&callback, "error_description"), None);
        assert_eq!(param(&callback, "state").as_deref(), Some("the-state"));
        assert_eq!(param(&callback, "iss"), Some(app.tenant.issuer()));
        // An empty value counts as absent.
        assert_eq!(redirect_of(&app, &app.authorization(&[(name, "")])).await.path(), "/sign-in");
    }
}

#[tokio::test]
async fn field_e_a_repeated_parameter_is_refused_at_the_authorization_endpoint() {
    let app = App::new().await;
    let twice = async |names: &[&str]| {
        let more: Vec<(&str, &str)> = names.iter().map(|name| (*name, "x")).collect();
        redirect_of(&app, &app.authorization(&more)).await
    };
    for (names, described, state) in [
        (&["state"][..], "'state' parameter must not be provided twice", None),
        (&["nonce", "nonce"], "'nonce' parameter must not be provided twice", Some("the-state")),
        (&["scope", "scope"], "'scope' parameter must not be provided twice", Some("the-state")),
        (&["response_type"], "'response_type' parameter must not be provided twice", Some("the-state")),
        (
            &["prompt", "prompt", "max_age", "max_age"],
            "'max_age' and 'prompt' parameters must not be provided twice",
            Some("the-state"),
        ),
        (
            &["state", "login_hint", "login_hint", "first_screen", "first_screen"],
            "'login_hint', 'state', and 'first_screen' parameters must not be provided twice",
            None,
        ),
    ] {
        let callback = twice(names).await;
        assert!(callback.as_str().starts_with(CALLBACK), "{names:?}: {callback}");
        assert_eq!(param(&callback, "error").as_deref(), Some("invalid_request"), "{names:?}");
        assert_eq!(param(&callback, "error_description").as_deref(), Some(described));
        assert_eq!(param(&callback, "state").as_deref(), state, "{names:?}");
        assert_eq!(param(&callback, "iss"), Some(app.tenant.issuer()));
    }
    assert_eq!(twice(&["resource_of_mine", "resource_of_mine"]).await.path(), "/sign-in");
    for name in ["client_id", "redirect_uri"] {
        let answer = send(app.http.get(app.authorization(&[(name, "x")]))).await;
        refused(&answer, "invalid_request", &format!("'{name}' parameter must not be provided twice"));
        assert_eq!(answer.1["state"], "the-state");
    }
}

#[tokio::test]
async fn field_e_a_repeated_parameter_is_refused_at_the_token_endpoint() {
    let app = App::new().await;
    let refresh = text(&app.tokens("alice").await, "refresh_token");
    let described = |name: &str| format!("'{name}' parameter must not be provided twice");
    let id = ROCKET_APP.id;
    for path in ["token", "token/revocation", "token/introspection", "request"] {
        let request = app.http.post(format!("{}/oidc/{path}", app.tenant.endpoint()));
        let form =
            [("client_id", id), ("client_id", id), ("client_secret", ROCKET_APP.secret), ("token", "t")];
        refused(&send(request.form(&form)).await, "invalid_request", &described("client_id"));
    }
    let grant = ("grant_type", "refresh_token");
    let token = ("refresh_token", refresh.as_str());
    let twice = app.post("/oidc/token", &[grant, token, token]).await;
    refused(&twice, "invalid_request", &described("refresh_token"));
    let twice = app.post("/oidc/token", &[grant, grant, token]).await;
    refused(&twice, "invalid_request", &described("grant_type"));
    let twice = app.refresh(&refresh, &[("scope", "openid"), ("scope", "openid")]).await;
    refused(&twice, "invalid_request", &described("scope"));
    let twice = app.post("/oidc/token/revocation", &[("token", &refresh), ("token", &refresh)]).await;
    refused(&twice, "invalid_request", &described("token"));
    let resource = ("resource", SHOPPING_API);
    assert_eq!(app.refresh(&refresh, &[resource, resource]).await.0, 200, "two resources are ignored");
}

#[tokio::test]
async fn field_e_no_application_may_use_the_device_grant() {
    let tenant = Tenant::recorded();
    let mut app = App::with(tenant, ROCKET_APP).await;
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", "d")];
    for client in [ROCKET_APP, recorded::THIRD_PARTY_APP, M2M_APP] {
        app.client = client;
        let answer = app.post("/oidc/token", &form).await;
        refused(&answer, "invalid_request", "requested grant type is not allowed for this client");
    }
    for unknown in ["password", "implicit", "nonsense"] {
        let answer = app.post("/oidc/token", &[("grant_type", unknown)]).await;
        refused(&answer, "unsupported_grant_type", "unsupported grant_type requested");
    }
}

/// Every response has the headers of Logto's security middleware, including redirects and pages.
#[tokio::test]
async fn field_e_responses_have_security_headers_and_token_responses_cors_headers() {
    let app = App::new().await;
    let token = text(&app.tokens("alice").await, "access_token");
    let at = |path: &str| format!("{}{path}", app.tenant.endpoint());
    let form = [("grant_type", "refresh_token"), ("refresh_token", "unknown")];
    let post =
        |path: &str| app.http.post(at(path)).basic_auth(app.client.id, Some(app.client.secret)).form(&form);
    let open = [
        post("/oidc/token"),
        post("/oidc/token/introspection"),
        post("/oidc/token/revocation"),
        post("/oidc/request"),
        app.http.get(at("/oidc/me")).bearer_auth(&token),
        app.http.get(at("/oidc/jwks")),
    ];
    for request in open {
        let answer = request.send().await.unwrap();
        let headers = answer.headers();
        assert_eq!(headers["access-control-allow-origin"], "*", "{}", answer.url());
        if !answer.url().path().ends_with("jwks") {
            assert_eq!(headers["access-control-expose-headers"], "WWW-Authenticate", "{}", answer.url());
        }
        assert_eq!(headers["vary"], "Accept-Encoding, Origin", "{}", answer.url());
        secured(&answer);
    }
    for path in ["/oidc/token", "/oidc/token/introspection", "/oidc/token/revocation", "/oidc/request"] {
        let own = post(path).header("origin", "http://localhost:8000").send().await.unwrap();
        assert_eq!(own.headers()["access-control-allow-origin"], "http://localhost:8000", "{path}");
        let foreign = post(path).header("origin", "http://evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), 400, "{path}");
        assert!(!foreign.headers().contains_key("access-control-allow-origin"), "{path}");
        secured(&foreign);
        let ask = app.http.request(reqwest::Method::OPTIONS, at(path));
        let ask =
            ask.header("origin", "http://localhost:8000").header("access-control-request-method", "POST");
        secured(&ask.send().await.unwrap());
    }
    for closed in
        [app.http.get(app.authorization(&[])), app.http.get(at("/oidc/session/end")), app.http.get(at("/"))]
    {
        let answer = closed.send().await.unwrap();
        assert!(!answer.headers().contains_key("access-control-allow-origin"), "{}", answer.url());
        secured(&answer);
    }
}

fn secured(answer: &reqwest::Response) {
    for (name, value) in [
        ("cross-origin-resource-policy", "same-origin"),
        ("origin-agent-cluster", "?1"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("strict-transport-security", "max-age=15552000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
        ("x-download-options", "noopen"),
        ("x-frame-options", "SAMEORIGIN"),
        ("x-permitted-cross-domain-policies", "none"),
        ("x-xss-protection", "0"),
    ] {
        let values: Vec<_> = answer.headers().get_all(name).iter().collect();
        assert_eq!(values, [value], "{} {name}", answer.url());
    }
}

#[tokio::test]
async fn field_e_the_recorded_back_channel_application_always_gets_a_refresh_token() {
    let app = App::with(Tenant::recorded(), BCL_APP).await;
    let url = app.authorization(&[("scope", "openid profile")]);
    let callback = app.tenant.sign_in(url, "alice").await.unwrap();
    let (status, tokens) = app.redeem(&callback).await;
    assert_eq!((status, tokens["refresh_token"].is_string()), (200, true), "{tokens}");
    assert_eq!(SPA_APP.secret, "");
}

/// A real Logto turns `direct_sign_in` into a path and resolves dots in it.
#[tokio::test]
async fn field_e_direct_sign_in_leads_to_a_path_of_its_own() {
    let app = App::new().await;
    for (more, path, fallback) in [
        (&[("direct_sign_in", "social:github")][..], "/direct/social/github", "sign-in"),
        (&[("direct_sign_in", "social:a/../b")], "/direct/social/b", "sign-in"),
        (&[("direct_sign_in", "sso:")], "/direct/sso", "sign-in"),
        (&[("direct_sign_in", "nope")], "/direct/nope", "sign-in"),
        (
            &[("direct_sign_in", "social:github"), ("first_screen", "register")],
            "/direct/social/github",
            "register",
        ),
        (&[("google_one_tap_credential", "x")], "/direct/social/google", "sign-in"),
    ] {
        let page = redirect_of(&app, &app.authorization(more)).await;
        assert_eq!((page.path(), param(&page, "fallback").as_deref()), (path, Some(fallback)), "{more:?}");
    }
}
