//! A mistake is told where it was written, whichever macro has passed it on.

use logto_rocket::require_auth;
use rocket::get;

macro_rules! guarded {
    ($name:ident, $uri:literal, $($keys:tt)*) => {
        #[require_auth($($keys)*)]
        #[get($uri)]
        fn $name() {}
    };
}

macro_rules! below {
    ($name:ident) => {
        #[get("/below")]
        #[require_auth]
        fn $name() {}
    };
}

guarded!(one, "/one", scope = "read:orders");
guarded!(two, "/two", roles = "editor, admin");
guarded!(three, "/three", organization = "<org_id>");
below!(four);

fn main() {}
