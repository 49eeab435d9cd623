//! 33: webhooks, as a listener received them.

use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::hmac;
use logto_dev::recorded::{M2M_APP, ROCKET_APP, ROCKET_APP_PLAIN};
use logto_dev::{ApiResource, Application, Organization, OrganizationRole, Role, Tenant, User, Webhook};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::replay::Replay;
use crate::second::renamed;

const PERSON: &str = "dcjq413sfelu";
const PASSERBY: &str = "k8fuzs8rtv81";
const API: &str = "https://tmp-077024.your-app.com/api";
const ORGANIZATION: &str = "86sii99quyj8";
const ROLES: [&str; 2] = ["tmp-a9dc43", "tmp-e2d298"];
const ORGANIZATION_ROLES: [&str; 2] = ["tmp-1c1624", "tmp-7c4f30"];
const SCOPE: &str = "tmp:0c899d";
/// What the tenant has no such thing for: verification codes, second factors, identities, just-in-time settings and
/// invitations of organizations, limits of grants, lockouts, one-time tokens, the log of a webhook.
const LEFT_OUT: [usize; 16] = [24, 25, 27, 28, 32, 41, 42, 77, 78, 93, 94, 95, 96, 97, 115, 116];
/// Random, or a matter of time, or of the machine: only their types are compared.
const VOLATILE: [&str; 8] =
    ["createdAt", "updatedAt", "lastSignInAt", "sessionId", "hookId", "userAgent", "ip", "userIp"];

/// A webhook listener whose response statuses the test sets.
async fn listen() -> (String, mpsc::UnboundedReceiver<(String, String)>, mpsc::UnboundedSender<u16>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook", listener.local_addr().unwrap());
    let (heard, told) = mpsc::unbounded_channel();
    let (answer, mut answers) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut status = 200;
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let (head, length) = loop {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&request);
                if let Some((head, _)) = text.split_once("\r\n\r\n") {
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                    break (head.to_owned(), length.unwrap().parse::<usize>().unwrap());
                }
            };
            while request.len() < head.len() + 4 + length {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..read]);
            }
            let body = String::from_utf8(request.split_off(head.len() + 4)).unwrap();
            let _ = heard.send((head, body));
            while let Ok(next) = answers.try_recv() {
                status = next;
            }
            if status != 0 {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    (url, told, answer)
}

fn signature(key: &str, body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body.as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Recorded ids and what stands for them.
#[derive(Default)]
struct Ids(HashMap<String, String>);

impl Ids {
    fn same(&mut self, place: &str, recorded: &Value, live: &Value) {
        match (recorded, live) {
            (Value::Object(recorded), Value::Object(live)) => {
                let mut names: Vec<&String> = recorded.keys().collect();
                assert_eq!(names, live.keys().collect::<Vec<_>>(), "{place}: members");
                // Ids in the path are first seen in its parameters.
                names.sort_by_key(|name| (*name == "0" || *name == "path", *name != "params"));
                for name in names {
                    self.member(place, name, &recorded[name], &live[name]);
                }
            }
            (Value::Array(recorded), Value::Array(live)) => {
                assert_eq!(recorded.len(), live.len(), "{place}: {live:?}");
                // The order of Logto's scopes is not specified.
                let ordered = |items: &[Value]| {
                    let mut items = items.to_vec();
                    items.sort_by_key(|item| item["name"].to_string());
                    items
                };
                for (recorded, live) in ordered(recorded).iter().zip(&ordered(live)) {
                    self.same(place, recorded, live);
                }
            }
            (Value::String(recorded), Value::String(live)) => {
                let expected =
                    self.0.iter().fold(renamed(recorded), |text, (old, new)| text.replace(old, new));
                assert_eq!(*live, expected, "{place}");
            }
            _ => assert_eq!(live, recorded, "{place}"),
        }
    }

    fn member(&mut self, place: &str, name: &str, recorded: &Value, live: &Value) {
        let inside = format!("{place}.{name}");
        let kind = std::mem::discriminant::<Value>;
        if name == "description" || (name == "customData" && place.contains("Organization")) {
            // Notes of an administrator's, which this tenant does not keep.
        } else if VOLATILE.contains(&name) {
            assert_eq!(kind(live), kind(recorded), "{inside}");
        } else if let (true, Value::String(recorded), Value::String(live)) = (is_id(name), recorded, live) {
            let expected = self.0.entry(renamed(recorded)).or_insert_with(|| live.clone());
            assert_eq!(live, expected, "{inside}");
        } else {
            self.same(&inside, recorded, live);
        }
    }
}

fn is_id(name: &str) -> bool {
    name == "id" || name.ends_with("Id")
}

#[tokio::test]
async fn recording_33_webhooks() {
    let (url, mut told, answer) = listen().await;
    let person = User::new("tmp_a3e69f").id(PASSERBY).password("Temp-Pass-2026");
    let tenant = Tenant::recorded().user(person).application(Application::machine_to_machine("temporary"));
    let replay = Replay::with("33-webhooks", tenant).await;
    let tenant = &replay.tenant;
    let (first, second) = (key_of(&replay, 0), key_of(&replay, 110));
    let hook = |key: &str| Webhook::new(&url, key).header("x-lab", "custom header");
    tenant.set_webhooks([hook(&first)]);
    let mut key = first;
    let mut ids = Ids::default();
    let mut browser = tenant.browser();
    for index in 0..replay.len() {
        let exchange = replay.exchange(index);
        if LEFT_OUT.contains(&index) {
            continue;
        }
        match index {
            101..=104 => answer.send([500, 503, 429, 0][index - 101]).unwrap(),
            105 => answer.send(200).unwrap(),
            110 => {
                key = second.clone();
                tenant.set_webhooks([hook(&key)]);
            }
            112 => tenant.set_webhooks([]),
            _ => {}
        }
        act(&replay, index, &mut browser).await;
        tenant.webhooks_delivered().await;
        let Some(deliveries) = exchange["deliveries"].as_array() else {
            assert!(told.try_recv().is_err(), "33[{index}]: nothing is told");
            continue;
        };
        for delivery in deliveries {
            let raw = delivery["rawBody"].as_str().unwrap();
            assert_eq!(
                delivery["signature"],
                signature(&key, raw),
                "33[{index}]: the recorder's own signature"
            );
            let place = format!("33[{index}] {}", exchange["notes"].as_str().unwrap());
            let (head, body) = told.try_recv().unwrap_or_else(|_| panic!("{place}: nothing is told"));
            assert!(head.contains(&format!("\r\nlogto-signature-sha-256: {}\r\n", signature(&key, &body))));
            if let Some(headers) = delivery["headers"].as_object() {
                same_headers(headers, &head);
            }
            let recorded: Value = serde_json::from_str(raw).unwrap();
            let live: Value = serde_json::from_str(&body).unwrap();
            ids.same(&format!("{place}: {}", recorded["event"]), &recorded, &live);
        }
        assert!(told.try_recv().is_err(), "33[{index}]: nothing more is told");
    }
}

fn key_of(replay: &Replay, index: usize) -> String {
    replay.exchange(index)["signingKey"].as_str().unwrap().to_owned()
}

fn same_headers(recorded: &Map<String, Value>, head: &str) {
    for (name, value) in recorded {
        match name.as_str() {
            "host" | "content-length" | "connection" | "logto-signature-sha-256" => {}
            _ => {
                let line = format!("\r\n{name}: {}\r\n", value.as_str().unwrap());
                assert!(format!("{head}\r\n").contains(&line), "{line}: {head}");
            }
        }
    }
}

/// What the recorder did.
async fn act(replay: &Replay, index: usize, browser: &mut logto_dev::Browser) {
    match index {
        0..=28 | 43..=48 | 98..=113 => of_people(replay, index).await,
        29 => {
            let url = replay.authorization(ROCKET_APP.id, "openid profile", &[], None, None);
            let callback = browser.sign_in(url, PERSON).await.unwrap();
            let tokens = replay.redeem_without_pkce(ROCKET_APP, &callback).await;
            let refresh = tokens["refresh_token"].as_str().unwrap();
            replay.refreshed(ROCKET_APP, refresh).await;
        }
        30 => {
            let url = replay.authorization(ROCKET_APP_PLAIN.id, "openid", &[], None, None);
            browser.open(url).await.unwrap();
        }
        33 => {
            let end = format!("{}/oidc/session/end", replay.tenant.endpoint());
            browser.sign_out(end).await.unwrap();
        }
        34 => {
            let url = replay.authorization(ROCKET_APP.id, "openid", &[], None, None);
            replay.tenant.browser().register(url, "tmp_23fb9f").await.unwrap();
        }
        40 => replay.tenant.users().reset_password(PERSON, "Temp-Pass-2027").unwrap(),
        49..=62 => of_roles(replay, index),
        63..=79 => of_organizations(replay, index),
        80..=92 => of_organization_roles(replay, index),
        _ => {}
    }
}

async fn of_people(replay: &Replay, index: usize) {
    let tenant = &replay.tenant;
    let users = tenant.users();
    let machines = |change: fn(Application) -> Application| tenant.applications().change("temporary", change);
    match index {
        3 => {
            let person = User::new("tmp_a9581e").id(PERSON).name("Tmp").password("Temp-Pass-2026");
            users.add(person.created_at(UNIX_EPOCH + Duration::from_millis(1_795_861_102_289)));
            Ok(())
        }
        4 => users.change(PERSON, |person| person.name("Tmp Two")),
        5 => users.change(PERSON, |person| person.email("tmp_a9581e@example.com")),
        6 => users.change(PERSON, |person| {
            person.picture("https://example.com/a.png").custom_data(json!({ "a": 1 }))
        }),
        7 => users.set_custom_data(PERSON, json!({ "a": 1, "plan": "gold" })),
        8 => users.set_profile(PERSON, [("family_name", "Person"), ("given_name", "Tmp")]),
        9 => users.set_password(PERSON, "Temp-Pass-2026"),
        12 | 13 => users.suspend(PERSON),
        14 => users.reactivate(PERSON),
        15 | 17 | 19 => users.give_role(PERSON, "shop-user"),
        16 | 18 | 20 => users.take_role(PERSON, "shop-user"),
        21 => machines(|machine| machine.role("shop-machine")),
        23 => tenant.applications().remove("temporary"),
        26 => users.personal_access_token(PERSON).map(|_| ()),
        43 => users.change_own(PERSON, |person| person.name("Own Name")),
        44 => users.change_own(PERSON, |person| person.profile("nickname", "tt")),
        46 => users.set_own_password(PERSON, "Temp-Pass-2028"),
        47 => users.change_own(PERSON, |person| person.username("tmp_a9581ex")),
        48 => users.revoke_everything(PERSON),
        98 => users.delete(PERSON),
        99 => users.delete("tmp_23fb9f"),
        100 => {
            users.delete("nosuchuser").unwrap_err();
            Ok(())
        }
        101..=105 | 111 => {
            let name = ["r500", "r503", "r429", "rdrop", "slow", "", "", "", "", "", "newkey"][index - 101];
            users.change(PASSERBY, |person| person.name(name))
        }
        107 => {
            users.change(PASSERBY, |person| person.name("n1")).unwrap();
            users.change(PASSERBY, |person| person.name("n2"))
        }
        108 => users.change(PASSERBY, |person| person.name("Zoë 漢字 \"q\" </script>")),
        109 => {
            let events = ["User.Created", "PostSignIn", "Organization.Membership.Updated"];
            tenant.send_test_webhooks(events).await.map(|_| ())
        }
        113 => users.change(PASSERBY, |person| person.name("unheard")),
        _ => Ok(()),
    }
    .unwrap();
}

fn of_roles(replay: &Replay, index: usize) {
    let (resources, roles) = (replay.tenant.api_resources(), replay.tenant.roles());
    let [first, second] = ROLES;
    match index {
        49 => {
            resources.add(ApiResource::new(API));
            Ok(())
        }
        51 => resources.add_scope(API, "do:it"),
        52 => resources.add_scope(API, "see:it"),
        53 => resources.describe_scope(API, "do:it", "y"),
        54 => {
            roles.add(Role::new(first).scopes(API, ["do:it"]));
            Ok(())
        }
        55 => {
            roles.add(Role::new(second));
            Ok(())
        }
        56 => roles.rename(first, first),
        57 => roles.give_scopes(first, API, ["see:it"]),
        58 => roles.take_scope(first, API, "see:it"),
        59 => resources.delete_scope(API, "do:it"),
        60 => roles.delete(first),
        61 => roles.delete(second),
        62 => resources.delete(API),
        _ => Ok(()),
    }
    .unwrap();
}

fn of_organizations(replay: &Replay, index: usize) {
    let (users, organizations) = (replay.tenant.users(), replay.tenant.organizations());
    match index {
        63 => {
            organizations.add(Organization::new(ORGANIZATION, "tmp-org"));
            Ok(())
        }
        64 => organizations.rename(ORGANIZATION, "tmp-org2"),
        65 => organizations.add_members(ORGANIZATION, [PERSON, "bob"]),
        66 => organizations.add_members(ORGANIZATION, ["bob"]),
        67 | 68 => organizations.set_members(ORGANIZATION, ["bob", "carol"]),
        69..=71 => users.set_organization_roles("bob", ORGANIZATION, ["member"]),
        72 => users.set_organization_roles("bob", ORGANIZATION, [""; 0]),
        73 => organizations.add_application(ORGANIZATION, M2M_APP.id, ["machine"]),
        74 => organizations.remove_application(ORGANIZATION, M2M_APP.id),
        75 | 76 => users.leave("carol", ORGANIZATION),
        79 => organizations.delete(ORGANIZATION),
        _ => Ok(()),
    }
    .unwrap();
}

fn of_organization_roles(replay: &Replay, index: usize) {
    let (roles, scopes) = (replay.tenant.organization_roles(), replay.tenant.organization_scopes());
    let [first, second] = ORGANIZATION_ROLES;
    match index {
        80 => {
            roles.add(OrganizationRole::new(first));
            Ok(())
        }
        81 => {
            roles.add(OrganizationRole::new(second).organization_scopes(["invite:member"]));
            Ok(())
        }
        82 => roles.rename(first, first),
        83 => roles.give_organization_scopes(first, ["invite:member"]),
        84 => roles.set_organization_scopes(first, ["manage:billing"]),
        85 => roles.take_organization_scope(first, "manage:billing"),
        86 => roles.give_scopes(first, logto_dev::recorded::SHOPPING_API, ["read:orders"]),
        87 => roles.take_scope(first, logto_dev::recorded::SHOPPING_API, "read:orders"),
        88 => roles.delete(first),
        89 => roles.delete(second),
        90 => {
            scopes.add(SCOPE);
            Ok(())
        }
        91 => scopes.describe(SCOPE, "y"),
        92 => scopes.delete(SCOPE),
        _ => Ok(()),
    }
    .unwrap();
}
