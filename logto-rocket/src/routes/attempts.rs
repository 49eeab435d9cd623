//! Sign-ins that have begun, each in a sealed cookie of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Incoming;
use crate::guard::{PendingCookie, RequestState, own_cookies};
use crate::session::{Purpose, SetCookie, random};
use crate::sign_in::{ATTEMPT_LIFE, PendingSignIn};
use crate::types::Secret;

/// Bytes that all of them may take of the browser's `Cookie` header. Stock proxies refuse one of more than 8 KB, and
/// the session and the application's own cookies are in it too.
const MAX_BYTES: usize = 3 * 1024;
/// Tabs that may be signing in at once.
const MAX_ATTEMPTS: usize = 10;
/// `=` inside a pair, `; ` between two.
const SEPARATORS: usize = 3;

/// A cookie under a name of ours.
struct Held<'r> {
    name: &'r str,
    size: usize,
    /// `None` where it does not open.
    started: Option<PendingSignIn>,
}

/// The attempt that a callback belongs to.
pub(super) struct Found {
    name: String,
    pub(super) started: PendingSignIn,
    /// The states of the browser's other attempts.
    pub(super) others: Vec<Secret>,
}

/// Keeps an attempt until its callback. `None` only where the crypto library fails.
///
/// The names are few. Tabs that begin at the same time know nothing of each other, and each of them finds all places
/// free: so an attempt takes one of as many places as attempts of its size have room for together.
pub(super) fn keep(incoming: &Incoming<'_>, started: &PendingSignIn) -> Option<()> {
    let shared = &incoming.logto.0;
    let prefix = shared.names.attempt_prefix();
    let value = URL_SAFE_NO_PAD.encode(shared.keys.seal(Purpose::SignInAttempt, &prefix, started)?);
    let size = prefix.len() + 1 + value.len() + SEPARATORS;
    let places: Vec<String> =
        (0..(MAX_BYTES / size).clamp(1, MAX_ATTEMPTS)).map(|place| shared.names.attempt(place)).collect();

    let mut held = held(incoming);
    // Oldest first, and before them what does not open.
    held.sort_by_key(|held| held.started.as_ref().map(|started| started.created));
    let name = place_for(&places, &held);
    held.retain(|held| held.name != name);
    let mut bytes = size + held.iter().map(|held| held.size).sum::<usize>();
    for old in held {
        if bytes <= MAX_BYTES {
            break;
        }
        bytes -= old.size;
        set(incoming, SetCookie { name: old.name.to_owned(), value: None });
    }
    set(incoming, SetCookie { name, value: Some(value) });
    Some(())
}

/// A free place, or else that of the oldest.
fn place_for(places: &[String], held: &[Held<'_>]) -> String {
    let free: Vec<&String> =
        places.iter().filter(|place| held.iter().all(|held| held.name != **place)).collect();
    let [dice] = random::<1>();
    match free.get(usize::from(dice) % free.len().max(1)) {
        Some(free) => (*free).clone(),
        None => {
            let oldest =
                held.iter().map(|held| held.name).find(|name| places.iter().any(|place| place == name));
            oldest.unwrap_or_default().to_owned()
        }
    }
}

/// The attempt that `state` belongs to, if this browser began it and it is not too old. The state itself
/// lies inside the seal: a renamed cookie does not pass.
pub(super) fn find(incoming: &Incoming<'_>, state: &str) -> Option<Found> {
    let wanted = Secret::new(state);
    let mut found = None;
    let mut others = Vec::new();
    for Held { name, started, .. } in held(incoming) {
        match started.filter(|started| is_current(incoming, started)) {
            Some(started) if started.attempt.state == wanted => found = Some((name.to_owned(), started)),
            Some(other) => others.push(other.attempt.state),
            None => {}
        }
    }
    found.map(|(name, started)| Found { name, started, others })
}

/// The attempt has come to its end.
pub(super) fn forget(incoming: &Incoming<'_>, found: &Found) {
    set(incoming, SetCookie { name: found.name.clone(), value: None });
}

fn is_current(incoming: &Incoming<'_>, started: &PendingSignIn) -> bool {
    let (now, leeway) = (incoming.logto.0.clock.now(), incoming.logto.0.config.leeway);
    started.created <= now.plus(leeway) && now.since(started.created) < ATTEMPT_LIFE
}

fn held<'r>(incoming: &Incoming<'r>) -> Vec<Held<'r>> {
    let shared = &incoming.logto.0;
    let prefix = shared.names.attempt_prefix();
    let ours = own_cookies(incoming.request, &shared.names).into_iter();
    ours.filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, value)| {
            let size = name.len() + value.len() + SEPARATORS;
            let is_ours = (0..MAX_ATTEMPTS).any(|place| shared.names.attempt(place) == name);
            let sealed = is_ours.then(|| URL_SAFE_NO_PAD.decode(value).ok()).flatten();
            let opened = sealed.and_then(|sealed| shared.keys.open(Purpose::SignInAttempt, &prefix, &sealed));
            Held { name, size, started: opened.map(|opened| opened.value) }
        })
        .collect()
}

fn set(incoming: &Incoming<'_>, cookie: SetCookie) {
    RequestState::of(incoming.request).set_cookie(PendingCookie { cookie, max_age: ATTEMPT_LIFE });
}
