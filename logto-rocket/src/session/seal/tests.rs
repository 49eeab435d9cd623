use std::collections::HashSet;

use super::*;
use crate::clock::UnixTime;
use crate::session::Session;

const OLD: &str = "an old key of at least thirty-two characters";
const NEW: &str = "a new key of at least thirty-two characters!";

fn ring(secrets: &[&str], app: &str) -> KeyRing {
    let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
    KeyRing::new(&secrets, app, "https://app.example.com", &Clock::system()).expect("ring")
}

fn open(ring: &KeyRing, purpose: Purpose, name: &str, sealed: &[u8]) -> Option<String> {
    ring.open::<String>(purpose, name, sealed).map(|opened| opened.value)
}

fn seal(ring: &KeyRing, purpose: Purpose, name: &str) -> Vec<u8> {
    ring.seal(purpose, name, &"hello").expect("sealed")
}

#[test]
fn g01_every_flipped_bit_and_every_cut_is_noticed() {
    let ring = ring(&[NEW], "app");
    let sealed = seal(&ring, Purpose::Session, "n");
    assert_eq!(open(&ring, Purpose::Session, "n", &sealed).as_deref(), Some("hello"));
    for bit in 0..sealed.len() * 8 {
        let mut broken = sealed.clone();
        broken[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&ring, Purpose::Session, "n", &broken).is_none(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(open(&ring, Purpose::Session, "n", &sealed[..length]).is_none(), "length {length}");
    }
}

#[test]
fn g02_purpose_name_and_application_are_bound() {
    let here = ring(&[NEW], "app");
    let sealed = seal(&here, Purpose::Session, "n");
    for purpose in [Purpose::PendingSignIn, Purpose::StoredSession] {
        assert!(open(&here, purpose, "n", &sealed).is_none(), "{purpose:?}");
    }
    assert!(open(&here, Purpose::Session, "m", &sealed).is_none());
    assert!(open(&ring(&[NEW], "other"), Purpose::Session, "n", &sealed).is_none());
}

#[test]
fn g03_old_keys_open_and_ask_for_a_new_seal() {
    for purpose in Purpose::ALL {
        let sealed = seal(&ring(&[OLD], "app"), purpose, "n");
        assert!(open(&ring(&[NEW], "app"), purpose, "n", &sealed).is_none());
        let opened = ring(&[NEW, OLD], "app").open::<String>(purpose, "n", &sealed).expect("opens");
        assert!(opened.with_old_key);
    }
}

#[test]
fn g07_the_same_value_never_seals_the_same() {
    let ring = ring(&[NEW], "app");
    const SEALS: usize = 1_000_000;
    let nonce = |_| {
        let sealed = ring.seal_bytes(Purpose::Session, "n", b"hello".to_vec()).expect("sealed");
        <[u8; NONCE]>::try_from(&sealed[1 + KEY_ID..HEAD]).expect("a nonce")
    };
    let mut nonces: Vec<_> = (0..SEALS).map(nonce).collect();
    nonces.sort_unstable();
    nonces.dedup();
    assert_eq!(nonces.len(), SEALS);
}

/// Each purpose has a key of its own: not the associated data alone keeps them apart.
#[test]
fn field_11_each_purpose_has_a_key_of_its_own() {
    let ring = ring(&[NEW], "app");
    let key = &ring.keys[0];
    let mut ciphertexts = HashSet::new();
    for of_seal in Purpose::ALL {
        let mut body = b"hello".to_vec();
        let nonce = key.of(of_seal).seal_in_place_append_tag(Aad::empty(), &mut body).expect("sealed");
        let nonce: [u8; NONCE] = *nonce.as_ref();
        for of_open in Purpose::ALL {
            let mut copy = body.clone();
            let nonce = Nonce::try_assume_unique_for_key(&nonce).expect("a nonce");
            let opens = key.of(of_open).open_in_place(nonce, Aad::empty(), &mut copy).is_ok();
            assert_eq!(opens, of_seal == of_open, "{of_seal:?} by the key of {of_open:?}");
        }
        ciphertexts.insert(body);
    }
    assert_eq!(ciphertexts.len(), Purpose::ALL.len());
}

/// A value that was written with one field more, or with two of them in another order.
#[test]
fn field_11_what_has_another_layout_does_not_open() {
    let ring = ring(&[NEW], "app");
    let mut session = Session::for_test("alice", UnixTime(1));
    session.sid = Some("the sid".to_owned());
    session.refresh_token = Some(Secret::new("the refresh token"));
    for purpose in Purpose::ALL {
        let mut plain = postcard::to_allocvec(&session).expect("bytes");
        let sealed = ring.seal_bytes(purpose, "n", plain.clone()).expect("sealed");
        assert!(ring.open::<Session>(purpose, "n", &sealed).is_some(), "{purpose:?}");
        plain.push(0);
        let sealed = ring.seal_bytes(purpose, "n", plain).expect("sealed");
        assert!(ring.open::<Session>(purpose, "n", &sealed).is_none(), "{purpose:?}: a byte behind it");
    }
    // Two fields of the same kind can change places and nobody notices; the layout's number does.
    let here = String::from_utf8(ring.associated_data(Purpose::Session, "n")).expect("text");
    let layout = Purpose::Session.layout();
    let other = here.replacen(&format!("\n{layout}\n"), &format!("\n{}\n", layout + 1), 1);
    assert_ne!(here, other, "the number stands in the associated data: {here}");
    let mut body = postcard::to_allocvec(&session).expect("bytes");
    let nonce = ring.keys[0].of_session.seal_in_place_append_tag(Aad::from(other.into_bytes()), &mut body);
    let mut sealed = vec![VERSION];
    sealed.extend_from_slice(&ring.keys[0].id);
    sealed.extend_from_slice(nonce.expect("sealed").as_ref());
    sealed.extend_from_slice(&body);
    assert!(ring.open::<Session>(Purpose::Session, "n", &sealed).is_none());
}

/// Sealed by this version with this key, and to be opened by every version with the same layout.
#[test]
fn field_11_what_was_sealed_before_opens() {
    const SEALED: &str = "02deac338582bebda34ee0416ebf1e03282170a43627f901a02606def5519368868b42d3ab1c05";
    let ring = ring(&[NEW], "app");
    let sealed: Vec<u8> = (0..SEALED.len() / 2)
        .map(|at| u8::from_str_radix(&SEALED[at * 2..at * 2 + 2], 16).expect("hexadecimal"))
        .collect();
    assert_eq!(open(&ring, Purpose::StoredSession, "n", &sealed).as_deref(), Some("hello"));
}
