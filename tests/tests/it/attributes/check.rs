//! `check`.

use logto_dev::Issue;
use logto_dev::recorded::{ALICE, M2M_APP, SHOPPING_API};
use logto_rocket::{AccessToken, Identity, OrgToken, User, require_auth, with_access_token, with_org_token};
use logto_tests::CheckCalls;
use rocket::request::{FromRequest, Outcome};
use rocket::{Request, get, routes};

use super::{Shop, alice, expect};

#[rocket::async_test]
async fn the_applications_own_question_is_asked() {
    let shop = Shop::open().await;
    let (own, other) = (format!("/people/{ALICE}"), "/people/somebody");
    let (own_later, other_later) = (format!("/anybody/{ALICE}"), "/anybody/somebody");
    let answers = [
        (&*own, 200, ALICE),
        (other, 403, "check_failed"),
        (&*own_later, 200, ALICE),
        (other_later, 403, "check_failed"),
    ];
    expect(&mut shop.with("alice").await, &answers).await;
    for (path, status, _) in answers {
        assert_eq!(shop.bearer(path, alice()).await.status, status, "{path}");
    }
    let machine = || Issue::machine(M2M_APP.id).resource(SHOPPING_API);
    assert_eq!(shop.bearer(&format!("/anybody/{}", M2M_APP.id), machine()).await.status, 200);
    assert_eq!(shop.bearer(other_later, machine()).await.status, 403);
}

#[rocket::async_test]
async fn the_applications_own_question_comes_last() {
    let shop = Shop::open().await;
    expect(&mut shop.nobody(), &[("/asked", 401, "not_signed_in"), ("/asked/perhaps", 200, "out")]).await;
    expect(&mut shop.with("bob").await, &[("/asked", 403, "insufficient_scope")]).await;
    assert_eq!(shop.bearer("/asked", alice()).await.status, 403);
    assert_eq!(shop.checks.take(), 0);

    expect(&mut shop.with("alice").await, &[("/asked", 200, ALICE), ("/asked/perhaps", 200, "in")]).await;
    assert_eq!(shop.checks.take(), 2);
}

fn counts(_: &Identity, request: &Request<'_>) -> bool {
    CheckCalls::add(request);
    true
}

async fn refuses(_: &Identity, request: &Request<'_>) -> bool {
    CheckCalls::add(request);
    false
}

#[require_auth(check = counts)]
#[get("/once/identity")]
fn once_identity(user: User, who: Identity) -> String {
    assert_eq!(user.subject(), who.subject());
    who.subject().to_owned()
}

#[with_access_token(check = counts, resource = SHOPPING_API)]
#[get("/once/token")]
fn once_token(token: AccessToken, who: Identity) -> String {
    assert!(!token.secret().is_empty());
    who.subject().to_owned()
}

#[with_org_token(check = counts)]
#[get("/once/orgs/<org_id>")]
fn once_org(org_id: &str, token: OrgToken, who: Identity) -> String {
    assert_eq!(token.organization().as_str(), org_id);
    who.subject().to_owned()
}

#[require_auth(check = counts)]
struct Counted(Identity);

/// A guard of the application's that asks one of ours.
struct Outer;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Outer {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.guard::<Counted>().await {
            Outcome::Success(_) => Outcome::Success(Outer),
            _ => Outcome::Forward(rocket::http::Status::Forbidden),
        }
    }
}

#[get("/once/struct")]
fn once_struct(_outer: Outer, first: Counted, second: Option<Counted>) -> String {
    assert_eq!(second.map(|second| second.0.subject().to_owned()).as_deref(), Some(first.0.subject()));
    first.0.subject().to_owned()
}

#[require_auth(check = refuses)]
struct Refused(Identity);

#[get("/once/refused")]
fn once_refused(first: Option<Refused>, second: Option<Refused>) -> String {
    format!("{:?}", first.or(second).map(|refused| refused.0.subject().to_owned()))
}

#[require_auth(check = refuses)]
#[get("/once/ranked", rank = 1)]
fn once_ranked() {}

/// A guard is decided once in a request, however many parameters look at it.
#[rocket::async_test]
async fn field_42_m04_a_guard_runs_once_in_a_request() {
    let own = routes![once_identity, once_token, once_org, once_struct, once_refused, once_ranked];
    let shop = Shop::with_routes(vec![("/", own)]).await;
    let mut browser = shop.with("alice").await;
    let org = format!("/once/orgs/{}", logto_dev::recorded::ACME);
    for (path, status, says) in [
        ("/once/identity", 200, ALICE),
        ("/once/token", 200, ALICE),
        (&*org, 200, ALICE),
        ("/once/struct", 200, ALICE),
        ("/once/refused", 200, "None"),
        ("/once/ranked", 403, "check_failed"),
    ] {
        // Once in each request: what one has found out is not kept for the next.
        for _ in 0..2 {
            expect(&mut browser, &[(path, status, says)]).await;
            assert_eq!(shop.checks.take(), 1, "{path}");
        }
    }
}
