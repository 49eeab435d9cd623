//! The names of this application's cookies.

use aws_lc_rs::digest::{SHA256, digest};

use crate::config::{CookieSettings, WebAppConfig};

/// More cookies of a session than this would crowd out the application's own.
pub(super) const MAX_CHUNKS: usize = 4;
/// Cookies under our prefix that no session of ours ever had, and that are removed all the same.
const MAX_STRAYS: usize = 56;
/// Behind the prefix, the name of the cookie that leads to a stored session.
const ID: &str = "id";

/// How this application's cookies are called.
#[derive(Debug, Clone)]
pub(crate) struct CookieNames {
    base: String,
    pub(crate) secure: bool,
    /// The attribute `Path`.
    pub(crate) path: String,
    /// The attribute `Domain`. Without it the cookies are for the host alone.
    pub(crate) domain: Option<String>,
}

/// A cookie to set (or, without a value, to expire).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetCookie {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

/// The name of a session's cookie, behind the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionCookie<'n> {
    /// It leads to a stored session.
    Id,
    /// It holds a part of a session.
    Chunk(usize),
    /// No session of ours ever had it.
    Stray(&'n str),
}

/// The names of the session cookies that a request sent. Those that sessions have are all among them, however many
/// others there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PresentedNames {
    id: bool,
    chunks: [bool; MAX_CHUNKS],
    strays: Vec<String>,
}

impl CookieNames {
    /// `__Host-` makes browsers refuse the cookie from a sub-domain or over http, so it is used wherever there is https
    /// and no `domain`. A browser takes it only for the whole host, so the path of the application is not its `Path`
    /// then. The hash in the default name keeps two applications on one host apart: cookies do not know about ports.
    pub(crate) fn of(config: &WebAppConfig) -> Self {
        let CookieSettings { name, domain } = &config.cookie;
        let secure = config.is_https();
        let prefix = match (secure, domain) {
            (true, None) => "__Host-",
            (true, Some(_)) => "__Secure-",
            (false, _) => "",
        };
        let name = name.clone().unwrap_or_else(|| default_name(&config.app.id, &config.environment()));
        let path = match config.public.path() {
            "" => "/",
            _ if prefix == "__Host-" => "/",
            path => path,
        };
        CookieNames { base: format!("{prefix}{name}"), secure, path: path.to_owned(), domain: domain.clone() }
    }

    /// The names that an application has by default.
    #[cfg(test)]
    pub(crate) fn new(app_id: &str, origin: &str, https: bool) -> Self {
        let prefix = if https { "__Host-" } else { "" };
        let base = format!("{prefix}{}", default_name(app_id, origin));
        CookieNames { base, secure: https, path: "/".to_owned(), domain: None }
    }

    pub(crate) fn session(&self) -> &str {
        &self.base
    }

    /// What the names of all cookies of ours begin with.
    pub(crate) fn prefix(&self) -> &str {
        &self.base
    }

    /// One cookie for each pending sign-in, so that tabs do not clobber each other; and only so many, so that tabs which
    /// begin at the same time, and know nothing of each other, do not crowd the browser.
    pub(crate) fn pending_sign_in(&self, slot: usize) -> String {
        format!("{}{slot}", self.pending_sign_in_prefix())
    }

    pub(crate) fn pending_sign_in_prefix(&self) -> String {
        format!("{}_sign_in_", self.base)
    }

    /// Of the cookie by which a browser is recognized that a `SignIn` was given to.
    pub(crate) fn sign_in_request(&self) -> String {
        format!("{}_request", self.base)
    }

    /// Of the cookie of a visitor: somebody whose browser has data of the application and is not signed in.
    pub(crate) fn visitor(&self) -> String {
        format!("{}_visitor", self.base)
    }

    /// Which cookie of a session has this name; `None` for any other cookie.
    pub(super) fn session_cookie<'n>(&self, name: &'n str) -> Option<SessionCookie<'n>> {
        let suffix = name.strip_prefix(&self.base)?.strip_prefix('.')?;
        Some(match (suffix, chunk_index(suffix)) {
            (ID, _) => SessionCookie::Id,
            (_, Some(index)) => SessionCookie::Chunk(index),
            (stray, None) => SessionCookie::Stray(stray),
        })
    }

    pub(super) fn name_of(&self, cookie: SessionCookie<'_>) -> String {
        match cookie {
            SessionCookie::Id => format!("{}.{ID}", self.base),
            SessionCookie::Chunk(index) => format!("{}.{index}", self.base),
            SessionCookie::Stray(suffix) => format!("{}.{suffix}", self.base),
        }
    }

    /// The names of session cookies among `cookies`, good or not.
    pub(super) fn presented(&self, cookies: &[(&str, &str)]) -> PresentedNames {
        let mut names = PresentedNames::default();
        cookies
            .iter()
            .filter_map(|(name, _)| self.session_cookie(name))
            .for_each(|cookie| names.note(cookie));
        names
    }

    /// The removal of the session cookies that the request sent, except for those in `kept`.
    pub(super) fn removals(&self, presented: &PresentedNames, kept: &[SetCookie]) -> Vec<SetCookie> {
        let names = presented.cookies().map(|cookie| self.name_of(cookie));
        names
            .filter(|name| kept.iter().all(|kept| kept.name != *name))
            .map(|name| SetCookie { name, value: None })
            .collect()
    }
}

impl PresentedNames {
    fn note(&mut self, cookie: SessionCookie<'_>) {
        match cookie {
            SessionCookie::Id => self.id = true,
            SessionCookie::Chunk(index) => {
                if let Some(chunk) = self.chunks.get_mut(index) {
                    *chunk = true;
                }
            }
            SessionCookie::Stray(suffix) => {
                if self.strays.len() < MAX_STRAYS && !self.strays.iter().any(|known| known == suffix) {
                    self.strays.push(suffix.to_owned());
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cookies().next().is_none()
    }

    fn cookies(&self) -> impl Iterator<Item = SessionCookie<'_>> {
        let chunks = self.chunks.iter().enumerate().filter(|(_, is_presented)| **is_presented);
        let id = self.id.then_some(SessionCookie::Id);
        id.into_iter()
            .chain(chunks.map(|(index, _)| SessionCookie::Chunk(index)))
            .chain(self.strays.iter().map(|suffix| SessionCookie::Stray(suffix)))
    }
}

fn chunk_index(text: &str) -> Option<usize> {
    digit(text).filter(|index| *index < MAX_CHUNKS)
}

/// One digit, and no other way to write it.
pub(super) fn digit(text: &str) -> Option<usize> {
    match text.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

fn default_name(app_id: &str, environment: &str) -> String {
    format!("logto_{}", short_hash(&format!("{app_id}\n{environment}")))
}

/// The first eight hexadecimal digits of SHA-256: names of things that are not secret.
pub(crate) fn short_hash(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref()[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}
