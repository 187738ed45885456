//! Logs, metrics, and what never gets into them.

use std::error::Error;
use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For a person at a terminal.
    Text,
}

/// Below this they write addresses and headers, and with them numbers and tokens.
const QUIET: &str = "h2=info,hyper=info,hyper_util=info";

/// Starts logging to standard error. `filter` is as in `RUST_LOG`.
pub fn init_logging(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(format!("{filter},{QUIET}"))
        .unwrap_or_else(|_| EnvFilter::new(format!("info,{QUIET}")));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A second call, as in tests, keeps the first.
    let _ = match format {
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
        LogFormat::Text => {
            let layer = layer.with_target(false).with_ansi(std::io::stderr().is_terminal());
            registry.with(layer).try_init()
        }
    };
}

/// An error with all its causes, for the log.
///
/// Database errors are cut down to their code and constraint: PostgreSQL quotes the row in its
/// detail, and with it somebody's reading.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if !text.is_empty() {
            text.push_str(": ");
        }
        match crate::store::describe_database_error(error) {
            Some(short) => {
                text.push_str(&short);
                break;
            }
            None => text.push_str(&error.to_string()),
        }
        next = error.source();
    }
    text
}
