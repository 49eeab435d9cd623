//! 15, 19, 23, 27 and 29: third parties, changes of users, late grants, access to applications, stale pages and codes.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{ACME, Credentials, GLOBEX, ROCKET_APP, SHOPPING_API, THIRD_PARTY_APP};
use logto_dev::{Application, Tenant, User};
use serde_json::Value;

use crate::replay::{ALL_SCOPES, ORGANIZATIONS, Replay, field};

/// A sign-in outside the recording whose refresh token stands for the recorded one. Returns its access token.
async fn signed_in(replay: &mut Replay, index: usize, user: &str, scopes: &str) -> String {
    let recorded = field(replay.exchange(index), "refresh_token").unwrap();
    let tokens = replay.tokens(ROCKET_APP, user, scopes, &[SHOPPING_API, ORGANIZATIONS]).await;
    replay.know(&recorded, text(&tokens, "refresh_token"));
    text(&tokens, "access_token")
}

fn text(tokens: &Value, name: &str) -> String {
    tokens[name].as_str().unwrap().to_owned()
}

fn bearer_of(replay: &Replay, index: usize) -> String {
    let header = replay.exchange(index)["request"]["headers"]["authorization"].as_str().unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}

#[tokio::test]
async fn recording_15_third_party_consent() {
    let mut replay = Replay::of("15-third-party-consent").await;
    let scopes = "openid offline_access profile email roles urn:logto:scope:organizations \
        urn:logto:scope:organization_roles read:orders write:orders invite:member";
    // Carol allowed Globex alone: she has nothing else to allow while she consents.
    replay.tenant.users().leave("carol", ACME).unwrap();
    for (index, user) in [(2, "alice"), (4, "carol")] {
        let recorded = field(replay.exchange(index), "refresh_token").unwrap();
        let resources = [SHOPPING_API, ORGANIZATIONS];
        replay.tokens_for(THIRD_PARTY_APP, user, scopes, &resources, &[("refresh_token", &recorded)]).await;
    }
    let users = replay.tenant.users();
    users.leave("carol", GLOBEX).unwrap();
    users.join("carol", ACME, ["member"]).unwrap();
    users.join("carol", GLOBEX, ["member"]).unwrap();
    replay.all([2, 3, 4, 5, 7]).await;
}

#[tokio::test]
async fn recording_19_account_changes() {
    const NAME: &str = "tmp560904";
    let created_at = UNIX_EPOCH + Duration::from_millis(1_795_210_174_182);
    let person = User::new(NAME).id("l7018hho0x3n").created_at(created_at);
    let tenant = Tenant::recorded().user(person).user(User::new("another"));
    let mut replay = Replay::with("19-account-changes", tenant).await;
    for (index, userinfo, user) in [(0, 1, NAME), (9, 10, "another")] {
        let live = signed_in(&mut replay, index, user, ALL_SCOPES).await;
        let recorded = bearer_of(&replay, userinfo);
        replay.know(&recorded, live);
    }
    let url = replay.authorization(ROCKET_APP.id, ALL_SCOPES, &[SHOPPING_API], None, None);
    let mut browsers = [replay.tenant.browser(), replay.tenant.browser()];
    browsers[0].sign_in(&url, NAME).await.unwrap();
    browsers[1].sign_in(&url, "another").await.unwrap();
    let users = |replay: &Replay, index| match index {
        0 => replay.tenant.users().set_password(NAME, "Temp-Pass-2027"),
        2 => {
            replay.tenant.users().change(NAME, |person| person.name("Renamed").email("tmp560904@example.com"))
        }
        4 => replay.tenant.users().suspend(NAME),
        8 => replay.tenant.users().reactivate(NAME),
        9 => replay.tenant.users().delete("another"),
        _ => Ok(()),
    };
    for index in 0..replay.len() {
        users(&replay, index).unwrap();
        match index {
            6 => replay.one_with_cookies(index, &browsers[0].cookie_header("/")).await,
            7 => continue,
            11 => replay.one_with_cookies(index, &browsers[1].cookie_header("/")).await,
            _ => replay.one(index).await,
        };
    }
}

#[tokio::test]
async fn recording_23_late_grants() {
    let mut replay = Replay::of("23-sso-and-late-grants").await;
    let scopes = ALL_SCOPES.replace("offline_access ", "");
    signed_in(&mut replay, 2, "bob", ALL_SCOPES).await;
    for index in 2..replay.len() {
        let users = replay.tenant.users();
        match index {
            2 => users.give_role("bob", "shop-user"),
            4 => users.take_role("bob", "shop-user"),
            6 => users.join("bob", ACME, ["admin"]),
            8 => users.leave("bob", ACME),
            _ => Ok(()),
        }
        .unwrap();
        if index == 3 {
            signed_in(&mut replay, index, "bob", &scopes).await;
        }
        replay.one(index).await;
    }
}

#[tokio::test]
async fn recording_29_stale_pages_and_codes() {
    let mut replay = Replay::of("29-stale-pages").await;
    let url = replay.authorization(ROCKET_APP.id, ALL_SCOPES, &[SHOPPING_API], None, None);
    let mut browser = replay.tenant.browser();
    browser.sign_in(url, "bob").await.unwrap();
    replay.one_with_cookies(0, &browser.cookie_header("/")).await;
    replay.all([1, 3]).await;
    replay.sign_in_for(5, "bob").await;
    replay.all([5, 4, 6]).await;
    replay.sign_in_for(7, "bob").await;
    replay.advance(62_000);
    replay.one(7).await;
}

const CLOSED_APP: Credentials =
    Credentials { id: "wxgtlqwho7hkghhuak3go", secret: "r4Br6TCBK239dy6WS8L4R5DfytezckH3" };
const ROTATED_APP: Credentials =
    Credentials { id: "9niytykyzd9nceimt58hy", secret: "YoE6FpavqtxvuIDKezcZbmmKFjJWQjlr" };
const DELETED_APP: Credentials =
    Credentials { id: "8p4yx80fvc3flyyxtrs9i", secret: "0XDIOFmgyuR0rKDvGnJ90qpcMb36q4ig" };
/// The limit on grants, which the tenant has not, and sign-ins at Logto's own API.
const NOT_HERE: std::ops::RangeInclusive<usize> = 2..=5;

#[tokio::test]
async fn recording_27_access_to_applications_and_their_secrets() {
    let application = |app: Credentials| {
        Application::traditional(app.id)
            .secret(app.secret)
            .redirect_uri("http://localhost:8000/logto/callback")
            .always_issue_refresh_token(true)
    };
    let expired = application(ROTATED_APP).secret_until("2Ihuo5a1agmwC18sW6CPO8Ugu8wtn7jk", UNIX_EPOCH);
    let tenant = Tenant::recorded()
        .application(application(CLOSED_APP))
        .application(expired)
        .application(application(DELETED_APP));
    let mut replay = Replay::with("27-app-access-and-limits", tenant).await;
    for (index, app) in [(0, CLOSED_APP), (6, ROTATED_APP), (9, DELETED_APP)] {
        let recorded = field(replay.exchange(index), "refresh_token").unwrap();
        let tokens = replay.tokens(app, "bob", ALL_SCOPES, &[SHOPPING_API]).await;
        replay.know(&recorded, text(&tokens, "refresh_token"));
        let bearer = bearer_of(&replay, 10);
        replay.know(&bearer, text(&tokens, "access_token"));
    }
    let mut browser = replay.tenant.browser();
    let url = replay.authorization(CLOSED_APP.id, ALL_SCOPES, &[SHOPPING_API], None, None);
    browser.sign_in(&url, "bob").await.unwrap();
    let applications = replay.tenant.applications();
    applications.change(CLOSED_APP.id, |application| application.accessible_to(["alice"])).unwrap();
    for index in 0..replay.len() {
        match index {
            1 => drop(replay.one_with_cookies(index, &browser.cookie_header("/")).await),
            _ if NOT_HERE.contains(&index) => {}
            9 => {
                replay.tenant.applications().remove(DELETED_APP.id).unwrap();
                replay.one(index).await;
            }
            _ => drop(replay.one(index).await),
        }
    }
    let refused = browser.open(&url).await.unwrap_err();
    assert!(matches!(refused, logto_dev::Error::DeadEnd { status: 400, .. }), "{refused}");
    assert!(replay.tenant.sign_in(&url, "alice").await.is_ok());
}
