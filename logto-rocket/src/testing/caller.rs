//! Who sends a request, in a test.

use super::bearer::{TestBearer, TestMachine};
use super::user::TestUser;

/// Who sends a request: a [`TestUser`] with a session, or whoever has a [`TestBearer`].
#[derive(Debug, Clone)]
pub struct TestCaller(pub(super) Caller);

#[derive(Debug, Clone)]
pub(super) enum Caller {
    Session(Box<TestUser>),
    Bearer(Box<TestBearer>),
}

impl From<TestUser> for TestCaller {
    fn from(user: TestUser) -> Self {
        TestCaller(Caller::Session(Box::new(user)))
    }
}

/// Several requests may be from one user.
impl From<&TestUser> for TestCaller {
    fn from(user: &TestUser) -> Self {
        user.clone().into()
    }
}

impl From<TestBearer> for TestCaller {
    fn from(bearer: TestBearer) -> Self {
        TestCaller(Caller::Bearer(Box::new(bearer)))
    }
}

impl From<&TestBearer> for TestCaller {
    fn from(bearer: &TestBearer) -> Self {
        bearer.clone().into()
    }
}

impl From<TestMachine> for TestCaller {
    fn from(machine: TestMachine) -> Self {
        machine.bearer().into()
    }
}

impl From<&TestMachine> for TestCaller {
    fn from(machine: &TestMachine) -> Self {
        machine.clone().into()
    }
}
