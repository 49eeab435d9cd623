//! What a server says at launch, where it has the feature `testing`.

use rocket::fairing::AdHoc;
use rocket::{Build, Config, Orbit, Rocket};

use super::settings::{PORT_OF_SYSTEM, with_port_of_system};
use super::test_state::TestState;

/// What an application under test is launched as.
#[derive(Debug, PartialEq, Eq)]
enum Launched {
    LocalClient,
    Server,
    /// Either: its settings name a port, which a server binds and a local client only has in its settings.
    Unknown,
}

impl Launched {
    /// With the port in the settings, and the one that the application has at liftoff. They differ where a server has
    /// bound a port that the system has picked.
    fn with_ports(configured: Option<u16>, at_liftoff: u16) -> Self {
        match (configured, at_liftoff) {
            (Some(PORT_OF_SYSTEM), PORT_OF_SYSTEM) => Launched::LocalClient,
            (Some(PORT_OF_SYSTEM), _) => Launched::Server,
            _ => Launched::Unknown,
        }
    }
}

/// Gives the application what its tests use. The port is set behind the fairings of the application, since one of them may
/// set another.
pub(crate) fn manage(rocket: Rocket<Build>, test_state: TestState) -> Rocket<Build> {
    rocket.manage(test_state).attach(AdHoc::on_ignite("Logto: the port of a test", |rocket| async {
        let figment = with_port_of_system(rocket.figment().clone());
        rocket.configure(figment)
    }))
}

/// Stops a server that listens with the settings of a test. A client of `rocket::local` lifts off too, but has bound no
/// port. True if it was stopped.
pub(crate) fn refuses_to_listen(rocket: &Rocket<Orbit>) -> bool {
    if rocket.state::<TestState>().is_none() {
        if let Some(warning) = warning(!cfg!(debug_assertions)) {
            tracing::warn!(target: "logto", "{warning}");
        }
        return false;
    }
    let configured = rocket.figment().extract_inner(Config::PORT).ok();
    match Launched::with_ports(configured, rocket.config().port) {
        Launched::LocalClient => return false,
        Launched::Server => {
            tracing::error!(target: "logto", "the server shuts down, because it was launched with the settings of `logto_rocket::testing`: these are for clients of `rocket::local`, and a server must not listen with them; remove `testing::figment()` from what is launched")
        }
        Launched::Unknown => {
            tracing::error!(target: "logto", "the application shuts down, because a fairing sets `port` after all others, so `logto_rocket::testing` cannot tell whether a server listens; in tests, attach this fairing before the launch and not from another fairing, or leave `port` unset")
        }
    }
    rocket.shutdown().notify();
    true
}

fn warning(is_release: bool) -> Option<&'static str> {
    is_release.then_some(
        "this release build has the feature `testing` of `logto-rocket`, which is for tests alone; enable it under [dev-dependencies]",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_from_a_local_client_by_the_port_that_the_system_picks() {
        assert_eq!(Launched::with_ports(Some(0), 0), Launched::LocalClient);
        assert_eq!(Launched::with_ports(Some(0), 49152), Launched::Server);
        assert_eq!(Launched::with_ports(Some(8000), 8000), Launched::Unknown);
        assert_eq!(Launched::with_ports(None, 8000), Launched::Unknown);
    }

    #[test]
    fn a_release_build_with_the_feature_is_told_what_to_do() {
        assert_eq!(warning(false), None);
        assert!(warning(true).is_some_and(|text| text.contains("[dev-dependencies]")));
    }
}
