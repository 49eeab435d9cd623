//! The README of the example is run: each of its commands, by the shell and `curl`, against the example itself.

use std::path::Path;
use std::process::Command;

use logto_tests::{App, ORIGIN, rocket_settings};
use orders_api::tour::{self, README, Step};
use orders_api::{built_in, resource};
use rocket::figment::Figment;
use url::Url;

/// Set to `overwrite`, the answers are written into the README instead of compared with it.
const VARIABLE: &str = "ORDERS_README";

/// Where the README says that the tenant is.
const TENANT: &str = "http://localhost:3001";

#[rocket::async_test]
async fn f01_f16_f19_f21_f23_the_readme_is_true() {
    let resource = resource(&Figment::new());
    assert_eq!(resource, format!("{ORIGIN}/api"));
    let tenant = built_in::describe(&resource).start().await.unwrap();
    let figment =
        rocket_settings().merge(("logto.unguarded", "deny")).merge(("logto.resource_metadata", true));
    let figment = built_in::configure(figment.merge(("logto.resources", [resource])), &tenant);
    let app = App::serve(orders_api::rocket(figment)).await;
    let pat_of = |person: &str| tenant.users().personal_access_token(person).unwrap();
    let (pat, sams) = (pat_of("dana"), pat_of("sam"));
    let endpoint = tenant.endpoint().to_owned();
    let tenant_port = Url::parse(&endpoint).unwrap().port().unwrap();
    let script = script(&tour::steps(), app.address().port(), tenant_port);
    // Without keeping the runtime from serving what the commands ask for.
    let output = rocket::tokio::task::spawn_blocking(move || {
        Command::new("sh").arg("-c").arg(script).env("PAT", pat).env("SAMS_PAT", sams).output()
    });
    let output = output.await.unwrap().expect("this test needs a shell");
    let said = String::from_utf8(output.stdout).unwrap().replace(&endpoint, TENANT);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<&str> = said.split(MARK).skip(1).collect();
    let steps = tour::steps();
    assert_eq!(answers.len(), steps.len(), "{said}");
    if std::env::var(VARIABLE).as_deref() == Ok("overwrite") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/orders-api/README.md");
        std::fs::write(path, written(&steps, &answers)).unwrap();
        return;
    }
    assert!(steps.len() > 15, "{steps:?}");
    for (step, answer) in steps.iter().zip(answers) {
        assert_eq!(
            step.output.trim_end(),
            answer.trim(),
            "{}\n`{VARIABLE}=overwrite cargo test -p logto-tests --test it orders_api` writes what is true now",
            step.command
        );
    }
}

/// What stands before each answer.
const MARK: &str = "\n@@@@\n";

/// The commands as they are, with a `curl` that finds both where they really listen.
fn script(steps: &[Step], app: u16, tenant: u16) -> String {
    let mut script = format!(
        "set -e\ncurl() {{ command curl --noproxy '*' --connect-to localhost:8000:127.0.0.1:{app} \
         --connect-to localhost:3001:127.0.0.1:{tenant} \"$@\"; }}\n"
    );
    for step in steps {
        script += &format!("printf '\\n@@@@\\n'\n{}\n", step.command);
    }
    script
}

/// The README with these answers.
fn written(steps: &[Step], answers: &[&str]) -> String {
    let mut readme = String::new();
    let (mut inside, mut next) = (false, 0);
    for line in README.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && !line.starts_with("$ ") {
            continue;
        }
        readme += &format!("{line}\n");
        if inside && line.starts_with("$ ") {
            assert_eq!(line, format!("$ {}", steps[next].command));
            let answer = answers[next].trim();
            if !answer.is_empty() {
                readme += &format!("{answer}\n");
            }
            next += 1;
        }
    }
    readme
}
