//! Calls of the Account API, compared by what does not depend on chance or time.

use serde_json::Value;

use crate::compare;
use crate::replay::{Answer, Replay, relocated};

pub(crate) fn bearer(replay: &Replay, index: usize) -> String {
    let header = replay.exchange(index)["request"]["headers"]["authorization"].as_str().unwrap();
    header.strip_prefix("Bearer ").unwrap().to_owned()
}

impl Replay {
    /// Replays one call of the Account API, and compares what does not depend on chance or time.
    pub(crate) async fn account_call(&mut self, index: usize) -> Answer {
        let mut exchange = self.exchange(index).clone();
        let recorded = exchange.clone();
        exchange["url"] = self.replaced(exchange["url"].as_str().unwrap()).into();
        let place = format!("{}[{index}] {}", self.name(), exchange["notes"].as_str().unwrap_or_default());
        let is_malformed = recorded["body"]["code"].is_null() && recorded["body"]["message"].is_string();
        if is_malformed {
            exchange["request"]["body"] = "{".into();
        }
        let answer = self.send(&exchange, None).await;
        if recorded["url"].as_str().unwrap().contains("/oidc/") {
            self.compare(index, &recorded, &answer).await;
            return answer;
        }
        let endpoint = self.tenant.endpoint().to_owned();
        assert_eq!(
            u64::from(answer.status),
            recorded["status"].as_u64().unwrap(),
            "{place}: {}",
            answer.body
        );
        compare::headers(&place, &recorded, &answer, &endpoint);
        if let Some(allowed) = compare::recorded_header(&recorded, "allow") {
            assert_eq!(answer.headers["allow"], allowed, "{place}");
        }
        let live = body_of(&answer);
        if is_malformed {
            assert!(live["message"].is_string() && live["code"].is_null(), "{place}: {live}");
            return answer;
        }
        let wanted = match &recorded["body"] {
            Value::String(text) => Value::String(text.clone()),
            other => serde_json::from_str(&relocated(&other.to_string(), &endpoint)).unwrap(),
        };
        assert_eq!(masked("", &live), masked("", &wanted), "{place}");
        if let (Some(known), Some(live)) =
            (recorded["body"]["verificationRecordId"].as_str(), live["verificationRecordId"].as_str())
        {
            self.know(known, live);
        }
        answer
    }
}

pub(crate) fn body_of(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| Value::String(answer.body.clone()))
}

pub(crate) fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_else(|| panic!("no {member} in {value}")).to_owned()
}

pub(crate) fn segment(replay: &Replay, index: usize, after: &str) -> String {
    let url = replay.exchange(index)["url"].as_str().unwrap();
    let rest = url.split_once(after).unwrap().1;
    rest.split(['?', '/']).next().unwrap().to_owned()
}

/// A value in which nothing is left to chance: times and random ids become their kind and length, and lists of sessions
/// and grants have an order.
fn masked(name: &str, value: &Value) -> Value {
    let volatile = [
        "exp",
        "iat",
        "jti",
        "uid",
        "loginTs",
        "sid",
        "grantId",
        "lastSignInAt",
        "createdAt",
        "updatedAt",
        "expiresAt",
        "verificationRecordId",
        "userAgent",
        "secret",
        "backup code",
    ];
    match value {
        Value::Null if name == "userAgent" => "(text)".into(),
        Value::Number(_) if volatile.contains(&name) => "(time)".into(),
        Value::String(_) if name == "userAgent" => "(text)".into(),
        Value::String(text) if volatile.contains(&name) => format!("({} characters)", text.len()).into(),
        Value::String(text) if name == "id" && [21, 43].contains(&text.len()) => {
            format!("({} characters)", text.len()).into()
        }
        // A backup code, not that of an error.
        Value::Array(items) if name == "codes" => {
            items.iter().map(|item| masked("backup code", item.get("code").unwrap_or(item))).collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| masked("", item)).collect();
            if ["sessions", "grants"].contains(&name) {
                items.sort_by_key(ToString::to_string);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), masked(name, value))).collect())
        }
        other => other.clone(),
    }
}
