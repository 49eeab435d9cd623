//! One application as several processes, with one store: real ones, that are killed. The store is a Redis, a PostgreSQL
//! or a SQLite file.
//!
//! What Logto was asked is counted at the tenant.

mod database;
mod ends;
mod killed;
mod node;
mod refresh;
#[cfg(feature = "redis")]
mod shop;
mod trouble;

use std::time::Duration;

use database::{Database, Kind};
use logto_dev::recorded::{OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Entry, Tenant};
use logto_tests::{Answer, Ask, Browser, settings, until};
use node::Node;
use rocket::figment::Figment;
use rocket::tokio::{self, task::JoinHandle};

pub(crate) const HOUR: Duration = Duration::from_secs(3600);
/// After that each use of a refresh token replaces it.
pub(crate) const UNTIL_ROTATION: Duration = Duration::from_secs(10 * 24 * 3600);

/// A request under way: its answer and the browser after it, or nothing where the process went away.
pub(crate) type Asked = JoinHandle<Option<(Answer, Browser)>>;

/// A test for each kind of store that is built: functions that take one.
macro_rules! in_each_store {
    ($($test:ident)*) => {$(
        mod $test {
            #[cfg(feature = "redis")]
            #[rocket::async_test]
            async fn in_redis() {
                super::$test(crate::processes::database::Kind::Redis).await;
            }

            #[cfg(feature = "postgres")]
            #[rocket::async_test]
            async fn in_postgresql() {
                super::$test(crate::processes::database::Kind::Postgres).await;
            }

            #[cfg(feature = "sqlite")]
            #[rocket::async_test]
            async fn in_sqlite() {
                super::$test(crate::processes::database::Kind::Sqlite).await;
            }
        }
    )*};
}
use in_each_store;

/// Several processes of one application, a tenant and a store.
pub(crate) struct Cluster {
    pub(crate) tenant: Tenant,
    pub(crate) database: Database,
    pub(crate) nodes: Vec<Node>,
}

impl Cluster {
    pub(crate) async fn start(kind: Kind, count: usize) -> Cluster {
        Cluster::with(kind, count, |figment| figment).await
    }

    pub(crate) async fn with(kind: Kind, count: usize, change: impl FnOnce(Figment) -> Figment) -> Cluster {
        let (tenant, database) = (Tenant::recorded().start().await.unwrap(), Database::start(kind).await);
        let figment = database.named_in(change(database.holds_sessions(shared(settings(&tenant)))));
        let store = database.store_settings(&figment);
        // All at once, and then wait for each.
        let starting: Vec<_> = (0..count).map(|_| Node::spawn(&figment, &store)).collect();
        let nodes = starting.into_iter().map(node::Starting::wait).collect();
        let cluster = Cluster { tenant, database, nodes };
        until("the processes have the keys", || cluster.tenant.journal().count(Endpoint::Jwks) >= count)
            .await;
        cluster
    }

    /// Moves the clock of all.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.tenant.clock().advance(by);
        self.nodes.iter_mut().for_each(|node| node.advance(by));
    }

    /// Somebody who has signed in at the first process.
    pub(crate) async fn signed_in(&self, user: &str) -> Browser {
        let mut browser = self.nodes[0].browser();
        browser.sign_in(&self.tenant, user).await;
        browser
    }

    pub(crate) fn grants(&self, kind: &str) -> Vec<Entry> {
        let mut calls = self.tenant.journal().of(Endpoint::Token);
        calls.retain(|call| call.param("grant_type") == Some(kind));
        calls
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.grants("refresh_token").len()
    }

    /// A script's request of this browser to a process, under way.
    pub(crate) fn ask(&self, node: usize, browser: &Browser, path: &'static str) -> Asked {
        let mut tab = self.nodes[node].opened_by(browser);
        tokio::spawn(async move {
            let answer = tab.try_send(Ask::get(path).script()).await.ok()?;
            Some((answer, tab))
        })
    }

    /// Waits until Logto has been asked for tokens more often than `before`.
    pub(crate) async fn until_more_refreshes_than(&self, before: usize) {
        until("a refresh is on its way", || self.refreshes() > before).await;
    }
}

/// What all processes have in common; with sessions that outlive everything a test does, and patience with a
/// machine that does many other things.
fn shared(figment: Figment) -> Figment {
    figment
        .merge(("logto.resources", [SHOPPING_API, OTHER_API]))
        .merge(("logto.cookie_keys", ["a key that the processes of a test share, 32 or more"]))
        .merge(("logto.session_idle", "60d"))
        .merge(("logto.session_absolute", "90d"))
        .merge(("logto.store_timeout", "10s"))
        .merge(("logto.request_timeout", "60s"))
}

/// For tests in which the store does not respond: nobody wants to wait for it.
pub(crate) fn impatient(figment: Figment) -> Figment {
    figment.merge(("logto.store_timeout", "500ms"))
}
