//! Turns an authorization code into a session, once per pending sign-in, however often the browser repeats the
//! callback.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use tracing::Instrument;

use crate::clock::{Clock, UnixTime};
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{
    AuthorizationSecrets, ExchangeLimit, IdTokenExpectation, Nonce, RelyingParty, TokenAnswer, TokenFailure,
};
use crate::session::{RequestedAccess, Session, SessionHandle, SessionManager};
use crate::sign_in_parameters::SignInParameters;
use crate::types::Secret;

/// Logto abandons an interaction after an hour.
pub(crate) const PENDING_SIGN_IN_LIFE: Duration = Duration::from_secs(3600);
/// How long the outcome of a callback is kept for a repeated request.
const OUTCOME_TTL: Duration = Duration::from_secs(60);
/// How long a token response is kept if no session could be created, because the key set or the session store was
/// unavailable.
const TOKEN_RESPONSE_TTL: Duration = Duration::from_secs(600);
/// The number of callbacks that are remembered. When there are more, failed ones are dropped first.
const MAX_REMEMBERED: usize = 1024;

/// A sign-in that has begun and is not complete. It is sealed into a cookie of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    pub(crate) secrets: AuthorizationSecrets,
    pub(crate) return_to: String,
    /// The required age of the sign-in, for a step-up.
    pub(crate) max_age: Option<Duration>,
    /// Whether nothing is shown to the user: where there is no session at Logto, the browser comes back without one.
    pub(crate) silent: bool,
    /// The scopes and resources of the authorization request.
    pub(crate) requested: RequestedAccess,
    pub(crate) created: UnixTime,
}

/// A sign-in that a handler begins, on its way through the browser to the sign-in route. Sealed into the query of the
/// route's address, so that no visitor can make one.
#[derive(Serialize, Deserialize)]
pub(crate) struct SignInRequest {
    pub(crate) parameters: SignInParameters,
    pub(crate) return_to: Option<String>,
    pub(crate) created: UnixTime,
    /// The value of the cookie that the browser got with it.
    pub(crate) browser: [u8; 16],
}

/// Why the application did not admit a user whom Logto has signed in.
pub(crate) trait NotAdmitted: Clone + Send + Sync + 'static {
    /// Whether the application may still admit the user if it is asked again.
    fn is_temporary(&self) -> bool;
}

/// The token response of a callback whose session is not kept yet.
type SharedTokenResponse = Arc<Mutex<Option<TokenResponse>>>;

/// How far a callback has come. Requests with the same pending sign-in share the steps.
struct Steps<A, N> {
    verified: OnceCell<Result<Arc<Session>, Arc<Error>>>,
    decision: OnceCell<Result<A, N>>,
    begun: OnceCell<Result<SessionHandle, Arc<Error>>>,
}

impl<A, N> Steps<A, N> {
    fn new(decision: Option<Result<A, N>>) -> Self {
        Steps { verified: OnceCell::new(), decision: OnceCell::new_with(decision), begun: OnceCell::new() }
    }
}

/// What is remembered of a callback.
struct Callback<A, N> {
    since: UnixTime,
    steps: Arc<Steps<A, N>>,
    response: SharedTokenResponse,
    /// The session that its browser got.
    session: Option<SessionHandle>,
}

/// The token response. The code is used, so it cannot be requested again.
#[derive(Clone)]
struct TokenResponse {
    tokens: TokenAnswer,
    /// When the request was sent. The response is as old as the request.
    asked: UnixTime,
}

/// What became of a callback whose user Logto has signed in.
pub(crate) enum Outcome<A, N> {
    /// The user was admitted and has a session.
    Begun(SessionHandle, A),
    /// The user was not admitted. Nothing is kept of the session.
    NotAdmitted(Arc<Session>, N),
}

/// The browser's session after a callback.
pub(crate) struct CompletedSignIn {
    /// The browser's session.
    pub(crate) session: SessionHandle,
    /// Whether it is the session of another callback of this browser.
    pub(crate) is_shared: bool,
    /// Sessions whose cookies the browser will not keep.
    pub(crate) superseded: Vec<SessionHandle>,
}

/// `A` is what the application says of a user whom it admits, `N` of one whom it does not.
pub(crate) struct SignIns<A, N> {
    relying_party: Arc<RelyingParty>,
    sessions: Arc<SessionManager>,
    clock: Clock,
    exchange_limit: ExchangeLimit,
    callbacks: Mutex<HashMap<String, Callback<A, N>>>,
}

impl<A: Clone + Send + Sync + 'static, N: NotAdmitted> SignIns<A, N> {
    pub(crate) fn new(relying_party: Arc<RelyingParty>, sessions: Arc<SessionManager>, clock: Clock) -> Self {
        SignIns {
            relying_party,
            sessions,
            clock,
            exchange_limit: ExchangeLimit::new(),
            callbacks: Mutex::default(),
        }
    }

    /// Completes a sign-in. Requests with the same pending sign-in, as after a double click, share one code exchange
    /// and one decision: a second exchange would revoke the grant of the first. The exchange runs to completion even
    /// if the browser disconnects, since the code is used up.
    ///
    /// `decide` is asked before the session is kept. After a temporary refusal, [`Error::Unavailable`] and
    /// [`Error::Store`] the callback can be repeated. It continues where this call stopped.
    pub(crate) async fn complete<F>(
        self: &Arc<Self>,
        pending: &PendingSignIn,
        code: String,
        redirect_uri: String,
        decide: impl FnOnce(Arc<Session>) -> F,
    ) -> Result<Outcome<A, N>, Arc<Error>>
    where
        F: Future<Output = Result<A, N>>,
    {
        let state = pending.secrets.state.expose();
        let (steps, response) = self.callback_of(state);
        let verified = self.to_its_end(pending, &steps, {
            let response = Arc::clone(&response);
            async move |service, pending, steps| {
                let verify = || async {
                    service.exchange(code, redirect_uri, &pending, &response).await.map_err(Arc::new)
                };
                steps.verified.get_or_init(verify).await.clone()
            }
        });
        let session = match verified.await {
            Ok(session) => session,
            Err(error) => return Err(self.failed(state, &steps, None, error)),
        };
        // In the request, which the hooks get. If it is dropped, the next request asks again.
        let decision = steps.decision.get_or_init(|| decide(Arc::clone(&session))).await.clone();
        let admitted = match decision {
            Ok(admitted) => admitted,
            Err(refused) => {
                if refused.is_temporary() {
                    self.allow_retry(state, &steps, None);
                } else {
                    *lock(&response) = None;
                }
                return Ok(Outcome::NotAdmitted(session, refused));
            }
        };
        let begun = self.to_its_end(pending, &steps, async move |service, pending, steps| {
            let begin = || async {
                let session = Session::clone(&session);
                let begun = service.sessions.begin(session, pending.created).await.map_err(Arc::new);
                if !begun.as_ref().is_err_and(|error| is_retryable(error)) {
                    *lock(&response) = None;
                }
                begun
            };
            steps.begun.get_or_init(begin).await.clone()
        });
        match begun.await {
            Ok(session) => Ok(Outcome::Begun(session, admitted)),
            Err(error) => Err(self.failed(state, &steps, Some(admitted), error)),
        }
    }

    /// Runs a step that must not stop halfway if the browser disconnects.
    async fn to_its_end<T: Send + 'static, F>(
        self: &Arc<Self>,
        pending: &PendingSignIn,
        steps: &Arc<Steps<A, N>>,
        step: impl FnOnce(Arc<Self>, PendingSignIn, Arc<Steps<A, N>>) -> F,
    ) -> Result<T, Arc<Error>>
    where
        F: Future<Output = Result<T, Arc<Error>>> + Send + 'static,
    {
        let work = step(Arc::clone(self), pending.clone(), Arc::clone(steps));
        tokio::spawn(work.in_current_span()).await.unwrap_or_else(|_| Err(Arc::new(Error::SessionEnded)))
    }

    fn failed(
        &self,
        state: &str,
        steps: &Arc<Steps<A, N>>,
        admitted: Option<A>,
        error: Arc<Error>,
    ) -> Arc<Error> {
        if is_retryable(&error) {
            self.allow_retry(state, steps, admitted);
        }
        error
    }

    fn callback_of(&self, state: &str) -> (Arc<Steps<A, N>>, SharedTokenResponse) {
        let now = self.clock.now();
        let mut callbacks = lock(&self.callbacks);
        callbacks.retain(|_, callback| callback.is_kept(now));
        if !callbacks.contains_key(state) && callbacks.len() >= MAX_REMEMBERED {
            let least_useful = callbacks
                .iter()
                .min_by_key(|(_, callback)| (!callback.has_failed(), callback.is_of_use(), callback.since))
                .map(|(state, _)| state.clone());
            least_useful.and_then(|state| callbacks.remove(&state));
        }
        let callback = callbacks.entry(state.to_owned()).or_insert_with(|| Callback {
            since: now,
            steps: Arc::new(Steps::new(None)),
            response: Arc::default(),
            session: None,
        });
        (Arc::clone(&callback.steps), Arc::clone(&callback.response))
    }

    /// Lets the next request start again, after an outage. Requests that share these steps already have their
    /// outcome. An admission counts for the next request as well. The entry is kept only if it holds a
    /// token response, so invented codes take no room.
    fn allow_retry(&self, state: &str, steps: &Arc<Steps<A, N>>, admitted: Option<A>) {
        let now = self.clock.now();
        let mut callbacks = lock(&self.callbacks);
        let Some(callback) = callbacks.get_mut(state).filter(|callback| Arc::ptr_eq(&callback.steps, steps))
        else {
            return;
        };
        if lock(&callback.response).is_none() {
            callbacks.remove(state);
            return;
        }
        callback.steps = Arc::new(Steps::new(admitted.map(Ok)));
        callback.since = now;
    }

    /// The session to be, of which nothing is kept yet. The token response stays in `slot` until that is done.
    async fn exchange(
        &self,
        code: String,
        redirect_uri: String,
        pending: &PendingSignIn,
        slot: &Mutex<Option<TokenResponse>>,
    ) -> Result<Arc<Session>, Error> {
        let held = lock(slot).clone();
        let response = match held {
            Some(response) => response,
            None => {
                let response = self.exchange_code_once_ready(code, &redirect_uri, pending).await?;
                *lock(slot) = Some(response.clone());
                response
            }
        };
        let verified = self.verify(response, pending).await;
        if verified.as_ref().is_err_and(|error| !is_retryable(error)) {
            *lock(slot) = None;
        }
        verified.map(Arc::new)
    }

    /// Exchanges the code, once the steps after the exchange can be done.
    async fn exchange_code_once_ready(
        &self,
        code: String,
        redirect_uri: &str,
        pending: &PendingSignIn,
    ) -> Result<TokenResponse, Error> {
        let _permit = self.exchange_limit.acquire().await?;
        self.sessions.is_ready().await?;
        let asked = self.clock.now();
        let tokens = self.relying_party.exchange_code(code, &pending.secrets, redirect_uri).await.map_err(
            |failure| {
                match failure {
                    // RFC 6749 §4.1.2.1 defines these for the authorization response. At the token endpoint they mean the
                    // same.
                    TokenFailure::Refused(refused)
                        if matches!(refused.error.as_str(), "server_error" | "temporarily_unavailable") =>
                    {
                        Unavailable::new(Endpoint::Token, UnavailableCause::Status(refused.status)).into()
                    }
                    other => Error::from(other),
                }
            },
        )?;
        Ok(TokenResponse { tokens, asked })
    }

    async fn verify(&self, response: TokenResponse, pending: &PendingSignIn) -> Result<Session, Error> {
        let TokenResponse { tokens, asked } = response;
        let id_token = tokens.id_token.clone().ok_or(Error::InvalidIdToken(InvalidToken::Claim))?;
        let expected = IdTokenExpectation {
            nonce: Nonce::Exactly(&pending.secrets.nonce),
            subject: None,
            max_age: pending.max_age,
        };
        let claims = self.relying_party.verify_id_token(&id_token, &tokens.access_token, &expected).await?;
        Ok(Session::begin(&claims, &tokens, pending.requested.clone(), asked))
    }

    /// Merges callbacks of one browser that arrive at the same time. Each carries the cookies from before the others'
    /// responses, and it cannot be known whose response the browser processes last.
    ///
    /// `other_states` are the states of the browser's other pending sign-ins. If one of them led to a session of the
    /// same user, that session is used for this callback too, unless the callback had to be a fresh sign-in or has
    /// requested more. If it led to a session of another user, that session ends.
    pub(crate) async fn merge_concurrent(
        &self,
        pending: &PendingSignIn,
        session: SessionHandle,
        other_states: &[Secret],
    ) -> CompletedSignIn {
        let own = pending.secrets.state.expose();
        let states = || other_states.iter().map(Secret::expose).chain([own]);
        let joins = |other: &SessionHandle| {
            pending.max_age.is_none()
                && other.subject == session.subject
                && other.requested.includes(&session.requested)
        };
        let concurrent: Vec<SessionHandle> = {
            let mut callbacks = lock(&self.callbacks);
            let known: Vec<SessionHandle> =
                states().filter_map(|state| callbacks.get(state)?.session.clone()).collect();
            if !known.iter().any(joins)
                && let Some(callback) = callbacks.get_mut(own)
            {
                callback.session = Some(session.clone());
            }
            known.into_iter().filter(|other| other.id != session.id).collect()
        };
        let mut superseded = Vec::new();
        for other in concurrent {
            // A session whose state cannot be read does not count.
            let Ok(other) = self.sessions.newest(&other).await else { continue };
            if joins(&other) {
                self.note_session(own, &other);
                superseded.push(session);
                return CompletedSignIn { session: other, is_shared: true, superseded };
            }
            superseded.push(other);
        }
        self.note_session(own, &session);
        CompletedSignIn { session, is_shared: false, superseded }
    }

    /// The session of the same user that another callback of this browser has put in the place of `session`.
    pub(crate) fn replacement_of(
        &self,
        session: &SessionHandle,
        other_states: &[Secret],
    ) -> Option<SessionHandle> {
        let callbacks = lock(&self.callbacks);
        let known = other_states.iter().filter_map(|state| callbacks.get(state.expose())?.session.as_ref());
        known
            .filter(|other| other.id != session.id && other.subject == session.subject)
            .find(|other| other.newest().is_ok())
            .cloned()
    }

    fn note_session(&self, state: &str, session: &SessionHandle) {
        if let Some(callback) = lock(&self.callbacks).get_mut(state) {
            callback.session = Some(session.clone());
        }
    }
}

impl<A, N: NotAdmitted> Callback<A, N> {
    fn is_kept(&self, now: UnixTime) -> bool {
        let kept = if lock(&self.response).is_some() { TOKEN_RESPONSE_TTL } else { OUTCOME_TTL };
        now.since(self.since) < kept
    }

    /// Whether it holds something that cannot be obtained again: the response to a used code, or the session made
    /// from it.
    fn is_of_use(&self) -> bool {
        lock(&self.response).is_some() || self.steps.begun.get().is_some_and(Result::is_ok)
    }

    fn has_failed(&self) -> bool {
        let Steps { verified, decision, begun } = &*self.steps;
        verified.get().is_some_and(Result::is_err)
            || decision
                .get()
                .is_some_and(|decision| decision.as_ref().is_err_and(|refused| !refused.is_temporary()))
            || begun.get().is_some_and(Result::is_err)
    }
}

/// Whether the same callback may succeed later: the code is still unused, or may be, or the token response is kept.
/// An error response from Logto is final.
fn is_retryable(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::Store(_))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
