//! What stands for a token in a cache: never the token itself.

use aws_lc_rs::digest::{Context, SHA256};

/// SHA-256 over the rules that a token was judged by, and over every byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Fingerprint([u8; 32]);

/// The rules that are the same for all tokens of one cache: a verdict under other rules is another verdict.
#[derive(Clone)]
pub(super) struct Policy(Context);

impl Policy {
    pub(super) fn new(kind: &str, issuer: &str, client: &str) -> Self {
        let mut context = Context::new(&SHA256);
        for part in [kind, issuer, client] {
            // With their lengths, so that no two lists of parts read alike.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        Policy(context)
    }

    pub(super) fn fingerprint(&self, token: &str) -> Fingerprint {
        let mut context = self.0.clone();
        context.update(token.as_bytes());
        let mut print = [0; 32];
        print.copy_from_slice(context.finish().as_ref());
        Fingerprint(print)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e26_d_e26_h_every_byte_and_every_rule_counts() {
        let policy = Policy::new("at+jwt", "https://a.example/oidc", "app");
        let token = "header.payload.signature";
        let print = policy.fingerprint(token);
        assert_eq!(print, policy.fingerprint(token));
        for other in ["header.paYload.signature", "header.payload.signaturE", "header.payload.signature ", ""]
        {
            assert_ne!(print, policy.fingerprint(other), "{other:?}");
        }
        for (kind, issuer, client) in [
            ("logout+jwt", "https://a.example/oidc", "app"),
            ("at+jwt", "https://b.example/oidc", "app"),
            ("at+jwt", "https://a.example/oidc", "other"),
            ("at+jwthttps://a.example/oidc", "", "app"),
        ] {
            assert_ne!(print, Policy::new(kind, issuer, client).fingerprint(token), "{kind} {issuer}");
        }
    }
}
