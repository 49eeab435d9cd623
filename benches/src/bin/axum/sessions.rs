//! tower-sessions: everything about the person lies in the session, in memory.

use std::collections::HashMap;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use logto_benches::SESSION_BYTES;
use serde::{Deserialize, Serialize};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

const KEY: &str = "person";

#[derive(Debug, Default, Serialize, Deserialize)]
struct Person {
    subject: String,
    claims: HashMap<String, String>,
    tokens: Vec<String>,
}

async fn guarded(session: Session) -> Result<&'static str, StatusCode> {
    match session.get::<Person>(KEY).await {
        Ok(Some(person)) if !person.subject.is_empty() => Ok("ok"),
        Ok(_) => Err(StatusCode::UNAUTHORIZED),
        Err(_) => Err(StatusCode::SERVICE_UNAVAILABLE),
    }
}

async fn log_in(session: Session) -> StatusCode {
    let mut person = Person { subject: "my178uc0p45q".to_owned(), ..Person::default() };
    for claim in ["name", "email", "picture", "locale"] {
        person.claims.insert(claim.to_owned(), "of alice, at example.com".to_owned());
    }
    let rest = SESSION_BYTES.saturating_sub(serde_json::to_string(&person).map_or(0, |json| json.len()));
    person.tokens = vec!["s".repeat(rest / 3); 3];
    match session.insert(KEY, person).await {
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
