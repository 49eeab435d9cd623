//! Measures what guards cost: the library's, those of its peers, and guards by hand, in one run and in turns.
//!
//! `cargo xtask bench` builds what is compared, and runs this with the tools that it has found.

mod axum;
mod growth;
mod load;
mod machine;
mod node;
mod ours;
mod process;
mod ratios;
mod report;
mod rocket;
mod rounds;
mod statistics;
mod stores;
mod storms;
mod tenant;
mod tokens;
mod visitor;

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use load::Wrk;
use machine::Machine;
use process::Programs;
use rounds::Plan;
use stores::Stores;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the task has found and wants.
struct Options {
    programs: Programs,
    wrk: Option<PathBuf>,
    redis: Option<PathBuf>,
    /// The directory with the programs of PostgreSQL.
    postgres: Option<PathBuf>,
    /// What could not be found or installed, with the reason.
    missing: Vec<(String, String)>,
    /// What the attributes cost to build.
    build: Value,
    output: PathBuf,
    quick: bool,
}

impl Options {
    /// One line of JSON on the standard input.
    fn read() -> Outcome<Options> {
        let told: Value = logto_benches::server::settings()?;
        let path = |name: &str| told.get(name).and_then(Value::as_str).map(PathBuf::from);
        let missing = told.get("missing").and_then(Value::as_object).into_iter().flatten();
        Ok(Options {
            programs: Programs::beside_this(path("node"), path("node_directory"))?,
            wrk: path("wrk"),
            redis: path("redis"),
            postgres: path("postgres"),
            missing: missing
                .map(|(name, why)| (name.clone(), why.as_str().unwrap_or_default().to_owned()))
                .collect(),
            build: told.get("build").cloned().unwrap_or(Value::Null),
            output: path("output").ok_or("no output")?,
            quick: told.get("quick").is_some_and(|quick| *quick == json!(true)),
        })
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let begun = Instant::now();
    let mut options = Options::read()?;
    logto_benches::server::end_with_input();
    let machine = Machine::look();
    let mut plan = Plan::new(options.quick, std::mem::take(&mut options.missing))?;
    let mut storms = Vec::new();
    if let Some(wrk) = options.wrk.take() {
        let wrk = Wrk::new(wrk)?;
        let tenant = tenant::start().await?;
        let (redis, postgres) = (options.redis.take(), options.postgres.take());
        let stores = Stores::start(redis.as_deref(), postgres.as_deref(), &mut plan)?;
        rocket::add(&mut plan, &options.programs, stores.redis.as_ref()).await?;
        ours::add(&mut plan, &options.programs, &tenant, &stores).await?;
        axum::add(&mut plan, &options.programs, &tenant).await?;
        node::add(&mut plan, &options.programs, &tenant).await;
        // What is measured by then is not lost for it.
        if let Err(why) = growth::add(&mut plan, &options.programs, &tenant).await {
            plan.miss("growth", why);
        }
        plan.run(&wrk, &tenant).await?;
        storms = storms::run(&plan, &wrk, &tenant)?;
    }
    let took = begun.elapsed();
    report::write(&options.output, &report::Findings { machine, plan, storms, build: options.build, took })
}
