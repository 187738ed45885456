//! The server settings that are ours. They are given on the command line, so neither
//! `postgresql.conf` nor `alter system` can undo them.

use std::path::Path;

use super::installation::Installation;

/// Keeps what citizens are about out of the server's log: no statements, no parameters, no
/// `DETAIL` with the values of a key, and no messages of failed statements, which quote values.
pub(super) const PRIVACY: &[(&str, &str)] = &[
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_statement", "none"),
    ("log_min_duration_statement", "-1"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
];

/// What does not depend on where and with what we run.
const FIXED: &[(&str, &str)] = &[
    ("shared_preload_libraries", "timescaledb"),
    ("timescaledb.telemetry_level", "off"),
    ("listen_addresses", "127.0.0.1"),
    ("password_encryption", "scram-sha-256"),
    ("max_connections", "200"),
    ("max_worker_processes", "32"),
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_line_prefix", "%m [%p] "),
    ("log_checkpoints", "off"),
];

/// The arguments for `postgres`. The caller's `extra` settings come last and win.
pub(super) fn arguments(
    installation: &Installation,
    pgdata: &Path,
    sockets: &Path,
    port: u16,
    shared_buffers: &str,
    extra: &[(String, String)],
) -> Vec<String> {
    let wal_compression = if installation.has_lz4() { "lz4" } else { "on" };
    let chosen = [
        ("port", port.to_string()),
        ("unix_socket_directories", socket_directories(sockets, port)),
        ("unix_socket_permissions", "0700".to_owned()),
        ("shared_buffers", shared_buffers.to_owned()),
        ("wal_compression", wal_compression.to_owned()),
    ];
    let mut arguments = vec!["-D".to_owned(), pgdata.display().to_string()];
    let mut set = |name: &str, value: &str| {
        arguments.push("-c".to_owned());
        arguments.push(format!("{name}={value}"));
    };
    for (name, value) in FIXED.iter().chain(PRIVACY) {
        set(name, value);
    }
    for (name, value) in &chosen {
        set(name, value);
    }
    for (name, value) in extra {
        set(name, value);
    }
    arguments
}

/// The setting for the socket folder; empty, so no socket, when the path is longer than the
/// kernel allows for one. The setting is a list, hence the quotes.
fn socket_directories(sockets: &Path, port: u16) -> String {
    const LONGEST: usize = 107;
    let folder = sockets.display().to_string();
    if format!("{folder}/.s.PGSQL.{port}").len() > LONGEST {
        tracing::debug!("the data folder's path is too long for a unix socket: using tcp only");
        return String::new();
    }
    format!("\"{}\"", folder.replace('"', "\"\""))
}
