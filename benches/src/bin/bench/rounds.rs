//! Everything is measured in turns: one round after the other, and in each round every candidate for a moment.

use std::collections::BTreeMap;

use logto_benches::cpu::ThreadTimes;
use logto_dev::Tenant;

use crate::Outcome;
use crate::load::{Amount, Load, Request, Wrk};
use crate::process::Server;
use crate::tokens;
use crate::visitor::Visitor;

/// How many connections send at the same time.
pub(crate) const CONNECTIONS: u32 = 32;
const ROUNDS: usize = 9;
const SECONDS: u32 = 1;
/// Tokens of a round that were never seen before; a second is enough for them.
const FRESH_TOKENS: usize = 3_000;

/// Requests whose instructions are counted.
const COUNTED: usize = 100;

/// What is measured, and what came of it.
pub(crate) struct Plan {
    pub(crate) quick: bool,
    pub(crate) rounds: usize,
    /// What could not be measured, and why.
    pub(crate) missing: Vec<(String, String)>,
    /// What each name stands for, in the order of the plan.
    pub(crate) samples: Vec<(String, Vec<Sample>)>,
    /// Figures that are measured while servers start, not in rounds.
    pub(crate) facts: BTreeMap<&'static str, f64>,
    servers: Vec<Server>,
    probes: Vec<Probe>,
}

/// One of the servers of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServerId(usize);

/// What one round says about one candidate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Not known where the requests ended before the time did.
    pub(crate) requests_per_second: Option<f64>,
    /// CPU time of the server for one request, in microseconds.
    pub(crate) cpu_us: f64,
    pub(crate) p99_us: f64,
}

struct Probe {
    name: String,
    server: ServerId,
    what: What,
}

enum What {
    Load {
        load: Load,
        status: u16,
    },
    /// Each token once.
    FreshTokens {
        path: &'static str,
    },
    /// No requests: signatures are verified.
    Verify,
}

impl Plan {
    pub(crate) fn new(quick: bool, missing: Vec<(String, String)>) -> Outcome<Self> {
        Ok(Plan {
            quick,
            rounds: if quick { 1 } else { ROUNDS },
            missing,
            samples: Vec::new(),
            facts: BTreeMap::new(),
            servers: Vec::new(),
            probes: Vec::new(),
        })
    }

    pub(crate) fn server(&mut self, server: Server) -> ServerId {
        self.servers.push(server);
        ServerId(self.servers.len() - 1)
    }

    pub(crate) fn get(&self, server: ServerId) -> &Server {
        &self.servers[server.0]
    }

    /// The server of what is measured under this name.
    pub(crate) fn server_of(&self, name: &str) -> Option<&Server> {
        self.probes.iter().find(|probe| probe.name == name).map(|probe| self.get(probe.server))
    }

    /// Measures what is answered with 200.
    pub(crate) fn probe(&mut self, name: impl Into<String>, server: ServerId, load: Load) {
        self.add(name.into(), server, What::Load { load, status: 200 });
    }

    /// Measures a request that is answered with 200.
    pub(crate) fn probe_one(&mut self, name: impl Into<String>, server: ServerId, request: Request) {
        self.probe(name, server, Load::Same(request));
    }

    /// Measures a request that is refused.
    pub(crate) fn probe_refused(&mut self, name: &str, server: ServerId, request: Request) {
        self.add(name.to_owned(), server, What::Load { load: Load::Same(request), status: 401 });
    }

    pub(crate) fn probe_fresh_tokens(&mut self, name: &str, server: ServerId, path: &'static str) {
        self.add(name.to_owned(), server, What::FreshTokens { path });
    }

    pub(crate) fn probe_verifications(&mut self, name: &str, server: ServerId) {
        self.add(name.to_owned(), server, What::Verify);
    }

    fn add(&mut self, name: String, server: ServerId, what: What) {
        self.probes.push(Probe { name, server, what });
    }

    pub(crate) fn miss(&mut self, name: &str, why: impl ToString) {
        self.missing.push((name.to_owned(), why.to_string()));
    }

    pub(crate) async fn run(&mut self, wrk: &Wrk, tenant: &Tenant) -> Outcome<()> {
        let mut samples: Vec<Vec<Sample>> = self.probes.iter().map(|_| Vec::new()).collect();
        let mut broken: Vec<Option<String>> = self.probes.iter().map(|_| None).collect();
        // The first round warms up what compiles while it runs, and counts only where there is no other.
        let warm_ups = usize::from(!self.quick);
        for round in 0..self.rounds + warm_ups {
            eprintln!("round {} of {}", round + 1, self.rounds + warm_ups);
            let mut order: Vec<usize> = (0..self.probes.len()).collect();
            if round % 2 == 1 {
                // What comes last in one round comes first in the next.
                order.reverse();
            }
            for index in order {
                if broken[index].is_some() {
                    continue;
                }
                let probe = &self.probes[index];
                match measure(probe, &mut self.servers[probe.server.0], wrk, tenant).await {
                    Ok(sample) if round >= warm_ups => samples[index].push(sample),
                    Ok(_) => {}
                    Err(why) => broken[index] = Some(why.to_string()),
                }
            }
        }
        for ((probe, samples), broken) in self.probes.iter().zip(samples).zip(broken) {
            match broken {
                Some(why) => self.missing.push((probe.name.clone(), why)),
                None => self.samples.push((probe.name.clone(), samples)),
            }
        }
        Ok(())
    }

    /// Counts the instructions of each candidate's server for a request. No round is needed: they are the same each time.
    pub(crate) async fn count_instructions(&mut self, tenant: &Tenant) -> Vec<(String, f64)> {
        let mut counted = Vec::new();
        for index in 0..self.probes.len() {
            let probe = &self.probes[index];
            eprintln!("counting the instructions of {}", probe.name);
            let server = &mut self.servers[probe.server.0];
            match count(probe, server, tenant).await {
                Ok(instructions) => counted.push((probe.name.clone(), instructions)),
                Err(why) => {
                    let missing = (format!("instructions of {}", probe.name), why.to_string());
                    self.missing.push(missing);
                }
            }
        }
        counted
    }

    /// The rounds of what is called so.
    pub(crate) fn samples_of(&self, name: &str) -> Option<&[Sample]> {
        self.samples.iter().find(|(known, _)| known == name).map(|(_, samples)| samples.as_slice())
    }
}

async fn count(probe: &Probe, server: &mut Server, tenant: &Tenant) -> Outcome<f64> {
    let requests: Vec<Request> = match &probe.what {
        What::Verify => Vec::new(),
        What::Load { load: Load::Same(request), .. } => vec![request.clone(); 2 * COUNTED],
        What::Load { load: Load::Rotating(requests) | Load::Once(requests), .. } => {
            requests.iter().cycle().take(2 * COUNTED).cloned().collect()
        }
        What::FreshTokens { path } => tokens::fresh(tenant, 2 * COUNTED)?
            .iter()
            .map(|token| Request::get(*path).bearer(token))
            .collect(),
    };
    let mut visitor = Visitor::of(server.address())?;
    // Caches are filled before the count starts.
    for request in requests.iter().take(COUNTED) {
        visitor.send(request).await?;
    }
    let (pid, counter) = server.counter().ok_or("no counter")?;
    counter.start(pid)?;
    if requests.is_empty() {
        server.ask(&COUNTED.to_string())?;
    }
    for request in requests.iter().skip(COUNTED) {
        visitor.send(request).await?;
    }
    let (pid, counter) = server.counter().ok_or("no counter")?;
    Ok(counter.stop(pid, &probe.name)? / COUNTED as f64)
}

async fn measure(probe: &Probe, server: &mut Server, wrk: &Wrk, tenant: &Tenant) -> Outcome<Sample> {
    match &probe.what {
        What::Verify => {
            let answer = server.ask(&FRESH_TOKENS.to_string())?;
            let (nanoseconds, count) = answer.split_once(' ').ok_or("no answer about verifications")?;
            let cpu_us = nanoseconds.parse::<f64>()? / count.parse::<f64>()? / 1e3;
            Ok(Sample { requests_per_second: None, cpu_us, p99_us: f64::NAN })
        }
        What::Load { load, status } => {
            let first = match load {
                Load::Same(request) => Some(request),
                Load::Rotating(requests) | Load::Once(requests) => requests.first(),
            };
            let answer = Visitor::of(server.address())?.send(first.ok_or("no request")?).await?;
            if answer.status != *status || (*status == 200 && answer.body != "ok") {
                return Err(format!("answered with {}: {}", answer.status, answer.body).into());
            }
            under_load(server, wrk, load, *status >= 400)
        }
        What::FreshTokens { path } => {
            let tokens = tokens::fresh(tenant, FRESH_TOKENS)?;
            let requests = tokens.iter().map(|token| Request::get(*path).bearer(token)).collect();
            let sample = under_load(server, wrk, &Load::Once(requests), false)?;
            Ok(Sample { requests_per_second: None, ..sample })
        }
    }
}

fn under_load(server: &Server, wrk: &Wrk, load: &Load, refused: bool) -> Outcome<Sample> {
    let amount = Amount { connections: CONNECTIONS, seconds: SECONDS, pause_ms: None };
    let before = ThreadTimes::read(server.pid())?;
    let answered = wrk.run(server.address(), load, amount)?;
    let spent = ThreadTimes::read(server.pid())?.since(&before);
    let wrong = if refused { answered.requests - answered.refused } else { answered.refused };
    if wrong > 0.0 || answered.failed > 0.0 || answered.requests < 1.0 {
        return Err(format!("not as it should be: {answered:?}").into());
    }
    Ok(Sample {
        requests_per_second: Some(answered.requests / answered.seconds),
        cpu_us: spent as f64 / answered.requests / 1e3,
        p99_us: answered.p99_us,
    })
}
