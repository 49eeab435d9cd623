//! How the databases find what the statements look for, among a million sessions.

/// One in ten has ended.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
const SESSIONS: i64 = 1_000_000;
/// So have one in ten leases, claims and marks.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
const OTHERS: i64 = 100_000;

/// The indexes that a statement has to use, as PostgreSQL names them.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
fn indexes_of(statement: &str) -> &'static [&'static str] {
    match statement {
        "insert" | "load" | "replace" | "is_there" | "remove" => &["sessions_pkey"],
        "of_subject" => &["sessions_subject"],
        "of_sid" => &["sessions_sid"],
        "lease" | "release" => &["leases_pkey"],
        "claim" => &["claims_pkey"],
        "mark" | "marks" => &["marks_pkey"],
        "clean_up of sessions" => &["sessions_pkey", "sessions_ends"],
        "clean_up of leases" => &["leases_pkey", "leases_ends"],
        "clean_up of claims" => &["claims_pkey", "claims_ends"],
        "clean_up of marks" => &["marks_pkey", "marks_ends"],
        other => panic!("no index is known for the statement {other}"),
    }
}

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::{AssertSqlSafe, Executor, PgConnection, query_scalar, raw_sql};
    use logto_tests::PostgresDatabase;
    use serde_json::Value;

    use super::super::{ALONE, postgres};
    use super::{OTHERS, SESSIONS, indexes_of};

    /// The plan of a statement, with parameters of the types that it wants.
    async fn plan(connection: &mut PgConnection, statement: &str) -> Value {
        connection
            .execute(raw_sql(AssertSqlSafe(format!("PREPARE it AS {statement}"))))
            .await
            .expect(statement);
        let types = "SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'it'";
        let types: Vec<String> =
            query_scalar(types).persistent(false).fetch_one(&mut *connection).await.expect("types");
        let parameters = types.iter().map(|kind| match kind.as_str() {
            "bytea" => "decode(lpad('7', 64, '0'), 'hex')",
            "bytea[]" => "ARRAY[decode(lpad('7', 64, '0'), 'hex'), decode(lpad('8', 64, '0'), 'hex')]",
            "bigint" => "1000",
            other => panic!("{statement}: a parameter of the type {other}"),
        });
        let parameters: Vec<&str> = parameters.collect();
        let explain = format!("EXPLAIN (FORMAT JSON) EXECUTE it({})", parameters.join(", "));
        let plan: Value = {
            let plan: String = query_scalar::<_, sqlx_json::Text>(AssertSqlSafe(explain))
                .persistent(false)
                .fetch_one(&mut *connection)
                .await
                .expect(statement)
                .0;
            serde_json::from_str(&plan).expect("JSON")
        };
        connection.execute(raw_sql("DEALLOCATE it")).await.expect("deallocated");
        plan
    }

    /// A column of the type `json`, as text: sqlx's own support is a feature that is not needed otherwise.
    mod sqlx_json {
        use logto_sqlx::sqlx::error::BoxDynError;
        use logto_sqlx::sqlx::postgres::{PgTypeInfo, PgValueRef, Postgres};
        use logto_sqlx::sqlx::{Decode, Type};

        pub(super) struct Text(pub(super) String);

        impl Type<Postgres> for Text {
            fn type_info() -> PgTypeInfo {
                PgTypeInfo::with_name("json")
            }
            fn compatible(_: &PgTypeInfo) -> bool {
                true
            }
        }

        impl<'r> Decode<'r, Postgres> for Text {
            fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(Text(value.as_str()?.to_owned()))
            }
        }
    }

    /// The node types in a plan that read a table, and the indexes that it uses.
    fn scans(plan: &Value, kinds: &mut Vec<String>, indexes: &mut Vec<String>) {
        match plan {
            Value::Array(plans) => plans.iter().for_each(|plan| scans(plan, kinds, indexes)),
            Value::Object(node) => {
                let text = |name: &str| node.get(name).and_then(Value::as_str).map(str::to_owned);
                kinds.extend(text("Node Type").filter(|kind| kind.ends_with("Scan")));
                indexes.extend(text("Index Name"));
                let arbiters = node.get("Conflict Arbiter Indexes").and_then(Value::as_array);
                indexes.extend(arbiters.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
                node.values().for_each(|value| scans(value, kinds, indexes));
            }
            _ => {}
        }
    }

    #[tokio::test]
    async fn h18_every_statement_finds_its_rows_among_a_million_by_an_index() {
        let _alone = ALONE.lock().await;
        let database = PostgresDatabase::create().await;
        postgres(&database).without_cleanup().connect().await.expect("tables");
        let key = |number: &str| format!("decode(lpad(to_hex({number}), 64, '0'), 'hex')");
        let ends = |ended: i64| format!("statement_timestamp() + (n - {ended}) * interval '1 second'");
        let mut fill = format!(
            "ALTER TABLE logto_sessions SET UNLOGGED; INSERT INTO logto_sessions \
             SELECT {}, 0, 1, 'sealed', {}, {}, {} FROM generate_series(1, {SESSIONS}) n;",
            key("n"),
            key("n / 10"),
            key("n"),
            ends(SESSIONS / 10)
        );
        for (table, column) in [("leases", "'holder'::bytea, "), ("claims", ""), ("marks", "1, ")] {
            fill += &format!(
                "ALTER TABLE logto_{table} SET UNLOGGED; INSERT INTO logto_{table} \
                 SELECT {}, {column}{} FROM generate_series(1, {OTHERS}) n;",
                key("n"),
                ends(OTHERS / 10)
            );
        }
        database.run(&fill).await;
        database.run("VACUUM ANALYZE").await;

        let mut connection = database.connection().await;
        let statements = PostgresStore::sql_of_statements("logto_").expect("a prefix");
        assert_eq!(statements.len(), 16);
        for mode in ["force_generic_plan", "force_custom_plan"] {
            let set = format!("SET plan_cache_mode = {mode}");
            connection.execute(raw_sql(AssertSqlSafe(set))).await.expect("set");
            for (name, statement) in &statements {
                let plan = plan(&mut connection, statement).await;
                let (mut kinds, mut indexes) = (Vec::new(), Vec::new());
                scans(&plan, &mut kinds, &mut indexes);
                assert!(kinds.iter().all(|kind| kind != "Seq Scan"), "{name}, {mode}: {plan:#}");
                for index in indexes_of(name) {
                    let index = format!("logto_{index}");
                    assert!(indexes.contains(&index), "{name}, {mode}: without {index}: {plan:#}");
                }
            }
        }
    }
}

#[cfg(feature = "sqlite")]
mod in_sqlite {
    use logto_sqlx::SqliteStore;
    use logto_sqlx::sqlx::{AssertSqlSafe, query_as};
    use logto_tests::SqliteFile;

    use super::super::{ALONE, sqlite};
    use super::{OTHERS, SESSIONS, indexes_of};

    #[tokio::test]
    async fn h18_every_statement_finds_its_rows_among_a_million_by_an_index() {
        let _alone = ALONE.lock().await;
        let file = SqliteFile::new();
        sqlite(&file).without_cleanup().connect().await.expect("tables");
        let numbers = |most: i64| {
            format!(
                "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most})"
            )
        };
        let key = |number: &str| format!("unhex(printf('%064x', {number}))");
        let ends = |ended: i64| format!("unixepoch() * 1000 + (n - {ended}) * 1000");
        let mut fill = format!(
            "PRAGMA synchronous = OFF; BEGIN; INSERT INTO logto_sessions {} \
             SELECT {}, 0, 1, x'00', {}, {}, {} FROM numbers;",
            numbers(SESSIONS),
            key("n"),
            key("n / 10"),
            key("n"),
            ends(SESSIONS / 10)
        );
        for (table, column) in [("leases", "x'00', "), ("claims", ""), ("marks", "1, ")] {
            fill += &format!(
                "INSERT INTO logto_{table} {} SELECT {}, {column}{} FROM numbers;",
                numbers(OTHERS),
                key("n"),
                ends(OTHERS / 10)
            );
        }
        file.run(&(fill + "COMMIT; ANALYZE")).await;

        let mut connection = file.connection().await;
        let statements = SqliteStore::sql_of_statements("logto_").expect("a prefix");
        assert_eq!(statements.len(), 16);
        for (name, statement) in statements {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan: Vec<(i64, i64, i64, String)> =
                query_as(explain).fetch_all(&mut connection).await.expect(name);
            let of_tables: Vec<&str> =
                plan.iter().map(|(.., step)| step.as_str()).filter(|step| step.contains("logto_")).collect();
            assert!(of_tables.iter().all(|step| step.starts_with("SEARCH ")), "{name}: {plan:?}");
            // SQLite does not say how it finds a conflict: that is the index of the primary key in any case.
            let inserts = statement.starts_with("INSERT");
            for index in indexes_of(name).iter().filter(|_| !inserts) {
                // The primary key is an index of its own, or the table where that has no row numbers.
                let names = match index.strip_suffix("_pkey") {
                    Some(table) => [
                        format!("INDEX sqlite_autoindex_logto_{table}_1 "),
                        format!("logto_{table} USING PRIMARY KEY "),
                    ],
                    None => [format!("USING INDEX logto_{index} "), format!("COVERING INDEX logto_{index} ")],
                };
                let used = of_tables.iter().any(|step| names.iter().any(|name| step.contains(name)));
                assert!(used, "{name}: without {index}: {plan:?}");
            }
        }
    }
}
