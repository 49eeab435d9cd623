//! axum-login: the session holds the person's id, and the person comes out of a map.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId, login_required};
use tower_sessions_014::{MemoryStore, SessionManagerLayer};

#[derive(Debug, Clone)]
struct Person {
    id: i64,
    password_hash: [u8; 32],
}

impl AuthUser for Person {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.password_hash
    }
}

#[derive(Clone)]
struct People(Arc<HashMap<i64, Person>>);

impl AuthnBackend for People {
    type User = Person;
    type Credentials = i64;
    type Error = Infallible;

    async fn authenticate(&self, id: i64) -> Result<Option<Person>, Infallible> {
        Ok(self.0.get(&id).cloned())
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<Person>, Infallible> {
        Ok(self.0.get(id).cloned())
    }
}

async fn log_in(mut session: AuthSession<People>) -> StatusCode {
    match session.authenticate(1).await {
        Ok(Some(person)) if session.login(&person).await.is_ok() => StatusCode::OK,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(crate) fn router() -> Router {
    let people = (0..1000).map(|id| (id, Person { id, password_hash: [7; 32] })).collect();
    let layer = AuthManagerLayerBuilder::new(
        People(Arc::new(people)),
        SessionManagerLayer::new(MemoryStore::default()),
    )
    .build();
    let guarded = Router::new()
        .route("/guarded", get(crate::open))
        .route_layer(login_required!(People))
        .route("/login", get(log_in))
        .layer(layer);
    Router::new().route("/open", get(crate::open)).merge(guarded)
}
