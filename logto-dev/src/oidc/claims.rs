//! The claims about a user in tokens and userinfo, with Logto's names, nulls and milliseconds.

use serde_json::{Map, Value, json};

use crate::model::{Directory, User};
use crate::state::Basis;

/// The target of the claims: the two differ.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    IdToken,
    UserInfo,
}

pub(crate) fn of_user(
    directory: &Directory,
    user: &User,
    scopes: &[String],
    asked_by: For,
) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".into(), user.id.as_str().into());
    for scope in scopes {
        claims.extend(of_scope(directory, user, scope, asked_by));
    }
    claims
}

pub(crate) fn id_token_claims(
    directory: &Directory,
    user: &User,
    basis: &Basis,
    scopes: &[String],
    issuer: &str,
    now: i64,
) -> Map<String, Value> {
    let lifetime =
        directory.application(&basis.client_id).map_or(3600, |client| client.id_token_ttl_ms / 1000);
    let mut claims = of_user(directory, user, scopes, For::IdToken);
    claims.extend(basis.auth_time.map(|time| ("auth_time".to_owned(), time.into())));
    claims.extend(basis.nonce.as_deref().map(|nonce| ("nonce".to_owned(), nonce.into())));
    claims.extend(basis.sid.as_deref().map(|sid| ("sid".to_owned(), sid.into())));
    claims.insert("aud".into(), basis.client_id.as_str().into());
    claims.insert("exp".into(), (now / 1000 + lifetime).into());
    claims.insert("iat".into(), (now / 1000).into());
    claims.insert("iss".into(), issuer.into());
    claims
}

fn of_scope(directory: &Directory, user: &User, scope: &str, asked_by: For) -> Map<String, Value> {
    let full = asked_by == For::UserInfo;
    let claims = match scope {
        "profile" => {
            let mut claims = user.profile.clone();
            claims.insert("name".into(), json!(user.name));
            claims.insert("picture".into(), json!(user.picture));
            claims.insert("username".into(), user.username_or_null());
            claims.entry("preferred_username").or_insert_with(|| user.username_or_null());
            claims.insert("created_at".into(), json!(user.created_at.unwrap_or_default()));
            claims
                .insert("updated_at".into(), json!(user.updated_at.or(user.created_at).unwrap_or_default()));
            return claims;
        }
        "email" => json!({ "email": user.email, "email_verified": user.email.is_some() }),
        "phone" => json!({ "phone_number": user.phone, "phone_number_verified": user.phone.is_some() }),
        "address" => match &user.address {
            Some(address) => json!({ "address": address }),
            None => Value::Null,
        },
        "roles" => json!({ "roles": user.roles }),
        "custom_data" if full => json!({ "custom_data": user.custom_data }),
        "identities" if full => json!({ "identities": user.identities, "sso_identities": [] }),
        "urn:logto:scope:organizations" if full => {
            json!({ "organizations": organizations(user), "organization_data": organization_data(directory, user) })
        }
        "urn:logto:scope:organizations" => json!({ "organizations": organizations(user) }),
        "urn:logto:scope:organization_roles" => json!({ "organization_roles": organization_roles(user) }),
        _ => Value::Null,
    };
    match claims {
        Value::Object(claims) => claims,
        _ => Map::new(),
    }
}

fn organizations(user: &User) -> Vec<&str> {
    user.memberships.iter().map(|membership| membership.organization.as_str()).collect()
}

fn organization_roles(user: &User) -> Vec<String> {
    let in_each = user.memberships.iter().flat_map(|membership| {
        membership.roles.iter().map(move |role| format!("{}:{role}", membership.organization))
    });
    in_each.collect()
}

fn organization_data(directory: &Directory, user: &User) -> Vec<Value> {
    let joined = directory.organizations.iter().filter(|known| user.holder().is_member_of(&known.id));
    joined
        .map(|known| json!({ "id": known.id, "name": known.name, "description": known.description }))
        .collect()
}
