//! `organization`, wherever it comes from.

use logto_dev::recorded::{ACME, GLOBEX};
use logto_rocket::{AccessToken, Identity, OrgToken, require_auth, with_access_token, with_org_token};
use logto_tests::Ask;
use rocket::{get, post, routes};

use super::{Shop, alice, expect};

#[require_auth(organization = "session")]
#[get("/current")]
fn current(who: Identity) -> String {
    who.organization().map_or_else(String::new, ToString::to_string)
}

#[require_auth(organization = "session", roles = "admin", scopes = "delete:orders")]
#[get("/current/admin")]
fn current_admin(who: Identity) -> String {
    who.organization().map_or_else(String::new, ToString::to_string)
}

#[with_org_token]
#[get("/current/token")]
fn current_token(token: OrgToken) -> String {
    token.organization().to_string()
}

#[with_access_token(organization = "session")]
#[get("/current/api")]
fn current_api(token: AccessToken) -> String {
    token.organization().map_or_else(String::new, ToString::to_string)
}

#[with_org_token(organization = "session")]
struct Colleague(OrgToken);

#[get("/current/guard")]
fn current_guard(colleague: Colleague) -> String {
    colleague.0.organization().to_string()
}

#[rocket::async_test]
async fn the_sessions_organization_is_the_only_one() {
    let own = routes![current, current_admin, current_token, current_api, current_guard];
    let shop = Shop::with_routes(vec![("/", own)]).await;
    let paths = ["/current", "/current/admin", "/current/token", "/current/api", "/current/guard"];
    expect(&mut shop.with("alice").await, &paths.map(|path| (path, 200, ACME))).await;
    // A member of two has to say which; one of none has nothing to say.
    for person in ["carol", "bob"] {
        expect(&mut shop.with(person).await, &paths.map(|path| (path, 403, "no_organization"))).await;
    }
    expect(&mut shop.nobody(), &paths.map(|path| (path, 401, "not_signed_in"))).await;
    // A bearer has no session.
    let answer = shop.bearer("/current", alice()).await;
    assert_eq!((answer.status, &*answer.code()), (403, "no_organization"), "{answer:?}");
}

#[with_org_token]
#[get("/orgs/<org_id>/files/<path..>")]
fn files(org_id: &str, path: std::path::PathBuf, token: OrgToken) -> String {
    assert_eq!(token.organization().as_str(), org_id);
    format!("{org_id} {}", path.display())
}

#[require_auth(organization = "<org_id>")]
#[post("/orgs/<org_id>")]
fn change(org_id: &str, who: Identity) -> String {
    assert_eq!(who.organization().map(|id| id.as_str()), Some(org_id));
    org_id.to_owned()
}

#[require_auth(organization = "<org_id>")]
struct Member(Identity);

#[get("/members/<org_id>")]
fn by_guard(org_id: &str, member: Member) -> String {
    assert_eq!(member.0.organization().map(|id| id.as_str()), Some(org_id));
    org_id.to_owned()
}

/// Segments are counted from the mount point, however deep it is.
#[rocket::async_test]
async fn an_organizations_segment_is_found_behind_every_mount_point() {
    let all = || routes![files, change, by_guard];
    let shop = Shop::with_routes(vec![("/", all()), ("/api/v1", all()), ("/api/v1/deeper/", all())]).await;
    let mut browser = shop.with("alice").await;
    for base in ["", "/api/v1", "/api/v1/deeper"] {
        let (own, other) =
            (format!("{base}/orgs/{ACME}/files/a/b"), format!("{base}/orgs/{GLOBEX}/files/{ACME}"));
        let (member, stranger) = (format!("{base}/members/{ACME}"), format!("{base}/members/{GLOBEX}"));
        let answers = [
            (&*own, 200, &*format!("{ACME} a/b")),
            (&*other, 403, "not_a_member"),
            (&*member, 200, ACME),
            (&*stranger, 403, "not_a_member"),
        ];
        expect(&mut browser, &answers).await;
        let posted = browser.send(Ask::post(format!("{base}/orgs/{ACME}")).script()).await;
        assert_eq!((posted.status, &*posted.body), (200, ACME), "{posted:?}");
    }
}

#[require_auth(organization = "header:x-org")]
#[get("/by-header")]
fn by_header(who: Identity) -> String {
    who.organization().map_or_else(String::new, ToString::to_string)
}

#[require_auth(organization = "<org>")]
#[get("/by-query?<org>&<page>")]
fn by_query(org: Option<&str>, page: Option<u8>) -> String {
    format!("{} {page:?}", org.unwrap_or("-"))
}

#[rocket::async_test]
async fn an_organization_is_named_once_and_as_what_it_is() {
    let shop = Shop::with_routes(vec![("/", routes![by_header, by_query, by_guard])]).await;
    let mut browser = shop.with("alice").await;
    let twice = Ask::get("/by-header").script().header("X-Org", ACME).header("X-Org", GLOBEX);
    assert_eq!(browser.send(twice).await.code(), "no_organization");
    // Names of headers have no case.
    let once = browser.send(Ask::get("/by-header").script().header("X-ORG", ACME)).await;
    assert_eq!((once.status, &*once.body), (200, ACME), "{once:?}");
    let (one, two) = (format!("/by-query?page=2&org={ACME}"), format!("/by-query?org={ACME}&org={GLOBEX}"));
    let answers = [
        (&*one, 200, &*format!("{ACME} Some(2)")),
        (&*two, 403, "no_organization"),
        ("/by-query?org=", 403, "no_organization"),
        // `Option` is for the handler; the guard wants it all the same.
        ("/by-query", 403, "no_organization"),
        ("/members/a%20b", 403, "no_organization"),
    ];
    expect(&mut browser, &answers).await;
}

#[with_org_token]
#[get("/by-usual-query?<org_id>")]
fn by_usual_query(org_id: &str, token: OrgToken) -> String {
    assert_eq!(token.organization().as_str(), org_id);
    org_id.to_owned()
}

#[require_auth(organization = "<org>")]
struct Insider(Identity);

#[get("/insiders?<org>")]
fn insiders(org: &str, insider: Insider) -> String {
    assert_eq!(insider.0.organization().map(|id| id.as_str()), Some(org));
    org.to_owned()
}

/// Rocket fills `org_id` from the first field whose name begins with `org_id`, up to a dot or a bracket: the guard must
/// not judge another organization than the handler is given.
#[rocket::async_test]
async fn field_08_a_query_names_one_organization_for_guard_and_handler() {
    let shop = Shop::with_routes(vec![("/", routes![by_query, by_usual_query, insiders])]).await;
    let mut browser = shop.with("alice").await;
    for (path, name) in [("/by-query", "org"), ("/by-usual-query", "org_id"), ("/insiders", "org")] {
        let good = browser.fetch(format!("{path}?{name}={ACME}")).await;
        assert_eq!((good.status, good.body.starts_with(ACME)), (200, true), "{good:?}");
        for (first, then) in [
            (format!("{name}.x"), name.to_owned()),
            (format!("{name}[]"), name.to_owned()),
            (format!("{name}[x]"), name.to_owned()),
            (name.to_owned(), format!("{name}.x")),
        ] {
            let (other, own) = if first == name { (ACME, GLOBEX) } else { (GLOBEX, ACME) };
            let answer = browser.fetch(format!("{path}?{first}={other}&{then}={own}")).await;
            assert_eq!(
                (answer.status, &*answer.code()),
                (403, "no_organization"),
                "{path} {first}: {answer:?}"
            );
        }
    }
}
