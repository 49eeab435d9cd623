//! What honest traffic notices of a flood of forgeries.

use logto_dev::{Endpoint, Tenant};

use crate::Outcome;
use crate::load::{Amount, Answered, Load, Request, Wrk};
use crate::rounds::{CONNECTIONS, Plan};
use crate::statistics::Figure;
use crate::tokens;

/// What honest traffic sends: cached bearer tokens, at most a thousand a second.
const GOOD: Amount = Amount { connections: 8, seconds: 4, pause_ms: Some(8) };
/// What the flood sends: at most two thousand a second.
const FLOOD: Amount = Amount { connections: CONNECTIONS, seconds: 4, pause_ms: Some(16) };
/// More than a flood sends in its time.
const FORGERIES: usize = 10_000;
const ROUNDS: usize = 3;

/// A flood, and what honest traffic noticed.
pub(crate) struct Storm {
    pub(crate) name: &'static str,
    pub(crate) p50_us: Figure,
    pub(crate) p99_us: Figure,
    /// Of honest traffic, a second.
    pub(crate) good: Figure,
    /// Of the flood, a second.
    pub(crate) flood: Option<Figure>,
    /// How many honest requests were refused or not answered, in all rounds.
    pub(crate) hurt: f64,
    /// How often the tenant was asked for its keys, in all rounds.
    pub(crate) key_requests: usize,
}

type Heard = (Answered, Option<Answered>);

pub(crate) fn run(plan: &Plan, wrk: &Wrk, tenant: &Tenant) -> Outcome<Vec<Storm>> {
    let Some(server) = plan.server_of("bearer/guarded") else { return Ok(Vec::new()) };
    let address = server.address();
    let good = Load::Same(Request::get("/scoped").bearer(&tokens::good(tenant)?));
    let forged = |tokens: Vec<String>| {
        Load::Rotating(tokens.iter().map(|token| Request::get("/scoped").bearer(token)).collect())
    };
    let floods = [
        ("no flood", None),
        ("as many good requests", Some(good.clone())),
        ("unknown keys", Some(forged(tokens::with_unknown_keys(tenant, FORGERIES)?))),
        ("garbage signatures", Some(forged(tokens::with_garbage_signatures(tenant, FORGERIES)?))),
    ];
    let mut heard: Vec<Vec<Heard>> = floods.iter().map(|_| Vec::new()).collect();
    let mut key_requests = vec![0; floods.len()];
    for _ in 0..if plan.quick { 1 } else { ROUNDS } {
        for (index, (_, flood)) in floods.iter().enumerate() {
            let before = tenant.journal().count(Endpoint::Jwks);
            let flood = flood.as_ref().map(|flood| wrk.start(address, flood, FLOOD)).transpose()?;
            let answered = wrk.run(address, &good, GOOD)?;
            let flooded = flood.map(|flood| flood.finish()).transpose()?;
            heard[index].push((answered, flooded));
            key_requests[index] += tenant.journal().count(Endpoint::Jwks) - before;
        }
    }
    let storms = floods.iter().zip(&heard).zip(key_requests);
    Ok(storms.filter_map(|(((name, _), heard), keys)| tell(name, heard, keys)).collect())
}

fn tell(name: &'static str, heard: &[Heard], key_requests: usize) -> Option<Storm> {
    let rate = |answered: &Answered| answered.requests / answered.seconds;
    let good = |of: fn(&Answered) -> f64| Figure::of(heard.iter().map(|(good, _)| of(good)));
    Some(Storm {
        name,
        p50_us: good(|good| good.p50_us)?,
        p99_us: good(|good| good.p99_us)?,
        good: Figure::of(heard.iter().map(|(good, _)| rate(good)))?,
        flood: Figure::of(heard.iter().filter_map(|(_, flood)| flood.as_ref().map(rate))),
        hurt: heard.iter().map(|(good, _)| good.refused + good.failed).sum(),
        key_requests,
    })
}
