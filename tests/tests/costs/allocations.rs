//! Allocations: exact, and the same on every machine.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rocket::http::{Header, Status};
use rocket::local::blocking::Client;

use crate::app::{App, request, send_counted};

/// The most allocations that a guarded route may add to the open one with the same headers. A change that needs fewer
/// lowers its number; one that needs more has to say why.
const COOKIE: u64 = 10;
const COOKIE_SCOPES: u64 = 13;
const COOKIE_USER: u64 = 12;
const MEMORY: u64 = 9;
const MEMORY_SCOPES: u64 = 12;
const MEMORY_USER: u64 = 11;
const BEARER: u64 = 8;
const REFUSED: u64 = 31;
/// The most that the fairing may add to an open route.
const FAIRING: u64 = 2;

/// How much lower a count may be before its number has to follow.
const SLACK: u64 = 2;

/// The first requests fill caches.
const WARM_UPS: usize = 5;
const REQUESTS: usize = 20;

/// The median of the allocations of a request. A few requests need more, where a cache grows, and a few need less.
fn allocations(client: &Client, path: &'static str, headers: &[Header<'static>], status: Status) -> u64 {
    let ask = || {
        let request = request(client, path, headers);
        allocation_counter::measure(|| send_counted(request, status)).count_total
    };
    let mut counts: Vec<u64> = (0..WARM_UPS + REQUESTS).map(|_| ask()).skip(WARM_UPS).collect();
    counts.sort_unstable();
    counts[REQUESTS / 2]
}

impl App {
    /// What a guarded route adds to the open one.
    fn added(&self, path: &'static str, headers: &[Header<'static>]) -> u64 {
        let count = |path| allocations(&self.client, path, headers, Status::Ok);
        count(path).saturating_sub(count("/open"))
    }
}

/// Names all numbers that are wrong at once.
#[track_caller]
fn assert_within(counted: &[(&str, u64, u64)]) {
    let wrong: Vec<String> = counted
        .iter()
        .filter_map(|(what, added, most)| match added {
            added if added > most => Some(format!("{what}: {added} allocations, and {most} are the most")),
            // A number that is too high hides the next regression.
            added if added + SLACK < *most => {
                Some(format!("{what}: {added} allocations; lower {most} to that"))
            }
            _ => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One test at a time: each launch sets the log level of the whole process, and what is logged allocates.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_session_in_a_cookie_adds_no_more_allocations_than_before() {
    let _alone = alone();
    let app = App::with_sessions_in("cookie");
    let session = app.sign_in();
    assert_within(&[
        ("COOKIE", app.added("/guarded", &session), COOKIE),
        ("COOKIE_SCOPES", app.added("/scoped", &session), COOKIE_SCOPES),
        ("COOKIE_USER", app.added("/user", &session), COOKIE_USER),
    ]);
}

#[test]
fn a_session_in_memory_adds_no_more_allocations_than_before() {
    let _alone = alone();
    let app = App::with_sessions_in("memory");
    let session = app.sign_in();
    assert_within(&[
        ("MEMORY", app.added("/guarded", &session), MEMORY),
        ("MEMORY_SCOPES", app.added("/scoped", &session), MEMORY_SCOPES),
        ("MEMORY_USER", app.added("/user", &session), MEMORY_USER),
    ]);
}

#[test]
fn bearers_refusals_and_open_routes_add_no_more_allocations_than_before() {
    let _alone = alone();
    let app = App::with_sessions_in("memory");
    let open = allocations(&app.client, "/open", &[], Status::Ok);
    let refused = allocations(&app.client, "/guarded", &[], Status::Unauthorized);
    let bare = allocations(&app.bare(), "/open", &[], Status::Ok);
    assert_within(&[
        ("BEARER", app.added("/scoped", &app.bearer()), BEARER),
        ("REFUSED", refused.saturating_sub(open), REFUSED),
        ("FAIRING", open.saturating_sub(bare), FAIRING),
    ]);
}
