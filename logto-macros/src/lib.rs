//! The attribute macros of `logto-rocket`, which re-exports them: depend on that crate, not on this one.
//!
//! The attributes share one grammar and one pipeline. Each stage is a module:
//!
//! | stage | module | from → to |
//! |---|---|---|
//! | parse | `args`, `item`, `route` | tokens → what the user wrote |
//! | check | `check` | what the user wrote → a `Plan` that makes sense |
//! | expand | `expand` | a plan → tokens |
//!
//! `boundary` runs the stages and is the one place that recovers: whatever is wrong, the user's item is
//! emitted again, so that editors keep working, next to a `compile_error!`, so that no mistake can ever
//! compile into a route without its guard.
//!
//! What is generated is thin: a marker type that carries one constant, and calls of the runtime crate.

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

/// Lets only callers pass who are known, and who may do what the keys say.
///
/// It stands above the route attribute of a handler, or on a struct, which becomes a guard with a name.
///
/// ```text
/// #[require_auth]                              // somebody: a session or a bearer token
/// #[require_auth(scopes = "read:orders")]      // who holds this scope
/// #[get("/orders")]
/// async fn list_orders() -> .. { .. }
///
/// #[require_auth(any_scope = [ADMIN, "support"], via = "session")]
/// pub struct BackOffice(Identity);             // a parameter of this type guards a route
/// ```
///
/// | key | value | meaning |
/// |---|---|---|
/// | `scopes` | `"a b"`, a list `[READ, "write:orders"]`, or a constant `ALL` | the caller holds all of them |
/// | `any_scope` | likewise | the caller holds at least one of them |
/// | `roles` | likewise | the caller has all of these roles: in the organization where one is given, else in the tenant |
/// | `any_role` | likewise | the caller has at least one of these roles |
/// | `resource` | an absolute URI, or a constant | the API resource that the scopes belong to; left out: the only one that is configured |
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | the organization that the caller acts in is named by this path segment or query parameter of the route, by this header, or is the current one of the session |
/// | `via` | `"session"`, `"bearer"` | this credential alone; left out: both, and a request that has an `Authorization` header is judged by it |
/// | `subject` | `"user"`, `"machine"`, `"any"` | who may come: a person (if left out), an application that acts for itself, or either |
/// | `max_age` | `"5m"` | the caller has signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, says yes; asked last |
/// | `otherwise` | `"forward"` | an anonymous caller goes on to the route of the next rank |
/// | `crate` | a path | where `logto-rocket` is found, if not under its own name |
#[proc_macro_attribute]
pub fn require_auth(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::RequireAuth, args.into(), item.into()).into()
}

/// Hands the handler an access token of the signed-in user for an API resource.
///
/// The handler has one parameter of type `AccessToken`, and receives the token in it. Nobody who is not
/// signed in, or whose token lacks a scope, gets that far.
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
/// | `roles` | likewise | the user has all of these roles: in the organization where one is given, else in the tenant |
/// | `any_role` | likewise | the user has at least one of these roles |
/// | `resource` | an absolute URI, or a constant | the API resource that the token is for; left out: the only one that is configured |
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | the token is for the resource *within* this organization |
/// | `via` | `"session"` | says what is so anyway: a token can only be fetched for somebody who is signed in |
/// | `max_age` | `"5m"` | the caller has signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, says yes; asked last |
/// | `otherwise` | `"forward"` | an anonymous caller goes on to the route of the next rank |
/// | `crate` | a path | where `logto-rocket` is found, if not under its own name |
/// | `param` | a name | the parameter that receives the token, where its type has another name than `AccessToken` |
///
/// On a struct, exactly one field has the type `AccessToken`, and `param` is not needed.
#[proc_macro_attribute]
pub fn with_access_token(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::WithAccessToken, args.into(), item.into()).into()
}

/// Hands the handler a token of the signed-in user for an organization, which proves membership.
///
/// The handler has one parameter of type `OrgToken`, and receives the token in it.
///
/// ```text
/// #[with_org_token(organization = "<org_id>", scopes = "invite:member")]
/// #[post("/orgs/<org_id>/invites")]
/// async fn invite(org_id: &str, token: OrgToken) -> .. { .. }
/// ```
///
/// | key | value | meaning |
/// |---|---|---|
/// | `organization` | `"<segment>"`, `"header:X-Org"`, `"session"` | where the id of the organization comes from; left out: the one path segment or query parameter of the route that is called `org_id` or `organization_id`; on a route without any dynamic part, the current organization of the session |
/// | `scopes` | `"a b"`, a list `[INVITE, "read:member"]`, or a constant `ALL` | the token carries all of them |
/// | `any_scope` | likewise | the token carries at least one of them |
/// | `roles` | likewise | the user has all of these roles in the organization |
/// | `any_role` | likewise | the user has at least one of these roles there |
/// | `resource` | an absolute URI, or a constant | the token is for this API resource *within* the organization; left out: it is the organization's own |
/// | `via` | `"session"` | says what is so anyway: a token can only be fetched for somebody who is signed in |
/// | `max_age` | `"5m"` | the caller has signed in at most this long ago |
/// | `check` | the path of a function | this `fn(&Identity, &Request<'_>) -> bool`, sync or async, says yes; asked last |
/// | `otherwise` | `"forward"` | an anonymous caller goes on to the route of the next rank |
/// | `crate` | a path | where `logto-rocket` is found, if not under its own name |
/// | `param` | a name | the parameter that receives the token, where its type has another name than `OrgToken` |
///
/// On a struct, exactly one field has the type `OrgToken`, `param` is not needed, and `organization` is:
/// a struct guards many routes, so none of their segments can be looked at here.
#[proc_macro_attribute]
pub fn with_org_token(args: TokenStream, item: TokenStream) -> TokenStream {
    boundary::run(Kind::WithOrgToken, args.into(), item.into()).into()
}

/// Says of a route that it is open on purpose.
///
/// It asks nothing of the callers; it tells people, the access report and the setting `unguarded` that no
/// guard was forgotten here. It stands above the route attribute, alone.
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
