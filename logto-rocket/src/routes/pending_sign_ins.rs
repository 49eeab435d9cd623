//! Pending sign-ins. Each is sealed into a cookie of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::incoming::Incoming;
use crate::guard::{PendingCookie, RequestState, own_cookies};
use crate::pending_sign_in::{PENDING_SIGN_IN_LIFE, PendingSignIn};
use crate::session::{Purpose, SetCookie, random};
use crate::types::Secret;

/// The bytes that all these cookies together may take in the browser's `Cookie` header. The usual proxies refuse a
/// header of more than 8 KB, and it also carries the session cookie and the application's own cookies.
const MAX_BYTES: usize = 3 * 1024;
/// The number of tabs that may be signing in at once.
const MAX_PENDING: usize = 10;
/// `=` within a cookie pair, and `; ` between two pairs.
const SEPARATORS: usize = 3;

/// A cookie of the request whose name is that of a pending sign-in.
struct SignInCookie<'r> {
    name: &'r str,
    size: usize,
    /// `None` if the value cannot be opened.
    pending: Option<PendingSignIn>,
}

/// The pending sign-in that a callback belongs to.
pub(super) struct FoundSignIn {
    name: String,
    pub(super) pending: PendingSignIn,
    /// The states of the browser's other pending sign-ins.
    pub(super) other_states: Vec<Secret>,
}

/// Stores a pending sign-in until its callback. `None` only if the crypto library fails.
///
/// There are only a few cookie names. Tabs that begin a sign-in at the same time do not see each other's cookies, so
/// each of them finds every name free. The number of names is therefore limited to as many cookies of this size as
/// fit into the budget together.
pub(super) fn store(incoming: &Incoming<'_>, pending: &PendingSignIn) -> Option<()> {
    let shared = &incoming.logto.0;
    let prefix = shared.names.pending_sign_in_prefix();
    let value = URL_SAFE_NO_PAD.encode(shared.keys.seal(Purpose::PendingSignIn, &prefix, pending)?);
    let size = prefix.len() + 1 + value.len() + SEPARATORS;
    let slots: Vec<String> = (0..(MAX_BYTES / size).clamp(1, MAX_PENDING))
        .map(|slot| shared.names.pending_sign_in(slot))
        .collect();

    let mut cookies = sign_in_cookies(incoming);
    // Oldest first. Cookies that cannot be opened come before all others.
    cookies.sort_by_key(|cookie| cookie.pending.as_ref().map(|pending| pending.created));
    let name = slot_for(&slots, &cookies);
    cookies.retain(|cookie| cookie.name != name);
    let mut bytes = size + cookies.iter().map(|cookie| cookie.size).sum::<usize>();
    for old in cookies {
        if bytes <= MAX_BYTES {
            break;
        }
        bytes -= old.size;
        set(incoming, SetCookie { name: old.name.to_owned(), value: None });
    }
    set(incoming, SetCookie { name, value: Some(value) });
    Some(())
}

/// A random free slot, or else the slot of the oldest cookie.
fn slot_for(slots: &[String], cookies: &[SignInCookie<'_>]) -> String {
    let free: Vec<&String> =
        slots.iter().filter(|slot| cookies.iter().all(|cookie| cookie.name != **slot)).collect();
    let [random_byte] = random::<1>();
    match free.get(usize::from(random_byte) % free.len().max(1)) {
        Some(free) => (*free).clone(),
        None => {
            let oldest =
                cookies.iter().map(|cookie| cookie.name).find(|name| slots.iter().any(|slot| slot == name));
            oldest.unwrap_or_default().to_owned()
        }
    }
}

/// The pending sign-in with this `state`, if this browser began it and it has not expired. The state is read from the
/// sealed value, so renaming a cookie has no effect.
pub(super) fn find(incoming: &Incoming<'_>, state: &str) -> Option<FoundSignIn> {
    let state = Secret::new(state);
    let mut found = None;
    let mut other_states = Vec::new();
    for SignInCookie { name, pending, .. } in sign_in_cookies(incoming) {
        match pending.filter(|pending| is_current(incoming, pending)) {
            Some(pending) if pending.secrets.state == state => found = Some((name.to_owned(), pending)),
            Some(other) => other_states.push(other.secrets.state),
            None => {}
        }
    }
    found.map(|(name, pending)| FoundSignIn { name, pending, other_states })
}

/// Removes a pending sign-in that is complete or has failed.
pub(super) fn remove(incoming: &Incoming<'_>, found: &FoundSignIn) {
    set(incoming, SetCookie { name: found.name.clone(), value: None });
}

fn is_current(incoming: &Incoming<'_>, pending: &PendingSignIn) -> bool {
    let (now, leeway) = (incoming.logto.0.clock.now(), incoming.logto.0.config.leeway);
    pending.created <= now.plus(leeway) && now.since(pending.created) < PENDING_SIGN_IN_LIFE
}

fn sign_in_cookies<'r>(incoming: &Incoming<'r>) -> Vec<SignInCookie<'r>> {
    let shared = &incoming.logto.0;
    let prefix = shared.names.pending_sign_in_prefix();
    let own = own_cookies(incoming.request, &shared.names).into_iter();
    own.filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, value)| {
            let size = name.len() + value.len() + SEPARATORS;
            let is_known_slot = (0..MAX_PENDING).any(|slot| shared.names.pending_sign_in(slot) == name);
            let sealed = is_known_slot.then(|| URL_SAFE_NO_PAD.decode(value).ok()).flatten();
            let opened = sealed.and_then(|sealed| shared.keys.open(Purpose::PendingSignIn, &prefix, &sealed));
            SignInCookie { name, size, pending: opened.map(|opened| opened.value) }
        })
        .collect()
}

fn set(incoming: &Incoming<'_>, cookie: SetCookie) {
    RequestState::of(incoming.request).set_cookie(PendingCookie { cookie, max_age: PENDING_SIGN_IN_LIFE });
}
