//! Without its attribute, an organization token does not know its organization.

use logto_rocket::OrgToken;
use rocket::get;

#[get("/orgs/<org_id>")]
fn members(org_id: &str, token: OrgToken) {
    drop((org_id, token));
}

fn main() {}
