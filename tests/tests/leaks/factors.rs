//! Second factors in the storefront: the secret of an authenticator app, and backup codes. What users type is not looked for:
//! Rocket itself logs the fields of forms at its level `debug`.

use logto_dev::{AccountCenter, Endpoint, Fault, Tenant};
use logto_tests::{App, Ask, Bench, Browser, ORIGIN, settings};

use crate::Secrets;

const PASSWORD: &str = "Alice-Pass-2026";

/// Everything that goes well and everything that goes wrong.
pub(crate) async fn set_up(secrets: &mut Secrets) {
    let tenant =
        Tenant::recorded().account_center(AccountCenter::editable().enables_mfa()).start().await.unwrap();
    let figment = storefront::figment().merge(settings(&tenant)).merge(("log_level", "debug"));
    let app = App::serve(storefront::rocket(figment)).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.signed_in("alice").await;
    for _ in 0..2 {
        post(&mut alice, "/account/factors/confirm", &format!("password={PASSWORD}"), 303).await;
        post(&mut alice, "/account/factors/authenticator-app", "", 303).await;
        let page = alice.open("/account/factors/authenticator-app").await.body;
        let secret = between(&page, "<code id=\"secret\">", "</code>").remove(0);
        secrets.add("TOTP secret", &secret);
        secrets.add_cookies(&alice);
        post(&mut alice, "/account/factors/authenticator-app/confirm", "code=12345", 303).await;
        let code = format!("code={}", bench.tenant.totp_code(&secret).unwrap());
        // Logto fails, and echoes what it was sent.
        let echo = format!("{{\"code\":\"some.code\",\"message\":\"{secret}\",\"data\":\"{secret}\"}}");
        for fault in [Fault::Status(500), Fault::StatusWithBody(400, echo)] {
            bench.tenant.faults().on(Endpoint::AccountApi).fault(fault);
            let answer = send(&mut alice, "/account/factors/authenticator-app/confirm", &code).await;
            assert!(answer.status >= 500, "{answer:?}");
            bench.tenant.faults().clear();
        }
        post(&mut alice, "/account/factors/authenticator-app/confirm", &code, 303).await;
        let shown = post(&mut alice, "/account/factors/backup-codes", "", 200).await;
        let codes = between(&shown, "<li><code>", "</code></li>");
        assert_eq!(codes.len(), 10, "{shown}");
        for code in &codes {
            secrets.add_backup_code(code);
        }
        // Takes the message for the user out of its cookie, which is no secret.
        alice.open("/account/factors").await;
        secrets.add_cookies(&alice);
        post(&mut alice, "/account/factors/backup-codes/confirm", "", 303).await;
        // The second round is refused: the factors are set up already.
        assert!(alice.open("/account/factors").await.body.contains("10 left, none used"));
    }
}

async fn send(browser: &mut Browser, path: &str, body: &str) -> logto_tests::Answer {
    let ask = Ask::post(path).navigation().header("origin", ORIGIN);
    browser.send(ask.body("application/x-www-form-urlencoded", body)).await
}

async fn post(browser: &mut Browser, path: &str, body: &str, status: u16) -> String {
    let answer = send(browser, path, body).await;
    assert_eq!(answer.status, status, "{path}: {answer:?}");
    answer.body
}

fn between(text: &str, before: &str, after: &str) -> Vec<String> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap().to_owned()).collect()
}
