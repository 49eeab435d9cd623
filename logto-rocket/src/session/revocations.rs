//! Ends that come from elsewhere than the browser: from Logto, from an administrator, from another device.
//!
//! A session in a store is removed. A session in cookies is out of reach; what can be kept is a mark that
//! says from when on it counts for nothing, for as long as such a cookie can live.

use std::time::Duration;

use super::keyspace::KeySpace;
use super::local_state::EndReason;
use super::server_side::ServerSide;
use super::store::{BoundedStore, Holder, StoreError, StoreKey};
use super::{Session, SessionId};
use crate::clock::{Clock, UnixTime};
use crate::error::Error;
use crate::types::OrganizationId;

/// How long something that was begun may take until somebody else may begin it.
const UNDER_WAY: Duration = Duration::from_secs(60);

/// What becomes of the wish to do something once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// Do it, and say how it went.
    Now,
    /// Somebody else is at it.
    UnderWay,
    /// It was done before.
    Done,
}

pub(crate) struct Revocations {
    store: BoundedStore,
    /// Where sessions are, if not in cookies.
    sessions: Option<ServerSide>,
    names: KeySpace,
    clock: Clock,
    hears: Hears,
    /// How long a cookie can live at most.
    longest: Duration,
}

/// What Logto tells of by webhooks: of nothing else marks are looked up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hears {
    /// Changes of what people may do.
    pub(super) of_permissions: bool,
    /// Changes of people for which their sessions end.
    pub(super) of_user_updates: bool,
}

impl Revocations {
    pub(super) fn new(
        store: BoundedStore,
        sessions: Option<ServerSide>,
        names: KeySpace,
        clock: Clock,
        hears: Hears,
        longest: Duration,
    ) -> Self {
        Revocations { store, sessions, names, clock, hears, longest }
    }

    /// Ends the session that Logto calls `sid`; with a `subject`, only if it is that person's.
    pub(crate) async fn end_sid(&self, sid: &str, subject: Option<&str>) -> Result<(), Error> {
        // First, so that a sign-in under way either is found below or finds this.
        self.mark(&self.sid_key(sid, subject)).await?;
        if let Some(sessions) = &self.sessions {
            for record in sessions.of_sid(sid).await? {
                let is_theirs = match subject {
                    None => true,
                    Some(subject) => sessions.belongs_to(&record, subject).await?,
                };
                if is_theirs {
                    sessions.remove(&record).await?;
                }
            }
        }
        Ok(())
    }

    /// Ends every session of a person that exists now, and every one whose sign-in is under way.
    pub(crate) async fn end_subject(&self, subject: &str) -> Result<(), Error> {
        self.mark(&self.names.subject(subject)).await?;
        if let Some(sessions) = &self.sessions {
            for record in sessions.of_subject(subject).await? {
                sessions.remove(&record).await?;
            }
        }
        Ok(())
    }

    /// Whatever sessions hold of this organization is fetched anew before it is believed again.
    pub(crate) async fn forget_organization(&self, organization: &OrganizationId) -> Result<(), Error> {
        Ok(self.mark(&self.names.organization(organization)).await?)
    }

    /// Whatever sessions hold of what anybody may do is fetched anew before it is believed again.
    pub(crate) async fn forget_permissions(&self) -> Result<(), Error> {
        Ok(self.mark(&self.names.permissions()).await?)
    }

    /// When what people may do last changed, in this organization or anywhere, as far as anybody has told.
    pub(super) async fn changed(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<Option<UnixTime>, StoreError> {
        if !self.hears.of_permissions {
            return Ok(None);
        }
        let mut keys = vec![self.names.permissions()];
        keys.extend(organization.map(|organization| self.names.organization(organization)));
        let marks = self.store.marks(&keys).await?;
        Ok(marks.into_iter().flatten().max().map(UnixTime))
    }

    /// Ends the sessions of a person that began until `cut`. A sign-in that is under way goes on.
    pub(crate) async fn end_older(&self, subject: &str, cut: UnixTime) -> Result<(), Error> {
        self.store.mark(&self.names.user_update(subject), cut.0, self.longest).await?;
        if let Some(sessions) = &self.sessions {
            for record in sessions.of_subject(subject).await? {
                let session = sessions.look_at(&record).await?;
                if session.is_some_and(|session| session.subject == subject && session.created <= cut) {
                    sessions.remove(&record).await?;
                }
            }
        }
        Ok(())
    }

    /// True for the first who asks about `what` within `lasts`, in all processes.
    pub(crate) async fn first_time(&self, what: &str, lasts: Duration) -> Result<bool, Error> {
        Ok(self.store.claim(&self.names.once(what), lasts).await?)
    }

    /// Begins something that is to be done once. What is under way or done is not begun again; what was begun
    /// and not finished may be begun again after a while.
    pub(crate) async fn begin(&self, what: &str, holder: &Holder) -> Result<Begun, Error> {
        let key = self.names.once(what);
        if !self.store.lease(&key, holder, UNDER_WAY).await? {
            return Ok(Begun::UnderWay);
        }
        if self.store.marks(&[key]).await?.first().is_some_and(Option::is_some) {
            self.store.release(&key, holder).await?;
            return Ok(Begun::Done);
        }
        Ok(Begun::Now)
    }

    /// Finishes what was begun: it is done, and that is remembered for `done`; or it has failed.
    pub(crate) async fn finish(
        &self,
        what: &str,
        holder: &Holder,
        done: Option<Duration>,
    ) -> Result<(), Error> {
        let key = self.names.once(what);
        if let Some(lasts) = done {
            self.store.mark(&key, self.clock.now().0, lasts).await?;
        }
        Ok(self.store.release(&key, holder).await?)
    }

    /// Names the end of a session in cookies among those that wait for the store.
    pub(super) fn key_of_end(&self, id: SessionId, end: EndReason) -> StoreKey {
        match end {
            EndReason::Replaced => self.names.replaced(id),
            EndReason::Over => self.names.session(id),
        }
    }

    /// A session in cookies has ended: copies of them are worth nothing either.
    pub(super) async fn end_session(&self, id: SessionId, end: EndReason) -> Result<(), StoreError> {
        if end == EndReason::Replaced {
            self.mark(&self.names.replaced(id)).await?;
        }
        self.mark(&self.names.session(id)).await
    }

    /// How something has ended this session meanwhile, if its cookies say that it lives.
    pub(super) async fn has_ended(&self, session: &Session) -> Result<Option<EndReason>, StoreError> {
        let names = &self.names;
        let mut keys =
            vec![names.replaced(session.id), names.session(session.id), names.subject(&session.subject)];
        keys.extend(self.sid_keys(session));
        if self.hears.of_user_updates {
            keys.push(names.user_update(&session.subject));
        }
        let mut marks = self.store.marks(&keys).await?;
        let updated = if self.hears.of_user_updates { marks.pop().flatten() } else { None };
        let [replaced, ended, all_of_subject, of_sid @ ..] = marks.as_slice() else { return Ok(None) };
        if replaced.is_some() {
            return Ok(Some(EndReason::Replaced));
        }
        // A person signs in again, and then what was before does not matter. A session never lives again,
        // whatever the clocks say: neither here nor under its `sid` at Logto.
        let with_all =
            [*all_of_subject, updated].into_iter().flatten().any(|at| session.created <= UnixTime(at));
        let is_over = ended.is_some() || with_all || of_sid.iter().any(Option::is_some);
        Ok(is_over.then_some(EndReason::Over))
    }

    /// Whether Logto has said that the session under this `sid` is over, perhaps before it came to be one here.
    pub(super) async fn sid_has_ended(&self, session: &Session) -> Result<bool, StoreError> {
        let keys = self.sid_keys(session);
        if keys.is_empty() {
            return Ok(false);
        }
        Ok(self.store.marks(&keys).await?.iter().any(Option::is_some))
    }

    fn sid_keys(&self, session: &Session) -> Vec<StoreKey> {
        let Some(sid) = &session.sid else { return Vec::new() };
        vec![self.sid_key(sid, None), self.sid_key(sid, Some(&session.subject))]
    }

    /// Whether the store answers a question.
    pub(super) async fn is_ready(&self) -> Result<(), StoreError> {
        self.store.marks(&[self.names.once("is it there?")]).await.map(drop)
    }

    /// When all sessions of a person were last ended.
    pub(super) async fn subject_ended(&self, subject: &str) -> Result<Option<UnixTime>, StoreError> {
        self.at(&self.names.subject(subject)).await
    }

    async fn at(&self, key: &StoreKey) -> Result<Option<UnixTime>, StoreError> {
        let marks = self.store.marks(&[*key]).await?;
        Ok(marks.first().copied().flatten().map(UnixTime))
    }

    fn sid_key(&self, sid: &str, subject: Option<&str>) -> StoreKey {
        match subject {
            None => self.names.sid(sid),
            Some(subject) => self.names.sid_of(sid, subject),
        }
    }

    async fn mark(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.store.mark(key, self.clock.now().0, self.longest).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::UNIX_EPOCH;

    use tokio::time::{Instant, advance};

    use super::super::store::MemoryStore;
    use super::*;

    const LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);

    /// On the clock of a runtime that stands still.
    fn of_cookies() -> Revocations {
        let begin = Instant::now();
        let clock = Clock::new(move || UNIX_EPOCH + Duration::from_secs(1_000) + begin.elapsed());
        let store = BoundedStore::new(Arc::new(MemoryStore::new()), Duration::from_secs(1));
        let names = KeySpace::new("app", "https://app.example.com");
        let hears = Hears { of_permissions: true, of_user_updates: true };
        Revocations::new(store, None, names, clock, hears, LONGEST)
    }

    fn session(subject: &str, sid: &str, created: i64) -> Session {
        let mut session = Session::for_test(subject, UnixTime(created));
        session.sid = Some(sid.to_owned());
        session
    }

    async fn ended(revocations: &Revocations, session: &Session) -> Option<EndReason> {
        revocations.has_ended(session).await.expect("told")
    }

    #[tokio::test(start_paused = true)]
    async fn k17_a_mark_of_a_sid_lives_as_long_as_a_cookie_of_that_session_can() {
        let revocations = of_cookies();
        let (old, another) = (session("alice", "sid", 1_000), session("alice", "another", 1_000));
        assert_eq!(ended(&revocations, &old).await, None);
        revocations.end_sid("sid", None).await.expect("marked");
        let later = session("alice", "sid", 1_001);
        for age in [Duration::ZERO, LONGEST - Duration::from_secs(1)] {
            advance(age).await;
            assert_eq!(ended(&revocations, &old).await, Some(EndReason::Over));
            assert_eq!(ended(&revocations, &another).await, None, "another session of hers");
            assert_eq!(ended(&revocations, &later).await, Some(EndReason::Over), "a `sid` never lives again");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn k15_k17_a_mark_of_a_sid_and_a_person_ends_nothing_of_another_person() {
        let revocations = of_cookies();
        revocations.end_sid("sid", Some("bob")).await.expect("marked");
        assert_eq!(ended(&revocations, &session("alice", "sid", 1_000)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "other", 1_000)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "sid", 1_000)).await, Some(EndReason::Over));
    }

    #[tokio::test(start_paused = true)]
    async fn field_06_an_update_ends_what_began_until_then_and_no_sign_in_under_way() {
        let revocations = of_cookies();
        advance(Duration::from_secs(50)).await;
        revocations.end_older("alice", UnixTime(1_040)).await.expect("marked");
        for (created, end) in [(1_000, Some(EndReason::Over)), (1_040, Some(EndReason::Over)), (1_041, None)]
        {
            assert_eq!(ended(&revocations, &session("alice", "a", created)).await, end, "{created}");
            assert_eq!(ended(&revocations, &session("bob", "a", created)).await, None, "{created}");
        }
        assert_eq!(revocations.subject_ended("alice").await.expect("told"), None, "sign-ins go on");
    }

    #[tokio::test(start_paused = true)]
    async fn field_05_a_change_that_names_nobody_is_one_of_every_organization() {
        let revocations = of_cookies();
        let (acme, globex) = (OrganizationId::new("acme"), OrganizationId::new("globex"));
        let at = async |organization: &Option<OrganizationId>| {
            revocations.changed(organization.as_ref()).await.expect("told")
        };
        assert_eq!(at(&None).await, None);
        revocations.forget_organization(acme.as_ref().expect("an id")).await.expect("marked");
        assert_eq!(
            (at(&None).await, at(&acme).await, at(&globex).await),
            (None, Some(UnixTime(1_000)), None)
        );
        advance(Duration::from_secs(5)).await;
        revocations.forget_permissions().await.expect("marked");
        let later = Some(UnixTime(1_005));
        assert_eq!((at(&None).await, at(&acme).await, at(&globex).await), (later, later, later));
        advance(LONGEST - Duration::from_secs(1)).await;
        assert_eq!(at(&None).await, later, "for as long as a session can live");
    }

    #[tokio::test(start_paused = true)]
    async fn k17_a_mark_of_a_person_ends_what_was_there_and_nothing_later() {
        let revocations = of_cookies();
        revocations.end_subject("alice").await.expect("marked");
        assert_eq!(ended(&revocations, &session("alice", "a", 1_000)).await, Some(EndReason::Over));
        assert_eq!(ended(&revocations, &session("alice", "a", 1_001)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "a", 1_000)).await, None);
        advance(LONGEST - Duration::from_secs(1)).await;
        assert_eq!(ended(&revocations, &session("alice", "a", 1_000)).await, Some(EndReason::Over));
    }
}
