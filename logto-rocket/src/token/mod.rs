//! Access tokens for a session: from what it holds, else by one refresh for all who ask.

mod lineage;

use std::sync::Arc;
use std::time::Duration;

use crate::bearer::AccessTokens;
use crate::clock::{Clock, UnixTime};
use crate::error::{Error, Unavailable, UnavailableCause};
use crate::oidc::{IdTokenExpectation, Nonce, Provider, TokenAnswer, TokenFailure};
use crate::session::{HeldToken, Session, SessionId, TokenTarget};
use crate::types::Secret;

use lineage::Lineages;

/// A token this close to its end is fetched anew, so that it does not end on its way.
const EARLY: Duration = Duration::from_secs(60);
/// Spread of the above, so that sessions that began together do not refresh together.
const JITTER: u64 = 30;
/// How often a call that Logto did not answer is made again.
const RETRIES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// A longer `Retry-After` is for the caller to wait out, not for a request in flight.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How long a person who signs out waits for Logto.
pub(crate) const END_PATIENCE: Duration = Duration::from_secs(3);

/// Which token is wanted, and what of it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    target: TokenTarget,
    /// The token itself, to be sent somewhere; else only what it allows.
    secret: bool,
    /// A token that was refused where it was sent.
    other_than: Option<Secret>,
}

impl Wanted {
    pub(crate) fn scopes(target: TokenTarget) -> Self {
        Wanted { target, secret: false, other_than: None }
    }

    pub(crate) fn secret(target: TokenTarget) -> Self {
        Wanted { target, secret: true, other_than: None }
    }

    pub(crate) fn other_than(refused: Secret, target: TokenTarget) -> Self {
        Wanted { target, secret: true, other_than: Some(refused) }
    }
}

/// A token, and the session that now holds it.
pub(crate) struct Obtained {
    pub(crate) token: HeldToken,
    /// `None` where the session held it already.
    pub(crate) session: Option<Session>,
}

pub(crate) struct TokenService {
    provider: Arc<Provider>,
    access_tokens: AccessTokens,
    clock: Clock,
    lineages: Lineages,
}

impl TokenService {
    pub(crate) fn new(provider: Arc<Provider>, access_tokens: AccessTokens, clock: Clock) -> Self {
        TokenService { provider, access_tokens, lineages: Lineages::new(clock.clone()), clock }
    }

    /// `session`, or the newer copy that another request of this process has made of it. `None` if it
    /// was ended here.
    pub(crate) fn newest(&self, session: Session) -> Option<Session> {
        self.lineages.newest(session)
    }

    /// From now on nobody in this process gets anything through this session.
    pub(crate) fn end(&self, id: SessionId) {
        self.lineages.end(id);
    }

    /// Ends a session's grant at Logto. Goes on behind the caller's back where it takes longer than
    /// `patience`; its failure must not keep anybody signed in.
    pub(crate) async fn revoke(&self, refresh_token: Secret, patience: Duration) {
        let provider = Arc::clone(&self.provider);
        let work = tokio::spawn(async move {
            if let Err(failure) = provider.revoke(&refresh_token).await {
                tracing::warn!(target: "logto", "a refresh token could not be revoked: {failure}");
            }
        });
        let _ = tokio::time::timeout(patience, work).await;
    }

    /// A valid token. Requests that ask at the same time share one call to Logto; the call
    /// runs to its end even if they all go away, since it may spend the refresh token.
    pub(crate) async fn obtain(
        self: &Arc<Self>,
        session: &Session,
        wanted: &Wanted,
    ) -> Result<Obtained, Error> {
        if let Some(token) = self.usable(session, wanted, self.early(session)) {
            return Ok(Obtained { token: token.clone(), session: None });
        }
        let work = {
            let (service, session, wanted) = (Arc::clone(self), session.clone(), wanted.clone());
            async move { service.obtain_in_turn(session, &wanted).await }
        };
        tokio::spawn(work).await.unwrap_or_else(|_| Err(Error::SessionEnded))
    }

    async fn obtain_in_turn(self: Arc<Self>, session: Session, wanted: &Wanted) -> Result<Obtained, Error> {
        let lineage = self.lineages.of(session.id);
        let _turn = lineage.turn().await;
        let session = lineage.newest(session).ok_or(Error::SessionEnded)?;
        if let Some(token) = self.usable(&session, wanted, self.early(&session)) {
            return Ok(Obtained { token: token.clone(), session: Some(session) });
        }
        let refresh_token = session.refresh_token.clone().ok_or(Error::NoRefreshToken)?;
        let answer = match self.refresh(&refresh_token, &wanted.target).await {
            Ok(answer) => answer,
            Err(TokenFailure::Refused(refused)) if refused.error == "invalid_grant" => {
                lineage.end();
                tracing::info!(target: "logto::audit", code = "session_ended", "the grant of a session is gone at Logto");
                return Err(Error::SessionEnded);
            }
            Err(TokenFailure::Refused(refused)) => return Err(refused.into()),
            Err(TokenFailure::Unavailable(unavailable)) => {
                return match self.usable(&session, wanted, Duration::ZERO) {
                    Some(token) => Ok(Obtained { token: token.clone(), session: Some(session) }),
                    None => Err(unavailable.into()),
                };
            }
        };
        let mut session = session;
        if let Some(successor) = &answer.refresh_token {
            session.refresh_token = Some(successor.clone());
        }
        session.revision = session.revision.wrapping_add(1);
        // Before anything else can fail: the old refresh token may be spent.
        lineage.keep(&session);

        self.renew_claims(&mut session, &answer).await.inspect_err(|error| {
            if matches!(error, Error::SessionEnded) {
                lineage.end();
            }
        })?;
        let token = self.accept(&session, wanted, &answer).await?;
        session.hold(token.clone());
        lineage.keep(&session);
        Ok(Obtained { token, session: Some(session) })
    }

    /// A call that Logto did not answer is repeated; one that it answered is not.
    async fn refresh(
        &self,
        refresh_token: &Secret,
        target: &TokenTarget,
    ) -> Result<TokenAnswer, TokenFailure> {
        let mut pause = FIRST_PAUSE;
        for attempt in 0.. {
            let answer = self
                .provider
                .refresh(refresh_token, target.resource.as_ref(), target.organization.as_ref())
                .await;
            match answer {
                Err(TokenFailure::Unavailable(unavailable))
                    if attempt < RETRIES && may_repeat(&unavailable) =>
                {
                    let wait = unavailable.retry_after.unwrap_or(pause);
                    if wait > LONGEST_PAUSE {
                        return Err(unavailable.into());
                    }
                    tokio::time::sleep(wait).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        unreachable!("the loop returns")
    }

    /// A refresh brings a fresh ID token. The person it names must not have changed.
    async fn renew_claims(&self, session: &mut Session, answer: &TokenAnswer) -> Result<(), Error> {
        let Some(id_token) = &answer.id_token else { return Ok(()) };
        let expected =
            IdTokenExpectation { nonce: Nonce::Any, subject: Some(&session.subject), max_age: None };
        match self.provider.verify_id_token(id_token, &expected).await {
            Ok(claims) => {
                session.set_claims(&claims.person);
                Ok(())
            }
            Err(Error::InvalidToken(reason)) => {
                tracing::warn!(target: "logto::audit", code = reason.code(), "a refreshed ID token was refused; the session ends");
                Err(Error::SessionEnded)
            }
            Err(other) => Err(other),
        }
    }

    /// Checks a token that has arrived as strictly as one that a stranger sends.
    async fn accept(
        &self,
        session: &Session,
        wanted: &Wanted,
        answer: &TokenAnswer,
    ) -> Result<HeldToken, Error> {
        let (now, target) = (self.clock.now(), &wanted.target);
        let handed_out = wanted.secret || session.held(target).is_some_and(|held| held.handed_out);
        let mut token = HeldToken {
            target: target.clone(),
            scopes: answer.scopes.clone(),
            expires: now.plus(answer.expires_in),
            secret: Some(answer.access_token.clone()),
            handed_out,
        };
        if let Some(audience) = target.audience() {
            let claims = self
                .access_tokens
                .verify(answer.access_token.expose(), |aud| aud.contains(&audience))
                .await?;
            // The organization in a token for a resource is a claim; in an organization token it is the audience.
            let organization = target.resource.as_ref().and(target.organization.as_ref());
            if claims.subject != session.subject || claims.organization.as_ref() != organization {
                return Err(crate::error::InvalidToken::Subject.into());
            }
            token.scopes = claims.scopes;
        }
        Ok(token)
    }

    fn usable<'s>(&self, session: &'s Session, wanted: &Wanted, early: Duration) -> Option<&'s HeldToken> {
        session
            .held(&wanted.target)
            .filter(|token| token.expires > self.clock.now().plus(early))
            .filter(|token| !wanted.secret || token.secret.is_some())
            .filter(|token| wanted.other_than.is_none() || token.secret != wanted.other_than)
    }

    /// The same for every request of a session, so that they agree; different for different sessions.
    fn early(&self, session: &Session) -> Duration {
        let UnixTime(created) = session.created;
        EARLY + Duration::from_secs((created.unsigned_abs() ^ u64::from(session.id.spread())) % JITTER)
    }
}

/// Not after a timeout: Logto may have spent the refresh token, and may be about to answer.
fn may_repeat(unavailable: &Unavailable) -> bool {
    matches!(unavailable.cause, UnavailableCause::Status(_) | UnavailableCause::Connect(_))
}
