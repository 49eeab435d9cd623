//! Sign-ins that have begun, each in a sealed cookie of its own.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Incoming;
use crate::guard::{PendingCookie, RequestState};
use crate::session::{Purpose, SetCookie, cookies_in};
use crate::sign_in::{ATTEMPT_LIFE, StartedSignIn};

/// Tabs that may be signing in at once; the oldest gives way.
const MAX_ATTEMPTS: usize = 20;
/// Bytes that all of them may take of the browser's `Cookie` header.
const MAX_BYTES: usize = 8 * 1024;

/// Keeps an attempt until its callback. `None` only where the crypto library fails.
pub(super) fn keep(incoming: &Incoming<'_>, started: &StartedSignIn) -> Option<()> {
    let logto = incoming.logto;
    let name = logto.0.names.attempt(started.attempt.state.expose());
    let plain = postcard::to_allocvec(started).ok()?;
    let value = URL_SAFE_NO_PAD.encode(logto.0.keys.seal(Purpose::SignInAttempt, &name, &plain)?);
    make_room(incoming, name.len() + value.len());
    set(incoming, SetCookie { name, value: Some(value) });
    Some(())
}

/// The attempt that `state` belongs to, if this browser began it and it is not too old. The state itself
/// lies inside the seal: a renamed cookie does not pass.
pub(super) fn find(incoming: &Incoming<'_>, state: &str) -> Option<StartedSignIn> {
    let name = incoming.logto.0.names.attempt(state);
    cookies(incoming)
        .filter(|(found, _)| *found == name)
        .filter_map(|(name, value)| open(incoming, name, value))
        .find(|started| started.attempt.state == crate::types::Secret::new(state))
        .filter(|started| is_current(incoming, started))
}

/// An attempt has one callback.
pub(super) fn forget(incoming: &Incoming<'_>, state: &str) {
    set(incoming, SetCookie { name: incoming.logto.0.names.attempt(state), value: None });
}

fn is_current(incoming: &Incoming<'_>, started: &StartedSignIn) -> bool {
    let (now, leeway) = (incoming.logto.0.clock.now(), incoming.logto.0.config.leeway);
    started.created <= now.plus(leeway) && now.since(started.created) < ATTEMPT_LIFE
}

fn make_room(incoming: &Incoming<'_>, needed: usize) {
    let mut held: Vec<_> = cookies(incoming)
        .map(|(name, value)| {
            let created = open(incoming, name, value).map(|started| started.created);
            (created, name, name.len() + value.len())
        })
        .collect();
    // What cannot be opened sorts first.
    held.sort_unstable();
    let mut bytes = needed + held.iter().map(|(.., size)| size).sum::<usize>();
    let mut count = held.len() + 1;
    for (_, name, size) in held {
        if count <= MAX_ATTEMPTS && bytes <= MAX_BYTES {
            break;
        }
        set(incoming, SetCookie { name: name.to_owned(), value: None });
        count -= 1;
        bytes -= size;
    }
}

fn cookies<'r>(incoming: &Incoming<'r>) -> impl Iterator<Item = (&'r str, &'r str)> {
    cookies_in(incoming.request.headers().get("cookie"), &incoming.logto.0.names.attempt_prefix())
        .collect::<Vec<_>>()
        .into_iter()
}

fn open(incoming: &Incoming<'_>, name: &str, value: &str) -> Option<StartedSignIn> {
    let sealed = URL_SAFE_NO_PAD.decode(value).ok()?;
    let opened = incoming.logto.0.keys.open(Purpose::SignInAttempt, name, &sealed)?;
    postcard::from_bytes(&opened.plaintext).ok()
}

fn set(incoming: &Incoming<'_>, cookie: SetCookie) {
    RequestState::of(incoming.request).set_cookie(PendingCookie { cookie, max_age: ATTEMPT_LIFE });
}
