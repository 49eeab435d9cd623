//! What Redis is: a primary is used, and what cannot work is refused at launch and named.

use std::time::Duration;

use logto_dev::Tenant;
use logto_rocket::Logto;
use logto_rocket::store::{RedisStore, SessionStore, StoreInspection};
use logto_tests::{RedisServer, settings, until_async};
use rocket::figment::Figment;

use super::{key, session, text, unhurried};

const KEYS: [&str; 1] = ["0123456789abcdef-0123456789ABCDEF"];

fn with_redis(tenant: &Tenant, server: &RedisServer) -> Figment {
    settings(tenant)
        .merge(("logto.session_store", "redis"))
        .merge(("logto.redis_url", server.url()))
        .merge(("logto.cookie_keys", KEYS))
        .merge(("logto.store_timeout", "20s"))
}

/// Whether an application with this store launches.
async fn launches(server: &RedisServer) -> bool {
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    super::launches(rocket::custom(with_redis(&tenant, server)).attach(Logto::fairing())).await
}

async fn inspected(server: &RedisServer) -> StoreInspection {
    unhurried(server).inspect().await.expect("an answer")
}

async fn refused(server: &RedisServer) -> String {
    inspected(server).await.unsuitable.expect("it cannot work")
}

#[tokio::test]
async fn a_primary_is_named_with_its_version() {
    let server = RedisServer::start().await;
    let found = inspected(&server).await;
    let named = found.server.expect("a name");
    assert!(named.contains(", a primary, maxmemory-policy noeviction"), "{named}");
    assert_eq!((found.unsuitable, found.warnings.len()), (None, 0));
    assert!(launches(&server).await);
}

#[tokio::test]
async fn h11_a_replica_is_refused_at_launch() {
    let primary = RedisServer::start_on_a_port().await;
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]).await;
    let why = refused(&replica).await;
    assert!(why.contains("role:slave") && why.contains("address of the primary"), "{why}");
    assert!(!launches(&replica).await);
    assert!(launches(&primary).await);
}

/// The time limit of this store is over at once. The inspection has one of its own.
#[tokio::test]
async fn h11_a_replica_is_refused_however_slow_it_is() {
    let primary = RedisServer::start_on_a_port().await;
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]).await;
    let store = super::store(&replica).time_limit(Duration::ZERO);
    let found = store.inspect().await.expect("an answer");
    assert!(found.unsuitable.expect("it cannot work").contains("role:slave"));
}

/// A former primary that is cut off from its replicas.
#[tokio::test]
async fn h11_a_primary_without_its_replicas_refuses_writes_and_is_left() {
    let server = RedisServer::start_with(&["--min-replicas-to-write", "1"]).await;
    let store = unhurried(&server);
    // The connection whose latest command was a read.
    let reader = || async {
        let clients: String = server.command(&["CLIENT", "LIST"]).await;
        let line = clients.lines().find(|line| line.contains(" cmd=get ")).expect("the store's").to_owned();
        line.split_once(' ').expect("its id").0.to_owned()
    };
    store.load(&key(1)).await.expect("a read");
    let before = reader().await;
    let error = store.insert(&key(1), &session()).await.expect_err("no replica");
    assert!(text(&error).contains("too few replicas"), "{error:?}");
    store.load(&key(1)).await.expect("a read over another connection");
    assert_ne!(reader().await, before);
}

#[tokio::test]
async fn a_policy_that_evicts_marks_is_warned_of_and_launches() {
    let server = RedisServer::start_with(&["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]).await;
    let found = inspected(&server).await;
    assert!(found.warnings[0].contains("allkeys-lru"), "{found:?}");
    assert!(launches(&server).await);
}

#[tokio::test]
async fn h10_a_redis_that_is_down_stops_no_launch() {
    assert!(launches(&RedisServer::not_yet()).await);
}

#[tokio::test]
async fn a_store_of_the_application_is_inspected_too() {
    let tenant = Tenant::recorded().start().await.expect("a tenant");
    let primary = RedisServer::start_on_a_port().await;
    let replica = RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]).await;
    for (server, launches) in [(&primary, true), (&replica, false)] {
        let store = unhurried(server);
        let figment = settings(&tenant).merge(("logto.store_timeout", "20s"));
        let rocket = rocket::custom(figment).attach(Logto::fairing().session_store(store));
        assert_eq!(super::launches(rocket).await, launches);
    }
}

#[tokio::test]
async fn a_user_that_may_not_ask_what_redis_is_may_launch() {
    let server = RedisServer::start_on_a_port().await;
    let acl = ["ACL", "SETUSER", "shop", "on", ">hunter2hunter2", "~logto:*", "+@all", "-info"];
    let () = server.command(&acl).await;
    let url = format!("redis://shop:hunter2hunter2@127.0.0.1:{}", server.port());
    let store = RedisStore::open(&url).expect("an address").time_limit(super::MINUTE);
    assert_eq!(store.inspect().await.expect("an answer"), StoreInspection::default());
    store.insert(&key(1), &session()).await.expect("inserted");
}

#[tokio::test]
async fn h17_a_node_of_a_cluster_is_refused_at_launch() {
    let node = RedisServer::start_with(&["--cluster-enabled", "yes"]).await;
    let why = refused(&node).await;
    assert!(why.contains("cluster_enabled:1") && why.contains("single primary"), "{why}");
    assert!(!launches(&node).await);
}

/// An application that has launched while the cluster was down meets it later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h17_a_cluster_that_is_met_later_is_named_in_the_error() {
    let nodes = [
        RedisServer::start_with(&["--cluster-enabled", "yes"]).await,
        RedisServer::start_with(&["--cluster-enabled", "yes"]).await,
    ];
    let stores = [unhurried(&nodes[0]), unhurried(&nodes[1])];
    let error = stores[0].load(&key(1)).await.expect_err("no node has the slot");
    assert!(text(&error).contains("cluster"), "{error:?}");

    let () = nodes[0].command(&["CLUSTER", "ADDSLOTSRANGE", "0", "8191"]).await;
    let () = nodes[1].command(&["CLUSTER", "ADDSLOTSRANGE", "8192", "16383"]).await;
    let () = nodes[0].command(&["CLUSTER", "MEET", "127.0.0.1", &nodes[1].port().to_string()]).await;
    for node in &nodes {
        let ready = || async {
            let info: String = node.command(&["CLUSTER", "INFO"]).await;
            info.contains("cluster_state:ok") && info.contains("cluster_slots_assigned:16384")
        };
        until_async("the cluster is complete", ready).await;
    }
    // Half of the keys are on the other node (MOVED).
    let mut moved = 0;
    for number in 0..32 {
        if let Err(error) = stores[0].load(&key(number)).await {
            assert!(text(&error).contains("cluster"), "{error:?}");
            moved += 1;
        }
    }
    assert!((1..32).contains(&moved), "{moved}");
    // A session and its index are in different slots (CROSSSLOT), or on the other node.
    for store in &stores {
        let error = store.insert(&key(1), &session()).await.expect_err("two slots");
        assert!(text(&error).contains("cluster"), "{error:?}");
    }
}
