//! The user's account: passwords, verification records, codes, tokens of identity providers, and the value of Logto's own
//! session cookie.

use logto_dev::{AccountCenter, Endpoint, Fault, ProviderToken, Tenant};
use logto_rocket::{
    AccountError, AccountIdentifier, AccountUpdate, Clock, Logto, RevokeGrants, User, require_auth,
};
use logto_tests::{App, Bench, Browser, path_of, settings};
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
    let tenant = Tenant::recorded()
        .account_center(AccountCenter::editable())
        .change_user("alice", |alice| alice.password(PASSWORD))
        .start()
        .await
        .unwrap();
    tenant.users().set_provider_token("alice", "github", ProviderToken::new(PROVIDER_TOKEN)).unwrap();
    let clock = tenant.clock().clone();
    let scopes = ["email", "identities", "urn:logto:scope:sessions"];
    let figment = settings(&tenant).merge(("logto.scopes", scopes)).merge(("log_level", "debug"));
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let app = App::serve(rocket::custom(figment).attach(fairing).mount("/", routes![account])).await;
    let bench = Bench { tenant, app }.warm().await;
    for (what, secret) in [
        ("password", PASSWORD),
        ("new password", NEW_PASSWORD),
        ("wrong password", "the-wrong-password-of-the-leak-test"),
        ("token of a provider", PROVIDER_TOKEN),
    ] {
        secrets.add(what, secret);
    }
    let mut alice = signed_in(&bench, secrets).await;
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

/// Signs alice in, and keeps the value of the cookie that signs her in at Logto.
async fn signed_in(bench: &Bench, secrets: &mut Secrets) -> Browser {
    let mut alice = bench.browser();
    let url = alice.begin("").await;
    let mut at_logto = bench.tenant.browser();
    let callback = at_logto.sign_in(url, "alice").await.unwrap();
    let cookies = at_logto.cookie_header("/");
    let value = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("_session=")).unwrap();
    secrets.add("Logto's session cookie", value);
    alice.open(path_of(&callback)).await;
    alice
}
