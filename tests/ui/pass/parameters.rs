//! Parameters of every kind stay what they were: path, query, data, guards, lifetimes, `impl Trait`.

use logto_rocket::{AccessToken, Identity, OrgToken, User, require_auth, with_access_token, with_org_token};
use rocket::http::uri::Origin;
use rocket::response::Responder;
use rocket::serde::json::Json;
use rocket::{Request, State, get, post, routes};
use std::path::PathBuf;

#[require_auth(scopes = "read:orders")]
#[get("/orders/<id>?<page>&<filter..>")]
fn query(id: u64, page: Option<usize>, filter: Vec<String>) -> String {
    format!("{id}{page:?}{filter:?}")
}

#[with_org_token(organization = "<org_id>")]
#[post("/orgs/<org_id>/<rest..>", data = "<invite>", rank = 3)]
async fn data(org_id: &str, rest: PathBuf, token: OrgToken, invite: Json<Vec<String>>) -> String {
    format!("{org_id}{}{}{}", rest.display(), token.secret().len(), invite.len())
}

#[require_auth]
#[get("/guards")]
fn guards(user: User, identity: Identity, state: &State<u8>, origin: &Origin<'_>) -> String {
    drop((user, identity));
    format!("{state}{origin}")
}

struct Page;

impl<'r> Responder<'r, 'static> for Page {
    fn respond_to(self, request: &'r Request<'_>) -> rocket::response::Result<'static> {
        "page".respond_to(request)
    }
}

#[with_access_token]
#[get("/responder/<name>")]
async fn responder<'r>(name: &'r str, mut token: AccessToken) -> impl Responder<'r, 'static> {
    token = Some(token).filter(|_| !name.is_empty()).ok_or("no name")?;
    drop(token);
    Ok::<_, &'static str>(Page)
}

#[with_access_token]
#[get("/lifetimes/<name>")]
fn lifetimes<'a>(_token: AccessToken, name: &'a str) -> &'a str
where
    'a: 'a,
{
    name
}

#[require_auth]
#[get("/<a>/<b>/<c>/<d>/<e>/<f>/<g>")]
fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8) -> String {
    format!("{a}{b}{c}{d}{e}{f}{g}")
}

#[test]
fn field_42_m01_is_accepted() {
    assert_eq!(routes![query, data, guards, responder, lifetimes, many].len(), 6);
}
