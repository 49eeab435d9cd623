//! A mount is guarded by a struct with an attribute, and by nothing that may let everybody in.

use logto_rocket::{User, guarded, require_auth};
use rocket::fs::FileServer;
use rocket::{get, routes};

#[require_auth]
struct SignedIn;

struct NoGuard;

#[get("/")]
fn index() {}

fn main() {
    let _ = guarded::<NoGuard>(routes![index]);
    let _ = guarded::<User>(FileServer::from("static"));
    let _ = guarded::<Option<SignedIn>>(routes![index]);
    let _ = guarded(routes![index]);
}
