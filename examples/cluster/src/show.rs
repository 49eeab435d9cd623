//! Demonstrates step by step what two processes with one store guarantee.
#![allow(clippy::print_stdout, reason = "this is what the program has to say")]

use std::time::Duration;

use logto_dev::{Endpoint, Fault, Tenant};
use rocket::futures::future::join_all;
use serde_json::Value;

use crate::Outcome;
use crate::browser::{Answer, Browser};
use crate::database::{Database, Kind};
use crate::forwarder::Forwarder;
use crate::processes::App;
use crate::tenant::{self, COMPANY, PERSON, TOKEN_LIFE};

/// The number of concurrent requests.
const AT_ONCE: usize = 100;
/// How long a process may take to call the tenant, in hundredths of a second.
const REFRESH_ATTEMPTS: u32 = 2_000;

struct Cluster {
    tenant: Tenant,
    forwarder: Forwarder,
    settings: Value,
    // Dropped in this order: the processes end before their store.
    a: App,
    b: App,
    database: Database,
}

impl Cluster {
    async fn start(kind: Kind) -> Outcome<Cluster> {
        let database = Database::start(kind).await?;
        let forwarder = Forwarder::start().await?;
        let origins = [forwarder.origin(), forwarder.second_origin()];
        let tenant = tenant::start(&origins).await?;
        let keys_file = database.file("cookie-keys", tenant::COOKIE_KEYS)?;
        let settings = tenant::settings(&tenant, &origins, database.redis_url().as_deref(), &keys_file);
        let postgres = database.postgres_url();
        let start = |name| App::start(name, &settings, postgres.as_deref());
        let (a, b) = (start("A")?, start("B")?);
        forwarder.forward_to([a.address, b.address]);
        println!("Tenant     {}", tenant.endpoint());
        println!("{:<10} {}", database.name(), database.url());
        for app in [&a, &b] {
            println!("Process {}  http://{} (process id {})", app.name, app.address, app.id());
        }
        println!("Address    {} (forwards to the two in turn)", forwarder.origin());
        println!();
        Ok(Cluster { tenant, forwarder, settings, a, b, database })
    }

    /// The number of token requests with this grant type.
    fn token_calls(&self, grant: &str) -> usize {
        let calls = self.tenant.journal().of(Endpoint::Token);
        calls.iter().filter(|call| call.param("grant_type") == Some(grant)).count()
    }

    /// The language of the tenant's pages, in the last authorization request.
    fn language(&self) -> String {
        let requests = self.tenant.journal().of(Endpoint::PushedAuthorization);
        requests.last().and_then(|request| request.param("ui_locales")).unwrap_or("none").to_owned()
    }

    fn refreshes(&self) -> usize {
        self.token_calls("refresh_token")
    }
}

/// Runs until it is stopped.
pub(crate) async fn stay(kind: Kind) -> Outcome<()> {
    let cluster = Cluster::start(kind).await?;
    println!("Open {} and sign in as {PERSON}.", cluster.forwarder.origin());
    println!("To end a process: kill -9 {}", cluster.a.id());
    println!("Ctrl-C ends everything.");
    std::future::pending().await
}

/// Runs all steps, and fails if a result is unexpected.
pub(crate) async fn run(kind: Kind) -> Outcome<()> {
    let mut cluster = Cluster::start(kind).await?;
    let mut alice = Browser::at(&cluster.forwarder.origin())?;
    let mut at_logto = cluster.tenant.browser();

    step("1. Alice signs in at process A, and uses process B");
    let led = alice.get(cluster.a.address, "/logto/sign-in").await?;
    let callback = at_logto.sign_in(led.leads_to()?, PERSON).await?;
    let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
    alice.get(cluster.a.address, &path).await?;
    expect("process B recognizes her", alice.get(cluster.b.address, "/me").await?.status, 200)?;
    for app in [&cluster.a, &cluster.b] {
        let answer = alice.get(app.address, "/orders").await?;
        expect(&format!("the orders, from process {}", app.name), answer.status, 200)?;
    }
    expect("sign-ins at the tenant", cluster.token_calls("authorization_code"), 1)?;
    expect("the language that they ask for", cluster.language().as_str(), tenant::LANGUAGE)?;
    expect("access tokens that it issued for both", cluster.refreshes(), 1)?;

    step("2. One address forwards to both");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..2 {
        seen.push(alice.get(cluster.forwarder.address(), "/me").await?.process());
    }
    seen.sort();
    expect("processes that responded", seen.join(" and "), "A and B".to_owned())?;

    step(&format!("3. The access token expires, and {AT_ONCE} requests arrive at once"));
    let before = wait_for_expiry(&cluster).await;
    let answers = at_once(&cluster, &alice).await;
    expect("requests that succeeded", answers, AT_ONCE)?;
    expect("access tokens that the tenant issued for them", cluster.refreshes() - before, 1)?;

    step("4. It expires again, and process A is killed during the refresh");
    let before = wait_for_expiry(&cluster).await;
    cluster.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Delay(Duration::from_secs(3600)));
    let waiting = tokio::spawn({
        let (mut tab, address) = (alice.clone(), cluster.a.address);
        async move { tab.get(address, "/orders").await.map_err(|error| error.to_string()) }
    });
    wait_for_a_refresh(&cluster, before).await?;
    // Started before process A is killed, to take its place.
    let successor = App::start("A", &cluster.settings, cluster.database.postgres_url().as_deref())?;
    std::mem::replace(&mut cluster.a, successor).kill();
    expect("its request is lost", waiting.await?.is_err(), true)?;
    expect("process B responds", alice.get(cluster.b.address, "/orders").await?.status, 200)?;
    let calls = cluster.refreshes() - before;
    expect("token requests: the lost one and another", calls, 2)?;
    expect("sign-ins at the tenant", cluster.token_calls("authorization_code"), 1)?;
    expect("authorization requests that were pushed", count(&cluster, Endpoint::PushedAuthorization), 1)?;

    step("5. A new process A replaces the old one");
    cluster.forwarder.forward_to([cluster.a.address, cluster.b.address]);
    println!("   (as process id {})", cluster.a.id());
    expect("it recognizes Alice", alice.get(cluster.a.address, "/me").await?.status, 200)?;

    step("6. Alice signs out at process B; an attacker has a copy of her cookie");
    let copy = alice.clone();
    let out = alice.post(cluster.b.address, "/logto/sign-out").await?;
    expect("what her browser clears", out.clear_site_data.as_deref().unwrap_or("nothing"), "\"cache\"")?;
    let back = at_logto.sign_out(out.leads_to()?).await?;
    let page = alice.get(cluster.a.address, back.path()).await?;
    expect("process A tells her that she is signed out", page.shows("You are signed out"), true)?;
    for app in [&cluster.a, &cluster.b] {
        let answer = copy.clone().get(app.address, "/me").await?;
        expect(&format!("the copy, at process {}", app.name), answer.status, 401)?;
        expect("the process that refused it", answer.process(), app.name.to_owned())?;
        expect(
            "where it says that a sign-in begins",
            answer.sign_in(),
            "/logto/sign-in?return_to=/me".to_owned(),
        )?;
    }
    expect("refresh tokens that were revoked at the tenant", count(&cluster, Endpoint::Revocation), 1)?;
    let again = Browser::at(&cluster.forwarder.origin())?.get(cluster.a.address, "/logto/sign-in").await?;
    expect("the tenant asks her to sign in again", at_logto.open(again.leads_to()?).await.is_err(), true)?;

    step("7. The application has a second address");
    let second = cluster.forwarder.second_origin();
    let (mut alice, mut at_logto) = (Browser::at(&second)?, cluster.tenant.browser());
    let led = alice.get(cluster.a.address, "/logto/sign-in").await?;
    let callback = at_logto.sign_in(led.leads_to()?, PERSON).await?;
    expect("the sign-in comes back there", callback.as_str().starts_with(&second), true)?;
    let path = format!("{}?{}", callback.path(), callback.query().unwrap_or_default());
    alice.get(cluster.b.address, &path).await?;
    expect("it leaves the cookie cluster.id", alice.cookie_names().any(|name| name == "cluster.id"), true)?;
    expect("process A recognizes her", alice.get(cluster.a.address, "/me").await?.status, 200)?;
    let out = alice.post(cluster.a.address, &format!("/logto/sign-out?return_to={COMPANY}")).await?;
    let back = at_logto.sign_out(out.leads_to()?).await?;
    expect("where her sign-out leads", back.as_str(), COMPANY)?;

    println!("\nEverything was as expected.");
    Ok(())
}

fn count(cluster: &Cluster, endpoint: Endpoint) -> usize {
    cluster.tenant.journal().count(endpoint)
}

/// Waits until the access token has expired. Returns the number of refreshes so far.
async fn wait_for_expiry(cluster: &Cluster) -> usize {
    println!("   (it takes {} seconds)", TOKEN_LIFE.as_secs());
    tokio::time::sleep(TOKEN_LIFE).await;
    cluster.refreshes()
}

async fn wait_for_a_refresh(cluster: &Cluster, before: usize) -> Outcome<()> {
    for _ in 0..REFRESH_ATTEMPTS {
        if cluster.refreshes() > before {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("Unexpected: the process does not request an access token".into())
}

/// Requests the orders concurrently, half of them at each process. Returns how many requests succeeded.
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

/// Prints a result, and fails if it is not the expected one.
fn expect<T: PartialEq + std::fmt::Display>(what: &str, found: T, expected: T) -> Outcome<()> {
    println!("   {what}: {found}");
    if found == expected {
        Ok(())
    } else {
        Err(format!("Unexpected result. {what}: {found} instead of {expected}").into())
    }
}
