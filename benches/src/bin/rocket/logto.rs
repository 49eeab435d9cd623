//! The library: open and guarded routes behind its fairing.

use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::rand;
use logto_benches::{API, SESSION_BYTES};
use logto_rocket::store::{MemoryStore, SessionStore, StoreKey, StoredSession};
use logto_rocket::{
    Identity, Logto, LogtoFairing, OrgToken, User, require_auth, with_access_token, with_org_token,
};
use logto_sqlx::{PostgresStore, SqliteStore};
use rocket::figment::Figment;
use rocket::{Build, Rocket, get, routes};

use crate::Outcome;
use crate::bare::open;

/// As in the settings of the others.
const PATIENCE: Duration = Duration::from_secs(5);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[require_auth]
#[get("/guarded")]
fn guarded() -> &'static str {
    "ok"
}

#[require_auth(scopes = "read:orders", resource = API)]
#[get("/scoped")]
fn scoped() -> &'static str {
    "ok"
}

/// A handler that looks at the person's claims.
#[require_auth]
#[get("/user")]
fn user(user: User) -> &'static str {
    if user.claims().name.is_some() { "ok" } else { "nobody" }
}

#[with_access_token(resource = API)]
#[get("/token")]
fn token(token: logto_rocket::AccessToken) -> &'static str {
    if token.scopes().is_empty() { "nothing" } else { "ok" }
}

#[with_org_token]
#[get("/orgs/<org_id>/token")]
fn org_token(org_id: &str, token: OrgToken) -> &'static str {
    if token.organization().as_str() == org_id { "ok" } else { "another" }
}

#[require_auth(organization = "<org_id>", scopes = "read:orders", resource = API)]
#[get("/orgs/<org_id>/orders")]
fn org_orders(org_id: &str, who: Identity) -> &'static str {
    if who.organization().is_some_and(|id| id.as_str() == org_id) { "ok" } else { "another" }
}

/// Where sessions are kept, unless the settings say it.
pub(crate) struct Stores {
    /// In memory, beside those of so many other people.
    pub(crate) fill: u32,
    /// In the PostgreSQL at this address.
    pub(crate) postgres: Option<String>,
    /// In the SQLite file with this path.
    pub(crate) sqlite: Option<PathBuf>,
}

pub(crate) async fn rocket(figment: Figment, stores: Stores) -> Outcome<Rocket<Build>> {
    let fairing = match stores {
        Stores { postgres: Some(url), .. } => {
            let store = PostgresStore::builder(&url).time_limit(PATIENCE).connect().await?;
            Logto::fairing().session_store(store)
        }
        Stores { sqlite: Some(path), .. } => {
            let store = SqliteStore::builder(path).time_limit(PATIENCE).connect().await?;
            Logto::fairing().session_store(store)
        }
        Stores { fill: 0, .. } => Logto::fairing(),
        Stores { fill, .. } => filled(fill).await?,
    };
    let routes = routes![open, guarded, scoped, user, token, org_token, org_orders];
    Ok(rocket::custom(figment).attach(fairing).mount("/", routes))
}

/// Sessions in memory, with those of `fill` other people: bytes of the usual length under keys of their own. That
/// many real sign-ins would take an hour. The store cannot tell the difference, as it never opens what it keeps.
async fn filled(fill: u32) -> Outcome<LogtoFairing> {
    let capacity = usize::try_from(fill)?.saturating_mul(2);
    let store = MemoryStore::new().capacity(capacity);
    for _ in 0..fill {
        let session = StoredSession {
            version: 1,
            sealed: vec![b's'; SESSION_BYTES].into(),
            subject: random_key()?,
            sid: None,
            lasts: DAY,
        };
        store.insert(&random_key()?, &session).await?;
    }
    Ok(Logto::fairing().session_store(store))
}

fn random_key() -> Outcome<StoreKey> {
    let mut key = [0; 32];
    rand::fill(&mut key)?;
    Ok(StoreKey::from_bytes(key))
}
