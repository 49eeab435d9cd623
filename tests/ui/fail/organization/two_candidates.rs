//! Which of the two is the organization is not guessed.

use logto_rocket::{OrgToken, with_org_token};
use rocket::get;

#[with_org_token]
#[get("/orgs/<org_id>?<organization_id>")]
fn orders(org_id: &str, organization_id: &str, token: OrgToken) {
    drop((org_id, organization_id, token));
}

fn main() {}
