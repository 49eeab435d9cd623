//! The state of one request: its session, its bearer token, the identity and the failure that were decided, and the
//! cookies to set. The response fairing writes it to the response once.

use std::any::TypeId;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use rocket::Request;
use tokio::sync::OnceCell;

use super::denied::Denied;
use super::failure::AuthFailure;
use super::granted::Decided;
use super::hooks::{SignedIn, SignedOut, Welcome};
use super::lock::lock;
use super::pending_cookie::PendingCookie;
use super::redirect_loop_mark::{RedirectLoopMark, redirect_loop_mark};
use super::request_session::RequestSession;
use super::request_view::RequestView;
use super::request_visitor::RequestVisitor;
use super::rule::{BoxFuture, Rule};
use super::session_roles::JudgedRoles;
use super::webhook_refusal::{Delivery, WebhookRefusal};
use crate::bearer::AccessTokenClaims;
use crate::error::{Error, StoreError};
use crate::logto::WebApp;

/// A request, with what it has learned.
pub(crate) trait RequestContext: RequestView {
    fn state(&self) -> &RequestState;

    /// Asks the hooks `on_sign_in`, with this request.
    fn ask_sign_in_hooks<'a>(
        &'a self,
        user: &'a SignedIn<'a>,
        logto: &'a WebApp,
    ) -> BoxFuture<'a, Result<Welcome, Denied>>;

    /// Tells the hooks `on_sign_out`, with this request.
    fn tell_sign_out_hooks<'a>(&'a self, user: &'a SignedOut<'a>, logto: &'a WebApp) -> BoxFuture<'a, ()>;
}

impl RequestContext for Request<'_> {
    fn state(&self) -> &RequestState {
        self.local_cache(RequestState::default)
    }

    fn ask_sign_in_hooks<'a>(
        &'a self,
        user: &'a SignedIn<'a>,
        logto: &'a WebApp,
    ) -> BoxFuture<'a, Result<Welcome, Denied>> {
        Box::pin(async move {
            let decision = logto.0.hooks.sign_in(user, self, logto.0.config.hook_timeout).await;
            self.state().forget_failure();
            decision
        })
    }

    fn tell_sign_out_hooks<'a>(&'a self, user: &'a SignedOut<'a>, logto: &'a WebApp) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            logto.0.hooks.sign_out(user, self, logto.0.config.hook_timeout).await;
            self.state().forget_failure();
        })
    }
}

#[derive(Default)]
pub(crate) struct RequestState {
    session: OnceLock<Arc<RequestSession>>,
    visitor: OnceCell<Result<Arc<RequestVisitor>, StoreError>>,
    pub(super) bearer: OnceLock<Result<Arc<AccessTokenClaims>, Error>>,
    /// The decision with the most details about the caller, and by which route and rule it was made: it counts for that route
    /// alone.
    most_detailed: Mutex<Option<(RouteKey, &'static Rule, Arc<Decided>)>>,
    /// The roles that were sufficient, by route.
    judged_roles: Mutex<Vec<(RouteKey, JudgedRoles)>>,
    /// The last failure, and of which route.
    failure: Mutex<Option<(RouteKey, AuthFailure)>>,
    /// What was decided, by route and by whose rule.
    decisions: Mutex<Decisions>,
    cookies: Mutex<Vec<PendingCookie>>,
    pub(super) webhook: OnceLock<Result<Delivery, WebhookRefusal>>,
    guarded: AtomicBool,
    /// The query of a callback, taken out of the URI before that is logged.
    callback_query: OnceLock<String>,
    /// The address of a silent sign-in that begins with this request.
    silent_sign_in: OnceLock<String>,
    /// The code of the refusal that the response is about.
    #[cfg(feature = "testing")]
    refusal_code: OnceLock<&'static str>,
    /// Whether the request's method was HEAD: Rocket turns it into GET before it reaches a route.
    head: AtomicBool,
}

/// Most requests have one decision, which needs no list.
#[derive(Default)]
struct Decisions {
    first: Option<Decision>,
    others: Vec<Decision>,
}

impl Decisions {
    fn add(&mut self, decision: Decision) {
        if self.first.is_none() {
            self.first = Some(decision);
        } else {
            self.others.push(decision);
        }
    }

    fn find(&self, route: RouteKey, requirement: TypeId) -> Option<&Decision> {
        let mut all = self.first.iter().chain(&self.others);
        all.find(|known| (known.route, known.requirement) == (route, requirement))
    }
}

/// The decision under a rule, for a route.
struct Decision {
    route: RouteKey,
    /// Whose rule it is.
    requirement: TypeId,
    outcome: Result<Arc<Decided>, Box<AuthFailure>>,
}

/// Tells the routes apart that one request is offered to. Their addresses do: they stay where they are
/// while it runs.
type RouteKey = Option<usize>;

fn route_key(request: &Request<'_>) -> RouteKey {
    request.route().map(|route| std::ptr::from_ref(route).addr())
}

impl RequestState {
    pub(crate) fn of(request: &(impl RequestContext + ?Sized)) -> &RequestState {
        request.state()
    }

    /// The session that the request's cookies lead to, loaded once. Guards run one after the other; of two that a handler
    /// runs at the same time, both load it, and what is loaded first counts for both.
    pub(crate) async fn session(
        &self,
        request: &(impl RequestView + ?Sized),
        logto: &WebApp,
    ) -> Arc<RequestSession> {
        if let Some(loaded) = self.session.get() {
            return Arc::clone(loaded);
        }
        let loaded = RequestSession::load(request, logto).await;
        if loaded.must_unmark() {
            self.set_cookie(redirect_loop_mark(logto, RedirectLoopMark::Worked));
        }
        Arc::clone(self.session.get_or_init(|| Arc::new(loaded)))
    }

    /// The request counts as one with this session, whatever its cookies say. False if its session was looked up before.
    #[cfg(feature = "testing")]
    pub(crate) fn present(&self, session: RequestSession) -> bool {
        self.session.set(Arc::new(session)).is_ok()
    }

    /// What the application keeps for the visitor, loaded once.
    ///
    /// # Errors
    ///
    /// The store does not respond, so the session's state is unknown.
    pub(crate) async fn visitor(
        &self,
        request: &(impl RequestView + ?Sized),
        logto: &WebApp,
    ) -> Result<Arc<RequestVisitor>, StoreError> {
        let load = || async { RequestVisitor::load(request, logto).await.map(Arc::new) };
        self.visitor.get_or_init(load).await.clone()
    }

    /// What the application keeps for the visitor, if anything in this request has asked for it.
    pub(crate) fn loaded_visitor(&self) -> Option<&Arc<RequestVisitor>> {
        self.visitor.get()?.as_ref().ok()
    }

    /// The session, if anything in this request has asked for it.
    pub(crate) fn loaded_session(&self) -> Option<&Arc<RequestSession>> {
        self.session.get()
    }

    /// Whether a guard has refused the request or taken a webhook, so that the answer may have to change.
    pub(crate) fn has_refusal(&self) -> bool {
        self.webhook.get().is_some() || lock(&self.failure).is_some()
    }

    /// Whether cookies may have to go with the answer.
    pub(crate) fn has_cookies(&self) -> bool {
        let session_changed = self.session.get().is_some_and(|session| !session.settle_if_unchanged());
        session_changed || self.visitor.get().is_some() || !lock(&self.cookies).is_empty()
    }

    /// The decision with the most details about the caller, and the rule that it was made under.
    pub(super) fn decided(&self, request: &Request<'_>) -> Option<(Arc<Decided>, &'static Rule)> {
        let known = lock(&self.most_detailed);
        let (_, rule, decided) = known.as_ref().filter(|(route, ..)| *route == route_key(request))?;
        Some((Arc::clone(decided), rule))
    }

    /// Records the decision of a guard that grants access. Of several guards on one route, the decision with the most
    /// details about the caller is kept.
    pub(super) fn record_granted_decision(
        &self,
        request: &Request<'_>,
        rule: &'static Rule,
        decided: &Arc<Decided>,
    ) {
        let route = route_key(request);
        let details = |of: &Decided| (of.identity.organization.is_some(), of.identity.scopes_are_known);
        let mut known = lock(&self.most_detailed);
        let knows_less = |(of_route, _, before): &(RouteKey, &'static Rule, Arc<Decided>)| {
            *of_route != route || details(before) < details(decided)
        };
        if known.as_ref().is_none_or(knows_less) {
            *known = Some((route, rule, Arc::clone(decided)));
        }
    }

    /// Replaces what was judged for the same rule before.
    pub(super) fn record_roles(&self, request: &Request<'_>, judged: JudgedRoles) {
        let route = route_key(request);
        let mut all = lock(&self.judged_roles);
        all.retain(|(of_route, known)| *of_route != route || !known.is_for_the_same_as(&judged));
        all.push((route, judged));
    }

    pub(super) fn judged_roles(&self, request: &Request<'_>) -> Vec<JudgedRoles> {
        let route = route_key(request);
        let all = lock(&self.judged_roles);
        all.iter().filter(|(of_route, _)| *of_route == route).map(|(_, judged)| judged.clone()).collect()
    }

    /// What this route's guards have decided under the rule of `requirement`.
    pub(super) fn decision(
        &self,
        request: &Request<'_>,
        requirement: TypeId,
    ) -> Option<Result<Arc<Decided>, Box<AuthFailure>>> {
        let decisions = lock(&self.decisions);
        decisions.find(route_key(request), requirement).map(|known| known.outcome.clone())
    }

    pub(super) fn record_decision(
        &self,
        request: &Request<'_>,
        requirement: TypeId,
        outcome: Result<Arc<Decided>, Box<AuthFailure>>,
    ) {
        lock(&self.decisions).add(Decision { route: route_key(request), requirement, outcome });
    }

    pub(super) fn record(&self, request: &Request<'_>, failure: &AuthFailure) {
        *lock(&self.failure) = Some((route_key(request), failure.clone()));
    }

    /// A guard that a hook has run decides nothing about the response.
    fn forget_failure(&self) {
        *lock(&self.failure) = None;
    }

    /// The failure of the request's last route. The failure of a route before it does not count: Rocket went on.
    pub(crate) fn failure(&self, request: &Request<'_>) -> Option<AuthFailure> {
        let recorded = lock(&self.failure);
        recorded
            .as_ref()
            .filter(|(route, _)| *route == route_key(request))
            .map(|(_, failure)| failure.clone())
    }

    pub(crate) fn keep_callback_query(&self, query: String) {
        let _ = self.callback_query.set(query);
    }

    pub(crate) fn callback_query(&self) -> &str {
        self.callback_query.get().map_or("", String::as_str)
    }

    pub(super) fn begin_silent_sign_in(&self, address: String) {
        let _ = self.silent_sign_in.set(address);
    }

    /// The address of a silent sign-in that begins with this request, in place of any other answer.
    pub(crate) fn silent_sign_in(&self) -> Option<&str> {
        self.silent_sign_in.get().map(String::as_str)
    }

    /// The response is about the refusal with this code.
    #[cfg(feature = "testing")]
    pub(crate) fn note_refusal_code(&self, code: &'static str) {
        let _ = self.refusal_code.set(code);
    }

    /// The code of the refusal that the response is about.
    #[cfg(feature = "testing")]
    pub(crate) fn refusal_code(&self) -> Option<&'static str> {
        self.refusal_code.get().copied()
    }

    pub(crate) fn mark_head(&self) {
        self.head.store(true, Ordering::Relaxed);
    }

    pub(crate) fn came_as_head(&self) -> bool {
        self.head.load(Ordering::Relaxed)
    }

    pub(super) fn mark_guarded(&self) {
        self.guarded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Relaxed)
    }

    /// Replaces a pending cookie of the same name.
    pub(crate) fn set_cookie(&self, cookie: PendingCookie) {
        let mut cookies = lock(&self.cookies);
        cookies.retain(|pending| pending.cookie.name != cookie.cookie.name);
        cookies.push(cookie);
    }

    pub(crate) fn take_cookies(&self) -> Vec<PendingCookie> {
        std::mem::take(&mut *lock(&self.cookies))
    }
}
