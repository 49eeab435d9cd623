//! Revocation marks: ends that come from elsewhere than the browser, from Logto, an administrator or another device.
//!
//! A session in cookies is out of reach. A mark says that it has ended, for as long as such a cookie can live. Where
//! sessions are in a store and are removed there, a mark ends the one whose sign-in is under way.

use std::time::Duration;

use super::handle::SessionHandle;
use super::keyspace::KeySpace;
use super::model::{EndReason, Session, SessionId};
use super::store::{BoundedStore, StoreError, StoreKey};
use crate::clock::{Clock, UnixTime};
use crate::error::Error;
use crate::types::OrganizationId;

pub(crate) struct Revocations {
    store: BoundedStore,
    names: KeySpace,
    clock: Clock,
    sources: MarkSources,
    /// How long a cookie can live at most.
    longest: Duration,
}

/// Which webhooks of Logto write marks. Marks that nothing writes are not looked up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct MarkSources {
    /// Webhooks about permissions.
    pub(super) permissions: bool,
    /// Webhooks about users, where the setting `end_sessions_on_user_update` is on.
    pub(super) user_updates: bool,
}

impl Revocations {
    pub(super) fn new(
        store: BoundedStore,
        names: KeySpace,
        clock: Clock,
        sources: MarkSources,
        longest: Duration,
    ) -> Self {
        Revocations { store, names, clock, sources, longest }
    }

    /// The session that Logto calls `sid` has ended; with a `subject`, only if it is that user's.
    pub(super) async fn mark_sid(&self, sid: &str, subject: Option<&str>) -> Result<(), StoreError> {
        self.mark(&self.sid_key(sid, subject)).await
    }

    /// Every session of a user that exists now has ended, and every one whose sign-in is under way.
    pub(super) async fn mark_subject(&self, subject: &str) -> Result<(), StoreError> {
        self.mark(&self.names.subject(subject)).await
    }

    /// The sessions of a user that began until `cut` have ended. A sign-in that is under way goes on.
    pub(super) async fn mark_older(&self, subject: &str, cut: UnixTime) -> Result<(), StoreError> {
        self.store.mark(&self.names.user_update(subject), cut.0, self.longest).await
    }

    /// Whatever sessions hold of this organization is fetched anew before it is believed again.
    pub(crate) async fn forget_organization(&self, organization: &OrganizationId) -> Result<(), Error> {
        Ok(self.mark(&self.names.organization(organization)).await?)
    }

    /// Whatever sessions hold of what anybody may do is fetched anew before it is believed again.
    pub(crate) async fn forget_permissions(&self) -> Result<(), Error> {
        Ok(self.mark(&self.names.permissions()).await?)
    }

    /// When what users may do last changed, in this organization or anywhere, as far as anybody has told.
    pub(super) async fn changed(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<Option<UnixTime>, StoreError> {
        if self.permissions_are_marked() {
            // In a box: the future of each guarded request would hold it, and most deployments have no such webhook.
            Box::pin(self.marked_change(organization)).await
        } else {
            Ok(None)
        }
    }

    /// Whether a webhook about permissions writes marks.
    pub(super) fn permissions_are_marked(&self) -> bool {
        self.sources.permissions
    }

    async fn marked_change(
        &self,
        organization: Option<&OrganizationId>,
    ) -> Result<Option<UnixTime>, StoreError> {
        let mut keys = vec![self.names.permissions()];
        keys.extend(organization.map(|organization| self.names.organization(organization)));
        let marks = self.store.marks(&keys).await?;
        Ok(marks.into_iter().flatten().max().map(UnixTime))
    }

    /// Names the end of a session in cookies among those that wait for the store.
    pub(super) fn key_of_end(&self, id: SessionId, reason: EndReason) -> StoreKey {
        match reason {
            EndReason::Replaced => self.names.replaced(id),
            EndReason::Terminated => self.names.session(id),
        }
    }

    /// A session in cookies has ended: copies of them are worth nothing either.
    pub(super) async fn mark_session(&self, id: SessionId, reason: EndReason) -> Result<(), StoreError> {
        if reason == EndReason::Replaced {
            self.mark(&self.names.replaced(id)).await?;
        }
        self.mark(&self.names.session(id)).await
    }

    /// How something has ended this session meanwhile, if its cookies say that it lives.
    pub(super) async fn has_ended(&self, session: &SessionHandle) -> Result<Option<EndReason>, StoreError> {
        let keys = session.local_state().revocation_keys(|| self.keys_of(session).into());
        let marks = self.store.marks(keys).await?;
        Ok(self.ended_by(session, marks))
    }

    /// The keys of the marks that end a session.
    fn keys_of(&self, session: &Session) -> Vec<StoreKey> {
        let names = &self.names;
        let mut keys =
            vec![names.replaced(session.id), names.session(session.id), names.subject(&session.subject)];
        keys.extend(self.sid_keys(session));
        if self.sources.user_updates {
            keys.push(names.user_update(&session.subject));
        }
        keys
    }

    /// How the marks under [`keys_of`](Self::keys_of) have ended a session.
    fn ended_by(&self, session: &Session, mut marks: Vec<Option<i64>>) -> Option<EndReason> {
        let updated = if self.sources.user_updates { marks.pop().flatten() } else { None };
        let [replaced, ended, all_of_subject, of_sid @ ..] = marks.as_slice() else { return None };
        if replaced.is_some() {
            return Some(EndReason::Replaced);
        }
        // A user signs in again, and then what was before does not matter. A session never lives again,
        // whatever the clocks say: neither here nor under its `sid` at Logto.
        let with_all =
            [*all_of_subject, updated].into_iter().flatten().any(|at| session.created <= UnixTime(at));
        let is_over = ended.is_some() || with_all || of_sid.iter().any(Option::is_some);
        is_over.then_some(EndReason::Terminated)
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

    /// When all sessions of a user were last ended.
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
        let sources = MarkSources { permissions: true, user_updates: true };
        Revocations::new(store, names, clock, sources, LONGEST)
    }

    fn session(subject: &str, sid: &str, created: i64) -> Session {
        let mut session = Session::for_test(subject, UnixTime(created));
        session.sid = Some(sid.to_owned());
        session
    }

    async fn ended(revocations: &Revocations, session: &Session) -> Option<EndReason> {
        let marks = revocations.store.marks(&revocations.keys_of(session)).await.expect("told");
        revocations.ended_by(session, marks)
    }

    #[tokio::test(start_paused = true)]
    async fn k17_a_mark_of_a_sid_lives_as_long_as_a_cookie_of_that_session_can() {
        let revocations = of_cookies();
        let (old, another) = (session("alice", "sid", 1_000), session("alice", "another", 1_000));
        assert_eq!(ended(&revocations, &old).await, None);
        revocations.mark_sid("sid", None).await.expect("marked");
        let later = session("alice", "sid", 1_001);
        for age in [Duration::ZERO, LONGEST - Duration::from_secs(1)] {
            advance(age).await;
            assert_eq!(ended(&revocations, &old).await, Some(EndReason::Terminated));
            assert_eq!(ended(&revocations, &another).await, None, "another session of hers");
            assert_eq!(
                ended(&revocations, &later).await,
                Some(EndReason::Terminated),
                "a `sid` never lives again"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn k15_k17_a_mark_of_a_sid_and_a_person_ends_nothing_of_another_person() {
        let revocations = of_cookies();
        revocations.mark_sid("sid", Some("bob")).await.expect("marked");
        assert_eq!(ended(&revocations, &session("alice", "sid", 1_000)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "other", 1_000)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "sid", 1_000)).await, Some(EndReason::Terminated));
    }

    #[tokio::test(start_paused = true)]
    async fn field_06_an_update_ends_what_began_until_then_and_no_sign_in_under_way() {
        let revocations = of_cookies();
        advance(Duration::from_secs(50)).await;
        revocations.mark_older("alice", UnixTime(1_040)).await.expect("marked");
        for (created, end) in
            [(1_000, Some(EndReason::Terminated)), (1_040, Some(EndReason::Terminated)), (1_041, None)]
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
        revocations.mark_subject("alice").await.expect("marked");
        assert_eq!(ended(&revocations, &session("alice", "a", 1_000)).await, Some(EndReason::Terminated));
        assert_eq!(ended(&revocations, &session("alice", "a", 1_001)).await, None);
        assert_eq!(ended(&revocations, &session("bob", "a", 1_000)).await, None);
        advance(LONGEST - Duration::from_secs(1)).await;
        assert_eq!(ended(&revocations, &session("alice", "a", 1_000)).await, Some(EndReason::Terminated));
    }
}
