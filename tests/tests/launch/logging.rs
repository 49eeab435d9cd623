//! What the log of the process has while an application asks its routes for their guards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use logto_rocket::{Logto, require_auth};
use logto_tests::LogCapture;
use rocket::{Route, get, routes};

use crate::{ENOUGH, alone, toml};

#[require_auth]
#[get("/profile")]
fn profile() {}

/// So many that asking them takes a while.
fn mounted() -> impl Iterator<Item = Vec<Route>> {
    (0..50).map(|_| routes![profile])
}

#[rocket::async_test]
async fn a_launch_loses_no_warning_of_another_thread_and_describes_one_rocket() {
    let _alone = alone().await;
    let figment = toml(ENOUGH);
    let is_launching = AtomicBool::new(true);
    let from = LogCapture::listen().lines().len();
    let (logto, warnings) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut warnings = 0;
            while is_launching.load(Ordering::Relaxed) {
                log::warn!(target: "another thread", "warning");
                warnings += 1;
                // Some thousands are enough.
                std::thread::sleep(Duration::from_micros(20));
            }
            warnings
        });
        let unmounted = rocket::custom(figment).attach(Logto::fairing());
        let rocket = mounted()
            .enumerate()
            .fold(unmounted, |rocket, (number, routes)| rocket.mount(format!("/{number}"), routes));
        let logto = rocket::tokio::task::block_in_place(|| {
            let rocket = rocket::tokio::runtime::Handle::current().block_on(rocket.ignite());
            rocket.expect("it launches").state::<Logto>().expect("the fairing's state").clone()
        });
        is_launching.store(false, Ordering::Relaxed);
        (logto, other.join().expect("the thread ends"))
    });
    assert!(logto.access_report().is_some_and(|report| report.routes().len() >= 50));
    let lines = LogCapture::listen().lines();
    let count =
        |is_one: fn(&logto_tests::Line) -> bool| lines[from..].iter().filter(|line| is_one(line)).count();
    assert!(warnings > 0, "the thread has had time to log");
    assert_eq!(count(|line| line.target == "another thread"), warnings);
    assert_eq!(count(|line| line.text.contains("Configured for debug")), 1);
    assert_eq!(count(|line| line.level <= log::Level::Warn && line.target.starts_with("rocket")), 0);
}
