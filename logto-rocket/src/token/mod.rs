//! Access tokens for a session: from what it holds, else by one refresh for all who ask.

mod lineage;

use std::sync::Arc;
use std::time::Duration;

use crate::bearer::AccessTokens;
use crate::clock::Clock;
use crate::error::{Endpoint, Error, InvalidToken, Refused, Unavailable, UnavailableCause};
use crate::oidc::{IdTokenExpectation, Nonce, Provider, TokenAnswer, TokenFailure};
use crate::session::{HeldToken, Session, SessionId, TokenTarget, random};
use crate::signs::{self, SessionEvent};
use crate::types::Secret;

use lineage::Lineages;
pub(crate) use lineage::{End, Known, Lineage};

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

    /// What this process knows of a session. Held by each request of it, so that nothing is forgotten
    /// while one is under way.
    pub(crate) fn lineage(&self, id: SessionId) -> Arc<Lineage> {
        self.lineages.of(id)
    }

    /// From now on nobody in this process gets anything through this session.
    pub(crate) fn end(&self, id: SessionId, end: End) {
        self.lineages.of(id).end(end);
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
        let held = self.usable(session, wanted, self.early(session));
        signs::token_wanted(held.is_some());
        if let Some(token) = held {
            return Ok(Obtained { token: token.clone(), session: None });
        }
        let work = {
            let (service, session, wanted) = (Arc::clone(self), session.clone(), wanted.clone());
            async move { service.obtain_in_turn(session, &wanted).await }
        };
        // A task that was stopped says nothing about the session.
        tokio::spawn(work).await.unwrap_or_else(|_| {
            let cause = UnavailableCause::Malformed("the call was stopped".to_owned());
            Err(Unavailable::new(Endpoint::Token, cause).into())
        })
    }

    async fn obtain_in_turn(self: Arc<Self>, session: Session, wanted: &Wanted) -> Result<Obtained, Error> {
        let lineage = self.lineages.of(session.id);
        let arrived = self.clock.now();
        let _turn = lineage.turn().await;
        let Known::Alive(session) = lineage.newest(session) else { return Err(Error::SessionEnded) };
        let session = *session;
        // Fetched while this one waited: fresh, however short its life is.
        if let Some(token) =
            self.usable(&session, wanted, Duration::ZERO).filter(|token| token.received >= arrived)
        {
            return Ok(Obtained { token: token.clone(), session: Some(session) });
        }
        if let Some(token) = self.usable(&session, wanted, self.early(&session)) {
            return Ok(Obtained { token: token.clone(), session: Some(session) });
        }
        let refresh_token = session.refresh_token.clone().ok_or(Error::NoRefreshToken)?;
        let answer = match lineage.failed_a_moment_ago() {
            Some(unavailable) => Err(unavailable.into()),
            None => self.refresh(&refresh_token, &wanted.target).await,
        };
        let answer = match answer {
            Ok(answer) => answer,
            Err(TokenFailure::Refused(refused)) if refused.error == "invalid_grant" => {
                lineage.end(End::Over);
                signs::session(SessionEvent::GrantGone);
                return Err(Error::SessionEnded);
            }
            Err(TokenFailure::Refused(refused)) => return Err(refused.into()),
            Err(TokenFailure::Unavailable(unavailable)) => {
                return self.make_do(session, wanted, &lineage, unavailable);
            }
            Err(TokenFailure::Unusable { refresh_token, unavailable }) => {
                let mut session = session;
                if refresh_token.is_some() {
                    session.refresh_token = refresh_token;
                    lineage.keep(&mut session);
                }
                return self.make_do(session, wanted, &lineage, unavailable);
            }
        };
        let mut session = session;
        if let Some(successor) = &answer.refresh_token {
            session.refresh_token = Some(successor.clone());
        }
        // Before anything else can fail: the old refresh token may be spent.
        lineage.keep(&mut session);

        if self.renew_claims(&mut session, &answer).await.is_err() {
            lineage.end(End::Over);
            return Err(Error::SessionEnded);
        }
        let token = self.accept(&session, wanted, &answer).await?;
        session.hold(token.clone());
        lineage.keep(&mut session);
        Ok(Obtained { token, session: Some(session) })
    }

    /// Without an answer of Logto's, a token that is still good for a while has to do.
    fn make_do(
        &self,
        session: Session,
        wanted: &Wanted,
        lineage: &Lineage,
        unavailable: Unavailable,
    ) -> Result<Obtained, Error> {
        lineage.note_failure(&unavailable);
        match self.usable(&session, wanted, Duration::ZERO) {
            Some(token) => Ok(Obtained { token: token.clone(), session: Some(session) }),
            None => Err(unavailable.into()),
        }
    }

    /// A call that Logto did not answer is repeated; one that it answered is not.
    async fn refresh(
        &self,
        refresh_token: &Secret,
        target: &TokenTarget,
    ) -> Result<TokenAnswer, TokenFailure> {
        let (begun, mut pause, mut retries) = (self.clock.now(), FIRST_PAUSE, RETRIES);
        loop {
            let answer = self
                .provider
                .refresh(refresh_token, target.resource.as_ref(), target.organization.as_ref())
                .await;
            let Err(TokenFailure::Unavailable(unavailable)) = &answer else { return answer };
            let wait = unavailable.retry_after.unwrap_or_else(|| jittered(pause));
            if retries == 0 || wait > LONGEST_PAUSE || !may_repeat(unavailable, self.clock.now().since(begun))
            {
                return answer;
            }
            tokio::time::sleep(wait).await;
            retries -= 1;
            pause *= 2;
        }
    }

    /// A refresh brings a fresh ID token. If it is about somebody else the session ends; if it cannot be
    /// checked now, as while keys rotate or clocks differ, the claims stay as they were.
    async fn renew_claims(&self, session: &mut Session, answer: &TokenAnswer) -> Result<(), SomebodyElse> {
        let Some(id_token) = &answer.id_token else { return Ok(()) };
        let expected =
            IdTokenExpectation { nonce: Nonce::Any, subject: Some(&session.subject), max_age: None };
        match self.provider.verify_id_token(id_token, &expected).await {
            Ok(claims) => session.set_claims(&claims.person),
            Err(Error::InvalidToken(reason @ (InvalidToken::Subject | InvalidToken::Issuer))) => {
                signs::session(SessionEvent::SomebodyElse(reason));
                return Err(SomebodyElse);
            }
            Err(error) => tracing::warn!(target: "logto", "a refreshed ID token is not used: {error}"),
        }
        Ok(())
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
            received: now,
            secret: Some(answer.access_token.clone()),
            handed_out,
        };
        if let Some(audience) = target.audience() {
            let verified =
                self.access_tokens.verify(answer.access_token.expose(), |aud| aud.contains(&audience)).await;
            let claims = match verified {
                Ok(claims) => claims,
                // What came is not what was asked for: the tenant does not know it.
                Err(Error::InvalidToken(InvalidToken::Opaque | InvalidToken::Audience)) => {
                    return Err(not_granted());
                }
                Err(error) => return Err(error),
            };
            if claims.subject != session.subject {
                return Err(InvalidToken::Subject.into());
            }
            // The organization in a token for a resource is a claim; in an organization token it is the audience.
            if claims.organization.as_ref() != target.resource.as_ref().and(target.organization.as_ref()) {
                return Err(not_granted());
            }
            token.scopes = claims.scopes;
            token.expires = token.expires.min(claims.expires);
        }
        Ok(token)
    }

    /// The token that the session holds, if it lives longer than `early` from now.
    fn usable<'s>(&self, session: &'s Session, wanted: &Wanted, early: Duration) -> Option<&'s HeldToken> {
        session
            .held(&wanted.target)
            // A short life is not spent on being early.
            .filter(|token| token.expires > self.clock.now().plus(early.min(token.life() / 3)))
            .filter(|token| !wanted.secret || token.secret.is_some())
            .filter(|token| wanted.other_than.is_none() || token.secret != wanted.other_than)
    }

    /// The same for every request of a session, so that they agree; different for different sessions.
    fn early(&self, session: &Session) -> Duration {
        EARLY + Duration::from_secs(u64::from(session.id.spread()) % JITTER)
    }
}

/// An answer that is no error and still not the token that was asked for.
fn not_granted() -> Error {
    Error::Refused(Refused {
        endpoint: Endpoint::Token,
        status: 200,
        error: "invalid_target".to_owned(),
        description: Some("the token that came is not for the resource or the organization".to_owned()),
    })
}

/// The person whom a refreshed ID token is about is not the session's.
struct SomebodyElse;

/// Where Logto cannot have acted; or where it may have, and spent the refresh token, but so short a time ago
/// that it takes it once more: it does for three seconds.
fn may_repeat(unavailable: &Unavailable, since: Duration) -> bool {
    match unavailable.cause {
        UnavailableCause::Connect(_) | UnavailableCause::Status(429 | 503) => true,
        UnavailableCause::Interrupted(_) => since <= Duration::from_secs(1),
        _ => false,
    }
}

/// Up to half as long again, so that those who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let [dice] = random::<1>();
    pause + pause * u32::from(dice) / 512
}
