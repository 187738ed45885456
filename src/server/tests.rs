use rcgen::{CertifiedKey, generate_simple_self_signed};

use super::{TlsError, check};
use crate::config::TlsFiles;

/// Writes a new pair into the folder.
fn write_pair(folder: &std::path::Path, name: &str) -> TlsFiles {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a pair");
    let files = TlsFiles {
        cert: folder.join(format!("{name}.crt")),
        key: folder.join(format!("{name}.key")),
        client_ca: None,
        client_required: false,
    };
    std::fs::write(&files.cert, cert.pem()).expect("certificate");
    std::fs::write(&files.key, signing_key.serialize_pem()).expect("key");
    files
}

#[test]
fn a_certificate_and_its_key_are_checked_together() {
    super::install_crypto();
    let folder = tempfile::tempdir().expect("folder");
    let (one, two) = (write_pair(folder.path(), "one"), write_pair(folder.path(), "two"));
    let found = check(&one).expect("fits");
    let [certificate] = found[..] else { panic!("{found:?}") };
    assert!(certificate.from < certificate.until);
    let mixed = TlsFiles { cert: one.cert.clone(), ..two.clone() };
    assert!(matches!(check(&mixed), Err(TlsError::Pair { .. })));
    let swapped = TlsFiles { cert: one.key.clone(), key: one.cert.clone(), ..one.clone() };
    assert!(check(&swapped).is_err());
    let missing = TlsFiles { cert: folder.path().join("none"), ..one.clone() };
    assert!(matches!(check(&missing), Err(TlsError::File { .. })));
}
