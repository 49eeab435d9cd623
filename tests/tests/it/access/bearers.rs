//! Whose bearer tokens a route takes, as the report says it.

use logto_dev::recorded::{M2M_APP, SPA_APP};
use logto_rocket::{AccessReport, Identity, Logto, User, require_auth};
use logto_tests::settings;
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;
use rocket::{delete, get, routes};

#[require_auth]
#[delete("/account")]
fn account() {}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders() {}

#[require_auth(via = "session")]
#[get("/settings")]
fn by_session() {}

#[require_auth(via = "bearer", subject = "machine")]
#[get("/machine")]
fn machine() {}

#[require_auth(organization = "<org_id>")]
#[get("/orgs/<org_id>")]
fn member(org_id: &str) -> &str {
    org_id
}

#[get("/who")]
fn who(who: Identity) -> String {
    who.subject().to_owned()
}

#[get("/me")]
fn me(user: User) -> String {
    user.subject().to_owned()
}

const PARTNER: &str = M2M_APP.id;

#[require_auth(clients = PARTNER, scopes = "read:orders")]
#[get("/partners")]
fn partners() {}

async fn report(figment: Figment) -> AccessReport {
    let app = rocket::custom(figment)
        .attach(Logto::fairing())
        .mount("/", routes![account, orders, by_session, machine, member, who, me, partners]);
    let client = Client::tracked(app).await.expect("launches");
    client.rocket().state::<Logto>().and_then(Logto::access_report).expect("a report").clone()
}

fn line(report: &AccessReport, uri: &str) -> String {
    let table = report.to_string();
    let line = table.lines().find(|line| line.contains(&format!(" {uri} ")));
    line.unwrap_or_else(|| panic!("{uri} is missing in\n{table}")).to_owned()
}

fn clients(report: &AccessReport, uri: &str) -> serde_json::Value {
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("JSON");
    let routes = json["routes"].as_array().expect("routes");
    routes.iter().find(|route| route["uri"] == uri).expect("the route")["rules"][0]["clients"].clone()
}

#[rocket::async_test]
async fn field_09_the_report_says_whose_bearers_a_route_takes() {
    let tenant = super::tenant().await;
    let any = report(settings(&tenant)).await;
    for uri in ["/account", "/machine", "/orgs/<org_id>", "/who"] {
        assert!(line(&any, uri).contains("bearers of any application"), "{}", line(&any, uri));
    }
    for uri in ["/orders", "/settings", "/me"] {
        assert!(!line(&any, uri).contains("bearers of"), "{}", line(&any, uri));
    }
    assert_eq!(clients(&any, "/account"), serde_json::json!([]));

    let named = settings(&tenant).merge(("logto.bearer_clients", [SPA_APP.id, M2M_APP.id]));
    let named = report(named).await;
    let says = format!("bearers of {} {}", SPA_APP.id, M2M_APP.id);
    for uri in ["/account", "/machine", "/orgs/<org_id>", "/who", "/orders"] {
        assert!(line(&named, uri).contains(&says), "{}", line(&named, uri));
        assert_eq!(clients(&named, uri), serde_json::json!([SPA_APP.id, M2M_APP.id]), "{uri}");
    }
    // What a route says itself counts in place of the setting.
    for report in [&any, &named] {
        assert!(line(report, "/partners").contains(&format!("bearers of {}", M2M_APP.id)));
        assert_eq!(clients(report, "/partners"), serde_json::json!([M2M_APP.id]));
    }
    for uri in ["/settings", "/me"] {
        assert!(!line(&named, uri).contains("bearers of"), "{}", line(&named, uri));
        assert_eq!(clients(&named, uri), serde_json::json!([]), "{uri}");
    }
}
