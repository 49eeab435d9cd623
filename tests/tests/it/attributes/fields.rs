//! Fields of guard structs: what each receives, and what none receives by mistake.

use logto_dev::Tenant;
use logto_dev::recorded::{ACME, SHOPPING_API};
use logto_rocket::{AccessToken, Identity, Logto, OrgToken, User, require_auth, with_access_token};
use logto_tests::{App, Ask, Browser, settings};
use rocket::{get, routes};

#[require_auth(scopes = "read:orders")]
struct Reader {
    who: Identity,
    user: User,
    token: AccessToken,
}

#[get("/reader")]
fn reader(reader: Reader) -> String {
    assert_eq!(reader.who.subject(), reader.user.subject());
    assert!(reader.token.secret().split('.').count() == 3);
    reader.token.resource().map(ToString::to_string).unwrap_or_default()
}

#[require_auth(organization = "<org>")]
struct Member(OrgToken);

#[get("/member/<org>")]
fn member(member: Member, org: &str) -> String {
    assert_eq!(member.0.organization().as_str(), org);
    member.0.scopes().to_string()
}

/// By its own name it would not compile.
type Other = OrgToken;

#[with_access_token]
struct Mixed {
    token: AccessToken,
    organization: Other,
}

#[get("/mixed")]
fn mixed(mixed: Mixed) -> String {
    format!("{:?} {:?}", mixed.token, mixed.organization)
}

#[rocket::async_test]
async fn a_field_receives_the_token_that_its_rule_is_about_and_no_other() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = rocket::custom(settings(&tenant)).attach(Logto::fairing());
    let app = App::serve(rocket.mount("/", routes![reader, member, mixed])).await;
    let mut alice = Browser::new(&app);
    alice.sign_in(&tenant, "alice").await;

    // Twice: the second time the session knows the scopes without holding the token.
    for _ in 0..2 {
        let answer = alice.fetch("/reader").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, SHOPPING_API), "{answer:?}");
    }
    let answer = alice.fetch(format!("/member/{ACME}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // An access token is no proof of membership: better no answer than a wrong one.
    let answer = alice.fetch("/mixed").await;
    assert_eq!((answer.status, answer.code().as_str()), (500, "misconfigured"), "{answer:?}");
    // A bearer is let in, but its token is not ours to hand out.
    let token = tenant.access_token(super::alice()).unwrap();
    let answer = Browser::new(&app).send(Ask::get("/reader").bearer(&token)).await;
    assert_eq!((answer.status, answer.code().as_str()), (401, "credential_not_accepted"), "{answer:?}");
}
