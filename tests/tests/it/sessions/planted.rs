//! What another host of the same site, or another port of the same machine, can put into the `Cookie` header.

use logto_dev::Tenant;
use logto_dev::recorded::{ALICE, BOB, ROCKET_APP};
use logto_tests::{Answer, Ask, Bench, Browser, Jar};

const SECURE: &str = "https://shop.example.com";

/// What Unicode calls white space, and what some parsers take off besides. RFC 6265bis trims space and tab alone.
const NOT_TRIMMED: &[&str] = &[
    "\u{85}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{2003}", "\u{2009}", "\u{200a}", "\u{2028}", "\u{2029}",
    "\u{202f}", "\u{205f}", "\u{3000}", "\u{feff}", "\u{200b}",
];

async fn over_https(store: &'static str) -> Bench {
    let tenant = Tenant::recorded()
        .application_redirect(ROCKET_APP.id, format!("{SECURE}/logto/callback"), format!("{SECURE}/"))
        .start()
        .await
        .unwrap();
    Bench::probe_app_of(tenant, |figment| {
        figment.merge(("logto.public_url", SECURE)).merge(("logto.session_store", store))
    })
    .await
}

async fn signed_in(bench: &Bench, user: &str) -> Browser {
    let mut browser = bench.browser().under("shop.example.com");
    browser.sign_in(&bench.tenant, user).await;
    browser
}

/// Each cookie of a jar as somebody else could set it: `disguise` makes the pair of a name and a value.
fn disguised(jar: &Jar, disguise: impl Fn(&str, &str) -> String) -> String {
    let pairs: Vec<String> = jar.0.iter().map(|(name, value)| disguise(name, value)).collect();
    pairs.join("; ")
}

/// Every way to write a cookie that a browser takes from another host, and that is nearly one of ours.
fn disguises(jar: &Jar) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for space in NOT_TRIMMED {
        all.push((
            format!("{space:?} before"),
            disguised(jar, |name, value| format!("{space}{name}={value}")),
        ));
        all.push((
            format!("{space:?} behind"),
            disguised(jar, |name, value| format!("{name}{space}={value}")),
        ));
    }
    let encoded = |name: &str, value: &str| format!("{}={value}", name.replace('_', "%5F"));
    all.push(("encoded".to_owned(), disguised(jar, encoded)));
    let encoded = |name: &str, value: &str| format!("%20{name}={value}");
    all.push(("an encoded space before".to_owned(), disguised(jar, encoded)));
    let lower = |name: &str, value: &str| format!("{}={value}", name.replace("__Host-", "__host-"));
    all.push(("__host-".to_owned(), disguised(jar, lower)));
    let upper = |name: &str, value: &str| format!("{}={value}", name.replace("__Host-", "__HOST-"));
    all.push(("__HOST-".to_owned(), disguised(jar, upper)));
    let secure = |name: &str, value: &str| format!("{}={value}", name.replace("__Host-", "__Secure-"));
    all.push(("__Secure-".to_owned(), disguised(jar, secure)));
    let bare = |name: &str, value: &str| format!("{}={value}", name.replace("__Host-", ""));
    all.push(("without a prefix".to_owned(), disguised(jar, bare)));
    all.push(("nameless".to_owned(), disguised(jar, |name, value| format!("={name}={value}"))));
    all.push(("quoted".to_owned(), disguised(jar, |name, value| format!("\"{name}={value}\""))));
    all.push(("a comma before".to_owned(), disguised(jar, |name, value| format!("x=y,{name}={value}"))));
    all.push(("+ before".to_owned(), disguised(jar, |name, value| format!("+{name}={value}"))));
    all
}

async fn open(bench: &Bench, path: &str, cookies: &str) -> Answer {
    let ask = Ask::get(path).navigation().header("cookie", cookies);
    bench.browser().under("shop.example.com").send(ask).await
}

#[rocket::async_test]
async fn field_01_no_session_is_planted_from_another_host() {
    for store in ["cookie", "memory"] {
        let bench = over_https(store).await;
        let (alice, bob) = (signed_in(&bench, "alice").await.jar, signed_in(&bench, "bob").await.jar);
        let own = alice.header().unwrap();
        for (what, planted) in disguises(&bob) {
            let what = format!("{store}, {what}");
            assert_eq!(open(&bench, "/open", &planted).await.body, "nobody", "{what}");
            for both in [format!("{planted}; {own}"), format!("{own}; {planted}")] {
                let answer = open(&bench, "/open", &both).await;
                assert_eq!(answer.body, ALICE, "{what}: {answer:?}");
            }
        }
        assert_eq!(open(&bench, "/open", &bob.header().unwrap()).await.body, BOB, "without a disguise");
    }
}

#[rocket::async_test]
async fn field_01_space_and_tab_are_trimmed() {
    let bench = over_https("cookie").await;
    let alice = signed_in(&bench, "alice").await.jar;
    for (before, behind) in [(" ", ""), ("\t", ""), (" \t ", ""), ("", " "), ("", "\t ")] {
        let header = disguised(&alice, |name, value| format!("{before}{name}={value}{behind}"));
        assert_eq!(
            open(&bench, "/open", &format!("a=b;{header}")).await.body,
            ALICE,
            "{before:?} {behind:?}"
        );
    }
}

#[rocket::async_test]
async fn field_01_no_sign_in_is_planted_from_another_host() {
    let bench = over_https("cookie").await;
    let mut mallory = bench.browser().under("shop.example.com");
    let callback = mallory.callback(&bench.tenant, "bob", "/open").await;
    for (what, planted) in disguises(&mallory.jar) {
        let answer = open(&bench, &callback, &planted).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "callback_unknown_state"), "{what}");
        assert!(answer.cookies().is_empty(), "{what}: {answer:?}");
    }
    assert!(bench.grants("authorization_code").is_empty());
    assert_eq!(mallory.open(callback).await.status, 303, "without a disguise");
}

#[rocket::async_test]
async fn field_01_no_mark_against_loops_is_planted_from_another_host() {
    let bench = over_https("cookie").await;
    let mut bob = signed_in(&bench, "bob").await.jar;
    bob.0.retain(|name, _| name.ends_with("_redirect_loop"));
    assert!(!bob.0.is_empty());
    for (what, planted) in disguises(&bob) {
        assert_eq!(open(&bench, "/known", &planted).await.status, 303, "{what}");
    }
}

/// Also where nothing keeps others from using our very names: on `http`, beside another port.
#[rocket::async_test]
async fn field_01_junk_does_not_push_the_session_out() {
    for store in ["cookie", "memory"] {
        let bench = Bench::probe_app_with(|figment| figment.merge(("logto.session_store", store))).await;
        let alice = bench.signed_in("alice").await.jar;
        let (name, _) = alice.session().pop_first().unwrap();
        let base = name.rsplit_once('.').unwrap().0.to_owned();
        let own = alice.header().unwrap();
        let junk = |pair: &dyn Fn(usize) -> String| {
            let pairs: Vec<String> = (0..300).map(pair).collect();
            pairs.join("; ")
        };
        for (what, junk) in [
            ("other names", junk(&|n| format!("{base}.{n}9=x"))),
            ("chunks that are none", junk(&|n| format!("{base}.0=x{n}"))),
            ("chunks of other writes", junk(&|n| format!("{base}.0=t{n}.1.AAAA"))),
            ("halves of other writes", junk(&|n| format!("{base}.{}=t{n}.2.AAAA", n % 2))),
            ("ids that are none", junk(&|n| format!("{base}.id=x{n}"))),
            ("pending sign-ins", junk(&|n| format!("{base}_sign_in_{n}=x"))),
            ("pending sign-ins of one name", junk(&|n| format!("{base}_sign_in_0=x{n}"))),
            ("marks", junk(&|n| format!("{base}_redirect_loop=x{n}"))),
        ] {
            for cookies in [format!("{junk}; {own}"), format!("{own}; {junk}")] {
                let answer = bench.call(Ask::get("/open").header("cookie", &cookies)).await;
                assert_eq!(answer.body, ALICE, "{store}, {what}");
            }
        }
        // Ids that look like ours cost a question to the store each: a few do no harm.
        let ids: Vec<String> = (0..8).map(|n| format!("{base}.id={}", n.to_string().repeat(43))).collect();
        let answer =
            bench.call(Ask::get("/open").header("cookie", format!("{}; {own}", ids.join("; ")))).await;
        assert_eq!(answer.body, ALICE, "{store}");
    }
}

/// What is thrown away at the end is what came along under our names, however much junk stands before it.
#[rocket::async_test]
async fn field_01_junk_does_not_save_a_session_from_sign_out() {
    let bench = Bench::probe_app_in_cookies().await;
    let mut alice = bench.signed_in("alice").await;
    let (name, _) = alice.jar.session().pop_first().unwrap();
    let base = name.rsplit_once('.').unwrap().0.to_owned();
    for n in 0..200 {
        alice.jar.0.insert(format!("{base}.!{n}"), "junk".to_owned());
    }
    alice.submit("/logto/sign-out").await;
    assert!(!alice.jar.0.contains_key(&name), "{:?}", alice.jar);
}

#[rocket::async_test]
async fn field_01_junk_does_not_push_an_attempt_out() {
    let bench = Bench::probe_app().await;
    let mut alice = bench.browser();
    let callback = alice.callback(&bench.tenant, "alice", "/known").await;
    let (name, _) = alice.jar.pending_sign_ins().pop_first().unwrap();
    let base = name.split_once("_sign_in_").unwrap().0.to_owned();
    let junk: Vec<String> = (0..300).map(|n| format!("{base}_sign_in_{n}=x; {name}=y{n}")).collect();
    let cookies = format!("{}; {}", junk.join("; "), alice.jar.header().unwrap());
    let answer = bench.call(Ask::get(callback).navigation().header("cookie", cookies)).await;
    assert_eq!(answer.location(), "/known");
}
