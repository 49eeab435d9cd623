//! What the tests need besides Rust: found, installed, or named.

use std::path::{Path, PathBuf};

use crate::command::{Failure, Step};

/// Programs that were found.
pub(crate) struct Tools {
    pub(crate) chromium: PathBuf,
    pub(crate) redis: PathBuf,
}

const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const REDIS: [&str; 2] = ["redis-server", "valkey-server"];

pub(crate) fn find_or_install() -> Result<Tools, Failure> {
    let missing = missing();
    if !missing.is_empty() {
        install(&missing)?;
    }
    match (named_or_any("CHROMIUM", &CHROMIUM), named_or_any("REDIS_SERVER", &REDIS)) {
        (Some(chromium), Some(redis)) if find("npm").is_some() => Ok(Tools { chromium, redis }),
        _ => Err(say(&self::missing())),
    }
}

/// Debian's names of the packages that are not there.
fn missing() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if named_or_any("CHROMIUM", &CHROMIUM).is_none() {
        packages.push("chromium");
    }
    if named_or_any("REDIS_SERVER", &REDIS).is_none() {
        packages.push("redis-server");
    }
    if find("node").is_none() {
        packages.push("nodejs");
    }
    if find("npm").is_none() {
        packages.push("npm");
    }
    packages
}

fn install(packages: &[&'static str]) -> Result<(), Failure> {
    let is_root =
        std::env::var_os("USER").is_some_and(|user| user == "root") || Path::new("/root").read_dir().is_ok();
    if find("apt-get").is_none() || !is_root {
        return Err(say(packages));
    }
    let here = Path::new(".");
    Step::new("package lists", "apt-get", ["update", "-qq"]).run(here)?;
    for package in packages {
        Step::new(&format!("installing {package}"), "apt-get", ["install", "-y", "-qq", package])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run(here)?;
    }
    Ok(())
}

fn say(packages: &[&str]) -> Failure {
    Failure::new(format!(
        "these programs are missing: {}. Install them (on Debian: apt-get install {}), point CHROMIUM at a browser \
         and REDIS_SERVER at a Redis, or run the part that needs only Rust: cargo xtask test --rust",
        packages.join(", "),
        packages.join(" ")
    ))
}

/// The program that a variable of the environment names, or one of those that are installed.
fn named_or_any(variable: &str, names: &[&str]) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).or_else(|| find_any(names))
}

fn find_any(names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| find(name))
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}
