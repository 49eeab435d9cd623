//! The tables: who makes them, and what is in them.

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_rocket::store::SessionStore;
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::query_scalar;
    use logto_tests::PostgresDatabase;
    use rocket::futures::future::join_all;

    use super::super::{key, postgres, session, text};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h17_processes_that_start_at_once_create_the_tables_once() {
        let database = PostgresDatabase::create().await;
        let starting = (0..8).map(|_| tokio::spawn(postgres(&database).max_connections(2).connect()));
        for store in join_all(starting).await {
            store.expect("no panic").expect("a store").load(&key(1)).await.expect("an answer");
        }
        let steps: i64 = query_scalar("SELECT count(*) FROM logto_migrations")
            .fetch_one(&mut database.connection().await)
            .await
            .expect("a number");
        assert_eq!(steps, 1);
        postgres(&database).open().expect("a store").migrate().await.expect("nothing to do");
    }

    #[tokio::test]
    async fn a_store_that_may_not_create_tables_says_what_to_do_and_works_with_those_of_an_administrator() {
        let database = PostgresDatabase::create().await;
        database.run("CREATE ROLE clerk LOGIN PASSWORD 'battery-staple'").await;
        let url = database.url().replace("postgres:correct-horse", "clerk:battery-staple");
        let store = || PostgresStore::builder(&url).time_limit(super::super::PATIENT);
        let error = store().connect().await.expect_err("no privilege");
        assert!(text(&error).contains("cannot be created") && text(&error).contains("privilege"), "{error}");
        let by_hand = store().create_tables(false).open().expect("a store");
        let error = by_hand.load(&key(1)).await.expect_err("no tables");
        assert!(text(&error).contains("sql_of_tables"), "{error}");

        let tables = PostgresStore::sql_of_tables("logto_").expect("a prefix");
        database.run(&format!("BEGIN; {tables} COMMIT")).await;
        let error = store().connect().await.expect_err("no privilege on the tables");
        assert!(text(&error).contains("privilege"), "{error}");
        database
            .run(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON logto_sessions, logto_leases, logto_claims, logto_marks TO clerk; \
                 GRANT SELECT ON logto_migrations TO clerk",
            )
            .await;
        let store = store().connect().await.expect("a store");
        store.insert(&key(1), &session()).await.expect("inserted");
        by_hand.load(&key(1)).await.expect("an answer");
        store.clean_up().await.expect("cleaned up");
        database.run("DROP OWNED BY clerk; DROP ROLE clerk").await;
    }

    #[tokio::test]
    async fn h06_a_row_holds_hashes_and_sealed_bytes_alone() {
        let database = PostgresDatabase::create().await;
        let store = postgres(&database).open().expect("a store");
        store.insert(&key(1), &session()).await.expect("inserted");
        let row = "SELECT state || ' ' || version || ' ' || sealed::text || ' ' || encode(key, 'hex') || ' ' \
                   || encode(subject, 'hex') || ' ' || encode(sid, 'hex') FROM logto_sessions";
        let mut connection = database.connection().await;
        let kept: String = query_scalar(row).fetch_one(&mut connection).await.expect("a row");
        assert_eq!(kept, format!("0 1 \\x7365616c6564 {} {} {}", key(1), key(201), key(202)));
        store.remove(&key(1), super::super::MINUTE).await.expect("removed");
        let left = "SELECT count(*) FROM logto_sessions WHERE state = 1 AND num_nulls(version, sealed, subject, sid) = 4";
        let tombstones: i64 = query_scalar(left).fetch_one(&mut connection).await.expect("a number");
        assert_eq!(tombstones, 1, "nothing of the session is left in its tombstone");
    }
}

#[cfg(feature = "sqlite")]
mod in_sqlite {
    use logto_rocket::store::SessionStore;
    use logto_sqlx::SqliteStore;
    use logto_sqlx::sqlx::query_scalar;
    use logto_tests::SqliteFile;
    use rocket::futures::future::join_all;

    use super::super::{key, session, sqlite, text};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h17_processes_that_start_at_once_create_the_file_and_the_tables_once() {
        let file = SqliteFile::new();
        let starting = (0..8).map(|_| tokio::spawn(sqlite(&file).connect()));
        for store in join_all(starting).await {
            store.expect("no panic").expect("a store").load(&key(1)).await.expect("an answer");
        }
        let steps: i64 = query_scalar("SELECT count(*) FROM logto_migrations")
            .fetch_one(&mut file.connection().await)
            .await
            .expect("a number");
        assert_eq!(steps, 1);
        sqlite(&file).open().expect("a store").migrate().await.expect("nothing to do");
    }

    #[tokio::test]
    async fn a_store_that_creates_no_tables_works_with_those_that_are_there() {
        let file = SqliteFile::new();
        let store = sqlite(&file).create_tables(false).open().expect("a store");
        let error = store.load(&key(1)).await.expect_err("no tables");
        assert!(text(&error).contains("migrate()"), "{error}");
        file.run(&format!("BEGIN; {} COMMIT", SqliteStore::sql_of_tables("logto_").expect("a prefix"))).await;
        store.insert(&key(1), &session()).await.expect("inserted");
        let other = SqliteFile::new();
        let store = sqlite(&other).create_tables(false).open().expect("a store");
        store.migrate().await.expect("migrated");
        store.insert(&key(1), &session()).await.expect("inserted");
    }

    #[tokio::test]
    async fn h06_a_row_holds_hashes_and_sealed_bytes_alone() {
        let file = SqliteFile::new();
        let store = sqlite(&file).open().expect("a store");
        store.insert(&key(1), &session()).await.expect("inserted");
        let row = "SELECT state || ' ' || version || ' ' || hex(sealed) || ' ' || lower(hex(key)) || ' ' \
                   || lower(hex(subject)) || ' ' || lower(hex(sid)) FROM logto_sessions";
        let mut connection = file.connection().await;
        let kept: String = query_scalar(row).fetch_one(&mut connection).await.expect("a row");
        assert_eq!(kept, format!("0 1 7365616C6564 {} {} {}", key(1), key(201), key(202)));
        store.remove(&key(1), super::super::MINUTE).await.expect("removed");
        let left = "SELECT count(*) FROM logto_sessions \
                    WHERE state = 1 AND coalesce(version, sealed, subject, sid) IS NULL";
        let tombstones: i64 = query_scalar(left).fetch_one(&mut connection).await.expect("a number");
        assert_eq!(tombstones, 1, "nothing of the session is left in its tombstone");
    }
}
