//! Client certificates, and tokens that are bound to one (RFC 8705).

use std::path::Path;
use std::str::FromStr;

use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The SHA-256 of a certificate, as `x5t#S256` names it (RFC 8705, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 32]);

/// The certificate of a connection: TLS has checked that the other side has its key, that an
/// authority of ours has issued it, and its dates at that time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presented {
    /// Which one.
    pub thumbprint: Thumbprint,
    /// When it stops being valid, seconds since 1970; a connection may outlive that.
    pub until: i64,
}

impl Presented {
    /// Whether it is that certificate, and still valid at that time, seconds since 1970.
    pub fn is(&self, certificate: Thumbprint, now: i64) -> bool {
        self.thumbprint == certificate && now < self.until
    }
}

/// Not the thumbprint of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a thumbprint: expected 32 bytes in base64url")]
pub struct BadThumbprint;

impl Thumbprint {
    /// Of a certificate in DER.
    pub fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest::digest(&digest::SHA256, der).as_ref());
        Self(bytes)
    }

    /// Of the first certificate in a PEM file.
    ///
    /// # Errors
    /// When there is none.
    pub fn of_file(path: &Path) -> Result<Self, rustls_pki_types::pem::Error> {
        CertificateDer::from_pem_file(path).map(|certificate| Self::of(&certificate))
    }

    /// As it is stored.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// In base64url, as in tokens.
    pub fn to_text(self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }
}

impl From<[u8; 32]> for Thumbprint {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Thumbprint {
    type Err = BadThumbprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| BadThumbprint)?;
        bytes.try_into().map(Self).map_err(|_| BadThumbprint)
    }
}
