//! Reads a recording and sends its requests again, with live codes and tokens in place of the recorded ones.

use std::collections::HashMap;
use std::time::Duration;

use logto_dev::{Issue, Tenant, TenantBuilder, recorded};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use crate::compare;
use crate::cookies::Cookies;
use crate::second::renamed;

pub(crate) const ALL_SCOPES: &str = "openid offline_access profile email phone address custom_data identities roles \
    urn:logto:scope:organizations urn:logto:scope:organization_roles read:orders write:orders delete:orders \
    invite:member manage:billing";
pub(crate) const ORGANIZATIONS: &str = "urn:logto:resource:organizations";
const RECORDED_AT: [&str; 2] = ["http://localhost:3001", "http://127.0.0.1:3001"];
const CALLBACK: &str = "http://localhost:8000/logto/callback";

/// An answer of the tenant.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

/// A recording, the tenant it is replayed against, and which live value stands for which recorded one.
pub(crate) struct Replay {
    pub(crate) tenant: Tenant,
    exchanges: Vec<Value>,
    http: reqwest::Client,
    live: HashMap<String, String>,
    name: String,
}

impl Replay {
    pub(crate) async fn of(name: &str) -> Self {
        Self::with(name, Tenant::recorded()).await
    }

    /// A recording, and the tenant that it needs.
    pub(crate) async fn with(name: &str, tenant: TenantBuilder) -> Self {
        let path = format!("{}/tests/wire/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let recording: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Self {
            tenant: tenant.start().await.unwrap(),
            exchanges: recording["exchanges"].as_array().unwrap().clone(),
            http: reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            live: HashMap::new(),
            name: name.to_owned(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.exchanges.len()
    }

    pub(crate) fn exchange(&self, index: usize) -> &Value {
        &self.exchanges[index]
    }

    pub(crate) fn advance(&self, milliseconds: u64) {
        self.tenant.clock().advance(Duration::from_millis(milliseconds));
    }

    /// From now on the live value stands for the recorded one.
    pub(crate) fn know(&mut self, recorded: &str, live: impl Into<String>) {
        self.live.insert(recorded.to_owned(), live.into());
    }

    pub(crate) fn knows(&self, recorded: &str) -> bool {
        self.live.contains_key(recorded)
    }

    /// Replays exchanges one after the other.
    pub(crate) async fn all(&mut self, indices: impl IntoIterator<Item = usize>) {
        for index in indices {
            self.one(index).await;
        }
    }

    /// Replays one exchange, compares the answers and learns the live tokens.
    pub(crate) async fn one(&mut self, index: usize) -> Answer {
        let exchange = self.exchanges[index].clone();
        let answer = self.send(&exchange, None).await;
        self.compare(index, &exchange, &answer).await;
        answer
    }

    /// Replays one exchange in a browser with these cookies.
    pub(crate) async fn one_with_cookies(&mut self, index: usize, cookies: &str) -> Answer {
        let exchange = self.exchanges[index].clone();
        let answer = self.send(&exchange, Some(cookies)).await;
        self.compare(index, &exchange, &answer).await;
        answer
    }

    pub(crate) async fn compare(&mut self, index: usize, exchange: &Value, answer: &Answer) {
        let place = format!("{}[{index}] {}", self.name, exchange["notes"].as_str().unwrap_or_default());
        let keys = self.tenant.keys().jwks();
        compare::answers(&place, exchange, answer, self.tenant.endpoint(), &keys);
        self.learn(exchange, answer);
    }

    pub(crate) async fn send(&mut self, exchange: &Value, cookies: Option<&str>) -> Answer {
        let method = exchange["method"].as_str().unwrap().parse().unwrap();
        let url = self.live_url(exchange["url"].as_str().unwrap());
        let mut request = self.http.request(method, url);
        for (name, value) in exchange["request"]["headers"].as_object().into_iter().flatten() {
            if name != "cookie" {
                let name: HeaderName = name.parse().unwrap();
                request =
                    request.header(name, HeaderValue::from_str(&self.live(value.as_str().unwrap())).unwrap());
            }
        }
        if let Some(cookies) = cookies {
            request = request.header("cookie", cookies);
        }
        if let Some(body) = self.body(&exchange["request"]) {
            request = request.body(body);
        }
        answer_of(request.send().await.unwrap()).await
    }

    fn body(&self, request: &Value) -> Option<String> {
        let pairs = |form: &Value| -> Vec<(String, String)> {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            match form {
                Value::Array(pairs) => pairs.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
                Value::Object(members) => {
                    members.iter().map(|(name, value)| (name.clone(), text(value))).collect()
                }
                _ => Vec::new(),
            }
        };
        if let Some(json) = request.get("json") {
            return Some(self.replaced(&json.to_string()));
        }
        let recorded = match (request.get("form"), request.get("body")) {
            (Some(Value::String(raw)), _) | (None, Some(Value::String(raw))) => {
                return Some(self.replaced(raw));
            }
            (Some(form), _) | (None, Some(form)) => form,
            (None, None) => return None,
        };
        let live = pairs(recorded).into_iter().map(|(name, value)| (name, self.live(&value)));
        Some(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(live).finish())
    }

    /// The live counterpart of a value: a token, a header with a token, an ETag, or an ID token minted on the spot.
    pub(crate) fn live(&self, recorded: &str) -> String {
        if let Some(token) = recorded.strip_prefix("Bearer ") {
            return format!("Bearer {}", self.live(token));
        }
        if let Some(live) = self.live.get(recorded) {
            return live.clone();
        }
        match compare::jwt_parts(recorded) {
            Some((_, claims)) => self.minted(&claims),
            None => renamed(recorded),
        }
    }

    fn minted(&self, claims: &Value) -> String {
        let text = |name: &str| renamed(claims[name].as_str().unwrap());
        let issue = Issue::user(text("sub")).client(text("aud"));
        self.tenant.id_token(issue).unwrap()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn replaced(&self, text: &str) -> String {
        self.live.iter().fold(text.to_owned(), |text, (recorded, live)| text.replace(recorded, live))
    }

    pub(crate) fn live_url(&self, recorded: &str) -> Url {
        let mut url = Url::parse(recorded).unwrap();
        let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let own = Url::parse(self.tenant.endpoint()).unwrap();
        url.set_port(own.port()).unwrap();
        if url.query().is_some() {
            let live = query.iter().map(|(name, value)| (name, self.live(value)));
            url.query_pairs_mut().clear().extend_pairs(live);
        }
        url
    }

    /// Replays an authorization request with its hops in a browser. The code at its end stands for the recorded one.
    pub(crate) async fn authorize(&mut self, index: usize, cookies: &mut Cookies) {
        let exchange = self.exchanges[index].clone();
        let mut answer = self.one_with_cookies(index, &cookies.header()).await;
        let mut last = exchange.clone();
        cookies.keep(&answer);
        for hop in exchange["hops"].as_array().into_iter().flatten() {
            let mut hop = hop.clone();
            let location = answer.headers["location"].to_str().unwrap().to_owned();
            let next = Url::parse(self.tenant.endpoint()).unwrap().join(&location).unwrap();
            hop["method"] = "GET".into();
            let mut live = hop.clone();
            live["url"] = next.as_str().into();
            answer = self.send(&live, Some(&cookies.header())).await;
            cookies.keep(&answer);
            self.compare(index, &hop, &answer).await;
            last = hop;
        }
        let ended = compare::recorded_header(&last, "location").and_then(|recorded| {
            let live = Url::parse(answer.headers["location"].to_str().unwrap()).ok()?;
            Some((compare::query(&Url::parse(&recorded).ok()?, "code")?, compare::query(&live, "code")?))
        });
        if let Some((recorded, live)) = ended {
            self.know(&recorded, live);
        }
    }

    /// Notes which live token stands for which recorded one.
    fn learn(&mut self, exchange: &Value, answer: &Answer) {
        if let Ok(body) = serde_json::from_str::<Value>(&answer.body) {
            for member in ["access_token", "refresh_token", "id_token", "request_uri"] {
                if let (Some(recorded), Some(live)) =
                    (exchange["body"][member].as_str(), body[member].as_str())
                {
                    self.live.insert(recorded.to_owned(), live.to_owned());
                }
            }
        }
        let live = answer.headers.get("etag").and_then(|etag| etag.to_str().ok());
        if let (Some(recorded), Some(live)) = (compare::recorded_header(exchange, "etag"), live) {
            self.live.insert(recorded, live.to_owned());
        }
    }

    /// Signs in the way a recorded code exchange did, so that its code has a live counterpart.
    pub(crate) async fn sign_in_for(&mut self, index: usize, user: &str) {
        let exchange = self.exchanges[index].clone();
        let url = match exchange["authorize"]["url"].as_str() {
            Some(recorded) => self.live_url(recorded).to_string(),
            None => {
                let client = client_of(&exchange);
                let challenge =
                    field(&exchange, "code_verifier").map(|verifier| compare::challenge(&verifier));
                self.authorization(&client, ALL_SCOPES, &[recorded::SHOPPING_API], Some("consent"), challenge)
            }
        };
        let callback = self.tenant.sign_in(url, user).await.unwrap();
        let code = compare::query(&callback, "code").unwrap_or_else(|| panic!("no code in {callback}"));
        self.know(&field(&exchange, "code").unwrap(), code);
    }

    pub(crate) fn authorization(
        &self,
        client_id: &str,
        scopes: &str,
        resources: &[&str],
        prompt: Option<&str>,
        challenge: Option<String>,
    ) -> String {
        let mut url = Url::parse(&format!("{}/oidc/auth", self.tenant.endpoint())).unwrap();
        let mut query = url.query_pairs_mut();
        query.append_pair("client_id", client_id).append_pair("redirect_uri", CALLBACK);
        query.append_pair("response_type", "code").append_pair("scope", scopes).append_pair("state", "s");
        if scopes.contains("openid") {
            query.append_pair("nonce", "n");
        }
        if let Some(prompt) = prompt {
            query.append_pair("prompt", prompt);
        }
        for resource in resources {
            query.append_pair("resource", resource);
        }
        if let Some(challenge) = challenge {
            query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        }
        drop(query);
        url.to_string()
    }

    /// A whole sign-in outside the recording. Returns the token answer.
    pub(crate) async fn tokens(
        &self,
        client: recorded::Credentials,
        user: &str,
        scopes: &str,
        resources: &[&str],
    ) -> Value {
        let verifier = "a-verifier-that-is-long-enough-to-be-one-of-rfc-7636";
        let url = self.authorization(
            client.id,
            scopes,
            resources,
            Some("consent"),
            Some(compare::challenge(verifier)),
        );
        let callback = self.tenant.sign_in(url, user).await.unwrap();
        self.redeem(client, &callback, verifier).await
    }

    pub(crate) async fn redeem_without_pkce(&self, client: recorded::Credentials, callback: &Url) -> Value {
        self.redeem_with(client, callback, None).await
    }

    pub(crate) async fn redeem(
        &self,
        client: recorded::Credentials,
        callback: &Url,
        verifier: &str,
    ) -> Value {
        self.redeem_with(client, callback, Some(verifier)).await
    }

    async fn redeem_with(
        &self,
        client: recorded::Credentials,
        callback: &Url,
        verifier: Option<&str>,
    ) -> Value {
        let code = compare::query(callback, "code").unwrap_or_else(|| panic!("no code in {callback}"));
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let mut request = self.http.post(format!("{}/oidc/token", self.tenant.endpoint()));
        if client.secret.is_empty() {
            form.push(("client_id", client.id));
        } else {
            request = request.basic_auth(client.id, Some(client.secret));
        }
        let answer = answer_of(request.form(&form).send().await.unwrap()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub(crate) async fn refreshed(&self, client: recorded::Credentials, token: &str) {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let request = self.http.post(format!("{}/oidc/token", self.tenant.endpoint()));
        let request = request.basic_auth(client.id, Some(client.secret)).form(&form);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    /// A sign-in outside the recording whose tokens stand for recorded ones.
    pub(crate) async fn tokens_for(
        &mut self,
        client: recorded::Credentials,
        user: &str,
        scopes: &str,
        resources: &[&str],
        stands_for: &[(&str, &str)],
    ) {
        let tokens = self.tokens(client, user, scopes, resources).await;
        for (member, recorded) in stands_for {
            self.know(recorded, tokens[*member].as_str().unwrap());
        }
    }
}

pub(crate) async fn answer_of(response: reqwest::Response) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.unwrap(),
    }
}

/// A field of a recorded form or JSON body.
pub(crate) fn field(exchange: &Value, name: &str) -> Option<String> {
    let request = &exchange["request"];
    let fields = if request["json"].is_object() { &request["json"] } else { &request["form"] };
    match fields {
        Value::Array(pairs) => pairs.iter().find(|pair| pair[0] == name)?[1].as_str().map(str::to_owned),
        other => other[name].as_str().map(str::to_owned),
    }
}

fn client_of(exchange: &Value) -> String {
    if let Some(client) = field(exchange, "client_id") {
        return client;
    }
    recorded::ROCKET_APP.id.to_owned()
}

/// A recorded text with the recorded tenant's address replaced by the live one's.
pub(crate) fn relocated(text: &str, endpoint: &str) -> String {
    let encoded = |url: &str| url::form_urlencoded::byte_serialize(url.as_bytes()).collect::<String>();
    RECORDED_AT.iter().fold(renamed(text), |text, recorded| {
        let host = Url::parse(recorded).unwrap();
        let live =
            format!("http://{}:{}", host.host_str().unwrap(), Url::parse(endpoint).unwrap().port().unwrap());
        text.replace(recorded, &live).replace(&encoded(recorded), &encoded(&live))
    })
}
