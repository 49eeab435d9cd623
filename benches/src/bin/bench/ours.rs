//! The library, with sessions in cookies, in memory and in Redis, and with bearer tokens.

use std::sync::Arc;

use logto_dev::Tenant;
use serde_json::json;

use crate::Outcome;
use crate::load::Request;
use crate::process::{Programs, Redis};
use crate::rounds::{Plan, ServerId};
use crate::tenant::{self, ALICE};
use crate::tokens;
use crate::visitor::Visitor;

pub(crate) const SIGN_IN: &str = "/logto/sign-in";

pub(crate) async fn add(
    plan: &mut Plan,
    programs: &Programs,
    tenant: &Arc<Tenant>,
    redis: Option<&Redis>,
) -> Outcome<()> {
    for store in ["cookie", "memory", "redis"] {
        let url = match (store, redis) {
            ("redis", None) => continue,
            ("redis", Some(redis)) => Some(redis.url()),
            _ => None,
        };
        let logto = tenant::settings(tenant, store, url);
        let server = programs.start("rocket", &json!({ "application": "logto", "logto": logto }))?;
        let mut visitor = Visitor::of(server.address())?;
        sign_in(&mut visitor, tenant, ALICE).await?;
        let server = plan.server(server);
        let with_session = |path: &str| Request::get(path).header("Cookie", visitor.cookie_header());
        for route in ["open", "guarded", "scoped", "user"] {
            plan.probe_one(format!("{store}/{route}"), server, with_session(&format!("/{route}")));
        }
        if store == "cookie" {
            // Without its name.
            let bytes = visitor.cookie_header().split_once('=').map_or(0, |(_, value)| value.len());
            plan.facts.insert("session_cookie_bytes", bytes as f64);
        }
        if store == "memory" {
            bearers(plan, tenant, server)?;
        }
    }
    Ok(())
}

/// Signs a person in, with tokens for an API and for an organization besides.
pub(crate) async fn sign_in(visitor: &mut Visitor, tenant: &Tenant, person: &str) -> Outcome<()> {
    visitor.sign_in(tenant, SIGN_IN, person).await?;
    visitor.visit("/token").await?;
    if person == ALICE {
        visitor.visit(&format!("/orgs/{}/token", tenant::organization(0))).await?;
    }
    Ok(())
}

fn bearers(plan: &mut Plan, tenant: &Tenant, server: ServerId) -> Outcome<()> {
    plan.probe_one("nobody/open", server, Request::get("/open"));
    plan.probe_refused("nobody/guarded", server, Request::get("/guarded"));
    let token = tokens::good(tenant)?;
    plan.probe_one("bearer/open", server, Request::get("/open").bearer(&token));
    plan.probe_one("bearer/guarded", server, Request::get("/scoped").bearer(&token));
    plan.probe_fresh_tokens("bearer_cold/guarded", server, "/scoped");
    Ok(())
}
