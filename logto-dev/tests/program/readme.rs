//! The application in the README signs in at the program.

use logto_dev::{Error, TenantFile};
use rocket::figment::Figment;
use rocket::http::{ContentType, Status};
use rocket::local::asynchronous::Client;

use crate::running::{Directory, EXAMPLE, Program};
use crate::visitor::{Visitor, between};

#[allow(dead_code, reason = "the example is a program of its own, with a `main`")]
mod application {
    include!("../../examples/own_tenant/application.rs");

    pub(super) fn build() -> rocket::Rocket<rocket::Build> {
        rocket()
    }
}

const README: &str = include_str!("../../README.md");
const API: &str = "https://shopping.your-app.com/api";

#[test]
fn the_readme_shows_the_application_and_the_settings_that_are_tested() {
    assert!(
        README.contains(&format!("```rust\n{}```", include_str!("../../examples/own_tenant/application.rs")))
    );
    assert!(README.contains(API) && EXAMPLE.contains(API));
}

#[test]
fn the_readme_shows_how_a_mistake_is_named() {
    let directory = Directory::new();
    directory.write(&EXAMPLE.replacen("roles = [\"shop-user\"]", "roles = [\"shop-usr\"]", 1));
    let Err(Error::InFile { line, column, problem, .. }) =
        TenantFile::open(directory.file()).unwrap().describe()
    else {
        panic!("no mistake is found");
    };
    assert!(
        README.contains(&format!("logto-dev: tenant.toml:{line}:{column}: {problem}\n")),
        "{line}:{column}: {problem}"
    );
}

async fn client(program: &Program) -> Client {
    // The settings as the program shows them, and the one that the README adds.
    let output = program.output.wait_for("ROCKET_LOGTO=");
    let settings = between(&output, "in Rocket.toml:\n\n", "\nor in the environment");
    let settings = settings.replace("[default.logto]", "[logto]");
    let figment = Figment::from(rocket::Config::debug_default())
        .merge(("log_level", "off"))
        .merge(<rocket::figment::providers::Toml as rocket::figment::providers::Format>::string(&settings))
        .merge(("logto.resources", [API]));
    Client::tracked(application::build().configure(figment)).await.unwrap()
}

#[tokio::test]
async fn the_application_signs_in_and_sees_its_scopes() {
    let program = Program::start(&EXAMPLE.replace("\"change-me\"", "\"change me!\""));
    let visitor = Visitor::new(&program);
    let client = client(&program).await;

    let response = client.get("/profile").header(rocket::http::Accept::HTML).dispatch().await;
    assert_eq!(response.status(), Status::SeeOther);
    let mut next = response.headers().get_one("location").unwrap().to_owned();
    if next.starts_with('/') {
        let response = client.get(next).dispatch().await;
        next = response.headers().get_one("location").unwrap().to_owned();
    }
    assert!(next.starts_with(&program.endpoint), "{next}");
    let callback = visitor.sign_in(&next, "bob").await;
    assert!(callback.as_str().starts_with("http://localhost:8000/logto/callback?"), "{callback}");
    let path = &callback[url::Position::BeforePath..];
    let response = client.get(path.to_owned()).dispatch().await;
    assert_eq!(response.status(), Status::SeeOther, "{:?}", response.into_string().await);

    let profile = client.get("/profile").dispatch().await.into_string().await.unwrap();
    assert_eq!(profile, "You are signed in as Bob Example");
    let orders = client.get("/orders").dispatch().await;
    assert_eq!(orders.status(), Status::Ok);
    assert_eq!(orders.content_type(), Some(ContentType::Plain));

    // What the application sent is on the page, and none of its secrets.
    let requests = visitor.page("/dev/requests").await;
    assert!(requests.contains("/oidc/token") && requests.contains("authorization_code"), "{requests}");
    let code = callback.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    for secret in [code.as_str(), "change me!"] {
        assert!(!requests.contains(secret), "{secret} is on the page");
    }
    assert!(requests.contains("<code>Basic "), "the application authenticates itself: {requests}");
    for header in ["<code>Basic ", "<code>Bearer "] {
        for value in requests.split(header).skip(1) {
            let (value, _) = value.split_once("\u{2026}</code>").unwrap();
            assert!(value.len() <= 6, "{value}");
        }
    }
}

#[tokio::test]
async fn a_token_of_the_page_opens_a_route() {
    let program = Program::start(EXAMPLE);
    let visitor = Visitor::new(&program);
    let client = client(&program).await;
    let page = visitor.page("/dev/tokens").await;
    let alice = between(&page, "value=\"user:", "\"").to_owned();
    let page = visitor
        .done(
            "/dev/tokens",
            "token",
            &[("subject", &format!("user:{alice}")), ("resource", API), ("client", "my-app")],
        )
        .await;
    let token = between(&page, "<pre id=\"token\"><code>", "</code>");
    let header = rocket::http::Header::new("Authorization", format!("Bearer {token}"));
    let response = client.get("/orders").header(header).dispatch().await;
    assert_eq!(response.status(), Status::Ok);
    assert_eq!(response.into_string().await.unwrap(), format!("The orders of {alice}"));
}
