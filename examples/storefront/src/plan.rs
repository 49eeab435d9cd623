//! The customer's plan: a custom claim that the tenant's JWT customizer adds to access tokens, and a page that it opens.

use logto_rocket::{Checked, Claims, Denied, Identity, User, require_auth};
use maud::html;
use rocket::response::content::RawHtml;
use rocket::serde::Deserialize;
use rocket::{Request, Route, State, get, routes};

use crate::base_path::BasePath;
use crate::html::page;

pub(crate) fn routes() -> Vec<Route> {
    routes![plan, tasting, seat]
}

/// The custom claims.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(crate = "rocket::serde")]
struct Plan {
    /// Missing or `null` for customers without a plan.
    plan: Option<Tier>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(crate = "rocket::serde", rename_all = "lowercase")]
enum Tier {
    Silver,
    Gold,
}

impl Tier {
    fn name(self) -> &'static str {
        match self {
            Tier::Silver => "silver",
            Tier::Gold => "gold",
        }
    }
}

/// Says which plan the customer has.
#[require_auth(scopes = "read:orders", via = "session")]
#[get("/plan")]
fn plan(user: User, plan: Claims<Plan>, base: &State<BasePath>) -> RawHtml<String> {
    let lead = html! {
        section class="hero" {
            h1 { "Your plan" }
            @match plan.plan {
                Some(tier) => p { "You are on the " (tier.name()) " plan." },
                None => p { "You have no plan." },
            }
        }
    };
    let more = html! {
        section {
            p { a class="button" href={ (base.public) "/tasting" } { "The tea tasting" } }
        }
    };
    RawHtml(page(&base.public, "en", "Your plan", Some(&user), &lead, &more))
}

/// Only for the gold plan.
async fn has_gold(who: &Identity, _request: &Request<'_>) -> Result<Tier, Denied> {
    let plan: Plan = who.claims().await?;
    match plan.plan {
        Some(Tier::Gold) => Ok(Tier::Gold),
        _ => Err(Denied::because("The tasting is for customers on the gold plan.")),
    }
}

/// The same for a page that others need not see: a browser is led to the plan, and an API client gets the status.
async fn has_gold_or_sees_the_plan(who: &Identity, request: &Request<'_>) -> Result<Tier, Denied> {
    let mount_point =
        request.rocket().state::<BasePath>().map_or("", |base| base.mount_point.trim_end_matches('/'));
    has_gold(who, request).await.map_err(|denied| match denied.is_temporary() {
        true => denied,
        false => denied.with_redirect(format!("{mount_point}/plan")),
    })
}

#[require_auth(scopes = "read:orders", via = "session", check = has_gold_or_sees_the_plan)]
#[get("/tasting/seat")]
fn seat(user: User, base: &State<BasePath>) -> RawHtml<String> {
    let lead = html! {
        section class="hero" {
            h1 { "Your seat" }
            p { "A seat at the next tasting is reserved for you." }
        }
    };
    RawHtml(page(&base.public, "en", "Your seat", Some(&user), &lead, &html! {}))
}

/// The page that the plan opens.
#[require_auth(scopes = "read:orders", via = "session", check = has_gold)]
#[get("/tasting")]
fn tasting(user: User, tier: Checked<Tier>, base: &State<BasePath>) -> RawHtml<String> {
    let lead = html! {
        section class="hero" {
            h1 { "The tea tasting" }
            p { "For customers on the " (tier.name()) " plan: every Thursday at five." }
        }
    };
    RawHtml(page(&base.public, "en", "The tea tasting", Some(&user), &lead, &html! {}))
}
