//! Logto as one grant sees it, and the book that it keeps of what this application does with the grant.

use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Request;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::form_urlencoded;

use super::dice::Dice;
use crate::error::{Endpoint, Unavailable, UnavailableCause};
use crate::oidc::Transport;
use crate::session::TokenTarget;
use crate::types::{OrganizationId, ResourceIndicator};

pub(super) const ENDPOINT: &str = "https://tenant.example";
pub(super) const ISSUER: &str = "https://tenant.example/oidc";
pub(super) const APP: &str = "the-shop";
pub(super) const PERSON: &str = "the-person";
/// When each run begins, in seconds since 1970.
pub(super) const BEGIN: u64 = 1_800_000_000;

/// How long Logto takes a spent refresh token once more.
const GRACE: Duration = Duration::from_secs(3);
/// No run gets more tokens for one target.
const SERIALS: usize = 64;

/// What access tokens are for: a resource's or none, an organization's or none.
const TARGETS: [(Option<&str>, Option<&str>); 5] = [
    (Some("https://a.example/api"), None),
    (Some("https://b.example/api"), None),
    (None, Some("org-1")),
    (None, Some("org-2")),
    (Some("https://a.example/api"), Some("org-1")),
];

pub(super) fn targets() -> Vec<TokenTarget> {
    let target = |(resource, organization): (Option<&str>, Option<&str>)| TokenTarget {
        resource: resource.map(ResourceIndicator::new),
        organization: organization.map(|id| OrganizationId::new(id).expect("an organization")),
    };
    TARGETS.into_iter().map(target).collect()
}

/// What all runs have in common, since to sign takes its time.
struct Printed {
    metadata: Vec<u8>,
    keys: Vec<u8>,
    tokens: Vec<Vec<String>>,
    target_of: HashMap<String, usize>,
    id_token: String,
}

static PRINTED: LazyLock<Printed> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::generate().expect("a key");
    let b64 = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let sign = |typ: &str, claims: &Value| {
        let header = json!({ "alg": "EdDSA", "kid": "k", "typ": typ }).to_string();
        let signed = format!("{}.{}", b64(header.as_bytes()), b64(claims.to_string().as_bytes()));
        format!("{signed}.{}", b64(pair.sign(signed.as_bytes()).as_ref()))
    };
    let token = |target: usize, serial: usize| {
        let (resource, organization) = TARGETS[target];
        let audience = resource.map_or_else(
            || format!("urn:logto:organization:{}", organization.unwrap_or_default()),
            str::to_owned,
        );
        let mut claims = json!({
            "iss": ISSUER, "sub": PERSON, "aud": audience, "client_id": APP, "scope": "read write",
            "jti": format!("{target}-{serial}"), "iat": BEGIN, "exp": BEGIN + 3_600,
        });
        if let (Some(_), Some(organization)) = (resource, organization) {
            claims["organization_id"] = organization.into();
        }
        sign("at+jwt", &claims)
    };
    let tokens: Vec<Vec<String>> =
        (0..TARGETS.len()).map(|target| (0..SERIALS).map(|serial| token(target, serial)).collect()).collect();
    let target_of = tokens
        .iter()
        .enumerate()
        .flat_map(|(target, tokens)| tokens.iter().map(move |token| (token.clone(), target)));
    let endpoint = |path: &str| format!("{ISSUER}{path}");
    let metadata = json!({
        "issuer": ISSUER, "authorization_endpoint": endpoint("/auth"), "token_endpoint": endpoint("/token"),
        "jwks_uri": endpoint("/jwks"), "revocation_endpoint": endpoint("/token/revocation"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
    });
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key().as_ref()), "kid": "k" });
    Printed {
        metadata: metadata.to_string().into_bytes(),
        keys: json!({ "keys": [key] }).to_string().into_bytes(),
        target_of: target_of.collect(),
        id_token: sign(
            "JWT",
            &json!({ "iss": ISSUER, "sub": PERSON, "aud": APP, "iat": BEGIN, "exp": BEGIN + 3_600, "name": "New" }),
        ),
        tokens,
    }
});

/// Which target a token is for, by its place in [`targets`].
pub(super) fn target_of(token: &str) -> Option<usize> {
    PRINTED.target_of.get(token).copied()
}

pub(super) struct Logto {
    dice: Dice,
    /// Whether calls fail now and then.
    faulty: bool,
    book: Mutex<Book>,
}

#[derive(Default)]
pub(super) struct Book {
    /// When each was spent; a refresh token's name is its number.
    refresh_tokens: Vec<Option<Instant>>,
    /// The newest that has reached the application.
    pub(super) delivered: usize,
    pub(super) grant_is_dead: bool,
    under_way: usize,
    pub(super) calls: usize,
    /// Those that the application asked to revoke, whether that came through or not.
    pub(super) given_back: HashSet<usize>,
    /// Somebody has set out to end the session.
    pub(super) ending: bool,
    /// The session has been ended.
    pub(super) ended: bool,
    /// Refresh tokens that came when the session had been ended.
    pub(super) late: Vec<usize>,
    /// What must not be.
    pub(super) wrongs: Vec<String>,
    /// What was answered, in order: to tell one run from another.
    pub(super) course: Vec<u64>,
}

impl Logto {
    pub(super) fn new(dice: Dice, faulty: bool) -> Self {
        let book = Book { refresh_tokens: vec![None], ..Book::default() };
        Logto { dice, faulty, book: Mutex::new(book) }
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn refresh(&self, form: &HashMap<String, String>) -> Result<(u16, Vec<u8>), Unavailable> {
        let presented = number(&form["refresh_token"]);
        {
            let mut book = self.book();
            book.calls += 1;
            book.under_way += 1;
            if book.under_way > 1 {
                book.wrong("two token calls at once");
            }
            // While somebody signs out, one node may know the end and another not yet.
            if presented < book.delivered && !book.ending {
                book.wrong("a refresh token was presented whose successor had arrived");
            }
        }
        self.dice.tell(|| format!("a token call with rt-{presented}"));
        let answer = self.attend(presented, form).await;
        self.dice
            .tell(|| format!("an answer to rt-{presented}: {:?}", answer.as_ref().map(|(status, _)| status)));
        let mut book = self.book();
        book.under_way -= 1;
        book.course.push(u64::from(answer.is_ok()) + 2 * u64::try_from(presented).expect("small"));
        answer
    }

    /// Takes the request and answers; or loses the one, or the other.
    async fn attend(
        &self,
        presented: usize,
        form: &HashMap<String, String>,
    ) -> Result<(u16, Vec<u8>), Unavailable> {
        self.travel().await;
        let trouble = if self.faulty { self.dice.below(16) } else { u64::MAX };
        let cause = match trouble {
            0 | 1 => Some(UnavailableCause::Status(503)),
            2 => Some(UnavailableCause::Connect("lost on the way".to_owned())),
            3 => Some(UnavailableCause::Interrupted("lost on the way".to_owned())),
            _ => None,
        };
        if let Some(cause) = cause {
            return Err(Unavailable::new(Endpoint::Token, cause));
        }
        let (answer, issued) = self.decide(presented, form, trouble == 6);
        self.travel().await;
        match trouble {
            4 => Err(UnavailableCause::Interrupted("lost on the way back".to_owned())),
            5 => Err(UnavailableCause::Timeout),
            _ => Ok(answer),
        }
        .map_err(|cause| Unavailable::new(Endpoint::Token, cause))
        .inspect(|_| {
            self.dice.tell(|| format!("it brings {issued:?}"));
            self.book().deliver(issued);
        })
    }

    async fn travel(&self) {
        let longest = if self.dice.one_in(12) { 3_000 } else { 150 };
        tokio::time::sleep(self.dice.millis(longest)).await;
    }

    /// What Logto does with a request that has reached it, and the number of the refresh token in its answer.
    fn decide(
        &self,
        presented: usize,
        form: &HashMap<String, String>,
        mistaken: bool,
    ) -> ((u16, Vec<u8>), Option<usize>) {
        let mut book = self.book();
        let now = Instant::now();
        match book.refresh_tokens.get(presented).copied() {
            None => book.wrong("a refresh token was presented that was never issued"),
            Some(Some(spent)) if now - spent > GRACE => {
                if presented < book.delivered {
                    book.wrong("a refresh token was presented that had been spent long ago");
                }
                // Its successor was lost on its way: nobody here can know.
                book.grant_is_dead = true;
            }
            Some(_) => {}
        }
        if book.grant_is_dead {
            return ((400, json!({ "error": "invalid_grant" }).to_string().into_bytes()), None);
        }
        let spent_before = book.refresh_tokens[presented].is_some();
        let refresh_token = if spent_before || self.dice.one_in(2) {
            book.refresh_tokens[presented].get_or_insert(now);
            book.refresh_tokens.push(None);
            book.refresh_tokens.len() - 1
        } else {
            presented
        };
        let field = |name| form.get(name).map(String::as_str);
        let asked = (field("resource"), field("organization_id"));
        let Some(mut target) = TARGETS.iter().position(|target| *target == asked) else {
            book.wrong("a token for something else was asked for");
            return ((400, json!({ "error": "invalid_target" }).to_string().into_bytes()), None);
        };
        if mistaken {
            target = (target + 1) % TARGETS.len();
        }
        let tokens = &PRINTED.tokens[target];
        let lasts = [3, 10, 60][self.dice.index(3)];
        let mut answer = json!({
            "access_token": tokens[book.calls % tokens.len()],
            "token_type": "Bearer",
            "expires_in": lasts,
            "scope": "read write",
            "refresh_token": format!("rt-{refresh_token}"),
        });
        if self.dice.one_in(6) {
            answer["id_token"] = PRINTED.id_token.as_str().into();
        }
        ((200, answer.to_string().into_bytes()), Some(refresh_token))
    }

    /// Ends the grant, however old the refresh token is.
    fn revoke(&self, form: &HashMap<String, String>) -> Result<(u16, Vec<u8>), Unavailable> {
        let mut book = self.book();
        book.given_back.insert(number(&form["token"]));
        if self.faulty && self.dice.one_in(4) {
            return Err(Unavailable::new(Endpoint::Revocation, UnavailableCause::Status(503)));
        }
        book.grant_is_dead = true;
        Ok((200, Vec::new()))
    }
}

impl Book {
    pub(super) fn wrong(&mut self, what: &str) {
        self.wrongs.push(what.to_owned());
    }

    fn deliver(&mut self, issued: Option<usize>) {
        let Some(issued) = issued.filter(|issued| *issued > self.delivered) else { return };
        self.delivered = issued;
        if self.ended {
            self.late.push(issued);
        }
    }
}

#[async_trait]
impl Transport for Logto {
    async fn answer(&self, endpoint: Endpoint, request: &Request) -> Result<(u16, Vec<u8>), Unavailable> {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let form = form_urlencoded::parse(body).into_owned().collect();
        match endpoint {
            Endpoint::Discovery => Ok((200, PRINTED.metadata.clone())),
            Endpoint::Jwks => Ok((200, PRINTED.keys.clone())),
            Endpoint::Token => self.refresh(&form).await,
            Endpoint::Revocation => {
                self.travel().await;
                self.revoke(&form)
            }
            other => panic!("nobody asks for {other:?}"),
        }
    }
}

/// The number of a refresh token.
pub(super) fn number(refresh_token: &str) -> usize {
    refresh_token.strip_prefix("rt-").and_then(|number| number.parse().ok()).expect("a refresh token")
}
