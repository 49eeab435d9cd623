//! The settings under `[default.logto]` or in `ROCKET_LOGTO`, read and validated together.

mod ages;
mod api;
mod data_limit;
mod model;
mod problems;
mod public_urls;
mod published;
#[cfg(feature = "redis")]
mod redis_address;
mod secret_files;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use figment::value::Value;

use api::realm;
pub(crate) use model::{
    AppCredentials, AuthorizationAges, Config, CookieKeys, CookieSettings, HttpLimits, IntrospectionSettings,
    Published, PushedRequests, RedisSettings, RocketEnv, SessionLimits, SessionStoreKind, Unguarded, WarmUp,
    WebAppConfig,
};
pub use problems::ConfigError;
pub(crate) use public_urls::PublicOrigin;
#[cfg(feature = "redis")]
pub(crate) use redis_address::{RedisAddress, SentinelAddress};
pub(crate) use secret_files::with_absolute_paths;
use settings::Settings;

impl Config {
    /// Reads and validates every setting. The error lists every problem.
    pub(crate) fn read(value: Option<&Value>, env: &RocketEnv) -> Result<Self, ConfigError> {
        let mut settings = Settings::open(value);

        let endpoint = settings.endpoint("endpoint");
        let internal_endpoint = settings.internal_endpoint("internal_endpoint");
        let machine_app =
            settings.machine_app("machine_app_id", "machine_app_secret", "machine_app_secret_file");
        let resources = settings.resources("resources");
        let leeway = settings.leeway("clock_leeway", Duration::from_secs(60));
        let connect = settings.duration("connect_timeout", Duration::from_secs(3));
        let total = settings.duration("request_timeout", Duration::from_secs(10));
        let warm_up = settings.warm_up("warm_up");
        let unguarded = settings.unguarded("unguarded");
        let bearer_clients = settings.bearer_clients("bearer_clients");
        let audit_key = settings.audit_key("audit_key", "audit_key_file");
        let server = if settings.is_web_app() {
            WebAppConfig::read(&mut settings, env, leeway)
                .map(|web_app| (Some(web_app.public.clone()), Some(Arc::new(web_app))))
        } else {
            settings.refuse_settings_of_web_apps(&resources, env);
            settings.public_urls_of_api(env).map(|public| (public, None))
        };
        let public = server.as_ref().map(|(public, _)| public.as_ref());
        let published = settings.published("resource_metadata", &resources, public);
        let app = server.as_ref().and_then(|(_, web_app)| web_app.as_ref()).map(|web_app| &web_app.app);
        let introspection = settings.introspection(app, machine_app.as_ref());

        let (Some(endpoint), Some((public, web_app))) = (endpoint, server) else {
            return Err(settings.into_error());
        };
        let warnings = settings.finish()?;
        Ok(Config {
            issuer: format!("{}/oidc", endpoint.as_str().trim_end_matches('/')),
            endpoint,
            internal_endpoint,
            machine_app,
            published,
            realm: realm(public.as_ref(), &resources),
            resources,
            http: HttpLimits { connect, total },
            leeway,
            warm_up,
            unguarded,
            audit_key,
            bearer_clients,
            introspection,
            web_app,
            warnings,
        })
    }
}

impl WebAppConfig {
    /// `None` where a setting is wrong or missing; the settings then hold the problem.
    fn read(settings: &mut Settings, env: &RocketEnv, leeway: Duration) -> Option<Self> {
        let app = settings.app("app_id", "app_secret", "app_secret_file");
        let is_path_stripped = settings.switch("proxy_strips_path");
        let public = settings.public_urls(env, is_path_stripped);
        let prefix = settings.path("prefix").unwrap_or_else(|| "/logto".to_owned());
        let callback = settings.callback_path("callback_path", &prefix);
        let cookie = settings.cookie("cookie", public.as_ref());
        let scopes = settings.scopes("scopes");
        let prompt = settings.prompt("prompt");
        let pushed_requests = settings.pushed_requests("par");
        let sign_in = settings.sign_in("sign_in");
        let cookie_keys = settings.cookie_keys("cookie_keys", "cookie_keys_file", env);
        let idle = settings.duration("session_idle", days(1));
        let absolute = settings.duration("session_absolute", days(14));
        let session_store = settings.session_store("session_store");
        let redis = settings.redis(session_store, &cookie_keys, cfg!(feature = "redis"));
        let session_data_limit = settings.session_data_limit("session_data_limit");
        let store_timeout = settings.duration("store_timeout", Duration::from_millis(500));
        let hook_timeout = settings.duration("hook_timeout", Duration::from_secs(5));
        let authorization = settings.authorization_ages("authorization_max_age");
        let default_return_to = settings.local_path("default_return_to", "/");
        let post_sign_out_url = settings.post_sign_out_url("post_sign_out_url");
        let signed_out_page = settings.signed_out_page("signed_out_page", post_sign_out_url.as_ref());
        let post_sign_out_urls = settings.urls("post_sign_out_urls");
        let clear_site_data = settings.clear_site_data("clear_site_data");
        let trusted_origins = settings.origins("trusted_origins");
        let backchannel_logout = settings.switch("backchannel_logout");
        let webhook_signing_keys = settings.signing_keys("webhook_signing_keys", "webhook_signing_keys_file");
        let end_sessions_on_user_update =
            settings.needs_webhooks("end_sessions_on_user_update", &webhook_signing_keys);

        let (app, public) = (app?, public?);
        let is_post_sign_out_derived = post_sign_out_url.is_none();
        let (path, path_in_rocket) = (public.path(), public.path_in_rocket());
        let home = if signed_out_page { format!("{prefix}/signed-out") } else { "/".to_owned() };
        let post_sign_out_url = post_sign_out_url.or_else(|| public.address(&home))?;
        Some(WebAppConfig {
            app,
            prefix_in_rocket: format!("{path_in_rocket}{prefix}"),
            prefix: format!("{path}{prefix}"),
            callback_in_rocket: format!("{path_in_rocket}{callback}"),
            callback: format!("{path}{callback}"),
            cookie,
            scopes,
            prompt,
            pushed_requests,
            sign_in,
            cookie_keys,
            session: SessionLimits { idle, absolute },
            session_store,
            redis,
            session_data_limit,
            store_timeout,
            hook_timeout,
            leeway,
            authorization,
            default_return_to: format!("{path}{default_return_to}"),
            post_sign_out_url,
            is_post_sign_out_derived,
            signed_out_page,
            public,
            post_sign_out_urls,
            clear_site_data,
            trusted_origins,
            backchannel_logout,
            webhook_signing_keys,
            end_sessions_on_user_update,
        })
    }
}

#[cfg(test)]
impl Config {
    /// The settings of sign-ins and sessions, where a test has given `app_id`.
    pub(crate) fn for_web_app(&self) -> &Arc<WebAppConfig> {
        self.web_app.as_ref().expect("`app_id` is set")
    }
}

#[cfg(test)]
impl WebAppConfig {
    /// The settings that are enough while developing, and `more`.
    pub(crate) fn with_settings(more: &serde_json::Value) -> Self {
        let mut settings = serde_json::json!({
            "endpoint": "http://localhost:3001",
            "app_id": "a",
            "app_secret": "s",
        });
        let (Some(all), Some(more)) = (settings.as_object_mut(), more.as_object()) else {
            panic!("settings are a table");
        };
        all.extend(more.clone());
        let settings = Value::serialize(settings).expect("settings");
        let config = Config::read(Some(&settings), &RocketEnv { debug: true, port: 8000 });
        WebAppConfig::clone(config.expect("good settings").for_web_app())
    }
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, debug: bool) -> Result<Config, ConfigError> {
        let value =
            Value::serialize(serde_json::from_str::<serde_json::Value>(json).expect("json")).expect("value");
        Config::read(Some(&value), &RocketEnv { debug, port: 8000 })
    }

    const REQUIRED: &str = r#"{"endpoint":"http://localhost:3001","app_id":"a","app_secret":"s"}"#;

    #[test]
    fn three_settings_are_enough_while_developing() {
        let config = read(REQUIRED, true).expect("good settings");
        assert_eq!(config.issuer, "http://localhost:3001/oidc");
        let web_app = config.for_web_app();
        assert_eq!(web_app.redirect_uri(), "http://localhost:8000/logto/callback");
        assert_eq!(web_app.post_sign_out_url.as_str(), "http://localhost:8000/");
        assert!(matches!(web_app.cookie_keys, CookieKeys::Random));
    }

    #[test]
    fn defaults_of_sign_ins_are_a_table_whose_problems_are_told_together() {
        let sign_in =
            |table: &str| read(&REQUIRED.replacen('}', &format!(r#","sign_in":{table}}}"#), 1), true);
        let good = r#"{"first_screen":"identifier:register","identifiers":["email","phone"],"max_age":"5m",
            "direct_sign_in":"social:google","ui_locales":"fr","organization_id":"acme","parameters":{"a":"b"}}"#;
        let good = sign_in(good).expect("good settings").for_web_app().sign_in.clone();
        assert_eq!((good.identifiers.len(), good.max_age), (2, Some(Duration::from_secs(300))));
        assert_eq!(good.extra, [("a".to_owned(), "b".to_owned())]);
        let bad = r#"{"first_screen":"signUp","identifiers":["mail"],"direct_sign_in":"google","ui_locales":"a,b",
            "organization_id":"a/b","parameters":{"state":"fixed","x":1},"firstscreen":"register","max_age":"soon"}"#;
        let error = sign_in(bad).expect_err("bad settings");
        let settings: Vec<&str> = error.settings().collect();
        assert_eq!(
            settings,
            [
                "sign_in.first_screen",
                "sign_in.identifiers",
                "sign_in.direct_sign_in",
                "sign_in.organization_id",
                "sign_in.ui_locales",
                "sign_in.max_age",
                "sign_in.parameters",
                "sign_in.parameters",
                "sign_in.firstscreen",
            ]
        );
        assert!(error.to_string().contains("did you mean `first_screen`?"), "{error}");
        assert_eq!(sign_in("7").expect_err("no table").settings().collect::<Vec<_>>(), ["sign_in"]);
    }

    #[test]
    fn k04_addresses_after_sign_out_are_complete_and_what_is_cleared_has_names() {
        let read = |more: &str| read(&format!("{},{more}}}", REQUIRED.trim_end_matches('}')), true);
        let good = r#""post_sign_out_urls":["https://www.example.com/bye","http://localhost:8000/logto/signed-out"],
            "clear_site_data":["cache","storage"]"#;
        let good = Arc::clone(read(good).expect("good settings").for_web_app());
        let registered: Vec<&str> = good.registered_after_sign_out().map(url::Url::as_str).collect();
        assert_eq!(
            registered,
            [
                "http://localhost:8000/",
                "https://www.example.com/bye",
                "http://localhost:8000/logto/signed-out"
            ]
        );
        assert_eq!(good.sign_out_landing(good.public.main()).as_deref(), Some(registered[2]));
        assert_eq!(good.clear_site_data.as_deref(), Some("\"cache\", \"storage\""));
        for bad in [
            r#""post_sign_out_urls":["/bye"]"#,
            r#""post_sign_out_urls":["https://www.example.com/#bye"]"#,
            r#""post_sign_out_urls":["javascript:alert(1)"]"#,
            r#""post_sign_out_urls":7"#,
            r#""clear_site_data":["cookie"]"#,
            r#""clear_site_data":["cache\r\nx: y"]"#,
            r#""clear_site_data":true"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_page_signed_out_is_where_sign_outs_end_and_excludes_another_address() {
        let read = |more: &str| read(&format!("{},{more}}}", REQUIRED.trim_end_matches('}')), true);
        let good = read(
            r#""signed_out_page":true,"public_urls":["http://localhost:8000/shop","http://shop.localhost:8000/shop"]"#,
        );
        let good = Arc::clone(good.expect("good settings").for_web_app());
        for (origin, landing) in good.public.origins().zip([
            "http://localhost:8000/shop/logto/signed-out",
            "http://shop.localhost:8000/shop/logto/signed-out",
        ]) {
            assert_eq!(good.post_sign_out_url_at(origin), landing);
            assert_eq!(good.sign_out_landing(origin).as_deref(), Some(landing));
        }
        assert_eq!(good.post_sign_out_url.as_str(), "http://localhost:8000/shop/logto/signed-out");
        let off = read(r#""signed_out_page":false,"post_sign_out_url":"http://localhost:8000/bye""#);
        assert!(!off.expect("good settings").for_web_app().signed_out_page);
        for bad in [
            r#""signed_out_page":"yes""#,
            r#""signed_out_page":true,"post_sign_out_url":"http://localhost:8000/bye""#,
        ] {
            let error = read(bad).expect_err(bad);
            assert_eq!(error.settings().collect::<Vec<_>>(), ["signed_out_page"], "{error}");
        }
    }

    #[test]
    fn g05_production_needs_its_own_keys_and_url() {
        let error = read(REQUIRED, false).expect_err("nothing may be guessed").to_string();
        assert!(error.contains("cookie_keys"), "{error}");
        assert!(error.contains("public_url"), "{error}");
        assert!(error.contains("openssl rand"), "{error}");
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let error = read(
            r#"{"endpont":"x","app_id":7,"public_url":"http://example.com","resources":["orders"],
                "scopes":["a b\"c"],"cookie_keys":["short"],"session_idle":"soon","warm_up":"maybe"}"#,
            false,
        )
        .expect_err("all wrong")
        .to_string();
        for needle in [
            "endpoint",
            "did you mean `endpoint`",
            "app_id",
            "app_secret",
            "public_url",
            "resources",
            "scopes",
            "cookie_keys",
            "session_idle",
            "warm_up",
        ] {
            assert!(error.contains(needle), "{needle} is missing in:\n{error}");
        }
    }

    #[test]
    fn f24_opaque_tokens_are_accepted_only_from_listed_applications() {
        let read = |further: &str| {
            read(&format!("{},{further}}}", REQUIRED.trim_end_matches('}')), true)
                .map(|config| config.introspection.map(|introspection| introspection.clients))
        };
        assert_eq!(read(r#""introspection":false"#).expect("good"), None);
        assert_eq!(read(r#""introspection":true"#).expect("good"), Some(vec!["a".to_owned()]));
        assert_eq!(
            read(r#""introspection":true,"introspection_clients":["b"]"#).expect("good"),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        for wrong in [
            r#""introspection":"yes""#,
            r#""introspection_clients":["b"]"#,
            r#""introspection":true,"introspection_clients":[""]"#,
            r#""introspection":true,"introspection_clients":[7]"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_error_without_any_settings_says_where_to_write_them() {
        let error = Config::read(None, &RocketEnv { debug: true, port: 8000 }).expect_err("none").to_string();
        assert!(error.contains("[default.logto]") && error.contains("ROCKET_LOGTO"), "{error}");
    }

    #[test]
    fn secrets_never_reach_an_error_text() {
        let error = read(r#"{"app_secret":"hush-hush","cookie_keys":["too-short-but-secret"]}"#, false)
            .expect_err("incomplete")
            .to_string();
        assert!(!error.contains("hush") && !error.contains("too-short-but-secret"), "{error}");
    }

    #[test]
    fn k20_signing_keys_and_switches_are_validated() {
        let with = |more: &str| read(&REQUIRED.replace('}', &format!(",{more}}}")), true);
        let good =
            with(r#""webhook_signing_keys":["0123456789abcdef0123456789abcdef"],"backchannel_logout":true"#);
        let good = Arc::clone(good.expect("good settings").for_web_app());
        assert!(good.backchannel_logout && good.webhook_signing_keys.len() == 1);
        for bad in [
            r#""webhook_signing_keys":["short-but-secret"]"#.replace("-secret", ""),
            r#""webhook_signing_keys":[" 0123456789abcdef0123456789abcdef"]"#.to_owned(),
            r#""webhook_signing_keys":[7]"#.to_owned(),
            r#""backchannel_logout":"yes""#.to_owned(),
            r#""machine_app_id":"m""#.to_owned(),
            r#""machine_app_secret":"s3cret-of-the-machine""#.to_owned(),
        ] {
            let error = with(&bad).expect_err(&bad).to_string();
            assert!(!error.contains("s3cret") && !error.contains("0123456789abcdef"), "{error}");
        }
    }

    #[test]
    fn f23_metadata_is_published_for_own_and_listed_resources() {
        let published = |settings: &str| {
            let config = read(&REQUIRED.replace('}', &format!(",{settings}}}")), true);
            config.map(|config| {
                config.published.iter().map(|one| one.resource.as_str().to_owned()).collect::<Vec<_>>()
            })
        };
        let resources = r#""resources":["http://localhost:8000/a","https://far.example/b","urn:c"]"#;
        for (setting, expected) in [
            ("false", vec![]),
            ("true", vec!["http://localhost:8000/a"]),
            (r#"["https://far.example/b"]"#, vec!["https://far.example/b"]),
        ] {
            let found = published(&format!("{resources},\"resource_metadata\":{setting}"));
            assert_eq!(found.expect("good settings"), expected, "{setting}");
        }
        assert_eq!(published(resources).expect("off"), Vec::<String>::new());
        for (setting, says) in [
            (r#"["urn:c"]"#, "cannot have metadata"),
            (r#"["https://other.example"]"#, "is not one of `resources`"),
            ("7", "must be a list"),
        ] {
            let error = published(&format!("{resources},\"resource_metadata\":{setting}"));
            let error = error.expect_err("wrong").to_string();
            assert!(error.contains(says), "{setting}: {error}");
        }
        let error = published(r#""resources":["https://far.example/b"],"resource_metadata":true"#);
        assert!(error.expect_err("nothing to publish").to_string().contains("public_url"));
        let two = r#""resources":["https://a.example/x","https://b.example/x"],
            "resource_metadata":["https://a.example/x","https://b.example/x"]"#;
        assert!(published(two).expect_err("the same path twice").to_string().contains("same path"));
    }

    #[test]
    fn trailing_slashes_do_not_change_the_issuer() {
        let config =
            read(r#"{"endpoint":"https://t.logto.app/","app_id":"a","app_secret":"s"}"#, true).expect("good");
        assert_eq!(config.issuer, "https://t.logto.app/oidc");
    }
}
