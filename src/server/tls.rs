//! Certificates: reading, checking and exchanging them while the server runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::names;
use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(30);

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("cannot read {what} in {path}; it has to be a PEM file that the server may read")]
    File {
        /// What was looked for.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it was not found.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// There is no certificate in the file.
    #[error("there is no certificate in {path}; it has to begin with the server's own")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The dates of the certificate cannot be read.
    #[error("the certificate in {path} is not an X.509 certificate")]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The key does not belong to the certificate, or is of a kind that is not known.
    #[error("the key in {key} does not fit the certificate in {cert}")]
    Pair {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// What is worth knowing about a server certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// When it begins to be valid, seconds since 1970.
    pub from: i64,
    /// When it stops being valid, seconds since 1970.
    pub until: i64,
}

impl Certificate {
    /// Tells the log and the metrics until when it is valid.
    pub fn report(self) {
        let until = jiff::Timestamp::from_second(self.until).unwrap_or_default();
        tracing::info!(tls.valid_until = %until, "certificate loaded");
        #[expect(clippy::cast_precision_loss, reason = "exact for the next million years")]
        metrics::gauge!("pulsvagt_tls_certificate_expiry_timestamp_seconds").set(self.until as f64);
    }
}

/// Makes AWS-LC the one implementation of cryptography in this process. Can be repeated.
pub fn install_crypto() {
    // Fails only if there is one already, which is this one.
    let _ = aws_lc_rs::default_provider().install_default();
}

/// Reads a certificate and its key, and checks that they fit.
///
/// # Errors
/// When they cannot be used.
pub fn check(files: &TlsFiles) -> Result<Certificate, TlsError> {
    load(files).map(|(_, certificate)| certificate)
}

pub(super) fn load(files: &TlsFiles) -> Result<(Arc<ServerConfig>, Certificate), TlsError> {
    let [cert, key] = names(files);
    let file = |what, path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::File { what, path, source }
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file("a certificate", cert))?;
    let first = chain.first().ok_or_else(|| TlsError::Empty { path: cert.clone() })?;
    let certificate = read_dates(first).ok_or_else(|| TlsError::Format { path: cert.clone() })?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(file("a private key", key))?;
    let pair = |source| TlsError::Pair { cert: cert.clone(), key: key.clone(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((Arc::new(config), certificate))
}

fn read_dates(certificate: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let validity = parsed.validity();
    Some(Certificate {
        from: validity.not_before.timestamp(),
        until: validity.not_after.timestamp(),
    })
}

/// When the files were last changed, and how long they are.
fn state(files: &TlsFiles) -> [Option<(SystemTime, u64)>; 2] {
    names(files).map(|path| {
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    })
}

/// Exchanges the certificate when its files have changed or a hang-up asks for it. Files that
/// cannot be used leave the old pair in place.
pub(super) async fn watch(files: TlsFiles, config: RustlsConfig, stopping: CancellationToken) {
    let mut hang_up = match signal(SignalKind::hangup()) {
        Ok(hang_up) => hang_up,
        Err(error) => {
            tracing::error!(%error, "cannot listen to hang-ups: certificates are not reloaded");
            return;
        }
    };
    let mut known = state(&files);
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let asked = tokio::select! {
            () = stopping.cancelled() => return,
            _ = hang_up.recv() => true,
            _ = look.tick() => false,
        };
        let now = state(&files);
        if !asked && now == known {
            continue;
        }
        known = now;
        match load(&files) {
            Ok((new, certificate)) => {
                config.reload_from_config(new);
                certificate.report();
            }
            Err(error) => tracing::error!(
                error = crate::telemetry::chain(&error),
                "the new certificate cannot be used: keeping the old one"
            ),
        }
    }
}
