//! The bytes of what is sealed. They have no names of fields, so a change of a type is a change of the layout.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::cached_token::{CachedToken, TokenTarget};
use super::memberships::Memberships;
use super::model::{CachedRoles, Session, SessionId};
use super::requested_access::RequestedAccess;
use super::visitors::{VisitorId, VisitorSession};
use crate::clock::UnixTime;
use crate::oidc::{AuthorizationSecrets, NonceHash};
use crate::pending_sign_in::{PendingSignIn, SignInRequest};
use crate::sign_in_parameters::{DirectSignIn, FirstScreen, Prompt, SignInIdentifier, SignInParameters};
use crate::types::{OrganizationId, ResourceIndicator, Scopes, Secret};

const ADVICE: &str = "the layout of what is sealed has changed: count up its number in `Purpose::layout`, and write these bytes down as the golden ones";

fn hex(value: &impl Serialize) -> String {
    let bytes = postcard::to_allocvec(value).expect("bytes");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn requested() -> RequestedAccess {
    RequestedAccess::new(&Scopes::parse("read:orders"), &[ResourceIndicator::new("https://a.example/api")])
}

/// Every field has a value, and no two have the same.
fn session() -> Session {
    let mut session = Session::for_test("my178uc0p45q", UnixTime(1_700_000_000));
    session.id = SessionId::for_test([7; 16]);
    session.set_claims(json!({"name": "Alice"}).as_object().expect("an object"));
    session.claims_asked = UnixTime(1_700_000_005);
    session.sid = Some("sid".to_owned());
    session.nonce = Some(NonceHash::of("nonce"));
    session.requested = requested();
    session.refresh_token = Some(Secret::new("refresh"));
    session.tokens = vec![CachedToken {
        target: TokenTarget {
            resource: Some(ResourceIndicator::new("https://a.example/api")),
            organization: OrganizationId::new("acme"),
        },
        scopes: Scopes::parse("read:orders write:orders"),
        expires: UnixTime(1_700_003_600),
        received: UnixTime(1_700_000_001),
        secret: Some(Secret::new("access")),
        handed_out: true,
    }];
    session.organization = OrganizationId::new("globex");
    session.auth_time = Some(UnixTime(1_699_999_999));
    session.roles = Some(CachedRoles {
        of_user: vec!["admin".to_owned()],
        of_organizations: vec!["acme:member".to_owned()],
        asked: UnixTime(1_700_000_002),
    });
    session.data.set("cart", Some("[1]".into()), usize::MAX).expect("no limit");
    session.seen = UnixTime(1_700_000_003);
    session.revision = 4;
    session
}

#[test]
fn field_11_the_bytes_of_a_session_are_golden() {
    assert_eq!(
        hex(&session()),
        "070707070707070707070707070707070c6d7931373875633070343571107b226e616d65223a22416c696365227d8ac49fd50c01037369640178377b525757b494427f89014f97d79902b6e85e49f4afa19301077265667265736801011568747470733a2f2f612e6578616d706c652f617069010461636d6518726561643a6f72646572732077726974653a6f7264657273a0fc9fd50c82c49fd50c0106616363657373010106676c6f62657801fec39fd50c01010561646d696e010b61636d653a6d656d62657284c49fd50c01010463617274035b315d80c49fd50c86c49fd50c04",
        "{ADVICE}"
    );
}

#[test]
fn the_bytes_of_a_visitors_session_are_golden() {
    let visitor = VisitorSession {
        id: VisitorId([5; 16]),
        data: session().data,
        created: UnixTime(1_700_000_000),
        seen: UnixTime(1_700_000_001),
        revision: 7,
    };
    let golden = "0505050505050505050505050505050501010463617274035b315d80c49fd50c82c49fd50c07";
    assert_eq!(hex(&visitor), golden, "{ADVICE}");
}

#[test]
fn field_11_the_bytes_of_memberships_are_golden() {
    let mut claims = json!({"organizations": ["acme"], "organization_roles": ["acme:member"]});
    let packed = Memberships::take(claims.as_object_mut().expect("an object"));
    assert_eq!(hex(&packed), "0101066d656d626572010461636d650100", "{ADVICE}");
}

#[test]
fn field_11_the_bytes_of_a_pending_sign_in_are_golden() {
    let started = PendingSignIn {
        secrets: AuthorizationSecrets {
            state: Secret::new("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"),
            nonce: Secret::new("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"),
            verifier: Secret::new("AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM"),
        },
        return_to: "/known".to_owned(),
        max_age: Some(Duration::from_secs(300)),
        silent: true,
        requested: requested(),
        created: UnixTime(1_700_000_000),
    };
    assert_eq!(
        hex(&started),
        "010101010101010101010101010101010101010101010101010101010101010102020202020202020202020202020202020202020202020202020202020202020303030303030303030303030303030303030303030303030303030303030303062f6b6e6f776e01ac02000102b6e85e49f4afa19380c49fd50c",
        "{ADVICE}"
    );
    let bytes = postcard::to_allocvec(&started).expect("bytes");
    let back: PendingSignIn = postcard::from_bytes(&bytes).expect("a pending sign-in");
    assert_eq!(back.secrets.state, started.secrets.state);
    assert_eq!(back.secrets.verifier, started.secrets.verifier);
}

#[test]
fn the_bytes_of_a_sign_in_request_are_golden() {
    let request = SignInRequest {
        parameters: SignInParameters {
            prompt: Prompt { login: true, consent: false, none: true },
            login_hint: Some("a@b.example".to_owned()),
            first_screen: Some(FirstScreen::IdentifierRegister),
            identifiers: vec![SignInIdentifier::Phone, SignInIdentifier::Email],
            direct_sign_in: Some(DirectSignIn::enterprise_sso("c1")),
            one_time_token: Some(Secret::new("t")),
            organization: OrganizationId::new("acme"),
            ui_locales: Some("fr".to_owned()),
            max_age: Some(Duration::from_secs(300)),
            extra: vec![("x".to_owned(), "y".to_owned())],
        },
        return_to: Some("/known".to_owned()),
        created: UnixTime(1_700_000_000),
        browser: [9; 16],
    };
    assert_eq!(
        hex(&request),
        "010001010b6140622e6578616d706c6501050201000101026331010174010461636d650102667201ac0200010178017901062f6b6e6f776e80c49fd50c09090909090909090909090909090909",
        "{ADVICE}"
    );
}
