//! The setting `redis_url`: the address of one server, or those of the Sentinels that know it.

use std::fmt;

use percent_encoding::percent_decode_str;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

use crate::types::Secret;

/// The schemes of an address of Sentinels, and the scheme of the servers that they name.
const SENTINEL_SCHEMES: [(&str, &str); 2] =
    [("redis+sentinel://", "redis"), ("rediss+sentinel://", "rediss")];
const SENTINEL_PORT: u16 = 26_379;

/// Where Redis is.
pub(crate) enum RedisAddress {
    /// One server.
    Server(ConnectionInfo),
    /// Sentinels that name the present primary.
    Sentinels(SentinelAddress),
}

/// Sentinels, and how to connect with the primary that they name.
#[derive(Clone)]
pub(crate) struct SentinelAddress {
    pub(crate) sentinels: Vec<ConnectionAddr>,
    /// The name that the Sentinels monitor the primary under.
    pub(crate) primary: String,
    /// User, password and database at the primary.
    pub(crate) settings: RedisConnectionInfo,
    pub(crate) is_tls: bool,
    /// User and password at the Sentinels.
    pub(crate) sentinel_user: Option<String>,
    pub(crate) sentinel_password: Option<Secret>,
}

/// The address may contain a password.
impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisAddress")
    }
}

impl RedisAddress {
    /// `redis://`, `rediss://` and `redis+unix://` as the crate `redis` reads them, or
    /// `redis+sentinel://[user]:[password]@host:port,host:port/name/database`, with `rediss+sentinel://` for TLS. The query
    /// of the latter may have `sentinel_user` and `sentinel_password`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        for (scheme, of_server) in SENTINEL_SCHEMES {
            if let Some(rest) = text.strip_prefix(scheme) {
                return SentinelAddress::parse(rest, of_server).map(RedisAddress::Sentinels);
            }
        }
        text.into_connection_info().ok().map(RedisAddress::Server)
    }
}

impl SentinelAddress {
    /// Reads what follows the scheme. Each Sentinel is read as the address of a server.
    fn parse(rest: &str, scheme: &str) -> Option<Self> {
        if rest.contains('#') {
            return None;
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/')?;
        let (user_info, hosts) =
            authority.rsplit_once('@').map_or((None, authority), |(user, hosts)| (Some(user), hosts));
        let (name, database) = path.split_once('/').unwrap_or((path, "0"));
        let primary = decoded(name).filter(|name| !name.is_empty())?;

        let user_info = user_info.map(|user_info| format!("{user_info}@")).unwrap_or_default();
        let mut settings = None;
        let mut sentinels = Vec::new();
        for host in hosts.split(',') {
            let port = if has_port(host) { String::new() } else { format!(":{SENTINEL_PORT}") };
            let server =
                format!("{scheme}://{user_info}{host}{port}/{database}").into_connection_info().ok()?;
            sentinels.push(server.addr().clone());
            settings = Some(server.redis_settings().clone());
        }
        let (mut sentinel_user, mut sentinel_password) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            match name {
                "sentinel_user" => sentinel_user = Some(decoded(value)?),
                "sentinel_password" => sentinel_password = Some(Secret::new(decoded(value)?)),
                _ => return None,
            }
        }
        Some(SentinelAddress {
            sentinels,
            primary,
            settings: settings?,
            is_tls: scheme == "rediss",
            sentinel_user,
            sentinel_password,
        })
    }
}

/// Whether a port follows the host, which may be an IPv6 address in brackets.
fn has_port(host: &str) -> bool {
    host.rsplit_once(']').map_or(host, |(_, after)| after).contains(':')
}

fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentinels(text: &str) -> Option<SentinelAddress> {
        match RedisAddress::parse(text) {
            Some(RedisAddress::Sentinels(address)) => Some(address),
            _ => None,
        }
    }

    #[test]
    fn an_address_of_sentinels_has_hosts_a_name_and_credentials() {
        let bare = sentinels("redis+sentinel://one,two:26380/shop").expect("an address");
        let hosts =
            [("one", 26_379), ("two", 26_380)].map(|(host, port)| ConnectionAddr::Tcp(host.to_owned(), port));
        assert_eq!(bare.sentinels, hosts);
        assert_eq!((bare.primary.as_str(), bare.settings.db(), bare.is_tls), ("shop", 0, false));
        assert!(bare.settings.password().is_none() && bare.sentinel_password.is_none());

        let full = "rediss+sentinel://app:p%40ss@[::1]:5000,[::1]/shop%20one/3?sentinel_user=watch&sentinel_password=s%26t";
        let full = sentinels(full).expect("an address");
        assert_eq!((full.sentinels.len(), full.primary.as_str(), full.settings.db()), (2, "shop one", 3));
        assert!(matches!(&full.sentinels[1], ConnectionAddr::TcpTls { port: 26_379, .. }));
        assert_eq!((full.settings.username(), full.settings.password()), (Some("app"), Some("p@ss")));
        assert_eq!(full.sentinel_user.as_deref(), Some("watch"));
        assert_eq!(full.sentinel_password.as_ref().map(Secret::expose), Some("s&t"));
        assert!(full.is_tls);
    }

    #[test]
    fn an_address_of_sentinels_that_lacks_something_is_none() {
        for text in [
            "redis+sentinel://",
            "redis+sentinel://one",
            "redis+sentinel://one/",
            "redis+sentinel://,one/shop",
            "redis+sentinel://one:x/shop",
            "redis+sentinel://one/shop/zero",
            "redis+sentinel://one/shop?db=1",
            "redis+sentinel://one/shop?sentinel_password",
            "rediss+sentinel://one/shop#insecure",
        ] {
            assert!(RedisAddress::parse(text).is_none(), "{text}");
        }
        assert!(matches!(RedisAddress::parse("redis://one"), Some(RedisAddress::Server(_))));
    }
}
