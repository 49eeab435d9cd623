//! What one request has learned and changed: its session, its bearer, who was let in, why somebody was
//! not. Written to the answer once, by the response fairing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rocket::Request;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::failure::AuthFailure;
use super::identity::Identity;
use super::view::RequestView;
use crate::bearer::AccessTokenClaims;
use crate::clock::UnixTime;
use crate::error::Error;
use crate::logto::Logto;
use crate::session::{HeldRoles, HeldToken, Life, Session, SetCookie, TokenTarget};
use crate::token::{End, Known, Lineage, Wanted};
use crate::types::{OrganizationId, Secret};

/// How long roles from the userinfo endpoint are believed: every other answer would be a call to Logto.
const ROLES_FRESH: Duration = Duration::from_secs(300);

#[derive(Default)]
pub(crate) struct RequestState {
    session: OnceCell<Arc<SessionSlot>>,
    pub(super) bearer: OnceCell<Result<Arc<AccessTokenClaims>, Error>>,
    /// Who was let in, and by which route: another one has to ask for itself.
    identity: Mutex<Option<(RouteKey, Identity)>>,
    failure: Mutex<Option<AuthFailure>>,
    cookies: Mutex<Vec<PendingCookie>>,
    guarded: AtomicBool,
    /// The query of a callback, taken out of the URI before that is logged.
    callback_query: OnceLock<String>,
    /// Whether the request came as HEAD: Rocket turns it into GET before it reaches a route.
    head: AtomicBool,
}

/// A cookie of this crate that is no session: a sign-in attempt, or the mark against loops.
#[derive(Debug, Clone)]
pub(crate) struct PendingCookie {
    pub(crate) cookie: SetCookie,
    pub(crate) max_age: Duration,
}

/// Tells the routes apart that one request is offered to. Their addresses do: they stay where they are
/// while it runs.
type RouteKey = Option<usize>;

fn route_key(request: &Request<'_>) -> RouteKey {
    request.route().map(|route| std::ptr::from_ref(route).addr())
}

/// The session of one request, as far as it is known, and what is to become of its cookies.
pub(crate) struct SessionSlot {
    /// Names of session cookies that the request carried.
    pub(crate) presented: Vec<String>,
    /// Of the session as it was presented.
    revision: Option<u32>,
    current: Mutex<Slot>,
}

struct Slot {
    session: Option<Session>,
    change: Change,
    lineage: Option<Arc<Lineage>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Write,
    Remove,
}

impl Change {
    /// The cookies of a session that was replaced stay: they have the names of its successor's.
    fn after(end: End) -> Self {
        match end {
            End::Over => Change::Remove,
            End::Replaced => Change::None,
        }
    }
}

/// What becomes of the session's cookies.
pub(crate) enum Outcome {
    Keep,
    Write(Box<Session>),
    Remove,
}

impl RequestState {
    pub(crate) fn of(request: &(impl RequestView + ?Sized)) -> &RequestState {
        request.state()
    }

    /// The session that the request's cookies hold, opened once.
    pub(crate) async fn session(
        &self,
        request: &(impl RequestView + ?Sized),
        logto: &Logto,
    ) -> Arc<SessionSlot> {
        let load = || async { Arc::new(SessionSlot::load(request, logto)) };
        Arc::clone(self.session.get_or_init(load).await)
    }

    /// The session, if anything in this request has asked for it.
    pub(crate) fn loaded_session(&self) -> Option<&Arc<SessionSlot>> {
        self.session.get()
    }

    pub(super) fn identity(&self, request: &Request<'_>) -> Option<Identity> {
        let known = lock(&self.identity);
        known.as_ref().filter(|(route, _)| *route == route_key(request)).map(|(_, identity)| identity.clone())
    }

    /// Of several rules on one route, the one that knows most about the caller speaks.
    pub(super) fn let_in(&self, request: &Request<'_>, identity: &Identity) {
        let mut known = lock(&self.identity);
        let knows_less = |(route, held): &(RouteKey, Identity)| {
            *route != route_key(request)
                || (held.organization.is_some(), held.scopes_are_known)
                    < (identity.organization.is_some(), identity.scopes_are_known)
        };
        if known.as_ref().is_none_or(knows_less) {
            *known = Some((route_key(request), identity.clone()));
        }
    }

    pub(super) fn record(&self, failure: &AuthFailure) {
        *lock(&self.failure) = Some(failure.clone());
    }

    pub(crate) fn failure(&self) -> Option<AuthFailure> {
        lock(&self.failure).clone()
    }

    pub(crate) fn keep_callback_query(&self, query: String) {
        let _ = self.callback_query.set(query);
    }

    pub(crate) fn callback_query(&self) -> &str {
        self.callback_query.get().map_or("", String::as_str)
    }

    pub(crate) fn mark_head(&self) {
        self.head.store(true, Ordering::Relaxed);
    }

    pub(crate) fn came_as_head(&self) -> bool {
        self.head.load(Ordering::Relaxed)
    }

    pub(super) fn mark_guarded(&self) {
        self.guarded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Relaxed)
    }

    pub(crate) fn set_cookie(&self, cookie: PendingCookie) {
        lock(&self.cookies).push(cookie);
    }

    pub(crate) fn take_cookies(&self) -> Vec<PendingCookie> {
        std::mem::take(&mut *lock(&self.cookies))
    }
}

impl SessionSlot {
    fn load(request: &(impl RequestView + ?Sized), logto: &Logto) -> Self {
        let presented = logto.0.cookies.read(request.headers().get("cookie"));
        let (config, now) = (&logto.0.config, logto.0.clock.now());
        let revision = presented.session.as_ref().map(|session| session.revision);
        let mut slot = Slot { session: None, change: Change::None, lineage: None };
        match presented.session.map(|session| (session.life(config.session, now, config.leeway), session)) {
            Some((life @ (Life::Alive | Life::DueForRenewal), session)) => {
                let lineage = logto.0.tokens.lineage(session.id);
                if life == Life::DueForRenewal || presented.with_old_key {
                    slot.change = Change::Write;
                }
                match lineage.newest(session) {
                    Known::Alive(session) => slot.session = Some(*session),
                    Known::Ended(end) => slot.change = Change::after(end),
                }
                slot.lineage = Some(lineage);
            }
            Some((Life::NotYet, _)) => {}
            // Cookies that open no living session are of no use to anybody.
            Some((Life::Over, _)) | None if !presented.names.is_empty() => slot.change = Change::Remove,
            _ => {}
        }
        SessionSlot { presented: presented.names, revision, current: Mutex::new(slot) }
    }

    pub(crate) fn session(&self) -> Option<Session> {
        lock(&self.current).session.clone()
    }

    /// From now on this is the session.
    pub(crate) fn replace(&self, logto: &Logto, session: Session) {
        let lineage = Some(logto.0.tokens.lineage(session.id));
        *lock(&self.current) = Slot { session: Some(session), change: Change::Write, lineage };
    }

    /// From now on there is none.
    pub(crate) fn end(&self) {
        let mut slot = lock(&self.current);
        slot.session = None;
        slot.change = Change::Remove;
    }

    /// What is to become of the cookies, now that the request is answered. Other requests may have
    /// refreshed the session meanwhile: the newest is written, also where this one failed after its
    /// refresh. Or they may have ended it: then this one does not bring it back.
    pub(crate) fn outcome(&self, now: UnixTime) -> Outcome {
        let slot = lock(&self.current);
        if slot.change == Change::Remove {
            return Outcome::Remove;
        }
        let Some(session) = &slot.session else { return Outcome::Keep };
        let newest = match &slot.lineage {
            Some(lineage) => lineage.newest(session.clone()),
            None => Known::Alive(Box::new(session.clone())),
        };
        match newest {
            Known::Alive(mut newest)
                if slot.change == Change::Write || Some(newest.revision) != self.revision =>
            {
                newest.seen = now;
                Outcome::Write(newest)
            }
            Known::Ended(end) if Change::after(end) == Change::Remove => Outcome::Remove,
            _ => Outcome::Keep,
        }
    }

    /// A valid access token, fetched if need be; the session is changed accordingly.
    pub(crate) async fn token(&self, logto: &Logto, wanted: &Wanted) -> Result<HeldToken, Error> {
        let session = self.session().ok_or(Error::SessionEnded)?;
        match logto.0.tokens.obtain(&session, wanted).await {
            Ok(obtained) => {
                if let Some(newer) = obtained.session {
                    self.replace(logto, newer);
                }
                Ok(obtained.token)
            }
            Err(Error::SessionEnded) => {
                self.end();
                Err(Error::SessionEnded)
            }
            Err(other) => Err(other),
        }
    }
}

/// Questions about the person that go beyond what the session holds.
impl SessionSlot {
    /// The claims that the userinfo endpoint gives now.
    pub(super) async fn userinfo(&self, logto: &Logto) -> Result<Map<String, Value>, Error> {
        let first = self.userinfo_token(logto, Wanted::secret(TokenTarget::userinfo())).await?;
        match self.ask_userinfo(logto, &first).await {
            // A token may die before its time; a fresh one tells whether the grant has.
            Err(Error::Refused(refused)) if refused.status == 401 => {
                let another = Wanted::other_than(first, TokenTarget::userinfo());
                let second = self.userinfo_token(logto, another).await?;
                match self.ask_userinfo(logto, &second).await {
                    Err(Error::Refused(refused)) if refused.status == 401 => {
                        // For the browser's other requests too, that have the same session.
                        if let Some(session) = self.session() {
                            logto.0.tokens.end(session.id, End::Over);
                        }
                        self.end();
                        Err(Error::SessionEnded)
                    }
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn userinfo_token(&self, logto: &Logto, wanted: Wanted) -> Result<Secret, Error> {
        self.token(logto, &wanted).await?.secret.ok_or(Error::NoRefreshToken)
    }

    async fn ask_userinfo(&self, logto: &Logto, token: &Secret) -> Result<Map<String, Value>, Error> {
        let session = self.session().ok_or(Error::SessionEnded)?;
        logto.0.provider.userinfo(token, &session.subject).await
    }

    /// The person's roles, or those in `organization`. From the ID token; from the userinfo endpoint where
    /// the tenant keeps them out of it.
    pub(super) async fn roles(
        &self,
        logto: &Logto,
        organization: Option<&OrganizationId>,
    ) -> Result<Vec<String>, Error> {
        let session = self.session().ok_or(Error::SessionEnded)?;
        let claim = if organization.is_some() { "organization_roles" } else { "roles" };
        let all = match session.claims().get(claim) {
            Some(Value::Array(roles)) => texts(roles),
            _ => {
                let held = self.held_roles(logto, session).await?;
                if organization.is_some() { held.of_organizations } else { held.of_user }
            }
        };
        let Some(organization) = organization else { return Ok(all) };
        let prefix = format!("{organization}:");
        Ok(all.iter().filter_map(|role| role.strip_prefix(&prefix)).map(str::to_owned).collect())
    }

    async fn held_roles(&self, logto: &Logto, session: Session) -> Result<HeldRoles, Error> {
        let now = logto.0.clock.now();
        if let Some(held) =
            session.roles.filter(|held| now.since(held.asked) < ROLES_FRESH && held.asked <= now)
        {
            return Ok(held);
        }
        let claims = self.userinfo(logto).await?;
        let list = |name: &str| {
            claims.get(name).and_then(Value::as_array).map(|roles| texts(roles)).unwrap_or_default()
        };
        let held =
            HeldRoles { of_user: list("roles"), of_organizations: list("organization_roles"), asked: now };
        if let Some(mut session) = self.session() {
            session.roles = Some(held.clone());
            self.replace(logto, session);
        }
        Ok(held)
    }
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
