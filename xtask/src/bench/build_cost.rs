//! What the attributes cost to build: an application with a hundred guarded routes and twenty permissions, several
//! times over.
//!
//! They differ in their guards alone: our attributes on the handlers, our attribute on structs, guards written by
//! hand, and `#[protect]` of rocket-grants. They are measured in turns within one run, and only their ratio says
//! anything.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::json::object;
use crate::command::Failure;

const ROUTES: usize = 100;
const PERMISSIONS: usize = 20;
const ROUNDS: usize = 7;

struct Variant {
    name: &'static str,
    dependencies: &'static str,
    head: &'static str,
    /// What there is for each permission; `{p}` is its number.
    permission: &'static str,
    /// A route; `{n}` is its number, `{p}` that of its permission.
    route: &'static str,
    /// What the application is built with, besides its routes.
    attach: &'static str,
}

const LOGTO: &str = "logto-rocket = { path = \"{root}/logto-rocket\" }";
const ATTACH: &str = ".attach(logto_rocket::Logto::fairing())";

/// What somebody writes who knows Rocket: a guard for each permission.
const BY_HAND: Variant = Variant {
    name: "by-hand",
    dependencies: LOGTO,
    head: r#"
use logto_rocket::Identity;
use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
"#,
    permission: r#"
struct Permission{p}(Identity);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Permission{p} {
    type Error = logto_rocket::AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        match Identity::from_request(request).await {
            Outcome::Success(who) if who.scopes().contains("do:{p}") => Outcome::Success(Permission{p}(who)),
            Outcome::Success(_) => Outcome::Forward(Status::Forbidden),
            Outcome::Error(error) => Outcome::Error(error),
            Outcome::Forward(status) => Outcome::Forward(status),
        }
    }
}
"#,
    // The same parameters as under an attribute.
    route: r#"
#[rocket::get("/route{n}/<id>")]
async fn route{n}(guard: Permission{p}, who: Identity, id: u64) -> String {
    drop(guard.0);
    format!("{id} {}", who.subject())
}
"#,
    attach: ATTACH,
};

const VARIANTS: [Variant; 5] = [
    BY_HAND,
    Variant {
        name: "by-hand-one",
        // One parameter, which is the guard and knows who came.
        route: r#"
#[rocket::get("/route{n}/<id>")]
async fn route{n}(guard: Permission{p}, id: u64) -> String { format!("{id} {}", guard.0.subject()) }
"#,
        ..BY_HAND
    },
    Variant {
        name: "attributes",
        dependencies: LOGTO,
        head: "use logto_rocket::{Identity, require_auth};\n",
        permission: "",
        route: r#"
#[require_auth(scopes = "do:{p}")]
#[rocket::get("/route{n}/<id>")]
async fn route{n}(who: Identity, id: u64) -> String { format!("{id} {}", who.subject()) }
"#,
        attach: ATTACH,
    },
    Variant {
        name: "on-structs",
        dependencies: LOGTO,
        head: "use logto_rocket::{Identity, require_auth};\n",
        permission: r#"
#[require_auth(scopes = "do:{p}")]
struct Permission{p}(Identity);
"#,
        route: r#"
#[rocket::get("/route{n}/<id>")]
async fn route{n}(guard: Permission{p}, id: u64) -> String { format!("{id} {}", guard.0.subject()) }
"#,
        attach: ATTACH,
    },
    Variant {
        name: "grants",
        dependencies: "rocket-grants = \"0.1.5\"\nlogto-rocket = { path = \"{root}/logto-rocket\" }",
        head: "use logto_rocket::Identity;\n",
        permission: "",
        route: r#"
#[rocket_grants::protect("do:{p}")]
#[rocket::get("/route{n}/<id>")]
async fn route{n}(who: Identity, id: u64) -> String { format!("{id} {}", who.subject()) }
"#,
        attach: ATTACH,
    },
];

/// Subcommands of cargo that are measured.
const MEASURED: [&str; 2] = ["check", "build"];

/// Returns the medians in seconds as JSON: by subcommand, and in that by application.
pub(super) fn run(root: &Path, quick: bool) -> Result<String, Failure> {
    let place = root.join("target/bench");
    write_workspace(root, &place)?;
    let rounds = if quick { 1 } else { ROUNDS };
    let mut measured = Vec::new();
    for subcommand in MEASURED {
        // The first time also builds what all of them depend on.
        println!("\n== cargo {subcommand} of {ROUTES} guarded routes");
        for variant in &VARIANTS {
            time(&place, variant, subcommand)?;
        }
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); VARIANTS.len()];
        for _ in 0..rounds {
            for (variant, times) in VARIANTS.iter().zip(&mut times) {
                touch(&place, variant)?;
                times.push(time(&place, variant, subcommand)?);
            }
        }
        let medians: Vec<f64> = times.iter_mut().map(|times| median(times).as_secs_f64()).collect();
        for (variant, took) in VARIANTS.iter().zip(&medians) {
            println!("  {:<14} {took:>6.2} s  {:>5.2} of by-hand", variant.name, took / medians[0]);
        }
        let members =
            VARIANTS.iter().zip(&medians).map(|(variant, took)| (variant.name, format!("{took:.3}")));
        measured.push((subcommand, object(members)));
    }
    Ok(object(measured))
}

/// The applications in a workspace of their own, so that they share what they depend on.
fn write_workspace(root: &Path, place: &Path) -> Result<(), Failure> {
    let members: Vec<&str> = VARIANTS.iter().map(|variant| variant.name).collect();
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = {members:?}\n\n[profile.dev]\nincremental = false\n"
    );
    write(&place.join("Cargo.toml"), &manifest)?;
    for variant in &VARIANTS {
        let package = place.join(variant.name);
        let manifest = format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             rocket = {{ version = \"0.5.1\", default-features = false }}\n{}\n",
            variant.name,
            variant.dependencies.replace("{root}", &root.display().to_string()),
        );
        write(&package.join("Cargo.toml"), &manifest)?;
        write(&main_of(place, variant), &source(variant))?;
    }
    Ok(())
}

fn source(variant: &Variant) -> String {
    let mut source = variant.head.to_owned();
    let mut names = String::new();
    for permission in 0..PERMISSIONS {
        source.push_str(&variant.permission.replace("{p}", &permission.to_string()));
    }
    for number in 0..ROUTES {
        let permission = (number % PERMISSIONS).to_string();
        source.push_str(&variant.route.replace("{n}", &number.to_string()).replace("{p}", &permission));
        let _ = write!(names, "route{number},");
    }
    let _ = write!(
        source,
        "\n#[rocket::launch]\nfn rocket() -> _ {{ rocket::build(){}.mount(\"/\", rocket::routes![{names}]) }}\n",
        variant.attach
    );
    source
}

fn main_of(place: &Path, variant: &Variant) -> PathBuf {
    place.join(variant.name).join("src/main.rs")
}

fn touch(place: &Path, variant: &Variant) -> Result<(), Failure> {
    write(&main_of(place, variant), &source(variant))
}

fn time(place: &Path, variant: &Variant, subcommand: &str) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([subcommand, "--quiet", "-p", variant.name])
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(place)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("cargo cannot be run: {error}")))?;
    if output.status.success() {
        Ok(begun.elapsed())
    } else {
        Err(Failure::new(format!(
            "{} does not build:\n{}",
            variant.name,
            String::from_utf8_lossy(&output.stderr)
        )))
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}
