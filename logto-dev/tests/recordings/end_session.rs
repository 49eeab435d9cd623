//! 12: signing out.

use logto_dev::recorded::{ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API};
use serde_json::Value;

use crate::cookies::Cookies;
use crate::replay::{ALL_SCOPES, Replay, field};

#[tokio::test]
async fn recording_12_end_session() {
    let mut replay = Replay::of("12-end-session").await;
    let mut cookies = Cookies::default();
    for index in 0..replay.len() {
        let exchange = replay.exchange(index).clone();
        if exchange["hops"].is_array() {
            cookies = fresh_session(&mut replay, index).await;
            sign_out(&mut replay, index, &exchange, &mut cookies).await;
        } else {
            replay.one_with_cookies(index, &cookies.header()).await;
        }
    }
}

/// Signs alice in anew, and lets her refresh token stand for the one that the following exchanges use.
async fn fresh_session(replay: &mut Replay, index: usize) -> Cookies {
    let notes = replay.exchange(index)["notes"].as_str().unwrap().to_owned();
    if notes.starts_with("no session at all") {
        return Cookies::default();
    }
    let scopes = if notes.starts_with("no offline_access") {
        ALL_SCOPES.replace("offline_access ", "")
    } else {
        ALL_SCOPES.to_owned()
    };
    let mut browser = replay.tenant.browser();
    let url = replay.authorization(ROCKET_APP.id, &scopes, &[SHOPPING_API], Some("consent"), None);
    let callback = browser.sign_in(url, "alice").await.unwrap();
    if let Some(refresh) =
        (index + 1 < replay.len()).then(|| field(replay.exchange(index + 1), "refresh_token")).flatten()
    {
        let tokens = replay.redeem_without_pkce(ROCKET_APP, &callback).await;
        replay.know(&refresh, tokens["refresh_token"].as_str().unwrap());
    }
    Cookies::of(&browser)
}

#[tokio::test]
async fn recording_22_end_session_edge() {
    let mut replay = Replay::of("22-end-session-edge").await;
    // 0 needs an application that the recorder made for the purpose and that has no place in the tenant.
    let url = |replay: &Replay, client_id| {
        replay.authorization(client_id, ALL_SCOPES, &[SHOPPING_API], Some("consent"), None)
    };
    let mut browser = replay.tenant.browser();
    browser.sign_in(url(&replay, ROCKET_APP.id), "bob").await.unwrap();
    let mut cookies = Cookies::of(&browser);
    let exchange = replay.exchange(1).clone();
    sign_out(&mut replay, 1, &exchange, &mut cookies).await;
    replay.one_with_cookies(2, &cookies.header()).await;

    let mut browser = replay.tenant.browser();
    browser.sign_in(url(&replay, ROCKET_APP.id), "alice").await.unwrap();
    let callback = browser.open(url(&replay, ROCKET_APP_PLAIN.id)).await.unwrap();
    let tokens = replay.redeem_without_pkce(ROCKET_APP_PLAIN, &callback).await;
    let refresh = field(replay.exchange(4), "refresh_token").unwrap();
    replay.know(&refresh, tokens["refresh_token"].as_str().unwrap());
    let mut cookies = Cookies::of(&browser);
    let exchange = replay.exchange(3).clone();
    sign_out(&mut replay, 3, &exchange, &mut cookies).await;
    replay.all(4..5).await;
    replay.one_with_cookies(5, &cookies.header()).await;
}

/// Goes through the recorded pages with the live browser.
async fn sign_out(replay: &mut Replay, index: usize, exchange: &Value, cookies: &mut Cookies) {
    let mut page = String::new();
    for hop in exchange["hops"].as_array().unwrap() {
        let mut hop = hop.clone();
        let url = hop["url"].as_str().unwrap().to_owned();
        if url.ends_with("/confirm") {
            let xsrf = page.split_once("name=\"xsrf\" value=\"").unwrap().1.split_once('"').unwrap().0;
            hop["request"]["form"] = serde_json::json!([["logout", "yes"], ["xsrf", xsrf]]);
        } else if let Some(body) = hop["request"]["body"].as_str().map(str::to_owned) {
            let pairs = url::form_urlencoded::parse(body.as_bytes());
            let pairs: Vec<Value> = pairs.map(|(name, value)| serde_json::json!([name, value])).collect();
            hop["request"]["form"] = pairs.into();
        }
        let answer = replay.send(&hop, Some(&cookies.header())).await;
        replay.compare(index, &hop, &answer).await;
        cookies.keep(&answer);
        page = answer.body;
    }
}
