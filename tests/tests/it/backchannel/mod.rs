//! Back-channel logout: what Logto's word ends, and what is not taken for it.

mod algorithms;
mod ends;
mod meanwhile;
mod shapes;
mod stores;
mod tokens;

use logto_dev::Issue;
use logto_dev::recorded::BCL_APP;
use logto_tests::{Answer, Ask, Bench, Browser, CountingListener, claims_of};
use rocket::figment::Figment;

pub(crate) const PATH: &str = "/logto/backchannel-logout";

/// The recorded application that Logto tells of sign-outs.
pub(crate) fn told(figment: Figment) -> Figment {
    figment
        .merge(("logto.app_id", BCL_APP.id))
        .merge(("logto.app_secret", BCL_APP.secret))
        .merge(("logto.backchannel_logout", true))
}

pub(crate) async fn bench() -> Bench {
    Bench::probe_app_with(told).await
}

/// From now on Logto tells the application under test.
pub(crate) fn listen(bench: &Bench) {
    tell(bench, format!("http://{}{PATH}", bench.app.address()));
}

fn tell(bench: &Bench, uri: String) {
    let change = |application: logto_dev::Application| application.backchannel_logout_uri(uri, true);
    bench.tenant.applications().change(BCL_APP.id, change).unwrap();
}

/// A browser of this person at the application, and one at Logto, with the same session there.
pub(crate) async fn sign_in(bench: &Bench, user: &str) -> (Browser, logto_dev::Browser) {
    let (mut here, mut there) = (bench.browser(), bench.tenant.browser());
    let url = here.begin("").await;
    let callback = there.sign_in(url, user).await.unwrap();
    assert_eq!(here.open(logto_tests::path_of(&callback)).await.location(), "/");
    assert!(is_signed_in(&mut here).await);
    (here, there)
}

pub(crate) async fn sign_out_at_logto(bench: &Bench, there: &mut logto_dev::Browser) {
    let end = format!("{}/oidc/session/end?client_id={}", bench.tenant.endpoint(), BCL_APP.id);
    there.sign_out(end).await.unwrap();
}

/// A browser of this person at the application, and Logto's id of the session, which has ended there and not here.
pub(crate) async fn with_sid(bench: &Bench, user: &str) -> (Browser, String) {
    let elsewhere = CountingListener::silent().await;
    tell(bench, elsewhere.url());
    let (here, mut there) = sign_in(bench, user).await;
    sign_out_at_logto(bench, &mut there).await;
    let deliveries = bench.tenant.logout_deliveries();
    let claims = claims_of(&deliveries.last().unwrap().token);
    (here, claims["sid"].as_str().unwrap().to_owned())
}

pub(crate) async fn is_signed_in(browser: &mut Browser) -> bool {
    match browser.fetch("/known").await.status {
        200 => true,
        401 => false,
        other => panic!("neither signed in nor out: {other}"),
    }
}

/// A logout token for everything of this person.
pub(crate) fn logout_of(user: &str) -> Issue {
    Issue::user(user).client(BCL_APP.id)
}

pub(crate) fn form(token: &str) -> Ask {
    Ask::post(PATH).body("application/x-www-form-urlencoded", format!("logout_token={token}"))
}

/// Exactly 200 or 400, and no trace in any cache or browser.
pub(crate) fn assert_answered(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert!(answer.cookies().is_empty(), "{answer:?}");
}
