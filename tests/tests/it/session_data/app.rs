//! An application that keeps a cart, a theme and a text in the session, wherever sessions are kept.

use std::time::Duration;

use logto_dev::Tenant;
use logto_rocket::{Error, Logto, SessionData, SessionValue, public};
use logto_tests::{App, Bench, Browser, SharedStore};
use rocket::figment::Figment;
use rocket::serde::json::Json;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Build, Rocket, Route, get, post, routes};

pub(super) const KEY: &str = "the first key of the tests, 32 characters or more";

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(crate = "rocket::serde", default)]
pub(super) struct Cart {
    pub(super) items: Vec<String>,
}

impl SessionValue for Cart {
    const NAME: &'static str = "cart";
}

#[derive(Default, Serialize, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Theme(String);

impl SessionValue for Theme {
    const NAME: &'static str = "theme";
}

#[public]
#[get("/cart")]
fn cart(cart: SessionData<Cart>) -> Json<Vec<String>> {
    Json(cart.get().items.clone())
}

#[public]
#[post("/cart/<item>")]
async fn add(item: &str, cart: SessionData<Cart>) -> Result<Json<Vec<String>>, Error> {
    let count = cart
        .update(|cart| {
            cart.items.push(item.to_owned());
            cart.items.len()
        })
        .await?;
    let items = cart.get().items.clone();
    assert_eq!(items.len(), count, "the handle knows what it has changed");
    Ok(Json(items))
}

/// Changes nothing.
#[public]
#[post("/cart/same")]
async fn same(cart: SessionData<Cart>) -> Result<(), Error> {
    cart.update(|cart| cart.items.retain(|_| true)).await
}

#[public]
#[post("/cart/clear")]
async fn clear(cart: SessionData<Cart>) -> Result<(), Error> {
    cart.clear().await
}

/// Empties the cart, and returns what was in it.
#[public]
#[post("/cart/take")]
async fn take(cart: SessionData<Cart>) -> Result<Json<Vec<String>>, Error> {
    cart.update(|cart| std::mem::take(&mut cart.items)).await.map(Json)
}

#[public]
#[get("/theme")]
fn theme(theme: SessionData<Theme>) -> String {
    theme.get().0.clone()
}

#[public]
#[post("/theme/<name>")]
async fn set_theme(name: &str, theme: SessionData<Theme>) -> Result<(), Error> {
    theme.set(&Theme(name.to_owned())).await
}

/// A theme whose JSON has `bytes` bytes.
#[public]
#[post("/theme/of/<bytes>")]
async fn large_theme(bytes: usize, theme: SessionData<Theme>) -> Result<(), Error> {
    theme.set(&Theme("x".repeat(bytes - 2))).await
}

/// Two handles of one request, and two types.
#[public]
#[post("/both")]
async fn both(
    one: SessionData<Cart>,
    two: SessionData<Cart>,
    theme: SessionData<Theme>,
) -> Result<Json<Vec<String>>, Error> {
    one.update(|cart| cart.items.push("one".to_owned())).await?;
    theme.set(&Theme("dark".to_owned())).await?;
    two.update(|cart| cart.items.push("two".to_owned())).await?;
    Ok(Json(one.get().items.clone()))
}

fn of_data() -> Vec<Route> {
    routes![cart, same, take, clear, add, theme, large_theme, set_theme, both]
}

/// Where sessions are kept.
pub(super) enum SessionBackend {
    Cookies,
    Memory,
    /// A store of the application's own.
    Own(SharedStore),
    #[cfg(feature = "redis")]
    Redis(logto_tests::RedisServer),
    #[cfg(feature = "postgres")]
    Postgres(logto_tests::PostgresDatabase),
    #[cfg(feature = "sqlite")]
    Sqlite(logto_tests::SqliteFile),
}

impl SessionBackend {
    pub(super) async fn all() -> Vec<SessionBackend> {
        vec![
            SessionBackend::Cookies,
            SessionBackend::Memory,
            SessionBackend::Own(SharedStore::new()),
            #[cfg(feature = "redis")]
            SessionBackend::Redis(logto_tests::RedisServer::start().await),
            #[cfg(feature = "postgres")]
            SessionBackend::Postgres(logto_tests::PostgresDatabase::create().await),
            #[cfg(feature = "sqlite")]
            SessionBackend::Sqlite(logto_tests::SqliteFile::new()),
        ]
    }

    /// Those that several processes can share.
    pub(super) async fn shared() -> Vec<SessionBackend> {
        let mut all = SessionBackend::all().await;
        all.retain(|backend| !matches!(backend, SessionBackend::Cookies | SessionBackend::Memory));
        all
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            SessionBackend::Cookies => "cookies",
            SessionBackend::Memory => "memory",
            SessionBackend::Own(_) => "a store of the application's own",
            #[cfg(feature = "redis")]
            SessionBackend::Redis(_) => "Redis",
            #[cfg(feature = "postgres")]
            SessionBackend::Postgres(_) => "PostgreSQL",
            #[cfg(feature = "sqlite")]
            SessionBackend::Sqlite(_) => "SQLite",
        }
    }

    pub(super) fn is_cookies(&self) -> bool {
        matches!(self, SessionBackend::Cookies)
    }

    /// An application that is not served yet, with `routes` besides those of the probe application.
    pub(super) fn rocket(
        &self,
        tenant: &Tenant,
        routes: Vec<Route>,
        change: impl FnOnce(Figment) -> Figment,
    ) -> Rocket<Build> {
        let fairing = match self {
            SessionBackend::Own(store) => Logto::fairing().session_store(store.clone()),
            #[cfg(feature = "postgres")]
            SessionBackend::Postgres(database) => {
                let store = crate::sql::postgres(database).open().expect("a store in PostgreSQL");
                Logto::fairing().session_store(store)
            }
            #[cfg(feature = "sqlite")]
            SessionBackend::Sqlite(file) => {
                let store = crate::sql::sqlite(file).open().expect("a store in SQLite");
                Logto::fairing().session_store(store)
            }
            _ => Logto::fairing(),
        };
        let settings = |figment: Figment| {
            let figment = figment.merge(("logto.cookie_keys", [KEY]));
            change(match self {
                SessionBackend::Cookies | SessionBackend::Own(_) => {
                    figment.merge(("logto.session_store", "cookie"))
                }
                #[cfg(feature = "postgres")]
                SessionBackend::Postgres(_) => figment.merge(("logto.session_store", "cookie")),
                #[cfg(feature = "sqlite")]
                SessionBackend::Sqlite(_) => figment.merge(("logto.session_store", "cookie")),
                SessionBackend::Memory => figment.merge(("logto.session_store", "memory")),
                #[cfg(feature = "redis")]
                SessionBackend::Redis(server) => {
                    figment.merge(("logto.session_store", "redis")).merge(("logto.redis_url", server.url()))
                }
            })
        };
        Bench::rocket(tenant, fairing, settings).mount("/", routes)
    }

    /// The application with its routes about data, not served yet.
    pub(super) fn with_data(&self, tenant: &Tenant) -> Rocket<Build> {
        self.rocket(tenant, of_data(), |figment| figment)
    }

    pub(super) async fn serve(&self, tenant: &Tenant, change: impl FnOnce(Figment) -> Figment) -> App {
        App::serve(self.rocket(tenant, of_data(), change)).await
    }

    pub(super) async fn bench(&self) -> Bench {
        self.bench_with(|figment| figment).await
    }

    pub(super) async fn bench_with(&self, change: impl FnOnce(Figment) -> Figment) -> Bench {
        let tenant = Tenant::recorded().start().await.unwrap();
        let app = self.serve(&tenant, change).await;
        Bench { tenant, app }.warm().await
    }
}

/// The items of the browser's cart.
pub(super) async fn items(browser: &mut Browser) -> Vec<String> {
    let answer = browser.fetch("/cart").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert!(answer.varies_by_cookie(), "{answer:?}");
    answer.json().as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

/// Adds an item to the browser's cart.
pub(super) async fn put(browser: &mut Browser, item: &str) {
    let answer = browser.submit(format!("/cart/{item}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert!(answer.varies_by_cookie(), "{answer:?}");
}

/// The visitor's cookie, if the browser has one.
pub(super) fn visitor_cookie(browser: &Browser) -> Option<(String, String)> {
    let mut all = browser.jar.0.iter().filter(|(name, _)| name.ends_with("_visitor"));
    let found = all.next().map(|(name, value)| (name.clone(), value.clone()));
    assert_eq!(all.next(), None, "one cookie");
    found
}

pub(super) const HOUR: Duration = Duration::from_secs(3600);
