//! Logto's own libraries for Node.js, and jose on express.

use std::sync::Arc;

use logto_benches::API;
use logto_dev::Tenant;
use serde_json::json;

use crate::Outcome;
use crate::load::Request;
use crate::process::{Programs, Server};
use crate::rounds::Plan;
use crate::tenant::{ALICE, APPLICATION, NODE_ORIGIN};
use crate::tokens;
use crate::visitor::Visitor;

/// A candidate, its script, and the page where a sign-in begins; none where it takes bearer tokens.
const CANDIDATES: [(&str, &str, Option<&str>); 3] = [
    ("logto_express", "express.mjs", Some("/logto/sign-in")),
    ("logto_next", "next.mjs", Some("/sign-in")),
    ("express_jose", "jose.mjs", None),
];

pub(crate) async fn add(plan: &mut Plan, programs: &Programs, tenant: &Arc<Tenant>) {
    let settings = json!({
        "endpoint": tenant.endpoint(),
        "issuer": tenant.issuer(),
        "appId": APPLICATION.0,
        "appSecret": APPLICATION.1,
        "baseUrl": NODE_ORIGIN,
        "audience": API,
    });
    for (name, script, sign_in) in CANDIDATES {
        if plan.missing.iter().any(|(missing, _)| missing == name) {
            continue;
        }
        let added = match programs.start_node(script, &settings) {
            Some(Ok(server)) => add_one(plan, name, server, sign_in, tenant).await,
            Some(Err(why)) => Err(why),
            None => Err("there is no Node.js".into()),
        };
        if let Err(why) = added {
            plan.miss(name, why);
        }
    }
}

async fn add_one(
    plan: &mut Plan,
    name: &str,
    server: Server,
    sign_in: Option<&str>,
    tenant: &Tenant,
) -> Outcome<()> {
    let credential = match sign_in {
        Some(page) => {
            let mut visitor = Visitor::of(server.address())?.under("localhost:3000");
            visitor.sign_in(tenant, page, ALICE).await?;
            ("Cookie", visitor.cookie_header())
        }
        None => ("Authorization", format!("Bearer {}", tokens::good(tenant)?)),
    };
    let server = plan.server(server);
    for route in ["open", "guarded"] {
        let request = Request::get(format!("/{route}")).header(credential.0, credential.1.clone());
        plan.probe_one(format!("{name}/{route}"), server, request);
    }
    Ok(())
}
