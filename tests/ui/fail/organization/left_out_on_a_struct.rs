//! A struct guards many routes, so the organization is not looked for among their segments unasked.

use logto_rocket::{OrgToken, with_org_token};

#[with_org_token]
struct Member(OrgToken);

fn main() {}
