//! What is checked before the application launches.

use logto_dev::Tenant;
use logto_rocket::{Logto, SessionData, SessionValue, public};
use logto_tests::rocket_settings;
use rocket::serde::{Deserialize, Serialize};
use rocket::{Build, Rocket, get, routes};

use super::app::SessionBackend;

macro_rules! values {
    ($($value:ident $name:literal $handler:ident $path:literal),+) => {$(
        #[derive(Default, Serialize, Deserialize)]
        #[serde(crate = "rocket::serde")]
        struct $value(u8);

        impl SessionValue for $value {
            const NAME: &'static str = $name;
        }

        #[public]
        #[get($path)]
        fn $handler(value: SessionData<$value>) -> String {
            value.get().0.to_string()
        }
    )+};
}

values! {
    Number "number" number "/number",
    SameName "number" same_name "/same",
    BadName "a number" bad_name "/bad"
}

async fn launches(rocket: Rocket<Build>) -> bool {
    match rocket.ignite().await {
        Ok(_) => true,
        Err(error) => {
            // An error that nobody has looked at panics.
            let _ = error.kind();
            false
        }
    }
}

#[rocket::async_test]
async fn two_types_with_one_name_do_not_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let with = |routes| launches(SessionBackend::Memory.rocket(&tenant, routes, |figment| figment));
    assert!(with(routes![number]).await);
    assert!(!with(routes![number, same_name]).await, "one would read what the other has written");
    assert!(!with(routes![bad_name]).await);
}

#[rocket::async_test]
async fn a_limit_that_does_not_fit_does_not_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    for (backend, limit, expected) in [
        (SessionBackend::Cookies, 2_048, true),
        (SessionBackend::Cookies, 2_049, false),
        (SessionBackend::Memory, 65_536, true),
        (SessionBackend::Memory, 65_537, false),
        (SessionBackend::Memory, 0, false),
        (SessionBackend::Memory, -1, false),
    ] {
        let rocket = backend
            .rocket(&tenant, routes![number], |figment| figment.merge(("logto.session_data_limit", limit)));
        assert_eq!(launches(rocket).await, expected, "{}: {limit}", backend.name());
    }
}

#[rocket::async_test]
async fn session_data_without_the_fairing_does_not_launch() {
    let rocket = rocket::custom(rocket_settings()).mount("/", routes![number]);
    assert!(!launches(rocket).await);
}

/// It lets everybody in, so it guards nothing.
#[rocket::async_test]
async fn session_data_is_no_guard() {
    #[get("/unguarded")]
    fn unguarded(value: SessionData<Number>) -> String {
        value.get().0.to_string()
    }
    let tenant = Tenant::recorded().start().await.unwrap();
    let launch = |routes| {
        let figment = logto_tests::settings(&tenant).merge(("logto.unguarded", "deny"));
        rocket::custom(figment).attach(Logto::fairing()).mount("/", routes)
    };
    assert!(!launches(launch(routes![unguarded])).await);
    let rocket = launch(routes![number]).ignite().await.expect("it is open on purpose");
    let report = rocket.state::<Logto>().unwrap().access_report().unwrap().to_string();
    assert!(!report.contains("SessionData"), "{report}");
}
