use std::sync::Arc;

use logto_rocket::store::{Found, SessionStore, conformance};

use super::{ALONE, MINUTE, Nodes, key, session};

/// Checks that send thousands of statements. They do not run beside those that wait for something to end, which expect
/// answers within a second.
const HEAVY: [&str; 3] = ["h03 ", "h04 ", "h07 "];

async fn conforms(store: impl SessionStore) {
    let _alone = ALONE.lock().await;
    let store: Arc<dyn SessionStore> = Arc::new(store);
    let light = passes(&store, |name| !is_heavy(name)).await;
    let heavy = passes(&store, is_heavy).await;
    assert_eq!(light + heavy, conformance::names().count());
}

fn is_heavy(name: &str) -> bool {
    HEAVY.iter().any(|heavy| name.starts_with(heavy))
}

/// How many checks the store passes, which are all that are wanted.
async fn passes(store: &Arc<dyn SessionStore>, wanted: impl Fn(&str) -> bool) -> usize {
    let names: Vec<_> = conformance::names().filter(|name| wanted(name)).collect();
    let report = conformance::check_only(Arc::clone(store), &names).await;
    report.assert_passed();
    assert_eq!(report.passed().len(), names.len());
    names.len()
}

/// What one process does the other sees.
async fn share(one: impl SessionStore, other: impl SessionStore) {
    one.insert(&key(1), &session()).await.expect("inserted");
    assert!(matches!(other.load(&key(1)).await, Ok(Found::Session(_))));
    assert!(other.remove(&key(1), MINUTE).await.expect("removed"));
    assert_eq!(one.load(&key(1)).await.expect("an answer"), Found::Ended);
}

/// Applications with prefixes of their own.
async fn share_nothing(one: impl SessionStore, other: impl SessionStore) {
    one.insert(&key(1), &session()).await.expect("inserted");
    assert!(one.claim(&key(1), MINUTE).await.expect("claimed"));
    assert_eq!(other.load(&key(1)).await.expect("an answer"), Found::Nothing);
    assert_eq!(other.of_subject(&session().subject).await.expect("a list"), []);
    assert!(other.claim(&key(1), MINUTE).await.expect("claimed"));
    other.remove(&key(1), MINUTE).await.expect("removed");
    assert_eq!(one.of_subject(&session().subject).await.expect("a list"), [key(1)]);
}

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::postgres::PgPoolOptions;
    use logto_tests::PostgresDatabase;

    use super::super::{PATIENT, postgres};
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h01_to_h07_h17_postgresql_conforms_with_two_nodes() {
        let database = PostgresDatabase::create().await;
        let node = || postgres(&database).open().expect("a store");
        conforms(Nodes::new([node(), node()])).await;
    }

    /// Also without a prepared statement that outlives a transaction. The statements are the same, so the heavy checks
    /// would find nothing else.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h01_to_h06_postgresql_in_the_mode_for_poolers_conforms() {
        let database = PostgresDatabase::create().await;
        let _alone = ALONE.lock().await;
        let store = postgres(&database).transaction_pooling().open().expect("a store");
        let store: Arc<dyn SessionStore> = Arc::new(store);
        assert!(passes(&store, |name| !is_heavy(name)).await > 20);
    }

    #[tokio::test]
    async fn h17_what_one_node_does_the_other_sees() {
        let database = PostgresDatabase::create().await;
        let other = postgres(&database).connect().await.expect("a store");
        let pool = PgPoolOptions::new().connect(&database.url()).await.expect("a pool");
        let one = PostgresStore::builder_with_pool(pool).time_limit(PATIENT).open().expect("a store");
        share(one, other).await;
    }

    #[tokio::test]
    async fn applications_with_prefixes_of_their_own_share_nothing() {
        let database = PostgresDatabase::create().await;
        let store = |prefix| postgres(&database).table_prefix(prefix).open().expect("a store");
        share_nothing(store("one_"), store("other_")).await;
    }
}

#[cfg(feature = "sqlite")]
mod in_sqlite {
    use logto_sqlx::SqliteStore;
    use logto_sqlx::sqlx::SqlitePool;
    use logto_tests::SqliteFile;

    use super::super::{PATIENT, sqlite};
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h01_to_h07_h17_sqlite_conforms_with_two_nodes() {
        let file = SqliteFile::new();
        let node = || sqlite(&file).open().expect("a store");
        conforms(Nodes::new([node(), node()])).await;
    }

    #[tokio::test]
    async fn h17_what_one_node_does_the_other_sees() {
        let file = SqliteFile::new();
        let other = sqlite(&file).synchronous_full().connect().await.expect("a store");
        let pool = SqlitePool::connect(&format!("sqlite:{}", file.path().display())).await.expect("a pool");
        let one = SqliteStore::builder_with_pool(pool).time_limit(PATIENT).open().expect("a store");
        share(one, other).await;
    }

    #[tokio::test]
    async fn applications_with_prefixes_of_their_own_share_nothing() {
        let file = SqliteFile::new();
        let store = |prefix| sqlite(&file).table_prefix(prefix).open().expect("a store");
        share_nothing(store("one_"), store("other_")).await;
    }
}
