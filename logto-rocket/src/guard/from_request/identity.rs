//! [`Identity`] as a parameter of a handler, and as a field of a guard struct.

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};

use crate::guard::access::IDENTITY;
use crate::guard::authorize::{authorize, granted_before, with_scopes, with_scopes_of};
use crate::guard::failure::AuthFailure;
use crate::guard::granted::{FromAuthorized, Granted, GrantedSession};
use crate::guard::identity::Identity;
use crate::guard::launch::launch_without_state;
use crate::guard::request_state::RequestState;
use crate::guard::rule::{BoxFuture, Rule};

pub(crate) static RULE: Rule = Rule::new(IDENTITY, "a parameter of type `Identity`", file!(), line!());

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Identity {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        let state = RequestState::of(request);
        let identity = match granted_before(request) {
            Some(granted) => Ok(granted.handed_over()),
            None => authorize(request, &RULE).await.map(|granted| granted.handed_over()),
        };
        let complete = match identity {
            Ok(identity) => with_scopes(request, identity, &RULE).await,
            Err(failure) => Err(failure),
        };
        match complete {
            Ok(identity) => Outcome::Success(identity),
            Err(failure) => {
                state.record(request, &failure);
                Outcome::Error((failure.status(), failure))
            }
        }
    }
}

impl Sentinel for Identity {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        launch_without_state::<Identity>(rocket, &RULE)
    }
}

impl FromAuthorized for Identity {
    fn from_authorized<'a>(granted: &'a Granted<'_>) -> BoxFuture<'a, Result<Self, AuthFailure>> {
        Box::pin(async move {
            let identity = granted.handed_over();
            match granted.session() {
                Some(GrantedSession { request_session, web_app }) => {
                    with_scopes_of(request_session, web_app, identity, granted.rule).await
                }
                None => Ok(identity),
            }
        })
    }
}
