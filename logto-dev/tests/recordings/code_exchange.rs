//! 04 and 05: code exchanges and their errors.

use logto_dev::recorded;

use crate::compare;
use crate::replay::{ALL_SCOPES, Replay, field};

#[tokio::test]
async fn recording_04_code_exchange() {
    let mut replay = Replay::of("04-code-exchange").await;
    for index in 0..replay.len() {
        match index {
            10 => denied(&replay, index, "openid profile", false).await,
            13 => denied(&replay, index, "", true).await,
            _ => {
                let user = match index {
                    19 => "bob",
                    20 => "carol",
                    _ => "alice",
                };
                replay.sign_in_for(index, user).await;
                replay.one(index).await;
            }
        }
    }
}

/// Two attempts never reached the token endpoint; the recording has the callback they ended at.
async fn denied(replay: &Replay, index: usize, scopes: &str, no_scope: bool) {
    let error = replay.exchange(index)["error"].as_str().unwrap();
    let expected = url::Url::parse(error.strip_prefix("no code: ").unwrap()).unwrap();
    let scopes = scopes.replace("openid ", "");
    let mut url = replay.authorization(
        recorded::ROCKET_APP.id,
        &scopes,
        &[recorded::SHOPPING_API],
        Some("consent"),
        None,
    );
    if no_scope {
        url = url.replace("scope=&", "");
    } else {
        url += "&nonce=n";
    }
    let callback = replay.tenant.sign_in(url, "alice").await.unwrap();
    for name in ["error", "error_description"] {
        assert_eq!(compare::query(&callback, name), compare::query(&expected, name), "04[{index}]: {name}");
    }
    assert_eq!(compare::query(&callback, "iss"), Some(replay.tenant.issuer()), "04[{index}]: iss");
    assert!(compare::query(&callback, "state").is_some(), "04[{index}]: state");
}

#[tokio::test]
async fn recording_05_code_exchange_errors() {
    let mut replay = Replay::of("05-code-exchange-errors").await;
    for index in 0..replay.len() {
        let exchange = replay.exchange(index).clone();
        if let Some(code) = field(&exchange, "code").filter(|code| code.len() == 43 && !replay.knows(code)) {
            // The first attempt is with a wrong verifier: the right one is in the second.
            let right = if index == 0 { replay.exchange(1).clone() } else { exchange };
            let challenge = match index {
                2 => Some("a-challenge-that-no-verifier-was-sent-for-00".to_owned()),
                24 => None,
                _ => field(&right, "code_verifier").map(|verifier| compare::challenge(&verifier)),
            };
            let url = replay.authorization(
                recorded::ROCKET_APP.id,
                ALL_SCOPES,
                &[recorded::SHOPPING_API],
                Some("consent"),
                challenge,
            );
            let callback = replay.tenant.sign_in(url, "alice").await.unwrap();
            replay.know(&code, compare::query(&callback, "code").unwrap());
        }
        replay.one(index).await;
    }
}
