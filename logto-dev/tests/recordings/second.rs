//! The second recording was made in another tenant of the same shape: its ids stand for those of the first.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use logto_dev::recorded::{
    ACME, ALICE, BOB, CAROL, Credentials, M2M_APP, ROCKET_APP, ROCKET_APP_PLAIN, THIRD_PARTY_APP,
};

const APPS: [(Credentials, Credentials); 4] = [
    (app("r8l6bqp939h6ra31njcbo", "Gd1oGXYayl8uutNtVCNvprQvt0OShAmC"), ROCKET_APP),
    (app("3lcz6nj4jcbsfhut5oetr", "nYymoQMcP3uXl2T8SVg8zupbKCU5qAd4"), ROCKET_APP_PLAIN),
    (app("fzyequfg70r2vi1ju29e4", "0LdKimb9VzeWKjpjSHqYnFpwP5IPwrIR"), THIRD_PARTY_APP),
    (app("16gvtbtxnjymrx9evk1wa", "jINLIg1UdVDzVnlqjPmoiP8PGwXuc1AR"), M2M_APP),
];
const IDS: [(&str, &str); 4] =
    [("47agg2mylrws", ACME), ("7rljq1v9sic4", ALICE), ("o10ck7d3gr1d", BOB), ("pcrwx7pgp5qj", CAROL)];

const fn app(id: &'static str, secret: &'static str) -> Credentials {
    Credentials { id, secret }
}

/// A text of the second recording with the first tenant's ids and secrets.
pub(crate) fn renamed(text: &str) -> String {
    if let Some(encoded) = text.strip_prefix("Basic ") {
        let decoded = STANDARD.decode(encoded).ok().and_then(|decoded| String::from_utf8(decoded).ok());
        let renamed = decoded.map(|decoded| format!("Basic {}", STANDARD.encode(renamed(&decoded))));
        return renamed.unwrap_or_else(|| text.to_owned());
    }
    let apps = APPS.iter().flat_map(|(old, new)| [(old.id, new.id), (old.secret, new.secret)]);
    apps.chain(IDS).fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
}
