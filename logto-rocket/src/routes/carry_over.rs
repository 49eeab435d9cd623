//! What an application keeps in a browser's sessions, when its user signs in or out.

use std::sync::Arc;

use super::incoming::Incoming;
use super::pending_sign_ins::FoundSignIn;
use crate::error::Error;
use crate::guard::{PendingCookie, RequestSession, RequestState};
use crate::logto::WebApp;
use crate::session::{DataEntries, Session, SessionHandle, SessionUpdate};

/// Moves the visitor's data into the session that has just begun. Where the browser had a session already,
/// nothing is moved: the visitor's data is older than that session, and may be another person's.
pub(super) async fn adopt_visitor_data(
    incoming: &Incoming<'_>,
    before: &RequestSession,
    found: &FoundSignIn,
    session: SessionHandle,
) -> SessionHandle {
    let had_session = match before.session() {
        Ok(session) => session.is_some(),
        // The store cannot tell. The visitor's data stays where it is.
        Err(_) => return session,
    };
    let logto = incoming.logto;
    let visitor = match RequestState::of(incoming.request).visitor(incoming.request, logto).await {
        Ok(visitor) => visitor,
        Err(error) => {
            tracing::warn!(target: "logto", "the session data of a visitor could not be read at sign-in, and is not in the user's session: {error}");
            return session;
        }
    };
    let data = visitor.take(logto).await;
    if had_session { session } else { adopt(logto, found, session, data).await }
}

/// Takes over `data` into a session that has just begun. A value that the session has already stays.
///
/// If another callback of the same browser has replaced the session in the meantime, `data` follows into the session
/// that stays.
pub(super) async fn adopt(
    logto: &WebApp,
    found: &FoundSignIn,
    session: SessionHandle,
    data: DataEntries,
) -> SessionHandle {
    /// A browser has only a few pending sign-ins.
    const MOST_REPLACEMENTS: usize = 8;
    if data.is_empty() {
        return session;
    }
    let mut target = session.clone();
    for _ in 0..MOST_REPLACEMENTS {
        let adopted = adopt_once(logto, &target, &data).await;
        match adopted {
            Ok(adopted) if target.id == session.id => return adopted,
            Ok(_) => return session,
            Err(()) => {}
        }
        let Some(successor) = logto.0.sign_ins.replacement_of(&target, &found.other_states) else { break };
        target = successor;
    }
    session
}

/// Fails if the session has ended.
async fn adopt_once(
    logto: &WebApp,
    session: &SessionHandle,
    data: &DataEntries,
) -> Result<SessionHandle, ()> {
    match logto.0.sessions.change_data(session, &mut |entries| entries.adopt(data)).await {
        Ok(changed) => Ok(changed),
        // This process keeps the change, and writes it once the store answers.
        Err(Error::Store(_)) => {
            let data = data.clone();
            let update: SessionUpdate = Arc::new(move |session: &mut Session| {
                // It fails if the session was replaced, and its data is of no use any more.
                let _ = session.data.adopt(&data);
            });
            Ok(logto.0.sessions.update(session, update).await.unwrap_or_else(|_| session.clone()))
        }
        Err(Error::SessionEnded) => Err(()),
        Err(error) => {
            tracing::warn!(target: "logto", "session data from before a sign-in was dropped: {error}");
            Ok(session.clone())
        }
    }
}

/// Ends the visitor's session.
pub(super) async fn end_visitor(incoming: &Incoming<'_>) {
    let (logto, state) = (incoming.logto, RequestState::of(incoming.request));
    match state.visitor(incoming.request, logto).await {
        Ok(visitor) => visitor.end(logto).await,
        Err(error) => {
            tracing::warn!(target: "logto", "the session data of a visitor could not be removed from the store; it stays there until it expires, and its cookie is removed: {error}");
            let cookie = logto.0.visitors.removal();
            state.set_cookie(PendingCookie { cookie, max_age: std::time::Duration::ZERO });
        }
    }
}
