//! What Redis says about itself (`INFO`): what it is, and whether the store can work with it.

use redis::{ErrorKind, InfoDict};

use super::connection::CallFailure;
use crate::error::StoreError;
use crate::session::store::StoreInspection;

/// The oldest version that speaks RESP3.
const OLDEST: u32 = 6;
const TOO_OLD: &str = "this Redis is older than version 6. Use Redis 6 or later, or Valkey";

/// Errors that concern every command, and not only `INFO`.
const OF_EVERY_COMMAND: [&str; 7] =
    ["NOAUTH", "WRONGPASS", "LOADING", "MOVED", "ASK", "CROSSSLOT", "CLUSTERDOWN"];

/// Reads the response to `INFO`. A server that does not tell, because its user may not ask or because a provider has
/// removed the command, is taken as it is.
pub(super) fn read(answer: Result<InfoDict, CallFailure>) -> Result<StoreInspection, StoreError> {
    match answer {
        Ok(info) => Ok(inspect(&info)),
        Err(CallFailure::Redis(error)) if error.kind() == ErrorKind::RESP3NotSupported => {
            Ok(StoreInspection { unsuitable: Some(TOO_OLD.to_owned()), ..StoreInspection::default() })
        }
        Err(CallFailure::Redis(error))
            if error.kind() != ErrorKind::AuthenticationFailed
                && error.code().is_some_and(|code| !OF_EVERY_COMMAND.contains(&code)) =>
        {
            Ok(StoreInspection::default())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn inspect(info: &InfoDict) -> StoreInspection {
    let field = |name: &str| info.get::<String>(name).filter(|value| is_plain(value));
    let is = |name: &str, value: &str| field(name).as_deref() == Some(value);
    let policy = field("maxmemory_policy");

    let kind = if field("valkey_version").is_some() { "Valkey" } else { "Redis" };
    let version = field("valkey_version").or_else(|| field("redis_version"));
    let role = match field("role").as_deref() {
        Some("master") => ", a primary",
        Some("slave") => ", a replica",
        _ => "",
    };
    let in_cluster = if is("cluster_enabled", "1") { " of a cluster" } else { "" };
    let memory = policy.as_ref().map(|policy| format!(", maxmemory-policy {policy}")).unwrap_or_default();
    let server = version.as_ref().map(|version| format!("{kind} {version}{role}{in_cluster}{memory}"));

    let major = field("redis_version").and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    // Valkey calls the field by another name.
    let unsuitable = if is("redis_mode", "sentinel") || is("server_mode", "sentinel") {
        Some(
            "this server is a Sentinel, which keeps no data (redis_mode or server_mode: sentinel). Write its address as redis+sentinel://host:26379/name, with the name of the primary that it monitors",
        )
    } else if is("cluster_enabled", "1") {
        Some(
            "this server is a node of a Redis Cluster (cluster_enabled:1). One operation would write keys on several nodes. Use a single primary, with Sentinels or a managed failover where it has to be highly available",
        )
    } else if is("role", "slave") {
        Some(
            "this server is a replica (role:slave), which accepts no writes. Use the address of the primary, or those of the Sentinels: redis+sentinel://host:26379/name",
        )
    } else if major.is_some_and(|major| major < OLDEST) {
        Some(TOO_OLD)
    } else {
        None
    };

    // Without a limit Redis evicts nothing.
    let may_evict = policy.filter(|policy| policy != "noeviction" && !is("maxmemory", "0"));
    let warnings = may_evict.map(|policy| {
        format!(
            "maxmemory-policy is {policy}, so Redis evicts revocation marks and tombstones when its memory is full, and ended sessions become valid again. Set maxmemory-policy noeviction"
        )
    });
    StoreInspection {
        server,
        unsuitable: unsuitable.map(str::to_owned),
        warnings: warnings.into_iter().collect(),
    }
}

/// Versions, roles and policies. Nothing else of what the server says is repeated.
fn is_plain(value: &str) -> bool {
    value.len() <= 40 && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> StoreInspection {
        inspect(&InfoDict::new(text))
    }

    #[test]
    fn a_primary_is_named_and_suitable() {
        let primary = of(
            "redis_version:7.0.15\r\nredis_mode:standalone\r\nmaxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\nrole:master\r\ncluster_enabled:0\r\n",
        );
        assert_eq!(primary.server.as_deref(), Some("Redis 7.0.15, a primary, maxmemory-policy allkeys-lru"));
        assert_eq!((primary.unsuitable, primary.warnings.len()), (None, 0));
        let valkey =
            of("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nrole:master\r\n");
        assert_eq!(valkey.server.as_deref(), Some("Valkey 9.1.2, a primary"));
        assert_eq!(of(""), StoreInspection::default());
    }

    #[test]
    fn what_cannot_work_is_refused_with_what_was_found() {
        for (text, found) in [
            ("redis_version:7.0.15\r\nrole:master\r\ncluster_enabled:1\r\n", "cluster_enabled:1"),
            ("redis_version:7.0.15\r\nrole:slave\r\ncluster_enabled:0\r\n", "role:slave"),
            ("redis_version:7.0.15\r\nredis_mode:sentinel\r\n", "is a Sentinel"),
            ("valkey_version:9.1.2\r\nserver_mode:sentinel\r\n", "is a Sentinel"),
            ("redis_version:5.0.14\r\nrole:master\r\n", "older than version 6"),
        ] {
            let refused = of(text).unsuitable.unwrap_or_default();
            assert!(refused.contains(found), "{refused}");
        }
    }

    #[test]
    fn a_policy_that_evicts_marks_is_warned_of() {
        let warned = |text: &str| of(text).warnings.len();
        assert_eq!(warned("maxmemory:1048576\r\nmaxmemory_policy:volatile-lru\r\n"), 1);
        assert_eq!(warned("maxmemory:1048576\r\nmaxmemory_policy:noeviction\r\n"), 0);
    }

    #[test]
    fn a_server_that_does_not_tell_is_told_from_one_that_cannot_be_used() {
        let responded = |line: &str| {
            let response = redis::parse_redis_value(format!("-{line}\r\n").as_bytes()).expect("a response");
            read(Err(CallFailure::Redis(response.extract_error().expect_err("an error"))))
        };
        for line in [
            "ERR unknown command 'INFO', with args beginning with: ",
            "NOPERM this user has no permissions to run the 'info' command",
        ] {
            assert_eq!(responded(line).ok(), Some(StoreInspection::default()), "{line}");
        }
        for line in [
            "NOAUTH Authentication required.",
            "WRONGPASS invalid username-password pair or user is disabled.",
            "LOADING Redis is loading the dataset in memory",
            "CLUSTERDOWN The cluster is down",
        ] {
            assert!(responded(line).is_err(), "{line}");
        }
    }

    #[test]
    fn o01_what_is_no_version_is_not_repeated() {
        let odd = of("redis_version:hunter2 hunter2\r\nmaxmemory_policy:<hunter2>\r\n");
        assert!(!format!("{odd:?}").contains("hunter2"));
    }
}
