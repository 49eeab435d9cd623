//! The guards of each mounted route.

use std::any::TypeId;
use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use log::LevelFilter;
use rocket::config::LogLevel;
use rocket::error::ErrorKind;
use rocket::figment::Figment;
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
        let quiet = WarningsOnly::begin();
        rocket.routes().map(|route| RouteGuards { route, guards: guards_of(route, &quiet) }).collect()
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

/// While this exists, the log has warnings and errors alone, because the second Rocket describes itself in the log with
/// informational lines. The level belongs to the whole process: what is more than informational must not be lost to
/// other threads, and of two launches at once, one waits.
struct WarningsOnly {
    level_before: LevelFilter,
    _one_at_a_time: MutexGuard<'static, ()>,
}

impl WarningsOnly {
    fn begin() -> Self {
        static LOG_LEVEL: Mutex<()> = Mutex::new(());
        let one_at_a_time = LOG_LEVEL.lock().unwrap_or_else(PoisonError::into_inner);
        let quiet = Self { level_before: log::max_level(), _one_at_a_time: one_at_a_time };
        quiet.apply();
        quiet
    }

    fn level(&self) -> LevelFilter {
        self.level_before.min(LevelFilter::Warn)
    }

    /// Called again after each new Rocket, as Rocket sets the level where its own logger is installed.
    fn apply(&self) {
        log::set_max_level(self.level());
    }

    /// The settings of the second Rocket. With a key it does not warn that it lacks one; nothing is ever sealed with it.
    fn settings(&self) -> Figment {
        let log_level = if self.level() < LevelFilter::Warn { LogLevel::Off } else { LogLevel::Critical };
        Figment::from(Config::debug_default())
            .merge((Config::LOG_LEVEL, log_level))
            .merge((Config::SECRET_KEY, "6".repeat(64)))
    }
}

impl Drop for WarningsOnly {
    fn drop(&mut self) {
        log::set_max_level(self.level_before);
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

/// The guards of `route`. What the second Rocket would log is held back: it says nothing about the application.
fn guards_of(route: &Route, quiet: &WarningsOnly) -> Vec<MountedGuard> {
    let probe = GuardProbe::default();
    let rocket = rocket::custom(quiet.settings()).manage(probe.clone()).mount("/", [route.clone()]);
    quiet.apply();
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
