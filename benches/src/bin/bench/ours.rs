//! The library, with sessions in cookies, in memory, in Redis, in PostgreSQL and in SQLite, and with bearer tokens.

use std::sync::Arc;

use logto_dev::Tenant;
use serde_json::json;

use crate::Outcome;
use crate::load::Request;
use crate::process::Programs;
use crate::rounds::{Plan, ServerId};
use crate::stores::Stores;
use crate::tenant::{self, ALICE};
use crate::tokens;
use crate::visitor::Visitor;

pub(crate) const SIGN_IN: &str = "/logto/sign-in";

pub(crate) async fn add(
    plan: &mut Plan,
    programs: &Programs,
    tenant: &Arc<Tenant>,
    stores: &Stores,
) -> Outcome<()> {
    for store in ["cookie", "memory", "redis", "postgres", "sqlite"] {
        let mut settings = json!({ "application": "logto" });
        settings["logto"] = match store {
            "redis" => match &stores.redis {
                Some(redis) => tenant::settings(tenant, store, Some(redis.url())),
                None => continue,
            },
            // The application passes these stores to the fairing.
            "postgres" | "sqlite" => tenant::settings(tenant, "memory", None),
            _ => tenant::settings(tenant, store, None),
        };
        match (store, &stores.postgres) {
            ("postgres", Some(postgres)) => settings["postgres"] = postgres.url().into(),
            ("postgres", None) => continue,
            ("sqlite", _) => settings["sqlite"] = stores.sqlite.file().to_string_lossy().into(),
            _ => {}
        }
        let server = programs.start("rocket", &settings)?;
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
            // The same once more: how far two measurements of one thing lie apart.
            plan.probe_one("memory/open_again", server, with_session("/open"));
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
