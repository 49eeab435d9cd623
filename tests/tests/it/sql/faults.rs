//! The database is away, hangs, or does not want to.

use std::time::Duration;

/// Far beyond the time limit of a call: reached only by what hangs.
const HANGS: Duration = Duration::from_secs(60);

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_rocket::store::{Found, SessionStore};
    use logto_sqlx::PostgresStore;
    use logto_tests::{PostgresDatabase, until_async};
    use tokio::time::timeout;

    use super::super::{MINUTE, key, postgres, session, text};
    use super::HANGS;

    async fn until_it_answers(store: &PostgresStore) {
        until_async("it answers", async || store.load(&key(250)).await.is_ok()).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn h10_h14_a_postgresql_that_is_away_is_used_once_it_is_there() {
        let database = PostgresDatabase::create().await;
        database.proxy().close();
        let store = PostgresStore::open(&database.url_through_proxy()).expect("a store");
        for _ in 0..3 {
            let error = store.load(&key(1)).await.expect_err("nobody is there");
            assert!(
                text(&error).contains("cannot be reached") || text(&error).contains("in time"),
                "{error:?}"
            );
        }
        database.proxy().resume();
        until_it_answers(&store).await;
        database.proxy().close();
        for _ in 0..3 {
            store.load(&key(1)).await.expect_err("nobody is there");
            store.insert(&key(2), &session()).await.expect_err("nobody is there");
            store.claim(&key(2), MINUTE).await.expect_err("nobody is there");
            store.marks(&[key(2)]).await.expect_err("nobody is there");
        }
        database.proxy().resume();
        until_it_answers(&store).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn h13_a_postgresql_that_hangs_is_waited_for_in_bounds() {
        let database = PostgresDatabase::create().await;
        let store = PostgresStore::open(&database.url_through_proxy()).expect("a store");
        until_it_answers(&store).await;
        database.proxy().hang();
        // The connections that there were, and then those that cannot be made.
        for _ in 0..5 {
            let (session, key) = (session(), key(1));
            let calls = async {
                tokio::join!(
                    store.load(&key),
                    store.insert(&key, &session),
                    store.remove(&key, MINUTE),
                    store.claim(&key, MINUTE)
                )
            };
            let (load, insert, remove, claim) = timeout(HANGS, calls).await.expect("an end");
            for error in [load.err(), insert.err(), remove.err(), claim.err()] {
                let error = error.expect("no answer");
                assert!(text(&error).contains("did not answer in time"), "{error}");
            }
        }
        database.proxy().resume();
        until_it_answers(&store).await;
        // No answer that comes late is taken for another's.
        until_async("written", async || store.insert(&key(5), &session()).await.is_ok()).await;
        until_async("read", async || matches!(store.load(&key(5)).await, Ok(Found::Session(_)))).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn h15_connections_that_were_lost_unnoticed_are_replaced() {
        let database = PostgresDatabase::create().await;
        let store = postgres(&database).max_connections(3).open().expect("a store");
        until_it_answers(&store).await;
        for _ in 0..3 {
            database.end_connections().await;
            let mut failed = 0;
            while store.load(&key(1)).await.is_err() {
                failed += 1;
                assert!(failed <= 3, "one call for each connection at most");
            }
        }
    }

    #[tokio::test]
    async fn h13_who_waits_for_a_lock_waits_in_bounds() {
        let database = PostgresDatabase::create().await;
        let store = PostgresStore::open(&database.url()).expect("a store");
        until_it_answers(&store).await;
        let mut other = database.connection().await;
        let lock = "BEGIN; LOCK TABLE logto_claims IN EXCLUSIVE MODE";
        logto_sqlx::sqlx::Executor::execute(&mut other, logto_sqlx::sqlx::raw_sql(lock))
            .await
            .expect("locked");
        let error = timeout(HANGS, store.claim(&key(1), MINUTE)).await.expect("an end").expect_err("locked");
        assert!(text(&error).contains("in time"), "{error}");
        until_async("the database waits no longer", async || database.waiting().await == 0).await;
        drop(other);
        until_async("claimed", async || store.claim(&key(2), MINUTE).await.is_ok_and(|claimed| claimed))
            .await;
    }

    #[tokio::test]
    async fn o01_a_wrong_password_is_an_error_that_does_not_tell_it() {
        let database = PostgresDatabase::create().await;
        let url = database.url_with_password("battery-staple");
        let store = PostgresStore::builder(&url).time_limit(super::super::PATIENT).open().expect("a store");
        for _ in 0..2 {
            let error = store.load(&key(1)).await.expect_err("refused");
            assert!(text(&error).contains("refused the user or the password"), "{error:?}");
            assert!(
                !text(&error).contains("battery-staple") && !text(&error).contains("127.0.0.1"),
                "{error:?}"
            );
        }
    }

    #[tokio::test]
    async fn h16_a_read_only_database_and_missing_tables_are_named() {
        let database = PostgresDatabase::create().await;
        let store = postgres(&database).max_connections(1).connect().await.expect("a store");
        let name = database.url().rsplit('/').next().expect("a name").to_owned();
        database.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).await;
        let replica = postgres(&database).open().expect("a store");
        let error = replica.insert(&key(1), &session()).await.expect_err("read-only");
        assert!(text(&error).contains("primary"), "{error:?}");
        assert_eq!(replica.load(&key(1)).await.expect("an answer"), Found::Nothing);
        database.run("BEGIN READ WRITE; DROP TABLE logto_marks; COMMIT").await;
        let error = store.marks(&[key(1)]).await.expect_err("no table");
        assert!(text(&error).contains("migrate()"), "{error:?}");
    }
}

#[cfg(feature = "sqlite")]
mod in_sqlite {
    use std::time::Duration;

    use logto_rocket::store::{Found, SessionStore};
    use logto_sqlx::SqliteStore;
    use logto_sqlx::sqlx::{Executor, raw_sql};
    use logto_tests::{SqliteFile, until_async};
    use tokio::time::timeout;

    use super::super::{MINUTE, key, session, sqlite, text};
    use super::HANGS;

    #[tokio::test]
    async fn h13_who_waits_for_another_writer_waits_in_bounds_and_reads_meanwhile() {
        let file = SqliteFile::new();
        let patient = sqlite(&file).connect().await.expect("a store");
        patient.insert(&key(1), &session()).await.expect("inserted");
        let store =
            SqliteStore::builder(file.path()).time_limit(Duration::from_millis(500)).open().expect("a store");
        until_async("it answers", async || store.load(&key(1)).await.is_ok()).await;
        let mut other = file.connection().await;
        other.execute(raw_sql("BEGIN IMMEDIATE")).await.expect("locked");
        let error = timeout(HANGS, store.claim(&key(1), MINUTE)).await.expect("an end").expect_err("locked");
        assert!(text(&error).contains("in time"), "{error}");
        assert!(matches!(patient.load(&key(1)).await, Ok(Found::Session(_))));
        other.execute(raw_sql("COMMIT")).await.expect("unlocked");
        until_async("it writes", async || store.claim(&key(2), MINUTE).await.is_ok()).await;
    }

    #[tokio::test]
    async fn h16_what_is_no_database_is_an_error() {
        let file = SqliteFile::new();
        std::fs::write(file.path(), "no database, and longer than the header of one: ".repeat(10))
            .expect("a file");
        let error = sqlite(&file).connect().await.expect_err("no database");
        assert!(text(&error).contains("no SQLite database"), "{error:?}");
        let store = SqliteStore::builder(file.directory().join("nowhere/sessions.db"));
        let error = store.connect().await.expect_err("no directory");
        assert!(text(&error).contains("cannot be opened"), "{error:?}");
    }
}
