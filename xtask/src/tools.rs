//! What the tests and the benchmark need besides Rust: found, installed, or named.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{Failure, Step};

/// A program that somebody else makes.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    /// The variable of the environment that may name it.
    variable: &'static str,
    /// What it is called.
    names: &'static [&'static str],
    /// What Debian calls its package.
    pub(crate) package: &'static str,
}

const CHROMIUM: Tool = Tool {
    variable: "CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    package: "chromium",
};
pub(crate) const REDIS: Tool =
    Tool { variable: "REDIS_SERVER", names: &["redis-server", "valkey-server"], package: "redis-server" };
/// Debian has it from version 13 on.
pub(crate) const VALKEY: Tool =
    Tool { variable: "VALKEY_SERVER", names: &["valkey-server"], package: "valkey-server" };
/// Debian has it where only administrators look for programs.
const NGINX: Tool = Tool {
    variable: "NGINX_SERVER",
    names: &["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"],
    package: "nginx",
};
/// Names the directory with `initdb` and `postgres`: see [`find_postgres`].
const POSTGRES_VARIABLE: &str = "POSTGRES_BIN";
const POSTGRES_PACKAGE: &str = "postgresql";
pub(crate) const NODE: Tool = Tool { variable: "NODE", names: &["node"], package: "nodejs" };
pub(crate) const NPM: Tool = Tool { variable: "NPM", names: &["npm"], package: "npm" };
pub(crate) const WRK: Tool = Tool { variable: "WRK", names: &["wrk"], package: "wrk" };
pub(crate) const VALGRIND: Tool = Tool { variable: "VALGRIND", names: &["valgrind"], package: "valgrind" };

impl Tool {
    /// The program that the variable of the environment names, or one of those that are installed.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        let named = std::env::var_os(self.variable).map(PathBuf::from);
        named.or_else(|| self.names.iter().find_map(|name| find(name)))
    }

    /// The program, after an attempt to install it where the package lists have it. For what is not required.
    pub(crate) fn find_or_try_to_install(&self) -> Option<PathBuf> {
        self.find().or_else(|| {
            let mut known = Command::new("apt-cache");
            known.args(["show", self.package]).stdout(Stdio::null()).stderr(Stdio::null());
            known.status().is_ok_and(|status| status.success()).then(|| self.find_or_install().ok()).flatten()
        })
    }

    /// The program, after an attempt to install it.
    pub(crate) fn find_or_install(&self) -> Result<PathBuf, Failure> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        install(&[self.package])?;
        self.find().ok_or_else(|| Failure::new(format!("{} is installed, and not there", self.package)))
    }
}

/// Programs for the tests that were found.
pub(crate) struct Tools {
    pub(crate) chromium: PathBuf,
    pub(crate) redis: PathBuf,
    pub(crate) nginx: PathBuf,
    /// The directory with `initdb` and `postgres`.
    pub(crate) postgres: PathBuf,
}

/// The directory with PostgreSQL's `initdb` and `postgres`: the one that the variable of the environment names, or of
/// what is installed the newest. Debian has them where nobody looks for programs. The cluster that Debian's package
/// starts as a service is not used.
pub(crate) fn find_postgres() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(POSTGRES_VARIABLE) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<_> =
        Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten().collect();
    debian
        .sort_by_key(|version| std::cmp::Reverse(version.file_name().to_string_lossy().parse::<u32>().ok()));
    let mut places =
        std::env::split_paths(&path).chain(debian.into_iter().map(|version| version.path().join("bin")));
    places.find(|place| place.join("initdb").is_file() && place.join("postgres").is_file())
}

/// The same, after an attempt to install it.
pub(crate) fn find_or_install_postgres() -> Result<PathBuf, Failure> {
    if let Some(found) = find_postgres() {
        return Ok(found);
    }
    install(&[POSTGRES_PACKAGE])?;
    find_postgres().ok_or_else(|| Failure::new(format!("{POSTGRES_PACKAGE} is installed, and not there")))
}

pub(crate) fn find_or_install() -> Result<Tools, Failure> {
    let missing = missing();
    if !missing.is_empty() {
        install(&missing).map_err(|_| say(&missing))?;
    }
    match (CHROMIUM.find(), REDIS.find(), NGINX.find(), find_postgres()) {
        (Some(chromium), Some(redis), Some(nginx), Some(postgres)) if NPM.find().is_some() => {
            Ok(Tools { chromium, redis, nginx, postgres })
        }
        _ => Err(say(&self::missing())),
    }
}

/// Debian's names of the packages that the tests need and that are not there.
fn missing() -> Vec<&'static str> {
    let needed = [CHROMIUM, REDIS, NGINX, NODE, NPM];
    let missing = needed.iter().filter(|tool| tool.find().is_none()).map(|tool| tool.package);
    missing.chain(find_postgres().is_none().then_some(POSTGRES_PACKAGE)).collect()
}

fn install(packages: &[&'static str]) -> Result<(), Failure> {
    let is_root =
        std::env::var_os("USER").is_some_and(|user| user == "root") || Path::new("/root").read_dir().is_ok();
    if find("apt-get").is_none() || !is_root {
        let packages = packages.join(" ");
        return Err(Failure::new(format!("not installed (on Debian: apt-get install {packages})")));
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
        "these programs are missing: {}. Install them (on Debian: apt-get install {}), point CHROMIUM at a browser, \
         REDIS_SERVER at a Redis, NGINX_SERVER at an nginx and POSTGRES_BIN at the directory with initdb and postgres, or run the part that needs only Rust: cargo xtask test --rust",
        packages.join(", "),
        packages.join(" ")
    ))
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}
