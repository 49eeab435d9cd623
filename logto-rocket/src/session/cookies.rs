//! A session in cookies: sealed, and split where it must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::cached_token::CachedToken;
use super::cookie_names::{CookieNames, MAX_CHUNKS, PresentedNames, SessionCookie, SetCookie, digit};
use super::decoded_sessions::{DecodedCookies, OpenedSession};
use super::memberships::Memberships;
use super::model::Session;
use super::purpose::Purpose;
use super::random::random;
use super::seal::KeyRing;
use crate::error::Error;

/// Bytes of a cookie's value. Browsers keep 4096 of name, value and attributes together.
const CHUNK: usize = 3_500;
/// A session that stays below keeps every token it holds; above, tokens that can be fetched again are
/// left out.
const COMFORTABLE: usize = CHUNK;

/// Reads and writes the cookies of sessions.
pub(crate) struct SessionCookies {
    keys: Arc<KeyRing>,
    names: CookieNames,
    decoded: DecodedCookies,
}

/// A part of a session, as one cookie holds it.
struct Chunk<'c> {
    index: usize,
    /// The same in all parts of one write.
    tag: &'c str,
    count: usize,
    data: &'c str,
}

#[derive(Default)]
struct Write<'c> {
    count: usize,
    chunks: BTreeMap<usize, &'c str>,
}

impl SessionCookies {
    pub(crate) fn new(keys: Arc<KeyRing>, names: CookieNames) -> Self {
        SessionCookies { keys, names, decoded: DecodedCookies::new() }
    }

    /// The names of the session cookies that the request sent, valid or not.
    pub(crate) fn presented(&self, cookies: &[(&str, &str)]) -> PresentedNames {
        self.names.presented(cookies)
    }

    /// The newest session among the cookies. Chunks of different writes are never joined.
    pub(super) fn read(&self, cookies: &[(&str, &str)]) -> Option<OpenedSession> {
        let mut chunks = cookies.iter().filter_map(|(name, value)| self.chunk(name, value));
        let first = chunks.next()?;
        let Some(second) = chunks.next() else {
            // What nearly every request brings.
            return if first.is_whole() { self.open(first.data) } else { None };
        };
        let whole = join([first, second].into_iter().chain(chunks));
        whole
            .into_iter()
            .filter_map(|sealed| self.open(&sealed))
            .max_by_key(|OpenedSession { session, .. }| (session.created, session.revision, session.seen))
    }

    /// Forgets what was decoded of these cookies: their session has ended.
    pub(super) fn forget(&self, cookies: &[(&str, &str)]) {
        let chunks = cookies.iter().filter_map(|(name, value)| self.chunk(name, value));
        join(chunks).iter().for_each(|sealed| self.decoded.forget(sealed));
    }

    fn chunk<'c>(&self, name: &str, value: &'c str) -> Option<Chunk<'c>> {
        match self.names.session_cookie(name)? {
            SessionCookie::Chunk(index) => Chunk::parse(index, value),
            SessionCookie::Id | SessionCookie::Stray(_) => None,
        }
    }

    /// The values of cookies that lead to stored sessions.
    pub(crate) fn ids<'h>(&self, cookies: &[(&str, &'h str)]) -> impl Iterator<Item = &'h str> {
        cookies
            .iter()
            .filter(|(name, _)| self.names.session_cookie(name) == Some(SessionCookie::Id))
            .map(|(_, value)| *value)
    }

    /// The cookie that leads to a stored session, and the removal of those in `presented` that do not.
    pub(crate) fn write_id(&self, id: &str, presented: &PresentedNames) -> Vec<SetCookie> {
        let name = self.names.name_of(SessionCookie::Id);
        let mut cookies = vec![SetCookie { name, value: Some(id.to_owned()) }];
        cookies.extend(self.names.removals(presented, &cookies));
        cookies
    }

    /// The removal of every session cookie that the request sent.
    pub(crate) fn expire(&self, presented: &PresentedNames) -> Vec<SetCookie> {
        self.names.removals(presented, &[])
    }

    /// Opens a session, unless the same text was opened before.
    fn open(&self, sealed: &str) -> Option<OpenedSession> {
        if let Some(known) = self.decoded.find(sealed) {
            return Some(known);
        }
        let opened = self.decode(sealed)?;
        self.decoded.remember(sealed, &opened);
        Some(opened)
    }

    fn decode(&self, sealed: &str) -> Option<OpenedSession> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let opened = self.keys.open(Purpose::Session, self.names.session(), &sealed)?;
        let (mut session, memberships): (Session, Option<Memberships>) = opened.value;
        if let Some(memberships) = memberships {
            let mut claims = session.claims().clone();
            memberships.put(&mut claims);
            session.set_claims(&claims);
        }
        Some(OpenedSession { session: Arc::new(session), with_old_key: opened.with_old_key })
    }

    /// The cookies that hold `session`, and the removal of those in `presented` that do not.
    pub(crate) fn write(
        &self,
        session: &Session,
        presented: &PresentedNames,
    ) -> Result<Vec<SetCookie>, Error> {
        let value = self.encode(session)?;
        let tag = URL_SAFE_NO_PAD.encode(random::<6>());
        let chunks: Vec<&str> = value
            .as_bytes()
            .chunks(CHUNK)
            // The value is base64, so every cut falls between characters.
            .map(|chunk| std::str::from_utf8(chunk).unwrap_or_default())
            .collect();
        let count = chunks.len();
        let mut cookies: Vec<SetCookie> = chunks
            .into_iter()
            .enumerate()
            .map(|(index, data)| SetCookie {
                name: self.names.name_of(SessionCookie::Chunk(index)),
                value: Some(format!("{tag}.{count}.{data}")),
            })
            .collect();
        cookies.extend(self.names.removals(presented, &cookies));
        Ok(cookies)
    }

    fn encode(&self, session: &Session) -> Result<String, Error> {
        let limit = CHUNK * MAX_CHUNKS;
        let mut slim = session.clone();
        let mut claims = slim.claims().clone();
        let memberships = Memberships::take(&mut claims);
        if memberships.is_some() {
            slim.set_claims(&claims);
        }
        forget_secrets(&mut slim, |token| !token.handed_out && !token.target.is_opaque());
        let mut value = self.seal(&slim, memberships.as_ref(), limit)?;
        if value.len() > COMFORTABLE {
            forget_secrets(&mut slim, |_| true);
            value = self.seal(&slim, memberships.as_ref(), limit)?;
        }
        if value.len() > limit {
            slim.tokens.clear();
            slim.roles = None;
            value = self.seal(&slim, memberships.as_ref(), limit)?;
        }
        if value.len() > limit {
            return Err(Error::SessionTooLarge { bytes: value.len(), limit });
        }
        Ok(value)
    }

    fn seal(
        &self,
        session: &Session,
        memberships: Option<&Memberships>,
        limit: usize,
    ) -> Result<String, Error> {
        let too_large = Error::SessionTooLarge { bytes: usize::MAX, limit };
        let Some(sealed) = self.keys.seal(Purpose::Session, self.names.session(), &(session, memberships))
        else {
            return Err(too_large);
        };
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }
}

/// Tokens can be fetched again; what they allow stays known.
fn forget_secrets(session: &mut Session, forgotten: impl Fn(&CachedToken) -> bool) {
    for token in &mut session.tokens {
        if forgotten(token) {
            token.secret = None;
        }
    }
}

impl<'c> Chunk<'c> {
    /// `<tag>.<count>.<data>` of the value.
    fn parse(index: usize, value: &'c str) -> Option<Self> {
        let (tag, rest) = value.split_once('.')?;
        let (count, data) = rest.split_once('.')?;
        let count = digit(count).filter(|count| (1..=MAX_CHUNKS).contains(count))?;
        Some(Chunk { index, tag, count, data })
    }

    fn is_whole(&self) -> bool {
        self.index == 0 && self.count == 1
    }
}

/// The sealed texts of which all parts are there.
fn join<'c>(chunks: impl Iterator<Item = Chunk<'c>>) -> Vec<String> {
    let mut writes: BTreeMap<&str, Write<'_>> = BTreeMap::new();
    for chunk in chunks {
        let write = writes.entry(chunk.tag).or_default();
        write.count = chunk.count;
        write.chunks.insert(chunk.index, chunk.data);
    }
    writes.values().filter_map(Write::join).collect()
}

impl Write<'_> {
    /// What was split, if all of it is there.
    fn join(&self) -> Option<String> {
        let is_whole = self.chunks.len() == self.count && self.chunks.keys().copied().eq(0..self.count);
        is_whole.then(|| self.chunks.values().copied().collect())
    }
}

#[cfg(test)]
mod tests;
