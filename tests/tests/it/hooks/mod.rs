//! The application's functions that are called when sessions begin and end.

mod session_end;
mod sign_in;
mod sign_out;

use std::sync::{Arc, Mutex, PoisonError};

use logto_dev::Tenant;
use logto_rocket::{Logto, LogtoFairing};
use logto_tests::{App, Bench};
use rocket::figment::Figment;

/// What hooks were called for, in order. It is Rocket state as well.
#[derive(Clone, Debug, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    fn note(&self, call: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call.into());
    }

    /// The calls until now. They are forgotten.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The probe application with these hooks, whose state is `calls`.
async fn bench_with(
    calls: &Calls,
    hooks: impl FnOnce(LogtoFairing) -> LogtoFairing,
    change: impl FnOnce(Figment) -> Figment,
) -> Bench {
    let tenant = Tenant::recorded().start().await.unwrap();
    let rocket = Bench::rocket(&tenant, hooks(Logto::fairing()), change).manage(calls.clone());
    let app = App::serve(rocket).await;
    Bench { tenant, app }.warm().await
}

async fn bench(calls: &Calls, hooks: impl FnOnce(LogtoFairing) -> LogtoFairing) -> Bench {
    bench_with(calls, hooks, |figment| figment).await
}
