//! tower-sessions: everything about the person lies in the session, in memory.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use logto_benches::session::Session as Person;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

const KEY: &str = "person";

async fn guarded(session: Session) -> Result<&'static str, StatusCode> {
    match session.get::<Person>(KEY).await {
        Ok(Some(person)) if person.is_alive() => Ok("ok"),
        Ok(_) => Err(StatusCode::UNAUTHORIZED),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn log_in(session: Session) -> StatusCode {
    match session.insert(KEY, Person::begin()).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(crate) fn router() -> Router {
    let guarded = Router::new()
        .route("/guarded", get(guarded))
        .route("/login", get(log_in))
        .layer(SessionManagerLayer::new(MemoryStore::default()));
    Router::new().route("/open", get(crate::open)).merge(guarded)
}
