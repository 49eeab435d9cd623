//! The program, run against a tenant.

#![allow(clippy::expect_used, reason = "a test fails where it panics")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use logto_dev::Tenant;
use logto_dev::recorded::{ROCKET_APP, SHOPPING_API};

const SECRET: &str = "hunter2-hunter2-hunter2";

/// Nothing listens there.
const NOWHERE: &str = "http://127.0.0.1:1";

fn tenant() -> Tenant {
    let (callback, home) = (format!("{NOWHERE}/logto/callback"), format!("{NOWHERE}/"));
    let tenant = Tenant::recorded().application_redirect(ROCKET_APP.id, callback, home);
    tenant.start_blocking().expect("a tenant")
}

/// A directory with a configuration file, which ends with its test.
struct Project(PathBuf);

impl Project {
    fn new(toml: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("logto-doctor-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        std::fs::write(path.join("Rocket.toml"), toml).expect("a file");
        Project(path)
    }

    fn of(tenant: &Tenant, app_secret: &str) -> Self {
        let (endpoint, app_id) = (tenant.endpoint(), ROCKET_APP.id);
        Project::new(&format!(
            "[default.logto]\nendpoint = \"{endpoint}\"\napp_id = \"{app_id}\"\nresources = [\"{SHOPPING_API}\"]\napp_secret = \"{app_secret}\"\npublic_url = \"{NOWHERE}\"\n"
        ))
    }

    /// Runs the program in the directory.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_logto-doctor"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROCKET_"))
        {
            command.env_remove(name);
        }
        command.args(arguments).current_dir(&self.0).output().expect("the program runs")
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_exit_code_says_whether_a_check_failed() {
    let tenant = tenant();
    let good = Project::of(&tenant, ROCKET_APP.secret).run(&["--profile", "debug"]);
    let (report, errors) = texts(&good);
    assert_eq!(good.status.code(), Some(0), "{report}{errors}");
    assert!(report.contains(" 0 failed,"), "{report}");
    assert!(!report.contains(ROCKET_APP.secret), "{report}");

    let bad = Project::of(&tenant, SECRET).run(&["--profile", "debug"]);
    let (report, errors) = texts(&bad);
    assert_eq!(bad.status.code(), Some(1), "{report}{errors}");
    assert!(report.contains("FAILED") && report.contains("app_secret"), "{report}");
    assert!(!format!("{report}{errors}").contains(SECRET), "{report}{errors}");

    let as_json = Project::of(&tenant, SECRET).run(&["--profile", "debug", "--json"]);
    let checks: serde_json::Value = serde_json::from_slice(&as_json.stdout).expect("JSON");
    let failed = checks.as_array().expect("a list").iter().filter(|check| check["verdict"] == "failed");
    assert_eq!(failed.map(|check| &check["name"]).collect::<Vec<_>>(), ["app_secret"]);
}

#[test]
fn the_profile_and_the_file_are_those_of_the_options() {
    let tenant = tenant();
    let project = Project::of(&tenant, ROCKET_APP.secret);
    let release = project.run(&["--profile", "release"]);
    assert_eq!(release.status.code(), Some(1));
    assert!(texts(&release).0.contains("cookie_keys: is missing"));

    let elsewhere = Project::new("");
    let path = project.0.join("Rocket.toml");
    let named = elsewhere.run(&["--profile", "debug", "--config", path.to_str().expect("a path")]);
    assert_eq!(named.status.code(), Some(0), "{:?}", texts(&named));
    let none = elsewhere.run(&["--profile", "debug"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(texts(&none).0.contains("endpoint: is missing"));
}

#[test]
fn o01_an_unreadable_file_is_explained_without_its_lines() {
    for (line, position) in [
        ("app_secret = hunter2", "line 2, column 14"),
        ("app_secret = \"hunter2", "line 2, column 22"),
        ("app_secret hunter2", "line 2, column 12"),
        ("app_secret = \"hunter2\" hunter2", "line 2, column 24"),
        ("app_secret = \"x\"\napp_secret = \"hunter2\"", "line 3, column 1"),
    ] {
        let project = Project::new(&format!("[default.logto]\n{line}\n"));
        for arguments in [&[][..], &["--config", "Rocket.toml"]] {
            let output = project.run(arguments);
            let (report, errors) = texts(&output);
            assert_eq!(output.status.code(), Some(2), "{report}{errors}");
            assert!(errors.contains("Rocket.toml") && errors.contains(position), "{position}: {errors}");
            assert!(!format!("{report}{errors}").contains("hunter2"), "{report}{errors}");
        }
    }
    // TOML, but not of the shape of profiles.
    let output = Project::new("app_secret = \"hunter2\"\n").run(&[]);
    assert!(
        !texts(&output).1.contains("hunter2") && !texts(&output).0.contains("hunter2"),
        "{:?}",
        texts(&output)
    );
}

#[test]
fn what_cannot_be_read_is_told_from_a_failed_check() {
    for (toml, arguments, told) in [
        ("", &["--nope"][..], "--nope"),
        ("", &["--config", "missing.toml"], "missing.toml"),
        ("[default.logto", &[], "cannot be read"),
    ] {
        let output = Project::new(toml).run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {:?}", texts(&output));
        assert!(texts(&output).1.contains(told), "{arguments:?}: {:?}", texts(&output));
    }
    let help = Project::new("").run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    assert!(texts(&help).0.contains("--profile NAME"));
}
