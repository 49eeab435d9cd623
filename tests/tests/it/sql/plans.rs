//! How the databases find what the statements look for, among a million sessions.

/// One in ten has ended.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
const SESSIONS: i64 = 1_000_000;

#[cfg(feature = "postgres")]
mod in_postgres {
    use logto_sqlx::PostgresStore;
    use logto_sqlx::sqlx::{AssertSqlSafe, Executor, PgConnection, query_scalar, raw_sql};
    use logto_tests::PostgresDatabase;
    use serde_json::Value;

    use super::super::{ALONE, postgres};
    use super::SESSIONS;

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

    /// The node types in a plan that read a table, with the table.
    fn scans(plan: &Value, found: &mut Vec<(String, String)>) {
        match plan {
            Value::Array(plans) => plans.iter().for_each(|plan| scans(plan, found)),
            Value::Object(node) => {
                let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                if text("Node Type").ends_with("Scan") {
                    found.push((text("Node Type"), text("Relation Name")));
                }
                node.values().for_each(|value| scans(value, found));
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
        let ends = "statement_timestamp() + (n - 100000) * interval '1 second'";
        let mut fill = format!(
            "ALTER TABLE logto_sessions SET UNLOGGED; INSERT INTO logto_sessions \
             SELECT {}, 0, 1, 'sealed', {}, {}, {ends} FROM generate_series(1, {SESSIONS}) n;",
            key("n"),
            key("n / 10"),
            key("n")
        );
        for (table, column) in [("leases", "'holder'::bytea, "), ("claims", ""), ("marks", "1, ")] {
            fill += &format!(
                "ALTER TABLE logto_{table} SET UNLOGGED; INSERT INTO logto_{table} \
                 SELECT {}, {column}{ends} FROM generate_series(1, 100000) n;",
                key("n")
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
                let mut found = Vec::new();
                scans(&plan, &mut found);
                assert!(found.iter().all(|(kind, _)| kind != "Seq Scan"), "{name}, {mode}: {plan:#}");
                let inserts = statement.starts_with("INSERT");
                assert!(
                    inserts || found.iter().any(|(kind, _)| kind.contains("Index")),
                    "{name}, {mode}: {plan:#}"
                );
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
    use super::SESSIONS;

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
        let ends = "unixepoch() * 1000 + (n - 100000) * 1000";
        let mut fill = format!(
            "PRAGMA synchronous = OFF; BEGIN; INSERT INTO logto_sessions {} \
             SELECT {}, 0, 1, x'00', {}, {}, {ends} FROM numbers;",
            numbers(SESSIONS),
            key("n"),
            key("n / 10"),
            key("n")
        );
        for (table, column) in [("leases", "x'00', "), ("claims", ""), ("marks", "1, ")] {
            fill += &format!(
                "INSERT INTO logto_{table} {} SELECT {}, {column}{ends} FROM numbers;",
                numbers(100_000),
                key("n")
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
            assert!(statement.starts_with("INSERT") || !of_tables.is_empty(), "{name}: {plan:?}");
        }
    }
}
