//! Where sessions are kept, behind one door: what a request presents, how a session changes, how it ends.

use std::sync::Arc;
use std::time::Duration;

use super::ages::Ages;
use super::cookies::{CookieStore, SetCookie, expired_cookies};
use super::ids::SessionIds;
use super::keyspace::KeySpace;
use super::local_state::{EndReason, Known, LocalSessionState, LocalSessionStates};
use super::refresh_lease::{LeaseOutcome, RefreshLease};
use super::revocations::{Hears, Revocations};
use super::seal::{KeyRing, random};
use super::server_side::{Loaded, ServerSide};
use super::store::{BoundedStore, SessionStore, StoreError};
use super::updates::{Base, Proof, SessionUpdate, WaitingForStore, alive, reread, write};
use super::{Life, Session, SessionId, StoreLocator};
use crate::clock::{Clock, UnixTime};
use crate::config::{Config, SessionLimits};
use crate::error::Error;

/// How long a process waits for another one that refreshes the same session.
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(300);
/// Where sessions live.
pub(crate) enum Kept {
    InCookies(CookieStore),
    InStore(Box<CookieStore>, Box<ServerSide>),
}

pub(crate) struct Sessions {
    kept: Kept,
    local_states: LocalSessionStates,
    revocations: Arc<Revocations>,
    ages: Ages,
    waiting: WaitingForStore,
    limits: SessionLimits,
    leeway: Duration,
    clock: Clock,
}

/// What a request's cookies come to.
pub(crate) struct Presented {
    /// Names of session cookies that came along, good or not.
    pub(crate) names: Vec<String>,
    pub(crate) lookup: SessionLookup,
    /// A session of ours came along, and has ended.
    pub(crate) ended: bool,
}

pub(crate) enum SessionLookup {
    /// No session. Cookies that came along stay as they are: they may be of use to others, or later.
    Absent,
    /// Cookies that open no living session are of no use to anybody.
    Stale,
    Active(Box<Alive>),
    /// The store does not answer, so nobody can tell.
    Unresolved(StoreError, UnresolvedSession),
}

/// What is known of a session of which nobody can tell whether it lives: enough to end it.
pub(crate) enum UnresolvedSession {
    Locator(StoreLocator),
    Session(Arc<Session>),
}

pub(crate) struct Alive {
    pub(crate) session: Arc<Session>,
    /// Held while the request runs, so that nothing is forgotten meanwhile.
    pub(crate) local_state: Arc<LocalSessionState>,
    /// Of what the request brought along.
    pub(crate) revision: u64,
    /// Whether it has to be written, so that it does not count as idle or stay under an old key.
    pub(crate) due: bool,
}

impl Sessions {
    /// `store` has what all processes share, and the sessions too where `in_store` says so.
    pub(crate) fn open(
        config: &Config,
        cookies: CookieStore,
        keys: &Arc<KeyRing>,
        store: Arc<dyn SessionStore>,
        in_store: bool,
        clock: &Clock,
    ) -> Self {
        let (limits, clock) = (config.session, clock.clone());
        // A little more than the store itself has been told, so that it can say what has happened.
        let store = BoundedStore::new(store, config.store_timeout + config.store_timeout / 4);
        let names = KeySpace::new(&config.app_id, &config.origin());
        let server = in_store.then(|| {
            let ids = SessionIds::new(config);
            ServerSide::new(store.clone(), Arc::clone(keys), ids, names.clone(), limits, clock.clone())
        });
        let hears = Hears {
            of_permissions: !config.webhook_signing_keys.is_empty(),
            of_user_updates: config.end_sessions_on_user_update,
        };
        let revocations =
            Revocations::new(store, server.clone(), names, clock.clone(), hears, limits.absolute);
        let kept = match server {
            Some(server) => Kept::InStore(Box::new(cookies), Box::new(server)),
            None => Kept::InCookies(cookies),
        };
        let local_states = LocalSessionStates::new(clock.clone(), limits.idle);
        let revocations = Arc::new(revocations);
        let ages = Ages::new(config.authorization, Arc::clone(&revocations), clock.clone());
        let waiting = WaitingForStore::new();
        Sessions { kept, local_states, revocations, ages, waiting, limits, leeway: config.leeway, clock }
    }

    /// What tokens and roles must be younger than.
    pub(crate) fn ages(&self) -> &Ages {
        &self.ages
    }

    pub(crate) fn revocations(&self) -> &Arc<Revocations> {
        &self.revocations
    }

    /// Whether the browser alone holds the sessions: what changes must reach it.
    pub(crate) fn are_in_cookies(&self) -> bool {
        matches!(self.kept, Kept::InCookies(_))
    }

    pub(crate) fn local_state(&self, id: SessionId) -> Arc<LocalSessionState> {
        self.local_states.of(id)
    }

    /// The session that cookies lead to. Asks the store once, and not at all without a cookie.
    pub(crate) async fn present(&self, cookies: &[(&str, &str)]) -> Presented {
        let pairs = cookies.iter().copied();
        match &self.kept {
            Kept::InCookies(cookies) => {
                let read = cookies.read(pairs);
                let (lookup, ended) = match read.session {
                    Some(session) => {
                        let lookup = self.judge_cookie(Arc::new(session), read.with_old_key).await;
                        let ended = matches!(lookup, SessionLookup::Stale | SessionLookup::Absent);
                        (lookup, ended)
                    }
                    None if read.names.is_empty() => (SessionLookup::Absent, false),
                    None => (SessionLookup::Stale, false),
                };
                Presented { names: read.names, lookup, ended }
            }
            Kept::InStore(cookies, server) => {
                let (ids, names) = cookies.ids(pairs, SessionIds::is_id);
                let locators: Vec<StoreLocator> =
                    ids.into_iter().filter_map(|id| server.locator_of(id)).collect();
                let mut lookup = if names.is_empty() { SessionLookup::Absent } else { SessionLookup::Stale };
                let mut ended = false;
                for locator in locators {
                    let known;
                    (lookup, known) = self.judge_locator(server, locator).await;
                    ended |= known;
                    if !matches!(lookup, SessionLookup::Stale) {
                        break;
                    }
                }
                Presented { names, lookup, ended }
            }
        }
    }

    async fn judge_cookie(&self, session: Arc<Session>, with_old_key: bool) -> SessionLookup {
        let lookup = self.judge(session, with_old_key);
        let SessionLookup::Active(alive) = lookup else { return lookup };
        match self.revocations.has_ended(&alive.session).await {
            Ok(None) => SessionLookup::Active(alive),
            Ok(Some(end)) => {
                alive.local_state.end(end);
                match end {
                    EndReason::Over => SessionLookup::Stale,
                    EndReason::Replaced => SessionLookup::Absent,
                }
            }
            Err(error) => SessionLookup::Unresolved(error, UnresolvedSession::Session(alive.session)),
        }
    }

    /// And whether there was a session at that place, which has ended.
    async fn judge_locator(&self, server: &ServerSide, locator: StoreLocator) -> (SessionLookup, bool) {
        match server.load(&locator).await {
            Ok(Loaded::Session { session, with_old_key }) => {
                let lookup = self.judge(session, with_old_key);
                let ended = matches!(lookup, SessionLookup::Stale | SessionLookup::Absent);
                (lookup, ended)
            }
            // A request that was under way while its session was replaced must not remove the successor's
            // cookie, which has the same name.
            Ok(Loaded::Ended) => match server.was_replaced(&locator).await {
                Ok(false) => (SessionLookup::Stale, true),
                Ok(true) | Err(_) => (SessionLookup::Absent, true),
            },
            Ok(Loaded::Nothing) => (SessionLookup::Stale, false),
            Err(error) => (SessionLookup::Unresolved(error, UnresolvedSession::Locator(locator)), false),
        }
    }

    /// What this process knows of the session, and what time has made of it.
    fn judge(&self, session: Arc<Session>, with_old_key: bool) -> SessionLookup {
        let life = session.life(self.limits, self.clock.now(), self.leeway);
        if life == Life::NotYet {
            return SessionLookup::Absent;
        }
        if life == Life::Over {
            return SessionLookup::Stale;
        }
        let (revision, local_state) = (session.revision, self.local_states.of(session.id));
        match local_state.brought(session) {
            Known::Ended(EndReason::Over) => SessionLookup::Stale,
            Known::Ended(EndReason::Replaced) => SessionLookup::Absent,
            Known::Alive(session) => {
                let due = life == Life::DueForRenewal || with_old_key;
                SessionLookup::Active(Box::new(Alive { session, local_state, revision, due }))
            }
        }
    }

    /// The newest there is of a session, in the store and in this process.
    pub(crate) async fn newest(&self, session: Arc<Session>) -> Result<Arc<Session>, Error> {
        let local_state = self.local_states.of(session.id);
        match (&self.kept, session.locator.clone()) {
            (Kept::InStore(_, server), Some(locator)) => reread(server, &local_state, &locator).await,
            _ => {
                if let Some(end) = self.revocations.has_ended(&session).await? {
                    local_state.end(end);
                }
                alive(local_state.newest(session))
            }
        }
    }

    /// Whether what all processes share answers: asked before something is spent that a new session needs.
    ///
    /// # Errors
    ///
    /// That it does not.
    pub(crate) async fn is_ready(&self) -> Result<(), Error> {
        Ok(self.revocations.is_ready().await?)
    }

    /// Keeps a new session, whose sign-in had begun at `began`.
    pub(crate) async fn begin(&self, mut session: Session, began: UnixTime) -> Result<Arc<Session>, Error> {
        match &self.kept {
            // Better no session than one that the browser drops without a word.
            Kept::InCookies(cookies) => {
                cookies.write(&session, &[])?;
            }
            Kept::InStore(_, server) => server.insert(&mut session).await?,
        }
        // After it is kept: whoever ends the person's sessions in this moment finds it, or is found here.
        match self.ended_meanwhile(&session).await {
            Ok(None) => {}
            Ok(Some(ended)) if ended <= began => {
                session.created = session.created.max(UnixTime(ended.0.saturating_add(1)));
            }
            over => {
                self.end(&session, EndReason::Over).await;
                return Err(over.map_or_else(Error::from, |_| Error::SessionEnded));
            }
        }
        Ok(Arc::new(session))
    }

    /// When a session that has just begun was ended, if it was.
    async fn ended_meanwhile(&self, session: &Session) -> Result<Option<UnixTime>, StoreError> {
        if self.revocations.sid_has_ended(session).await? {
            return Ok(Some(UnixTime(i64::MAX)));
        }
        self.revocations.subject_ended(&session.subject).await
    }

    /// Changes a session for all who have it. What the store does not take now is kept in this process and
    /// offered to it again: a refresh token may be in it that exists nowhere else.
    pub(crate) async fn change(
        &self,
        session: &Arc<Session>,
        edit: SessionUpdate,
    ) -> Result<Arc<Session>, Error> {
        let local_state = self.local_states.of(session.id);
        let (Kept::InStore(_, server), Some(locator)) = (&self.kept, &session.locator) else {
            // Another process may have ended it meanwhile. Where nobody can tell, the change is kept.
            if let Ok(Some(end)) = self.revocations.has_ended(session).await {
                local_state.end(end);
            }
            return alive(local_state.change(session, |newest| edit(newest)));
        };
        let mut unsaved = local_state.unsaved().await;
        // What was not saved is in this process's newest already, and not in the store's.
        let base = if unsaved.is_empty() { Base::Newest } else { Base::Stored };
        let edits: Vec<SessionUpdate> = unsaved.iter().chain([&edit]).cloned().collect();
        match write(server, &local_state, session, locator, &edits, base).await {
            Ok(written) => {
                unsaved.clear();
                Ok(written)
            }
            Err(Error::Store(error)) => {
                tracing::warn!(target: "logto", "a change of a session is kept in memory until the store takes it: {error}");
                unsaved.push(Arc::clone(&edit));
                let (state, kept) = (Arc::clone(&local_state), Arc::clone(session));
                self.waiting.offer_again((**server).clone(), state, kept, locator.clone());
                alive(local_state.change(session, |newest| edit(newest)))
            }
            Err(other) => {
                unsaved.clear();
                Err(other)
            }
        }
    }

    /// Ends a session, for everybody who has it.
    pub(crate) async fn end(&self, session: &Session, end: EndReason) {
        self.local_states.of(session.id).end(end);
        match (&self.kept, &session.locator) {
            (Kept::InStore(_, server), Some(locator)) => {
                if end == EndReason::Replaced
                    && let Err(error) = server.note_replaced(&locator.record).await
                {
                    tracing::warn!(target: "logto", "a replaced session is not marked as such: {error}");
                }
                self.remove(server, locator, Proof::Made).await;
            }
            _ => {
                if let Err(error) = self.revocations.end_session(session.id, end).await {
                    tracing::warn!(target: "logto", "an ended session is marked as such as soon as the store answers; until then copies of its cookies live on: {error}");
                    let (revocations, id) = (Arc::clone(&self.revocations), session.id);
                    let key = revocations.key_of_end(id, end);
                    self.waiting.end(Proof::Made, key, move || {
                        let revocations = Arc::clone(&revocations);
                        async move { revocations.end_session(id, end).await.is_ok() }
                    });
                }
            }
        }
    }

    /// Ends a session of [`of_subject`](Self::of_subject); by its own request, or from another device.
    pub(crate) async fn end_listed(&self, session: &Session) -> Result<(), Error> {
        if let (Kept::InStore(_, server), Some(locator)) = (&self.kept, &session.locator) {
            server.remove(&locator.record).await?;
        }
        self.local_states.of(session.id).end(EndReason::Over);
        Ok(())
    }

    /// Whether the browser of this session has another one now, whose cookies have the same names: then an answer
    /// that comes late must not remove them.
    pub(crate) async fn was_replaced(&self, session: &Arc<Session>) -> bool {
        let local_state = self.local_states.of(session.id);
        if matches!(local_state.newest(Arc::clone(session)), Known::Ended(EndReason::Replaced)) {
            return true;
        }
        match (&self.kept, &session.locator) {
            (Kept::InStore(_, server), Some(locator)) => server.was_replaced(locator).await.unwrap_or(true),
            _ => false,
        }
    }

    /// Ends whatever session is kept at a place, if any is: nobody could look.
    pub(crate) async fn end_at(&self, locator: &StoreLocator) {
        let Kept::InStore(_, server) = &self.kept else { return };
        let proof = if server.has_made(locator) { Proof::Made } else { Proof::Unproven };
        self.remove(server, locator, proof).await;
    }

    async fn remove(&self, server: &ServerSide, locator: &StoreLocator, proof: Proof) {
        if let Err(error) = server.remove(&locator.record).await {
            tracing::warn!(target: "logto", "an ended session is removed as soon as the store answers: {error}");
            let (server, record) = (server.clone(), locator.record);
            self.waiting.end(proof, record, move || {
                let server = server.clone();
                async move { server.remove(&record).await.is_ok() }
            });
        }
    }

    /// The lead among all processes for what only one of them may do. Unless it `is_done` by then, the
    /// session that comes along is the newest there is.
    pub(crate) async fn refresh_lease(
        &self,
        session: Arc<Session>,
        is_done: impl Fn(&Session) -> bool,
    ) -> Result<LeaseOutcome, Error> {
        let local_state = self.local_states.of(session.id);
        let (Kept::InStore(_, server), Some(locator)) = (&self.kept, session.locator.clone()) else {
            return Ok(LeaseOutcome::Acquired(
                alive(local_state.newest(session))?,
                RefreshLease::undisputed(),
            ));
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let mut pause = FIRST_WAIT;
        loop {
            let lead = RefreshLease::take(server, session.id).await?;
            let newest = reread(server, &local_state, &locator).await?;
            if is_done(&newest) {
                return Ok(LeaseOutcome::Done(newest));
            }
            if let Some(lead) = lead {
                return Ok(LeaseOutcome::Acquired(newest, lead));
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(
                    StoreError::new("another process has not come to an end with this session").into()
                );
            }
            let [dice] = random::<1>();
            tokio::time::sleep(pause + pause * u32::from(dice) / 512).await;
            pause = (pause * 2).min(LONGEST_WAIT);
        }
    }

    /// The cookies for an answer: `session` is what the request ended with, `fresh` one that has just begun.
    pub(crate) async fn settle(
        &self,
        session: &Arc<Session>,
        brought: Option<u64>,
        due: bool,
        fresh: bool,
        names: &[String],
    ) -> Result<Vec<SetCookie>, Error> {
        let local_state = self.local_states.of(session.id);
        match &self.kept {
            Kept::InCookies(cookies) => {
                // Other requests may have refreshed the session meanwhile: the newest is written, also where
                // this one failed after its refresh. Or they may have ended it: then it is not brought back.
                match local_state.newest(Arc::clone(session)) {
                    Known::Alive(newest) if fresh || due || Some(newest.revision) != brought => {
                        let mut newest = Session::clone(&newest);
                        newest.seen = self.clock.now();
                        cookies.write(&newest, names)
                    }
                    Known::Alive(_) | Known::Ended(EndReason::Replaced) => Ok(Vec::new()),
                    Known::Ended(EndReason::Over) => Ok(expired_cookies(names)),
                }
            }
            Kept::InStore(cookies, server) => {
                let Some(locator) = &session.locator else { return Ok(Vec::new()) };
                if fresh {
                    return Ok(cookies.write_id(locator.cookie.expose(), names));
                }
                if matches!(local_state.newest(Arc::clone(session)), Known::Ended(_)) {
                    let replaced = self.was_replaced(session).await;
                    return Ok(if replaced { Vec::new() } else { expired_cookies(names) });
                }
                if !due || !local_state.may_renew() {
                    return Ok(Vec::new());
                }
                self.renew(server, &local_state, session, locator).await?;
                Ok(cookies.write_id(locator.cookie.expose(), names))
            }
        }
    }

    /// Writes a session so that it does not count as idle: once for all requests that notice.
    async fn renew(
        &self,
        server: &ServerSide,
        local_state: &LocalSessionState,
        session: &Arc<Session>,
        locator: &StoreLocator,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let seen: SessionUpdate = Arc::new(move |session: &mut Session| session.seen = session.seen.max(now));
        let mut unsaved = local_state.unsaved().await;
        let base = if unsaved.is_empty() { Base::Newest } else { Base::Stored };
        let edits: Vec<SessionUpdate> = unsaved.iter().chain([&seen]).cloned().collect();
        write(server, local_state, session, locator, &edits, base).await?;
        unsaved.clear();
        Ok(())
    }

    /// The living sessions of a person. `None` where only their browsers know.
    pub(crate) async fn of_subject(&self, subject: &str) -> Result<Option<Vec<Arc<Session>>>, Error> {
        let Kept::InStore(_, server) = &self.kept else { return Ok(None) };
        let mut sessions = Vec::new();
        for record in server.of_subject(subject).await? {
            let session = server.look_at(&record).await?.filter(|session| session.subject == subject);
            let is_alive = |session: &Arc<Session>| {
                matches!(
                    session.life(self.limits, self.clock.now(), self.leeway),
                    Life::Alive | Life::DueForRenewal
                )
            };
            sessions.extend(session.filter(is_alive));
        }
        Ok(Some(sessions))
    }
}
