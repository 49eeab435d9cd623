//! The opaque access token is for Logto: no API receives it, and it does not become another token.

use logto_rocket::{AccessToken, AuthorizedClient, CallError, OpaqueToken};

fn client(token: &OpaqueToken) -> Result<AuthorizedClient, CallError> {
    AuthorizedClient::for_user(token.source(), "https://orders.your-app.com/api")
}

fn converted(token: OpaqueToken) -> AccessToken {
    token.into()
}

fn main() {}
