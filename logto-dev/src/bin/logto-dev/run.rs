//! Runs the tenant and takes over changes of its file.

use std::convert::Infallible;
use std::time::Duration;

use logto_dev::{ApplicationSettings, Error, Reloaded, Tenant, TenantBuilder, TenantFile};
use tokio::time::{Interval, MissedTickBehavior};

use crate::arguments::{DEFAULT_PORT, Options};
use crate::output::{complain, say, whole};
use crate::stop;

/// How often the file is read.
const INTERVAL: Duration = Duration::from_millis(250);

pub(crate) fn run(options: &Options) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the program cannot start: {error}"))?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Options) -> Result<(), String> {
    let mut file = TenantFile::open(&options.file).map_err(|error| advised(&error))?;
    let described = file.describe().map_err(|error| advised(&error))?;
    let tenant = with_options(described, options).start().await.map_err(|error| advised(&error))?;
    // Whoever has read the settings may stop the program: so signals count from before they are shown.
    let stop = stop::asked_for(options.until_stdin_closes);
    tokio::pin!(stop);
    let ended = tokio::select! {
        biased;
        ended = &mut stop => ended,
        never = keep_up(&tenant, &mut file, options) => match never {},
    };
    tenant.shutdown().await;
    complain("logto-dev: stopped");
    ended.map_err(|error| format!("the program cannot wait for signals: {error}"))
}

fn with_options(described: TenantBuilder, options: &Options) -> TenantBuilder {
    let described = described.dev_pages(true);
    let described = match options.address {
        Some(address) => described.address(address),
        None => described,
    };
    match options.port {
        Some(port) => described.port(port),
        None => described.port_or(DEFAULT_PORT),
    }
}

/// Shows the settings, and takes over changes of the file until the program ends.
async fn keep_up(tenant: &Tenant, file: &mut TenantFile, options: &Options) -> Infallible {
    let mut shown = tenant.applications().settings();
    introduce(tenant, &shown);
    let mut ticks = ticks();
    loop {
        ticks.tick().await;
        let Some(changed) = file.changed() else { continue };
        let path = file.path().display();
        match changed.and_then(|description| tenant.reload(with_options(description, options))) {
            Ok(reloaded) => {
                complain(&format!("logto-dev: {path} has changed and was applied{}", summary(&reloaded)));
                let settings = tenant.applications().settings();
                if settings != shown {
                    show(&settings);
                    shown = settings;
                }
            }
            Err(error) => {
                let error = advised(&error);
                complain(&format!(
                    "logto-dev: {path} has changed but was not applied; the tenant is unchanged.\n  {error}"
                ));
            }
        }
    }
}

/// New content of the file counts when it was read twice, so there is a pause between two reads even if the program
/// itself has stood still.
fn ticks() -> Interval {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn introduce(tenant: &Tenant, settings: &[ApplicationSettings]) {
    say(&format!("The tenant is at {0}. Its page is {0}/dev/", tenant.endpoint()));
    if settings.is_empty() {
        say(
            "No application has a redirect URI, so there are no settings to paste. Add an [[application]] to the file.",
        );
    }
    show(settings);
}

fn show(settings: &[ApplicationSettings]) {
    for application in settings {
        let name = application.name().replace(char::is_control, " ");
        say(&format!(
            "\nSettings for {name}, in Rocket.toml:\n\n{}\nor in the environment:\n\n{}",
            application.toml(),
            application.environment(),
        ));
    }
}

fn summary(reloaded: &Reloaded) -> String {
    let parts = [
        ("added users", &reloaded.added_users),
        ("removed users", &reloaded.removed_users),
        ("added applications", &reloaded.added_applications),
        ("removed applications", &reloaded.removed_applications),
    ];
    let named = parts.iter().filter(|(_, names)| !names.is_empty());
    let mut summary: String = named.map(|(what, names)| format!("; {what}: {}", names.join(", "))).collect();
    if let Some(address) = reloaded.ignored_address {
        summary.push_str(&format!("; address {address} takes effect at the next start"));
    }
    if let Some(port) = reloaded.ignored_port {
        summary.push_str(&format!("; port {port} takes effect at the next start"));
    }
    summary
}

/// An error with what to do in this program.
fn advised(error: &Error) -> String {
    let said = whole(error);
    match error {
        Error::PortTaken(port) => format!(
            "port {port} is in use: stop the process that listens there, or choose another port with --port or `port` in \
             the file"
        ),
        Error::Unreadable { .. } => format!("{said}. Write an example with: logto-dev init"),
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::MissedTickBehavior;

    #[tokio::test]
    async fn reads_of_the_file_have_a_pause_between_them() {
        assert_eq!(super::ticks().missed_tick_behavior(), MissedTickBehavior::Delay);
    }
}
