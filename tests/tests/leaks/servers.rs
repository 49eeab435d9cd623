//! What passes between servers: tokens of the server's own, exchanges, logouts, webhooks.

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use logto_dev::recorded::{BCL_APP, M2M_APP, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_rocket::{AuthorizedClient, Clock, Logto, SubjectToken};
use logto_tests::{CountingListener, probe_app, settings};
use rocket::http::ContentType;
use rocket::local::asynchronous::Client;
use serde_json::json;

use crate::Secrets;

const SIGNING_KEY: &str = "the-signing-key-of-the-leak-test";

/// Everything that goes well and everything that goes wrong.
pub(crate) async fn talk(secrets: &mut Secrets) {
    let tenant = Tenant::recorded().start().await.unwrap();
    let clock = tenant.clock().clone();
    let figment = settings(&tenant)
        .merge(("logto.app_id", BCL_APP.id))
        .merge(("logto.app_secret", BCL_APP.secret))
        .merge(("logto.machine_app_id", M2M_APP.id))
        .merge(("logto.machine_app_secret", M2M_APP.secret))
        .merge(("logto.resources", [SHOPPING_API, "https://other.your-app.com/api"]))
        .merge(("logto.backchannel_logout", true))
        .merge(("logto.webhook_signing_keys", [SIGNING_KEY]));
    let client = Client::tracked(probe_app(figment, Logto::fairing().clock(Clock::new(move || clock.now()))))
        .await
        .expect("it launches");
    let logto = client.rocket().state::<Logto>().unwrap();
    for (what, secret) in
        [("app secret", BCL_APP.secret), ("machine secret", M2M_APP.secret), ("signing key", SIGNING_KEY)]
    {
        secrets.add(what, secret);
    }
    machine_tokens(&tenant, logto, secrets).await;
    exchanges(&tenant, logto, secrets).await;
    logouts(&tenant, &client, secrets).await;
    webhooks(&tenant, &client, secrets).await;
}

async fn machine_tokens(tenant: &Tenant, logto: &Logto, secrets: &mut Secrets) {
    let source = logto.machine_tokens().resource(SHOPPING_API).scopes("read:orders");
    let api = CountingListener::answering(
        "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer error=\"invalid_token\"\r\n\
         content-length: 0\r\nconnection: close\r\n\r\n",
    )
    .await;
    let orders = AuthorizedClient::new(source.clone(), &api.url()).unwrap();
    secrets.add("machine token", source.token().await.unwrap().secret());
    orders.send(orders.get("orders").unwrap()).await.unwrap();
    secrets.add("second machine token", source.token().await.unwrap().secret());
    let planted = "planted-machine-token-0123456789";
    secrets.add("token in a broken answer", planted);
    for body in [format!("{{\"access_token\":\"{planted}\",\"token_type\":\"Bearer\"}}"), planted.to_owned()]
    {
        tenant.faults().on(Endpoint::Token).fault(Fault::StatusWithBody(200, body));
        let refused = logto.machine_tokens().resource("https://other.your-app.com/api").token().await;
        assert!(refused.is_err());
        tenant.faults().clear();
    }
}

async fn exchanges(tenant: &Tenant, logto: &Logto, secrets: &mut Secrets) {
    let users = tenant.users();
    let pat = users.personal_access_token("alice").unwrap();
    let impersonation = users.impersonation_token("alice").unwrap();
    let actor = tenant.access_token(Issue::user("bob").client(BCL_APP.id)).unwrap();
    secrets.add("personal access token", &pat);
    secrets.add("impersonation token", &impersonation);
    secrets.add("actor token", &actor);
    for subject in [SubjectToken::personal_access_token(pat), SubjectToken::impersonation(impersonation)] {
        let exchange = logto.exchange(subject).actor(actor.clone()).resource(SHOPPING_API);
        secrets.add("exchanged token", exchange.token().await.unwrap().secret());
        let unknown = "an-actor-token-that-is-not-known";
        secrets.add("unknown actor token", unknown);
        let refused = exchange.actor(unknown).token().await.unwrap_err();
        // An application logs what went wrong.
        log::error!(target: "app", "{refused}: {refused:?}");
    }
}

async fn logouts(tenant: &Tenant, client: &Client, secrets: &mut Secrets) {
    let sid = "the-sid-of-the-leak-test";
    secrets.add("sid", sid);
    let good = tenant.logout_token(Issue::user("alice").client(BCL_APP.id).claim("sid", sid)).unwrap();
    let bad = tenant.logout_token(Issue::user("alice").client(M2M_APP.id)).unwrap();
    for (token, status) in [(&good, 200), (&good, 400), (&bad, 400)] {
        secrets.add("logout token", token);
        secrets.add("signature of a logout token", token.rsplit_once('.').unwrap().1);
        let post = client.post("/logto/backchannel-logout").header(ContentType::Form);
        let answer = post.body(format!("logout_token={token}")).dispatch().await;
        assert_eq!(answer.status().code, status);
    }
}

async fn webhooks(tenant: &Tenant, client: &Client, secrets: &mut Secrets) {
    let email = "webhook-leak-test@example.com";
    secrets.add("e-mail address", email);
    for event in ["User.Deleted", "Role.Created"] {
        let body = json!({
            "hookId": "hook", "event": event, "createdAt": tenant.clock().now_iso(),
            "userId": "nobody", "data": { "primaryEmail": email },
        });
        let body = body.to_string();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SIGNING_KEY.as_bytes()), body.as_bytes());
        let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let answers = BTreeMap::from([(signature, 200), ("0".repeat(64), 401)]);
        for (signature, status) in answers {
            let header = rocket::http::Header::new("logto-signature-sha-256", signature);
            let post = client.post("/logto/webhook").header(header).body(&body).dispatch().await;
            assert_eq!(post.status().code, status, "{event}");
        }
    }
}
