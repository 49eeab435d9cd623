//! `bearer_clients`: the applications whose tokens are taken.

use logto_dev::Issue;
use logto_dev::recorded::{ACME, ALICE, M2M_APP, ROCKET_APP, SHOPPING_API, SPA_APP};
use logto_rocket::{Identity, Logto, require_auth};
use logto_tests::{App, Ask, Bench, Browser, settings};
use rocket::{get, post, routes};

use super::alice;

#[require_auth]
#[post("/account")]
fn account(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth]
struct Known(Identity);

#[get("/struct")]
fn by_struct(known: Known) -> String {
    known.0.subject().to_owned()
}

#[get("/identity")]
fn by_identity(who: Identity) -> String {
    who.subject().to_owned()
}

#[get("/perhaps")]
fn perhaps(who: Option<Identity>) -> String {
    who.map_or_else(|| "nobody".to_owned(), |who| who.subject().to_owned())
}

#[require_auth(subject = "any", via = "bearer")]
#[get("/anything")]
fn anything(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(scopes = "read:orders")]
#[get("/scoped")]
fn scoped(who: Identity) -> String {
    who.subject().to_owned()
}

#[require_auth(organization = "<org_id>")]
#[get("/orgs/<org_id>")]
fn member(org_id: &str) -> String {
    org_id.to_owned()
}

#[require_auth(organization = "<org_id>", scopes = "read:orders")]
#[get("/orgs/<org_id>/scoped")]
fn member_scoped(org_id: &str) -> String {
    org_id.to_owned()
}

const PARTNERS: &[&str] = &[SPA_APP.id, M2M_APP.id];

#[require_auth(clients = PARTNERS, subject = "any")]
#[get("/partners")]
fn partners(who: Identity) -> String {
    who.client_id().unwrap_or("a session").to_owned()
}

#[require_auth(clients = "no-such-application")]
#[post("/nobody")]
fn nobody() {}

struct Shop {
    tenant: logto_dev::Tenant,
    app: App,
}

impl Shop {
    async fn taking(clients: Option<&[&str]>) -> Shop {
        let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
        let mut figment = settings(&tenant);
        if let Some(clients) = clients {
            figment = figment.merge(("logto.bearer_clients", clients));
        }
        let own = routes![
            account,
            by_struct,
            by_identity,
            perhaps,
            anything,
            scoped,
            member,
            member_scoped,
            partners,
            nobody
        ];
        let app = App::serve(rocket::custom(figment).attach(Logto::fairing()).mount("/", own)).await;
        Shop { tenant, app }
    }

    async fn shows(&self, ask: Ask, issue: Issue) -> (u16, String, Option<String>) {
        let token = self.tenant.access_token(issue).unwrap();
        let answer = Browser::new(&self.app).send(ask.bearer(&token)).await;
        let said = if answer.status < 400 { answer.body.clone() } else { answer.code() };
        (answer.status, said, answer.header("www-authenticate").map(str::to_owned))
    }
}

fn by(client: &str) -> Issue {
    alice().client(client)
}

fn everywhere(client: &str) -> Vec<(Ask, Issue, &'static str)> {
    vec![
        (Ask::post("/account"), by(client), ALICE),
        (Ask::get("/struct"), by(client), ALICE),
        (Ask::get("/identity"), by(client), ALICE),
        (Ask::get("/anything"), by(client), ALICE),
        (Ask::get("/scoped"), by(client), ALICE),
        (Ask::get(format!("/orgs/{ACME}")), Issue::user("alice").client(client).organization(ACME), ACME),
        (Ask::get(format!("/orgs/{ACME}/scoped")), by(client).organization(ACME), ACME),
    ]
}

#[rocket::async_test]
async fn field_09_tokens_of_other_applications_are_refused() {
    let shop = Shop::taking(Some(&[ROCKET_APP.id])).await;
    for (ask, issue, body) in everywhere(ROCKET_APP.id) {
        let (status, said, _) = shop.shows(ask, issue).await;
        assert_eq!((status, said.as_str()), (200, body));
    }
    for (ask, issue, _) in everywhere(SPA_APP.id) {
        let (status, said, challenge) = shop.shows(ask, issue).await;
        assert_eq!((status, said.as_str(), challenge), (403, "client_not_accepted", None));
    }
    // A machine is its own application.
    let machine = || Issue::machine(M2M_APP.id).resource(SHOPPING_API).scopes(["read:orders"]);
    let (status, said, _) = shop.shows(Ask::get("/anything"), machine()).await;
    assert_eq!((status, said.as_str()), (403, "client_not_accepted"));
    // What is wrong with the token itself comes first.
    let (status, said, _) = shop.shows(Ask::get("/scoped"), by(SPA_APP.id).expired()).await;
    assert_eq!((status, said.as_str()), (401, "token_expired"));
    let (_, said, _) = shop.shows(Ask::get("/perhaps"), by(SPA_APP.id)).await;
    assert_eq!(said, "nobody");

    let shop = Shop::taking(Some(&[SPA_APP.id, M2M_APP.id])).await;
    assert_eq!(shop.shows(Ask::get("/anything"), machine()).await.0, 200);
    assert_eq!(shop.shows(Ask::get("/anything"), by(SPA_APP.id)).await.0, 200);
    assert_eq!(shop.shows(Ask::get("/anything"), by(ROCKET_APP.id)).await.0, 403, "it is not named");
}

#[rocket::async_test]
async fn field_09_where_none_is_named_any_applications_tokens_are_taken() {
    for clients in [None, Some(&[][..])] {
        let shop = Shop::taking(clients).await;
        for client in [ROCKET_APP.id, SPA_APP.id] {
            for (ask, issue, body) in everywhere(client) {
                let (status, said, _) = shop.shows(ask, issue).await;
                assert_eq!((status, said.as_str()), (200, body));
            }
        }
    }
}

/// What a route names counts in place of the setting, whether that is narrower or wider.
#[rocket::async_test]
async fn a_route_names_the_applications_whose_tokens_it_takes() {
    for setting in [None, Some(&[ROCKET_APP.id][..]), Some(&[SPA_APP.id])] {
        let shop = Shop::taking(setting).await;
        let (status, said, _) = shop.shows(Ask::get("/partners"), by(SPA_APP.id)).await;
        assert_eq!((status, said.as_str()), (200, SPA_APP.id), "{setting:?}");
        let machine = Issue::machine(M2M_APP.id).resource(SHOPPING_API);
        let (status, said, _) = shop.shows(Ask::get("/partners"), machine).await;
        assert_eq!((status, said.as_str()), (200, M2M_APP.id), "{setting:?}");
        for (path, client) in
            [("/partners", ROCKET_APP.id), ("/nobody", SPA_APP.id), ("/nobody", ROCKET_APP.id)]
        {
            let ask = if path == "/nobody" { Ask::post(path) } else { Ask::get(path) };
            let (status, said, challenge) = shop.shows(ask, by(client)).await;
            let expected = (403, "client_not_accepted", None);
            assert_eq!((status, said.as_str(), challenge), expected, "{setting:?} {path} {client}");
        }
        // What is wrong with the token itself comes first, and the other routes keep the setting.
        let (status, said, _) = shop.shows(Ask::get("/partners"), by(ROCKET_APP.id).expired()).await;
        assert_eq!((status, said.as_str()), (401, "token_expired"));
        let is_in_setting = setting.is_none_or(|clients| clients.contains(&ROCKET_APP.id));
        let (status, ..) = shop.shows(Ask::get("/scoped"), by(ROCKET_APP.id)).await;
        assert_eq!(status, if is_in_setting { 200 } else { 403 }, "{setting:?}");
    }
}

/// A session is none of another application, and an opaque token has to be on both lists.
#[rocket::async_test]
async fn a_route_that_names_applications_takes_sessions_and_listed_opaque_tokens() {
    let tenant = logto_dev::Tenant::recorded().start().await.unwrap();
    let figment = settings(&tenant)
        .merge(("logto.introspection", true))
        .merge(("logto.introspection_clients", [SPA_APP.id]));
    let rocket = rocket::custom(figment).attach(Logto::fairing()).mount("/", routes![partners]);
    let bench = Bench { tenant, app: App::serve(rocket).await };
    assert_eq!(bench.signed_in("alice").await.fetch("/partners").await.body, "a session");
    for (client, status) in [(SPA_APP.id, 200), (ROCKET_APP.id, 403), (M2M_APP.id, 401)] {
        let token = bench.tenant.access_token(Issue::user("alice").client(client)).unwrap();
        let answer = bench.call(Ask::get("/partners").bearer(&token)).await;
        assert_eq!(answer.status, status, "{client}: {answer:?}");
    }
}

/// Sessions are not asked, and opaque tokens have a list of their own.
#[rocket::async_test]
async fn field_09_opaque_tokens_keep_their_own_list() {
    let bench = Bench::probe_app_with(|figment| {
        figment
            .merge(("logto.bearer_clients", [M2M_APP.id]))
            .merge(("logto.introspection", true))
            .merge(("logto.introspection_clients", [SPA_APP.id]))
    })
    .await;
    let show = async |client: &str| {
        let token = bench.tenant.access_token(Issue::user("alice").client(client)).unwrap();
        bench.call(Ask::post("/known").bearer(&token)).await
    };
    for client in [ROCKET_APP.id, SPA_APP.id] {
        let answer = show(client).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ALICE), "{answer:?}");
    }
    assert_eq!(show(M2M_APP.id).await.code(), "token_authorized_party");
    assert_eq!(bench.signed_in("alice").await.fetch("/known").await.body, ALICE);
}
