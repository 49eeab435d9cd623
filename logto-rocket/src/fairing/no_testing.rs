//! The fairing without the feature `testing`: no application is under test, and requests and responses stay as they are.

use figment::value::Value;
use rocket::{Build, Orbit, Request, Response, Rocket};

use crate::clock::Clock;
use crate::config::{Config, RocketEnv};
use crate::guard::BoxFuture;
use crate::guard::hooks::Hooks;
use crate::logto::Logto;

/// What a test gives to the application. There is none.
pub(super) enum TestState {}

impl TestState {
    pub(super) fn of(_: Option<&Value>, _: &Clock) -> Result<Option<Self>, String> {
        Ok(None)
    }

    pub(super) fn settings(&self) -> &Value {
        match *self {}
    }

    pub(super) fn rocket_env(&self) -> RocketEnv {
        match *self {}
    }

    pub(super) async fn logto(&self, _: Config, _: bool, _: Hooks) -> Result<Logto, String> {
        match *self {}
    }
}

pub(super) fn manage(_: Rocket<Build>, test_state: TestState) -> Rocket<Build> {
    match test_state {}
}

pub(super) fn refuses_to_listen(_: &Rocket<Orbit>) -> bool {
    false
}

pub(super) fn sign_in<'f>(_: &'f mut Request<'_>) -> Option<BoxFuture<'f, ()>> {
    None
}

pub(super) fn label(_: &Request<'_>, _: &mut Response<'_>) {}
