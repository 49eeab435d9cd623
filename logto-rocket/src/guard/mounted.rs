//! The guards of each mounted route.

use std::any::TypeId;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use rocket::config::LogLevel;
use rocket::error::ErrorKind;
use rocket::{Config, Ignite, Rocket, Route};

use super::rule::Rule;

/// A mounted route, and its guards.
pub(crate) struct RouteGuards<'r> {
    pub(crate) route: &'r Route,
    pub(crate) guards: Vec<MountedGuard>,
}

/// A guard of a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MountedGuard {
    pub(crate) rule: Rule,
    /// Whether the handler may run although the guard has said no: the guard stands within another type, such
    /// as `Option` or `Result`.
    pub(crate) optional: bool,
    /// Whether the guard stands around the handler and nowhere else: no launch check of Rocket's asks it.
    pub(super) is_around_handler: bool,
    guard: TypeId,
}

impl MountedGuard {
    /// Whether this is the guard of type `guard`.
    pub(super) fn is(&self, guard: TypeId) -> bool {
        self.guard == guard
    }

    /// Whether this is the same guard as `other`.
    pub(super) fn is_same(&self, other: &MountedGuard) -> bool {
        self.guard == other.guard
    }
}

impl<'r> RouteGuards<'r> {
    /// Asks each mounted route which guards it has.
    ///
    /// Rocket does not tell, but asks each route's guards before it launches. So each route is mounted
    /// alone on a second, silent Rocket that is never launched: the guards that are asked there are this
    /// route's and no other's, whatever its handler is called and wherever it is mounted.
    pub(crate) fn of_all(rocket: &'r Rocket<Ignite>) -> Vec<Self> {
        /// The log's level belongs to the process: of two launches at once, one waits.
        static SILENCE: Mutex<()> = Mutex::new(());
        let _silence = SILENCE.lock().unwrap_or_else(PoisonError::into_inner);
        let level = log::max_level();
        let found = rocket.routes().map(|route| RouteGuards { route, guards: guards_of(route) }).collect();
        log::set_max_level(level);
        found
    }

    /// What the log calls the route.
    pub(super) fn name(&self) -> String {
        let route = format!("{} {}", self.route.method, self.route.uri);
        match &self.route.name {
            Some(handler) => format!("{route}: `{handler}`"),
            None => route,
        }
    }
}

/// The managed state by which a guard's launch check knows that it is only asked which guard it is.
#[derive(Clone, Default)]
pub(crate) struct GuardProbe(Arc<Mutex<Vec<(TypeId, Rule)>>>);

impl GuardProbe {
    /// Notes the guard of type `guard` if this is only the question. A launch check has nothing else to do then, and
    /// refuses to launch: with a refusal Rocket tells where each guard stands.
    pub(crate) fn records(rocket: &Rocket<Ignite>, guard: TypeId, rule: &Rule) -> bool {
        let Some(GuardProbe(found)) = rocket.state::<GuardProbe>() else { return false };
        found.lock().unwrap_or_else(PoisonError::into_inner).push((guard, *rule));
        true
    }
}

/// The guards that stand around a route's handler, those of whole mounts, are asked through a clone of the handler:
/// Rocket has no launch check for a handler.
pub(super) struct HandlerProbe;

thread_local! {
    /// What the handlers say that are cloned while one route is asked.
    static AROUND: RefCell<Option<Vec<MountedGuard>>> = const { RefCell::new(None) };
}

impl HandlerProbe {
    /// Called by each clone of a handler with the guard `G` around it. It notes the guard if this is the question.
    pub(super) fn note<G: 'static>(rule: &Rule) {
        AROUND.with_borrow_mut(|asked| {
            let guard = MountedGuard {
                rule: *rule,
                optional: false,
                is_around_handler: true,
                guard: TypeId::of::<G>(),
            };
            asked.iter_mut().for_each(|found| found.push(guard));
        });
    }

    /// The guards around the handler of `route`, from the outermost.
    fn guards_of(route: &Route) -> Vec<MountedGuard> {
        AROUND.set(Some(Vec::new()));
        let clone = route.handler.clone();
        let found = AROUND.take().unwrap_or_default();
        drop(clone);
        found
    }
}

/// The guards of `route`. Whatever the second Rocket would log is held back: it says nothing about the application.
fn guards_of(route: &Route) -> Vec<MountedGuard> {
    let probe = GuardProbe::default();
    log::set_max_level(log::LevelFilter::Off);
    let quiet = Config { log_level: LogLevel::Off, ..Config::debug_default() };
    let rocket = rocket::custom(quiet).manage(probe.clone()).mount("/", [route.clone()]);
    log::set_max_level(log::LevelFilter::Off);
    // Nothing in it waits: there are no fairings but Rocket's own.
    let ignition = pin!(rocket.ignite());
    let mut types_of_parameters: Vec<TypeId> = Vec::new();
    if let Poll::Ready(Err(error)) = ignition.poll(&mut Context::from_waker(Waker::noop()))
        // An error that was looked at does not panic.
        && let ErrorKind::SentinelAborts(refused) = error.kind()
    {
        // One with a parent is an argument of another type. `Option` and the like refuse in the name of their
        // guard, and under their own type.
        types_of_parameters.extend(refused.iter().filter(|one| one.parent.is_none()).map(|one| one.type_id));
    }
    let found = probe.0.lock().unwrap_or_else(PoisonError::into_inner);
    let mut guards = HandlerProbe::guards_of(route);
    for (guard, rule) in found.iter() {
        let optional = !types_of_parameters.contains(guard);
        let same = |known: &&mut MountedGuard| {
            (known.rule.attribute, known.rule.item) == (rule.attribute, rule.item)
        };
        match guards.iter_mut().find(same) {
            // A token parameter carries the rule of its attribute a second time.
            Some(known) => {
                known.optional &= optional;
                known.is_around_handler = false;
            }
            None => {
                guards.push(MountedGuard { rule: *rule, optional, is_around_handler: false, guard: *guard });
            }
        }
    }
    guards
}
