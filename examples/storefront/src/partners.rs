//! The shop's partners, to whom it talks on behalf of its users. Which API and which organization it is is decided in
//! the handler. The shop is its own partner here, as one service that calls another.

use logto_rocket::{AuthorizedClient, CallError, Error, Identity, OrganizationId, User, require_auth};
use rocket::{Config, Route, State, get, post, routes};
use serde_json::{Value, json};

use crate::SHOPPING_API;
use crate::answer::Answer;
use crate::base_path::BasePath;

pub(crate) fn routes() -> Vec<Route> {
    routes![orders, organization_orders, reorder]
}

/// The orders at the partner: the handler gets an access token for the partner's API and calls it.
#[require_auth(via = "session")]
#[get("/partners/orders")]
async fn orders(user: User, config: &Config, base: &State<BasePath>) -> Result<Answer, CallError> {
    let token = user.access_token(SHOPPING_API).await?;
    let partner = AuthorizedClient::for_user(token.source(), &base.partner(config.port))?;
    list(&partner, "api/orders").await
}

/// The same inside one organization, of which the user must be a member.
#[require_auth(via = "session")]
#[get("/partners/<organization>/orders")]
async fn organization_orders(
    user: User,
    organization: OrganizationId,
    config: &Config,
    base: &State<BasePath>,
) -> Result<Answer, CallError> {
    let token = user.access_token(SHOPPING_API).organization(&organization).await?;
    let partner = AuthorizedClient::for_user(token.source(), &base.partner(config.port))?;
    list(&partner, &format!("orgs/{organization}/orders")).await
}

async fn list(partner: &AuthorizedClient, path: &str) -> Result<Answer, CallError> {
    let response = partner.send(partner.get(path)?).await?;
    let status = response.status().as_u16();
    Ok(Answer::ok(json!({ "status": status, "body": response.json::<Value>().await? })))
}

/// For scripts of the user's: their access token is for the shop alone, so the shop exchanges it for one for the partner.
/// Token exchange must be allowed for the shop in Logto.
#[require_auth(via = "bearer", scopes = "write:orders")]
#[post("/partners/orders")]
async fn reorder(who: Identity) -> Result<Answer, Error> {
    let token = who.exchange(SHOPPING_API).scopes("read:orders").await?;
    Ok(Answer::created(json!({
        "on_behalf_of": token.subject(),
        "scopes": token.scopes().iter().collect::<Vec<_>>(),
    })))
}
