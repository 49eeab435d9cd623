//! Visitors' sessions in the browser: one cookie holds the whole session, sealed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quick_cache::Weighter;
use quick_cache::unsync::Cache;

use super::super::data::{DataChange, DataEntries};
use super::super::purpose::Purpose;
use super::super::seal::KeyRing;
use super::model::{FoundVisitor, Presented, VisitorHandle, VisitorId, VisitorSession};
use crate::clock::Clock;
use crate::error::Error;

/// Bytes of the cookie's value. Browsers keep 4096 of name, value and attributes together.
const LIMIT: usize = 3_500;
/// Bytes of the sessions that are remembered.
const REMEMBERED: u64 = 8 * 1024 * 1024;
const USUAL_SESSION: u64 = 512;

pub(super) struct CookieVisitors {
    keys: Arc<KeyRing>,
    name: String,
    /// Requests of one browser that come at the same time present the same cookie. Each sees here what the others have
    /// changed.
    recent: Mutex<Cache<VisitorId, Recent, ByBytes>>,
    clock: Clock,
}

#[derive(Clone)]
enum Recent {
    Newest(Arc<VisitorSession>),
    Ended,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<VisitorId, Recent> for ByBytes {
    fn weight(&self, _: &VisitorId, recent: &Recent) -> u64 {
        let data = match recent {
            Recent::Newest(session) => size_of::<VisitorSession>() + session.data.bytes(),
            Recent::Ended => 0,
        };
        u64::try_from(size_of::<(VisitorId, Recent)>() + data).unwrap_or(u64::MAX)
    }
}

impl CookieVisitors {
    pub(super) fn new(keys: Arc<KeyRing>, name: String, clock: Clock) -> Self {
        let sessions = usize::try_from(REMEMBERED / USUAL_SESSION).unwrap_or(usize::MAX);
        let recent = Mutex::new(Cache::with_weighter(sessions, REMEMBERED, ByBytes));
        CookieVisitors { keys, name, recent, clock }
    }

    pub(super) fn find(&self, cookie: &str) -> Presented {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok();
        let opened =
            sealed.and_then(|sealed| self.keys.open::<VisitorSession>(Purpose::Visitor, &self.name, &sealed));
        let Some(opened) = opened else { return Presented::Nothing };
        let presented_revision = opened.value.revision;
        match self.newest(&Arc::new(opened.value)) {
            Ok(session) => Presented::Found(FoundVisitor {
                session,
                locator: None,
                presented_revision,
                with_old_key: opened.with_old_key,
            }),
            Err(_) => Presented::Ended,
        }
    }

    /// Begins a session.
    pub(super) fn insert(&self, data: DataEntries) -> Result<VisitorHandle, Error> {
        let session = VisitorSession::begin(data, self.clock.now());
        self.seal(&session)?;
        let session = Arc::new(session);
        Ok(VisitorHandle { session, locator: None, presented_revision: None, renewal_due: false })
    }

    pub(super) fn change(
        &self,
        handle: &VisitorHandle,
        change: &mut DataChange<'_>,
    ) -> Result<VisitorHandle, Error> {
        loop {
            let base = self.newest(&handle.session)?;
            let mut next = VisitorSession::clone(&base);
            if !change(&mut next.data)? {
                return Ok(handle.with(base));
            }
            next.seen = next.seen.max(self.clock.now());
            next.revision = base.revision.wrapping_add(1);
            self.seal(&next)?;
            let next = Arc::new(next);
            if self.replace(&base, &next)? {
                return Ok(handle.with(next));
            }
        }
    }

    pub(super) fn end(&self, handle: &VisitorHandle) {
        self.recent().insert(handle.session.id, Recent::Ended);
    }

    /// Ends the session and returns its newest data.
    pub(super) fn take(&self, handle: &VisitorHandle) -> Result<DataEntries, Error> {
        let mut recent = self.recent();
        let newest = Self::newest_of(&recent, &handle.session)?;
        recent.insert(handle.session.id, Recent::Ended);
        Ok(newest.data.clone())
    }

    /// The value of the cookie for an answer; `None` where the browser has it already.
    pub(super) fn response_value(&self, handle: &VisitorHandle) -> Result<Option<String>, Error> {
        let newest = self.newest(&handle.session)?;
        if handle.presented_revision == Some(newest.revision) && !handle.renewal_due {
            return Ok(None);
        }
        let mut newest = VisitorSession::clone(&newest);
        newest.seen = self.clock.now();
        self.seal(&newest).map(Some)
    }

    /// The newer of `session` and what is remembered.
    fn newest(&self, session: &Arc<VisitorSession>) -> Result<Arc<VisitorSession>, Error> {
        Self::newest_of(&self.recent(), session)
    }

    fn newest_of(
        recent: &Cache<VisitorId, Recent, ByBytes>,
        session: &Arc<VisitorSession>,
    ) -> Result<Arc<VisitorSession>, Error> {
        match recent.get(&session.id) {
            Some(Recent::Ended) => Err(Error::SessionEnded),
            Some(Recent::Newest(newest)) if newest.revision > session.revision => Ok(Arc::clone(newest)),
            _ => Ok(Arc::clone(session)),
        }
    }

    /// Remembers `next`, unless the session has changed since it was `base`.
    fn replace(&self, base: &VisitorSession, next: &Arc<VisitorSession>) -> Result<bool, Error> {
        let mut recent = self.recent();
        match recent.get(&base.id) {
            Some(Recent::Ended) => return Err(Error::SessionEnded),
            Some(Recent::Newest(newest)) if newest.revision > base.revision => return Ok(false),
            _ => {}
        }
        recent.insert(base.id, Recent::Newest(Arc::clone(next)));
        Ok(true)
    }

    fn recent(&self) -> MutexGuard<'_, Cache<VisitorId, Recent, ByBytes>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal(&self, session: &VisitorSession) -> Result<String, Error> {
        let sealed = self.keys.seal(Purpose::Visitor, &self.name, session);
        let value = sealed.map(|sealed| URL_SAFE_NO_PAD.encode(sealed));
        match value {
            Some(value) if value.len() <= LIMIT => Ok(value),
            too_large => {
                let bytes = too_large.map_or(usize::MAX, |value| value.len());
                Err(Error::SessionTooLarge { bytes, limit: LIMIT })
            }
        }
    }
}
