//! The database is away, hangs, or does not want to.

use std::time::Duration;

/// Far beyond the time limit of a call: reached only by what hangs.
const HANGS: Duration = Duration::from_secs(60);

#[cfg(feature = "postgres")]
mod in_postgres {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use logto_rocket::store::{Found, SessionStore};
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
    use logto_tests::{PostgresDatabase, until_async};
    use tokio::time::timeout;

    use super::super::{MINUTE, PATIENT, key, postgres, session, text};
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
                assert!(text(&error).contains("did not respond in time"), "{error}");
            }
        }
        database.proxy().resume();
        until_it_answers(&store).await;
        // No answer that comes late is taken for another's.
        until_async("written", async || store.insert(&key(5), &session()).await.is_ok()).await;
        until_async("read", async || matches!(store.load(&key(5)).await, Ok(Found::Session(_)))).await;
    }

    #[tokio::test]
    async fn h13_a_response_that_is_lost_at_the_start_does_not_stop_the_store_for_good() {
        let database = PostgresDatabase::create().await;
        for create in [true, false] {
            let url = database.url_through_proxy();
            let builder = PostgresStore::builder(&url).max_connections(1).create_tables(create);
            let store = builder.open().expect("a store");
            database.proxy().hang_after_login();
            let error = timeout(HANGS, store.load(&key(1))).await.expect("an end").expect_err("no response");
            assert!(text(&error).contains("in time"), "{error:?}");
            // The connections that there are never get another byte.
            database.proxy().strand();
            database.proxy().resume();
            until_it_answers(&store).await;
        }
    }

    /// All runs in one thread, so the connection of a call that has returned is stranded before it is back in the pool.
    #[tokio::test]
    async fn h15_connections_that_hang_while_they_go_back_do_not_fill_the_pool() {
        let database = PostgresDatabase::create().await;
        let options: PgConnectOptions = database.url_through_proxy().parse().expect("an address");
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false);
        let own = PostgresStore::builder(&database.url_through_proxy()).max_connections(1);
        let shared = PostgresStore::builder_with_pool(pool.connect_lazy_with(options));
        for builder in [own, shared] {
            let store = builder.without_cleanup().open().expect("a store");
            for _ in 0..3 {
                until_it_answers(&store).await;
                database.proxy().strand();
            }
            until_it_answers(&store).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h15_a_server_that_is_replaced_under_load_is_used_again() {
        let database = PostgresDatabase::create().await;
        let store = PostgresStore::builder(&database.url_through_proxy()).max_connections(4);
        let store = Arc::new(store.open().expect("a store"));
        until_it_answers(&store).await;
        let stop = Arc::new(AtomicBool::new(false));
        let load = (0..8).map(|number| {
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    // It fails while the server is away.
                    let _ = store.claim(&key(number), MINUTE).await;
                }
            })
        });
        let load: Vec<_> = load.collect();
        for _ in 0..5 {
            until_it_answers(&store).await;
            database.proxy().strand();
        }
        stop.store(true, Ordering::Relaxed);
        for task in load {
            timeout(HANGS, task).await.expect("an end").expect("no panic");
        }
        until_it_answers(&store).await;
    }

    #[tokio::test]
    async fn h13_a_clean_up_whose_response_is_lost_ends() {
        let database = PostgresDatabase::create().await;
        let url = database.url_through_proxy();
        let store = PostgresStore::builder(&url).time_limit(PATIENT).max_connections(1).without_cleanup();
        let store = Arc::new(store.connect().await.expect("a store"));
        let mut other = database.connection().await;
        let lock = "BEGIN; LOCK TABLE logto_sessions IN EXCLUSIVE MODE";
        logto_sqlx::sqlx::Executor::execute(&mut other, logto_sqlx::sqlx::raw_sql(lock))
            .await
            .expect("locked");
        let cleaning = Arc::clone(&store);
        let cleaning = tokio::spawn(async move { cleaning.clean_up().await });
        until_async("the clean-up waits for the lock", async || database.waiting().await == 1).await;
        database.proxy().strand();
        drop(other);
        let ended = timeout(2 * HANGS, cleaning).await.expect("an end");
        let error = ended.expect("no panic").expect_err("no response");
        assert!(text(&error).contains("in time"), "{error:?}");
        assert_eq!(store.clean_up().await.expect("cleaned up"), 0);
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
        let url = database.url_as("postgres", "battery-staple");
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
        assert!(text(&error).contains("is not an SQLite database"), "{error:?}");
        let store = SqliteStore::builder(file.directory().join("nowhere/sessions.db"));
        let error = store.connect().await.expect_err("no directory");
        assert!(text(&error).contains("cannot be opened"), "{error:?}");
    }
}
