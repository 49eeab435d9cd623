//! Rocket's own clients for tests keep cookies in a jar, and send no `Cookie` header.

use logto_dev::Tenant;
use logto_dev::recorded::ALICE;
use logto_rocket::Logto;
use logto_tests::{Bench, path_of};
use rocket::http::{Cookie, Header, Status};
use rocket::local::asynchronous::{Client, LocalResponse};
use rocket::local::blocking;

fn location<'a>(response: &'a LocalResponse<'_>) -> &'a str {
    assert_eq!(response.status(), Status::SeeOther);
    response.headers().get_one("location").unwrap()
}

async fn tracked(tenant: &Tenant, store: &'static str) -> Client {
    let rocket =
        Bench::rocket(tenant, Logto::fairing(), |figment| figment.merge(("logto.session_store", store)));
    Client::tracked(rocket).await.unwrap()
}

/// The whole way through the real routes. Returns the callback that was used.
async fn sign_in(client: &Client, tenant: &Tenant, user: &str) -> String {
    let to_logto = location(&client.get("/logto/sign-in?return_to=/known").dispatch().await).to_owned();
    let callback = path_of(&tenant.sign_in(to_logto, user).await.unwrap());
    let back = client.get(&callback).dispatch().await;
    assert_eq!(location(&back), "/known");
    drop(back);
    callback
}

async fn body(client: &Client, path: &str) -> String {
    client.get(path).dispatch().await.into_string().await.unwrap_or_default()
}

#[rocket::async_test]
async fn field_16_a_tracked_client_signs_in_stays_signed_in_and_signs_out() {
    for store in ["cookie", "memory"] {
        let tenant = Tenant::recorded().start().await.unwrap();
        let client = tracked(&tenant, store).await;
        assert_eq!(client.get("/known").dispatch().await.status(), Status::Unauthorized, "{store}");
        sign_in(&client, &tenant, "alice").await;
        assert!(client.cookies().iter().all(|cookie| !cookie.name().contains("_sign_in_")), "{store}");
        for path in ["/known", "/open", "/known"] {
            assert_eq!(body(&client, path).await, ALICE, "{store} {path}");
        }
        assert_eq!(client.get("/orders").dispatch().await.status(), Status::Ok, "{store}: with a token");
        assert_eq!(client.get("/token").dispatch().await.status(), Status::Ok, "{store}: with another one");
        assert_eq!(client.post("/logto/sign-out").dispatch().await.status(), Status::SeeOther);
        assert_eq!(client.get("/known").dispatch().await.status(), Status::Unauthorized, "{store}");
        assert_eq!(client.cookies().iter().count(), 0, "{store}: nothing of ours is left");
        // And in again, as somebody else.
        sign_in(&client, &tenant, "bob").await;
        assert_eq!(client.get("/known").dispatch().await.status(), Status::Ok, "{store}");
    }
}

#[test]
fn field_16_a_blocking_client_does_the_same() {
    let runtime = rocket::tokio::runtime::Runtime::new().unwrap();
    let tenant = runtime.block_on(Tenant::recorded().start()).unwrap();
    let rocket = Bench::rocket(&tenant, Logto::fairing(), |figment| figment);
    let client = blocking::Client::tracked(rocket).unwrap();
    let begun = client.get("/logto/sign-in?return_to=/known").dispatch();
    let to_logto = begun.headers().get_one("location").unwrap().to_owned();
    let callback = path_of(&runtime.block_on(tenant.sign_in(to_logto, "alice")).unwrap());
    let back = client.get(&callback).dispatch();
    assert_eq!(back.headers().get_one("location"), Some("/known"));
    assert_eq!(client.get("/known").dispatch().into_string().as_deref(), Some(ALICE));
    assert_eq!(client.post("/logto/sign-out").dispatch().status(), Status::SeeOther);
    assert_eq!(client.get("/known").dispatch().status(), Status::Unauthorized);
}

/// A jar that has the session, and a header that has other cookies: both are read.
#[rocket::async_test]
async fn field_16_a_cookie_header_beside_the_jar_hides_nothing() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let client = tracked(&tenant, "cookie").await;
    sign_in(&client, &tenant, "alice").await;
    let asked = client.get("/open").header(Header::new("Cookie", "theme=dark")).cookie(("a", "b"));
    assert_eq!(asked.dispatch().await.into_string().await.as_deref(), Some(ALICE));

    // An untracked client sends what it is handed with each request.
    let cookies: Vec<Cookie<'static>> = client.cookies().iter().cloned().collect();
    let untracked = Client::untracked(Bench::rocket(&tenant, Logto::fairing(), |figment| {
        figment.merge(("logto.session_store", "cookie"))
    }));
    let untracked = untracked.await.unwrap();
    assert_eq!(body(&untracked, "/open").await, "nobody");
    // It has keys of its own, so the cookies open where they were sealed, and not there.
    let asked = untracked.get("/open").cookies(cookies.clone());
    assert_eq!(asked.dispatch().await.into_string().await.as_deref(), Some("nobody"));
    let asked = client.get("/open").cookies(cookies);
    assert_eq!(asked.dispatch().await.into_string().await.as_deref(), Some(ALICE));
}

/// Rocket decodes names and trims them as Unicode does: what it made of a header of another host's counts for nothing.
#[rocket::async_test]
async fn field_16_what_rocket_reads_out_of_a_header_is_not_read_again() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let bench = Bench::probe_app_of(tenant, |figment| figment.merge(("logto.session_store", "cookie"))).await;
    let alice = bench.signed_in("alice").await.jar;
    for (name, value) in alice.session() {
        let quoted = name.replace('_', "%5f");
        for planted in [
            format!("{quoted}={value}"),
            format!("\u{2000}{name}={value}"),
            format!("{name}\u{3000}={value}"),
            format!("%6c{}={value}", &name[1..]),
            format!("{name}={value}; \u{2000}{name}={value}").split_off(name.len() + value.len() + 3),
        ] {
            let ask = logto_tests::Ask::get("/open").header("cookie", &planted);
            assert_eq!(bench.call(ask).await.body, "nobody", "{planted}");
        }
    }
}
