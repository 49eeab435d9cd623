//! What the pages do, by plain forms.

use logto_dev::Endpoint;
use reqwest::RequestBuilder;
use serde_json::Value;

use crate::receiver::Application;
use crate::running::{EXAMPLE, Program};
use crate::visitor::{Visitor, between};

const API: &str = "https://shopping.your-app.com/api";

/// The page of a person.
async fn person(visitor: &Visitor<'_>, name: &str) -> String {
    let page = visitor.page("/dev/people").await;
    let before = page.split_once(&format!(">{name}</a>")).unwrap().0;
    format!("/dev/people?user={}", between(before.rsplit_once("<a ").unwrap().1, "?user=", "\""))
}

fn id_in(path: &str) -> &str {
    path.split_once("user=").unwrap().1
}

fn shown(page: &str, id: &str) -> String {
    between(page, &format!("<pre id=\"{id}\"><code>"), "</code>").replace("&quot;", "\"")
}

/// A token that the page issues, with its claims.
async fn issue(visitor: &Visitor<'_>, fields: &[(&str, &str)]) -> (String, Value) {
    let page = visitor.done("/dev/tokens", "token", fields).await;
    let token = shown(&page, "token");
    assert!(shown(&page, "curl").replace("&#39;", "'").contains(&format!("'Authorization: Bearer {token}'")));
    let claims = if page.contains("id=\"claims\"") { shown(&page, "claims") } else { "null".to_owned() };
    (token, serde_json::from_str(&claims).unwrap())
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_first_page_shows_what_is_in_the_tenant_without_secrets() {
    let program = Program::start(&EXAMPLE.replace("change-me", "change me!"));
    let page = Visitor::new(&program).page("/dev/").await;
    for part in [
        "my-app",
        "my-machine",
        API,
        "shop-admin",
        "Acme",
        "invite:member",
        "http://localhost:8000/logto/callback",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains("change me"), "{page}");
    assert!(page.contains("<html lang=\"en\">") && page.contains("aria-current=\"page\""));
}

#[tokio::test]
async fn tokens_are_issued_for_people_and_machines() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let alice = format!("user:{}", id_in(&person(&visitor, "Alice Example").await));
    let (_, claims) = issue(&visitor, &[("subject", &alice), ("resource", API)]).await;
    assert_eq!(claims["scope"], "read:orders write:orders delete:orders");
    assert_eq!(claims["aud"], API);
    let (_, claims) =
        issue(&visitor, &[("subject", &alice), ("resource", API), ("scopes", "read:orders x")]).await;
    assert_eq!(claims["scope"], "read:orders x");
    let (_, claims) = issue(&visitor, &[("subject", &alice), ("organization", "acme")]).await;
    assert_eq!(claims["aud"], "urn:logto:organization:acme");
    let (_, claims) = issue(&visitor, &[("subject", "machine:my-machine"), ("resource", API)]).await;
    assert_eq!((&claims["sub"], &claims["scope"]), (&"my-machine".into(), &"read:orders".into()));
    let (opaque, _) = issue(&visitor, &[("subject", &alice)]).await;
    assert_eq!(status(visitor.http.get(program.url("/oidc/me")).bearer_auth(opaque)).await, 200);

    let bob = format!("user:{}", id_in(&person(&visitor, "Bob Example").await));
    let (code, page) =
        visitor.send("/dev/tokens", "token", &[("subject", &bob), ("organization", "acme")]).await;
    assert_eq!(code, 422);
    assert!(
        page.contains("role=\"alert\"") && page.contains("Bob Example is not a member of acme"),
        "{page}"
    );
    assert!(page.contains("value=\"acme\" selected"), "what was chosen stays chosen: {page}");
    let (code, page) = visitor.send("/dev/tokens", "token", &[("subject", "machine:my-machine")]).await;
    assert!(code == 422 && page.contains("A machine gets no opaque token"), "{page}");
}

#[tokio::test]
async fn claims_of_a_person_change() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let path = person(&visitor, "Alice Example").await;
    let alice = format!("user:{}", id_in(&path));
    let details =
        [("name", "Alicia"), ("email", "alicia@new.example"), ("phone_number", ""), ("picture", "")];
    let page = visitor.done(&path, "details", &details).await;
    assert!(page.contains("are saved"), "{page}");
    visitor.done(&path, "custom_data", &[("value", "{\"plan\": \"platinum\"}")]).await;
    visitor.done(&path, "claim", &[("kind", "profile"), ("claim", "locale"), ("value", "\"fr-FR\"")]).await;
    visitor.done(&path, "claim", &[("kind", "custom"), ("claim", "seats"), ("value", "[1, 2]")]).await;

    let scopes = "openid profile email custom_data";
    let (opaque, _) = issue(&visitor, &[("subject", &alice), ("scopes", scopes)]).await;
    let userinfo = visitor.http.get(program.url("/oidc/me")).bearer_auth(opaque).send().await.unwrap();
    let userinfo: Value = serde_json::from_str(&userinfo.text().await.unwrap()).unwrap();
    assert_eq!(userinfo["name"], "Alicia");
    assert_eq!(userinfo["email"], "alicia@new.example");
    assert_eq!(userinfo["locale"], "fr-FR");
    assert_eq!(userinfo["custom_data"]["plan"], "platinum");
    let (_, claims) = issue(&visitor, &[("subject", &alice), ("resource", API)]).await;
    assert_eq!(claims["seats"], serde_json::json!([1, 2]));
    visitor.done(&path, "claim", &[("kind", "custom"), ("claim", "seats"), ("value", "")]).await;
    let (_, claims) = issue(&visitor, &[("subject", &alice), ("resource", API)]).await;
    assert!(claims.get("seats").is_none());

    for (form, fields, said) in [
        ("custom_data", &[("value", "{plan: gold}")][..], "is not JSON"),
        ("custom_data", &[("value", "[]")], "it must be a JSON object"),
        ("claim", &[("kind", "custom"), ("claim", "sub"), ("value", "\"x\"")], "cannot have this value"),
        ("claim", &[("kind", "profile"), ("claim", "sub"), ("value", "\"x\"")], "cannot have this value"),
        ("claim", &[("kind", "custom"), ("claim", "plan"), ("value", "gold")], "Text needs quotation marks"),
        (
            "details",
            &[("email", "bob@example.com"), ("name", "Alicia")],
            "another user has this e-mail address",
        ),
    ] {
        let (code, page) = visitor.send(&path, form, fields).await;
        assert_eq!(code, 422, "{form} {fields:?}");
        assert!(page.contains(said) && page.contains("role=\"alert\""), "{page}");
        let typed = fields[0].1.replace('"', "&quot;");
        assert!(page.contains(&typed), "what was typed stays: {page}");
    }
}

#[tokio::test]
async fn a_person_is_suspended_and_comes_back() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let path = person(&visitor, "Bob Example").await;
    let bob = format!("user:{}", id_in(&path));
    let (opaque, _) = issue(&visitor, &[("subject", &bob)]).await;
    let userinfo = || visitor.http.get(program.url("/oidc/me")).bearer_auth(&opaque);
    assert_eq!(status(userinfo()).await, 200);
    let page = visitor.done(&path, "suspend", &[]).await;
    assert!(page.contains("Bob Example is suspended"), "{page}");
    assert_eq!(status(userinfo()).await, 401);
    let (code, page) = visitor.send("/dev/tokens", "token", &[("subject", &bob), ("resource", API)]).await;
    assert!(code == 422 && page.contains("suspended"), "{page}");
    visitor.done(&path, "reactivate", &[]).await;
    issue(&visitor, &[("subject", &bob), ("resource", API)]).await;
}

#[tokio::test]
async fn keys_rotate() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let count = |keys: &Value| keys["keys"].as_array().unwrap().len();
    let first = visitor.json("/oidc/jwks").await;
    visitor.done("/dev/keys", "rotate", &[]).await;
    let second = visitor.json("/oidc/jwks").await;
    assert_eq!((count(&first), count(&second)), (1, 2));
    assert_eq!(second["keys"][1]["kid"], first["keys"][0]["kid"]);
    visitor.done("/dev/keys", "rotate_to_rsa", &[]).await;
    assert_eq!(visitor.json("/oidc/jwks").await["keys"][0]["kty"], "RSA");
    visitor.done("/dev/keys", "forget_previous", &[]).await;
    assert_eq!(count(&visitor.json("/oidc/jwks").await), 1);
}

#[tokio::test]
async fn logouts_and_webhooks_show_what_the_application_responds() {
    let application = Application::start("403 Forbidden", "no such person here");
    let file = EXAMPLE.replace(
        "secret = \"change-me\"\n",
        &format!("secret = \"change-me\"\nbackchannel_logout_uri = \"{}/logout\"\n", application.address),
    );
    let webhook = format!("{}/webhook", application.address);
    let file = format!(
        "{file}\n[[webhook]]\nurl = \"{webhook}\"\nsigning_key = \"a signing key\"\nevents = [\"Scope.Deleted\"]\n"
    );
    let program = Program::start(&file);
    let visitor = Visitor::new(&program);
    let alice = person(&visitor, "Alice Example").await;
    let alice = id_in(&alice);

    let page = visitor.done("/dev/messages", "logout", &[("client", "my-app"), ("user", alice)]).await;
    assert!(page.contains("<strong>403</strong>") && page.contains("no such person here"), "{page}");
    let request = application.request();
    assert!(request.starts_with("POST /logout ") && request.contains("logout_token="), "{request}");

    let fields = [("url", webhook.as_str()), ("event", "User.Data.Updated"), ("user", alice)];
    let page = visitor.done("/dev/messages", "webhook", &fields).await;
    assert!(page.contains("<strong>403</strong>") && page.contains("User.Data.Updated"), "{page}");
    let request = application.request();
    assert!(
        request.contains("logto-signature-sha-256: ") && request.contains("alice@example.com"),
        "{request}"
    );

    let fields = [("url", webhook.as_str()), ("event", "Role.Scopes.Updated"), ("user", "")];
    visitor.done("/dev/messages", "webhook", &fields).await;
    assert!(application.request().contains("fake-path"));
    let fields = [("url", webhook.as_str()), ("event", "Role.Scopes.Updated"), ("user", alice)];
    let (code, page) = visitor.send("/dev/messages", "webhook", &fields).await;
    assert!(code == 422 && page.contains("event about a user"), "{page}");
}

#[tokio::test]
async fn an_application_that_is_not_there_is_named() {
    // Nobody listens on the first port.
    let uri = "backchannel_logout_uri = \"http://127.0.0.1:1/logout\"";
    let file = EXAMPLE.replace("secret = \"change-me\"\n", &format!("secret = \"change-me\"\n{uri}\n"));
    let program = Program::start(&file);
    let visitor = Visitor::new(&program);
    let alice = person(&visitor, "Alice Example").await;
    let fields = [("client", "my-app"), ("user", id_in(&alice))];
    let page = visitor.done("/dev/messages", "logout", &fields).await;
    assert!(
        page.contains("was not delivered") && page.contains("Is the application running there?"),
        "{page}"
    );
}

#[tokio::test]
async fn faults_are_switched_on_and_off() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let jwks = || visitor.http.get(program.url("/oidc/jwks"));
    let plan = [("endpoint", "jwks"), ("kind", "status"), ("status", "503"), ("first", "1"), ("times", "")];
    let page = visitor.done("/dev/faults", "plan", &plan).await;
    assert!(page.contains("jwks: status 503, every request"), "{page}");
    assert_eq!(status(jwks()).await, 503);
    let id = between(&visitor.page("/dev/faults").await, "name=\"id\" value=\"", "\"").to_owned();
    visitor.done("/dev/faults", "remove", &[("id", &id)]).await;
    assert_eq!(status(jwks()).await, 200);

    let plan = [("endpoint", "jwks"), ("kind", "reset"), ("first", "2"), ("times", "1")];
    visitor.done("/dev/faults", "plan", &plan).await;
    assert_eq!(status(jwks()).await, 200);
    jwks().send().await.unwrap_err();
    assert_eq!(status(jwks()).await, 200);
    assert!(visitor.page("/dev/faults").await.contains("(3 so far, over)"));

    for endpoint in Endpoint::ALL {
        let plan = [
            ("endpoint", endpoint.name()),
            ("kind", "delay"),
            ("milliseconds", "1"),
            ("first", "1"),
            ("times", "1"),
        ];
        visitor.done("/dev/faults", "plan", &plan).await;
    }
    let page = visitor.done("/dev/faults", "clear", &[]).await;
    assert!(page.contains("No faults"), "{page}");
    let wrong = [("endpoint", "jwks"), ("kind", "status"), ("status", "200"), ("first", "1")];
    let (code, page) = visitor.send("/dev/faults", "plan", &wrong).await;
    assert!(code == 422 && page.contains("The status must be a number from 400 to 599"), "{page}");
}

#[tokio::test]
async fn requests_are_shown_with_their_responses_and_removed() {
    let program = Program::start(&EXAMPLE.replace("change-me-too", "change me, too"));
    let visitor = Visitor::new(&program);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "my-machine"),
        ("client_secret", "change me, too"),
        ("resource", API),
    ];
    let response = visitor.http.post(program.url("/oidc/token")).form(&form).send().await.unwrap();
    let token: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    let token = token["access_token"].as_str().unwrap();
    let page = visitor.page("/dev/requests").await;
    assert!(page.contains("client_credentials") && page.contains("expires_in"), "{page}");
    for part in token.split('.').chain(["change me, too"]) {
        assert!(!page.contains(part), "{part} is on the page");
    }
    assert!(!page.contains("/dev/requests</code>"), "the pages' own requests are not listed");
    let page = visitor.done("/dev/requests", "clear", &[]).await;
    assert!(page.contains("No requests yet."), "{page}");
}
