//! Sessions in a store: over several nodes, while the store fails, and for the people who have them.

mod faults;
mod late;
mod nodes;
mod organizations;
mod people;
mod strangers;
mod streams;

use std::time::Duration;

use logto_dev::Tenant;
use logto_tests::{App, Bench, SharedStore};
use rocket::figment::Figment;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Sessions that outlive everything a test does; one key for all nodes.
pub(crate) fn shared(figment: Figment) -> Figment {
    figment
        .merge(("logto.session_idle", "60d"))
        .merge(("logto.session_absolute", "90d"))
        .merge(("logto.cookie_keys", ["a key that the nodes of a test share, 32 or more"]))
}

/// Several nodes of one application, with one tenant and one store.
pub(crate) struct Nodes {
    /// The tenant, and the first node.
    pub(crate) bench: Bench,
    pub(crate) others: Vec<App>,
    pub(crate) store: SharedStore,
}

impl Nodes {
    pub(crate) async fn start(count: usize) -> Nodes {
        Nodes::with(count, |figment| figment).await
    }

    pub(crate) async fn with(count: usize, change: impl Fn(Figment) -> Figment) -> Nodes {
        Nodes::of(Tenant::recorded().start().await.unwrap(), count, change).await
    }

    pub(crate) async fn of(tenant: Tenant, count: usize, change: impl Fn(Figment) -> Figment) -> Nodes {
        let store = SharedStore::new();
        let mut apps = Vec::new();
        for _ in 0..count {
            apps.push(Bench::probe_app_on(&tenant, store.clone(), |figment| change(shared(figment))).await);
        }
        let app = apps.remove(0);
        Nodes { bench: Bench { tenant, app }.warm().await, others: apps, store }
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.bench.grants("refresh_token").len()
    }
}
