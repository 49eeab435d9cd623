//! 13, 14, 24, 32 and 36: redirects and errors of authorization requests, without and with a session.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::Tenant;
use logto_dev::recorded::{ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API};

use crate::compare;
use crate::cookies::Cookies;
use crate::replay::{ALL_SCOPES, Replay, field};

const WITH_A_SESSION: usize = 27;

#[tokio::test]
async fn recording_13_authorize_errors() {
    let mut replay = Replay::of("13-authorize-errors").await;
    replay.all(0..WITH_A_SESSION).await;
    let mut browser = replay.tenant.browser();
    let url = replay.authorization(ROCKET_APP.id, ALL_SCOPES, &[SHOPPING_API], Some("consent"), None);
    browser.sign_in(url, "alice").await.unwrap();
    for index in WITH_A_SESSION..replay.len() {
        replay.one_with_cookies(index, &browser.cookie_header("/")).await;
    }
}

const TOKENS: usize = 27;

#[tokio::test]
async fn recording_14_authorize_extras() {
    let mut replay = Replay::of("14-authorize-extras").await;
    for index in 0..TOKENS {
        let answer = replay.one(index).await;
        let actual = answer.headers.get("location").unwrap().to_str().unwrap().to_owned();
        // The recording has the address as the browser resolved it.
        let resolved = format!("http://localhost:3001{actual}");
        assert_eq!(
            Some(resolved.as_str()),
            replay.exchange(index)["location"].as_str(),
            "14[{index}]: location"
        );
        let context = |cookies: Vec<String>| cookies.into_iter().find(|cookie| cookie.starts_with("_logto="));
        let live =
            answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap().to_owned());
        let recorded = replay.exchange(index)["setCookie"].as_array().unwrap();
        let recorded = recorded.iter().map(|cookie| cookie.as_str().unwrap().to_owned());
        assert_eq!(context(live.collect()), context(recorded.collect()), "14[{index}]: the context cookie");
    }
}

#[tokio::test]
async fn recording_24_pushed_authorization_requests() {
    let mut replay = Replay::of("24-par").await;
    replay.all(0..replay.len()).await;
}

#[tokio::test]
async fn recording_32_prompt_none_and_consent() {
    let mut replay = Replay::of("32-prompt-none-consent").await;
    let mut browser = replay.tenant.browser();
    let url = replay.authorization(ROCKET_APP_PLAIN.id, "openid", &[], None, None);
    browser.sign_in(url, "alice").await.unwrap();
    for index in 0..replay.len() {
        let cookies = if index == 5 { String::new() } else { browser.cookie_header("/") };
        replay.one_with_cookies(index, &cookies).await;
    }
}

/// Requests in the browser that bob has signed in with.
const OF_BOB: std::ops::RangeInclusive<usize> = 79..=97;

#[tokio::test]
async fn recording_36_sign_in_parameters() {
    let carols = UNIX_EPOCH + Duration::from_millis(1_795_856_553_050);
    let tenant = Tenant::recorded().change_user("carol", |carol| carol.created_at(carols));
    let mut replay = Replay::with("36-sign-in-parameters", tenant).await;
    replay.tenant.clock().freeze();
    let plain = |replay: &Replay| replay.authorization(ROCKET_APP.id, "openid profile", &[], None, None);
    let mut browser = replay.tenant.browser();
    let callback = browser.sign_in(plain(&replay), "bob").await.unwrap();
    let tokens = replay.redeem_without_pkce(ROCKET_APP, &callback).await;
    let refresh = field(replay.exchange(105), "refresh_token").unwrap();
    replay.know(&refresh, tokens["refresh_token"].as_str().unwrap());
    let mut page = Cookies::default();
    for index in 0..=105 {
        let exchange = replay.exchange(index).clone();
        match exchange["url"].as_str().unwrap_or_default() {
            url if url.contains("/oidc/auth?") => {
                let mut cookies = Cookies::default();
                if OF_BOB.contains(&index) || index == 104 {
                    cookies = Cookies::of(&browser);
                }
                let answer = replay.one_with_cookies(index, &cookies.header()).await;
                cookies.keep(&answer);
                page = cookies;
            }
            _ if exchange["request"].is_null() => {
                // Carol signs in where bob was. Logto has a page of its own for the end of his session.
                if index == 98 {
                    let verifier = field(replay.exchange(103), "code_verifier").unwrap();
                    let challenge = Some(compare::challenge(&verifier));
                    let url =
                        replay.authorization(ROCKET_APP.id, "openid profile", &[], Some("login"), challenge);
                    let callback = browser.sign_in(url, "carol").await.unwrap();
                    let code = field(replay.exchange(103), "code").unwrap();
                    replay.know(&code, compare::query(&callback, "code").unwrap());
                }
            }
            _ => {
                replay.one_with_cookies(index, &page.header()).await;
            }
        }
    }
    with_one_time_tokens(&mut replay).await;
}

/// The tenant has no one-time tokens, but requests with one redirect in the same way.
async fn with_one_time_tokens(replay: &mut Replay) {
    let plain = replay.authorization(ROCKET_APP.id, "openid profile", &[], None, None);
    let mut bob = replay.tenant.browser();
    bob.sign_in(plain, "bob").await.unwrap();
    for index in 106..replay.len() {
        let exchange = replay.exchange(index).clone();
        let in_a_session = exchange["notes"].as_str().is_some_and(|notes| notes.contains(" session"));
        if exchange["url"].as_str().is_some_and(|url| url.contains("/oidc/auth?")) {
            let cookies = if in_a_session { bob.cookie_header("/") } else { String::new() };
            replay.one_with_cookies(index, &cookies).await;
        }
    }
}
