//! A user who manages their account at Logto through an application.

use logto_dev::{AccountCenter, ProviderToken, Tenant};
use logto_rocket::{Clock, Logto};
use rocket::Route;
use rocket::figment::Figment;

use crate::app::{App, settings};
use crate::bench::{Bench, path_of};
use crate::browser::Browser;

/// The scopes that the calls to the Account API need.
const SCOPES: [&str; 3] = ["email", "identities", "urn:logto:scope:sessions"];

/// An application with these routes, and a tenant in which users may change everything of their accounts. alice has this
/// password, and this token of the identity provider `github`.
pub async fn managed_account(
    password: &str,
    token: ProviderToken,
    configure: impl FnOnce(Figment) -> Figment,
    routes: Vec<Route>,
) -> Bench {
    let tenant = Tenant::recorded()
        .account_center(AccountCenter::editable())
        .change_user("alice", |alice| alice.password(password))
        .start()
        .await
        .unwrap();
    tenant.users().set_provider_token("alice", "github", token).unwrap();
    let figment = configure(settings(&tenant).merge(("logto.scopes", SCOPES)));
    let clock = tenant.clock().clone();
    let fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    let app = App::serve(rocket::custom(figment).attach(fairing).mount("/", routes)).await;
    Bench { tenant, app }.warm().await
}

impl Bench {
    /// A browser in which a user has signed in at the application, and the cookies that the user's browser has at Logto, by
    /// name and value.
    pub async fn signed_in_with_cookies_of_logto(&self, user: &str) -> (Browser, Vec<(String, String)>) {
        let mut browser = self.browser();
        let url = browser.begin("").await;
        let mut at_logto = self.tenant.browser();
        let callback = at_logto.sign_in(url, user).await.unwrap();
        let cookies = at_logto.cookie_header("/");
        let cookies = cookies.split("; ").filter_map(|cookie| cookie.split_once('='));
        let cookies = cookies.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        browser.open(path_of(&callback)).await;
        (browser, cookies)
    }
}
