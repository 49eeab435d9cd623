//! The user's account: passwords, verification records, codes, tokens of identity providers, and the value of Logto's own
//! session cookie.

use logto_dev::{Endpoint, Fault, ProviderToken};
use logto_rocket::{AccountError, AccountIdentifier, AccountUpdate, RevokeGrants, User, require_auth};
use logto_tests::managed_account;
use rocket::figment::Figment;
use rocket::{get, routes};

use crate::Secrets;

const PASSWORD: &str = "the-present-password-of-the-leak-test";
const NEW_PASSWORD: &str = "the-new-password-of-the-leak-test";
const PROVIDER_TOKEN: &str = "gho_0123456789abcdefghijklmnopqrstuvwxyz";

#[require_auth(via = "session")]
#[get("/account")]
async fn account(user: User) -> Result<String, AccountError> {
    let account = user.account();
    let profile = account.update(&AccountUpdate::new().name("Alice")).await?;
    let wrong = account.verify_password("the-wrong-password-of-the-leak-test").await;
    let verification = account.verify_password(PASSWORD).await?;
    let sessions = account.sessions(&verification).await?;
    let grants = account.grants(&verification).await?;
    let ended = account.end_session("nothing", RevokeGrants::All, &verification).await;
    let sent =
        account.send_verification_code(&AccountIdentifier::Email("new@example.com".to_owned())).await?;
    let rejected = account.verify_code(&sent, "000000-not-the-code").await;
    account.set_password(NEW_PASSWORD, &verification).await?;
    account.set_password(PASSWORD, &verification).await?;
    let token = user.provider_token("github").await?;
    // Whoever logs what they got must not log a secret.
    log::info!(
        "{profile:?} {wrong:?} {verification:?} {sessions:?} {grants:?} {ended:?} {sent:?} {rejected:?} {token:?} {account:?}"
    );
    Ok(format!("{} sessions", sessions.len()))
}

/// Everything that goes well and everything that goes wrong.
pub(crate) async fn manage(secrets: &mut Secrets) {
    let token = ProviderToken::new(PROVIDER_TOKEN);
    let debug = |figment: Figment| figment.merge(("log_level", "debug"));
    let bench = managed_account(PASSWORD, token, debug, routes![account]).await;
    for (what, secret) in [
        ("password", PASSWORD),
        ("new password", NEW_PASSWORD),
        ("wrong password", "the-wrong-password-of-the-leak-test"),
        ("token of a provider", PROVIDER_TOKEN),
    ] {
        secrets.add(what, secret);
    }
    let (mut alice, cookies) = bench.signed_in_with_cookies_of_logto("alice").await;
    let (_, value) = cookies.iter().find(|(name, _)| name == "_session").unwrap();
    secrets.add("Logto's session cookie", value);
    assert_eq!(alice.fetch("/account").await.status, 200);
    for fault in [
        Fault::Status(500),
        Fault::Garbage,
        Fault::Truncate,
        Fault::StatusWithBody(200, format!("{{\"id\":\"{PROVIDER_TOKEN}\",\"name\":7}}")),
        Fault::StatusWithBody(400, format!("{{\"message\":\"{PROVIDER_TOKEN}\"}}")),
        Fault::StatusWithBody(401, "{\"code\":\"auth.unauthorized\"}".to_owned()),
    ] {
        bench.tenant.faults().on(Endpoint::AccountApi).fault(fault);
        assert_ne!(alice.fetch("/account").await.status, 200);
        bench.tenant.faults().clear();
        bench.tenant.clock().advance(std::time::Duration::from_secs(2));
    }
    for entry in bench.tenant.journal().of(Endpoint::AccountApi) {
        for name in ["authorization", "logto-verification-id"] {
            if let Some(value) = entry.header(name) {
                secrets.add(name, value.strip_prefix("Bearer ").unwrap_or(value));
            }
        }
    }
    secrets.add_cookies(&alice);
}
