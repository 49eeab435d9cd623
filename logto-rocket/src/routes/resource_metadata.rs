//! `GET /.well-known/oauth-protected-resource`: protected resource metadata (RFC 9728).

use rocket::http::Status;
use rocket::http::uri::Origin;
use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel, State, get, options};
use serde_json::json;

use super::incoming::refuses_launch;
use super::reply::Reply;
use crate::guard::ScopesInUse;
use crate::logto::Logto;

/// The tenant, for routes that every server can have. Their sentinel checks the launch.
pub(super) struct Tenant<'r>(&'r Logto);

impl Sentinel for Tenant<'_> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        refuses_launch::<Tenant<'static>>(rocket)
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Tenant<'r> {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.rocket().state::<Logto>() {
            Some(logto) => Outcome::Success(Tenant(logto)),
            None => Outcome::Error((Status::InternalServerError, ())),
        }
    }
}

/// The metadata of the resource that this path belongs to. Other paths are forwarded.
///
/// The rank is low, because an application may have its own documents below this path.
#[get("/<_..>", rank = 20)]
pub(super) fn document(tenant: Tenant<'_>, uri: &Origin<'_>, scopes: &State<ScopesInUse>) -> Option<Reply> {
    let (Tenant(logto), path) = (tenant, uri.path());
    let published = logto.0.config.published.iter().find(|published| published.path == path.as_str())?;
    let mut document = json!({
        "resource": published.resource.as_str(),
        "authorization_servers": [logto.issuer()],
        "bearer_methods_supported": ["header"],
    });
    // RFC 9728 §3.2: empty members are omitted.
    let scopes = scopes.of(&published.resource);
    if !scopes.is_empty() {
        document["scopes_supported"] = json!(scopes);
    }
    Some(Reply::Public(document))
}

/// Clients in a browser send a custom header, so the browser sends a preflight first.
#[options("/<_..>", rank = 20)]
pub(super) fn preflight(_tenant: Tenant<'_>) -> Reply {
    Reply::Preflight
}
