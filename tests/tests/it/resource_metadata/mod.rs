//! Metadata of protected resources (RFC 9728), and a client that knows nothing but an address.

use std::collections::BTreeMap;

use logto_dev::recorded::{ACME, SHOPPING_API};
use logto_dev::{ApiResource, Application, Role, Tenant};
use logto_rocket::{AccessToken, Identity, Logto, require_auth, with_access_token};
use logto_tests::{Answer, App, Ask, Browser, ORIGIN, settings};
use reqwest::Url;
use rocket::figment::Figment;
use rocket::{get, post, routes};
use serde_json::{Value, json};

const TOOLS: &str = "http://localhost:8000/tools";
const ROOT: &str = "http://localhost:8000/";
const FAR: &str = "https://api.example.com/far";
const OPAQUE: &str = "urn:example:opaque";

#[require_auth(resource = TOOLS, scopes = "call:tools", any_scope = "read:tools admin", subject = "any")]
#[post("/tools/call")]
fn call(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(resource = TOOLS, scopes = "read:tools", organization = "<org_id>")]
#[get("/orgs/<org_id>/tools")]
fn of_organization(org_id: &str) -> &str {
    org_id
}

/// A session's affair: no client is told of its scope.
#[with_access_token(resource = TOOLS, scopes = "internal:tools")]
#[get("/upstream")]
fn upstream(token: AccessToken) -> String {
    token.scopes().to_string()
}

#[require_auth(resource = ROOT)]
#[get("/root")]
fn root() {}

#[require_auth(resource = FAR, scopes = "far")]
#[get("/far")]
fn far() {}

#[require_auth(resource = OPAQUE, scopes = "opaque")]
#[get("/opaque")]
fn opaque() {}

#[require_auth]
#[get("/known")]
fn known() {}

async fn tenant() -> Tenant {
    Tenant::recorded()
        .api_resource(ApiResource::new(TOOLS).scopes(["call:tools", "read:tools"]))
        .role(Role::new("tool-user").scopes(TOOLS, ["call:tools", "read:tools"]))
        .application(Application::machine_to_machine("agent").secret("agents-secret").role("tool-user"))
        .start()
        .await
        .unwrap()
}

async fn app(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> App {
    let figment = settings(tenant)
        .merge(("logto.resources", [TOOLS, ROOT, FAR, OPAQUE, SHOPPING_API]))
        .merge(("logto.unguarded", "deny"));
    let routes = routes![call, of_organization, upstream, root, far, opaque, known];
    App::serve(rocket::custom(change(figment)).attach(Logto::fairing()).mount("/", routes)).await
}

async fn ask(app: &App, path: &str) -> Answer {
    Browser::new(app).send(Ask::get(path)).await
}

/// The parameters of a challenge.
fn challenge(answer: &Answer) -> BTreeMap<String, String> {
    let header = answer.header("www-authenticate").expect("a challenge");
    let parameters = header.strip_prefix("Bearer ").expect(header).split(", ");
    let unquoted = |value: &str| value.trim_matches('"').to_owned();
    parameters
        .map(|pair| pair.split_once('=').expect(header))
        .map(|(n, v)| (n.to_owned(), unquoted(v)))
        .collect()
}

/// RFC 9728 section 3.1, as a client does it.
fn metadata_url(resource: &str) -> String {
    let url = Url::parse(resource).unwrap();
    let path = if url.path() == "/" { "" } else { url.path() };
    format!("{}/.well-known/oauth-protected-resource{path}", url.origin().ascii_serialization())
}

/// What an address of the application's leads to: the system picks the port, and nobody is told.
fn path_at_origin(url: &str) -> &str {
    url.strip_prefix(ORIGIN).expect(url)
}

#[rocket::async_test]
async fn f23_a_client_that_knows_one_address_finds_its_way_to_200() {
    let tenant = tenant().await;
    let app = app(&tenant, |figment| figment.merge(("logto.resource_metadata", true))).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let call = || Ask::post("/tools/call");

    let refused = Browser::new(&app).send(call()).await;
    assert_eq!(refused.status, 401, "{refused:?}");
    let challenge = challenge(&refused);
    assert!(!challenge.contains_key("error"), "{challenge:?}");
    let metadata = ask(&app, path_at_origin(&challenge["resource_metadata"])).await.json();
    // Section 3.3: what the document is about is what it was derived from, or it must not be used.
    let resource = metadata["resource"].as_str().unwrap();
    assert_eq!(metadata_url(resource), challenge["resource_metadata"]);

    let issuer = metadata["authorization_servers"][0].as_str().unwrap();
    let discovery = format!("{issuer}/.well-known/openid-configuration");
    let server: Value = http.get(discovery).send().await.unwrap().json().await.unwrap();
    assert_eq!(server["issuer"].as_str(), Some(issuer));
    let scopes = challenge["scope"].clone();
    let form = [("grant_type", "client_credentials"), ("resource", resource), ("scope", scopes.as_str())];
    let request =
        http.post(server["token_endpoint"].as_str().unwrap()).basic_auth("agent", Some("agents-secret"));
    let token: Value = request.form(&form).send().await.unwrap().json().await.unwrap();
    let token = token["access_token"].as_str().unwrap_or_else(|| panic!("{token}"));

    assert_eq!(metadata["bearer_methods_supported"], json!(["header"]));
    let answer = Browser::new(&app).send(call().bearer(token)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "agent"));
}

#[rocket::async_test]
async fn f23_the_document_is_about_the_resource_its_address_is_derived_from() {
    let tenant = tenant().await;
    let app = app(&tenant, |figment| figment.merge(("logto.resource_metadata", true))).await;
    let answer = ask(&app, path_at_origin(&metadata_url(TOOLS))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "resource": TOOLS,
            "authorization_servers": [tenant.issuer()],
            "bearer_methods_supported": ["header"],
            "scopes_supported": ["admin", "call:tools", "read:tools"],
        })
    );
    // Without scopes, no member that would be empty; the slash behind the host is no path.
    let answer = ask(&app, "/.well-known/oauth-protected-resource").await;
    let expected = json!({
        "resource": ROOT, "authorization_servers": [tenant.issuer()], "bearer_methods_supported": ["header"],
    });
    assert_eq!(answer.json(), expected);
    for nothing in
        ["/", "/far", "/tools/", "/TOOLS", "/tools/call", "/api", "/urn:example:opaque", "/%74ools"]
    {
        let answer = ask(&app, &format!("/.well-known/oauth-protected-resource{nothing}")).await;
        assert_eq!(answer.status, 404, "{nothing}: {answer:?}");
    }
}

/// Each challenge leads to the resource that its rule is about, and only for those who come with tokens.
#[rocket::async_test]
async fn f01_f23_challenges_lead_to_the_metadata_of_their_own_resource() {
    let tenant = tenant().await;
    let published = app(&tenant, |figment| figment.merge(("logto.resource_metadata", true))).await;
    let listed = app(&tenant, |figment| figment.merge(("logto.resource_metadata", [FAR]))).await;
    let off = app(&tenant, |figment| figment).await;
    let organization = format!("/orgs/{ACME}/tools");
    for (path, here, with_far) in [
        (organization.as_str(), Some(TOOLS), None),
        ("/root", Some(ROOT), None),
        ("/far", None, Some(FAR)),
        ("/opaque", None, None),
        ("/upstream", None, None),
        // Any configured resource would do: with two published ones nobody can say which to ask for.
        ("/known", None, Some(FAR)),
    ] {
        for (app, expected) in [(&published, here), (&listed, with_far), (&off, None)] {
            let answer = ask(app, path).await;
            assert_eq!(answer.status, 401, "{path}: {answer:?}");
            let found = challenge(&answer).remove("resource_metadata");
            assert_eq!(found, expected.map(metadata_url), "{path}");
        }
    }
    // In every challenge, not only in the first.
    let refused = Browser::new(&published).send(Ask::get("/root").bearer("nonsense")).await;
    assert_eq!(challenge(&refused)["resource_metadata"], metadata_url(ROOT));
    assert_eq!(ask(&off, "/.well-known/oauth-protected-resource/tools").await.status, 404);
    assert_eq!(ask(&listed, "/.well-known/oauth-protected-resource/far").await.json()["resource"], FAR);
    assert_eq!(ask(&listed, "/.well-known/oauth-protected-resource/tools").await.status, 404);
}

/// Whatever name a request comes under: addresses come from the settings alone.
#[rocket::async_test]
async fn l09_f23_no_header_of_the_request_gets_into_the_metadata() {
    let tenant = tenant().await;
    let app = app(&tenant, |figment| figment.merge(("logto.resource_metadata", true))).await;
    let astray = |ask: Ask| {
        ask.header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "gopher")
            .header("forwarded", "host=evil.example")
    };
    let path = path_at_origin(&metadata_url(TOOLS)).to_owned();
    let document = Browser::new(&app).send(astray(Ask::get(&path))).await;
    assert_eq!(document.json(), ask(&app, &path).await.json());
    let refused = Browser::new(&app).send(astray(Ask::post("/tools/call"))).await;
    assert_eq!(challenge(&refused)["realm"], "localhost");
    assert!(!format!("{document:?}{refused:?}").contains("evil"), "{refused:?}");
}

/// Clients in a browser may read it, from any page; it depends on nobody, so it may be cached.
#[rocket::async_test]
async fn f23_the_document_is_open_to_scripts_of_any_site() {
    let tenant = tenant().await;
    let app = app(&tenant, |figment| figment.merge(("logto.resource_metadata", true))).await;
    let path = path_at_origin(&metadata_url(TOOLS)).to_owned();
    let cross_site =
        |ask: Ask| ask.header("origin", "https://inspector.example").header("sec-fetch-site", "cross-site");
    let answer = Browser::new(&app).send(cross_site(Ask::get(&path))).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("*")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert!(answer.cookies().is_empty());
    let preflight = Ask::new("OPTIONS", &path)
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "mcp-protocol-version");
    let answer = Browser::new(&app).send(cross_site(preflight)).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(answer.header("access-control-allow-headers"), Some("*"));
    let head = Browser::new(&app).send(Ask::new("HEAD", &path)).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(Browser::new(&app).send(Ask::post(&path)).await.status, 404);
}
