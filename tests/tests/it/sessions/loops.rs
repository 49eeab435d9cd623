//! Whatever is broken, a browser stops at a page that says so.

use std::sync::{Arc, OnceLock};

use logto_dev::recorded::ALICE;
use logto_dev::{Endpoint, Fault, Tenant};
use logto_rocket::Logto;
use logto_tests::{Answer, App, Bench, Jar, path_of};
use reqwest::Url;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;

#[rocket::async_test]
async fn q03_a_browser_without_cookies_is_told_so_after_one_round() {
    let bench = Bench::storefront().await;
    // It keeps cookies until Logto sends it back, and loses the session: dropped for size, or by a policy.
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
    let answer = browser.open(callback).await;
    assert_eq!(answer.location(), "/profile");
    for name in browser.jar.session().into_keys() {
        browser.jar.0.remove(&name);
    }
    let answer = browser.open("/profile").await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "session_cookie_lost"));
    assert!(answer.body.contains("/logto/sign-in"), "{answer:?}");
    // The next try is the person's own.
    assert_eq!(browser.open("/profile").await.status, 303);
}

#[rocket::async_test]
async fn q03_a_browser_that_keeps_nothing_stops_at_the_callback() {
    let bench = Bench::storefront().await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/profile").await;
    browser.jar = Jar::default();
    let answer = browser.open(callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"));
}

#[rocket::async_test]
async fn q01_a_tenant_that_is_down_stops_the_browser_at_a_page() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    tenant.faults().on(Endpoint::Discovery).fault(Fault::Reset);
    let app = Bench::another_probe_app(&tenant, |figment| figment).await;
    for page in ["/known", "/orders", "/userinfo", "/logto/sign-in", "/logto/sign-up"] {
        let (answer, hops) = logto_tests::Browser::new(&app).follow(page).await;
        assert_eq!((answer.status, answer.code().as_str()), (503, "logto_unavailable"), "{page}");
        assert!(hops <= 2, "{page}: {hops} hops");
    }
}

/// A session whose grant is gone right after sign-in, and again after the next one.
#[rocket::async_test]
async fn q01_a_grant_that_dies_at_once_does_not_loop() {
    let bench = Bench::probe_app().await;
    let mut browser = bench.signed_in("alice").await;
    bench.tenant.users().revoke_everything("alice").unwrap();
    let answer = browser.open("/orders").await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(answer.header("location").is_none() && browser.jar.session().is_empty());
    let (answer, _) = browser.follow("/orders").await;
    assert!(answer.location().starts_with(bench.tenant.endpoint()), "the next try is a sign-in");
}

#[rocket::async_test]
async fn q01_a_permission_that_is_missing_is_a_page_and_no_redirect() {
    let bench = Bench::probe_app().await;
    let (answer, hops) = bench.signed_in("bob").await.follow("/orders").await;
    assert_eq!((answer.status, answer.code().as_str(), hops), (403, "insufficient_scope", 0));
}

/// Goes where it is sent, and signs in at Logto whenever it gets there. Something happens to its cookies before
/// each request. Returns where it comes to rest, and after how many redirects of the application.
async fn wander(bench: &Bench, spoil: impl Fn(&mut Jar)) -> (Answer, usize) {
    let mut browser = bench.signed_in("alice").await;
    browser.jar.0.retain(|name, _| !name.ends_with("_redirect_loop"));
    let mut next = "/known".to_owned();
    for hops in 0..=5 {
        spoil(&mut browser.jar);
        let answer = browser.open(&next).await;
        let Some(to) = answer.header("location").map(str::to_owned) else { return (answer, hops) };
        next = if to.starts_with('/') {
            to
        } else {
            path_of(&bench.tenant.sign_in(Url::parse(&to).unwrap(), "alice").await.unwrap())
        };
    }
    panic!("more than five redirects");
}

#[rocket::async_test]
async fn q01_whatever_happens_to_cookies_again_and_again_a_browser_comes_to_rest() {
    fn each_session_cookie(jar: &mut Jar, change: impl Fn(&str) -> String) {
        for (name, value) in jar.session() {
            jar.0.insert(name, change(&value));
        }
    }
    fn without(jar: &mut Jar, names: impl IntoIterator<Item = String>) {
        names.into_iter().for_each(|name| drop(jar.0.remove(&name)));
    }
    type Spoiler = fn(&mut Jar);
    let lost = (401, "session_cookie_lost");
    let spoilers: [(&str, (u16, &str), Spoiler); 9] = [
        ("flipped", lost, |jar| {
            each_session_cookie(jar, |value| {
                let (half, rest) = value.split_at(value.len() / 2);
                let flipped = if rest.starts_with('A') { 'B' } else { 'A' };
                format!("{half}{flipped}{}", &rest[1..])
            });
        }),
        ("cut", lost, |jar| each_session_cookie(jar, |value| value[..10].to_owned())),
        ("emptied", lost, |jar| each_session_cookie(jar, |_| String::new())),
        ("quoted", lost, |jar| each_session_cookie(jar, |value| format!("\"{value}\""))),
        ("dropped", lost, |jar| without(jar, jar.session().into_keys().collect::<Vec<_>>())),
        ("renamed", lost, |jar| {
            for (name, value) in jar.session() {
                jar.0.remove(&name);
                jar.0.insert(format!("{name}9"), value);
            }
        }),
        ("pending sign-ins dropped", (200, ""), |jar| {
            without(jar, jar.pending_sign_ins().into_keys().collect::<Vec<_>>())
        }),
        ("all dropped", (400, "callback_unknown_state"), |jar| jar.0.clear()),
        ("junk beside it", (200, ""), |jar| {
            let name = jar.session().into_keys().next();
            jar.0.extend(name.map(|name| (format!("{name}.7"), "junk".to_owned())));
        }),
    ];
    for (what, (status, code), spoil) in spoilers {
        let bench = Bench::probe_app().await;
        let (answer, hops) = wander(&bench, spoil).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{what}: {answer:?}");
        assert!(hops <= 5, "{what}: {hops}");
        assert!(status != 200 || answer.body == ALICE, "{what}: {answer:?}");
    }
}

/// The same once: then a sign-in puts it right, without a word to the person.
#[rocket::async_test]
async fn q01_what_has_happened_to_cookies_once_is_put_right_by_one_sign_in() {
    type Spoiler = fn(&str) -> String;
    let spoilers: [(&str, Spoiler); 4] = [
        ("cut", |value| value[..10].to_owned()),
        ("emptied", |_| String::new()),
        ("of another key", |value| value.chars().rev().collect()),
        ("doubled", |value| format!("{value}{value}")),
    ];
    for (what, spoil) in spoilers {
        let bench = Bench::probe_app().await;
        let spoilt = std::sync::atomic::AtomicBool::new(false);
        let (answer, hops) = wander(&bench, |jar| {
            if !spoilt.swap(true, std::sync::atomic::Ordering::Relaxed) {
                for (name, value) in jar.session() {
                    jar.0.insert(name, spoil(&value));
                }
            }
        })
        .await;
        assert_eq!((answer.status, answer.body.as_str(), hops), (200, ALICE, 3), "{what}: {answer:?}");
    }
}

/// A probe application with its sessions in `store`, and what it shares.
async fn at_hand(store: &'static str) -> (Bench, Logto) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let taken = Arc::new(OnceLock::new());
    let place = Arc::clone(&taken);
    let take = AdHoc::on_liftoff("take the state along", move |rocket| {
        let _ = place.set(rocket.state::<Logto>().cloned());
        Box::pin(async {})
    });
    let keep = |figment: Figment| figment.merge(("logto.session_store", store));
    let app = App::serve(Bench::rocket(&tenant, Logto::fairing(), keep).attach(take)).await;
    let logto = taken.get().cloned().flatten().unwrap();
    (Bench { tenant, app }.warm().await, logto)
}

/// A session that works, and is ended from elsewhere within the half minute after its sign-in.
#[rocket::async_test]
async fn field_18_a_session_that_was_ended_elsewhere_after_it_worked_leads_to_sign_in() {
    for store in ["cookie", "memory"] {
        for seen_at in ["/known", "/open", "/orders"] {
            let (bench, logto) = at_hand(store).await;
            let mut alice = bench.signed_in("alice").await;
            assert_eq!(alice.open(seen_at).await.status, 200);
            logto.end_sessions_of(ALICE).await.unwrap();
            let answer = alice.open("/known").await;
            assert_eq!(answer.status, 303, "{store} {seen_at}: {answer:?}");
            assert!(answer.location().starts_with("/logto/sign-in?"), "{answer:?}");
        }
    }
}

/// The same before anything has asked for the session: whatever is said, it is not that cookies are switched off.
#[rocket::async_test]
async fn field_18_a_session_that_was_ended_before_it_was_used_is_not_said_to_be_lost() {
    for store in ["cookie", "memory"] {
        let (bench, logto) = at_hand(store).await;
        let mut alice = bench.signed_in("alice").await;
        logto.end_sessions_of(ALICE).await.unwrap();
        let answer = alice.open("/known").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "session_ended_at_once"), "{store}");
        assert!(!answer.body.to_lowercase().contains("cookie"), "{store}: {answer:?}");
        assert_eq!(alice.open("/known").await.status, 303, "{store}: the next try is the person's own");
    }
}

/// The mark loses its meaning with the first answer that saw the session, and is not written again.
#[rocket::async_test]
async fn field_18_the_mark_is_taken_back_once() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.signed_in("alice").await;
    let mark = |jar: &Jar| {
        jar.0.iter().find(|(name, _)| name.ends_with("_redirect_loop")).map(|(_, value)| value.clone())
    };
    assert_eq!(mark(&alice.jar).as_deref(), Some("1"));
    alice.open("/plain").await;
    assert_eq!(mark(&alice.jar).as_deref(), Some("1"), "nothing has looked at the session");
    assert_eq!(alice.fetch("/known").await.cookies().len(), 1);
    assert_eq!(mark(&alice.jar).as_deref(), Some("0"));
    assert!(alice.fetch("/known").await.cookies().is_empty());
    // The next sign-in sets it anew.
    alice.sign_in(&bench.tenant, "alice").await;
    assert_eq!(mark(&alice.jar).as_deref(), Some("1"));
}
