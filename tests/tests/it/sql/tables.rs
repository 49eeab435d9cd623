//! The tables: who makes them, and what is in them.

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_rocket::store::{Found, SessionStore};
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::postgres::PgPool;
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
        let url = database.url_as("clerk", "battery-staple");
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

    /// Who waits for another process that creates the tables must see what that one has done.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn h17_tables_are_created_once_whatever_the_isolation_level_is() {
        let database = PostgresDatabase::create().await;
        let name = database.url().rsplit('/').next().expect("a name").to_owned();
        database
            .run(&format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"))
            .await;
        let starting = (0..8).map(|number| {
            let url = database.url();
            let pooled = postgres(&database).transaction_pooling();
            tokio::spawn(async move {
                if number % 2 == 0 {
                    return pooled.open().expect("a store").migrate().await;
                }
                let pool = PgPool::connect(&url).await.expect("a pool");
                PostgresStore::from_pool(pool).migrate().await
            })
        });
        for migrated in join_all(starting).await {
            migrated.expect("no panic").expect("tables");
        }
        let store = postgres(&database).transaction_pooling().connect().await.expect("a store");
        assert_eq!(store.inspect().await.expect("an answer").unsuitable, None);
        let pool = PgPool::connect(&database.url()).await.expect("a pool");
        let unsuitable = PostgresStore::from_pool(pool).inspect().await.expect("an answer").unsuitable;
        assert!(unsuitable.is_some_and(|told| told.contains("READ COMMITTED")));
    }

    #[tokio::test]
    async fn tables_of_another_schema_are_neither_used_nor_continued() {
        let database = PostgresDatabase::create().await;
        let first = postgres(&database).connect().await.expect("a store");
        first.insert(&key(1), &session()).await.expect("inserted");
        database.run("CREATE SCHEMA shop").await;
        let with_path = |path: &str| {
            let url = format!("{}?options[search_path]={path}", database.url());
            PostgresStore::builder(&url).time_limit(super::super::PATIENT)
        };
        for create in [true, false] {
            let opened = with_path("shop,public").create_tables(create).connect().await;
            let error = text(&opened.expect_err("tables of another schema"));
            assert!(error.contains("another schema") && error.contains("search_path"), "{error}");
        }
        let error = text(&with_path("nowhere").connect().await.expect_err("no such schema"));
        assert!(error.contains("3F000") && error.contains("search_path"), "{error}");
        let second = with_path("shop").connect().await.expect("a store");
        assert_eq!(second.load(&key(1)).await.expect("an answer"), Found::Nothing);
        second.insert(&key(1), &session()).await.expect("inserted");
        first.remove(&key(1), super::super::MINUTE).await.expect("removed");
        assert!(matches!(second.load(&key(1)).await, Ok(Found::Session(_))));
    }

    #[tokio::test]
    async fn an_inspection_names_the_server_and_changes_nothing() {
        let database = PostgresDatabase::create().await;
        let store = postgres(&database).open().expect("a store");
        let inspection = store.inspect().await.expect("an answer");
        let server = inspection.server.expect("a name");
        assert!(server.starts_with("PostgreSQL ") && server.ends_with(", a primary"), "{server}");
        assert_eq!(inspection.unsuitable, None);
        let warned = inspection.warnings.join(" ");
        assert!(warned.contains("synchronous_commit") && warned.contains("fsync"), "{warned}");
        let mut connection = database.connection().await;
        let table: Option<String> = query_scalar("SELECT to_regclass('logto_migrations')::text")
            .fetch_one(&mut connection)
            .await
            .expect("a row");
        assert_eq!(table, None);
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
    use logto_sqlx::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};
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
    async fn an_inspection_names_the_journal_and_changes_nothing() {
        let file = SqliteFile::new();
        let store = sqlite(&file).open().expect("a store");
        let server = store.inspect().await.expect("an answer").server;
        assert!(server.is_some_and(|server| server.contains("does not exist yet")));
        assert!(!file.path().exists());
        store.insert(&key(1), &session()).await.expect("inserted");
        let inspection = store.inspect().await.expect("an answer");
        let server = inspection.server.expect("a name");
        assert!(server.starts_with("SQLite 3.") && server.ends_with(", journal_mode wal"), "{server}");
        assert_eq!((inspection.unsuitable, inspection.warnings.len()), (None, 0));

        let other = SqliteFile::new();
        let options = SqliteConnectOptions::new().filename(other.path()).create_if_missing(true);
        let pool =
            SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Off)).await.expect("a pool");
        let inspection = SqliteStore::from_pool(pool).inspect().await.expect("an answer");
        assert!(inspection.warnings.join(" ").contains("journal_mode is off"), "{inspection:?}");
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
