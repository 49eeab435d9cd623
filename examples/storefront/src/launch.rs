//! Launches Rocket and prints after Rocket's own output.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::{Build, Rocket};

/// Launches `rocket`, and calls `say` after Rocket's launch output.
///
/// # Errors
///
/// The reason why the launch or the shutdown failed.
pub async fn launch(rocket: Rocket<Build>, say: impl FnOnce()) -> Result<(), String> {
    let lifted_off = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&lifted_off);
    let announce =
        AdHoc::on_liftoff("Last word", |_| Box::pin(async move { flag.store(true, Ordering::Relaxed) }));
    let mut launch = pin!(rocket.attach(announce).launch());
    let mut say = Some(say);
    // Rocket prints its address after the liftoff fairings, in the same poll.
    let outcome = poll_fn(|context| {
        let state = launch.as_mut().poll(context);
        if state.is_pending()
            && lifted_off.load(Ordering::Relaxed)
            && let Some(say) = say.take()
        {
            say();
        }
        state
    });
    match outcome.await {
        Ok(_) => Ok(()),
        // Rocket logs the cause of most errors, but not of an invalid setting of its own.
        Err(error) => Err(match error.kind() {
            ErrorKind::Config(cause) => format!("{error}: {cause}"),
            _ => error.to_string(),
        }),
    }
}
