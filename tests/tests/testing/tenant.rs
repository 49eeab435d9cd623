//! Local clients that sign in through the application's own routes, with a tenant of `logto-dev`.

use std::time::Duration;

use logto_dev::recorded::ROCKET_APP;
use logto_dev::{Error, Tenant};
use logto_rocket::{Denied, Logto, Welcome};
use logto_tests::{LogCapture, settings};
use rocket::local::{asynchronous, blocking};
use rocket::{Build, Rocket};

use crate::app::{all_routes, text};

fn tenant() -> Tenant {
    LogCapture::listen();
    Tenant::recorded().start_blocking().expect("a tenant")
}

fn app(tenant: &Tenant) -> Rocket<Build> {
    let fairing = Logto::fairing().clock(tenant.clock().reader()).on_sign_in(async |user, _| {
        match user.claims().username.as_deref() {
            Some("bob") => Err(Denied::because("the shop is closed for you")),
            Some("carol") => Ok(Welcome::to("/profile")),
            _ => Ok(Welcome::back()),
        }
    });
    rocket::custom(settings(tenant)).attach(fairing).mount("/", all_routes())
}

#[test]
fn a_blocking_client_signs_in_in_one_call() {
    let tenant = tenant();
    let client = blocking::Client::tracked(app(&tenant)).expect("it launches");
    let signed_in = tenant.sign_in_client(&client, "alice").expect("signed in");
    assert_eq!(signed_in.location(), "/");
    assert!(text(client.get("/profile").dispatch()).contains("Alice"));
    let elsewhere = tenant.sign_in_client_at(&client, "/logto/sign-in?return_to=/orders", "alice");
    assert_eq!(elsewhere.expect("signed in").location(), "/orders");
}

#[test]
fn a_guarded_page_leads_through_sign_in_and_back() {
    let tenant = tenant();
    let client = blocking::Client::tracked(app(&tenant)).expect("it launches");
    let signed_in = tenant.sign_in_client_at(&client, "/orders?page=2", "alice").expect("signed in");
    assert_eq!(signed_in.location(), "/orders?page=2");
}

#[rocket::async_test]
async fn an_asynchronous_client_signs_in_in_one_call() {
    let tenant = tenant();
    let client = asynchronous::Client::tracked(app(&tenant)).await.expect("it launches");
    tenant.sign_in_client(&client, "alice").await.expect("signed in");
    assert_eq!(client.get("/orders").dispatch().await.status().code, 200);
}

#[test]
fn an_untracked_client_takes_the_cookies_along() {
    let tenant = tenant();
    let client = blocking::Client::untracked(app(&tenant)).expect("it launches");
    let signed_in = tenant.sign_in_client(&client, "alice").expect("signed in");
    assert_eq!(client.get("/orders").dispatch().status().code, 401);
    assert_eq!(client.get("/orders").cookies(signed_in.cookies()).dispatch().status().code, 200);
}

#[test]
fn the_hooks_of_the_application_run() {
    let tenant = tenant();
    let client = blocking::Client::tracked(app(&tenant)).expect("it launches");
    assert_eq!(tenant.sign_in_client(&client, "carol").expect("signed in").location(), "/profile");
    match tenant.sign_in_client(&client, "bob") {
        Err(Error::NotSignedIn { status: 403, path, body }) => {
            assert_eq!(path, "/logto/callback");
            assert!(body.contains("<!DOCTYPE html>") || body.contains("<html"), "{body}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_application_may_live_below_a_path() {
    LogCapture::listen();
    for strips in [false, true] {
        let tenant = Tenant::recorded()
            .application_redirect(
                ROCKET_APP.id,
                "http://localhost:8000/shop/auth/callback",
                "http://localhost:8000/shop/",
            )
            .start_blocking()
            .expect("a tenant");
        let settings = settings(&tenant)
            .merge(("logto.public_url", "http://localhost:8000/shop"))
            .merge(("logto.proxy_strips_path", strips))
            .merge(("logto.prefix", "/auth"));
        let mount = if strips { "/" } else { "/shop" };
        let rocket = rocket::custom(settings).attach(Logto::fairing()).mount(mount, all_routes());
        let client = blocking::Client::tracked(rocket).expect("it launches");
        let signed_in = tenant.sign_in_client(&client, "alice").expect("signed in");
        assert_eq!(signed_in.location(), "/shop/");
        let page = if strips { "/orders" } else { "/shop/orders" };
        assert_eq!(client.get(page).dispatch().status().code, 200, "{strips}");
    }
}

#[test]
fn the_clock_of_the_tenant_is_that_of_the_application() {
    let tenant = tenant();
    let client = blocking::Client::tracked(app(&tenant)).expect("it launches");
    tenant.sign_in_client(&client, "alice").expect("signed in");
    tenant.clock().advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(client.get("/orders").dispatch().status().code, 401);
}

#[test]
fn an_application_without_a_sign_in_route_is_told_so() {
    let tenant = tenant();
    let client =
        blocking::Client::tracked(rocket::custom(logto_tests::rocket_settings())).expect("it launches");
    match tenant.sign_in_client(&client, "alice") {
        Err(error @ Error::NotSignedIn { .. }) => {
            assert!(error.to_string().contains("Logto::fairing()"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}
