//! The configuration: embedded defaults, then a file, then the environment.
//!
//! `default.toml` is both the defaults and their documentation. Whatever is not known is an error
//! that names where it stands.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Toml};
use serde::Deserialize;

use crate::access::session::Lifetimes;
use crate::access::sign_in::SignIn;
use crate::access::{Issuer, IssuerKeys};
use crate::app;
use crate::ids::TenantCode;
use crate::jobs;
use crate::limits::{Costs, Rates};
use crate::telemetry::LogFormat;

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("config/default.toml");

/// What environment variables of the configuration begin with.
const PREFIX: &str = "PULSVAGT_";

/// Variables with our prefix that are not configuration.
const OTHER_VARIABLES: [&str; 9] = [
    "config",
    "data",
    "pg_bin",
    "cache",
    "profile",
    "db_password",
    "bin",
    "tenant_database_url",
    "test_database_url",
];

/// Text that must not be shown: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Hides the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be used and not shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// The whole configuration; `default.toml` says what each key means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where clients reach it, without a slash at the end.
    pub public_url: Option<String>,
    /// The catalogue's database.
    pub database_url: Secret,
    /// Connections per municipality.
    pub database_connections: u32,
    /// The installation's secret.
    pub key_file: PathBuf,
    /// Certificate and key.
    pub tls: Option<TlsFiles>,
    /// The local issuer.
    pub local_issuer: Option<LocalIssuerFolder>,
    /// Issuers whose tokens are believed.
    #[serde(default)]
    pub issuers: Vec<Issuer>,
    /// Providers at which people sign in.
    #[serde(default)]
    pub sign_in: Vec<SignIn>,
    /// Accounts that the municipalities keep themselves.
    pub local_accounts: LocalAccounts,
    /// How long sessions last.
    pub sessions: Lifetimes,
    /// Proxies that are believed when they say where a request comes from.
    pub proxies: Vec<IpAddr>,
    /// Web pages of other origins.
    pub cors: Cors,
    /// What the law asks of web pages.
    pub accessibility: Accessibility,
    /// Limits that protect the server.
    pub limits: Limits,
    /// Screening.
    pub screening: Screening,
    /// Logging.
    pub log: Log,
}

/// The files of a TLS certificate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate chain, PEM.
    pub cert: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    /// Certificates of the authorities whose clients are believed, PEM.
    pub client_ca: Option<PathBuf>,
    /// Whether nobody gets in without a client certificate.
    #[serde(default)]
    pub client_required: bool,
}

/// Where the local issuer keeps its key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalIssuerFolder {
    /// The folder.
    pub folder: PathBuf,
}

/// Whether the municipalities keep accounts themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalAccounts {
    /// Whether people sign in with them.
    pub enabled: bool,
}

/// What the law asks of web pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accessibility {
    /// Where each municipality's statement of accessibility is, by the municipality's code.
    #[serde(default)]
    pub statements: BTreeMap<String, String>,
}

/// Which web pages of other origins may use the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Their origins, as browsers write them.
    pub origins: Vec<String>,
}

/// An origin as browsers send it (RFC 6454, 6.2): no path, no wildcard, no `null`.
fn is_origin(text: &str) -> bool {
    text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).is_some_and(|host| {
        !host.is_empty()
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte)
            })
    })
}

/// Limits that protect the server; see [`app::Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    body: usize,
    line: usize,
    entries: usize,
    queue: u32,
    bodies: usize,
    patience_seconds: u32,
    rates: Rates,
    costs: Costs,
}

impl From<Limits> for app::Limits {
    fn from(limits: Limits) -> Self {
        let Limits { body, line, entries, queue, bodies, patience_seconds, rates, costs } = limits;
        let patience = Duration::from_secs(patience_seconds.into());
        Self { body, line, entries, queue, bodies, patience, rates, costs }
    }
}

/// Whether and how this process screens; see [`jobs::Settings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// Whether it does.
    pub enabled: bool,
    batch: u32,
    lag_alarm_minutes: u32,
    poll_ms: u32,
}

impl From<Screening> for jobs::Settings {
    fn from(screening: Screening) -> Self {
        let Screening { enabled: _, batch, lag_alarm_minutes, poll_ms } = screening;
        Self {
            batch,
            poll: Duration::from_millis(poll_ms.into()),
            lag_alarm: Duration::from_mins(lag_alarm_minutes.into()),
        }
    }
}

/// How and what is logged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// Which messages, as in `RUST_LOG`.
    pub filter: String,
}

/// The configuration cannot be used. Each line names where, what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

impl Config {
    /// Reads the defaults, the file if one is named, and the environment.
    ///
    /// # Errors
    /// When something is missing, not known or not usable.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(path) = file {
            if !path.is_file() {
                let path = path.display();
                return Err(ConfigError(vec![format!("{path}: there is no such file")]));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        let figment = figment.merge(Env::prefixed(PREFIX).ignore(&OTHER_VARIABLES).split("__"));
        let mut config: Self = figment.extract().map_err(|error| {
            ConfigError(error.into_iter().map(|error| explain(&figment, &error)).collect())
        })?;
        config.place(file.and_then(Path::parent).unwrap_or(Path::new("")));
        config.check()?;
        Ok(config)
    }

    /// The configuration of an installation whose files are all in one folder, with a database
    /// that it runs by itself.
    pub fn for_folder(folder: &Path, database_url: &str) -> Result<Self, ConfigError> {
        let defaults = Toml::string(DEFAULTS);
        let url = ("database_url", database_url);
        let mut config: Self = Figment::from(defaults).merge(url).extract().map_err(|error| {
            ConfigError(error.into_iter().map(|error| error.to_string()).collect())
        })?;
        config.place(folder);
        config.local_issuer = Some(LocalIssuerFolder { folder: folder.join("issuer") });
        config.local_accounts.enabled = true;
        Ok(config)
    }

    /// Makes relative paths relative to the folder.
    fn place(&mut self, folder: &Path) {
        let mut paths = vec![&mut self.key_file];
        if let Some(tls) = &mut self.tls {
            paths.extend([&mut tls.cert, &mut tls.key]);
            paths.extend(&mut tls.client_ca);
        }
        paths.extend(self.local_issuer.as_mut().map(|local| &mut local.folder));
        paths.extend(self.issuers.iter_mut().filter_map(|issuer| match &mut issuer.keys {
            IssuerKeys::JwksFile(path) => Some(path),
            IssuerKeys::JwksUrl(_) | IssuerKeys::DiscoveryUrl(_) => None,
        }));
        paths.extend(
            self.sign_in.iter_mut().filter_map(|provider| provider.private_key_file.as_mut()),
        );
        for path in paths {
            *path = folder.join(&*path);
        }
        if let Some(url) = &mut self.public_url {
            url.truncate(url.trim_end_matches('/').len());
        }
    }

    /// What types cannot say.
    fn check(&self) -> Result<(), ConfigError> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        require(
            (1..=1_000).contains(&self.database_connections),
            "database_connections: has to be from 1 to 1000",
        );
        require(
            self.public_url
                .as_ref()
                .is_none_or(|url| url.starts_with("https://") || url.starts_with("http://")),
            "public_url: has to begin with https:// or http://",
        );
        require(
            self.accessibility.statements.iter().all(|(code, url)| {
                code.parse::<TenantCode>().is_ok()
                    && url.starts_with("https://")
                    && url.bytes().all(|byte| byte.is_ascii_graphic())
            }),
            "accessibility.statements: each has to be a municipality's code and an address that begins with https://",
        );
        let Limits { body, line, entries, queue, bodies, patience_seconds, rates, costs } =
            self.limits;
        require(
            body > 0 && line > 0 && entries > 0 && queue > 0 && patience_seconds > 0,
            "limits: each has to be more than 0",
        );
        require(
            bodies >= body.max(line),
            "limits.bodies: has to be at least limits.body and limits.line",
        );
        require(
            self.tls.as_ref().is_none_or(|tls| tls.client_ca.is_some() || !tls.client_required),
            "tls.client_required: needs tls.client_ca",
        );
        for (name, quota) in rates.all() {
            require(
                quota.is_valid(),
                &format!("limits.rates.{name}: both numbers have to be from 1 to 100000000"),
            );
        }
        require(costs.entries_per_unit > 0, "limits.costs.entries_per_unit: has to be more than 0");
        require(
            self.cors.origins.iter().all(|origin| is_origin(origin)),
            "cors.origins: each has to be scheme://host or scheme://host:port, and nothing else",
        );
        let Lifetimes { idle_minutes, absolute_minutes } = self.sessions;
        require(
            (1..=1_440).contains(&idle_minutes)
                && (idle_minutes..=10_080).contains(&absolute_minutes),
            "sessions: idle_minutes has to be from 1 to 1440, absolute_minutes from that to 10080",
        );
        require(
            self.sign_in.iter().all(|provider| provider.scopes.iter().any(|one| one == "openid")),
            "sign_in.scopes: has to have openid among them",
        );
        let Screening { enabled: _, batch, lag_alarm_minutes, poll_ms } = self.screening;
        require((1..=10_000).contains(&batch), "screening.batch: has to be from 1 to 10000");
        require(
            lag_alarm_minutes > 0 && poll_ms > 0,
            "screening.lag_alarm_minutes and screening.poll_ms: have to be more than 0",
        );
        require(
            tracing_subscriber::EnvFilter::try_new(&self.log.filter).is_ok(),
            "log.filter: is not a filter; an example is info,pulsvagt::ingest=debug",
        );
        if faults.is_empty() { Ok(()) } else { Err(ConfigError(faults)) }
    }
}

/// An error of figment in our words. Values are not repeated: one may be a password.
fn explain(figment: &Figment, error: &figment::Error) -> String {
    let mut key = error.path.clone();
    let what = match &error.kind {
        Kind::UnknownField(name, known) => {
            if key.last() != Some(name) {
                key.push(name.clone());
            }
            format!("this key is not known; known are {}", known.join(", "))
        }
        Kind::MissingField(name) => {
            key.push(name.to_string());
            "this key is required".to_owned()
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            format!("expected {expected}")
        }
        Kind::UnknownVariant(_, known) => format!("expected one of {}", known.join(", ")),
        // Of a file that is not TOML, the text has line and column.
        Kind::Message(text) if key.first().is_none_or(|key| key != "database_url") => {
            text.trim().to_owned()
        }
        _ => "the value cannot be used".to_owned(),
    };
    let dotted = key.join(".");
    let metadata = error.metadata.as_ref().or_else(|| figment.find_metadata(&dotted));
    let from_environment = metadata.is_some_and(|metadata| metadata.name.contains("environment"));
    let file = metadata
        .and_then(|metadata| metadata.source.as_ref())
        .and_then(|source| source.file_path().map(|path| path.display().to_string()));
    let variable = format!("{PREFIX}{}", key.join("__").to_uppercase());
    match (&error.kind, file) {
        (Kind::MissingField(_), _) => {
            format!("{dotted}: {what}; set it in the file or as {variable}")
        }
        (_, _) if from_environment => format!("{variable}: {what}"),
        (_, Some(file)) if dotted.is_empty() => format!("{file}: {what}"),
        (_, Some(file)) => format!("{file}: {dotted}: {what}"),
        (_, None) => format!("{dotted}: {what}"),
    }
}
