//! Certificates that are made for a test.

use std::path::{Path, PathBuf};

use pulsvagt::access::Thumbprint;
use pulsvagt::config::TlsFiles;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key.
pub(crate) struct Pair {
    pub(crate) certificate: CertificateDer<'static>,
    pem: String,
    key: KeyPair,
}

impl Pair {
    pub(crate) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key")
    }

    pub(crate) fn thumbprint(&self) -> Thumbprint {
        Thumbprint::of(&self.certificate)
    }

    /// Puts both where the server looks for them.
    pub(crate) fn write(&self, files: &TlsFiles) {
        std::fs::write(&files.cert, &self.pem).expect("the certificate");
        std::fs::write(&files.key, self.key.serialize_pem()).expect("the key");
    }
}

/// An authority that issues certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Puts its certificate into a file.
    pub(crate) fn write(&self, folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, self.0.pem()).expect("the authority");
        path
    }

    pub(crate) fn server(&self) -> Pair {
        self.issue("localhost", ExtendedKeyUsagePurpose::ServerAuth, 4000)
    }

    pub(crate) fn client(&self, name: &str) -> Pair {
        self.issue(name, ExtendedKeyUsagePurpose::ClientAuth, 4000)
    }

    pub(crate) fn expired_client(&self) -> Pair {
        self.issue("late", ExtendedKeyUsagePurpose::ClientAuth, 2021)
    }

    fn issue(&self, name: &str, purpose: ExtendedKeyUsagePurpose, until: i32) -> Pair {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().expect("a key");
        let issued = params.signed_by(&key, &self.0).expect("a certificate");
        Pair { certificate: issued.der().clone(), pem: issued.pem(), key }
    }
}
