//! What has ended goes, and nothing else.

use std::time::Duration;

use logto_rocket::store::{Found, Holder, SessionStore, StoredSession};

use super::{MINUTE, key, session};

const OFTEN: Duration = Duration::from_millis(20);

/// One row of each kind that lasts, and one that has ended.
async fn fill(store: &impl SessionStore) {
    for (number, lasts) in [(1, MINUTE), (2, Duration::ZERO)] {
        store.insert(&key(number), &StoredSession { lasts, ..session() }).await.expect("inserted");
        store.remove(&key(number + 10), lasts).await.expect("removed");
        store.lease(&key(number), &Holder::from_bytes([1; 16]), lasts).await.expect("leased");
        store.claim(&key(number), lasts).await.expect("claimed");
        store.mark(&key(number), 5, lasts).await.expect("marked");
    }
}

/// What lasts is there.
async fn assert_kept(store: &impl SessionStore) {
    assert!(matches!(store.load(&key(1)).await, Ok(Found::Session(_))));
    assert_eq!(store.load(&key(11)).await.expect("an answer"), Found::Ended);
    assert!(!store.lease(&key(1), &Holder::from_bytes([2; 16]), MINUTE).await.expect("an answer"));
    assert!(!store.claim(&key(1), MINUTE).await.expect("an answer"));
    assert_eq!(store.marks(&[key(1)]).await.expect("an answer"), [Some(5)]);
}

/// The numbers of rows in all tables.
const COUNT: &str = "SELECT (SELECT count(*) FROM logto_sessions) * 1000 + (SELECT count(*) FROM logto_leases) * 100 + \
                     (SELECT count(*) FROM logto_claims) * 10 + (SELECT count(*) FROM logto_marks)";
/// Two sessions, of which one is a tombstone, and one of each other kind.
const KEPT: i64 = 2_111;

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_sqlx::sqlx::query_scalar;
    use logto_tests::{PostgresDatabase, until_async};

    use super::super::postgres;
    use super::*;

    async fn rows(database: &PostgresDatabase) -> i64 {
        query_scalar(COUNT).fetch_one(&mut database.connection().await).await.expect("a number")
    }

    #[tokio::test]
    async fn h05_h18_two_processes_delete_what_has_ended_once_and_nothing_else() {
        let database = PostgresDatabase::create().await;
        let store = || postgres(&database).without_cleanup().open().expect("a store");
        let (one, other) = (store(), store());
        fill(&one).await;
        database
            .run(
                "INSERT INTO logto_sessions (key, state, ends) SELECT sha256(n::text::bytea), 2, now() \
                 FROM generate_series(1, 2500) n",
            )
            .await;
        let (here, there) = tokio::join!(one.clean_up(), other.clean_up());
        // Who skips rows that the other one is deleting may find none left.
        let rest = one.clean_up().await.expect("cleaned up");
        assert_eq!(here.expect("cleaned up") + there.expect("cleaned up") + rest, 2_505);
        assert_eq!(rows(&database).await, KEPT);
        assert_kept(&other).await;
    }

    /// A batch may take longer than a call.
    #[tokio::test]
    async fn h05_a_batch_has_a_time_limit_of_its_own() {
        let database = PostgresDatabase::create().await;
        for pooling in [false, true] {
            let builder = postgres(&database).time_limit(Duration::from_secs(29)).without_cleanup();
            let builder = if pooling { builder.transaction_pooling() } else { builder };
            let store = builder.connect().await.expect("a store");
            database
                .run(
                    "CREATE OR REPLACE FUNCTION of_a_batch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                     IF current_setting('statement_timeout') <> '30s' THEN RAISE 'the limit of a call'; END IF; \
                     RETURN OLD; END $$; \
                     CREATE OR REPLACE TRIGGER batch BEFORE DELETE ON logto_claims FOR EACH ROW EXECUTE FUNCTION of_a_batch()",
                )
                .await;
            assert!(store.claim(&key(1), Duration::ZERO).await.expect("claimed"));
            assert_eq!(store.clean_up().await.expect("cleaned up"), 1);
        }
    }

    #[tokio::test]
    async fn h05_a_task_deletes_what_has_ended_and_ends_with_the_store() {
        let database = PostgresDatabase::create().await;
        let store = postgres(&database).cleanup_every(OFTEN).open().expect("a store");
        fill(&store).await;
        until_async("what has ended is deleted", async || rows(&database).await == KEPT).await;
        assert_kept(&store).await;
        drop(store);
        // The task would hold connections.
        let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                           AND pid <> pg_backend_pid()";
        let count = async || -> i64 {
            query_scalar(connections).fetch_one(&mut database.connection().await).await.expect("a number")
        };
        until_async("all connections are closed", async || count().await == 0).await;
    }
}

#[cfg(feature = "sqlite")]
mod in_sqlite {
    use logto_sqlx::SqliteStore;
    use logto_sqlx::sqlx::query_scalar;
    use logto_tests::{SqliteFile, until, until_async};

    use super::super::sqlite;
    use super::*;

    async fn rows(file: &SqliteFile) -> i64 {
        query_scalar(COUNT).fetch_one(&mut file.connection().await).await.expect("a number")
    }

    #[tokio::test]
    async fn h05_h18_two_processes_delete_what_has_ended_once_and_nothing_else() {
        let file = SqliteFile::new();
        let store = || sqlite(&file).without_cleanup().open().expect("a store");
        let (one, other) = (store(), store());
        fill(&one).await;
        file.run(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2500) \
             INSERT INTO logto_sessions (key, state, ends) SELECT unhex(printf('%064x', n)), 2, 1 FROM numbers",
        )
        .await;
        let (here, there) = tokio::join!(one.clean_up(), other.clean_up());
        assert_eq!(here.expect("cleaned up") + there.expect("cleaned up"), 2_505);
        assert_eq!(rows(&file).await, KEPT);
        assert_kept(&other).await;
    }

    /// The other process writes with the default time limit.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn h05_others_write_while_much_is_deleted() {
        let file = SqliteFile::new();
        let store = sqlite(&file).without_cleanup().connect().await.expect("a store");
        file.run(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3000) \
             INSERT INTO logto_sessions (key, state, ends) SELECT unhex(printf('%064x', n)), 2, 1 FROM numbers",
        )
        .await;
        let other = SqliteStore::builder(file.path()).without_cleanup().connect().await.expect("a store");
        let deleting = tokio::spawn(async move { store.clean_up().await });
        let mut written = 0;
        while !deleting.is_finished() {
            written += u32::from(other.claim(&key(1), MINUTE).await.is_ok());
            tokio::task::yield_now().await;
        }
        assert_eq!(deleting.await.expect("no panic").expect("cleaned up"), 3_000);
        assert!(written >= 10, "{written} writes beside 3,000 deletions");
    }

    #[tokio::test]
    async fn h05_a_task_deletes_what_has_ended_and_ends_with_the_store() {
        let file = SqliteFile::new();
        let store = sqlite(&file).cleanup_every(OFTEN).open().expect("a store");
        fill(&store).await;
        until_async("what has ended is deleted", async || rows(&file).await == KEPT).await;
        assert_kept(&store).await;
        drop(store);
        // The last connection takes the log with it, and the task would hold one.
        until("all connections are closed", || !file.directory().join("sessions.db-wal").exists()).await;
    }
}
