//! From a callback's code to a session: once for each attempt, however often the browser asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::clock::{Clock, UnixTime};
use crate::error::{Error, InvalidToken};
use crate::oidc::{Attempt, IdTokenExpectation, Nonce, Provider, TokenFailure};
use crate::session::{Session, Sessions};

/// Logto gives up on an interaction after an hour.
pub(crate) const ATTEMPT_LIFE: Duration = Duration::from_secs(3600);
/// How long the outcome of a callback is kept for a second request with the same one.
const OUTCOME_KEPT: Duration = Duration::from_secs(60);

/// Callbacks whose outcome is kept. Beyond that a double click gets an error page.
const MAX_OUTCOMES: usize = 1024;

/// A sign-in that has begun. Sealed into a cookie of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StartedSignIn {
    pub(crate) attempt: Attempt,
    pub(crate) return_to: String,
    /// How fresh the sign-in must be, where a route asks for it.
    pub(crate) max_age: Option<Duration>,
    pub(crate) created: UnixTime,
}

type Outcome = Arc<OnceCell<Result<Arc<Session>, Arc<Error>>>>;

pub(crate) struct SignIns {
    provider: Arc<Provider>,
    sessions: Arc<Sessions>,
    clock: Clock,
    outcomes: Mutex<HashMap<String, (UnixTime, Outcome)>>,
}

impl SignIns {
    pub(crate) fn new(provider: Arc<Provider>, sessions: Arc<Sessions>, clock: Clock) -> Self {
        SignIns { provider, sessions, clock, outcomes: Mutex::default() }
    }

    /// Completes a sign-in. Requests that come with the same attempt at the same time, as after a double
    /// click, share one exchange: a second one would end the grant of the first. It runs to its end even
    /// if the browser goes away, since the code is spent.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        started: &StartedSignIn,
        code: String,
    ) -> Result<Arc<Session>, Arc<Error>> {
        let outcome = self.outcome_of(started);
        let (service, started) = (Arc::clone(self), started.clone());
        let work = async move {
            outcome
                .get_or_init(|| async { service.exchange(code, &started).await.map_err(Arc::new) })
                .await
                .clone()
        };
        tokio::spawn(work).await.unwrap_or_else(|_| Err(Arc::new(Error::SessionEnded)))
    }

    fn outcome_of(&self, started: &StartedSignIn) -> Outcome {
        let now = self.clock.now();
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.retain(|_, (since, _)| now.since(*since) < OUTCOME_KEPT);
        if outcomes.len() >= MAX_OUTCOMES {
            return Outcome::default();
        }
        let key = started.attempt.state.expose().to_owned();
        let (_, outcome) = outcomes.entry(key).or_insert_with(|| (now, Outcome::default()));
        Arc::clone(outcome)
    }

    async fn exchange(&self, code: String, started: &StartedSignIn) -> Result<Arc<Session>, Error> {
        // What the answer says is as old as the question.
        let asked = self.clock.now();
        let answer =
            self.provider.exchange_code(code, &started.attempt).await.map_err(|failure| match failure {
                TokenFailure::Unavailable(unavailable) | TokenFailure::Unusable { unavailable, .. } => {
                    Error::from(unavailable)
                }
                TokenFailure::Refused(refused) => Error::from(refused),
            })?;
        let id_token = answer.id_token.as_ref().ok_or(Error::InvalidIdToken(InvalidToken::Claim))?;
        let expected = IdTokenExpectation {
            nonce: Nonce::Exactly(&started.attempt.nonce),
            subject: None,
            max_age: started.max_age,
        };
        let claims = self.provider.verify_id_token(id_token, &answer.access_token, &expected).await?;
        let session = Session::begin(&claims, &answer, asked);
        self.sessions.begin(session, started.created).await
    }
}
