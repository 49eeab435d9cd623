//! A session in cookies: sealed, and split where it must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::memberships::Memberships;
use super::seal::{KeyRing, Purpose, random, short_hash};
use super::{CachedToken, Session};
use crate::error::Error;

/// Bytes of a cookie's value. Browsers keep 4096 of name, value and attributes together.
const CHUNK: usize = 3_500;
/// More cookies than this would crowd out the application's own.
const MAX_CHUNKS: usize = 4;
/// A session that stays below keeps every token it holds; above, tokens that can be fetched again are
/// left out.
const COMFORTABLE: usize = CHUNK;
/// Ids of stored sessions that are looked up in one request. Where nothing keeps others from using our names, on
/// `http`, they may have put their own beside it.
const MAX_IDS: usize = 16;
/// Cookies under our prefix that no session of ours ever had, and that are removed all the same.
const MAX_STRAYS: usize = 56;

/// Behind the prefix, the name of the cookie that leads to a stored session.
const ID: &str = "id";

/// How this application's cookies are called.
#[derive(Debug, Clone)]
pub(crate) struct CookieNames {
    base: String,
    pub(crate) secure: bool,
}

/// A cookie to set (or, without a value, to expire).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

impl CookieNames {
    /// `__Host-` makes browsers refuse the cookie from a sub-domain or over http, so it is used
    /// wherever there is https. The hash keeps two applications on `localhost` apart: cookies do not
    /// know about ports.
    pub(crate) fn new(app_id: &str, origin: &str, https: bool) -> Self {
        let prefix = if https { "__Host-" } else { "" };
        CookieNames {
            base: format!("{prefix}logto_{}", short_hash(&format!("{app_id}\n{origin}"))),
            secure: https,
        }
    }

    pub(crate) fn session(&self) -> &str {
        &self.base
    }

    /// Of the cookie that leads to a stored session.
    fn session_id(&self) -> String {
        format!("{}.{ID}", self.base)
    }

    /// What the names of all cookies of ours begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.base
    }

    /// One cookie for each attempt, so that tabs do not clobber each other; and only so many, so that tabs which
    /// begin at the same time, and know nothing of each other, do not crowd the browser.
    pub(crate) fn attempt(&self, place: usize) -> String {
        format!("{}{place}", self.attempt_prefix())
    }

    pub(crate) fn attempt_prefix(&self) -> String {
        format!("{}_sign_in_", self.base)
    }
}

/// Reads and writes sessions as cookies.
pub(crate) struct CookieStore {
    keys: Arc<KeyRing>,
    names: CookieNames,
}

/// What a request's cookies hold.
pub(crate) struct Presented {
    pub(crate) session: Option<Session>,
    /// Sealed with an old key: worth writing again.
    pub(crate) with_old_key: bool,
    /// The names of cookies of a session that came along, good or not.
    pub(crate) names: Vec<String>,
}

/// The names under which cookies of a session came along. Those that sessions have are all among them, however many
/// others there are.
#[derive(Default)]
struct Names {
    found: Vec<String>,
    strays: usize,
}

impl Names {
    /// `suffix` is what stands behind the prefix in `name`.
    fn note(&mut self, name: &str, suffix: &str) {
        if self.found.iter().any(|known| known == name) {
            return;
        }
        if suffix != ID && chunk_index(suffix).is_none() {
            if self.strays == MAX_STRAYS {
                return;
            }
            self.strays += 1;
        }
        self.found.push(name.to_owned());
    }
}

#[derive(Default)]
struct Write<'c> {
    count: usize,
    chunks: BTreeMap<usize, &'c str>,
}

impl CookieStore {
    pub(crate) fn new(keys: Arc<KeyRing>, names: CookieNames) -> Self {
        CookieStore { keys, names }
    }

    /// The newest session among the cookies. Chunks of different writes are never joined.
    pub(crate) fn read<'h>(&self, pairs: impl Iterator<Item = (&'h str, &'h str)>) -> Presented {
        let prefix = format!("{}.", self.names.session());
        let mut names = Names::default();
        let mut writes: BTreeMap<&str, Write<'_>> = BTreeMap::new();
        for (name, value) in pairs {
            let Some(suffix) = name.strip_prefix(&prefix) else { continue };
            names.note(name, suffix);
            let Some((index, tag, count, data)) = parse_chunk(suffix, value) else { continue };
            let write = writes.entry(tag).or_default();
            write.count = count;
            write.chunks.insert(index, data);
        }
        let names = names.found;
        let opened = writes.values().filter_map(|write| self.open(write));
        let newest = opened.max_by_key(|(session, _)| (session.created, session.revision, session.seen));
        match newest {
            Some((session, with_old_key)) => Presented { session: Some(session), with_old_key, names },
            None => Presented { session: None, with_old_key: false, names },
        }
    }

    /// The ids of stored sessions among the cookies, and the names of all session cookies that came along.
    /// `may_be` tells ids from what can be none.
    pub(crate) fn ids<'h>(
        &self,
        pairs: impl Iterator<Item = (&'h str, &'h str)>,
        may_be: impl Fn(&str) -> bool,
    ) -> (Vec<&'h str>, Vec<String>) {
        let prefix = format!("{}.", self.names.session());
        let (mut ids, mut names) = (Vec::new(), Names::default());
        for (name, value) in pairs {
            let Some(suffix) = name.strip_prefix(&prefix) else { continue };
            names.note(name, suffix);
            if suffix == ID && ids.len() < MAX_IDS && may_be(value) && !ids.contains(&value) {
                ids.push(value);
            }
        }
        (ids, names.found)
    }

    /// The cookie that leads to a stored session, and the removal of those in `present` that do not.
    pub(crate) fn write_id(&self, id: &str, present: &[String]) -> Vec<SetCookie> {
        let name = self.names.session_id();
        let mut cookies = vec![SetCookie { name: name.clone(), value: Some(id.to_owned()) }];
        cookies.extend(present.iter().filter(|present| **present != name).map(|name| expired(name)));
        cookies
    }

    fn open(&self, write: &Write<'_>) -> Option<(Session, bool)> {
        let complete = write.chunks.len() == write.count && write.chunks.keys().copied().eq(0..write.count);
        if !complete {
            return None;
        }
        let text: String = write.chunks.values().copied().collect();
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        let opened = self.keys.open(Purpose::Session, self.names.session(), &sealed)?;
        let (mut session, memberships): (Session, Option<Memberships>) = opened.value;
        if let Some(memberships) = memberships {
            let mut claims = session.claims();
            memberships.put(&mut claims);
            session.set_claims(&claims);
        }
        Some((session, opened.with_old_key))
    }

    /// The cookies that hold `session`, and the removal of those in `present` that do not.
    pub(crate) fn write(&self, session: &Session, present: &[String]) -> Result<Vec<SetCookie>, Error> {
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
                name: format!("{}.{index}", self.names.session()),
                value: Some(format!("{tag}.{count}.{data}")),
            })
            .collect();
        let left_over = present.iter().filter(|name| cookies.iter().all(|cookie| cookie.name != **name));
        let removals: Vec<SetCookie> = left_over.map(|name| expired(name)).collect();
        cookies.extend(removals);
        Ok(cookies)
    }

    fn encode(&self, session: &Session) -> Result<String, Error> {
        let limit = CHUNK * MAX_CHUNKS;
        let mut slim = session.clone();
        let mut claims = slim.claims();
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

/// The removal of every session cookie that came along.
pub(crate) fn expired_cookies(present: &[String]) -> Vec<SetCookie> {
    present.iter().map(|name| expired(name)).collect()
}

fn expired(name: &str) -> SetCookie {
    SetCookie { name: name.to_owned(), value: None }
}

/// Tokens can be fetched again; what they allow stays known.
fn forget_secrets(session: &mut Session, forgotten: impl Fn(&CachedToken) -> bool) {
    for token in &mut session.tokens {
        if forgotten(token) {
            token.secret = None;
        }
    }
}

/// `<index>` of the name and `<tag>.<count>.<data>` of the value.
fn parse_chunk<'c>(index: &str, value: &'c str) -> Option<(usize, &'c str, usize, &'c str)> {
    let index = chunk_index(index)?;
    let (tag, rest) = value.split_once('.')?;
    let (count, data) = rest.split_once('.')?;
    let count = digit(count).filter(|count| (1..=MAX_CHUNKS).contains(count))?;
    Some((index, tag, count, data))
}

fn chunk_index(text: &str) -> Option<usize> {
    digit(text).filter(|index| *index < MAX_CHUNKS)
}

/// One digit, and no other way to write it.
fn digit(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
