use logto_rocket::{Logto, OrgToken, User, require_auth, with_org_token};
use rocket::{Build, Rocket, get, routes};

#[require_auth(roles = "accountant")]
#[get("/report")]
fn report(user: User) -> String {
    format!("The report for {}", user.claims().display_name())
}

#[with_org_token]
#[get("/orgs/<org_id>/members")]
fn members(org_id: &str, token: OrgToken) -> String {
    format!("Members of {org_id}, {}", token.scopes())
}

/// The application, as it is launched in production too.
pub fn rocket() -> Rocket<Build> {
    let app = rocket::build().attach(Logto::fairing());
    app.mount("/", routes![report, members])
}
