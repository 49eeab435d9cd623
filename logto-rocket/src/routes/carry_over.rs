//! What an application keeps in a browser's sessions, when its user signs in or out.

use std::sync::Arc;

use super::Incoming;
use crate::error::Error;
use crate::guard::{PendingCookie, RequestSession, RequestState};
use crate::logto::WebApp;
use crate::session::{DataEntries, Session, SessionHandle, SessionUpdate};

/// Moves the visitor's data into the session that has just begun. Where the browser had a session already,
/// nothing is moved: the visitor's data is older than that session, and may be another person's.
pub(super) async fn adopt_visitor_data(
    incoming: &Incoming<'_>,
    before: &RequestSession,
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
    let session = if had_session { session } else { adopt(logto, session, visitor.data()).await };
    visitor.end(logto).await;
    session
}

/// Takes over `data` into a session that has just begun. A value that the session has already stays.
pub(super) async fn adopt(logto: &WebApp, session: SessionHandle, data: DataEntries) -> SessionHandle {
    if data.is_empty() {
        return session;
    }
    let changed = logto.0.sessions.change_data(&session, &mut |entries| Ok(entries.adopt(&data))).await;
    match changed {
        Ok(changed) => changed,
        // This process keeps the change, and writes it once the store answers.
        Err(Error::Store(_)) => {
            let update: SessionUpdate = Arc::new(move |session: &mut Session| {
                session.data.adopt(&data);
            });
            logto.0.sessions.update(&session, update).await.unwrap_or(session)
        }
        Err(error) => {
            tracing::warn!(target: "logto", "session data from before a sign-in was dropped: {error}");
            session
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
