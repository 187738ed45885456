#![expect(clippy::result_large_err, reason = "the error is the test jail's")]

use std::path::Path;

use figment::Jail;

use super::{Config, ConfigError};
use crate::access::IssuerKeys;
use crate::telemetry::LogFormat;

const MINIMUM: &str = "database_url = \"postgres://owner:hunter2@db/pulsvagt\"\n";

/// Loads a file of this content with these variables.
fn load(content: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut loaded = None;
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.create_file("pulsvagt.toml", content)?;
        for (name, value) in variables {
            jail.set_env(name, value);
        }
        loaded = Some(Config::load(Some(Path::new("pulsvagt.toml"))));
        Ok(())
    });
    loaded.expect("the jail ran")
}

fn complaint(content: &str, variables: &[(&str, &str)]) -> String {
    load(content, variables).expect_err("refused").to_string()
}

#[test]
fn the_defaults_are_complete_but_for_the_database() {
    let config = load(MINIMUM, &[]).expect("valid");
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    let limits = crate::app::Limits::from(config.limits);
    let coded = crate::app::Limits::default();
    assert_eq!(
        (limits.body, limits.line, limits.entries, limits.queue, limits.bodies, limits.patience),
        (coded.body, coded.line, coded.entries, coded.queue, coded.bodies, coded.patience),
        "the documented limits are the coded ones"
    );
    assert_eq!((limits.rates, limits.costs), (coded.rates, coded.costs), "and the rates");
    assert!(config.cors.origins.is_empty() && config.proxies.is_empty());
    assert!(config.screening.enabled);
    assert_eq!(crate::jobs::Settings::from(config.screening), crate::jobs::Settings::default());
    assert!(config.sign_in.is_empty() && !config.local_accounts.enabled);
    assert_eq!(config.sessions, crate::access::session::Lifetimes::default());
    assert!(config.tls.is_none() && config.local_issuer.is_none() && config.issuers.is_empty());
    assert_eq!(
        complaint("", &[]),
        "database_url: this key is required; set it in the file or as PULSVAGT_DATABASE_URL"
    );
}

#[test]
fn an_unknown_key_is_an_error_that_names_file_or_variable() {
    let text = complaint(&format!("{MINIMUM}databse_connections = 3\n"), &[]);
    assert!(text.contains("pulsvagt.toml: databse_connections: this key is not known"), "{text}");
    let text = complaint(&format!("{MINIMUM}[limits]\nquee = 3\n"), &[]);
    assert!(text.contains("pulsvagt.toml: limits.quee: this key is not known"), "{text}");
    let text = complaint(&format!("{MINIMUM}[tls]\ncert = \"a\"\nkey = \"b\"\nca = \"c\"\n"), &[]);
    assert!(text.contains("pulsvagt.toml: tls.ca: this key is not known"), "{text}");
    let text = complaint(MINIMUM, &[("PULSVAGT_LIMITS__QUEE", "3")]);
    assert!(text.starts_with("PULSVAGT_LIMITS__QUEE: this key is not known"), "{text}");
    let text = complaint(MINIMUM, &[("PULSVAGT_LISTN", "127.0.0.1:1")]);
    assert!(text.starts_with("PULSVAGT_LISTN: this key is not known"), "{text}");
    let issuer = "[[issuers]]\nissuer = \"i\"\naudience = \"a\"\nalgorithms = []\n\
                  jwks_file = \"j\"\nrole = \"r\"\n";
    let text = complaint(&format!("{MINIMUM}{issuer}"), &[]);
    assert!(text.contains("pulsvagt.toml: issuers") && text.contains("role"), "{text}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let content = format!("{MINIMUM}listen = \"127.0.0.1:1\"\n[log]\nformat = \"json\"\n");
    let config = load(
        &content,
        &[
            ("PULSVAGT_LISTEN", "0.0.0.0:9"),
            ("PULSVAGT_LOG__FORMAT", "text"),
            ("PULSVAGT_PG_BIN", "/nowhere"),
            ("PULSVAGT_DATA", "elsewhere"),
        ],
    )
    .expect("valid");
    assert_eq!(config.listen.to_string(), "0.0.0.0:9");
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let mut loaded = None;
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.create_dir("etc")?;
        let content = format!(
            "{MINIMUM}public_url = \"https://a.dk/\"\n[[issuers]]\nissuer = \"i\"\naudience = \"a\"\n\
             algorithms = [\"ES256\"]\njwks_file = \"keys.json\"\n"
        );
        jail.create_file("etc/pulsvagt.toml", &content)?;
        loaded = Some(Config::load(Some(Path::new("etc/pulsvagt.toml"))));
        Ok(())
    });
    let config = loaded.expect("ran").expect("valid");
    assert_eq!(config.key_file, Path::new("etc/master.key"));
    assert_eq!(config.issuers[0].keys, IssuerKeys::JwksFile("etc/keys.json".into()));
    assert_eq!(config.public_url.as_deref(), Some("https://a.dk"));
}

#[test]
fn nothing_shows_a_password() {
    let config = load(MINIMUM, &[]).expect("valid");
    assert!(config.database_url.expose().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
    let text = complaint("database_url = [\"hunter2\"]\n", &[]);
    assert!(text.contains("database_url") && !text.contains("hunter2"), "{text}");
}

#[test]
fn values_that_cannot_work_are_refused() {
    for (content, key) in [
        ("database_connections = 0\n", "database_connections"),
        ("public_url = \"pulsvagt.dk\"\n", "public_url"),
        ("listen = \"localhost\"\n", "listen"),
        ("[limits]\nbodies = 5\n", "limits.bodies"),
        ("[limits.rates]\ncitizen = { per_minute = 0, burst = 1 }\n", "limits.rates.citizen"),
        ("[limits.rates]\nnurse = { per_minute = 1, burst = 1 }\n", "limits.rates.nurse"),
        ("[limits.costs]\nentries_per_unit = 0\n", "limits.costs.entries_per_unit"),
        ("proxies = [\"10.0.0.0/8\"]\n", "proxies"),
        ("[cors]\norigins = [\"*\"]\n", "cors.origins"),
        ("[cors]\norigins = [\"https://a.dk/\"]\n", "cors.origins"),
        ("[cors]\norigins = [\"null\"]\n", "cors.origins"),
        ("[tls]\ncert = \"a\"\nkey = \"b\"\nclient_required = true\n", "tls.client_required"),
        ("[screening]\nbatch = 0\n", "screening.batch"),
        ("[screening]\npoll_ms = 0\n", "screening.poll_ms"),
        ("[log]\nfilter = \"pulsvagt=loud\"\n", "log.filter"),
        ("[log]\nformat = \"xml\"\n", "log.format"),
    ] {
        let text = complaint(&format!("{MINIMUM}{content}"), &[]);
        assert!(text.contains(key), "{text}");
    }
    let text = complaint("database_url = \n", &[]);
    assert!(text.contains("pulsvagt.toml"), "{text}");
}

#[test]
fn ways_to_sign_in_are_read_and_checked() {
    let provider = "[[sign_in]]\nname = \"Login\"\nissuer = \"https://login.example.dk\"\n\
                    client_id = \"pulsvagt\"\nprivate_key_file = \"key.pem\"\n\
                    algorithms = [\"ES256\"]\nrole_values = { x = \"nurse\" }\n";
    let config = load(&format!("{MINIMUM}{provider}"), &[]).expect("valid");
    assert_eq!(config.sign_in[0].scopes, ["openid", "profile"]);
    assert_eq!(config.sign_in[0].name_claim, "name");
    let text = complaint(&format!("{MINIMUM}{provider}scopes = [\"profile\"]\n"), &[]);
    assert!(text.contains("sign_in.scopes"), "{text}");
    let secret = "[[sign_in]]\nname = \"L\"\nissuer = \"https://a.dk\"\nclient_id = \"p\"\n\
                  client_secret = \"hunter2\"\nalgorithms = [\"ES256\"]\n";
    let config = load(&format!("{MINIMUM}{secret}"), &[]).expect("valid");
    assert!(!format!("{config:?}").contains("hunter2"));
    for wrong in ["idle_minutes = 0", "idle_minutes = 60\nabsolute_minutes = 30"] {
        let text = complaint(&format!("{MINIMUM}[sessions]\n{wrong}\n"), &[]);
        assert!(text.contains("sessions: idle_minutes"), "{text}");
    }
}
