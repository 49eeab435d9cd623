//! Access tokens: good ones, ones that were never seen, and forgeries.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use logto_benches::API;
use logto_dev::{Issue, Tenant};
use serde_json::json;

use crate::Outcome;
use crate::tenant::ALICE;

/// Bytes of an ES384 signature.
const SIGNATURE: usize = 96;

pub(crate) fn good(tenant: &Tenant) -> Outcome<String> {
    Ok(tenant.access_token(Issue::user(ALICE).resource(API))?)
}

/// So many different ones.
pub(crate) fn fresh(tenant: &Tenant, count: usize) -> Outcome<Vec<String>> {
    (0..count).map(|_| good(tenant)).collect()
}

/// So many forgeries that name keys which nobody has.
pub(crate) fn with_unknown_keys(tenant: &Tenant, count: usize) -> Outcome<Vec<String>> {
    let token = good(tenant)?;
    let rest = token.split_once('.').ok_or("a token without dots")?.1;
    let forge = |_| {
        let key = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let header = json!({ "alg": "ES384", "typ": "at+jwt", "kid": key });
        Ok(format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string())))
    };
    (0..count).map(forge).collect()
}

/// So many forgeries that name the key there is, with signatures of random bytes.
pub(crate) fn with_garbage_signatures(tenant: &Tenant, count: usize) -> Outcome<Vec<String>> {
    let token = good(tenant)?;
    let signed = token.rsplit_once('.').ok_or("a token without dots")?.0;
    let forge = |_| Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(random::<SIGNATURE>()?)));
    (0..count).map(forge).collect()
}

fn random<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| "no random numbers")?;
    Ok(bytes)
}
