//! What two processes with one Redis promise, shown step by step.
#![allow(clippy::print_stdout, reason = "this is what the program has to say")]

use std::time::Duration;

use logto_dev::{Endpoint, Fault, Tenant};
use rocket::futures::future::join_all;
use serde_json::Value;

use crate::Outcome;
use crate::forwarder::Forwarder;
use crate::person::{Answer, Browser};
use crate::processes::{App, Redis};
use crate::tenant::{self, PERSON, TOKEN_LIFE};

/// How many requests come at once.
const AT_ONCE: usize = 100;
/// How long a process may take to ask the tenant: this many hundredths of a second.
const PATIENCE: u32 = 2_000;

struct Cluster {
    tenant: Tenant,
    forwarder: Forwarder,
    settings: Value,
    // The processes end before their Redis does.
    a: App,
    b: App,
    _redis: Redis,
}

impl Cluster {
    async fn start() -> Outcome<Cluster> {
        let redis = Redis::start().await?;
        let forwarder = Forwarder::start().await?;
        let tenant = tenant::start(&forwarder.origin()).await?;
        let settings = tenant::settings(&tenant, &forwarder.origin(), &redis.url());
        let (a, b) = (App::start("A", &settings)?, App::start("B", &settings)?);
        forwarder.lead_to([a.address, b.address]);
        println!("Tenant     {}", tenant.endpoint());
        println!("Redis      {}", redis.url());
        for app in [&a, &b] {
            println!("Process {}  http://{} (process id {})", app.name, app.address, app.id());
        }
        println!("Address    {} (leads to the two in turn)", forwarder.origin());
        println!();
        Ok(Cluster { tenant, forwarder, settings, a, b, _redis: redis })
    }

    /// The tenant's token calls of one kind.
    fn token_calls(&self, grant: &str) -> usize {
        let calls = self.tenant.journal().of(Endpoint::Token);
        calls.iter().filter(|call| call.param("grant_type") == Some(grant)).count()
    }

    fn refreshes(&self) -> usize {
        self.token_calls("refresh_token")
    }
}

/// Stays up until somebody ends it.
pub(crate) async fn stay() -> Outcome<()> {
    let cluster = Cluster::start().await?;
    println!("Open {} and sign in as {PERSON}.", cluster.forwarder.origin());
    println!("End a process, if you like: kill -9 {}", cluster.a.id());
    println!("Ctrl-C ends everything.");
    std::future::pending().await
}

/// Shows everything, and fails if anything is not as it is promised.
pub(crate) async fn run() -> Outcome<()> {
    let mut cluster = Cluster::start().await?;
    let mut alice = Browser::at(&cluster.forwarder.origin())?;
    let mut at_logto = cluster.tenant.browser();

    step("1. Alice signs in at process A, and uses process B");
    let led = alice.get(cluster.a.address, "/logto/sign-in").await?;
    let callback = at_logto.sign_in(led.leads_to()?, PERSON).await?;
    let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
    alice.get(cluster.a.address, &path).await?;
    expect("process B knows her", alice.get(cluster.b.address, "/me").await?.status, 200)?;
    for app in [&cluster.a, &cluster.b] {
        let answer = alice.get(app.address, "/orders").await?;
        expect(&format!("the orders, from process {}", app.name), answer.status, 200)?;
    }
    expect("sign-ins that the tenant saw", cluster.token_calls("authorization_code"), 1)?;
    expect("access tokens that it gave for both", cluster.refreshes(), 1)?;

    step("2. The one address leads to both");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..2 {
        seen.push(alice.get(cluster.forwarder.address(), "/me").await?.process());
    }
    seen.sort();
    expect("processes that have answered", seen.join(" and "), "A and B".to_owned())?;

    step(&format!("3. The access token expires, and {AT_ONCE} requests come at once"));
    let before = wait_for_expiry(&cluster).await;
    let answers = at_once(&cluster, &alice).await;
    expect("requests that got their answer", answers, AT_ONCE)?;
    expect("access tokens that the tenant gave for them", cluster.refreshes() - before, 1)?;

    step("4. It expires again, and process A is killed while it waits for the next one");
    let before = wait_for_expiry(&cluster).await;
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_secs(3600)));
    let waiting = tokio::spawn({
        let (mut tab, address) = (alice.clone(), cluster.a.address);
        async move { tab.get(address, "/orders").await.map_err(|error| error.to_string()) }
    });
    wait_for_a_refresh(&cluster, before).await?;
    // The successor has the place of the one that is killed.
    let successor = App::start("A", &cluster.settings)?;
    std::mem::replace(&mut cluster.a, successor).kill();
    expect("its request is lost", waiting.await?.is_err(), true)?;
    expect("process B answers", alice.get(cluster.b.address, "/orders").await?.status, 200)?;
    let calls = cluster.refreshes() - before;
    expect("token calls: the one that was lost, and one more", calls, 2)?;
    expect("sign-ins that the tenant saw", cluster.token_calls("authorization_code"), 1)?;

    step("5. A new process A takes over where the old one was");
    cluster.forwarder.lead_to([cluster.a.address, cluster.b.address]);
    println!("   (as process id {})", cluster.a.id());
    expect("it knows Alice", alice.get(cluster.a.address, "/me").await?.status, 200)?;

    step("6. Alice signs out at process B; somebody has a copy of her cookie");
    let copy = alice.clone();
    let out = alice.post(cluster.b.address, "/logto/sign-out").await?;
    at_logto.sign_out(out.leads_to()?).await?;
    for app in [&cluster.a, &cluster.b] {
        let status = copy.clone().get(app.address, "/me").await?.status;
        expect(&format!("the copy, at process {}", app.name), status, 401)?;
    }
    expect("refresh tokens that the tenant was told to end", count(&cluster, Endpoint::Revocation), 1)?;
    let again = Browser::at(&cluster.forwarder.origin())?.get(cluster.a.address, "/logto/sign-in").await?;
    expect("the tenant asks who she is", at_logto.open(again.leads_to()?).await.is_err(), true)?;

    println!("\nEverything was as it is promised.");
    Ok(())
}

fn count(cluster: &Cluster, endpoint: Endpoint) -> usize {
    cluster.tenant.journal().count(endpoint)
}

/// Waits until the access token has expired; tells how many there were by then.
async fn wait_for_expiry(cluster: &Cluster) -> usize {
    println!("   (it takes {} seconds)", TOKEN_LIFE.as_secs());
    tokio::time::sleep(TOKEN_LIFE).await;
    cluster.refreshes()
}

async fn wait_for_a_refresh(cluster: &Cluster, before: usize) -> Outcome<()> {
    for _ in 0..PATIENCE {
        if cluster.refreshes() > before {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("This is not as promised: the process does not ask the tenant for an access token".into())
}

/// Requests for the orders, half of them at each process. How many were answered with them?
async fn at_once(cluster: &Cluster, alice: &Browser) -> usize {
    let requests = (0..AT_ONCE).map(|number| {
        let app = if number % 2 == 0 { &cluster.a } else { &cluster.b };
        let mut tab = alice.clone();
        async move { tab.get(app.address, "/orders").await }
    });
    let is_good = |answer: &Outcome<Answer>| answer.as_ref().is_ok_and(|answer| answer.status == 200);
    join_all(requests).await.iter().filter(|answer| is_good(answer)).count()
}

fn step(what: &str) {
    println!("{what}");
}

/// Prints a fact, and fails if it is not the one that is promised.
fn expect<T: PartialEq + std::fmt::Display>(what: &str, found: T, promised: T) -> Outcome<()> {
    println!("   {what}: {found}");
    if found == promised {
        Ok(())
    } else {
        Err(format!("This is not as promised. {what}: {found} instead of {promised}").into())
    }
}
