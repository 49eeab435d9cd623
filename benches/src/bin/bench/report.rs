//! The report: `performance.md` for people, `performance.json` for programs.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;
use std::time::Duration;

use logto_benches::SESSION_BYTES;
use serde_json::{Map, Value, json};

use crate::Outcome;
use crate::machine::Machine;
use crate::ratios::{Line, added, each, ratios};
use crate::rounds::{CONNECTIONS, Plan};
use crate::statistics::Figure;
use crate::storms::Storm;
use crate::tenant::MEMBERSHIPS;

/// All that a run has found.
pub(crate) struct Findings {
    pub(crate) machine: Machine,
    pub(crate) plan: Plan,
    pub(crate) storms: Vec<Storm>,
    /// Instructions of the server for a request, by candidate.
    pub(crate) instructions: Vec<(String, f64)>,
    pub(crate) build: Value,
    pub(crate) took: Duration,
}

pub(crate) fn write(directory: &Path, findings: &Findings) -> Outcome<()> {
    fs::create_dir_all(directory)?;
    let (ratios, added) = (ratios(&findings.plan, &findings.build), added(&findings.plan));
    let page = page(findings, &ratios, &added)?;
    fs::write(directory.join("performance.md"), page)?;
    let data = serde_json::to_string_pretty(&data(findings, &ratios, &added))?;
    fs::write(directory.join("performance.json"), data + "\n")?;
    Ok(())
}

fn page(findings: &Findings, ratios: &[Line], added: &[Line]) -> Result<String, fmt::Error> {
    let Findings { machine, plan, storms, instructions, build, took } = findings;
    let mut page = String::from("# What it costs\n\nWritten by `cargo xtask bench`; do not edit.\n\n");
    writeln!(
        page,
        "Measured on {} with {} processors ({}), {}, {}, commit {}. {} round{} of one second for each candidate, in \
         turns, {CONNECTIONS} connections; release builds with thin LTO. Figures are medians over rounds, with the \
         first and the third quartile. The run took {} s. Compare figures of one run with each other, not with those \
         of another machine.\n",
        machine.processor,
        machine.processors,
        machine.kernel,
        machine.rustc,
        machine.day,
        machine.commit,
        plan.rounds,
        if plan.rounds == 1 { "" } else { "s" },
        took.as_secs(),
    )?;
    if machine.busy > 0.1 || machine.busy.is_nan() {
        writeln!(
            page,
            "**The machine was busy with other things: {:.0} % of its processors' time, before the run.**\n",
            machine.busy * 100.0
        )?;
    }
    if plan.quick {
        writeln!(page, "**A quick run: it shows that everything works, and its figures say little.**\n")?;
    }
    writeln!(page, "## Ratios\n")?;
    table(&mut page, "ratio", ratios, 2)?;
    writeln!(
        page,
        "\n## Added CPU time\n\nIn microseconds of the server for a request, over the candidate's own open route with \
         the same headers.\n"
    )?;
    table(&mut page, "candidate", added, 1)?;
    writeln!(
        page,
        "\n## Instructions\n\nInstructions of the server for a request, counted by callgrind in the same release builds. \
         They do not depend on what else the machine does. Callgrind's processor has no instructions for SHA, so what \
         hashes counts for more here than it takes.\n"
    )?;
    page.push_str(&instructions_table(instructions)?);
    missing(&mut page, &plan.missing)?;
    growth(&mut page, plan)?;
    storm_table(&mut page, storms)?;
    build_table(&mut page, build)?;
    measurements(&mut page, plan)?;
    Ok(page)
}

fn table(page: &mut String, kind: &str, lines: &[Line], digits: usize) -> fmt::Result {
    writeln!(page, "| {kind} | median | quartiles | aim | meaning |\n|---|---|---|---|---|")?;
    for Line { name, meaning, aim, figure } in lines {
        match figure {
            Some(Figure { median, low, high }) => writeln!(
                page,
                "| `{name}` | {median:.digits$} | {low:.digits$} to {high:.digits$} | {aim} | {meaning} |"
            )?,
            None => writeln!(page, "| `{name}` | missing | | {aim} | {meaning} |")?,
        }
    }
    Ok(())
}

/// The instructions alone, and whose could not be counted.
pub(crate) fn instructions_page(
    instructions: &[(String, f64)],
    not_counted: &[(String, String)],
) -> Result<String, fmt::Error> {
    let mut page = instructions_table(instructions)?;
    missing(&mut page, not_counted)?;
    Ok(page)
}

/// Of each candidate, with what a guard adds to the open route of the same server.
fn instructions_table(instructions: &[(String, f64)]) -> Result<String, fmt::Error> {
    let mut table = String::from("| | a request | added | of its open route |\n|---|---|---|---|\n");
    for (name, counted) in instructions {
        let open = open_route_of(name);
        let open = instructions.iter().find(|(known, _)| *known == open && known != name);
        match open {
            Some((_, open)) => {
                writeln!(
                    table,
                    "| `{name}` | {counted:.0} | {:.0} | {:.2} |",
                    counted - open,
                    counted / open
                )?;
            }
            None => writeln!(table, "| `{name}` | {counted:.0} | | |")?,
        }
    }
    Ok(table)
}

/// The open route to which a request with the same headers goes.
fn open_route_of(name: &str) -> String {
    match name.split_once('/') {
        Some(("nobody", "open")) => "bare_rocket/open".to_owned(),
        // Each request has a token of its own, of the same length.
        Some(("bearer_cold", _)) => "bearer/open".to_owned(),
        Some((candidate, _)) => format!("{candidate}/open"),
        None => String::new(),
    }
}

fn missing(page: &mut String, missing: &[(String, String)]) -> fmt::Result {
    writeln!(page, "\n## Missing\n")?;
    if missing.is_empty() {
        writeln!(page, "Nothing: every candidate was measured.")?;
    }
    for (name, why) in missing {
        let why = why.lines().next().unwrap_or_default();
        writeln!(page, "- `{name}`: {why}")?;
    }
    Ok(())
}

fn growth(page: &mut String, plan: &Plan) -> fmt::Result {
    writeln!(
        page,
        "\n## Growth\n\nSessions are in memory. A thousand people sign in, and requests go through their sessions in \
         turn; the rest of a million are sessions of others that the store holds ({SESSION_BYTES} bytes each, written \
         through `SessionStore`). Members go through their organizations in turn.\n"
    )?;
    writeln!(page, "| | CPU a request, µs | added, µs |\n|---|---|---|")?;
    let sessions =
        [("1 session", "sessions_1"), ("10³ sessions", "sessions_1e3"), ("10⁶ sessions", "sessions_1e6")];
    let rows = sessions.map(|(title, name)| (title.to_owned(), name.to_owned()));
    let members = MEMBERSHIPS.map(|count| {
        let title = format!("{count} organization{}", if count == 1 { "" } else { "s" });
        (title, format!("organizations_{count}"))
    });
    for (title, name) in rows.into_iter().chain(members) {
        let (guarded, open) = (format!("{name}/guarded"), format!("{name}/open"));
        let whole = each(plan, [&guarded], |[guarded]| guarded.cpu_us);
        let added = each(plan, [&guarded, &open], |[guarded, open]| guarded.cpu_us - open.cpu_us);
        writeln!(page, "| {title} | {} | {} |", shown(whole, 1), shown(added, 1))?;
    }
    writeln!(page)?;
    let facts = [
        ("bytes_a_session_at_rest", "bytes of memory for a session that the store holds"),
        ("bytes_a_session_in_use", "bytes of memory for a session that was just signed in and used"),
        ("session_cookie_bytes", "bytes of the cookie that holds a whole session"),
    ];
    for (name, meaning) in facts {
        if let Some(value) = plan.facts.get(name) {
            writeln!(page, "- {meaning}: {value:.0}")?;
        }
    }
    Ok(())
}

fn storm_table(page: &mut String, storms: &[Storm]) -> fmt::Result {
    writeln!(
        page,
        "\n## Floods of forgeries\n\nHonest traffic sends cached bearer tokens over 8 connections, at most 1,000 a \
         second. The flood sends at most 2,000 a second besides.\n"
    )?;
    writeln!(
        page,
        "| flood | honest p50, ms | honest p99, ms | honest requests/s | flood requests/s | honest requests refused or \
         lost | requests for keys at the tenant |\n|---|---|---|---|---|---|---|"
    )?;
    let ms = |figure: Figure| {
        shown(Some(Figure { median: figure.median / 1e3, low: figure.low / 1e3, high: figure.high / 1e3 }), 2)
    };
    for storm in storms {
        writeln!(
            page,
            "| {} | {} | {} | {:.0} | {} | {:.0} | {} |",
            storm.name,
            ms(storm.p50_us),
            ms(storm.p99_us),
            storm.good.median,
            storm.flood.map_or_else(String::new, |flood| format!("{:.0}", flood.median)),
            storm.hurt,
            storm.key_requests,
        )?;
    }
    Ok(())
}

fn build_table(page: &mut String, build: &Value) -> fmt::Result {
    writeln!(
        page,
        "\n## Building 100 guarded routes\n\nMedians in seconds; what they depend on is built before.\n"
    )?;
    writeln!(page, "| | `cargo check` | `cargo build` |\n|---|---|---|")?;
    let seconds = |subcommand: &str, variant: &str| {
        let seconds = build.get(subcommand).and_then(|times| times.get(variant)).and_then(Value::as_f64);
        seconds.map_or_else(String::new, |seconds| format!("{seconds:.2}"))
    };
    let variants = build.get("check").and_then(Value::as_object).into_iter().flatten();
    for (variant, _) in variants {
        writeln!(page, "| {variant} | {} | {} |", seconds("check", variant), seconds("build", variant))?;
    }
    Ok(())
}

fn measurements(page: &mut String, plan: &Plan) -> fmt::Result {
    writeln!(page, "\n## Measurements\n\n| | requests/s | CPU a request, µs | p99, ms |\n|---|---|---|---|")?;
    for (name, samples) in &plan.samples {
        let rate = Figure::of(samples.iter().filter_map(|sample| sample.requests_per_second));
        let cpu = Figure::of(samples.iter().map(|sample| sample.cpu_us));
        let p99 = Figure::of(samples.iter().map(|sample| sample.p99_us / 1e3));
        writeln!(page, "| `{name}` | {} | {} | {} |", shown(rate, 0), shown(cpu, 1), shown(p99, 2))?;
    }
    Ok(())
}

fn shown(figure: Option<Figure>, digits: usize) -> String {
    figure.map_or_else(String::new, |Figure { median, low, high }| {
        format!("{median:.digits$} ({low:.digits$} to {high:.digits$})")
    })
}

fn data(findings: &Findings, ratios: &[Line], added: &[Line]) -> Value {
    let Findings { machine, plan, storms, instructions, build, took } = findings;
    let instructions: Map<String, Value> =
        instructions.iter().map(|(name, counted)| (name.clone(), json!(counted.round()))).collect();
    let medians = |lines: &[Line]| -> Map<String, Value> {
        lines
            .iter()
            .map(|line| (line.name.to_owned(), json!(line.figure.map(|figure| figure.median))))
            .collect()
    };
    let quartiles = |lines: &[Line]| -> Map<String, Value> {
        let pair = |figure: Figure| [figure.low, figure.high];
        lines.iter().map(|line| (line.name.to_owned(), json!(line.figure.map(pair)))).collect()
    };
    let measurements: Map<String, Value> = plan
        .samples
        .iter()
        .map(|(name, samples)| {
            let rates: Vec<Option<f64>> = samples.iter().map(|sample| sample.requests_per_second).collect();
            let times: Vec<f64> = samples.iter().map(|sample| sample.cpu_us).collect();
            (name.clone(), json!({ "requests_per_second": rates, "cpu_us": times }))
        })
        .collect();
    let storms: Map<String, Value> = storms
        .iter()
        .map(|storm| {
            let told = json!({
                "p50_us": storm.p50_us.median,
                "p99_us": storm.p99_us.median,
                "good_per_second": storm.good.median,
                "flood_per_second": storm.flood.map(|flood| flood.median),
                "good_refused_or_lost": storm.hurt,
                "key_requests": storm.key_requests,
            });
            (storm.name.replace(' ', "_"), told)
        })
        .collect();
    let missing: Map<String, Value> =
        plan.missing.iter().map(|(name, why)| (name.clone(), json!(why.lines().next()))).collect();
    json!({
        "ratios": medians(ratios),
        "added_us": medians(added),
        "quartiles": { "ratios": quartiles(ratios), "added_us": quartiles(added) },
        "missing": missing,
        "facts": plan.facts,
        "storms": storms,
        "instructions": instructions,
        "build_seconds": build,
        "measurements": measurements,
        "run": {
            "quick": plan.quick,
            "rounds": plan.rounds,
            "connections": CONNECTIONS,
            "seconds": took.as_secs(),
            "processor": machine.processor,
            "processors": machine.processors,
            "kernel": machine.kernel,
            "rustc": machine.rustc,
            "commit": machine.commit,
            "day": machine.day,
            "busy_before": machine.busy,
        },
    })
}
