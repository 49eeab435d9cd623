//! What the access report and the launch checks make of whole mounts.

use logto_dev::Tenant;
use logto_rocket::{Access, Logto, guarded, public_routes, require_auth};
use logto_tests::settings;
use rocket::error::ErrorKind;
use rocket::figment::Figment;
use rocket::local::asynchronous::Client;
use rocket::{Route, State, get, routes};

use super::{Admin, Member, SignedIn, app, files, front, members, report, write};

#[require_auth(resource = "https://unknown.example.com", scopes = "read")]
struct Unknown;

#[get("/stock")]
fn stock(stock: &State<u8>) -> String {
    stock.to_string()
}

#[rocket::async_test]
async fn the_access_report_lists_each_route_with_the_guard_around_it() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let client = Client::tracked(app(&tenant)).await.expect("launches");
    let logto = client.rocket().state::<Logto>().expect("the fairing's state");
    let report = logto.access_report().expect("it has launched");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    for (method, uri, access, guards) in [
        ("GET", "/admin", "guarded", &["Admin"][..]),
        ("GET", "/admin/reports/<id>", "guarded", &["Admin"]),
        ("POST", "/admin/reports", "guarded", &["Admin"]),
        ("GET", "/admin/maybe", "guarded", &["Admin"]),
        ("GET", "/files/<path..>", "guarded", &["SignedIn"]),
        ("POST", "/foreign/<_..>", "guarded", &["SignedIn"]),
        ("GET", "/nested/reports/<id>", "guarded", &["SignedIn", "Admin"]),
        ("GET", "/once/counted", "guarded", &["Counted"]),
        ("GET", "/assets/<path..>", "public", &[]),
    ] {
        let routes = json["routes"].as_array().unwrap();
        let route = routes.iter().find(|route| route["method"] == method && route["uri"] == uri);
        let route = route.unwrap_or_else(|| panic!("{method} {uri} is missing in\n{report}"));
        assert_eq!(route["access"], access, "{uri}");
        let rules = route["rules"].as_array().unwrap();
        let items: Vec<&str> = rules.iter().map(|rule| rule["item"].as_str().unwrap()).collect();
        let named: Vec<&str> = items.iter().filter_map(|item| item.rsplit("::").next()).collect();
        assert_eq!(named, guards, "{uri}");
        assert!(rules.iter().all(|rule| rule["optional"] == false), "{uri}: {rules:?}");
    }
    assert_eq!(report.unguarded().count(), 0, "{report}");
    let of_files = report.routes().iter().find(|route| route.uri() == "/assets/<path..>");
    assert_eq!(of_files.map(|route| route.access()), Some(Access::Public));
}

#[rocket::async_test]
async fn a_route_beside_the_mount_is_not_guarded_by_it() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let deny = settings(&tenant).merge(("logto.unguarded", "deny"));
    let beside = rocket::custom(deny)
        .attach(Logto::fairing())
        .mount("/files", guarded::<SignedIn>(routes![front]))
        .mount("/files", files());
    refuses(beside).await;
}

async fn refuses(rocket: rocket::Rocket<rocket::Build>) {
    let error = rocket.ignite().await.expect_err("it must not launch");
    assert!(matches!(error.kind(), ErrorKind::SentinelAborts(_)), "{error}");
}

fn with(figment: Figment, routes: Vec<Route>) -> rocket::Rocket<rocket::Build> {
    rocket::custom(figment).attach(Logto::fairing()).mount("/", routes)
}

#[rocket::async_test]
async fn a_guard_that_cannot_work_refuses_to_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let figment = || settings(&tenant);
    refuses(with(figment(), guarded::<Unknown>(routes![front]))).await;
    refuses(with(figment(), guarded::<Unknown>(files()))).await;
    refuses(with(figment(), guarded::<SignedIn>(guarded::<Unknown>(files())))).await;
    refuses(with(figment(), public_routes(guarded::<Unknown>(files())))).await;
    // The route has no `<org_id>`.
    refuses(with(figment(), guarded::<Member>(routes![front]))).await;
    refuses(with(figment(), guarded::<Member>(files()))).await;
    refuses(with(figment(), guarded::<SignedIn>(routes![members]))).await;
    assert!(with(figment(), guarded::<SignedIn>(files())).ignite().await.is_ok());
}

/// The launch checks of the routes themselves stay.
#[rocket::async_test]
async fn the_launch_checks_of_the_routes_stay() {
    let tenant = Tenant::recorded().start().await.unwrap();
    refuses(with(settings(&tenant), guarded::<SignedIn>(routes![stock]))).await;
    refuses(with(settings(&tenant), public_routes(routes![stock]))).await;
    let managed = with(settings(&tenant), guarded::<SignedIn>(routes![stock])).manage(1_u8);
    assert!(managed.ignite().await.is_ok());
}

#[test]
fn nothing_else_about_a_route_changes() {
    let shape = |route: &Route| {
        (route.name.clone(), route.method, route.uri.to_string(), route.rank, route.format.clone())
    };
    let plain: Vec<Route> = routes![front, report, write].into_iter().chain(Vec::from(files())).collect();
    for wrapped in [guarded::<Admin>(plain.clone()), public_routes(plain.clone())] {
        assert!(plain.iter().map(shape).eq(wrapped.iter().map(shape)), "{wrapped:?}");
    }
}
