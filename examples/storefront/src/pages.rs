//! The shop's pages. They work without JavaScript.

use logto_rocket::{DirectSignIn, MaybeUser, SignIn, User, public, require_auth};
use rocket::http::ContentType;
use rocket::request::FlashMessage;
use rocket::response::content::RawHtml;
use rocket::{Route, State, get, routes};

use crate::base_path::BasePath;
use crate::html::Html;

pub(crate) fn routes() -> Vec<Route> {
    routes![home, profile, somebody_else, github, style]
}

/// An organization of the signed-in user.
pub(crate) struct Organization {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[public]
#[get("/")]
async fn home(user: MaybeUser, flash: Option<FlashMessage<'_>>, base: &State<BasePath>) -> RawHtml<String> {
    // The message for a user whose form was sent after the session had ended.
    let notice = flash.map(|flash| flash.message().to_owned());
    RawHtml(match user.0 {
        Some(user) => Html::home(&base.public, &user, &organizations_of(&user).await, notice.as_deref()),
        None => Html::welcome(&base.public, notice.as_deref()),
    })
}

#[require_auth]
#[get("/profile")]
fn profile(user: User, base: &State<BasePath>) -> RawHtml<String> {
    RawHtml(Html::profile(&base.public, &user))
}

/// Logto asks who it is, even if the browser has a session there.
#[public]
#[get("/somebody-else")]
fn somebody_else() -> SignIn {
    SignIn::new().prompt_login()
}

/// Straight to GitHub, without Logto's sign-in page. A tenant without this connector shows that page after all. The built-in
/// tenant has no identity providers: its own page stands for GitHub's.
#[public]
#[get("/sign-in/github")]
fn github() -> SignIn {
    SignIn::new().direct_sign_in(DirectSignIn::social("github"))
}

#[public]
#[get("/style.css")]
fn style() -> (ContentType, &'static str) {
    (ContentType::CSS, include_str!("style.css"))
}

/// The ID token has the ids, the userinfo endpoint also the names. Without names the page still works.
pub(crate) async fn organizations_of(user: &User) -> Vec<Organization> {
    let ids = &user.claims().organizations;
    if ids.is_empty() {
        return Vec::new();
    }
    let info = user.info().await.ok();
    let data = info.as_ref().map(|info| info.organization_data.as_slice()).unwrap_or_default();
    let name_of = |id: &str| data.iter().find(|one| one.id.as_str() == id).map(|one| one.name.clone());
    ids.iter()
        .map(|id| Organization { id: id.clone(), name: name_of(id).unwrap_or_else(|| id.clone()) })
        .collect()
}
