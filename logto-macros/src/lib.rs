//! The attribute macros of `logto-rocket`, which re-exports them: depend on that crate, not on this one.
//!
//! The attributes share one grammar and one pipeline. Each stage is a module:
//!
//! | stage | module | from → to |
//! |---|---|---|
//! | parse | `args`, `item`, `route` | tokens → what the user wrote |
//! | check | `check` | what the user wrote → a valid `Plan` |
//! | expand | `expand` | a plan → tokens |
//!
//! `boundary` runs the stages and recovers from errors: whatever is wrong, the user's item is
//! emitted again, so that editors keep working, next to a `compile_error!`, so that no mistake can
//! compile into a route without its guard.
//!
//! The generated code is small: a marker type with one constant, and calls of the runtime crate.

#![forbid(unsafe_code)]

mod args;
mod attribute;
mod boundary;
mod check;
mod expand;
mod item;
mod problem;
mod route;
#[cfg(test)]
mod tests;

use attribute::Kind;
use proc_macro::TokenStream;

/// Admits only authenticated callers who meet the conditions of the keys.
///
/// Write it above the route attribute of a handler, or on a struct, which becomes a named guard.
///
/// ```text
/// #[require_auth]                              // any user: a session or a bearer token
/// #[require_auth(scopes = "read:orders")]      // a caller with this scope
/// #[get("/orders")]
/// async fn list_orders() -> .. { .. }
///
/// #[require_auth(any_scope = [ADMIN, "support"], via = "session")]
/// pub struct BackOffice(Identity);             // a parameter of this type guards a route
/// ```
///
/// | key | value | meaning |
/// |---|---|---|
/// | `scopes` | `"a b"`, a list `[READ, "write:orders"]`, or a constant `ALL` | the caller has all of them |
/// | `any_scope` | likewise | the caller has at least one of them |
/// | `roles` | likewise | the caller has all of these roles: in the organization if one is given, otherwise in the tenant |
/// | `any_role` | likewise | the caller has at least one of these roles |
/// | `resource` | an absolute URI, or a constant | the API resource that the scopes belong to; default: the only configured one |
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | the organization that the caller acts in: its id is in this path segment or query parameter of the route or in this header, or it is the current organization of the session |
/// | `via` | `"session"`, `"bearer"` | only this credential; default: both, where a bearer token in the `Authorization` header takes precedence |
/// | `subject` | `"user"`, `"machine"`, `"any"` | the kind of caller: a user (the default), an application with a machine-to-machine token, or either |
/// | `clients` | `"id1 id2"`, a list `[PARTNER, "app-id"]`, or a constant `ALL` | the applications whose access tokens are accepted, instead of those of the setting `bearer_clients` |
/// | `max_age` | `"5m"` | the caller signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, returns `true`, or with `-> Result<T, Denied>` returns `Ok`; called last |
/// | `otherwise` | `"forward"` | an anonymous caller is forwarded to the route of the next rank |
/// | `keep_alive` | `false` | a request here does not count as use of the session: for pages that poll |
/// | `crate` | a path | the path of `logto-rocket`, if it is not `::logto_rocket` |
#[proc_macro_attribute]
pub fn require_auth(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::RequireAuth, args.into(), item.into()).into()
}

/// Provides an access token of the signed-in user for an API resource.
///
/// The handler has one parameter of type `AccessToken`, which receives the token. A caller who is not
/// signed in, or whose token lacks a required scope, is refused before.
///
/// ```text
/// #[with_access_token(resource = "https://shopping.your-app.com/api")]
/// #[get("/upstream")]
/// async fn upstream(token: AccessToken) -> .. { .. }
/// ```
///
/// | key | value | meaning |
/// |---|---|---|
/// | `scopes` | `"a b"`, a list `[READ, "write:orders"]`, or a constant `ALL` | the token carries all of them |
/// | `any_scope` | likewise | the token carries at least one of them |
/// | `roles` | likewise | the user has all of these roles: in the organization if one is given, otherwise in the tenant |
/// | `any_role` | likewise | the user has at least one of these roles |
/// | `resource` | an absolute URI, or a constant | the API resource that the token is for; default: the only configured one |
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | the token is for the resource *within* this organization |
/// | `via` | `"session"` | the only possible value, since the token is requested with a session |
/// | `max_age` | `"5m"` | the caller signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, returns `true`, or with `-> Result<T, Denied>` returns `Ok`; called last |
/// | `otherwise` | `"forward"` | an anonymous caller is forwarded to the route of the next rank |
/// | `keep_alive` | `false` | a request here does not count as use of the session: for pages that poll |
/// | `crate` | a path | the path of `logto-rocket`, if it is not `::logto_rocket` |
/// | `param` | a name | the parameter that receives the token, if its type has another name than `AccessToken` |
///
/// On a struct, exactly one field has the type `AccessToken`, and `param` is not needed.
#[proc_macro_attribute]
pub fn with_access_token(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::WithAccessToken, args.into(), item.into()).into()
}

/// Provides an organization token of the signed-in user, which proves membership.
///
/// The handler has one parameter of type `OrgToken`, which receives the token.
///
/// ```text
/// #[with_org_token(organization = "<org_id>", scopes = "invite:member")]
/// #[post("/orgs/<org_id>/invites")]
/// async fn invite(org_id: &str, token: OrgToken) -> .. { .. }
/// ```
///
/// | key | value | meaning |
/// |---|---|---|
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | the source of the organization id; default: the only path segment or query parameter of the route that is called `org_id` or `organization_id`, and on a route without dynamic parts the current organization of the session |
/// | `scopes` | `"a b"`, a list `[INVITE, "read:member"]`, or a constant `ALL` | the token carries all of them |
/// | `any_scope` | likewise | the token carries at least one of them |
/// | `roles` | likewise | the user has all of these roles in the organization |
/// | `any_role` | likewise | the user has at least one of these roles in the organization |
/// | `resource` | an absolute URI, or a constant | the token is for this API resource *within* the organization; default: it is the organization token |
/// | `via` | `"session"` | the only possible value, since the token is requested with a session |
/// | `max_age` | `"5m"` | the caller signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, returns `true`, or with `-> Result<T, Denied>` returns `Ok`; called last |
/// | `otherwise` | `"forward"` | an anonymous caller is forwarded to the route of the next rank |
/// | `keep_alive` | `false` | a request here does not count as use of the session: for pages that poll |
/// | `crate` | a path | the path of `logto-rocket`, if it is not `::logto_rocket` |
/// | `param` | a name | the parameter that receives the token, if its type has another name than `OrgToken` |
///
/// On a struct, exactly one field has the type `OrgToken`, `param` is not needed, and `organization` is:
/// a struct guards many routes, so their segments are unknown here.
#[proc_macro_attribute]
pub fn with_org_token(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::WithOrgToken, args.into(), item.into()).into()
}

/// Marks a route as public on purpose.
///
/// It has no conditions. It tells readers, the access report and the setting `unguarded` that no
/// guard was forgotten. Write it alone above the route attribute.
///
/// `sign_in = "silent"` leads a browser without a session to Logto and back, once and without a page, so that users who
/// are signed in at Logto are recognized.
///
/// ```text
/// #[public]
/// #[get("/health")]
/// fn health() -> &'static str { "ok" }
/// ```
#[proc_macro_attribute]
pub fn public(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::Public, args.into(), item.into()).into()
}
