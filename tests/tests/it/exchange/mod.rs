//! Token exchange: personal access tokens, impersonation, other access tokens, and who acts for whom.

mod on_behalf_of;

use std::time::Duration;

use logto_dev::recorded::{ACME, ALICE, BCL_APP, BOB, GLOBEX, M2M_APP, OTHER_API, SHOPPING_API};
use logto_dev::{Endpoint, Fault, Issue, Tenant};
use logto_rocket::{
    Clock, Error, Identity, Logto, OrganizationId, SubjectToken, TokenExchange, require_auth,
};
use logto_tests::{claims_of, header_of, probe_app, settings};
use rocket::http::Header;
use rocket::local::asynchronous::Client;
use rocket::{get, routes};
use serde_json::json;

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// The recorded application that may exchange tokens.
struct Bureau {
    tenant: Tenant,
    client: Client,
}

impl Bureau {
    async fn open() -> Bureau {
        Bureau::of(BCL_APP.id, BCL_APP.secret).await
    }

    async fn of(id: &str, secret: &str) -> Bureau {
        Bureau::ahead(id, secret, Duration::ZERO).await
    }

    /// With a clock that is ahead of Logto's, and as much leeway as there can be.
    async fn ahead(id: &str, secret: &str, ahead: Duration) -> Bureau {
        let tenant = Tenant::recorded().start().await.unwrap();
        let clock = tenant.clock().clone();
        let figment = settings(&tenant)
            .merge(("logto.resources", [SHOPPING_API, OTHER_API]))
            .merge(("logto.app_id", id))
            .merge(("logto.app_secret", secret))
            .merge(("logto.machine_app_id", M2M_APP.id))
            .merge(("logto.machine_app_secret", M2M_APP.secret))
            .merge(("logto.clock_leeway", if ahead.is_zero() { "1m" } else { "5m" }));
        let rocket = probe_app(figment, Logto::fairing().clock(Clock::new(move || clock.now() + ahead)));
        let rocket = rocket.mount("/", routes![acting]);
        Bureau { tenant, client: Client::tracked(rocket).await.expect("it launches") }
    }

    fn exchange(&self, subject: SubjectToken) -> TokenExchange {
        self.client.rocket().state::<Logto>().unwrap().exchange(subject)
    }

    fn alices_pat(&self) -> SubjectToken {
        SubjectToken::personal_access_token(self.tenant.users().personal_access_token("alice").unwrap())
    }
}

#[require_auth(scopes = "read:orders", resource = SHOPPING_API, via = "bearer")]
#[get("/acting")]
fn acting(who: Identity) -> String {
    format!("{:?} acts for {}", who.actor(), who.subject())
}

fn is_refused_subject(error: &Error) -> bool {
    error.code() == "subject_token_refused" && error.help().contains("subject token")
}

#[rocket::async_test]
async fn a_personal_access_token_becomes_an_access_token() {
    let bureau = Bureau::open().await;
    let pat = bureau.alices_pat();
    let token = bureau.exchange(pat.clone()).resource(SHOPPING_API).scopes("read:orders delete:orders");
    let token = token.token().await.unwrap();
    let claims = claims_of(token.secret());
    assert_eq!((claims["sub"].as_str(), claims["aud"].as_str()), (Some(ALICE), Some(SHOPPING_API)));
    assert_eq!((token.subject(), token.actor()), (Some(ALICE), None));
    assert_eq!(token.resource().map(|resource| resource.as_str()), Some(SHOPPING_API));
    assert!(token.expires_at() > bureau.tenant.clock().now());
    // Again and again; and no scope that nobody asked for.
    let bare = bureau.exchange(pat).resource(SHOPPING_API).token().await.unwrap();
    assert!(bare.scopes().is_empty());
}

/// A token of the other API lives ten seconds. By this server's clock it would have ended before it came.
#[rocket::async_test]
async fn i18_an_exchanged_token_ends_by_this_servers_clock() {
    let ahead = Duration::from_secs(290);
    let bureau = Bureau::ahead(BCL_APP.id, BCL_APP.secret, ahead).await;
    bureau.tenant.clock().freeze();
    let here = bureau.tenant.clock().now() + ahead;
    let token = bureau.exchange(bureau.alices_pat()).resource(OTHER_API).token().await.unwrap();
    let life = token.expires_at().duration_since(here).expect("it has not ended");
    assert!(life <= Duration::from_secs(10) && life > Duration::from_secs(8), "{life:?}");
}

#[rocket::async_test]
async fn organizations_are_asked_for_like_resources() {
    let bureau = Bureau::open().await;
    let pat = bureau.alices_pat();
    let (acme, globex) = (OrganizationId::new(ACME).unwrap(), OrganizationId::new(GLOBEX).unwrap());
    let organization = bureau.exchange(pat.clone()).organization(&acme).scopes("invite:member");
    let organization = organization.token().await.unwrap();
    assert_eq!(claims_of(organization.secret())["aud"], format!("urn:logto:organization:{ACME}"));
    assert!(organization.scopes().contains("invite:member"));
    let both =
        bureau.exchange(pat.clone()).resource(SHOPPING_API).organization(&acme).scopes("delete:orders");
    let both = both.token().await.unwrap();
    assert_eq!(claims_of(both.secret())["organization_id"], ACME);
    assert_eq!(both.organization(), Some(&acme));

    let foreign = bureau.exchange(pat).organization(&globex).token().await.unwrap_err();
    assert_eq!(foreign.code(), "exchange_refused");
    assert!(foreign.help().contains("member"), "{}", foreign.help());
}

#[rocket::async_test]
async fn an_impersonation_token_is_good_for_one_exchange() {
    let bureau = Bureau::open().await;
    let users = bureau.tenant.users();
    let subject = SubjectToken::impersonation(users.impersonation_token("alice").unwrap());
    let exchange = bureau.exchange(subject).resource(SHOPPING_API).scopes("read:orders");
    assert_eq!(exchange.token().await.unwrap().subject(), Some(ALICE));
    let again = exchange.token().await.unwrap_err();
    assert!(is_refused_subject(&again), "{again:?}");

    let late = SubjectToken::impersonation(users.impersonation_token("alice").unwrap());
    bureau.tenant.clock().advance(Duration::from_secs(601));
    let late = bureau.exchange(late).resource(SHOPPING_API).token().await.unwrap_err();
    assert!(is_refused_subject(&late), "{late:?}");
}

/// Its answer may be lost when it is used up already.
#[rocket::async_test]
async fn an_exchange_whose_answer_is_lost_is_not_made_again() {
    let bureau = Bureau::open().await;
    bureau.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::Lose);
    let subject = SubjectToken::impersonation(bureau.tenant.users().impersonation_token("alice").unwrap());
    let error = bureau.exchange(subject).resource(SHOPPING_API).token().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert_eq!(bureau.tenant.journal().count(Endpoint::Token), 1);
}

#[rocket::async_test]
async fn the_token_tells_who_acts_for_whom() {
    let bureau = Bureau::open().await;
    let alice = SubjectToken::impersonation(bureau.tenant.users().impersonation_token("alice").unwrap());
    let bob = bureau.tenant.access_token(Issue::user("bob").client(BCL_APP.id)).unwrap();
    let token = bureau.exchange(alice).actor(bob).resource(SHOPPING_API).scopes("read:orders");
    let token = token.token().await.unwrap();
    assert_eq!((token.subject(), token.actor()), (Some(ALICE), Some(BOB)));

    // And the API that it is shown to knows.
    let bearer = Header::new("authorization", format!("Bearer {}", token.secret()));
    let answer = bureau.client.get("/acting").header(bearer).dispatch().await;
    let told = answer.into_string().await.unwrap();
    assert_eq!(told, format!("{:?} acts for {ALICE}", Some(BOB)));

    let bad = bureau.exchange(bureau.alices_pat()).actor("nobody's").resource(SHOPPING_API);
    let bad = bad.token().await.unwrap_err();
    assert!(is_refused_subject(&bad), "{bad:?}");
}

#[rocket::async_test]
async fn access_tokens_are_exchanged_and_id_tokens_are_not() {
    let bureau = Bureau::open().await;
    let opaque = bureau.tenant.access_token(Issue::user("alice").client(BCL_APP.id)).unwrap();
    let jwt = bureau.tenant.access_token(Issue::user("alice").resource(OTHER_API)).unwrap();
    for subject in [opaque, jwt] {
        let token = bureau.exchange(SubjectToken::access_token(subject)).resource(SHOPPING_API);
        assert_eq!(token.token().await.unwrap().subject(), Some(ALICE));
    }
    let id_token = bureau.tenant.id_token(Issue::user("alice").client(BCL_APP.id)).unwrap();
    for bad in [id_token, "pat_unknown".to_owned(), String::new()] {
        let refused = bureau.exchange(SubjectToken::access_token(bad)).resource(SHOPPING_API).token().await;
        assert!(matches!(refused, Err(Error::ExchangeRefused(_))), "{refused:?}");
    }
    bureau.tenant.users().suspend("alice").unwrap();
    let suspended = bureau.exchange(bureau.alices_pat()).resource(SHOPPING_API).token().await;
    assert!(is_refused_subject(&suspended.unwrap_err()));
}

#[rocket::async_test]
async fn without_a_resource_the_token_is_opaque() {
    let bureau = Bureau::open().await;
    let token = bureau.exchange(bureau.alices_pat()).scopes("openid profile").token().await.unwrap();
    assert!(!token.secret().contains('.'));
    assert_eq!((token.subject(), token.resource()), (None, None));
    assert!(token.scopes().contains("profile"));
}

#[rocket::async_test]
async fn an_application_that_may_not_exchange_is_told_so() {
    use logto_dev::recorded::ROCKET_APP;
    let bureau = Bureau::of(ROCKET_APP.id, ROCKET_APP.secret).await;
    let exchange = bureau.exchange(bureau.alices_pat()).resource(SHOPPING_API).scopes("read:orders");
    let error = exchange.token().await.unwrap_err();
    assert_eq!(error.code(), "exchange_refused");
    assert!(error.help().contains("allow token exchange"), "{}", error.help());
    // The machine may.
    let token = exchange.as_machine().token().await.unwrap();
    assert_eq!(claims_of(token.secret())["client_id"], M2M_APP.id);
}

#[rocket::async_test]
async fn what_arrives_is_checked_and_nothing_secret_is_printed() {
    let bureau = Bureau::open().await;
    let good = bureau.tenant.access_token(Issue::user("alice").resource(SHOPPING_API)).unwrap();
    let forged = bureau.tenant.keys().sign_with_stranger(&header_of(&good), &claims_of(&good)).unwrap();
    let body = json!({ "access_token": forged, "token_type": "Bearer", "expires_in": 3600 });
    bureau.tenant.faults().on(Endpoint::Token).nth(1).fault(Fault::StatusWithBody(200, body.to_string()));
    let exchange = bureau.exchange(SubjectToken::impersonation("sub_not-to-be-seen")).resource(SHOPPING_API);
    let error = exchange.token().await.unwrap_err();
    assert!(matches!(error, Error::InvalidToken(_)), "{error:?}");
    assert!(!format!("{exchange:?}").contains("not-to-be-seen"));
    let token = bureau.exchange(bureau.alices_pat()).resource(SHOPPING_API).token().await.unwrap();
    assert!(!format!("{token:?}").contains(token.secret()));
}
