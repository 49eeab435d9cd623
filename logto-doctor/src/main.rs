//! Checks the Logto settings of a Rocket application against its tenant. See the README.

#![forbid(unsafe_code)]

mod options;
mod unreadable;

use std::io::Write;
use std::process::ExitCode;

use logto_rocket::Logto;
use logto_rocket::doctor::DoctorReport;
use options::{Command, HELP, Options};
use rocket::Config;
use rocket::figment::providers::{Env, Format, Toml};
use rocket::figment::value::Value;
use rocket::figment::{Figment, Profile};

/// A check failed.
const FAILED: u8 = 1;
/// The program could not check anything.
const UNUSABLE: u8 = 2;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(what) => {
            // Nobody reads a message whose stream is closed.
            let _ = writeln!(std::io::stderr(), "logto-doctor: {what}");
            ExitCode::from(UNUSABLE)
        }
    }
}

fn run() -> Result<ExitCode, String> {
    let options = match options::parse(lexopt::Parser::from_env()).map_err(|error| error.to_string())? {
        Command::Check(options) => options,
        Command::Help => return print(HELP).map(|()| ExitCode::SUCCESS),
        Command::Version => {
            return print(concat!("logto-doctor ", env!("CARGO_PKG_VERSION"))).map(|()| ExitCode::SUCCESS);
        }
    };
    let figment = figment(&options)?;
    let report = check(&figment, &options)?;
    if options.json {
        let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        print(&json)?;
    } else {
        print(&report.to_string())?;
    }
    Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn check(figment: &Figment, options: &Options) -> Result<DoctorReport, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    let doctor = Logto::doctor(figment);
    let doctor = if options.account_api { doctor.account_api() } else { doctor };
    Ok(runtime.block_on(async { doctor.await }))
}

/// The settings as `rocket::build()` reads them, from another file or for another profile where the options name one.
fn figment(options: &Options) -> Result<Figment, String> {
    let file = match &options.config {
        Some(path) if !path.is_file() => return Err(format!("there is no file {}", path.display())),
        Some(path) => Toml::file_exact(path),
        None => Toml::file(Env::var_or("ROCKET_CONFIG", "Rocket.toml")),
    };
    let profile = match &options.profile {
        Some(profile) => Profile::from(profile.as_str()),
        None => Profile::from_env_or("ROCKET_PROFILE", Config::DEFAULT_PROFILE),
    };
    let figment = Figment::from(Config::default())
        .merge(file.nested())
        .merge(Env::prefixed("ROCKET_").ignore(&["PROFILE"]).global())
        .select(profile);
    // A file that is not TOML would look like one without settings.
    match figment.extract_inner::<Value>("port") {
        Ok(_) => Ok(figment),
        Err(error) => Err(unreadable::explain(&error)),
    }
}

fn print(text: &str) -> Result<(), String> {
    writeln!(std::io::stdout(), "{text}").map_err(|error| format!("cannot write: {error}"))
}
