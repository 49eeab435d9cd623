//! Tokens for this server itself: client credentials (RFC 6749 §4.4), fetched once for all who ask.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::issued::{Issued, token_accessors, with_retry};
use super::{EARLY, JITTER, same_again};
use crate::bearer::AccessTokens;
use crate::clock::{Clock, UnixTime};
use crate::config::AppCredentials;
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{Provider, TokenAnswer, TokenFailure};
use crate::session::{TokenTarget, random};
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

/// More kinds of tokens than a server has APIs and organizations to call; the longest unused gives way.
const MOST_KINDS: usize = 1_000;
/// How long Logto is left alone after a failure, while there is a token that is still good.
const LEFT_ALONE: Duration = Duration::from_secs(5);

/// The tokens of this server's own, by API resource, organization and scopes. See
/// [`Logto::machine_tokens`](crate::Logto::machine_tokens). A clone shares the tokens.
///
/// They are those of `machine_app_id` in the settings, and of the application itself where that is not set.
/// Each is fetched once for all who ask at the same time, and again shortly before it ends. While Logto is
/// down, one that is still valid is handed out; failures are not remembered.
///
/// In a background task, take a clone along:
///
/// ```no_run
/// use logto_rocket::Logto;
/// use rocket::fairing::AdHoc;
///
/// let nightly = AdHoc::on_liftoff("nightly", |rocket| Box::pin(async {
///     let Some(logto) = rocket.state::<Logto>() else { return };
///     let orders = logto.machine_tokens().resource("https://orders.your-app.com/api").scopes("read:orders");
///     rocket::tokio::spawn(async move {
///         match orders.token().await {
///             Ok(token) => println!("good until {:?}", token.expires_at()),
///             Err(error) => eprintln!("{error}"),
///         }
///     });
/// }));
/// # let _ = nightly;
/// ```
#[derive(Clone)]
pub struct MachineTokens(Arc<Machine>);

struct Machine {
    app: AppCredentials,
    provider: Arc<Provider>,
    access_tokens: AccessTokens,
    clock: Clock,
    entries: Entries,
}

/// What was asked for so far: bounded, since an application may take what it asks for from its callers.
#[derive(Default)]
struct Entries(Mutex<HashMap<MachineTokenKey, Arc<Entry>>>);

/// Which token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct MachineTokenKey {
    target: TokenTarget,
    /// In alphabetical order, so that the same scopes are the same wish.
    scopes: Vec<String>,
}

/// The token of one wish, and who is getting the next one.
struct Entry {
    /// Held by the one who talks to Logto.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    token: Option<MachineToken>,
    received: UnixTime,
    /// How long before its end the token is fetched anew.
    early: Duration,
    /// Counts the calls, so that whoever has waited for one knows that it is over.
    attempts: u64,
    failure: Option<(UnixTime, Failure)>,
    used: UnixTime,
}

/// Why a call brought no token; shared by all who waited for it.
#[derive(Clone)]
enum Failure {
    Unavailable(Unavailable),
    Refused(crate::error::OAuthError),
    Invalid(InvalidToken),
}

/// A token of this server's own, for an API resource, an organization, or both.
#[derive(Clone)]
pub struct MachineToken(Arc<Issued>);

token_accessors!(MachineToken);

/// Gets one kind of [`MachineToken`], again and again. Made by [`MachineTokens::resource`] and
/// [`MachineTokens::organization`]; cheap to clone and to keep.
#[derive(Clone)]
#[must_use = "a token is fetched by `token`"]
pub struct MachineTokenSource {
    tokens: MachineTokens,
    key: MachineTokenKey,
}

impl MachineTokens {
    pub(crate) fn new(
        app: AppCredentials,
        provider: Arc<Provider>,
        access_tokens: AccessTokens,
        clock: Clock,
    ) -> Self {
        MachineTokens(Arc::new(Machine { app, provider, access_tokens, clock, entries: Entries::default() }))
    }

    /// Tokens for an API resource: its indicator exactly as it is registered in Logto.
    pub fn resource(&self, indicator: &str) -> MachineTokenSource {
        self.source(TokenTarget::resource(ResourceIndicator::new(indicator)))
    }

    /// Tokens for an organization that the machine-to-machine application was added to.
    pub fn organization(&self, id: &OrganizationId) -> MachineTokenSource {
        self.source(TokenTarget { resource: None, organization: Some(id.clone()) })
    }

    fn source(&self, target: TokenTarget) -> MachineTokenSource {
        MachineTokenSource { tokens: self.clone(), key: MachineTokenKey { target, scopes: Vec::new() } }
    }

    async fn get(&self, key: &MachineTokenKey, refused: Option<&Secret>) -> Result<MachineToken, Error> {
        let now = self.0.clock.now();
        let entry = self.0.entries.of(key, now);
        let (seen, usable) = entry.look(now, refused);
        if let Some(token) = usable {
            return Ok(token);
        }
        let (machine, key, refused) = (Arc::clone(&self.0), key.clone(), refused.cloned());
        // Others wait for it: a caller that goes away does not cancel it.
        let work =
            tokio::spawn(async move { machine.get_in_turn(&entry, &key, seen, refused.as_ref()).await });
        work.await.unwrap_or_else(|_| {
            let cause = UnavailableCause::Malformed("the call was stopped".to_owned());
            Err(Unavailable::new(Endpoint::Token, cause).into())
        })
    }
}

impl Machine {
    async fn get_in_turn(
        &self,
        entry: &Entry,
        key: &MachineTokenKey,
        seen: u64,
        refused: Option<&Secret>,
    ) -> Result<MachineToken, Error> {
        let _turn = entry.turn.lock().await;
        if let Some(outcome) = entry.outcome_after(seen, self.clock.now(), refused) {
            return outcome;
        }
        let fetched = self.fetch(key).await;
        entry.keep(fetched, self.clock.now());
        entry.outcome_after(seen, self.clock.now(), refused).unwrap_or_else(|| Err(same_again()))
    }

    async fn fetch(&self, key: &MachineTokenKey) -> Result<MachineToken, Failure> {
        let answer = with_retry(|| self.ask(key), nothing_was_done_or_it_does_no_harm).await;
        let answer = answer.map_err(|failure| failure.about(key.target.resource.as_ref()))?;
        let issued = Issued::accept(&answer, &key.target, &self.access_tokens, self.clock.now()).await?;
        if issued.subject.as_deref() != Some(self.app.id.as_str()) {
            return Err(Failure::Invalid(InvalidToken::Subject));
        }
        Ok(MachineToken(Arc::new(issued)))
    }

    async fn ask(&self, key: &MachineTokenKey) -> Result<TokenAnswer, TokenFailure> {
        let scopes = key.scopes.join(" ");
        let mut form = vec![("grant_type", "client_credentials")];
        if let Some(resource) = &key.target.resource {
            form.push(("resource", resource.as_str()));
        }
        if let Some(organization) = &key.target.organization {
            form.push(("organization_id", organization.as_str()));
        }
        if !scopes.is_empty() {
            form.push(("scope", &scopes));
        }
        self.provider.ask_for_token(&self.app, &form).await
    }
}

impl Entries {
    fn of(&self, key: &MachineTokenKey, now: UnixTime) -> Arc<Entry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(key) {
            entry.state().used = now;
            return Arc::clone(entry);
        }
        if entries.len() >= MOST_KINDS {
            let unused = entries.iter().min_by_key(|(_, entry)| entry.state().used);
            if let Some(key) = unused.map(|(key, _)| key.clone()) {
                entries.remove(&key);
            }
        }
        let entry = Arc::new(Entry::new(now));
        entries.insert(key.clone(), Arc::clone(&entry));
        entry
    }
}

/// Client credentials change nothing at Logto: such a call may be made twice.
fn nothing_was_done_or_it_does_no_harm(unavailable: &Unavailable) -> bool {
    use UnavailableCause::{Connect, Interrupted, Status};
    matches!(unavailable.cause, Connect(_) | Interrupted(_) | Status(429 | 502 | 503 | 504))
}

impl Entry {
    fn new(now: UnixTime) -> Self {
        let state = State { token: None, received: now, early: EARLY, attempts: 0, failure: None, used: now };
        Entry { turn: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// How many calls were made so far, and the token, if it is good for a while.
    fn look(&self, now: UnixTime, refused: Option<&Secret>) -> (u64, Option<MachineToken>) {
        let state = self.state();
        let left_alone = matches!(&state.failure, Some((at, Failure::Unavailable(_)))
            if now >= *at && now.since(*at) < LEFT_ALONE);
        let early = if left_alone { Duration::ZERO } else { state.early };
        (state.attempts, state.usable(now, early, refused))
    }

    /// What came of a call that was over after `seen` calls were. An outage is none for whom the token that
    /// is there will do.
    fn outcome_after(
        &self,
        seen: u64,
        now: UnixTime,
        refused: Option<&Secret>,
    ) -> Option<Result<MachineToken, Error>> {
        let state = self.state();
        if state.attempts == seen {
            return None;
        }
        let usable = state.usable(now, Duration::ZERO, refused);
        match (&state.failure, usable) {
            (None | Some((_, Failure::Unavailable(_))), Some(token)) => Some(Ok(token)),
            (Some((_, failure)), _) => Some(Err(failure.clone().into())),
            (None, None) => None,
        }
    }

    fn keep(&self, fetched: Result<MachineToken, Failure>, now: UnixTime) {
        let mut state = self.state();
        state.attempts = state.attempts.wrapping_add(1);
        match fetched {
            Ok(token) => {
                let [dice] = random::<1>();
                // Servers that were started together do not fetch together.
                let early = EARLY + Duration::from_secs(u64::from(dice) % JITTER);
                // A short life is not spent on being early.
                state.early = early.min(token.0.expires.since(now) / 3);
                state.received = now;
                state.token = Some(token);
                state.failure = None;
            }
            Err(failure) => state.failure = Some((now, failure)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable(&self, now: UnixTime, early: Duration, refused: Option<&Secret>) -> Option<MachineToken> {
        let token = self.token.as_ref()?;
        // Received in the future: the clock was set back, and nobody knows how long it lives.
        let good = token.0.expires > now.plus(early) && self.received <= now;
        let refused = refused.is_some_and(|refused| *refused == token.0.secret);
        (good && !refused).then(|| token.clone())
    }
}

impl From<TokenFailure> for Failure {
    fn from(failure: TokenFailure) -> Self {
        match failure {
            TokenFailure::Refused(refused) => Failure::Refused(refused),
            TokenFailure::Unavailable(unavailable) | TokenFailure::Unusable { unavailable, .. } => {
                Failure::Unavailable(unavailable)
            }
        }
    }
}

/// What the check of a token that has arrived can come to.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(unavailable) => Failure::Unavailable(unavailable),
            Error::Refused(refused) => Failure::Refused(refused),
            Error::InvalidToken(reason) => Failure::Invalid(reason),
            other => {
                let cause = UnavailableCause::Malformed(other.code().to_owned());
                Failure::Unavailable(Unavailable::new(Endpoint::Token, cause))
            }
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(unavailable) => unavailable.into(),
            Failure::Refused(refused) => Error::MachineRefused(refused),
            Failure::Invalid(reason) => reason.into(),
        }
    }
}

impl MachineTokenSource {
    /// For the API inside this organization: an organization-level token.
    pub fn organization(mut self, id: &OrganizationId) -> Self {
        self.key.target.organization = Some(id.clone());
        self
    }

    /// Asks for these scopes, separated by spaces. **Logto gives none that is not asked for**, and drops
    /// silently what the application has no role for: look at [`MachineToken::scopes`].
    pub fn scopes(mut self, scopes: &str) -> Self {
        let all = Scopes::parse(scopes);
        self.key.scopes.extend(all.iter().map(str::to_owned));
        self.key.scopes.sort_unstable();
        self.key.scopes.dedup();
        self
    }

    /// A valid token: the one at hand, else a fresh one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if Logto cannot be asked and there is no valid token;
    /// [`Error::MachineRefused`] if Logto refuses; [`Error::InvalidToken`] if what it gave is not good.
    pub async fn token(&self) -> Result<MachineToken, Error> {
        self.tokens.get(&self.key, None).await
    }

    /// A valid token that is another one than `refused`: for an API that has refused that before its time, as
    /// after a rotation of Logto's keys.
    ///
    /// # Errors
    ///
    /// As [`token`](Self::token).
    pub async fn token_instead_of(&self, refused: &MachineToken) -> Result<MachineToken, Error> {
        self.tokens.get(&self.key, Some(&refused.0.secret)).await
    }
}

impl fmt::Debug for MachineTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineTokens").field("app_id", &self.0.app.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for MachineTokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineTokenSource").field("wish", &self.key).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(expires: i64) -> MachineToken {
        MachineToken(Arc::new(Issued {
            secret: Secret::new(format!("token-{expires}")),
            scopes: Scopes::default(),
            expires: UnixTime(expires),
            target: TokenTarget::userinfo(),
            subject: None,
            actor: None,
        }))
    }

    fn down() -> Failure {
        Failure::Unavailable(Unavailable::new(Endpoint::Token, UnavailableCause::Timeout))
    }

    #[test]
    fn a_token_is_good_until_shortly_before_its_end() {
        let entry = Entry::new(UnixTime(0));
        entry.keep(Ok(token(3600)), UnixTime(0));
        assert!(entry.look(UnixTime(3500), None).1.is_some());
        assert!(entry.look(UnixTime(3541), None).1.is_none());
        entry.keep(Ok(token(9)), UnixTime(0));
        assert!(entry.look(UnixTime(5), None).1.is_some(), "a short life is not spent on being early");
        assert!(entry.look(UnixTime(7), None).1.is_none());
    }

    #[test]
    fn p03_a_token_from_the_future_is_not_used() {
        let entry = Entry::new(UnixTime(100));
        entry.keep(Ok(token(3600)), UnixTime(100));
        assert!(entry.look(UnixTime(99), None).1.is_none());
    }

    #[test]
    fn an_outage_leaves_a_valid_token_in_use_and_logto_alone() {
        let entry = Entry::new(UnixTime(0));
        entry.keep(Ok(token(3600)), UnixTime(0));
        entry.keep(Err(down()), UnixTime(3590));
        assert!(entry.look(UnixTime(3592), None).1.is_some());
        assert!(entry.look(UnixTime(3596), None).1.is_none(), "Logto is asked again");
        assert!(matches!(entry.outcome_after(1, UnixTime(3596), None), Some(Ok(_))));
        assert!(matches!(entry.outcome_after(1, UnixTime(3600), None), Some(Err(Error::Unavailable(_)))));
    }

    #[test]
    fn the_longest_unused_kind_gives_way() {
        let key = |n: usize| MachineTokenKey {
            target: TokenTarget::resource(ResourceIndicator::new(format!("https://{n}.example"))),
            scopes: Vec::new(),
        };
        let entries = Entries::default();
        for n in 0..MOST_KINDS {
            entries.of(&key(n), UnixTime(0)).keep(Ok(token(3600)), UnixTime(0));
        }
        let is_held =
            |n: usize, now: i64| entries.of(&key(n), UnixTime(now)).look(UnixTime(now), None).1.is_some();
        assert!((1..MOST_KINDS).all(|n| is_held(n, 2)), "all but the first were used");
        entries.of(&key(MOST_KINDS), UnixTime(3));
        assert_eq!(entries.0.lock().expect("no panic").len(), MOST_KINDS);
        assert!(is_held(1, 4));
        assert!(!is_held(0, 4), "it has given way");
    }

    #[test]
    fn a_refused_token_is_not_handed_out_again() {
        let entry = Entry::new(UnixTime(0));
        entry.keep(Ok(token(3600)), UnixTime(0));
        assert!(entry.look(UnixTime(1), Some(&token(3600).0.secret)).1.is_none());
        assert!(entry.look(UnixTime(1), Some(&token(3599).0.secret)).1.is_some());
    }
}
