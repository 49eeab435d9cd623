//! A session in cookies: sealed, and split where it must be.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::memberships::Memberships;
use super::seal::{KeyRing, Purpose, random, short_hash};
use super::{HeldToken, Session};
use crate::error::Error;

/// Bytes of a cookie's value. Browsers keep 4096 of name, value and attributes together.
const CHUNK: usize = 3_500;
/// More cookies than this would crowd out the application's own.
const MAX_CHUNKS: usize = 4;
/// A session that stays below keeps every token it holds; above, tokens that can be fetched again are
/// left out.
const COMFORTABLE: usize = CHUNK;
/// Cookies of ours that are looked at in one request.
const MAX_CANDIDATES: usize = 64;

/// Ids of stored sessions that are looked up in one request: a sub-domain may have planted another one.
const MAX_IDS: usize = 2;

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
        format!("{}.id", self.base)
    }

    /// One cookie for each attempt, so that tabs do not clobber each other.
    pub(crate) fn attempt(&self, state: &str) -> String {
        format!("{}_sign_in_{}", self.base, short_hash(state))
    }

    pub(crate) fn attempt_prefix(&self) -> String {
        format!("{}_sign_in_", self.base)
    }
}

/// The pairs of `Cookie` headers whose name begins with `prefix`. Reads around whatever else other
/// applications on the host have left there, such as Logto's own raw JSON.
pub(crate) fn cookies_in<'h>(
    headers: impl Iterator<Item = &'h str>,
    prefix: &str,
) -> impl Iterator<Item = (&'h str, &'h str)> {
    headers
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(name, _)| name.starts_with(prefix))
        .take(MAX_CANDIDATES)
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
    /// Every cookie of a session that came along, good or not.
    pub(crate) names: Vec<String>,
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
    pub(crate) fn read<'h>(&self, headers: impl Iterator<Item = &'h str>) -> Presented {
        let prefix = format!("{}.", self.names.session());
        let mut names = Vec::new();
        let mut writes: BTreeMap<&str, Write<'_>> = BTreeMap::new();
        for (name, value) in cookies_in(headers, &prefix) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            let Some((index, tag, count, data)) = parse_chunk(&name[prefix.len()..], value) else { continue };
            let write = writes.entry(tag).or_default();
            write.count = count;
            write.chunks.insert(index, data);
        }
        let opened = writes.values().filter_map(|write| self.open(write));
        let newest = opened.max_by_key(|(session, _)| (session.created, session.revision, session.seen));
        match newest {
            Some((session, with_old_key)) => Presented { session: Some(session), with_old_key, names },
            None => Presented { session: None, with_old_key: false, names },
        }
    }

    /// The ids of stored sessions among the cookies, and the names of all session cookies that came along.
    pub(crate) fn ids<'h>(&self, headers: impl Iterator<Item = &'h str>) -> (Vec<&'h str>, Vec<String>) {
        let (prefix, name_of_id) = (format!("{}.", self.names.session()), self.names.session_id());
        let (mut ids, mut names) = (Vec::new(), Vec::new());
        for (name, value) in cookies_in(headers, &prefix) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            if name == name_of_id && ids.len() < MAX_IDS && !ids.contains(&value) {
                ids.push(value);
            }
        }
        (ids, names)
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
        let (mut session, memberships): (Session, Option<Memberships>) =
            postcard::from_bytes(&opened.plaintext).ok()?;
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
        let Ok(plain) = postcard::to_allocvec(&(session, memberships)) else { return Err(too_large) };
        let Some(sealed) = self.keys.seal(Purpose::Session, self.names.session(), &plain) else {
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
fn forget_secrets(session: &mut Session, forgotten: impl Fn(&HeldToken) -> bool) {
    for token in &mut session.tokens {
        if forgotten(token) {
            token.secret = None;
        }
    }
}

/// `<index>` of the name and `<tag>.<count>.<data>` of the value.
fn parse_chunk<'c>(index: &str, value: &'c str) -> Option<(usize, &'c str, usize, &'c str)> {
    let index: usize = index.parse().ok().filter(|index| *index < MAX_CHUNKS)?;
    let (tag, rest) = value.split_once('.')?;
    let (count, data) = rest.split_once('.')?;
    let count: usize = count.parse().ok().filter(|count| (1..=MAX_CHUNKS).contains(count))?;
    Some((index, tag, count, data))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::UnixTime;
    use crate::session::TokenTarget;
    use crate::types::{ResourceIndicator, Scopes, Secret};

    fn store() -> CookieStore {
        let secrets = [Secret::new("a key of at least thirty-two characters!")];
        let keys = Arc::new(KeyRing::new(&secrets, "app", "https://a.example").expect("ring"));
        CookieStore::new(keys, CookieNames::new("app", "https://a.example", true))
    }

    fn session(filler: usize, token: usize) -> Session {
        let mut session = Session::for_test("my178uc0p45q", UnixTime(1));
        session.refresh_token = Some(Secret::new("r".repeat(43)));
        session
            .set_claims(json!({"name": "Alice", "filler": "x".repeat(filler)}).as_object().expect("object"));
        session.hold(HeldToken {
            target: TokenTarget::resource(ResourceIndicator::new("https://shopping.your-app.com/api")),
            scopes: Scopes::parse("read:orders"),
            expires: UnixTime(3600),
            received: UnixTime(1),
            secret: Some(Secret::new("t".repeat(token))),
            handed_out: true,
        });
        session
    }

    fn header(cookies: &[SetCookie]) -> String {
        let pairs: Vec<String> = cookies
            .iter()
            .filter_map(|cookie| cookie.value.as_ref().map(|value| format!("{}={value}", cookie.name)))
            .collect();
        pairs.join("; ")
    }

    fn read(store: &CookieStore, header: &str) -> Presented {
        store.read(std::iter::once(header))
    }

    #[test]
    fn a_usual_session_fits_into_one_cookie_of_a_kilobyte() {
        let store = store();
        let cookies = store.write(&session(200, 600), &[]).expect("fits");
        assert_eq!(cookies.len(), 1);
        assert!(cookies[0].name.starts_with("__Host-"), "{}", cookies[0].name);
        let back = read(&store, &header(&cookies)).session.expect("session");
        assert_eq!(back.refresh_token.expect("kept").expose(), "r".repeat(43));

        let mut unasked = session(200, 600);
        unasked.tokens[0].handed_out = false;
        let cookies = store.write(&unasked, &[]).expect("fits");
        assert!(cookies[0].value.as_ref().expect("value").len() < 1_000, "{cookies:?}");
    }

    #[test]
    fn g08_only_whole_writes_are_read() {
        let store = store();
        let old = store.write(&session(6_000, 0), &[]).expect("fits");
        let new = store.write(&session(6_001, 0), &[]).expect("fits");
        assert!(old.len() >= 3);
        assert!(read(&store, &header(&old)).session.is_some());
        for missing in 0..old.len() {
            let mut gap = old.clone();
            gap.remove(missing);
            assert!(read(&store, &header(&gap)).session.is_none(), "chunk {missing} missing");
            let mut mixed = old.clone();
            mixed[missing] = new[missing].clone();
            assert!(read(&store, &header(&mixed)).session.is_none(), "chunk {missing} of another write");
        }
        let mut reordered = old.clone();
        reordered.reverse();
        assert!(read(&store, &header(&reordered)).session.is_some(), "the order of cookies says nothing");
        let both = format!("{}; {}", header(&old), header(&new));
        assert!(read(&store, &both).session.is_some(), "of two whole writes one is taken");
    }

    #[test]
    fn g09_a_shrinking_session_removes_its_surplus_cookies() {
        let store = store();
        let large = store.write(&session(6_000, 0), &[]).expect("fits");
        let names: Vec<String> = large.iter().map(|cookie| cookie.name.clone()).collect();
        let small = store.write(&session(10, 0), &names).expect("fits");
        assert_eq!(small.iter().filter(|cookie| cookie.value.is_some()).count(), 1);
        assert_eq!(small.iter().filter(|cookie| cookie.value.is_none()).count(), names.len() - 1);
    }

    #[test]
    fn g10_tokens_go_first_and_too_much_is_an_error() {
        let store = store();
        let cookies = store.write(&session(100, 5_000), &[]).expect("fits without the token");
        let back = read(&store, &header(&cookies)).session.expect("session");
        assert!(back.tokens[0].secret.is_none() && back.refresh_token.is_some());
        assert!(matches!(store.write(&session(20_000, 0), &[]), Err(Error::SessionTooLarge { .. })));
    }

    #[test]
    fn d26_a_hundred_organizations_with_twenty_roles_each_fit_into_cookies() {
        let ids: Vec<String> = (0..100).map(|n| format!("organization{n:03}")).collect();
        let roles: Vec<String> =
            ids.iter().flat_map(|id| (0..20).map(move |n| format!("{id}:role number {n}"))).collect();
        let mut many = session(200, 600);
        many.set_claims(
            json!({"name": "Alice", "organizations": ids, "organization_roles": roles})
                .as_object()
                .expect("object"),
        );
        let store = store();
        let cookies = store.write(&many, &[]).expect("fits");
        assert!(cookies.len() <= 2, "{} cookies", cookies.len());
        let back = read(&store, &header(&cookies)).session.expect("session");
        assert_eq!(back.claims(), many.claims());
    }

    #[test]
    fn g15_junk_in_the_cookie_header_is_read_around() {
        let store = store();
        let good = header(&store.write(&session(10, 0), &[]).expect("fits"));
        let base = store.names.session().to_owned();
        let junk = format!(
            "_logto={{\"appId\":\"x\"}}; ; =; a; {base}.9=x; {base}.x=y; {base}.0=nonsense; {base}.=; {good}; \"=\""
        );
        assert!(read(&store, &junk).session.is_some());
        let flood: String = (0..500).map(|n| format!("{base}.{n}=a.4.b; ")).collect();
        let presented = read(&store, &flood);
        assert!(presented.session.is_none() && presented.names.len() <= MAX_CANDIDATES);
    }
}
