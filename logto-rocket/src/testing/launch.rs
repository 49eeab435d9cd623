//! What a server says at launch, where it has the feature `testing`.

use rocket::{Build, Orbit, Rocket};

use super::settings::{PORT_OF_SYSTEM, with_port_of_system};
use super::test_state::TestState;

/// Gives the application what its tests use.
pub(crate) fn manage(rocket: Rocket<Build>, test_state: TestState) -> Rocket<Build> {
    let figment = with_port_of_system(rocket.figment().clone());
    rocket.configure(figment).manage(test_state)
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
    if rocket.config().port == PORT_OF_SYSTEM {
        return false;
    }
    tracing::error!(target: "logto", "the server shuts down, because it was launched with the settings of `logto_rocket::testing`: these are for clients of `rocket::local`, and a server must not listen with them; remove `testing::figment()` from what is launched");
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
    fn a_release_build_with_the_feature_is_told_what_to_do() {
        assert_eq!(warning(false), None);
        assert!(warning(true).is_some_and(|text| text.contains("[dev-dependencies]")));
    }
}
