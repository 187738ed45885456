//! Certificates: reading and checking them, and what TLS is spoken with them.

mod acceptor;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{self, cipher_suite, kx_group};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig, SupportedCipherSuite};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsFiles;

pub(super) use acceptor::TlsAcceptor;
pub(super) use watch::Watch;

/// A certificate that is valid for less than this is spoken of, seconds.
pub const SOON: i64 = 30 * 86_400;
/// A certificate that is valid for less than this is an error, seconds.
pub const URGENT: i64 = 7 * 86_400;

/// What is offered, best first: forward secrecy and authenticated encryption throughout. The list
/// is written out so that another version of a library does not change it.
const SUITES: [SupportedCipherSuite; 9] = [
    cipher_suite::TLS13_AES_256_GCM_SHA384,
    cipher_suite::TLS13_AES_128_GCM_SHA256,
    cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    cipher_suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    cipher_suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// How keys are agreed on, best first.
const GROUPS: [&dyn SupportedKxGroup; 4] =
    [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1];

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
    #[error("there is no certificate in {path}; a chain has to begin with the server's own")]
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
    /// Clients cannot be checked against that.
    #[error("{path} holds no certificate of an authority that clients can be checked against")]
    Authority {
        /// The file.
        path: PathBuf,
    },
}

/// What is worth knowing about the certificates of one file: when all of them are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// What it is for: `server` or `client-ca`.
    pub name: &'static str,
    /// When it begins to be valid, seconds since 1970.
    pub from: i64,
    /// When it stops being valid, seconds since 1970.
    pub until: i64,
}

/// Makes AWS-LC the one implementation of cryptography in this process. Can be repeated.
pub fn install_crypto() {
    // Fails only if there is one already, which is this one.
    let _ = aws_lc_rs::default_provider().install_default();
}

/// Reads a certificate and its key, checks that they fit, and reads the authority for clients if
/// one is named.
///
/// # Errors
/// When they cannot be used.
pub fn check(files: &TlsFiles) -> Result<Vec<Certificate>, TlsError> {
    load(files).map(|(_, certificates)| certificates)
}

pub(super) fn load(files: &TlsFiles) -> Result<(Arc<ServerConfig>, Vec<Certificate>), TlsError> {
    let TlsFiles { cert, key, client_ca, client_required } = files;
    let chain = read_certificates(cert)?;
    let mut certificates = vec![read_dates("server", &chain, cert)?];
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|source| TlsError::File {
        what: "a private key",
        path: key.clone(),
        source,
    })?;
    let pair = |source| TlsError::Pair { cert: cert.clone(), key: key.clone(), source };
    let provider = Arc::new(CryptoProvider {
        cipher_suites: SUITES.to_vec(),
        kx_groups: GROUPS.to_vec(),
        ..aws_lc_rs::default_provider()
    });
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(pair)?;
    let builder = if let Some(path) = client_ca {
        let authority = || TlsError::Authority { path: path.clone() };
        let found = read_certificates(path)?;
        certificates.push(read_dates("client-ca", &found, path)?);
        let mut roots = RootCertStore::empty();
        for root in found {
            roots.add(root).map_err(|_| authority())?;
        }
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
        // Apps and nurses have none, on the same port.
        let verifier = if *client_required { verifier } else { verifier.allow_unauthenticated() };
        builder.with_client_cert_verifier(verifier.build().map_err(|_| authority())?)
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_single_cert(chain, secret).map_err(pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    if client_ca.is_some() {
        // A resumed session would bring back a certificate without looking at its dates again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok((Arc::new(config), certificates))
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let file = |source| TlsError::File { what: "a certificate", path: path.to_owned(), source };
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file)?;
    if found.is_empty() { Err(TlsError::Empty { path: path.to_owned() }) } else { Ok(found) }
}

/// The time in which all of them are valid.
fn read_dates(
    name: &'static str,
    certificates: &[CertificateDer<'_>],
    path: &Path,
) -> Result<Certificate, TlsError> {
    let mut all = Certificate { name, from: i64::MIN, until: i64::MAX };
    for certificate in certificates {
        let (from, until) =
            validity(certificate).ok_or_else(|| TlsError::Format { path: path.to_owned() })?;
        all.from = all.from.max(from);
        all.until = all.until.min(until);
    }
    Ok(all)
}

/// From when and until when a certificate is valid, seconds since 1970.
fn validity(certificate: &CertificateDer<'_>) -> Option<(i64, i64)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let validity = parsed.validity();
    Some((validity.not_before.timestamp(), validity.not_after.timestamp()))
}
