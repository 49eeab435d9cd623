//! What is read out of the measurements: ratios, and added CPU time.
//!
//! Both are computed within each round, between candidates that were measured seconds apart, and the median of the
//! rounds counts.

use serde_json::Value;

use crate::rounds::{Plan, Sample};
use crate::statistics::Figure;

/// One line of the report.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    /// What it should be; empty where nothing is promised.
    pub(crate) aim: &'static str,
    /// `None` where something that it needs is missing.
    pub(crate) figure: Option<Figure>,
}

pub(crate) fn ratios(plan: &Plan, build: &Value) -> Vec<Line> {
    let line = |name, aim, figure, meaning| Line { name, meaning, aim, figure };
    let speed = |name, aim, over, under, meaning| line(name, aim, speed(plan, over, under), meaning);
    vec![
        speed(
            "session_cookie_vs_open",
            "≥ 0.85",
            "cookie/guarded",
            "cookie/open",
            "requests/s of a guarded route, session in a cookie, to the open route with the same headers",
        ),
        speed(
            "memory_store_vs_open",
            "≥ 0.90",
            "memory/guarded",
            "memory/open",
            "the same, session in memory",
        ),
        speed("redis_store_vs_open", "", "redis/guarded", "redis/open", "the same, session in Redis"),
        speed(
            "postgres_store_vs_open",
            "",
            "postgres/guarded",
            "postgres/open",
            "the same, session in PostgreSQL",
        ),
        speed("sqlite_store_vs_open", "", "sqlite/guarded", "sqlite/open", "the same, session in SQLite"),
        speed(
            "bearer_cached_vs_open",
            "≥ 0.93",
            "bearer/guarded",
            "bearer/open",
            "the same with `scopes`, bearer token that was verified before",
        ),
        line(
            "bearer_cold_vs_raw_verify",
            "≤ 1.08",
            each(plan, ["bearer_cold/guarded", "bearer/open", "raw_verify"], |[cold, open, verify]| {
                (cold.cpu_us - open.cpu_us) / verify.cpu_us
            }),
            "added CPU of a token that was never seen, to the bare ES384 verification (aws-lc)",
        ),
        speed(
            "open_vs_bare_rocket",
            "",
            "nobody/open",
            "bare_rocket/open",
            "requests/s of an open route behind the fairing, to Rocket without it",
        ),
        line(
            "redis_store_vs_bare_get",
            "≤ 1.1",
            each(
                plan,
                ["redis/guarded", "redis/open", "redis_get/guarded", "redis_get/open"],
                |[ours, open, get, get_open]| (ours.cpu_us - open.cpu_us) / (get.cpu_us - get_open.cpu_us),
            ),
            "added CPU of a session in Redis, to a guard by hand with one bare `GET` of as many bytes",
        ),
        speed(
            "vs_logto_express",
            "≥ 15",
            "memory/guarded",
            "logto_express/guarded",
            "requests/s of guarded routes, session in memory, to `@logto/express`",
        ),
        speed(
            "vs_logto_next",
            "≥ 40",
            "cookie/guarded",
            "logto_next/guarded",
            "requests/s of guarded routes, session in a cookie, to `@logto/next`",
        ),
        speed(
            "vs_axum_jwt_authorizer",
            "≥ 18",
            "bearer/guarded",
            "axum_jwt_authorizer/guarded",
            "requests/s of guarded routes, bearer token (ES384), to axum with jwt-authorizer",
        ),
        speed(
            "vs_express_jose",
            "",
            "bearer/guarded",
            "express_jose/guarded",
            "requests/s of guarded routes, bearer token (ES384), to express with jose",
        ),
        line(
            "vs_handwritten_rocket",
            "",
            each(
                plan,
                [
                    "memory/guarded",
                    "handwritten_id/guarded",
                    "cookie/guarded",
                    "handwritten_private_cookie/guarded",
                ],
                |[memory, id, cookie, private]| {
                    (per_second(memory) / per_second(id)).min(per_second(cookie) / per_second(private))
                },
            ),
            "the smaller of the next two",
        ),
        speed(
            "vs_handwritten_id",
            "",
            "memory/guarded",
            "handwritten_id/guarded",
            "requests/s of guarded routes, session in memory, to a guard by hand (id, SHA-256, map)",
        ),
        speed(
            "vs_handwritten_private_cookie",
            "",
            "cookie/guarded",
            "handwritten_private_cookie/guarded",
            "requests/s of guarded routes, session in a cookie, to a guard by hand (private cookie, JSON)",
        ),
        line(
            "sessions_1e6_vs_1e3",
            "≤ 1.2",
            each(plan, ["sessions_1e6/guarded", "sessions_1e3/guarded"], |[many, few]| {
                many.cpu_us / few.cpu_us
            }),
            "CPU of a guarded request with a million live sessions, to a thousand",
        ),
        line(
            "organizations_100_vs_1",
            "",
            each(plan, ["organizations_100/guarded", "organizations_1/guarded"], |[many, few]| {
                many.cpu_us / few.cpu_us
            }),
            "CPU of a guarded request of a person in a hundred organizations, to one",
        ),
        line(
            "check_100_routes_vs_handwritten",
            "≤ 1.10",
            built(build, "check", "attributes"),
            "time of `cargo check` of 100 guarded routes, to guards by hand",
        ),
        line(
            "build_100_routes_vs_handwritten",
            "≤ 1.10",
            built(build, "build", "attributes"),
            "the same of `cargo build`",
        ),
        line(
            "check_100_routes_on_structs_vs_handwritten",
            "≤ 1.10",
            built(build, "check", "on-structs"),
            "time of `cargo check` of 100 routes with 20 guard structs, to guards by hand",
        ),
        line(
            "build_100_routes_on_structs_vs_handwritten",
            "≤ 1.10",
            built(build, "build", "on-structs"),
            "the same of `cargo build`",
        ),
    ]
}

pub(crate) fn added(plan: &Plan) -> Vec<Line> {
    let between = |name, aim, guarded, open, meaning| {
        let figure = each(plan, [guarded, open], |[guarded, open]| guarded.cpu_us - open.cpu_us);
        Line { name, meaning, aim, figure }
    };
    vec![
        between("cookie", "≤ 5", "cookie/guarded", "cookie/open", "session in a cookie"),
        between("cookie_scoped", "", "cookie/scoped", "cookie/open", "the same with `scopes`"),
        between("cookie_user", "", "cookie/user", "cookie/open", "the same with `User`"),
        between("memory", "≤ 2.5", "memory/guarded", "memory/open", "session in memory"),
        between("memory_scoped", "", "memory/scoped", "memory/open", "the same with `scopes`"),
        between("memory_user", "≤ 4", "memory/user", "memory/open", "the same with `User`"),
        between(
            "noise",
            "",
            "memory/open_again",
            "memory/open",
            "the open route of `memory`, over itself: how far off the figures are",
        ),
        between("redis", "≤ 1.1 × redis_get", "redis/guarded", "redis/open", "session in Redis"),
        between("postgres", "", "postgres/guarded", "postgres/open", "session in PostgreSQL"),
        between("sqlite", "", "sqlite/guarded", "sqlite/open", "session in SQLite"),
        between(
            "redis_get",
            "",
            "redis_get/guarded",
            "redis_get/open",
            "by hand: a bare `GET` of as many bytes",
        ),
        between(
            "bearer",
            "≤ 2",
            "bearer/guarded",
            "bearer/open",
            "bearer token that was verified before, `scopes`",
        ),
        between(
            "bearer_cold",
            "",
            "bearer_cold/guarded",
            "bearer/open",
            "bearer token that was never seen (ES384)",
        ),
        between("refused", "", "nobody/guarded", "nobody/open", "refused with 401"),
        between(
            "open",
            "≤ 0.3",
            "nobody/open",
            "bare_rocket/open",
            "an open route behind the fairing, over Rocket without it",
        ),
        between("axum_login", "", "axum_login/guarded", "axum_login/open", "axum with axum-login"),
        between(
            "tower_sessions",
            "",
            "tower_sessions/guarded",
            "tower_sessions/open",
            "axum with tower-sessions, in memory",
        ),
        between(
            "axum_jwt_authorizer",
            "",
            "axum_jwt_authorizer/guarded",
            "axum_jwt_authorizer/open",
            "axum with jwt-authorizer (ES384)",
        ),
        between(
            "handwritten_id",
            "",
            "handwritten_id/guarded",
            "handwritten_id/open",
            "by hand: id, SHA-256, concurrent map",
        ),
        between(
            "handwritten_private_cookie",
            "",
            "handwritten_private_cookie/guarded",
            "handwritten_private_cookie/open",
            "by hand: Rocket's private cookie, JSON",
        ),
        between(
            "logto_express",
            "",
            "logto_express/guarded",
            "logto_express/open",
            "`@logto/express`, in memory",
        ),
        between("logto_next", "", "logto_next/guarded", "logto_next/open", "`@logto/next`"),
        between("express_jose", "", "express_jose/guarded", "express_jose/open", "express with jose (ES384)"),
    ]
}

fn speed(plan: &Plan, over: &str, under: &str) -> Option<Figure> {
    each(plan, [over, under], |[over, under]| per_second(over) / per_second(under))
}

fn per_second(sample: Sample) -> f64 {
    sample.requests_per_second.unwrap_or(f64::NAN)
}

/// Computes something within each round. `None` if one of the names was not measured.
pub(crate) fn each<const N: usize>(
    plan: &Plan,
    names: [&str; N],
    compute: impl Fn([Sample; N]) -> f64,
) -> Option<Figure> {
    let mut series = Vec::new();
    for name in names {
        series.push(plan.samples_of(name)?);
    }
    let rounds = series.iter().map(|samples| samples.len()).min().unwrap_or(0);
    let in_round = |round: usize| std::array::from_fn(|index| series[index][round]);
    Figure::of((0..rounds).map(|round| compute(in_round(round))))
}

fn built(build: &Value, subcommand: &str, guards: &str) -> Option<Figure> {
    let seconds = |variant: &str| build.get(subcommand)?.get(variant)?.as_f64();
    Some(Figure::single(seconds(guards)? / seconds("by-hand")?))
}
