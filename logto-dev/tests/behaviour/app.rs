//! A small relying party that uses only HTTP.

use logto_dev::recorded::{Credentials, ROCKET_APP, SHOPPING_API};
use logto_dev::{Tenant, TenantBuilder};
use serde_json::Value;
use url::Url;

pub(crate) const CALLBACK: &str = "http://localhost:8000/logto/callback";
pub(crate) const SCOPES: &str = "openid profile offline_access roles urn:logto:scope:organizations \
    urn:logto:scope:organization_roles read:orders write:orders delete:orders invite:member manage:billing";

pub(crate) struct App {
    pub(crate) tenant: Tenant,
    pub(crate) client: Credentials,
    pub(crate) http: reqwest::Client,
}

impl App {
    pub(crate) async fn new() -> Self {
        Self::with(Tenant::recorded(), ROCKET_APP).await
    }

    pub(crate) async fn with(tenant: TenantBuilder, client: Credentials) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { tenant: tenant.start().await.unwrap(), client, http }
    }

    pub(crate) fn authorization(&self, more: &[(&str, &str)]) -> String {
        let mut url = Url::parse(&format!("{}/oidc/auth", self.tenant.endpoint())).unwrap();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", self.client.id).append_pair("redirect_uri", CALLBACK);
            query.append_pair("response_type", "code").append_pair("state", "the-state");
            query.append_pair("resource", SHOPPING_API);
            query.append_pair("resource", "urn:logto:resource:organizations");
            if !more.iter().any(|(name, _)| *name == "scope") {
                query.append_pair("scope", SCOPES);
            }
            query.extend_pairs(more);
        }
        url.to_string()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.tenant.endpoint()));
        let request = request.basic_auth(self.client.id, Some(self.client.secret)).form(form);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
    }

    pub(crate) async fn redeem(&self, callback: &Url) -> (u16, Value) {
        let code = param(callback, "code").unwrap_or_default();
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK)];
        self.post("/oidc/token", &form).await
    }

    pub(crate) async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let form = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.post("/oidc/token", &form).await
    }

    /// A whole sign-in with a refresh token.
    pub(crate) async fn tokens(&self, user: &str) -> Value {
        let callback = self.tenant.sign_in(self.authorization(&[("prompt", "consent")]), user).await.unwrap();
        let (status, tokens) = self.redeem(&callback).await;
        assert_eq!(status, 200, "{tokens}");
        tokens
    }

    pub(crate) async fn userinfo(&self, token: &str) -> u16 {
        let request = self.http.get(format!("{}/oidc/me", self.tenant.endpoint())).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    }
}

pub(crate) fn param(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

pub(crate) fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}

/// Header and claims of a JWT, unverified.
pub(crate) fn decoded(token: &str) -> (Value, Value) {
    use base64::Engine as _;
    let mut parts = token.split('.').map(|part| {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    });
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
