//! `on_sign_in`: it admits, leads elsewhere, refuses, or fails.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use logto_dev::recorded::{ALICE, BOB};
use logto_dev::{Endpoint, Tenant};
use logto_rocket::{AuthFailure, Denied, Logto, SignedIn, User, Welcome};
use logto_tests::{Answer, App, Ask, Bench, SharedStore, Trouble};
use rocket::http::Status;
use rocket::{Request, State, catch, catchers};

use super::{Calls, bench, bench_with};

const WORDS: &str = "Bob & company <b>may</b> not come in.";

/// Reaches Rocket state by a guard, over an `.await`, as an application does.
async fn provision(user: &SignedIn<'_>, request: &Request<'_>) -> Result<Welcome, Denied> {
    let calls = request.guard::<&State<Calls>>().await.succeeded().ok_or(std::fmt::Error)?;
    let name = user.claims().username.clone().unwrap_or_default();
    calls.note(format!("{name} to {} from {:?}", user.return_to(), user.previous_subject()));
    match user.subject() {
        ALICE => Ok(Welcome::back()),
        BOB => Err(Denied::because(WORDS)),
        _ => Ok(Welcome::to("/plain?first=1")),
    }
}

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (403, "not_admitted"), "{what}: {answer:?}");
    assert!(answer.body.contains("Bob &amp; company &lt;b&gt;may&lt;/b&gt; not"), "{what}: {answer:?}");
    assert!(answer.body.contains("action=\"/logto/sign-out\""), "{what}: {answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
}

#[rocket::async_test]
async fn a_hook_learns_who_comes_and_says_where_they_go() {
    let calls = Calls::default();
    let bench = bench(&calls, |fairing| fairing.on_sign_in(provision)).await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known?x=1").await;
    assert_eq!(calls.count(), 0, "nobody is asked before the code is redeemed");
    assert_eq!(alice.open(callback).await.location(), "/known?x=1");
    assert_eq!(alice.open("/known").await.body, ALICE);
    assert_eq!(calls.take(), ["alice to /known?x=1 from None"]);

    let callback = alice.callback(&bench.tenant, "carol", "/known").await;
    assert_eq!(alice.open(callback).await.location(), "/plain?first=1");
    assert_eq!(alice.fetch("/known").await.status, 200, "she is signed in all the same");
    assert_eq!(calls.take(), [format!("carol to /known from {:?}", Some(ALICE))]);
}

#[rocket::async_test]
async fn a_refused_user_has_no_session_and_reads_why() {
    for store in ["cookie", "memory"] {
        let calls = Calls::default();
        let hooks = |fairing: logto_rocket::LogtoFairing| fairing.on_sign_in(provision);
        let bench = bench_with(&calls, hooks, |figment| figment.merge(("logto.session_store", store))).await;
        let mut bob = bench.browser();
        let callback = bob.callback(&bench.tenant, "bob", "/known").await;
        assert_refused(&bob.open(&callback).await, store);
        assert!(bob.jar.session().is_empty() && bob.jar.pending_sign_ins().is_empty(), "{store}");
        assert_eq!(bob.fetch("/known").await.status, 401, "{store}");
        let revoked = bench.tenant.journal().of(Endpoint::Revocation);
        assert_eq!(revoked.len(), 1, "{store}: the grant ends at Logto");
        assert_eq!(revoked[0].param("token_type_hint"), Some("refresh_token"), "{store}");

        // The same callback again, and another sign-in: refused each time, with one call each.
        let again = bob.open(&callback).await;
        assert_eq!((again.status, again.code().as_str()), (400, "callback_unknown_state"), "{store}");
        let callback = bob.callback(&bench.tenant, "bob", "/known").await;
        assert_refused(&bob.open(callback).await, store);
        assert_eq!(calls.take().len(), 2, "{store}");
        assert!(bob.jar.session().is_empty(), "{store}");
    }
}

/// A double click sends the callback twice before the first response comes.
#[rocket::async_test]
async fn callbacks_at_the_same_time_share_one_decision() {
    let calls = Calls::default();
    let bench = bench(&calls, |fairing| fairing.on_sign_in(provision)).await;
    let mut bob = bench.browser();
    let callback = bob.callback(&bench.tenant, "bob", "/known").await;
    let mut twin = bob.clone();
    let (first, second) = rocket::tokio::join!(bob.open(&callback), twin.open(&callback));
    assert_refused(&first, "first");
    assert_refused(&second, "second");
    assert_eq!((calls.take().len(), bench.count(Endpoint::Revocation)), (1, 1));

    let mut carol = bench.browser();
    let callback = carol.callback(&bench.tenant, "carol", "/known").await;
    let mut twin = carol.clone();
    let (first, second) = rocket::tokio::join!(carol.open(&callback), twin.open(&callback));
    assert_eq!((first.location(), second.location()), ("/plain?first=1", "/plain?first=1"));
    assert_eq!(calls.take().len(), 1);
    assert_eq!(bench.grants("authorization_code").len(), 2, "one for each of the two users");
}

#[catch(401)]
fn unauthorized(request: &Request<'_>) -> String {
    AuthFailure::of(request).map_or_else(|| "no guard".to_owned(), |failure| failure.code().to_owned())
}

/// A guard that a hook runs is the hook's business: its refusal is not that of the callback.
#[rocket::async_test]
async fn a_guard_in_a_hook_does_not_answer_for_the_hook() {
    let hook = async |_: &SignedIn<'_>, request: &Request<'_>| match request.guard::<User>().await {
        rocket::outcome::Outcome::Success(_) => Ok(Welcome::back()),
        _ => Err(Denied::new(Status::Unauthorized).with_words(WORDS)),
    };
    for to_catchers in [false, true] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let fairing = Logto::fairing().on_sign_in(hook).refusals_to_catchers(to_catchers);
        let rocket = Bench::rocket(&tenant, fairing, |figment| figment);
        let app = App::serve(rocket.register("/", catchers![unauthorized])).await;
        let bench = Bench { tenant, app }.warm().await;
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", "/known").await;
        let answer = alice.open(callback).await;
        assert_eq!((answer.status, answer.header("location")), (401, None), "{to_catchers}: {answer:?}");
        let expected = if to_catchers { "no guard" } else { "Bob &amp; company" };
        assert!(answer.body.contains(expected), "{to_catchers}: {answer:?}");
    }
}

/// The session that somebody else has in this browser is none of the refused user's business; their own is.
#[rocket::async_test]
async fn a_refusal_ends_the_users_own_session_and_nobody_elses() {
    let calls = Calls::default();
    let refuses = Arc::new(AtomicU8::new(0));
    let decides = Arc::clone(&refuses);
    let hook = async move |user: &SignedIn<'_>, _: &Request<'_>| match decides.load(Ordering::Relaxed) {
        1 => Err(Denied::because(format!("{} left the company", user.subject()))),
        _ => Ok(Welcome::back()),
    };
    let bench = bench(&calls, |fairing| fairing.on_sign_in(hook)).await;
    let mut browser = bench.signed_in("alice").await;
    refuses.store(1, Ordering::Relaxed);
    let callback = browser.callback(&bench.tenant, "bob", "/known").await;
    assert_eq!(browser.open(callback).await.status, 403);
    assert_eq!(browser.open("/known").await.body, ALICE, "her session goes on");
    assert_eq!(browser.fetch("/token").await.status, 200, "and so does her grant");

    let mut copy = browser.clone();
    let callback = browser.callback(&bench.tenant, "alice", "/known").await;
    assert_eq!(browser.open(callback).await.status, 403);
    assert!(browser.jar.session().is_empty());
    assert_eq!(copy.fetch("/known").await.status, 401, "the session has ended for its copies too");
}

#[rocket::async_test]
async fn a_refusal_has_the_status_and_the_page_that_the_hook_chose() {
    let calls = Calls::default();
    let hook = async |user: &SignedIn<'_>, _: &Request<'_>| {
        Err(match user.return_to() {
            "/1" => Denied::new(Status::PaymentRequired).with_redirect("/plain?pay"),
            "/2" => Denied::new(Status::NotFound),
            "/3" => Denied::because("no").with_redirect("https://evil.example/"),
            "/4" => Denied::because("no").with_redirect("/logto/sign-out"),
            "/5" => Denied::new(Status::Unauthorized),
            _ => Denied::new(Status::Ok),
        })
    };
    let bench = bench(&calls, |fairing| fairing.on_sign_in(hook)).await;
    let mut bob = bench.browser();
    let callback = bob.callback(&bench.tenant, "bob", "/1").await;
    let mut program = bob.clone();
    let answer = bob.open(&callback).await;
    assert_eq!(answer.location(), "/plain?pay");
    let answer = program.send(Ask::get(&callback).header("accept", "application/json")).await;
    assert_eq!((answer.status, answer.code().as_str()), (402, "not_admitted"), "{answer:?}");
    assert_eq!(answer.json()["status"], 402);
    for (return_to, status) in [("/2", 404), ("/3", 403), ("/4", 403), ("/5", 401), ("/6", 403)] {
        let callback = bob.callback(&bench.tenant, "bob", return_to).await;
        let answer = bob.open(callback).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, "not_admitted"),
            "{return_to}: {answer:?}"
        );
        assert_eq!(answer.header("location"), None, "{return_to}");
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{return_to}");
        assert!(bob.jar.session().is_empty(), "{return_to}");
    }
}

#[rocket::async_test]
async fn q01_a_refusal_that_leads_to_a_guarded_page_is_no_loop() {
    let calls = Calls::default();
    let hook = async |_: &SignedIn<'_>, _: &Request<'_>| Err(Denied::default().with_redirect("/known"));
    let bench = bench(&calls, |fairing| fairing.on_sign_in(hook)).await;
    let mut bob = bench.browser();
    let callback = bob.callback(&bench.tenant, "bob", "/1").await;
    assert_eq!(bob.open(callback).await.location(), "/known");
    let answer = bob.open("/known").await;
    assert_eq!((answer.status, answer.header("location")), (401, None), "{answer:?}");
}

#[rocket::async_test]
async fn l01_a_hook_leads_to_no_other_site() {
    let calls = Calls::default();
    let hook = async |user: &SignedIn<'_>, _: &Request<'_>| {
        Ok(match user.return_to() {
            "/1" => Welcome::to("https://evil.example/"),
            "/2" => Welcome::to("//evil.example"),
            "/3" => Welcome::to("/\\evil.example"),
            "/4" => Welcome::to("/logto/sign-out"),
            _ => Welcome::to(""),
        })
    };
    let bench = bench(&calls, |fairing| fairing.on_sign_in(hook)).await;
    for return_to in ["/1", "/2", "/3", "/4", "/5"] {
        let mut alice = bench.browser();
        let callback = alice.callback(&bench.tenant, "alice", return_to).await;
        assert_eq!(alice.open(callback).await.location(), return_to);
    }
}

fn assert_undecided(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (503, "admission_undecided"), "{what}: {answer:?}");
    assert!(answer.header("retry-after").is_some(), "{what}: {answer:?}");
    assert!(answer.body.contains("href=\"\""), "{what}: a way to repeat it: {answer:?}");
    assert!(!answer.body.contains("hush"), "{what}: the cause is for the log: {answer:?}");
}

/// A hook that panics, fails or never returns is a 503, and the same callback succeeds once it works again.
#[rocket::async_test]
async fn a_hook_that_fails_loses_nothing() {
    for store in ["cookie", "memory"] {
        let calls = Calls::default();
        let trouble = Arc::new(AtomicU8::new(0));
        let has_trouble = Arc::clone(&trouble);
        let hook = async move |_: &SignedIn<'_>, request: &Request<'_>| {
            request.rocket().state::<Calls>().ok_or(std::fmt::Error)?.note("asked");
            match has_trouble.load(Ordering::Relaxed) {
                1 => panic!("hush"),
                2 => Err(std::io::Error::other("hush: the database is down"))?,
                3 => pending().await,
                4 => Err(Denied::new(Status::ServiceUnavailable).with_redirect("/plain")),
                5 => Err(Denied::unavailable("hush").with_words("The customer database is being moved.")),
                _ => Ok(Welcome::back()),
            }
        };
        let hooks = |fairing: logto_rocket::LogtoFairing| fairing.on_sign_in(hook);
        let bench = bench_with(&calls, hooks, |figment| {
            figment.merge(("logto.hook_timeout", "50ms")).merge(("logto.session_store", store))
        })
        .await;
        for kind in 1..=5 {
            let what = format!("{store}, {kind}");
            let mut browser = bench.signed_in("bob").await;
            let before = (browser.jar.session(), bench.grants("authorization_code").len());
            calls.take();
            let callback = browser.callback(&bench.tenant, "alice", "/known").await;
            trouble.store(kind, Ordering::Relaxed);
            for _ in 0..2 {
                let answer = browser.open(&callback).await;
                assert_undecided(&answer, &what);
                assert_eq!(answer.body.contains("being moved"), kind == 5, "{what}");
            }
            assert_eq!(browser.jar.session(), before.0, "{what}");
            assert_eq!(browser.open("/known").await.body, BOB, "{what}: the session of before goes on");
            trouble.store(0, Ordering::Relaxed);
            assert_eq!(browser.open(&callback).await.location(), "/known", "{what}");
            assert_eq!(browser.open("/known").await.body, ALICE, "{what}");
            assert_eq!(calls.take().len(), 3, "{what}");
            assert_eq!(
                bench.grants("authorization_code").len(),
                before.1 + 1,
                "{what}: the code is spent once"
            );
            assert_eq!(
                bench.count(Endpoint::Revocation),
                usize::from(kind - 1),
                "{what}: bob's alone is revoked"
            );
            bench.browser().at(&bench.app).holding(browser.jar.clone()).submit("/logto/sign-out").await;
        }
    }
}

/// The store fails after the hook has admitted the user: it is not asked again.
#[rocket::async_test]
async fn a_hook_is_asked_once_where_the_store_fails_after_it() {
    let (calls, store) = (Calls::default(), SharedStore::new());
    let tenant = Tenant::recorded().start().await.unwrap();
    let fails = store.clone();
    let hook = async move |_: &SignedIn<'_>, request: &Request<'_>| {
        request.rocket().state::<Calls>().ok_or(std::fmt::Error)?.note("asked");
        fails.trouble(Trouble::Down);
        Ok(Welcome::to("/plain"))
    };
    let fairing = Logto::fairing().session_store(store.clone()).on_sign_in(hook);
    let app = App::serve(Bench::rocket(&tenant, fairing, |figment| figment).manage(calls.clone())).await;
    let bench = Bench { tenant, app }.warm().await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    let answer = alice.open(&callback).await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "store_unavailable"), "{answer:?}");
    store.trouble(None);
    assert_eq!(alice.open(&callback).await.location(), "/plain", "what it had said counts");
    assert_eq!(alice.fetch("/known").await.body, ALICE);
    assert_eq!((calls.take().len(), bench.grants("authorization_code").len()), (1, 1));
}

#[rocket::async_test]
async fn several_hooks_are_asked_in_order_and_the_first_refusal_counts() {
    let calls = Calls::default();
    let bench = bench(&calls, |fairing| {
        fairing
            .on_sign_in(async |_, request| {
                request.rocket().state::<Calls>().ok_or(std::fmt::Error)?.note("first");
                Ok(Welcome::back())
            })
            .on_sign_in(async |user, request| {
                request.rocket().state::<Calls>().ok_or(std::fmt::Error)?.note("second");
                if user.subject() == BOB { Err(Denied::because("no")) } else { Ok(Welcome::to("/plain?2")) }
            })
            .on_sign_in(async |_, request| {
                request.rocket().state::<Calls>().ok_or(std::fmt::Error)?.note("third");
                Ok(Welcome::to("/plain?3"))
            })
    })
    .await;
    let mut browser = bench.browser();
    let callback = browser.callback(&bench.tenant, "alice", "/known").await;
    assert_eq!(browser.open(callback).await.location(), "/plain?2");
    assert_eq!(calls.take(), ["first", "second", "third"]);
    let callback = browser.callback(&bench.tenant, "bob", "/known").await;
    assert_eq!(browser.open(callback).await.status, 403);
    assert_eq!(calls.take(), ["first", "second"]);
}
