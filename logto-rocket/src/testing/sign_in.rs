//! What the fairing does with a request of a test before anything else sees it.

use rocket::Request;
use rocket::http::Header;

use super::bearer::TestBearer;
use super::caller::Caller;
use super::pending_request::{Pending, take};
use super::session::{Begun, begin};
use super::tenant::{AccessTokenOf, Tenant};
use super::test_state::TestState;
use super::user::TestUser;
use crate::guard::{BoxFuture, RequestState};
use crate::logto::{Logto, WebApp};
use crate::session::{DataEntries, TokenTarget};

/// The application of a bearer token, where the settings accept those of any.
const CLIENT_ID: &str = "client-of-a-test";

/// A request of a test, and who sends it.
struct PendingRequest {
    test_state: TestState,
    logto: Logto,
    pending: Pending,
}

/// Gives the request the session or the token that its test wants. `None` if no test wants anything of the request, as of
/// any that comes from the network.
pub(crate) fn sign_in<'f>(request: &'f mut Request<'_>) -> Option<BoxFuture<'f, ()>> {
    let pending = pending_request(request)?;
    Some(Box::pin(send_as_wanted(pending, request)))
}

fn pending_request(request: &Request<'_>) -> Option<PendingRequest> {
    let test_state = request.rocket().state::<TestState>()?;
    let logto = request.rocket().state::<Logto>()?;
    Some(PendingRequest { test_state: test_state.clone(), logto: logto.clone(), pending: take(request)? })
}

/// # Panics
///
/// If the test wants what the application has no use for. The message says what to do.
async fn send_as_wanted(request_of_test: PendingRequest, request: &mut Request<'_>) {
    let PendingRequest { test_state, logto, pending } = request_of_test;
    let asked_at = pending.asked_at;
    let outcome = match pending.caller.map(|caller| caller.0) {
        Some(Caller::Session(user)) => present(&test_state, &logto, *user, request).await,
        Some(Caller::Bearer(bearer)) => authorization(test_state.tenant(), &logto, *bearer)
            .map(|value| request.replace_header(Header::new("Authorization", value))),
        None => Ok(()),
    };
    let outcome = match outcome {
        Ok(()) if !pending.data.is_empty() => visit(&logto, &pending.data, request).await,
        outcome => outcome,
    };
    if let Err(problem) = outcome {
        let line = asked_at.map(|line| format!(" at {line}")).unwrap_or_default();
        panic!("the request{line} cannot be sent as the test wants it: {problem}");
    }
}

fn web_app_of(logto: &Logto) -> Result<&WebApp, String> {
    logto.web_app().ok_or_else(|| {
        "this application is an API alone, which has no sessions; sign in with `.bearer()`".to_owned()
    })
}

async fn present(
    test_state: &TestState,
    logto: &Logto,
    user: TestUser,
    request: &Request<'_>,
) -> Result<(), String> {
    let web_app = web_app_of(logto)?;
    let state = RequestState::of(request);
    match begin(test_state.tenant(), web_app, user).await? {
        // In place of any session that a tracked client has.
        Begun::Active(handle) => state.session(request, web_app).await.begin(handle),
        Begun::Presented(session) => {
            if !state.present(session) {
                return Err("another fairing has looked for the session before; attach `Logto::fairing()` first, or dispatch the request once".to_owned());
            }
        }
    }
    Ok(())
}

async fn visit(logto: &Logto, data: &[(&'static str, String)], request: &Request<'_>) -> Result<(), String> {
    let web_app = web_app_of(logto)?;
    let failed = |error: &dyn std::fmt::Display| format!("the session data cannot be kept: {error}");
    let visitor =
        RequestState::of(request).visitor(request, web_app).await.map_err(|error| failed(&error))?;
    let limit = web_app.0.session_data_limit;
    let mut change = |entries: &mut DataEntries| {
        for (name, json) in data {
            entries.set(name, Some(json.as_str().into()), limit)?;
        }
        Ok(true)
    };
    visitor.change(web_app, &mut change).await.map_err(|error| failed(&error))
}

/// The value of the `Authorization` header.
fn authorization(tenant: &Tenant, logto: &Logto, mut bearer: TestBearer) -> Result<String, String> {
    bearer.permissions = bearer.permissions.resolve(logto.sole_resource())?;
    let target = target_of(&bearer, logto)?;
    let Some(scopes) = bearer.permissions.scopes_of(&target) else {
        return Err(format!(
            "`{}` is no member of the organization that the token is for; add `.organization(..)` to the user",
            bearer.subject
        ));
    };
    let accepted = logto.0.config.bearer_clients.first().map(String::as_str);
    let client_id = bearer.client_id.as_deref().or(accepted).unwrap_or(CLIENT_ID);
    let of = AccessTokenOf {
        subject: &bearer.subject,
        client_id,
        target: &target,
        scopes: &scopes,
        claims: &bearer.claims,
        issued_ago: bearer.issued_ago,
    };
    let token = tenant.bearer_token(&bearer, &of).ok_or("an access token could not be signed")?;
    Ok(format!("Bearer {token}"))
}

fn target_of(bearer: &TestBearer, logto: &Logto) -> Result<TokenTarget, String> {
    let resource = match (&bearer.resource, bearer.permissions.resources().as_slice()) {
        _ if bearer.is_organization_token => None,
        (Some(resource), _) => Some(resource.clone()),
        (None, [only]) => Some(only.clone()),
        (None, _) => logto.sole_resource().cloned(),
    };
    if resource.is_none() && bearer.organization.is_none() {
        return Err("the access token is for no API resource: the setting `resources` has none, or several; name one with `.resource(..)`".to_owned());
    }
    Ok(TokenTarget { resource, organization: bearer.organization.clone() })
}
