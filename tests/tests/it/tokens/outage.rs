//! Logto is gone altogether.

use logto_dev::Tenant;
use logto_tests::{Ask, Bench, Browser};

use super::HOUR;

#[rocket::async_test]
async fn routes_that_need_no_call_work_without_logto() {
    let Bench { tenant, app } = Bench::probe_app().await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    assert_eq!(alice.fetch("/token").await.status, 200);
    let clock = tenant.clock().clone();
    tenant.shutdown().await;
    for path in ["/plain", "/open", "/known", "/orders", "/token", "/logto/user"] {
        assert_eq!(alice.fetch(path).await.status, 200, "{path}");
        assert_eq!(alice.open(path).await.status, 200, "{path}");
    }
    assert_eq!(alice.send(Ask::post("/known").script()).await.status, 200);
    // What does need one says so, and ends nothing.
    for path in ["/ping", "/userinfo", "/orgs/7wvvh86x5bl0/token"] {
        let answer = alice.fetch(path).await;
        super::is_unavailable(&mut alice, &answer, path).await;
    }
    clock.advance(HOUR);
    for path in ["/token", "/orders"] {
        let answer = alice.fetch(path).await;
        super::is_unavailable(&mut alice, &answer, path).await;
        let (page, hops) = alice.follow(path).await;
        assert_eq!((page.status, hops), (503, 0), "{path}");
    }
    assert_eq!(alice.open("/known").await.status, 200);
}

/// The shop's page asks userinfo for names; without Logto it does without them.
#[rocket::async_test]
async fn a_page_that_can_do_without_logto_does() {
    let Bench { tenant, app } = Bench::storefront().await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;
    tenant.shutdown().await;
    let home = alice.open("/").await;
    assert_eq!(home.status, 200);
    assert!(home.body.contains("Hello Alice Example"), "{}", home.body);
    let whoami = alice.fetch("/api/whoami").await;
    assert_eq!(whoami.status, 200, "who it is does not depend on Logto");
    assert_eq!(alice.fetch("/api/orders").await.status, 503);
}

#[rocket::async_test]
async fn j01_an_application_that_starts_before_logto_works_once_it_is_there() {
    // A port that was free a moment ago, for a tenant that comes late.
    let early = Tenant::recorded().start().await.unwrap();
    let (port, clock) = (port_of(&early), early.clock().clone());
    let template = early.endpoint().to_owned();
    let app = Bench::another_probe_app(&early, |figment| figment).await;
    early.shutdown().await;
    let mut browser = Browser::new(&app);
    assert_eq!(browser.open("/plain").await.status, 200);
    let Ok(tenant) = Tenant::recorded().port(port).clock(clock).start().await else {
        return; // somebody else has taken the port meanwhile
    };
    assert_eq!(tenant.endpoint(), template);
    tenant.clock().advance(std::time::Duration::from_secs(2));
    browser.sign_in(&tenant, "alice").await;
    assert_eq!(browser.open("/known").await.status, 200);
}

fn port_of(tenant: &Tenant) -> u16 {
    tenant.endpoint().rsplit(':').next().unwrap().parse().unwrap()
}
