//! From a callback's code to a session: once for each attempt, however often the browser asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::clock::{Clock, UnixTime};
use crate::error::{Endpoint, Error, InvalidToken, Unavailable, UnavailableCause};
use crate::oidc::{Attempt, ExchangeGate, IdTokenExpectation, Nonce, Provider, TokenAnswer, TokenFailure};
use crate::session::{Session, SessionHandle, SessionManager};
use crate::types::Secret;

/// Logto gives up on an interaction after an hour.
pub(crate) const ATTEMPT_LIFE: Duration = Duration::from_secs(3600);
/// How long the outcome of a callback is kept for a second request with the same one.
const OUTCOME_KEPT: Duration = Duration::from_secs(60);
/// How long an answer of Logto's is kept of which no session has come, because the keys or the store were not there.
const ANSWER_KEPT: Duration = Duration::from_secs(600);
/// Callbacks that are remembered. Beyond that those are forgotten first that have failed.
const MAX_REMEMBERED: usize = 1024;

/// A sign-in that has begun. Sealed into a cookie of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PendingSignIn {
    pub(crate) attempt: Attempt,
    pub(crate) return_to: String,
    /// How fresh the sign-in must be, where a route asks for it.
    pub(crate) max_age: Option<Duration>,
    pub(crate) created: UnixTime,
}

type Outcome = Arc<OnceCell<Result<SessionHandle, Arc<Error>>>>;

/// What is remembered of an attempt whose callback has come.
struct Callback {
    since: UnixTime,
    outcome: Outcome,
    answer: Arc<Mutex<Option<Answer>>>,
    /// The session that its browser was given.
    landed: Option<SessionHandle>,
}

/// Logto's answer to the exchange: the code is spent, and this is all that is left of it.
#[derive(Clone)]
struct Answer {
    tokens: TokenAnswer,
    /// When Logto was asked: what it says is as old as the question.
    asked: UnixTime,
}

/// Where a callback has led.
pub(crate) struct CompletedSignIn {
    /// The browser's session.
    pub(crate) session: SessionHandle,
    /// It is that of another callback of this browser.
    pub(crate) joined: bool,
    /// Sessions of which the browser will not hold the cookies.
    pub(crate) displaced: Vec<SessionHandle>,
}

pub(crate) struct SignIns {
    provider: Arc<Provider>,
    sessions: Arc<SessionManager>,
    clock: Clock,
    gate: ExchangeGate,
    callbacks: Mutex<HashMap<String, Callback>>,
}

impl SignIns {
    pub(crate) fn new(provider: Arc<Provider>, sessions: Arc<SessionManager>, clock: Clock) -> Self {
        SignIns { provider, sessions, clock, gate: ExchangeGate::new(), callbacks: Mutex::default() }
    }

    /// Completes a sign-in. Requests that come with the same attempt at the same time, as after a double
    /// click, share one exchange: a second one would end the grant of the first. It runs to its end even
    /// if the browser goes away, since the code is spent.
    ///
    /// After [`Error::Unavailable`] and [`Error::Store`] the same callback may come again: it goes on where this one
    /// has stopped.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        started: &PendingSignIn,
        code: String,
    ) -> Result<SessionHandle, Arc<Error>> {
        let state = started.attempt.state.expose();
        let (outcome, answer) = self.callback_of(state);
        let work = {
            let (service, started, outcome) = (Arc::clone(self), started.clone(), Arc::clone(&outcome));
            async move {
                let begin = || async { service.exchange(code, &started, &answer).await.map_err(Arc::new) };
                outcome.get_or_init(begin).await.clone()
            }
        };
        let result = tokio::spawn(work).await.unwrap_or_else(|_| Err(Arc::new(Error::SessionEnded)));
        if result.as_ref().is_err_and(|error| may_be_repeated(error)) {
            self.may_come_again(state, &outcome);
        }
        result
    }

    fn callback_of(&self, state: &str) -> (Outcome, Arc<Mutex<Option<Answer>>>) {
        let now = self.clock.now();
        let mut callbacks = lock(&self.callbacks);
        callbacks.retain(|_, callback| callback.is_kept(now));
        if !callbacks.contains_key(state) && callbacks.len() >= MAX_REMEMBERED {
            let worth_least = callbacks
                .iter()
                .min_by_key(|(_, callback)| (!callback.has_failed(), callback.is_of_use(), callback.since))
                .map(|(state, _)| state.clone());
            worth_least.and_then(|state| callbacks.remove(&state));
        }
        let callback = callbacks.entry(state.to_owned()).or_insert_with(|| Callback {
            since: now,
            outcome: Outcome::default(),
            answer: Arc::default(),
            landed: None,
        });
        (Arc::clone(&callback.outcome), Arc::clone(&callback.answer))
    }

    /// Whoever shared this outcome has it; the next request begins anew. Only what is left of a code that was spent is
    /// remembered: invented ones take no room.
    fn may_come_again(&self, state: &str, outcome: &Outcome) {
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
        started: &PendingSignIn,
        place: &Mutex<Option<Answer>>,
    ) -> Result<SessionHandle, Error> {
        let held = lock(place).clone();
        let answer = match held {
            Some(answer) => answer,
            None => {
                let answer = self.spend(code, started).await?;
                *lock(place) = Some(answer.clone());
                answer
            }
        };
        let begun = self.begin(answer, started).await;
        if !begun.as_ref().is_err_and(may_be_repeated) {
            *lock(place) = None;
        }
        begun
    }

    /// Sends the code to Logto, once what comes after it can be done.
    async fn spend(&self, code: String, started: &PendingSignIn) -> Result<Answer, Error> {
        let _turn = self.gate.pass().await?;
        self.sessions.is_ready().await?;
        let asked = self.clock.now();
        let tokens =
            self.provider.exchange_code(code, &started.attempt).await.map_err(|failure| match failure {
                // RFC 6749 §4.1.2.1 has these for the authorization response; whoever sends them here means the same.
                TokenFailure::Refused(refused)
                    if matches!(refused.error.as_str(), "server_error" | "temporarily_unavailable") =>
                {
                    Unavailable::new(Endpoint::Token, UnavailableCause::Status(refused.status)).into()
                }
                other => Error::from(other),
            })?;
        Ok(Answer { tokens, asked })
    }

    async fn begin(&self, answer: Answer, started: &PendingSignIn) -> Result<SessionHandle, Error> {
        let Answer { tokens, asked } = answer;
        let id_token = tokens.id_token.clone().ok_or(Error::InvalidIdToken(InvalidToken::Claim))?;
        let expected = IdTokenExpectation {
            nonce: Nonce::Exactly(&started.attempt.nonce),
            subject: None,
            max_age: started.max_age,
        };
        let claims = self.provider.verify_id_token(&id_token, &tokens.access_token, &expected).await?;
        let session = Session::begin(&claims, &tokens, asked);
        self.sessions.begin(session, started.created).await
    }

    /// Brings the callbacks of one browser together that come at the same time, each with the cookies from before the
    /// others' answers: nobody can tell which of the answers the browser will take for the last.
    ///
    /// `others` are the states of its other attempts. Where one of them has led to a session of the same person, that
    /// is the session of this callback too, unless it had to be a fresh sign-in. Where it was another person, that
    /// session is over.
    pub(crate) async fn land(
        &self,
        started: &PendingSignIn,
        session: SessionHandle,
        others: &[Secret],
    ) -> CompletedSignIn {
        let own = started.attempt.state.expose();
        let states = || others.iter().map(Secret::expose).chain([own]);
        let joins = |other: &SessionHandle| started.max_age.is_none() && other.subject == session.subject;
        let neighbours: Vec<SessionHandle> = {
            let mut callbacks = lock(&self.callbacks);
            let landed: Vec<SessionHandle> =
                states().filter_map(|state| callbacks.get(state)?.landed.clone()).collect();
            if !landed.iter().any(joins)
                && let Some(callback) = callbacks.get_mut(own)
            {
                callback.landed = Some(session.clone());
            }
            landed.into_iter().filter(|other| other.id != session.id).collect()
        };
        let mut displaced = Vec::new();
        for other in neighbours {
            // Where nobody can tell whether it lives, it counts for nothing.
            let Ok(other) = self.sessions.newest(&other).await else { continue };
            if joins(&other) {
                self.note_landed(own, &other);
                displaced.push(session);
                return CompletedSignIn { session: other, joined: true, displaced };
            }
            displaced.push(other);
        }
        self.note_landed(own, &session);
        CompletedSignIn { session, joined: false, displaced }
    }

    fn note_landed(&self, state: &str, session: &SessionHandle) {
        if let Some(callback) = lock(&self.callbacks).get_mut(state) {
            callback.landed = Some(session.clone());
        }
    }
}

impl Callback {
    fn is_kept(&self, now: UnixTime) -> bool {
        let kept = if lock(&self.answer).is_some() { ANSWER_KEPT } else { OUTCOME_KEPT };
        now.since(self.since) < kept
    }

    /// Whether it holds what cannot be had again: an answer to a spent code, or the session that came of it.
    fn is_of_use(&self) -> bool {
        lock(&self.answer).is_some() || self.outcome.get().is_some_and(Result::is_ok)
    }

    fn has_failed(&self) -> bool {
        self.outcome.get().is_some_and(Result::is_err)
    }
}

/// Whether the same callback may succeed later: nothing has come of the code, or nobody knows, or what has come of it
/// is kept. Whatever Logto has said is final.
fn may_be_repeated(error: &Error) -> bool {
    matches!(error, Error::Unavailable(_) | Error::Store(_))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
