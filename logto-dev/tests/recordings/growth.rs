//! 37: what a session can get that its sign-in did not ask for, and what changes do at the next refresh.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API, THIRD_PARTY_APP};
use logto_dev::{ApiResource, Browser, Organization, Tenant, User};
use serde_json::Value;

use crate::compare;
use crate::cookies::Cookies;
use crate::replay::{ORGANIZATIONS, Replay, field};

const FIRST: &str = "tmp_c17d19";
const SECOND: &str = "tmp_23914b";
const ORGANIZATION: &str = "25lvet4mrayc";
const EMPTY_API: &str = "https://tmp-tmp-c17d19.your-app.com/api";
const EVERYTHING: &str = "openid offline_access profile roles urn:logto:scope:organizations \
    urn:logto:scope:organization_roles read:orders write:orders delete:orders invite:member manage:billing";

fn person(name: &str, id: &str, created_at: u64) -> User {
    User::new(name).id(id).created_at(UNIX_EPOCH + Duration::from_millis(created_at))
}

#[tokio::test]
async fn recording_37_scope_growth() {
    let first = person(FIRST, "4y2mxg1d9y5w", 1_795_861_235_801).email("tmp_c17d19@example.com");
    let tenant = Tenant::recorded()
        .organization(Organization::new(ORGANIZATION, "tmp"))
        .api_resource(ApiResource::new(EMPTY_API))
        .user(first.role("shop-user").member_of(ORGANIZATION, ["member"]))
        .user(person(SECOND, "3ftqa0c1wg4j", 1_795_861_238_572));
    let mut replay = Replay::with("37-scope-growth", tenant).await;
    let mut browser = replay.tenant.browser();
    let url = replay.live_url(replay.exchange(0)["authorize"].as_str().unwrap());
    let callback = browser.sign_in(url, FIRST).await.unwrap();
    knows_code(&mut replay, 0, &callback);
    let mut cookies = Cookies::of(&browser);
    for index in 0..replay.len() {
        change(&replay, index);
        match index {
            26 => silently(&mut replay, index, &mut browser, ROCKET_APP.id).await,
            31 => silently(&mut replay, index, &mut browser, THIRD_PARTY_APP.id).await,
            49 => {
                let tokens =
                    signed_in(&mut replay, index, FIRST, EVERYTHING, &[SHOPPING_API, ORGANIZATIONS]).await;
                let header = replay.exchange(82)["request"]["headers"]["authorization"].as_str().unwrap();
                let token = header.strip_prefix("Bearer ").unwrap().to_owned();
                replay.know(&token, tokens["access_token"].as_str().unwrap());
            }
            54 => {
                let url = replay.authorization(
                    ROCKET_APP_PLAIN.id,
                    EVERYTHING,
                    &[SHOPPING_API, ORGANIZATIONS],
                    Some("consent"),
                    None,
                );
                let mut second = replay.tenant.browser();
                let callback = second.sign_in(url, SECOND).await.unwrap();
                let tokens = replay.redeem_without_pkce(ROCKET_APP_PLAIN, &callback).await;
                let recorded = field(replay.exchange(index), "refresh_token").unwrap();
                replay.know(&recorded, tokens["refresh_token"].as_str().unwrap());
                cookies = Cookies::of(&second);
            }
            83 => {
                signed_in(&mut replay, index, FIRST, "openid offline_access profile", &[EMPTY_API]).await;
            }
            _ => {}
        }
        if replay.exchange(index)["method"] == "GET" && replay.exchange(index)["hops"].is_array() {
            replay.authorize(index, &mut cookies).await;
        } else {
            replay.one(index).await;
        }
    }
}

/// What the recorder changed before an exchange.
fn change(replay: &Replay, index: usize) {
    let tenant = &replay.tenant;
    let (users, roles) = (tenant.users(), tenant.roles());
    match index {
        34 => tenant.api_resources().add_scope(SHOPPING_API, "tmp:orders"),
        35 | 46 => roles.give_scopes("shop-user", SHOPPING_API, ["tmp:orders"]),
        45 => roles.take_scope("shop-user", SHOPPING_API, "tmp:orders"),
        47 => tenant.api_resources().delete_scope(SHOPPING_API, "tmp:orders"),
        51 => users.take_role(FIRST, "shop-user"),
        53 => users.give_role(FIRST, "shop-user"),
        55 => users.give_role(SECOND, "shop-user"),
        66 => users.join(SECOND, ORGANIZATION, [""; 0]),
        68 => users.set_organization_roles(SECOND, ORGANIZATION, ["admin"]),
        72 => users.set_organization_roles(SECOND, ORGANIZATION, [""; 0]),
        73 => users.leave(SECOND, ORGANIZATION),
        77 => users.set_organization_roles(FIRST, ORGANIZATION, [""; 0]),
        78 => tenant.organizations().delete(ORGANIZATION),
        84 => tenant.api_resources().delete(EMPTY_API),
        _ => Ok(()),
    }
    .unwrap();
}

fn knows_code(replay: &mut Replay, index: usize, callback: &url::Url) {
    let code = field(replay.exchange(index), "code").unwrap();
    replay.know(&code, compare::query(callback, "code").unwrap());
}

/// A sign-in at another application in the same browser, outside the recording.
async fn silently(replay: &mut Replay, index: usize, browser: &mut Browser, client_id: &str) {
    let verifier = field(replay.exchange(index), "code_verifier").unwrap();
    let challenge = compare::challenge(&verifier);
    let url = replay.authorization(client_id, "openid profile", &[], None, Some(challenge));
    let callback = browser.sign_in(url, FIRST).await.unwrap();
    knows_code(replay, index, &callback);
}

/// A sign-in outside the recording whose refresh token stands for the recorded one.
async fn signed_in(replay: &mut Replay, index: usize, user: &str, scopes: &str, resources: &[&str]) -> Value {
    let tokens = replay.tokens(ROCKET_APP_PLAIN, user, scopes, resources).await;
    let recorded = field(replay.exchange(index), "refresh_token").unwrap();
    replay.know(&recorded, tokens["refresh_token"].as_str().unwrap());
    tokens
}
