//! Counters, read by a recorder as an exporter would.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use logto_dev::recorded::{ACME, ALICE, GLOBEX, M2M_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue};
use logto_tests::{Ask, Signer, claims_of};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::refusal_app::{RefusalApp, WEBHOOK};
use crate::{PAGE, alone, codes_of};

/// Keeps every counter that is counted.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<HashMap<Key, Arc<AtomicU64>>>>);

impl Recorder for Ledger {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut counters = self.0.lock().unwrap();
        Counter::from_arc(Arc::clone(counters.entry(key.clone()).or_default()))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("{key} is no counter")
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("{key} is no counter")
    }
}

/// The counters that the page lists, each with its labels and their values.
fn documented() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let (_, section) = PAGE.split_once("## Counters").expect("the section");
    let in_quotes =
        |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = section.lines().filter(|row| row.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        let labels = cells[2].split(';').map(|label| {
            let mut names = in_quotes(label).into_iter();
            let name = names.next().expect("a label");
            let mut values: BTreeSet<String> = names.collect();
            if label.contains("a code") || values.is_empty() {
                let tables = ["guards", "tokens", "redirect loops", "endpoints", "webhooks"];
                values.extend(tables.into_iter().flat_map(codes_of));
            }
            (name, values)
        });
        (in_quotes(cells[1]).remove(0), labels.collect())
    })
    .collect()
}

#[rocket::async_test]
async fn o03_labels_come_from_fixed_lists_and_counts_are_right() {
    let _turn = alone().await;
    let ledger = Ledger::default();
    assert!(metrics::set_global_recorder(ledger.clone()).is_ok(), "the only recorder of the process");

    let refusal_app = RefusalApp::open().await;
    let mut alice = refusal_app.with_person("alice").await;
    for path in ["/orders", "/orders", "/token", "/profile", "/admin", "/fresh"] {
        alice.fetch(path).await;
    }
    for organization in [ACME, GLOBEX] {
        alice.fetch(format!("/orgs/{organization}/token")).await;
    }
    let good = refusal_app.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let stranger = Signer::new("ES384");
    let unknown = stranger.sign(stranger.header(), claims_of(&good));
    for token in [&good, &unknown, &"opaque".to_owned()] {
        refusal_app.call(Ask::get("/orders").bearer(token)).await;
    }
    let machine = refusal_app.tenant.access_token(Issue::machine(M2M_APP.id).resource(SHOPPING_API)).unwrap();
    refusal_app.call(Ask::get("/machine").bearer(&machine)).await;
    refusal_app.call(Ask::get("/orders/of/nobody-in-particular")).await;
    refusal_app.call(Ask::get("/known")).await;
    refusal_app.call(Ask::get("/perhaps")).await;
    refusal_app.nobody().open("/logto/callback?state=x&code=y").await;
    refusal_app.tenant.clock().advance(Duration::from_secs(4000));
    refusal_app.tenant.faults().on(Endpoint::Token).fault(Fault::Status(500));
    alice.fetch("/token").await;
    refusal_app.tenant.faults().clear();
    alice.submit("/logto/sign-out").await;
    refusal_app.call(refusal_app.logout(Issue::user("bob"))).await;
    refusal_app.call(refusal_app.webhook(WEBHOOK, "User.Deleted", ALICE)).await;
    refusal_app.call(Ask::post(WEBHOOK)).await;
    refusal_app.call(Ask::post(format!("/people/{ALICE}/end"))).await;
    refusal_app.call(Ask::get("/known").bearer("a-token-that-nobody-has-issued")).await;

    let allowed = documented();
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let counters = ledger.0.lock().unwrap().clone();
    for (key, count) in counters {
        let labels = allowed.get(key.name()).unwrap_or_else(|| panic!("not on the page: {key}"));
        let found: Vec<(&str, &str)> = key.labels().map(|label| (label.key(), label.value())).collect();
        assert_eq!(found.len(), labels.len(), "{key}");
        for (label, value) in &found {
            let values = labels.get(*label).unwrap_or_else(|| panic!("{label} of {key} is not on the page"));
            assert!(values.contains(*value), "{label} of {key} may not be {value}");
            for private in [ALICE, ACME, GLOBEX, M2M_APP.id, "/", stranger.kid()] {
                assert!(!value.contains(private), "{key}");
            }
        }
        let values: Vec<&str> = found.iter().map(|(_, value)| *value).collect();
        counts.insert(
            format!("{} {}", key.name().trim_start_matches("logto_"), values.join(" ")),
            count.load(Ordering::Relaxed),
        );
    }
    for (counter, at_least) in [
        ("decisions_total allowed session", 5),
        ("decisions_total missing_role session", 1),
        ("decisions_total not_a_member session", 1),
        ("decisions_total not_signed_in none", 2),
        ("calls_total token answered", 4),
        ("calls_total token refused", 1),
        ("calls_total token unavailable", 1),
        ("calls_total discovery answered", 1),
        ("calls_total revocation answered", 1),
        ("tokens_total session", 1),
        ("tokens_total logto", 3),
        ("key_refreshes_total age fetched", 1),
    ] {
        assert!(counts.get(counter).is_some_and(|count| *count >= at_least), "{counter}: {counts:#?}");
    }
    for (counter, exactly) in [
        ("decisions_total allowed bearer", 2),
        ("decisions_total token_opaque bearer", 1),
        ("refusals_total token_opaque guard", 1),
        ("refusals_total missing_role guard", 1),
        // Of the two requests without a credential, one was let in after all.
        ("refusals_total not_signed_in guard", 1),
        ("refusals_total callback_unknown_state endpoint", 1),
        ("key_refreshes_total unknown_key fetched", 1),
        ("sessions_total begun signed_in", 1),
        ("sessions_total ended signed_out", 1),
        ("sessions_total ended backchannel_logout", 1),
        ("sessions_total ended webhook", 1),
        ("sessions_total ended sessions_ended", 1),
        ("refusals_total webhook_not_signed guard", 1),
        ("calls_total introspection answered", 1),
    ] {
        assert_eq!(counts.get(counter), Some(&exactly), "{counter}: {counts:#?}");
    }
}
