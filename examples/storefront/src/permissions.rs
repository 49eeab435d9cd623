//! Incremental authorization: a route that a later version of the shop has brought, with a scope that older sessions did
//! not request, and a button for users who have just got a role.

use logto_rocket::{Error, User, require_auth};
use rocket::figment::Figment;
use rocket::{Route, State, get, post, routes};
use serde_json::json;

use crate::answer::Answer;
use crate::orders::Orders;

/// With `exports = false` in Rocket's settings the shop is the version before: no sign-in requests `export:orders`.
pub(crate) fn routes(figment: &Figment) -> Vec<Route> {
    let exports = figment.extract_inner("exports").unwrap_or(true);
    if exports { routes![refresh, export] } else { routes![refresh] }
}

/// All orders, for those who keep the books. A browser whose session is from before this route goes through one
/// authorization request, and comes back here.
#[require_auth(scopes = "export:orders")]
#[get("/api/export")]
fn export(orders: &State<Orders>) -> Answer {
    Answer::ok(json!({ "orders": orders.list() }))
}

/// What Logto says of the user now, such as a role that an administrator has just given.
#[require_auth]
#[post("/api/permissions")]
async fn refresh(user: User) -> Result<Answer, Error> {
    let user = user.refresh().await?;
    Ok(Answer::ok(json!({
        "roles": user.claims().roles,
        "organizations": user.claims().organizations,
    })))
}
