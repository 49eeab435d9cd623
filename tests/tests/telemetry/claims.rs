//! What the log says of claims that do not fit.

use logto_dev::recorded::SHOPPING_API;
use logto_dev::{Issue, JwtCustomizer, Tenant};
use logto_rocket::{Claims, Error, Logto, User, require_auth};
use logto_tests::{App, Ask, Browser, LogCapture, settings};
use rocket::serde::Deserialize;
use rocket::{get, routes};
use serde_json::json;

use crate::alone;

const PRIVATE: &str = "private-plan-of-a-user";

#[derive(Debug, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Plan {
    plan: u64,
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API)]
#[get("/plan")]
fn plan(plan: Claims<Plan>) -> String {
    plan.plan.to_string()
}

#[require_auth]
#[get("/own")]
fn own(user: User) -> Result<String, Error> {
    Ok(user.claims_as::<Plan>()?.plan.to_string())
}

#[rocket::async_test]
async fn the_log_names_the_claim_and_the_type_and_no_value() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let customizer = JwtCustomizer::claims(json!({ "plan": PRIVATE }));
    let tenant = Tenant::recorded().access_token_customizer(customizer).start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant)).attach(Logto::fairing()).mount("/", routes![plan, own]);
    let app = App::serve(rocket).await;
    let from = log_capture.lines().len();
    let issue = Issue::user("alice").resource(SHOPPING_API).scopes(["read:orders"]).claim("plan", PRIVATE);
    let token = tenant.access_token(issue).unwrap();
    assert_eq!(Browser::new(&app).send(Ask::get("/plan").bearer(&token)).await.status, 500);
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    assert_eq!(alice.fetch("/plan").await.status, 500);
    assert_eq!(alice.fetch("/own").await.status, 500);
    let lines = log_capture.lines().split_off(from);
    let told = |parts: &[&str]| {
        let is_told = |line: &&logto_tests::Line| parts.iter().all(|part| line.text.contains(part));
        lines.iter().filter(is_told).count()
    };
    let misfit = [
        "the claim `plan` of the access token is a string",
        "Plan`",
        "JWT customizer",
        "telemetry::claims::plan",
    ];
    assert_eq!(told(&misfit), 2, "{lines:?}");
    assert_eq!(told(&["the claim `plan`, which `", "is missing in the ID token"]), 1, "{lines:?}");
    let own = lines.iter().filter(|line| line.target.starts_with("logto"));
    assert!(own.into_iter().all(|line| !line.text.contains(PRIVATE)), "a value is in the log");
}
