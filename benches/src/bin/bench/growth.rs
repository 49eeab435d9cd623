//! Whether a request costs the same however many sessions and organizations there are, and what a session takes.

use std::sync::Arc;

use logto_benches::cpu;
use logto_dev::Tenant;
use serde_json::json;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::load::{Load, Request};
use crate::ours;
use crate::process::{Programs, Server};
use crate::rounds::Plan;
use crate::tenant::{self, MEMBERSHIPS, PEOPLE};
use crate::visitor::Visitor;

/// How many people sign in at the same time.
const AT_ONCE: usize = 8;
/// With the thousand that sign in, a million.
const OTHERS: usize = 999_000;

pub(crate) async fn add(plan: &mut Plan, programs: &Programs, tenant: &Arc<Tenant>) -> Outcome<()> {
    for (name, people, others) in
        [("sessions_1", 1, 0), ("sessions_1e3", PEOPLE, 0), ("sessions_1e6", PEOPLE, OTHERS)]
    {
        // A quick run may be on a machine that does much else.
        let others = if plan.quick { others / 100 } else { others };
        let server = start(programs, tenant, others)?;
        let before = cpu::resident_bytes(server.pid())?;
        let cookies = sign_all_in(&server, tenant, people).await?;
        let after = cpu::resident_bytes(server.pid())?;
        match name {
            "sessions_1e3" => {
                let grown = after.saturating_sub(before) as f64 / people as f64;
                plan.facts.insert("bytes_a_session_in_use", grown);
                plan.facts.insert("resident_bytes_without_sessions", before as f64);
            }
            "sessions_1e6" => {
                let without = plan.facts.get("resident_bytes_without_sessions").copied().unwrap_or(0.0);
                plan.facts
                    .insert("bytes_a_session_at_rest", (before as f64 - without).max(0.0) / others as f64);
            }
            _ => {}
        }
        let server = plan.server(server);
        for route in ["open", "guarded"] {
            let request = |cookie: &String| Request::get(format!("/{route}")).header("Cookie", cookie);
            plan.probe(
                format!("{name}/{route}"),
                server,
                Load::Rotating(cookies.iter().map(request).collect()),
            );
        }
    }
    organizations(plan, programs, tenant).await
}

fn start(programs: &Programs, tenant: &Tenant, fill: usize) -> Outcome<Server> {
    let logto = tenant::settings(tenant, "memory", None);
    programs.start("rocket", &json!({ "application": "logto", "logto": logto, "fill": fill }))
}

/// The cookies of so many people.
async fn sign_all_in(server: &Server, tenant: &Arc<Tenant>, people: usize) -> Outcome<Vec<String>> {
    let visitor = Visitor::of(server.address())?;
    let mut running = JoinSet::new();
    let mut cookies = Vec::new();
    for number in 0..people {
        if running.len() == AT_ONCE
            && let Some(done) = running.join_next().await
        {
            cookies.push(done??);
        }
        let (mut visitor, tenant) = (visitor.another(), Arc::clone(tenant));
        running.spawn(async move {
            ours::sign_in(&mut visitor, &tenant, &tenant::person(number)).await?;
            Outcome::Ok(visitor.cookie_header())
        });
    }
    while let Some(done) = running.join_next().await {
        cookies.push(done??);
    }
    Ok(cookies)
}

/// People in one, ten and a hundred organizations, who go from one to the next with each request.
async fn organizations(plan: &mut Plan, programs: &Programs, tenant: &Arc<Tenant>) -> Outcome<()> {
    let server = plan.server(start(programs, tenant, 0)?);
    let visitor = Visitor::of(plan.get(server).address())?;
    for count in MEMBERSHIPS {
        let mut visitor = visitor.another();
        visitor.sign_in(tenant, ours::SIGN_IN, &tenant::member_of(count)).await?;
        let paths: Vec<String> =
            (0..count).map(|number| format!("/orgs/{}/orders", tenant::organization(number))).collect();
        for path in &paths {
            visitor.visit(path).await?;
        }
        let with_session = |path: &str| Request::get(path).header("Cookie", visitor.cookie_header());
        let guarded = paths.iter().map(|path| with_session(path)).collect();
        plan.probe(
            format!("organizations_{count}/open"),
            server,
            Load::Rotating(vec![with_session("/open")]),
        );
        plan.probe(format!("organizations_{count}/guarded"), server, Load::Rotating(guarded));
    }
    Ok(())
}
