use serde_json::json;

use super::*;
use crate::clock::{Clock, UnixTime};
use crate::session::{TokenTarget, cookie_pairs};
use crate::types::{ResourceIndicator, Scopes, Secret};

fn store() -> SessionCookies {
    let secrets = [Secret::new("a key of at least thirty-two characters!")];
    let keys = Arc::new(KeyRing::new(&secrets, "app", "https://a.example", &Clock::system()).expect("ring"));
    SessionCookies::new(keys, CookieNames::new("app", "https://a.example", true))
}

fn session(filler: usize, token: usize) -> Session {
    let mut session = Session::for_test("my178uc0p45q", UnixTime(1));
    session.refresh_token = Some(Secret::new("r".repeat(43)));
    session.set_claims(json!({"name": "Alice", "filler": "x".repeat(filler)}).as_object().expect("object"));
    session.cache_token(CachedToken {
        target: TokenTarget::resource(ResourceIndicator::new("https://shopping.your-app.com/api")),
        scopes: Scopes::parse("read:orders"),
        expires: UnixTime(3600),
        received: UnixTime(1),
        secret: Some(Secret::new("t".repeat(token))),
        handed_out: true,
    });
    session
}

fn header(cookies: &[SetCookie]) -> String {
    let pairs: Vec<String> = cookies
        .iter()
        .filter_map(|cookie| cookie.value.as_ref().map(|value| format!("{}={value}", cookie.name)))
        .collect();
    pairs.join("; ")
}

fn read(cookies: &SessionCookies, header: &str) -> Option<Arc<Session>> {
    let pairs: Vec<(&str, &str)> = cookie_pairs(header).collect();
    cookies.read(&pairs).map(|opened| opened.session)
}

/// The names of the session cookies that came along.
fn names(cookies: &SessionCookies, header: &str) -> Vec<String> {
    let pairs: Vec<(&str, &str)> = cookie_pairs(header).collect();
    cookies.expire(&cookies.presented(&pairs)).into_iter().map(|cookie| cookie.name).collect()
}

#[test]
fn a_usual_session_fits_into_one_cookie_of_a_kilobyte() {
    let store = store();
    let cookies = store.write(&session(200, 600), &PresentedNames::default()).expect("fits");
    assert_eq!(cookies.len(), 1);
    assert!(cookies[0].name.starts_with("__Host-"), "{}", cookies[0].name);
    let back = read(&store, &header(&cookies)).expect("session");
    assert_eq!(back.refresh_token.as_ref().expect("kept").expose(), "r".repeat(43));

    let mut unasked = session(200, 600);
    unasked.tokens[0].handed_out = false;
    let cookies = store.write(&unasked, &PresentedNames::default()).expect("fits");
    assert!(cookies[0].value.as_ref().expect("value").len() < 1_000, "{cookies:?}");
}

#[test]
fn g08_only_whole_writes_are_read() {
    let store = store();
    let old = store.write(&session(6_000, 0), &PresentedNames::default()).expect("fits");
    let new = store.write(&session(6_001, 0), &PresentedNames::default()).expect("fits");
    assert!(old.len() >= 3);
    assert!(read(&store, &header(&old)).is_some());
    for missing in 0..old.len() {
        let mut gap = old.clone();
        gap.remove(missing);
        assert!(read(&store, &header(&gap)).is_none(), "chunk {missing} missing");
        let mut mixed = old.clone();
        mixed[missing] = new[missing].clone();
        assert!(read(&store, &header(&mixed)).is_none(), "chunk {missing} of another write");
    }
    let mut reordered = old.clone();
    reordered.reverse();
    assert!(read(&store, &header(&reordered)).is_some(), "the order of cookies says nothing");
    let both = format!("{}; {}", header(&old), header(&new));
    assert!(read(&store, &both).is_some(), "of two whole writes one is taken");
}

#[test]
fn g09_a_shrinking_session_removes_its_surplus_cookies() {
    let store = store();
    let large = store.write(&session(6_000, 0), &PresentedNames::default()).expect("fits");
    let header = header(&large);
    let presented = store.presented(&cookie_pairs(&header).collect::<Vec<_>>());
    let small = store.write(&session(10, 0), &presented).expect("fits");
    assert_eq!(small.iter().filter(|cookie| cookie.value.is_some()).count(), 1);
    assert_eq!(small.iter().filter(|cookie| cookie.value.is_none()).count(), large.len() - 1);
}

#[test]
fn g10_tokens_go_first_and_too_much_is_an_error() {
    let store = store();
    let cookies =
        store.write(&session(100, 5_000), &PresentedNames::default()).expect("fits without the token");
    let back = read(&store, &header(&cookies)).expect("session");
    assert!(back.tokens[0].secret.is_none() && back.refresh_token.is_some());
    assert!(matches!(
        store.write(&session(20_000, 0), &PresentedNames::default()),
        Err(Error::SessionTooLarge { .. })
    ));
}

#[test]
fn d26_a_hundred_organizations_with_twenty_roles_each_fit_into_cookies() {
    let ids: Vec<String> = (0..100).map(|n| format!("organization{n:03}")).collect();
    let roles: Vec<String> =
        ids.iter().flat_map(|id| (0..20).map(move |n| format!("{id}:role number {n}"))).collect();
    let mut many = session(200, 600);
    many.set_claims(
        json!({"name": "Alice", "organizations": ids, "organization_roles": roles})
            .as_object()
            .expect("object"),
    );
    let store = store();
    let cookies = store.write(&many, &PresentedNames::default()).expect("fits");
    assert!(cookies.len() <= 2, "{} cookies", cookies.len());
    let back = read(&store, &header(&cookies)).expect("session");
    assert_eq!(back.claims(), many.claims());
}

#[test]
fn g15_junk_in_the_cookie_header_is_read_around() {
    let store = store();
    let good = header(&store.write(&session(10, 0), &PresentedNames::default()).expect("fits"));
    let base = store.names.session().to_owned();
    let junk = format!(
        "_logto={{\"appId\":\"x\"}}; ; =; a; {base}.9=x; {base}.x=y; {base}.0=nonsense; {base}.=; {good}; \"=\""
    );
    assert!(read(&store, &junk).is_some());
    let flood: String = (0..500).map(|n| format!("{base}.{n}=a.4.b; ")).collect();
    assert!(read(&store, &flood).is_none() && names(&store, &flood).len() <= 64);
    for junk in [format!("{flood}{good}"), format!("{good}; {flood}")] {
        assert!(read(&store, &junk).is_some(), "junk does not push the session out");
    }
}

#[test]
fn field_01_a_chunk_has_one_name() {
    let store = store();
    let good = header(&store.write(&session(10, 0), &PresentedNames::default()).expect("fits"));
    assert!(read(&store, &good).is_some());
    for other in [".00=", ".+0=", ".0 =", ".\u{660}=", ".\u{ff10}=", ".-0="] {
        assert!(read(&store, &good.replace(".0=", other)).is_none(), "{other}");
    }
    for other in ["\u{a0}", "\u{2000}", "\u{3000}", "\u{b}", "\u{c}", "%5F", "="] {
        assert!(read(&store, &format!("{other}{good}")).is_none(), "{other:?}");
    }
}

#[test]
fn field_01_names_that_sessions_have_are_removed_however_much_junk_there_is() {
    let store = store();
    let base = store.names.session().to_owned();
    let junk: String = (0..500).map(|n| format!("{base}.x{n}=y; ")).collect();
    let presented = names(&store, &format!("{junk}{base}.3=x; {base}.id=x; {base}.0=x"));
    for suffix in ["3", "id", "0"] {
        assert!(presented.contains(&format!("{base}.{suffix}")), "{suffix}");
    }
}

#[test]
fn the_same_cookies_are_decoded_once() {
    let cookies = store();
    let text = header(&cookies.write(&session(10, 0), &PresentedNames::default()).expect("fits"));
    let (first, second) = (read(&cookies, &text).expect("opens"), read(&cookies, &text).expect("opens"));
    assert!(Arc::ptr_eq(&first, &second));
    for (at, _) in text.char_indices().skip(text.find('=').expect("a value") + 1) {
        let mut other = text.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        let other = String::from_utf8(other).expect("ASCII");
        let changed = read(&cookies, &other);
        // The tag of a write is no part of what is sealed.
        assert!(changed.is_none() || at < text.rfind('.').expect("dots"), "byte {at}");
    }
}

#[test]
fn a_ring_that_opens_nothing_of_the_old_keys_finds_nothing_that_another_has_decoded() {
    let text = header(&store().write(&session(10, 0), &PresentedNames::default()).expect("fits"));
    let secrets = [Secret::new("another key of at least thirty-two characters")];
    let keys = Arc::new(KeyRing::new(&secrets, "app", "https://a.example", &Clock::system()).expect("ring"));
    let other = SessionCookies::new(keys, CookieNames::new("app", "https://a.example", true));
    assert!(read(&store(), &text).is_some());
    assert!(read(&other, &text).is_none());
}
