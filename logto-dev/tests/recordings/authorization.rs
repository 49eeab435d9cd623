//! 13: where the errors of the authorization endpoint go, and what a live session changes.

use logto_dev::recorded::{ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API};

use crate::replay::{ALL_SCOPES, Replay};

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
        // The recorder wrote the address down as the browser resolved it.
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
