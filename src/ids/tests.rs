use proptest::prelude::*;

use super::{CitizenNo, ConceptNo, ObservationKey, Sealer, SourceNo, TenantCode, is_fhir_id};
use crate::clock::Micros;

fn key(citizen: i32, code: i32, effective: i64, source: i32, fingerprint: u32) -> ObservationKey {
    ObservationKey {
        citizen: CitizenNo(citizen),
        code: ConceptNo(code),
        effective: Micros(effective),
        source: SourceNo(source),
        fingerprint,
    }
}

#[test]
fn municipality_codes_are_four_digits() {
    assert!("0330".parse::<TenantCode>().is_ok());
    for bad in ["", "330", "03300", "033a", "０３３０", "0330;"] {
        assert!(bad.parse::<TenantCode>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn an_id_is_stable_opaque_and_opens_only_at_home(
        citizen: i32, code: i32, effective: i64, source: i32, fingerprint: u32,
    ) {
        let (home, away) = (Sealer::new(&[1; 32]).expect("key"), Sealer::new(&[2; 32]).expect("key"));
        let key = key(citizen, code, effective, source, fingerprint);
        let id = home.seal(key);
        prop_assert!(is_fhir_id(&id), "{}", id);
        prop_assert_eq!(&id, &Sealer::new(&[1; 32]).expect("key").seal(key));
        prop_assert_eq!(home.open(&id), Some(key));
        prop_assert_eq!(away.open(&id), None);
        prop_assert_eq!(home.open_bytes(b"page", &id), None);
        let mut guessed = id.into_bytes();
        guessed[3] = if guessed[3] == b'A' { b'B' } else { b'A' };
        prop_assert_eq!(home.open(std::str::from_utf8(&guessed).expect("ascii")), None);
    }

    #[test]
    fn whatever_is_not_an_id_does_not_open(text in "\\PC{0,70}") {
        prop_assert_eq!(Sealer::new(&[1; 32]).expect("key").open(&text), None);
    }
}
