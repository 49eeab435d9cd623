//! 34: the Account API.

use std::time::{Duration, UNIX_EPOCH};

use logto_dev::recorded::{M2M_APP, ROCKET_APP, ROCKET_APP_PLAIN, SHOPPING_API, THIRD_PARTY_APP};
use logto_dev::{AccountCenter, AccountField, Browser, FieldControl, Issue, Tenant, TenantBuilder, User};
use serde_json::{Value, json};

use crate::account_calls::{bearer, body_of, segment, text};
use crate::compare;
use crate::replay::{Answer, Replay, answer_of, field};

const ALL: &str =
    "openid offline_access profile email phone address custom_data identities urn:logto:scope:sessions";
const PERSON: &str = "v0p8r5icnuze";
const OTHER: &str = "so40069mch37";
const VERIFIER: &str = "a-verifier-that-is-long-enough-to-be-one-of-rfc-7636";

fn tenant() -> TenantBuilder {
    let person = User::new("tmp_354eda")
        .id(PERSON)
        .password("Temp-Pass-2026")
        .name("Tmp Person")
        .email("tmp_354eda@example.com")
        .profile("family_name", "Person")
        .profile("given_name", "Tmp")
        .address(json!({ "formatted": "Street 1", "country": "NL" }))
        .custom_data(json!({ "plan": "free" }))
        .created_at(UNIX_EPOCH + Duration::from_millis(1_795_861_219_885));
    Tenant::recorded().user(person).user(User::new("tmp_other").id(OTHER).password("Other-Pass-2026"))
}

/// Sign-ins outside the recording, each in a browser of its own, in the order in which they were made.
struct Account {
    replay: Replay,
    first: Browser,
    openid_only: Option<Browser>,
}

#[tokio::test]
async fn recording_34_account_api() {
    let mut replay = Replay::with("34-account-api", tenant()).await;
    let mut first = replay.tenant.browser();
    let url = replay.live_url(replay.exchange(0)["authorize"].as_str().unwrap());
    let callback = first.sign_in(url, PERSON).await.unwrap();
    let code = field(replay.exchange(0), "code").unwrap();
    replay.know(&code, compare::query(&callback, "code").unwrap());
    for (index, token) in [
        (23, Issue::machine(M2M_APP.id).resource(SHOPPING_API)),
        (26, Issue::user(PERSON).resource(SHOPPING_API)),
        (36, Issue::user(PERSON).resource(SHOPPING_API)),
    ] {
        let live = replay.tenant.access_token(token).unwrap();
        replay.know(&bearer(&replay, index), live);
    }
    let mut account = Account { replay, first, openid_only: None };
    for index in 0..account.replay.len() {
        account.prepare(index).await;
        if !is_left_out(&account.replay, index) {
            account.replay_one(index).await;
        }
    }
}

/// Calls of the Management API, mail, and what this tenant has not: settings of second factors and passkeys, social
/// connectors.
fn is_left_out(replay: &Replay, index: usize) -> bool {
    let exchange = replay.exchange(index);
    let is_call = exchange["request"].is_object() && exchange["method"].is_string();
    let url = exchange["url"].as_str().unwrap_or_default();
    !is_call || url.ends_with("/api/account-center") || matches!(index, 100 | 101 | 115 | 121)
}

impl Account {
    /// What the recorder did before an exchange.
    async fn prepare(&mut self, index: usize) {
        let tenant = &self.replay.tenant;
        match index {
            4 => tenant.set_account_center(AccountCenter::enabled()),
            7 | 149 => tenant.set_account_center(AccountCenter::editable()),
            143 => tenant.set_account_center(
                AccountCenter::editable()
                    .field(AccountField::Name, FieldControl::ReadOnly)
                    .field(AccountField::Password, FieldControl::ReadOnly)
                    .field(AccountField::Avatar, FieldControl::Off)
                    .field(AccountField::Email, FieldControl::Off)
                    .field(AccountField::CustomData, FieldControl::Off)
                    .field(AccountField::Mfa, FieldControl::Off)
                    .field(AccountField::Session, FieldControl::Off),
            ),
            27 => {
                let tokens = self.signed_in(ROCKET_APP, ALL).await.1;
                self.stands_for(index, "refresh_token", &tokens);
            }
            29 => {
                let (browser, tokens) = self.signed_in(ROCKET_APP, "openid").await;
                self.openid_only = Some(browser);
                self.replay.know(&bearer(&self.replay, index), text(&tokens, "access_token"));
            }
            30..=35 => {
                let notes = self.replay.exchange(index)["notes"].as_str().unwrap().to_owned();
                let scopes = notes.strip_prefix("scope ").unwrap();
                let token = self.narrowed(scopes).await;
                self.replay.know(&bearer(&self.replay, index), token);
            }
            36 => {
                self.signed_in(ROCKET_APP, ALL).await;
            }
            37 => {
                let tokens = self.signed_in(THIRD_PARTY_APP, "openid profile email").await.1;
                self.replay.know(&bearer(&self.replay, index), text(&tokens, "access_token"));
            }
            77 => self.other_user().await,
            87 | 89 => {
                let recorded = field(self.replay.exchange(index), "code").unwrap();
                let to = self.replay.exchange(index)["request"]["json"]["identifier"]["value"].clone();
                let live = tenant.verification_code(to.as_str().unwrap()).unwrap();
                self.replay.know(&recorded, live);
            }
            104 => tenant.set_account_center(AccountCenter::editable().enables_mfa()),
            118 => {
                let github = json!({ "github": { "userId": "gh-1", "details": { "name": "x" } } });
                tenant.users().change(PERSON, |user| user.identities(github)).unwrap();
                let tokens = self.signed_in(ROCKET_APP_PLAIN, ALL).await.1;
                self.replay.know(&bearer(&self.replay, 125), text(&tokens, "access_token"));
                self.stands_for(135, "refresh_token", &tokens);
            }
            137 => {
                let tokens = self.signed_in(ROCKET_APP, ALL).await.1;
                self.stands_for(138, "refresh_token", &tokens);
                self.replay.know(&bearer(&self.replay, 139), text(&tokens, "access_token"));
                let session = self.newest_session().await;
                let recorded = segment(&self.replay, index, "sessions/");
                self.replay.know(&recorded, session);
            }
            151 => sign_out(&mut self.first, tenant.endpoint()).await,
            153 => sign_out(self.openid_only.as_mut().unwrap(), tenant.endpoint()).await,
            154 => tenant.users().suspend(PERSON).unwrap(),
            155 => tenant.users().reactivate(PERSON).unwrap(),
            156 => {
                let token = tenant.access_token(Issue::user(OTHER).scopes(["openid"])).unwrap();
                tenant.users().delete(OTHER).unwrap();
                self.replay.know(&bearer(&self.replay, index), token);
            }
            _ => {}
        }
    }

    fn stands_for(&mut self, index: usize, member: &str, tokens: &Value) {
        let recorded = field(self.replay.exchange(index), member).unwrap();
        self.replay.know(&recorded, text(tokens, member));
    }

    async fn signed_in(&self, app: logto_dev::recorded::Credentials, scopes: &str) -> (Browser, Value) {
        let challenge = compare::challenge(VERIFIER);
        let url = self.replay.authorization(app.id, scopes, &[], Some("consent"), Some(challenge));
        let mut browser = self.replay.tenant.browser();
        let callback = browser.sign_in(url, PERSON).await.unwrap();
        let tokens = self.replay.redeem(app, &callback, VERIFIER).await;
        (browser, tokens)
    }

    /// An opaque token of the first sign-in, narrowed to these scopes.
    async fn narrowed(&self, scopes: &str) -> String {
        let recorded = field(self.replay.exchange(13), "refresh_token").unwrap();
        let refresh_token = self.replay.live(&recorded);
        let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token), ("scope", scopes)];
        let request = reqwest::Client::new().post(format!("{}/oidc/token", self.replay.tenant.endpoint()));
        let request = request.basic_auth(ROCKET_APP.id, Some(ROCKET_APP.secret)).form(&form);
        let answer = answer_of(request.send().await.unwrap()).await;
        text(&serde_json::from_str(&answer.body).unwrap(), "access_token")
    }

    async fn call(
        &self,
        token: &str,
        verification: Option<&str>,
        method: &str,
        path: &str,
        body: Value,
    ) -> Answer {
        let url = format!("{}/api/{path}", self.replay.tenant.endpoint());
        let mut request = reqwest::Client::new().request(method.parse().unwrap(), url).bearer_auth(token);
        if let Some(id) = verification {
            request = request.header("logto-verification-id", id);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        answer_of(request.send().await.unwrap()).await
    }

    /// A verification record and a session of another user.
    async fn other_user(&mut self) {
        let challenge = compare::challenge(VERIFIER);
        let url = self.replay.authorization(ROCKET_APP.id, ALL, &[], Some("consent"), Some(challenge));
        let callback = self.replay.tenant.sign_in(url, OTHER).await.unwrap();
        let tokens = self.replay.redeem(ROCKET_APP, &callback, VERIFIER).await;
        let token = text(&tokens, "access_token");
        let body = json!({ "password": "Other-Pass-2026" });
        let record = self.call(&token, None, "POST", "verifications/password", body).await;
        let record = text(&serde_json::from_str(&record.body).unwrap(), "verificationRecordId");
        let sessions = self.call(&token, Some(&record), "GET", "my-account/sessions", Value::Null).await;
        let sessions: Value = serde_json::from_str(&sessions.body).unwrap();
        let headers = &self.replay.exchange(77)["request"]["headers"];
        let recorded = headers["logto-verification-id"].as_str().unwrap().to_owned();
        self.replay.know(&recorded, record);
        let recorded = segment(&self.replay, 132, "sessions/");
        self.replay.know(&recorded, sessions["sessions"][0]["payload"]["uid"].as_str().unwrap());
    }

    /// The session that was opened last.
    async fn newest_session(&self) -> String {
        let token = self.replay.live(&bearer(&self.replay, 139));
        let headers = &self.replay.exchange(124)["request"]["headers"];
        let record = self.replay.live(headers["logto-verification-id"].as_str().unwrap());
        let sessions = self.call(&token, Some(&record), "GET", "my-account/sessions", Value::Null).await;
        let sessions: Value = serde_json::from_str(&sessions.body).unwrap();
        let current =
            sessions["sessions"].as_array().unwrap().iter().find(|session| session["isCurrent"] == true);
        current.unwrap()["payload"]["uid"].as_str().unwrap().to_owned()
    }

    async fn replay_one(&mut self, index: usize) {
        let answer = self.replay.account_call(index).await;
        // Ids for later exchanges.
        let (recorded, live) = (self.replay.exchange(index)["body"].clone(), body_of(&answer));
        match index {
            102 => self.replay.know(&text(&recorded, "secret"), text(&live, "secret")),
            108 => {
                for number in 0..10 {
                    let code = |body: &Value| body["codes"][number].as_str().unwrap().to_owned();
                    self.replay.know(&code(&recorded), code(&live));
                }
            }
            111 => {
                for number in 0..10 {
                    let code = |body: &Value| body["codes"][number]["code"].as_str().unwrap().to_owned();
                    assert_eq!(code(&live), self.replay.live(&code(&recorded)));
                }
            }
            110 => {
                for number in 0..2 {
                    self.replay.know(recorded[number]["id"].as_str().unwrap(), text(&live[number], "id"));
                }
            }
            124 => {
                let plain = |sessions: &Value, id: &str| {
                    let sessions = sessions["sessions"].as_array().unwrap().clone();
                    let found = sessions.into_iter().find(|session| session["clientId"] == id).unwrap();
                    found["payload"]["uid"].as_str().unwrap().to_owned()
                };
                let recorded = plain(&recorded, "3lcz6nj4jcbsfhut5oetr");
                self.replay.know(&recorded, plain(&live, ROCKET_APP_PLAIN.id));
            }
            127 => {
                let grants = live["grants"].as_array().unwrap();
                let plain = grants.iter().find(|grant| grant["payload"]["clientId"] == ROCKET_APP_PLAIN.id);
                let recorded = segment(&self.replay, 141, "grants/");
                self.replay.know(&recorded, text(plain.unwrap(), "id"));
            }
            _ => {}
        }
    }
}

async fn sign_out(browser: &mut Browser, endpoint: &str) {
    let back = "http%3A%2F%2Flocalhost%3A8000%2F";
    let url =
        format!("{endpoint}/oidc/session/end?client_id={}&post_logout_redirect_uri={back}", ROCKET_APP.id);
    browser.sign_out(url).await.unwrap();
}
