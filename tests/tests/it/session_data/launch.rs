//! What is checked before the application launches.

use logto_dev::Tenant;
use logto_rocket::{Logto, SessionData, SessionValue, public};
use logto_tests::rocket_settings;
use rocket::serde::{Deserialize, Serialize};
use rocket::{get, routes};

use super::app::Place;

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

#[rocket::async_test]
async fn two_types_with_one_name_do_not_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    let launch = |routes| Place::Memory.rocket(&tenant, routes, |figment| figment).ignite();
    assert!(launch(routes![number]).await.is_ok());
    assert!(launch(routes![number, same_name]).await.is_err(), "one would read what the other has written");
    assert!(launch(routes![bad_name]).await.is_err());
}

#[rocket::async_test]
async fn a_limit_that_does_not_fit_does_not_launch() {
    let tenant = Tenant::recorded().start().await.unwrap();
    for (place, limit, launches) in [
        (Place::Cookies, 2_048, true),
        (Place::Cookies, 2_049, false),
        (Place::Memory, 65_536, true),
        (Place::Memory, 65_537, false),
        (Place::Memory, 0, false),
        (Place::Memory, -1, false),
    ] {
        let rocket = place
            .rocket(&tenant, routes![number], |figment| figment.merge(("logto.session_data_limit", limit)));
        assert_eq!(rocket.ignite().await.is_ok(), launches, "{}: {limit}", place.name());
    }
}

#[rocket::async_test]
async fn session_data_without_the_fairing_does_not_launch() {
    let rocket = rocket::custom(rocket_settings()).mount("/", routes![number]);
    assert!(rocket.ignite().await.is_err());
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
        rocket::custom(figment).attach(Logto::fairing()).mount("/", routes).ignite()
    };
    assert!(launch(routes![unguarded]).await.is_err());
    let rocket = launch(routes![number]).await.expect("it is open on purpose");
    let report = rocket.state::<Logto>().unwrap().access_report().unwrap().to_string();
    assert!(!report.contains("SessionData"), "{report}");
}
