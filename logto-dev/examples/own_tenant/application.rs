use logto_rocket::{Identity, Logto, MaybeUser, User, require_auth};
use rocket::{get, launch, routes};

#[get("/")]
fn home(user: MaybeUser) -> String {
    match user.0 {
        Some(user) => format!("Hello {}", user.claims().display_name()),
        None => "Hello, whoever you are. Sign in at /profile".to_owned(),
    }
}

#[require_auth]
#[get("/profile")]
fn profile(user: User) -> String {
    format!("You are signed in as {}", user.claims().display_name())
}

#[require_auth(scopes = "read:orders")]
#[get("/orders")]
fn orders(who: Identity) -> String {
    format!("The orders of {}", who.subject())
}

#[launch]
fn rocket() -> _ {
    rocket::build().attach(Logto::fairing()).mount("/", routes![home, profile, orders])
}
