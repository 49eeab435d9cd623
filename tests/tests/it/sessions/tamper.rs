//! Cookies that are not as the application wrote them.

use logto_dev::recorded::ALICE;
use logto_tests::{Ask, Bench, Browser, Jar};

/// Demands that the browser counts as nobody, and that its useless cookies are expired in the same answer.
async fn is_nobody(mut browser: Browser, what: &str) {
    let had_session = !browser.jar.session().is_empty();
    let answer = browser.open("/open").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"), "{what}");
    assert!(browser.jar.session().is_empty(), "{what}: {:?}", browser.jar);
    assert_eq!(had_session, !answer.cookies().is_empty(), "{what}: {answer:?}");
}

fn with_value(browser: &Browser, change: impl Fn(&str) -> String) -> Browser {
    let mut changed = browser.clone();
    for (name, value) in browser.jar.session() {
        changed.jar.0.insert(name, change(&value));
    }
    changed
}

#[rocket::async_test]
async fn g01_a_flipped_character_or_a_cut_ends_the_session() {
    let bench = Bench::probe_app().await;
    let browser = bench.signed_in("alice").await;
    let length = browser.jar.session().values().next().unwrap().len();
    for place in (0..length).step_by(23).chain([0, 1, 8, 9, 10, length - 1]) {
        let flipped = with_value(&browser, |value| {
            let mut bytes = value.as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        });
        if flipped.jar != browser.jar && place > 10 {
            is_nobody(flipped, &format!("character {place}")).await;
        } else {
            // The tag of the write and the count are no secrets; whatever they say, nothing may break.
            let mut flipped = flipped;
            assert_eq!(flipped.open("/open").await.status, 200, "character {place}");
        }
    }
    for cut in [0, 1, 5, 10, 11, 12, 40, length / 2, length - 1] {
        is_nobody(with_value(&browser, |value| value[..cut].to_owned()), &format!("cut to {cut}")).await;
    }
    let mut whole = browser;
    assert_eq!(whole.open("/open").await.body, ALICE);
}

#[rocket::async_test]
async fn g02_a_value_opens_only_under_its_own_name_and_purpose() {
    let bench = Bench::probe_app().await;
    let browser = bench.signed_in("alice").await;
    let (name, session) = browser.jar.session().pop_first().unwrap();
    // A session as a pending sign-in: the name that belongs to some state.
    let mut confused = bench.browser();
    let callback = confused.callback(&bench.tenant, "bob", "").await;
    let (pending_name, pending) = confused.jar.pending_sign_ins().pop_first().unwrap();
    for value in [session.clone(), session.splitn(3, '.').last().unwrap().to_owned()] {
        let mut tried = bench.browser().holding(Jar([(pending_name.clone(), value)].into()));
        assert_eq!(tried.open(&callback).await.status, 400);
        assert!(tried.jar.session().is_empty());
    }
    // A pending sign-in as a session.
    for value in [pending.clone(), format!("AAAAAAAA.1.{pending}")] {
        let tried = bench.browser().holding(Jar([(name.clone(), value)].into()));
        is_nobody(tried, "a pending sign-in as a session").await;
    }
    // A session under names that nobody gave it.
    let base = name.split('.').next().unwrap();
    for other in [format!("{base}.1"), format!("{base}.3")] {
        let tried = bench.browser().holding(Jar([(other, session.clone())].into()));
        is_nobody(tried, "another index").await;
    }
}

#[rocket::async_test]
async fn g02_a_session_of_another_application_or_origin_is_nobodys() {
    use logto_dev::recorded::ROCKET_APP_PLAIN;
    let bench = Bench::probe_app_with(super::keyed(&[super::KEY])).await;
    let browser = bench.signed_in("alice").await;
    let (name, value) = browser.jar.session().pop_first().unwrap();
    let plain = Bench::another_probe_app(&bench.tenant, |figment| {
        super::keyed(&[super::KEY])(figment).merge(("logto.app_id", ROCKET_APP_PLAIN.id))
    })
    .await;
    let elsewhere = Bench::another_probe_app(&bench.tenant, |figment| {
        super::keyed(&[super::KEY])(figment).merge(("logto.public_url", "http://localhost:9000"))
    })
    .await;
    for (app, host) in [(&plain, "localhost:8000"), (&elsewhere, "localhost:9000")] {
        // Under its own name it is not even looked at; under the other application's it does not open.
        let mut tried = Browser::new(app).holding(browser.jar.clone());
        assert_eq!(tried.open("/open").await.body, "nobody");
        let mut theirs = Browser::new(app).under(host);
        theirs.begin("").await;
        let pending = theirs.jar.pending_sign_ins().pop_first().unwrap().0;
        let base = pending.split("_sign_in_").next().unwrap();
        assert_ne!(Some(base), name.split('.').next(), "the names differ");
        let tried = Browser::new(app).holding(Jar([(format!("{base}.0"), value.clone())].into()));
        is_nobody(tried, base).await;
    }
}

/// g11, g15: whatever else lies in the jar, of this host's other applications or of an attacker's sub-domain.
#[rocket::async_test]
async fn g11_g15_other_cookies_are_read_around() {
    let bench = Bench::probe_app().await;
    let browser = bench.signed_in("alice").await;
    let (name, value) = browser.jar.session().pop_first().unwrap();
    let base = name.split('.').next().unwrap();
    let good = format!("{name}={value}");
    for header in [
        format!("_logto={{\"appId\":\"x\",\"a\":1}}; _session=abc; {good}"),
        format!("{name}=planted; {good}"),
        format!("{good}; {name}=planted"),
        format!("{name}=AAAAAAAA.1.planted; {good}; {name}=AAAAAAAA.1.{}", "A".repeat(300)),
        format!("{base}.9=x; {base}.x=y; {base}.=; {base}.-1=a.1.b; =; ;; a; {good}"),
        format!("\"quoted\"=\"va;lue\"; {good}"),
        format!("{}{good}", (0..300).map(|n| format!("c{n}=v; ")).collect::<String>()),
        format!("{good}; junk={}", "x".repeat(8_000)),
    ] {
        let answer = bench.call(Ask::get("/open").header("cookie", &header)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{header:.120}");
    }
    // In two headers, as HTTP/2 gateways split them.
    let split = Ask::get("/open").header("cookie", "a=b").header("cookie", &good);
    assert_eq!(bench.call(split).await.body, ALICE);
    for junk in [
        "=".repeat(100),
        ";".repeat(5_000),
        format!("{base}.0=a.99999999999999999999.b"),
        format!("{base}.0=.1."),
    ] {
        let answer = bench.call(Ask::get("/open").header("cookie", &junk)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"), "{junk:.60}");
    }
    let answer = bench.call(Ask::get("/open").header("cookie", &b"\xff\xfe=\x80; a=b"[..])).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"));
}

#[rocket::async_test]
async fn g11_a_flood_of_session_cookies_is_bounded() {
    let bench = Bench::probe_app().await;
    let (name, _) = bench.signed_in("alice").await.jar.session().pop_first().unwrap();
    let base = name.split('.').next().unwrap();
    let flood: String = (0..500).map(|n| format!("{base}.{n}=AAAA.4.AAAA; ")).collect();
    let answer = bench.call(Ask::get("/open").header("cookie", &flood)).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"));
    assert!(answer.cookies().len() <= 64, "{}", answer.cookies().len());
}

#[rocket::async_test]
async fn g06_a_session_of_the_future_or_of_an_unknown_format_is_nobodys() {
    let bench = Bench::probe_app_in_cookies().await;
    bench.tenant.clock().advance(std::time::Duration::from_secs(7200));
    let browser = bench.signed_in("alice").await;
    bench.tenant.clock().turn_back(std::time::Duration::from_secs(7200));
    let mut early = browser;
    assert_eq!(early.open("/open").await.body, "nobody", "from the future");
    // A clock that is put right again finds everybody where they were.
    bench.tenant.clock().advance(std::time::Duration::from_secs(7200));
    assert_eq!(early.open("/open").await.body, ALICE);
    let browser = bench.signed_in("alice").await;
    let other_version = with_value(&browser, |value| {
        let (head, sealed) = value.rsplit_once('.').unwrap();
        format!("{head}._w{}", &sealed[2..])
    });
    is_nobody(other_version, "version 255").await;
}

/// A sub-domain can plant a cookie of the same name, and browsers send both, in an order of their own.
#[rocket::async_test]
async fn g11_of_two_ids_of_stored_sessions_the_one_that_leads_somewhere_counts() {
    let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", "memory"))).await;
    let mut browser = bench.signed_in("alice").await;
    let (name, good) = browser.jar.session().pop_first().unwrap();
    assert!(name.ends_with(".id"), "{name}");
    let other = "A".repeat(good.len());
    let mut gone = bench.signed_in("bob").await;
    let ended = gone.jar.session()[&name].clone();
    gone.submit("/logto/sign-out").await;
    let ask = |ids: &[&str]| {
        let pairs: Vec<String> = ids.iter().map(|id| format!("{name}={id}")).collect();
        Ask::get("/open").header("cookie", pairs.join("; "))
    };
    for planted in [other.as_str(), ended.as_str(), "no id at all", ""] {
        for ids in [[planted, &good], [&good, planted]] {
            let answer = bench.call(ask(&ids)).await;
            assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{ids:?}");
            assert!(answer.cookies().is_empty(), "{ids:?}: {answer:?}");
        }
    }
    for ids in [[&*other, &*ended], [&*other, &*other]] {
        let answer = bench.call(ask(&ids)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "nobody"), "{ids:?}");
    }
    assert_eq!(browser.open("/open").await.body, ALICE, "none of that has ended it");
}
