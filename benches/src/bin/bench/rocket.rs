//! Rocket without the library: nothing at all, guards by hand, and the floors.

use serde_json::{Value, json};

use crate::Outcome;
use crate::load::Request;
use crate::process::{Programs, Server};
use crate::rounds::Plan;
use crate::stores::Redis;
use crate::visitor::Visitor;

pub(crate) async fn add(plan: &mut Plan, programs: &Programs, redis: Option<&Redis>) -> Outcome<()> {
    let bare = plan.server(programs.start("rocket", &json!({ "application": "bare" }))?);
    plan.probe_one("bare_rocket/open", bare, Request::get("/open"));
    let mut guards: Vec<(&str, Value)> = vec![
        ("handwritten_id", json!({ "application": "by-id" })),
        ("handwritten_private_cookie", json!({ "application": "by-private-cookie" })),
    ];
    if let Some(redis) = redis {
        guards.push(("redis_get", json!({ "application": "by-redis", "url": redis.url() })));
    }
    for (name, settings) in guards {
        let server = programs.start("rocket", &settings)?;
        add_pair(plan, name, server).await?;
    }
    Ok(())
}

/// An open route and a guarded one, for somebody who has gone to `/login`.
pub(crate) async fn add_pair(plan: &mut Plan, name: &str, server: Server) -> Outcome<()> {
    let mut visitor = Visitor::of(server.address())?;
    visitor.visit("/login").await?;
    let server = plan.server(server);
    for route in ["open", "guarded"] {
        let request = Request::get(format!("/{route}")).header("Cookie", visitor.cookie_header());
        plan.probe_one(format!("{name}/{route}"), server, request);
    }
    Ok(())
}
