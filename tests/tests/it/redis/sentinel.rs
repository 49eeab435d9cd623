//! A primary that Sentinels name: after a failover the store goes to the new one.

use logto_dev::Tenant;
use logto_rocket::Logto;
use logto_rocket::store::{Found, RedisStore, SessionStore};
use logto_tests::{RedisServer, settings, until_async};

use super::{MINUTE, key, session, text};

const PASSWORD: &str = "correct-horse-battery";
const SENTINEL_PASSWORD: &str = "staple-of-sentinels";

/// A primary, its replica, and a Sentinel that watches them.
struct Watched {
    servers: [RedisServer; 2],
    sentinel: RedisServer,
}

impl Watched {
    async fn start() -> Self {
        let auth = ["--masterauth", PASSWORD];
        let primary = RedisServer::start_with_password_and(PASSWORD, &auth).await;
        let port = primary.port().to_string();
        let replica_of = ["--masterauth", PASSWORD, "--replicaof", "127.0.0.1", &port];
        let replica = RedisServer::start_with_password_and(PASSWORD, &replica_of).await;
        let synced = || async {
            let info: String = replica.command(&["INFO", "replication"]).await;
            info.contains("master_link_status:up")
        };
        until_async("the replica follows", synced).await;
        let configuration = format!(
            "sentinel monitor shop 127.0.0.1 {port} 1\nsentinel auth-pass shop {PASSWORD}\nsentinel failover-timeout shop 10000\n"
        );
        let sentinel = RedisServer::start_sentinel(Some(SENTINEL_PASSWORD), &configuration).await;
        let watched = Watched { servers: [primary, replica], sentinel };
        let knows = || async {
            let replicas: Vec<redis::Value> =
                watched.sentinel.command(&["SENTINEL", "REPLICAS", "shop"]).await;
            replicas.len() == 1
        };
        until_async("the Sentinel knows the replica", knows).await;
        watched
    }

    fn url(&self, name: &str) -> String {
        let port = self.sentinel.port();
        format!(
            "redis+sentinel://:{PASSWORD}@127.0.0.1:1,127.0.0.1:{port}/{name}?sentinel_password={SENTINEL_PASSWORD}"
        )
    }

    fn store(&self) -> RedisStore {
        RedisStore::open(&self.url("shop")).expect("an address").time_limit(MINUTE)
    }

    /// The port of the primary that the Sentinel names. `None` while it does not respond.
    async fn primary_port(&self) -> Option<u16> {
        let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "shop"];
        let address: Result<(String, u16), _> = self.sentinel.try_command(&words).await;
        address.ok().map(|(_, port)| port)
    }

    /// Makes the replica the primary. The old primary becomes a replica, and closes its connections.
    async fn fail_over(&self, to: &RedisServer) {
        // The Sentinel refuses while it does not know the replica well enough.
        let begun = || async {
            self.sentinel.try_command::<redis::Value>(&["SENTINEL", "FAILOVER", "shop"]).await.is_ok()
        };
        until_async("the failover begins", begun).await;
        let changed = || async { self.primary_port().await == Some(to.port()) };
        until_async("the Sentinel names another primary", changed).await;
        let old = self.servers.iter().find(|server| server.port() != to.port()).expect("the old primary");
        let demoted = || async {
            let info = old.try_command::<String>(&["INFO", "replication"]).await.unwrap_or_default();
            info.contains("role:slave") && info.contains("master_link_status:up")
        };
        until_async("the old primary follows the new one", demoted).await;
    }

    async fn has_record(&self, server: &RedisServer, number: u8) -> bool {
        let record = format!("logto:record:{}", key(number));
        server.try_command::<u8>(&["EXISTS", &record]).await.is_ok_and(|count| count == 1)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h11_sessions_survive_a_failover_and_writes_go_to_the_new_primary() {
    let watched = Watched::start().await;
    let store = watched.store();
    let inspection = store.inspect().await.expect("an answer");
    assert!(inspection.server.expect("a name").contains(", a primary"));
    assert_eq!(inspection.unsuitable, None);

    store.insert(&key(1), &session()).await.expect("inserted");
    let replicated = || watched.has_record(&watched.servers[1], 1);
    until_async("the session is at the replica", replicated).await;
    watched.fail_over(&watched.servers[1]).await;

    // The first call after it may find the connection closed.
    let found = || async { store.load(&key(1)).await.is_ok_and(|found| matches!(found, Found::Session(_))) };
    until_async("the session is found at the new primary", found).await;
    store.insert(&key(2), &session()).await.expect("inserted at the new primary");
    assert!(watched.has_record(&watched.servers[1], 2).await);

    // And back again.
    let replicated = || watched.has_record(&watched.servers[0], 2);
    until_async("the second session is at the old primary", replicated).await;
    watched.fail_over(&watched.servers[0]).await;
    let inserted = || async {
        matches!(store.load(&key(3)).await, Ok(Found::Session(_)))
            || store.insert(&key(3), &session()).await.is_ok()
    };
    until_async("the third session is inserted", inserted).await;
    assert!(watched.has_record(&watched.servers[0], 3).await);
    assert!(matches!(store.load(&key(2)).await, Ok(Found::Session(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o01_a_wrong_name_or_password_is_an_error_that_does_not_tell_it() {
    let watched = Watched::start().await;
    let refused = "check those in the address, and with Sentinels also sentinel_user and sentinel_password";
    for (url, says) in [
        (watched.url("another"), "the Sentinels name no primary"),
        (watched.url("shop").replace(PASSWORD, "wrong-horse-battery"), refused),
        (watched.url("shop").replace(SENTINEL_PASSWORD, "wrong-horse-battery"), refused),
        (watched.url("shop").replace(&format!("?sentinel_password={SENTINEL_PASSWORD}"), ""), refused),
    ] {
        let store = RedisStore::open(&url).expect("an address").time_limit(MINUTE);
        let error = store.load(&key(1)).await.expect_err("no primary");
        assert!(text(&error).contains(says), "{says}: {error:?}");
        for secret in ["horse", "staple", "another"] {
            assert!(!text(&error).contains(secret), "{error:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_of_a_sentinel_is_refused_where_that_of_a_server_belongs() {
    let watched = Watched::start().await;
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    let launches = async |url: &str| {
        let figment = settings(&tenant)
            .merge(("logto.session_store", "redis"))
            .merge(("logto.redis_url", url))
            .merge(("logto.cookie_keys", ["0123456789abcdef-0123456789ABCDEF"]))
            .merge(("logto.store_timeout", "20s"));
        super::launches(rocket::custom(figment).attach(Logto::fairing())).await
    };
    assert!(launches(&watched.url("shop")).await);
    assert!(!launches(&watched.sentinel.url()).await);
}
