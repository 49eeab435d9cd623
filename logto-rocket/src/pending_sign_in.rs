//! Turns an authorization code into a session, once per pending sign-in, however often the browser repeats the
//! callback.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::clock::{Clock, UnixTime};
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{Attempt, ExchangeLimit, IdTokenExpectation, Nonce, Provider, TokenAnswer, TokenFailure};
use crate::session::{Session, SessionHandle, SessionManager};
use crate::sign_in_parameters::SignInParameters;
use crate::types::Secret;

/// Logto abandons an interaction after an hour.
pub(crate) const ATTEMPT_LIFE: Duration = Duration::from_secs(3600);
/// How long the outcome of a callback is kept for a repeated request.
const OUTCOME_TTL: Duration = Duration::from_secs(60);
/// How long a token response is kept if no session could be created, because the key set or the session store was
/// unavailable.
const ANSWER_TTL: Duration = Duration::from_secs(600);
/// The number of callbacks that are remembered. When there are more, failed ones are dropped first.
const MAX_REMEMBERED: usize = 1024;

/// A sign-in that has begun and is not complete. It is sealed into a cookie of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    pub(crate) attempt: Attempt,
    pub(crate) return_to: String,
    /// The required age of the sign-in, for a step-up.
    pub(crate) max_age: Option<Duration>,
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

type Outcome = Arc<OnceCell<Result<SessionHandle, Arc<Error>>>>;

/// What is remembered of a callback.
struct Callback {
    since: UnixTime,
    outcome: Outcome,
    answer: Arc<Mutex<Option<Answer>>>,
    /// The session that its browser got.
    session: Option<SessionHandle>,
}

/// The token response. The code is used, so it cannot be requested again.
#[derive(Clone)]
struct Answer {
    tokens: TokenAnswer,
    /// When the request was sent. The response is as old as the request.
    asked: UnixTime,
}

/// The result of a callback.
pub(crate) struct CompletedSignIn {
    /// The browser's session.
    pub(crate) session: SessionHandle,
    /// Whether it is the session of another callback of this browser.
    pub(crate) is_shared: bool,
    /// Sessions whose cookies the browser will not keep.
    pub(crate) superseded: Vec<SessionHandle>,
}

pub(crate) struct SignIns {
    provider: Arc<Provider>,
    sessions: Arc<SessionManager>,
    clock: Clock,
    exchange_limit: ExchangeLimit,
    callbacks: Mutex<HashMap<String, Callback>>,
}

impl SignIns {
    pub(crate) fn new(provider: Arc<Provider>, sessions: Arc<SessionManager>, clock: Clock) -> Self {
        SignIns {
            provider,
            sessions,
            clock,
            exchange_limit: ExchangeLimit::new(),
            callbacks: Mutex::default(),
        }
    }

    /// Completes a sign-in. Requests with the same pending sign-in, as after a double click, share one code exchange:
    /// a second exchange would revoke the grant of the first. The exchange runs to completion even if the browser
    /// disconnects, since the code is used up.
    ///
    /// After [`Error::Unavailable`] and [`Error::Store`] the callback can be repeated. It continues where this call
    /// stopped.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        pending: &PendingSignIn,
        code: String,
        redirect_uri: String,
    ) -> Result<SessionHandle, Arc<Error>> {
        let state = pending.attempt.state.expose();
        let (outcome, answer) = self.callback_of(state);
        let work = {
            let (service, pending, outcome) = (Arc::clone(self), pending.clone(), Arc::clone(&outcome));
            async move {
                let begin = || async {
                    service.exchange(code, redirect_uri, &pending, &answer).await.map_err(Arc::new)
                };
                outcome.get_or_init(begin).await.clone()
            }
        };
        let result = tokio::spawn(work).await.unwrap_or_else(|_| Err(Arc::new(Error::SessionEnded)));
        if result.as_ref().is_err_and(|error| is_retryable(error)) {
            self.allow_retry(state, &outcome);
        }
        result
    }

    fn callback_of(&self, state: &str) -> (Outcome, Arc<Mutex<Option<Answer>>>) {
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
            outcome: Outcome::default(),
            answer: Arc::default(),
            session: None,
        });
        (Arc::clone(&callback.outcome), Arc::clone(&callback.answer))
    }

    /// Lets the next request start again, after an outage. Requests that share this outcome already have it. The
    /// entry is kept only if it holds a token response, so invented codes take no room.
    fn allow_retry(&self, state: &str, outcome: &Outcome) {
        let now = self.clock.now();
        let mut callbacks = lock(&self.callbacks);
        let Some(callback) =
            callbacks.get_mut(state).filter(|callback| Arc::ptr_eq(&callback.outcome, outcome))
        else {
            return;
        };
        if lock(&callback.answer).is_none() {
            callbacks.remove(state);
            return;
        }
        callback.outcome = Outcome::default();
        callback.since = now;
    }

    async fn exchange(
        &self,
        code: String,
        redirect_uri: String,
        pending: &PendingSignIn,
        slot: &Mutex<Option<Answer>>,
    ) -> Result<SessionHandle, Error> {
        let held = lock(slot).clone();
        let answer = match held {
            Some(answer) => answer,
            None => {
                let answer = self.exchange_code_once_ready(code, &redirect_uri, pending).await?;
                *lock(slot) = Some(answer.clone());
                answer
            }
        };
        let begun = self.begin(answer, pending).await;
        if !begun.as_ref().is_err_and(is_retryable) {
            *lock(slot) = None;
        }
        begun
    }

    /// Exchanges the code, once the steps after the exchange can be done.
    async fn exchange_code_once_ready(
        &self,
        code: String,
        redirect_uri: &str,
        pending: &PendingSignIn,
    ) -> Result<Answer, Error> {
        let _permit = self.exchange_limit.acquire().await?;
        self.sessions.is_ready().await?;
        let asked = self.clock.now();
        let tokens =
            self.provider.exchange_code(code, &pending.attempt, redirect_uri).await.map_err(|failure| {
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
            })?;
        Ok(Answer { tokens, asked })
    }

    async fn begin(&self, answer: Answer, pending: &PendingSignIn) -> Result<SessionHandle, Error> {
        let Answer { tokens, asked } = answer;
        let id_token = tokens.id_token.clone().ok_or(Error::InvalidIdToken(InvalidToken::Claim))?;
        let expected = IdTokenExpectation {
            nonce: Nonce::Exactly(&pending.attempt.nonce),
            subject: None,
            max_age: pending.max_age,
        };
        let claims = self.provider.verify_id_token(&id_token, &tokens.access_token, &expected).await?;
        let session = Session::begin(&claims, &tokens, asked);
        self.sessions.begin(session, pending.created).await
    }

    /// Merges callbacks of one browser that arrive at the same time. Each carries the cookies from before the others'
    /// responses, and it cannot be known whose response the browser processes last.
    ///
    /// `other_states` are the states of the browser's other pending sign-ins. If one of them led to a session of the
    /// same user, that session is used for this callback too, unless the callback had to be a fresh sign-in. If it
    /// led to a session of another user, that session ends.
    pub(crate) async fn merge_concurrent(
        &self,
        pending: &PendingSignIn,
        session: SessionHandle,
        other_states: &[Secret],
    ) -> CompletedSignIn {
        let own = pending.attempt.state.expose();
        let states = || other_states.iter().map(Secret::expose).chain([own]);
        let joins = |other: &SessionHandle| pending.max_age.is_none() && other.subject == session.subject;
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

    fn note_session(&self, state: &str, session: &SessionHandle) {
        if let Some(callback) = lock(&self.callbacks).get_mut(state) {
            callback.session = Some(session.clone());
        }
    }
}

impl Callback {
    fn is_kept(&self, now: UnixTime) -> bool {
        let kept = if lock(&self.answer).is_some() { ANSWER_TTL } else { OUTCOME_TTL };
        now.since(self.since) < kept
    }

    /// Whether it holds something that cannot be obtained again: the response to a used code, or the session made
    /// from it.
    fn is_of_use(&self) -> bool {
        lock(&self.answer).is_some() || self.outcome.get().is_some_and(Result::is_ok)
    }

    fn has_failed(&self) -> bool {
        self.outcome.get().is_some_and(Result::is_err)
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
