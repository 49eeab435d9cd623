//! What else Logto says of a user, and tokens that are not for the shop's API.

use logto_rocket::{AccountError, Error, OrganizationId, User, require_auth};
use rocket::serde::Deserialize;
use rocket::{Route, get, routes};
use serde_json::json;

use crate::answer::Answer;

pub(crate) fn routes() -> Vec<Route> {
    routes![details, permissions, provider]
}

/// Claims of the ID token that the shop reads.
#[derive(Deserialize)]
#[serde(crate = "rocket::serde")]
struct Names {
    username: Option<String>,
    name: Option<String>,
}

/// What only userinfo says, and says as it is now.
#[derive(Deserialize)]
#[serde(crate = "rocket::serde")]
struct Info {
    custom_data: Option<CustomData>,
}

#[derive(Deserialize)]
#[serde(crate = "rocket::serde")]
struct CustomData {
    plan: Option<String>,
}

/// The same user as the ID token, userinfo and the session's opaque access token tell of them.
#[require_auth(via = "session")]
#[get("/api/details")]
async fn details(user: User) -> Result<Answer, Error> {
    let Names { username, name } = user.claims_as()?;
    let Info { custom_data } = user.info_as().await?;
    let opaque = user.opaque_token().await?;
    Ok(Answer::ok(json!({
        "username": username,
        "name": name,
        "plan": custom_data.and_then(|custom_data| custom_data.plan),
        "opaque_token_scopes": opaque.scopes().iter().collect::<Vec<_>>(),
    })))
}

/// What the user may do in an organization that the handler chooses.
#[require_auth(via = "session")]
#[get("/api/organizations/<organization>/permissions")]
async fn permissions(user: User, organization: OrganizationId) -> Result<Answer, Error> {
    let token = user.organization_token(&organization).await?;
    Ok(Answer::ok(json!({
        "organization": token.organization().as_str(),
        "permissions": token.scopes().iter().collect::<Vec<_>>(),
    })))
}

/// Whether the shop can call an identity provider, such as GitHub, in the user's name. The token itself stays here.
#[require_auth(via = "session")]
#[get("/api/providers/<target>")]
async fn provider(user: User, target: &str) -> Result<Answer, AccountError> {
    let token = user.provider_token(target).await?;
    Ok(Answer::ok(json!({ "provider": target, "scope": token.scope() })))
}
