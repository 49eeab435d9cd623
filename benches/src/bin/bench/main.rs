//! Measures what guards cost: the library's, those of its peers, and guards by hand, in one run and in turns.
//!
//! `cargo xtask bench` builds what is compared, and runs this with the tools that it has found.

mod axum;
mod growth;
mod instructions;
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
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use instructions::Callgrind;
use load::Wrk;
use logto_dev::Tenant;
use machine::Machine;
use process::Programs;
use rounds::Plan;
use stores::Stores;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What the task has found and wants.
struct Options {
    programs: Programs,
    wrk: Option<PathBuf>,
    valgrind: Option<PathBuf>,
    redis: Option<PathBuf>,
    /// The directory with the programs of PostgreSQL.
    postgres: Option<PathBuf>,
    /// What could not be found or installed, with the reason.
    missing: Vec<(String, String)>,
    /// What the attributes cost to build.
    build: Value,
    output: PathBuf,
    /// Where callgrind writes what it has counted.
    callgrind_output: PathBuf,
    quick: bool,
    /// Counts instructions and measures no time.
    instructions_only: bool,
}

impl Options {
    /// One line of JSON on the standard input.
    fn read() -> Outcome<Options> {
        let told: Value = logto_benches::server::settings()?;
        let path = |name: &str| told.get(name).and_then(Value::as_str).map(PathBuf::from);
        let flag = |name: &str| told.get(name).is_some_and(|told| *told == json!(true));
        let missing = told.get("missing").and_then(Value::as_object).into_iter().flatten();
        Ok(Options {
            programs: Programs::beside_this(path("node"), path("node_directory"))?,
            wrk: path("wrk"),
            valgrind: path("valgrind"),
            redis: path("redis"),
            postgres: path("postgres"),
            missing: missing
                .map(|(name, why)| (name.clone(), why.as_str().unwrap_or_default().to_owned()))
                .collect(),
            build: told.get("build").cloned().unwrap_or(Value::Null),
            output: path("output").ok_or("no output")?,
            callgrind_output: path("callgrind_output").ok_or("no place for what callgrind writes")?,
            quick: flag("quick"),
            instructions_only: flag("instructions_only"),
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
    let tenant = tenant::start().await?;
    let stores = Stores::start(options.redis.as_deref(), options.postgres.as_deref(), &mut plan)?;
    let instructions = count_instructions(&options, &tenant, &stores, &mut plan).await?;
    if options.instructions_only {
        print!("{}", report::instructions_page(&instructions, &plan.missing)?);
        return Ok(());
    }
    let mut storms = Vec::new();
    if let Some(wrk) = options.wrk.take() {
        let wrk = Wrk::new(wrk)?;
        add_without_node(&mut plan, &options.programs, &tenant, &stores).await?;
        node::add(&mut plan, &options.programs, &tenant).await;
        // What is measured by then is not lost for it.
        if let Err(why) = growth::add(&mut plan, &options.programs, &tenant).await {
            plan.miss("growth", why);
        }
        plan.run(&wrk, &tenant).await?;
        storms = storms::run(&plan, &wrk, &tenant)?;
    }
    let took = begun.elapsed();
    let findings = report::Findings { machine, plan, storms, instructions, build: options.build, took };
    report::write(&options.output, &findings)
}

/// The candidates in Rust.
async fn add_without_node(
    plan: &mut Plan,
    programs: &Programs,
    tenant: &Arc<Tenant>,
    stores: &Stores,
) -> Outcome<()> {
    rocket::add(plan, programs, stores.redis.as_ref()).await?;
    ours::add(plan, programs, tenant, stores).await?;
    axum::add(plan, programs, tenant).await
}

/// The instructions of each candidate for a request, where there is a valgrind to count them.
async fn count_instructions(
    options: &Options,
    tenant: &Arc<Tenant>,
    stores: &Stores,
    plan: &mut Plan,
) -> Outcome<Vec<(String, f64)>> {
    let Some(valgrind) = &options.valgrind else { return Ok(Vec::new()) };
    let callgrind = Callgrind::new(valgrind.clone(), options.callgrind_output.clone())?;
    let mut counted = Plan::new(options.quick, Vec::new())?;
    add_without_node(&mut counted, &options.programs.counted(callgrind), tenant, stores).await?;
    let instructions = counted.count_instructions(tenant).await;
    plan.missing.append(&mut counted.missing);
    Ok(instructions)
}
