//! The guards of three crates for axum, and the bare verification of a signature.

use logto_dev::Tenant;
use serde_json::json;

use crate::Outcome;
use crate::load::Request;
use crate::process::Programs;
use crate::rocket::add_pair;
use crate::rounds::Plan;
use crate::tokens;

/// How many tokens are verified in turn.
const TOKENS: usize = 64;

pub(crate) async fn add(plan: &mut Plan, programs: &Programs, tenant: &Tenant) -> Outcome<()> {
    for (name, application) in [("axum_login", "login"), ("tower_sessions", "sessions")] {
        let server = programs.start("axum", &json!({ "application": application }))?;
        add_pair(plan, name, server).await?;
    }

    let jwks = format!("{}/jwks", tenant.issuer());
    let settings = json!({ "application": "tokens", "jwks": jwks, "issuer": tenant.issuer() });
    let server = plan.server(programs.start("axum", &settings)?);
    let token = tokens::good(tenant)?;
    for route in ["open", "guarded"] {
        let request = Request::get(format!("/{route}")).bearer(&token);
        plan.probe_one(format!("axum_jwt_authorizer/{route}"), server, request);
    }

    let jwks = tenant.keys().jwks();
    let key = jwks.pointer("/keys/0").ok_or("the tenant has no key")?;
    let tokens = tokens::fresh(tenant, TOKENS)?;
    let settings = json!({ "application": "verify", "x": key["x"], "y": key["y"], "tokens": tokens });
    let server = plan.server(programs.start("rocket", &settings)?);
    plan.probe_verifications("raw_verify", server);
    Ok(())
}
