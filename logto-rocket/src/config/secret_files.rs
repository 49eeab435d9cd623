//! Secrets in files, as container platforms hand them out: the setting `app_secret_file` in place of `app_secret`, and
//! likewise for every other setting that is a secret.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use figment::Figment;
use figment::value::Value;

use super::settings::Settings;

/// In bytes. No list of keys is as long as this.
const MOST: u64 = 64 * 1024;

impl Settings {
    /// Reads the file that `file_key` names into the setting `key`, which is one text.
    pub(super) fn read_secret(&mut self, key: &'static str, file_key: &'static str) {
        let Some(text) = self.secret_file(key, file_key) else { return };
        if text.contains(['\n', '\r']) {
            self.unusable_file(key, file_key, "the file has several lines", "write the secret alone into it");
        } else {
            self.give(key, Value::from(text));
        }
    }

    /// Reads the file that `file_key` names into the setting `key`, which is a list: one entry in each line.
    pub(super) fn read_secrets(&mut self, key: &'static str, file_key: &'static str) {
        let Some(text) = self.secret_file(key, file_key) else { return };
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<Value> = lines.map(Value::from).collect();
        self.give(key, Value::from(lines));
    }

    /// The content of the file, without line breaks at its end. `None` where no file is named, or where it is of no
    /// use.
    fn secret_file(&mut self, key: &'static str, file_key: &'static str) -> Option<String> {
        let is_given = self.take(key).is_some();
        self.take(file_key)?;
        if is_given {
            self.problem(file_key, format!("is set besides `{key}`"), format!("remove {file_key} or {key}"));
            return None;
        }
        let Some(path) = self.optional_text(file_key) else {
            self.withhold(key);
            return None;
        };
        match read(Path::new(&path)) {
            Ok(text) => Some(text),
            Err(what) => {
                let what = format!("cannot use the file `{}`: {what}", path.escape_debug());
                self.unusable_file(
                    key,
                    file_key,
                    &what,
                    "name a text file that holds the secret and that this server may read",
                );
                None
            }
        }
    }

    /// The setting counts as given: what is wrong is the file.
    fn unusable_file(&mut self, key: &'static str, file_key: &'static str, what: &str, fix: &str) {
        self.problem(file_key, what, fix);
        self.withhold(key);
    }
}

/// What is wrong is told without a word of the content.
fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| error.to_string())?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MOST {
        return Err(format!("it is larger than {MOST} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    if text.starts_with('\u{feff}') {
        return Err("it begins with a byte order mark".to_owned());
    }
    let text = text.trim_end_matches(['\r', '\n']);
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text.to_owned())
}

/// The settings, with the relative paths of files below the directory of the configuration file that names them, as
/// Rocket reads its own.
pub(crate) fn with_absolute_paths(settings: Value, figment: &Figment) -> Value {
    let Value::Dict(tag, mut table) = settings else { return settings };
    for (_, value) in table.iter_mut().filter(|(key, _)| key.ends_with("_file")) {
        let source = figment.get_metadata(value.tag()).and_then(|metadata| metadata.source.as_ref());
        let directory = source.and_then(|source| source.file_path()).and_then(Path::parent);
        if let (Value::String(tag, path), Some(directory)) = (&*value, directory)
            && let Some(absolute) = directory.join(path).to_str()
        {
            *value = Value::String(*tag, absolute.to_owned());
        }
    }
    Value::Dict(tag, table)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::{Config, ConfigError, CookieKeys, RocketEnv};
    use crate::types::Secret;

    const KEY: &str = "b5ZVh2mTQ8l0x9Cq3nYw7RkJ1sDfGa4u";
    const OTHER_KEY: &str = "u4aGfDs1JkR7wYn3qC9x0l8QTm2hVZ5b";

    /// A directory that ends with its test.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("logto-rocket-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&path).expect("a directory");
            Directory(path)
        }

        fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
            let path = self.0.join(name);
            std::fs::write(&path, content).expect("a file");
            path.to_str().expect("a path in UTF-8").to_owned()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn read_with(more: &serde_json::Value) -> Result<Config, ConfigError> {
        let mut settings = serde_json::json!({
            "endpoint": "https://t.logto.app",
            "public_url": "https://app.example.com",
            "app_id": "a",
            "app_secret": "s",
            "cookie_keys": [KEY],
        });
        let all = settings.as_object_mut().expect("a table");
        for (key, value) in more.as_object().expect("a table") {
            all.insert(key.clone(), value.clone());
            // What a file gives is not in the settings too.
            if let Some(key) = key.strip_suffix("_file").filter(|_| !more["both"].is_boolean()) {
                all.remove(key);
            }
        }
        all.remove("both");
        let settings = Value::serialize(settings).expect("settings");
        Config::read(Some(&settings), &RocketEnv { debug: false, port: 8000 })
    }

    #[test]
    fn every_secret_can_come_from_a_file() {
        let directory = Directory::new("good");
        let app = directory.file("app", "secret of the app\n");
        let machine = directory.file("machine", "secret of the machine\r\n");
        let keys = directory.file("keys", format!("{KEY}\n\n{OTHER_KEY}\r\n"));
        let signing = directory.file("signing", "0123456789abcdef0123456789abcdef");
        let audit = directory.file("audit", format!("{OTHER_KEY}\n"));
        let config = read_with(&serde_json::json!({
            "app_secret_file": app,
            "machine_app_id": "m",
            "machine_app_secret_file": machine,
            "cookie_keys_file": keys,
            "webhook_signing_keys_file": signing,
            "audit_key_file": audit,
        }))
        .expect("good settings");
        let web_app = config.for_web_app();
        assert_eq!(web_app.app.secret.expose(), "secret of the app");
        assert_eq!(config.machine().expect("credentials").secret.expose(), "secret of the machine");
        let CookieKeys::Given(keys) = &web_app.cookie_keys else { panic!("no keys") };
        assert_eq!(keys.iter().map(Secret::expose).collect::<Vec<_>>(), [KEY, OTHER_KEY]);
        assert_eq!(web_app.webhook_signing_keys.len(), 1);
        assert_eq!(config.audit_key.as_ref().map(Secret::expose), Some(OTHER_KEY));
    }

    #[cfg(feature = "redis")]
    #[test]
    fn the_address_of_redis_can_come_from_a_file() {
        let directory = Directory::new("redis");
        let url = directory.file("url", "redis://:secret@host:6379/0\n");
        let config = read_with(&serde_json::json!({ "redis_url_file": url })).expect("good settings");
        let redis = config.for_web_app().redis.as_ref().expect("an address");
        assert_eq!(redis.url.expose(), "redis://:secret@host:6379/0");
        let wrong = directory.file("wrong", "planted-secret\n");
        let error = read_with(&serde_json::json!({ "redis_url_file": wrong })).expect_err("no address");
        assert!(error.to_string().contains("redis_url") && !error.to_string().contains("planted"), "{error}");
    }

    #[test]
    fn a_file_of_no_use_is_told_with_its_setting_and_path_and_without_its_content() {
        let directory = Directory::new("bad");
        let long = "planted ".repeat(10_000);
        for (name, content) in [
            ("empty", &b""[..]),
            ("blank", b"\n"),
            ("binary", b"planted\xff"),
            ("marked", "\u{feff}planted".as_bytes()),
            ("long", long.as_bytes()),
        ] {
            let path = directory.file(name, content);
            for key in [
                "app_secret_file",
                "cookie_keys_file",
                "webhook_signing_keys_file",
                "machine_app_secret_file",
                "audit_key_file",
            ] {
                let mut settings = serde_json::json!({ key: path });
                if key == "machine_app_secret_file" {
                    settings["machine_app_id"] = "m".into();
                }
                let error = read_with(&settings).expect_err(name);
                // And nothing is said to be missing.
                assert_eq!(error.settings().collect::<Vec<_>>(), [key], "{name}: {error}");
                assert!(
                    error.to_string().contains(&path) && !error.to_string().contains("planted"),
                    "{error}"
                );
            }
        }
        let several = directory.file("several", "planted\nplanted");
        for key in ["app_secret_file", "audit_key_file"] {
            let error = read_with(&serde_json::json!({ key: several })).expect_err("two lines");
            assert_eq!(error.settings().collect::<Vec<_>>(), [key], "{error}");
            assert!(
                error.to_string().contains("several lines") && !error.to_string().contains("planted"),
                "{error}"
            );
        }
        let absent = directory.0.join("absent");
        let directory_itself = directory.0.to_str().expect("a path in UTF-8");
        for path in [absent.to_str().expect("a path in UTF-8"), directory_itself] {
            let error = read_with(&serde_json::json!({ "app_secret_file": path })).expect_err(path);
            assert!(error.to_string().contains(path) && error.to_string().contains("os error"), "{error}");
        }
        for path in [serde_json::json!(""), serde_json::json!(7), serde_json::json!(["a"])] {
            let error = read_with(&serde_json::json!({ "app_secret_file": path })).expect_err("no path");
            assert_eq!(error.settings().collect::<Vec<_>>(), ["app_secret_file"], "{error}");
        }
    }

    #[test]
    fn a_secret_in_a_file_has_to_meet_what_any_other_has_to() {
        let directory = Directory::new("weak");
        let short = directory.file("short", "planted-short\n");
        for key in ["cookie_keys_file", "webhook_signing_keys_file", "audit_key_file"] {
            let error = read_with(&serde_json::json!({ key: short })).expect_err(key).to_string();
            assert!(error.contains("shorter") && !error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_secret_that_is_given_twice_is_an_error() {
        let directory = Directory::new("both");
        let file = directory.file("secret", KEY);
        for (key, value) in [
            ("app_secret", serde_json::json!("s")),
            ("cookie_keys", serde_json::json!([OTHER_KEY])),
            ("webhook_signing_keys", serde_json::json!([OTHER_KEY])),
            ("machine_app_secret", serde_json::json!("s")),
            ("audit_key", serde_json::json!(OTHER_KEY)),
        ] {
            let file_key = format!("{key}_file");
            let mut settings = serde_json::json!({ key: value, file_key.as_str(): file, "both": true });
            if key == "machine_app_secret" {
                settings["machine_app_id"] = "m".into();
            }
            let error = read_with(&settings).expect_err(key);
            assert_eq!(error.settings().collect::<Vec<_>>(), [file_key], "{error}");
            assert!(error.to_string().contains(&format!("is set besides `{key}`")), "{error}");
        }
    }

    #[test]
    fn a_relative_path_starts_at_the_configuration_file() {
        use figment::providers::{Format, Serialized, Toml};

        let directory = Directory::new("relative");
        let toml =
            directory.file("Rocket.toml", "[logto]\napp_secret_file = \"secrets/app\"\nx = \"secrets/app\"");
        let figment = Figment::from(Toml::file(&toml)).merge(Serialized::default("logto.other_file", "here"));
        let settings = figment.find_value("logto").expect("settings");
        let Value::Dict(_, settings) = with_absolute_paths(settings, &figment) else { panic!("no table") };
        let text = |key: &str| settings[key].as_str().map(PathBuf::from);
        assert_eq!(text("app_secret_file"), Some(directory.0.join("secrets/app")));
        assert_eq!(text("x"), Some(PathBuf::from("secrets/app")), "it is no path");
        assert_eq!(text("other_file"), Some(PathBuf::from("here")), "it stands in no file");
    }
}
