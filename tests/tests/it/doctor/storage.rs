//! The session store cannot be used, or not as it should.

use logto_rocket::Logto;
use logto_rocket::doctor::{CheckVerdict, DoctorReport};
use logto_tests::{SharedStore, Trouble};

use super::{COOKIE_KEY, assert_only_failure, assert_says, not_running, one, report_of};

#[rocket::async_test]
async fn keys_that_are_made_at_each_start_are_a_warning() {
    let (tenant, _) = not_running().await;
    let figment = logto_tests::settings(&tenant).merge(("logto.public_url", super::NOWHERE));
    let report = report_of(&figment).await;
    let check = one(&report, "cookie_keys");
    assert_eq!(check.verdict, CheckVerdict::Warning, "{report}");
    assert_says(check, &["ends the sessions"], &["openssl rand"]);
}

#[rocket::async_test]
async fn several_keys_are_counted() {
    let (_tenant, figment) = not_running().await;
    let other: String = COOKIE_KEY.chars().rev().collect();
    let report = report_of(&figment.merge(("logto.cookie_keys", [COOKIE_KEY, &other]))).await;
    assert!(one(&report, "cookie_keys").found.contains("2 keys"), "{report}");
}

#[rocket::async_test]
async fn sessions_in_memory_are_a_warning() {
    let (_tenant, figment) = not_running().await;
    let report = report_of(&figment.merge(("logto.session_store", "memory"))).await;
    let check = one(&report, "session_store");
    assert_eq!(check.verdict, CheckVerdict::Warning, "{report}");
    assert_says(check, &["one process"], &["redis"]);
}

#[rocket::async_test]
async fn a_store_of_the_application_is_inspected() {
    let (_tenant, figment) = not_running().await;
    let store = SharedStore::new();
    let report = Logto::doctor(&figment).session_store(store.clone()).await;
    assert_read_and_not_named(&report);

    store.trouble(Trouble::Down);
    let report = Logto::doctor(&figment).session_store(store.clone()).await;
    assert_only_failure(&report, "session_store", &[], &["`store_timeout`"]);
    store.trouble(Trouble::Hangs);
    let figment = figment.merge(("logto.store_timeout", "50ms"));
    let report = Logto::doctor(&figment).session_store(store).await;
    assert_only_failure(&report, "session_store", &["no response within"], &["`store_timeout`"]);
}

/// The store responds, and what its server is stays open.
#[track_caller]
fn assert_read_and_not_named(report: &DoctorReport) {
    let checks: Vec<_> = report.named("session_store").collect();
    let verdicts: Vec<_> = checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [CheckVerdict::Ok, CheckVerdict::NotChecked], "{report}");
    assert_says(checks[0], &["responds to a read"], &[]);
    assert_says(checks[1], &["does not name its server"], &["sign in", "primary"]);
}

#[cfg(feature = "redis")]
mod redis {
    use logto_tests::RedisServer;
    use rocket::figment::Figment;

    use super::super::{assert_only_failure, not_running, one, report_of};
    use super::{CheckVerdict, assert_says};

    const PASSWORD: &str = "correct-horse-battery";

    fn with_redis(figment: Figment, url: &str) -> Figment {
        figment
            .merge(("logto.session_store", "redis"))
            .merge(("logto.redis_url", url))
            .merge(("logto.store_timeout", "20s"))
    }

    #[rocket::async_test]
    async fn a_redis_is_named_and_its_faults_too() {
        let (_tenant, figment) = not_running().await;
        let primary = RedisServer::start_with_password_and(PASSWORD, &[]).await;
        let report = report_of(&with_redis(figment.clone(), &primary.url())).await;
        let check = one(&report, "session_store");
        assert_eq!(check.verdict, CheckVerdict::Ok, "{report}");
        assert_says(check, &[", a primary", "responds"], &[]);

        let wrong = primary.url().replace(PASSWORD, "wrong-horse-battery");
        let report = report_of(&with_redis(figment.clone(), &wrong)).await;
        assert_only_failure(&report, "session_store", &["refused the user or the password"], &[]);
        assert!(!report.to_string().contains("horse"), "{report}");

        let report = report_of(&with_redis(figment.clone(), "redis://127.0.0.1:1")).await;
        assert_only_failure(&report, "session_store", &["cannot be reached"], &["session store is running"]);

        let replica =
            RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port().to_string()]).await;
        let report = report_of(&with_redis(figment.clone(), &replica.url())).await;
        assert_only_failure(&report, "session_store", &["a replica"], &["address of the primary"]);

        let node = RedisServer::start_with(&["--cluster-enabled", "yes"]).await;
        let report = report_of(&with_redis(figment.clone(), &node.url())).await;
        assert_only_failure(&report, "session_store", &["of a cluster"], &["single primary"]);

        let forgetful =
            RedisServer::start_with(&["--maxmemory", "64mb", "--maxmemory-policy", "volatile-lru"]).await;
        let report = report_of(&with_redis(figment, &forgetful.url())).await;
        let warning = report.named("session_store").find(|check| check.verdict == CheckVerdict::Warning);
        assert_says(warning.unwrap_or_else(|| panic!("{report}")), &["volatile-lru"], &["noeviction"]);
    }

    /// Its user may not ask, or a provider has removed the command. Then a read tells whether it responds.
    #[rocket::async_test]
    async fn a_redis_that_does_not_tell_what_it_is_is_read() {
        let (_tenant, figment) = not_running().await;
        let server = RedisServer::start_with(&["--rename-command", "INFO", "hidden"]).await;
        let report = report_of(&with_redis(figment.clone(), &server.url())).await;
        super::assert_read_and_not_named(&report);

        for (keys, is_ok) in [("~logto:*", true), ("~shop:*", false)] {
            let acl =
                ["ACL", "SETUSER", "shop", "reset", "on", ">correct-horse-battery", keys, "+@all", "-info"];
            let () = server.command(&acl).await;
            let url = format!("redis://shop:{PASSWORD}@127.0.0.1:{}", server.port());
            let report = report_of(&with_redis(figment.clone(), &url)).await;
            match is_ok {
                true => super::assert_read_and_not_named(&report),
                false => assert_only_failure(&report, "session_store", &["a command or a key"], &[]),
            }
        }
    }
}
