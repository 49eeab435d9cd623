//! What leads to another authorization request, and that there is one.

use std::time::Duration;

use logto_dev::Endpoint;
use logto_dev::recorded::{ACME, ALICE, BOB, OTHER_API, ROCKET_APP_PLAIN};
use logto_tests::{Browser, param, path_of};
use rocket::figment::Figment;
use rocket::{Route, routes};

use super::{
    ORGANIZATIONS, SessionBackend, Shop, acme, at_first, both_resources, hidden, invites, later, members,
    other, reaches, round, to_logto,
};

#[rocket::async_test]
async fn a_session_from_before_a_deployment_reaches_its_page() {
    for backend in SessionBackend::both() {
        let shop = Shop::new(backend).await;
        let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
        let (mut browser, mut at_logto) = shop.signed_in(&old, "alice").await;
        assert_eq!(browser.open("/orders").await.body, "orders");

        let mut browser = browser.at(&new);
        assert_eq!(browser.open("/orders").await.body, "orders", "what was requested is still enough");
        let sign_in = browser.open("/write?page=a%20b").await.location().to_owned();
        let authorization = to_logto(&mut browser.clone(), &sign_in).await;
        let scopes = param(&authorization, "scope").unwrap();
        assert!(scopes.split(' ').any(|scope| scope == "write:orders"), "{scopes}");
        assert_eq!(param(&authorization, "max_age"), None);
        assert_eq!(round(&mut browser, &mut at_logto, &sign_in).await, "/write?page=a%20b");
        assert_eq!(browser.open("/write?page=a%20b").await.body, "a b");
        assert_eq!(browser.open("/").await.body, ALICE);
        let calls = shop.tenant.journal().count(Endpoint::Authorize);
        for path in ["/write", "/any", "/orders", "/write"] {
            assert_eq!(browser.open(path).await.status, 200, "{path}");
        }
        assert_eq!(shop.tenant.journal().count(Endpoint::Authorize), calls, "no further round");
    }
}

#[rocket::async_test]
async fn the_refresh_token_that_comes_with_it_lasts() {
    let shop = Shop::in_cookies().await;
    let plain = |figment: Figment| {
        figment
            .merge(("logto.app_id", ROCKET_APP_PLAIN.id))
            .merge(("logto.app_secret", ROCKET_APP_PLAIN.secret))
    };
    let old = shop.deploy_with(at_first(), plain).await;
    let new = shop.deploy_with(later(), plain).await;
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    reaches(&mut browser, &mut at_logto, "/write", "written").await;
    shop.tenant.clock().advance(Duration::from_secs(3 * 3600));
    assert_eq!(browser.open("/write").await.status, 200);
}

#[rocket::async_test]
async fn resources_organizations_and_roles_are_requested_later_too() {
    let with = |more: Vec<Route>| [at_first(), more].concat();
    let cases: [(&str, &str, Vec<Route>, &str, &str); 4] = [
        ("/role", "role", later(), "scope", "roles"),
        (&acme("members"), &format!("{ACME} "), with(routes![members]), "scope", ORGANIZATIONS),
        (
            &acme("invites"),
            &format!("{ACME} invite:member"),
            with(routes![invites]),
            "scope",
            "invite:member",
        ),
        // The guards of the shop name no resource, so a route for another one is deployed alone.
        ("/other", OTHER_API, routes![other], "resource", OTHER_API),
    ];
    for (path, body, routes, name, value) in cases {
        let shop = Shop::in_cookies().await;
        let old = shop.deploy(at_first()).await;
        let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
        let resources = |figment| if path == "/other" { both_resources(figment) } else { figment };
        let new = shop.deploy_with(routes, resources).await;
        let mut browser = browser.at(&new);
        let refreshes = |shop: &Shop| shop.tenant.journal().count(Endpoint::Token);
        let before = refreshes(&shop);
        let sign_in = browser.open(path).await.location().to_owned();
        if path != "/role" {
            assert_eq!(refreshes(&shop), before, "{path}: Logto is not asked for what it would refuse");
        }
        let authorization = to_logto(&mut browser.clone(), &sign_in).await;
        let values: Vec<String> = authorization
            .query_pairs()
            .filter(|(known, _)| known == name)
            .flat_map(|(_, value)| value.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert!(values.iter().any(|one| one == value), "{path}: {authorization}");
        assert_eq!(round(&mut browser, &mut at_logto, &sign_in).await, path);
        let answer = browser.open(path).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, body), "{path}");
    }
}

/// Bob has no role: Logto grants nothing, and he is told so, and not led round again.
#[rocket::async_test]
async fn what_is_not_granted_then_is_refused() {
    for backend in SessionBackend::both() {
        let shop = Shop::new(backend).await;
        let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
        let (browser, mut at_logto) = shop.signed_in(&old, "bob").await;
        let mut browser = browser.at(&new);
        let sign_in = browser.open("/write").await.location().to_owned();
        assert_eq!(round(&mut browser, &mut at_logto, &sign_in).await, "/write");
        for _ in 0..3 {
            let answer = browser.open("/write").await;
            assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"), "{answer:?}");
            // Not even once the mark is gone: the session knows that it was requested.
            browser.jar.0.retain(|name, _| !name.ends_with("_authorized"));
        }
        let role = browser.open("/role").await;
        assert_eq!((role.status, &*role.code()), (403, "missing_role"), "{role:?}");
        assert_eq!(browser.open("/").await.body, BOB);
    }
}

/// A user without a permission is refused as before, if the sign-in has requested it.
#[rocket::async_test]
async fn nothing_is_requested_again_that_was_requested() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (mut browser, _) = shop.signed_in(&old, "bob").await;
    for app in [&old, &new] {
        browser = browser.at(app);
        let answer = browser.open("/orders").await;
        assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"), "{answer:?}");
    }
}

/// While two versions run side by side, the old one may handle the sign-in that the new one needs.
#[rocket::async_test]
async fn two_versions_side_by_side_make_no_loop() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let mut browser = browser.at(&new);
    let mut other_tab = browser.clone();
    let answer = browser.open("/write").await;
    let marks = answer.cookies().into_iter().filter(|cookie| cookie.name.ends_with("_authorized"));
    assert_eq!(marks.map(|mark| mark.max_age).collect::<Vec<_>>(), [Some(30)]);
    let sign_in = answer.location().to_owned();
    other_tab.jar = browser.jar.clone();
    assert_eq!(other_tab.open("/write").await.code(), "insufficient_scope", "not twice at the same time");
    // The sign-in route and the callback of the old version.
    browser = browser.at(&old);
    assert_eq!(round(&mut browser, &mut at_logto, &sign_in).await, "/write");
    browser = browser.at(&new);
    let answer = browser.open("/write").await;
    assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"), "{answer:?}");
    assert_eq!(browser.open("/orders").await.body, "orders");
    // The browser forgets the mark after a while, and the next navigation begins another sign-in.
    let mark = browser.jar.0.keys().find(|name| name.ends_with("_authorized")).cloned().unwrap();
    browser.jar.0.remove(&mark);
    reaches(&mut browser, &mut at_logto, "/write", "written").await;
    // A session of the new version is good for the old one.
    let mut browser = browser.at(&old);
    assert_eq!(browser.open("/orders").await.body, "orders");
}

/// A mark for other scopes and resources does not count.
#[rocket::async_test]
async fn the_next_deployment_begins_a_round_of_its_own() {
    let shop = Shop::in_cookies().await;
    let old = shop.deploy(at_first()).await;
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let second = shop.deploy(later()).await;
    let mut browser = browser.at(&second);
    reaches(&mut browser, &mut at_logto, "/write", "written").await;
    let third = shop.deploy([later(), routes![members]].concat()).await;
    let mut browser = browser.at(&third);
    reaches(&mut browser, &mut at_logto, &acme("members"), &format!("{ACME} ")).await;
}

/// One round brings both a scope and a fresh sign-in.
#[rocket::async_test]
async fn a_step_up_and_a_new_scope_take_one_round() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    shop.tenant.clock().advance(Duration::from_secs(600));
    let mut browser = browser.at(&new);
    let sign_in = browser.open("/fresh").await.location().to_owned();
    let authorization = to_logto(&mut browser, &sign_in).await;
    assert_eq!(param(&authorization, "max_age").as_deref(), Some("300"));
    assert!(param(&authorization, "scope").unwrap().contains("write:orders"));
    let callback = shop.tenant.sign_in(authorization, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/fresh");
    assert_eq!(browser.open("/fresh").await.body, "fresh");
    // Without the fresh sign-in it is a step-up as ever.
    shop.tenant.clock().advance(Duration::from_secs(600));
    let again = browser.open("/fresh").await;
    assert!(again.location().ends_with("&max_age=300"), "{again:?}");
}

/// What no sign-in requests cannot be waited for.
#[rocket::async_test]
async fn a_need_that_the_launch_does_not_know_leads_nowhere() {
    let shop = Shop::in_cookies().await;
    let app = shop.deploy([at_first(), routes![hidden]].concat()).await;
    let (mut browser, _) = shop.signed_in(&app, "alice").await;
    let answer = browser.open("/hidden").await;
    assert_eq!((answer.status, &*answer.code()), (403, "insufficient_scope"), "{answer:?}");
}

/// A guard in `Option` keeps nobody out, so it leads nobody to Logto.
#[rocket::async_test]
async fn an_optional_guard_leads_nowhere() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, _) = shop.signed_in(&old, "alice").await;
    assert_eq!(browser.at(&new).open("/optional").await.body, "false");
}

/// The registration of a resource at Logto was forgotten: the error is told once, at the callback, and the session
/// stays.
#[rocket::async_test]
async fn a_resource_that_logto_does_not_know_ends_at_a_page() {
    let shop = Shop::in_cookies().await;
    let old = shop.deploy(at_first()).await;
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    let new = shop.deploy_with(routes![super::home, other], both_resources).await;
    shop.tenant.api_resources().delete(OTHER_API).unwrap();
    let mut browser = browser.at(&new);
    let sign_in = browser.open("/other").await.location().to_owned();
    let authorization = to_logto(&mut browser, &sign_in).await;
    let callback = at_logto.open(authorization).await.unwrap();
    let answer = browser.open(path_of(&callback)).await;
    assert_eq!(answer.header("location"), None, "{answer:?}");
    assert!(answer.status >= 400, "{answer:?}");
    let answer = browser.open("/other").await;
    assert_eq!((answer.status, &*answer.code()), (403, "not_granted"), "{answer:?}");
    assert_eq!(browser.open("/").await.body, ALICE);
}

/// A browser that was led to Logto, and is signed in there no more.
#[rocket::async_test]
async fn logto_may_ask_who_it_is() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (browser, mut at_logto) = shop.signed_in(&old, "alice").await;
    at_logto.forget();
    let mut browser = browser.at(&new);
    let sign_in = browser.open("/write").await.location().to_owned();
    let authorization = to_logto(&mut browser, &sign_in).await;
    let callback = at_logto.sign_in(authorization, "alice").await.unwrap();
    assert_eq!(browser.open(path_of(&callback)).await.location(), "/write");
    assert_eq!(browser.open("/write").await.body, "written");
}

/// Two tabs, of which one signs in at the old version and one at the new: the newer request wins.
#[rocket::async_test]
async fn a_sign_in_that_has_requested_less_does_not_take_its_place() {
    let shop = Shop::in_cookies().await;
    let (old, new) = (shop.deploy(at_first()).await, shop.deploy(later()).await);
    let (mut browser, mut at_logto) = (Browser::new(&old), shop.tenant.browser());
    let less = at_logto.sign_in(browser.begin("/orders").await, "alice").await.unwrap();
    browser = browser.at(&new);
    let more = at_logto.open(browser.begin("/write").await).await.unwrap();
    // Both tabs send the cookies from before the other's response, to the new version.
    let mut one = browser.clone();
    assert_eq!(one.open(path_of(&less)).await.location(), "/orders");
    let mut two = browser.clone();
    assert_eq!(two.open(path_of(&more)).await.location(), "/write");
    assert_eq!(two.open("/write").await.body, "written");
}
