//! `User::refresh`: what Logto knows of a user now.

use std::time::Duration;

use logto_dev::recorded::{ALICE, BOB, ROCKET_APP_PLAIN};
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::{Clock, Logto, MaybeUser, SignIn, User, public, require_auth};
use logto_tests::{App, Ask, Browser, SharedStore, path_of, settings};
use rocket::figment::Figment;
use rocket::futures::future::join_all;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{get, post, routes};

/// A little more than the default of `authorization_max_age`.
const TOO_OLD: Duration = Duration::from_secs(301);
/// Longer than requests of one session share a failure of Logto's.
const A_MOMENT: Duration = Duration::from_secs(2);

#[public]
#[get("/")]
fn home(user: MaybeUser) -> String {
    user.0.map_or_else(|| "nobody".to_owned(), |user| user.subject().to_owned())
}

/// The roles of the user as they are now, or the code of an error.
#[require_auth]
#[post("/refresh")]
async fn refresh(user: User) -> String {
    let before = user.claims().roles.clone();
    match user.refresh().await {
        Ok(now) => {
            assert_eq!(now.subject(), user.subject());
            assert_eq!(user.claims().roles, before, "a snapshot stays as it is");
            now.claims().roles.join(" ")
        }
        Err(error) => error.code().to_owned(),
    }
}

/// In the words of userinfo, which needs the token that a refresh brings.
#[require_auth]
#[post("/refresh/info")]
async fn info(user: User) -> Result<String, logto_rocket::Error> {
    Ok(user.refresh().await?.info().await?.roles.join(" "))
}

#[require_auth(roles = "shop-user")]
#[get("/role")]
fn role() -> &'static str {
    "role"
}

#[require_auth(scopes = "write:orders")]
#[get("/write")]
fn write() -> &'static str {
    "written"
}

/// A guard of the application's that asks Logto about the user, and goes on whatever it hears.
struct AsksLogto;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for AsksLogto {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let user = request.guard::<User>().await.succeeded().expect("the attribute has let the user in");
        let _ = user.refresh().await;
        Outcome::Success(AsksLogto)
    }
}

#[require_auth(roles = "shop-user")]
#[get("/role/asked")]
fn asked(_asked: AsksLogto, user: User) -> String {
    user.subject().to_owned()
}

/// A sign-in for which Logto issues no refresh token.
#[get("/silent")]
fn silent() -> SignIn {
    SignIn::new().silent().return_to("/")
}

async fn serve(tenant: &Tenant, change: impl FnOnce(Figment) -> Figment, store: Option<SharedStore>) -> App {
    let clock = tenant.clock().clone();
    let mut fairing = Logto::fairing().clock(Clock::new(move || clock.now()));
    if let Some(store) = store {
        fairing = fairing.session_store(store);
    }
    let rocket = rocket::custom(change(settings(tenant))).attach(fairing);
    App::serve(rocket.mount("/", routes![home, refresh, info, role, asked, write, silent])).await
}

struct Shop {
    tenant: Tenant,
    app: App,
    /// Runs as long as the shop does.
    #[cfg(feature = "redis")]
    _redis: Option<logto_tests::RedisServer>,
}

impl Shop {
    async fn with(change: impl FnOnce(Figment) -> Figment) -> Shop {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = serve(&tenant, change, None).await;
        Shop {
            tenant,
            app,
            #[cfg(feature = "redis")]
            _redis: None,
        }
    }

    /// One with each kind of session store.
    async fn of_each_kind() -> Vec<Shop> {
        let mut shops = Vec::new();
        for store in ["cookie", "memory"] {
            shops.push(Shop::with(|figment| figment.merge(("logto.session_store", store))).await);
        }
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = serve(&tenant, |figment| figment, Some(SharedStore::new())).await;
        shops.push(Shop {
            tenant,
            app,
            #[cfg(feature = "redis")]
            _redis: None,
        });
        #[cfg(feature = "redis")]
        {
            let redis = logto_tests::RedisServer::start_on_a_port().await;
            let in_redis = |figment: Figment| {
                figment
                    .merge(("logto.session_store", "redis"))
                    .merge(("logto.redis_url", redis.url()))
                    .merge(("logto.cookie_keys", ["a key of thirty-two characters!!"]))
            };
            let tenant = Tenant::recorded().start().await.unwrap();
            let app = serve(&tenant, in_redis, None).await;
            shops.push(Shop { tenant, app, _redis: Some(redis) });
        }
        shops
    }

    async fn signed_in(&self, user: &str) -> Browser {
        let mut browser = Browser::new(&self.app);
        browser.sign_in(&self.tenant, user).await;
        browser
    }

    fn refreshes(&self) -> usize {
        let calls = self.tenant.journal().of(Endpoint::Token);
        calls.iter().filter(|call| call.param("grant_type") == Some("refresh_token")).count()
    }
}

async fn refreshed(browser: &mut Browser) -> String {
    browser.send(Ask::post("/refresh").script()).await.body
}

#[rocket::async_test]
async fn a_role_counts_right_after_a_refresh() {
    for shop in Shop::of_each_kind().await {
        let mut bob = shop.signed_in("bob").await;
        assert_eq!(bob.fetch("/role").await.code(), "missing_role");
        shop.tenant.users().give_role("bob", "shop-user").unwrap();
        assert_eq!(bob.fetch("/role").await.code(), "missing_role", "what is known is young enough");
        assert_eq!(refreshed(&mut bob).await, "shop-user");
        assert_eq!(bob.fetch("/role").await.body, "role");
        shop.tenant.users().take_role("bob", "shop-user").unwrap();
        assert_eq!(bob.fetch("/role").await.body, "role", "what is known is young enough");
        assert_eq!(refreshed(&mut bob).await, "");
        assert_eq!(bob.fetch("/role").await.code(), "missing_role");
        assert_eq!(bob.open("/").await.body, BOB);
    }
}

#[rocket::async_test]
async fn a_role_counts_after_authorization_max_age_at_the_latest() {
    for shop in Shop::of_each_kind().await {
        let mut bob = shop.signed_in("bob").await;
        assert_eq!(bob.fetch("/role").await.code(), "missing_role");
        shop.tenant.users().give_role("bob", "shop-user").unwrap();
        shop.tenant.clock().advance(TOO_OLD);
        assert_eq!(bob.fetch("/role").await.body, "role");
    }
}

/// Also for the tenant that keeps roles out of the ID token: userinfo is asked anew.
#[rocket::async_test]
async fn userinfo_is_asked_with_the_token_that_came() {
    for shop in Shop::of_each_kind().await {
        let mut bob = shop.signed_in("bob").await;
        shop.tenant.users().give_role("bob", "shop-user").unwrap();
        let calls = shop.refreshes();
        assert_eq!(bob.send(Ask::post("/refresh/info").script()).await.body, "shop-user");
        assert_eq!(shop.refreshes(), calls + 1);
    }
}

#[rocket::async_test]
async fn scopes_that_were_taken_and_given_back_count_right_after_a_refresh() {
    for shop in Shop::of_each_kind().await {
        // Carol has nothing in an organization that gives her this.
        shop.tenant.users().give_role("carol", "shop-user").unwrap();
        let mut carol = shop.signed_in("carol").await;
        assert_eq!(carol.fetch("/write").await.body, "written");
        shop.tenant.users().take_role("carol", "shop-user").unwrap();
        assert_eq!(carol.fetch("/write").await.body, "written", "the token lives on");
        refreshed(&mut carol).await;
        assert_eq!(carol.fetch("/write").await.code(), "insufficient_scope");
        shop.tenant.users().give_role("carol", "shop-user").unwrap();
        assert_eq!(refreshed(&mut carol).await, "shop-user");
        assert_eq!(carol.fetch("/write").await.body, "written");
    }
}

/// As Logto does it: the scopes of a role that came after the sign-in come with the next one, which shows nothing.
#[rocket::async_test]
async fn scopes_of_a_new_role_come_with_the_next_sign_in() {
    let shop = Shop::with(|figment| figment).await;
    let (mut bob, mut at_logto) = (Browser::new(&shop.app), shop.tenant.browser());
    let callback = at_logto.sign_in(bob.begin("/").await, "bob").await.unwrap();
    bob.open(path_of(&callback)).await;
    shop.tenant.users().give_role("bob", "shop-user").unwrap();
    assert_eq!(refreshed(&mut bob).await, "shop-user");
    assert_eq!(bob.fetch("/write").await.code(), "insufficient_scope");
    let callback = at_logto.open(bob.begin("/write").await).await.unwrap();
    assert_eq!(bob.open(path_of(&callback)).await.location(), "/write");
    assert_eq!(bob.open("/write").await.body, "written");
}

#[rocket::async_test]
async fn an_outage_is_told_as_one_and_changes_nothing() {
    for shop in Shop::of_each_kind().await {
        let mut alice = shop.signed_in("alice").await;
        assert_eq!(alice.fetch("/write").await.body, "written");
        shop.tenant.faults().on(Endpoint::Token).status(503);
        assert_eq!(refreshed(&mut alice).await, "logto_unavailable");
        assert_eq!(alice.fetch("/write").await.body, "written", "the token of before is still held");
        shop.tenant.faults().clear();
        shop.tenant.clock().advance(A_MOMENT);
        assert_eq!(refreshed(&mut alice).await, "shop-user");
    }
}

#[rocket::async_test]
async fn a_grant_that_is_gone_ends_the_session() {
    for shop in Shop::of_each_kind().await {
        let mut alice = shop.signed_in("alice").await;
        shop.tenant.users().revoke_everything("alice").unwrap();
        assert_eq!(refreshed(&mut alice).await, "session_ended");
        assert_eq!(alice.open("/").await.body, "nobody");
    }
}

#[rocket::async_test]
async fn without_a_refresh_token_there_is_none() {
    let plain = |figment: Figment| {
        figment
            .merge(("logto.app_id", ROCKET_APP_PLAIN.id))
            .merge(("logto.app_secret", ROCKET_APP_PLAIN.secret))
    };
    let shop = Shop::with(plain).await;
    let (mut alice, mut at_logto) = (Browser::new(&shop.app), shop.tenant.browser());
    at_logto.sign_in(alice.begin("/").await, "alice").await.unwrap();
    let to_logto = alice.open("/silent").await.location().to_owned();
    let callback = at_logto.open(alice.open(to_logto).await.location()).await.unwrap();
    assert_eq!(alice.open(path_of(&callback)).await.location(), "/");
    assert_eq!(refreshed(&mut alice).await, "no_refresh_token");
    assert_eq!(alice.open("/").await.body, ALICE);
}

/// One refresh is under way, which may have been asked before a change; one more is for all who came meanwhile.
#[rocket::async_test]
async fn refreshes_at_the_same_time_share_calls() {
    const TABS: usize = 40;
    for shop in Shop::of_each_kind().await {
        let alice = shop.signed_in("alice").await;
        shop.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_millis(500)));
        let before = shop.refreshes();
        let tabs = (0..TABS).map(|_| {
            let mut tab = alice.clone();
            async move { refreshed(&mut tab).await }
        });
        let answers = join_all(tabs).await;
        assert!(answers.iter().all(|answer| answer == "shop-user"), "{answers:?}");
        let calls = shop.refreshes() - before;
        assert!(calls < TABS / 2, "{calls} calls");
    }
}

/// A `User` beside a guard takes over its decision. What the request has learned since counts.
#[rocket::async_test]
async fn a_role_that_is_gone_by_the_time_of_the_handler_lets_nobody_in() {
    for shop in Shop::of_each_kind().await {
        shop.tenant.users().give_role("bob", "shop-user").unwrap();
        let mut bob = shop.signed_in("bob").await;
        assert_eq!(bob.fetch("/role/asked").await.body, BOB);
        shop.tenant.users().take_role("bob", "shop-user").unwrap();
        // What was asked in the same second is as new.
        shop.tenant.clock().advance(A_MOMENT);
        let answer = bob.fetch("/role/asked").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "missing_role"), "{answer:?}");
    }
}

/// The refusal of a `User` whose session another guard has found to be over is complete.
#[rocket::async_test]
async fn a_session_that_is_over_by_the_time_of_the_handler_is_refused_with_a_challenge() {
    for shop in Shop::of_each_kind().await {
        shop.tenant.users().give_role("bob", "shop-user").unwrap();
        let mut bob = shop.signed_in("bob").await;
        assert_eq!(bob.fetch("/role/asked").await.body, BOB);
        shop.tenant.users().revoke_everything("bob").unwrap();
        let answer = bob.fetch("/role/asked").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "not_signed_in"), "{answer:?}");
        assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
    }
}
