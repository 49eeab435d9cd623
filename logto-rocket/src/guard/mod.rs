//! What the attributes expand to and what handlers name, and the one decision between them.

#[macro_use]
mod refusal_rows;

pub(crate) mod access;
mod audited_subject;
mod authorize;
mod browser;
mod caller;
pub(crate) mod challenge;
mod check;
mod checked;
mod dead_end;
mod denied;
mod extract;
mod failure;
mod failure_response;
mod granted;
pub(crate) mod hooks;
mod identity;
pub(crate) mod launch;
mod lock;
mod lost_form;
mod missing;
mod mount;
pub(crate) mod mounted;
mod on_behalf_of;
mod opaque_token;
#[cfg(feature = "okapi")]
pub mod openapi;
mod organization;
mod own_sessions;
mod pending_cookie;
mod permission_model;
mod problem;
mod recorded_failure;
pub(crate) mod redirect_loop_mark;
mod refused_page;
mod request_cookies;
mod request_session;
mod request_state;
mod request_visitor;
mod requested_origin;
mod return_path;
mod rule;
mod scopes_in_use;
mod session_data;
mod session_roles;
pub(crate) mod silent_sign_in;
mod switch_organization;
mod token_source;
mod tokens;
mod user;
#[cfg(feature = "reqwest")]
mod user_client;
mod user_tokens;
mod userinfo;
mod view;
pub(crate) mod webhook;
mod webhook_refusal;

pub use crate::oidc::UserClaims;
pub(crate) use audited_subject::audited_subject;
pub(crate) use browser::{
    is_cross_site, is_deliberate, is_from_here, is_htmx, is_prefetch, is_script, prefers_html,
};
pub use check::{Answer, CheckOutcome, answer, answer_with, decided};
pub use checked::{Checked, CheckedBy};
pub(crate) use dead_end::DeadEnd;
pub use denied::Denied;
pub use extract::{Authorized, NamedGuard, Public, named_guard};
pub use failure::{AuthFailure, Refusal};
pub use granted::{FromAuthorized, Granted};
pub use hooks::{Hook, SignedIn, SignedOut, Welcome};
pub use identity::{Credential, Identity, SubjectKind};
pub use launch::refuses_to_launch;
pub use lost_form::NOT_SAVED;
pub use mount::{guarded, public_routes};
pub use opaque_token::OpaqueToken;
pub use own_sessions::SessionInfo;
pub(crate) use pending_cookie::PendingCookie;
pub(crate) use problem::{Problem, write_problem};
pub(crate) use request_cookies::own_cookies;
pub(crate) use request_session::RequestSession;
pub(crate) use request_state::{RequestContext, RequestState};
pub(crate) use requested_origin::{RequestedOrigin, requested_origin};
pub(crate) use return_path::{is_return_path, public_return_path};
pub use rule::{BoxFuture, Check, OrganizationSource, Requirement, Rule, Subject, TokenKind, Via};
pub(crate) use scopes_in_use::ScopesInUse;
pub(crate) use session_data::SessionDataNames;
pub use session_data::{SessionData, SessionValue};
pub use token_source::TokenSource;
pub use tokens::{AccessToken, Binding, OrgToken, Unbound};
pub use user::{MaybeUser, User};
pub use user_tokens::AccessTokenRequest;
pub(crate) use view::RequestView;
pub use webhook::Webhook;
pub use webhook_refusal::WebhookRefusal;
