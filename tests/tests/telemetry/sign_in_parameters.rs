//! The log says which parameters of the sign-in route were ignored, and not what was in them.

use logto_dev::Tenant;
use logto_rocket::Logto;
use logto_tests::{App, Browser, Line, LogCapture, settings};

use crate::alone;

const PRIVATE: &str = "private-text-in-a-parameter";

/// What the library logs about ignored parameters of a request with this query.
async fn ignored(app: &App, log_capture: &LogCapture, query: &str) -> Vec<Line> {
    let from = log_capture.lines().len();
    let answer = Browser::new(app).open(format!("/logto/sign-in?{query}")).await;
    assert_eq!(answer.status, 303, "{query}: {answer:?}");
    let mut lines = log_capture.lines().split_off(from);
    lines.retain(|line| line.text.contains("of the sign-in route"));
    for line in &lines {
        assert_eq!((line.level, line.target.as_str()), (log::Level::Debug, "logto"), "{query}: {line:?}");
        assert!(!line.text.contains(PRIVATE), "{query}: {line:?}");
    }
    lines
}

#[rocket::async_test]
async fn an_ignored_parameter_of_a_sign_in_is_named_at_debug() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = App::serve(rocket::custom(settings(&tenant)).attach(Logto::fairing())).await;

    for name in ["one_time_token", "organization_id", "prompt", "state", "redirect_uri", "utm_source"] {
        let lines = ignored(&app, log_capture, &format!("{name}={PRIVATE}&return_to=/a")).await;
        let told = format!("ignored the parameter `{name}` of the sign-in route: a visitor cannot set it");
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        assert!(lines[0].text.contains(&told), "{name}: {lines:?}");
    }
    for name in ["first_screen", "identifier", "direct_sign_in", "ui_locales", "max_age"] {
        // Nothing that any of them takes.
        let lines = ignored(&app, log_capture, &format!("{name}=%22{PRIVATE}%22")).await;
        let told = format!("ignored the parameter `{name}` of the sign-in route: its value cannot be used");
        assert_eq!(lines.len(), 1, "{name}: {lines:?}");
        assert!(lines[0].text.contains(&told), "{name}: {lines:?}");
    }
    let good = "login_hint=a&first_screen=register&identifier=email&direct_sign_in=social:google&ui_locales=de&max_age=9";
    assert!(ignored(&app, log_capture, good).await.is_empty());
}

#[rocket::async_test]
async fn names_of_ignored_parameters_neither_flood_nor_break_the_log() {
    let _turn = alone().await;
    let log_capture = LogCapture::listen();
    let tenant = Tenant::recorded().start().await.unwrap();
    let app = App::serve(rocket::custom(settings(&tenant)).attach(Logto::fairing())).await;

    let many: Vec<String> = (0..30).map(|number| format!("unknown{number}=x")).collect();
    assert_eq!(ignored(&app, log_capture, &many.join("&")).await.len(), 8);
    let long = ignored(&app, log_capture, &format!("{}=x", "long".repeat(200))).await;
    assert!(long.len() == 1 && long[0].text.len() < 200, "{long:?}");
    let quoted = ignored(&app, log_capture, "a%22b%E2%80%A8=x").await;
    assert!(quoted.len() == 1 && quoted[0].text.contains(r#"`a\"b\u{2028}`"#), "{quoted:?}");
    let answer = Browser::new(&app).open("/logto/sign-in?a%0d%0aforged-line=x").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "bad_query"), "{answer:?}");
    let forged = |line: &Line| line.target.starts_with("logto") && line.text.contains("forged-line");
    assert!(!log_capture.lines().iter().any(forged));
}
