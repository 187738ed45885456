use proptest::prelude::*;

use super::{Field, Keys, is_sealed, resource_row};
use crate::access::{KeyRing, MasterKey};
use crate::clock::Micros;
use crate::ids::{CitizenNo, ConceptNo, ObservationKey, SourceNo, TenantCode};

impl Keys {
    /// Key 1 of a municipality, for tests.
    pub(in crate::store) fn for_tests(code: &str) -> Self {
        let code: TenantCode = code.parse().expect("a code");
        let ring = KeyRing::from(MasterKey::from_bytes([9; 32]));
        let key = |number| ring.derive(number, "data", &code).as_ref().and_then(super::cipher);
        Self {
            schema: format!("m{code}"),
            current: 1,
            data: [(1, key(1).expect("a key"))].into(),
            blind: vec![super::Blind::new(0, &ring.root().blind_index(&code))],
            clear: false,
            unkeyed: false,
        }
    }
}

fn key(citizen: i32) -> ObservationKey {
    ObservationKey {
        citizen: CitizenNo(citizen),
        code: ConceptNo(2),
        effective: Micros(3),
        source: SourceNo(4),
        fingerprint: 5,
    }
}

#[test]
fn a_field_opens_in_its_place_only() {
    let keys = Keys::for_tests("0330");
    let row = resource_row("Patient", "ane", 1);
    let field = Field::of_resource(&row);
    let sealed = keys.seal_text(&field, "{\"resourceType\":…}").expect("sealed");
    assert!(sealed.starts_with("~1~") && !sealed.contains("resourceType"));
    assert_eq!(keys.open_text(&field, sealed.clone()).expect("opened"), "{\"resourceType\":…}");
    for (kind, id, version) in [("Patient", "bo", 1), ("Device", "ane", 1), ("Patient", "ane", 2)] {
        let other = resource_row(kind, id, version);
        assert!(keys.open_text(&Field::of_resource(&other), sealed.clone()).is_err());
    }
    for other in [
        Field { table: "alert", ..field.clone() },
        Field { column: "name", ..field.clone() },
        // The boundary between parts is part of what is bound.
        Field { table: "resourceP", row: row.as_bytes()[1..].into(), column: "body" },
    ] {
        assert!(keys.open_text(&other, sealed.clone()).is_err(), "{other:?}");
    }
    assert!(Keys::for_tests("0306").open_text(&field, sealed.clone()).is_err());
    let same_key_other_schema = Keys { schema: "m0306".to_owned(), ..Keys::for_tests("0330") };
    assert!(same_key_other_schema.open_text(&field, sealed).is_err());
    assert_eq!(keys.open_text(&field, "{}".to_owned()).expect("clear"), "{}");
}

#[test]
fn the_same_text_is_never_sealed_alike_and_hashes_always() {
    let (keys, other) = (Keys::for_tests("0330"), Keys::for_tests("0306"));
    let field = Field::of_observation(key(1), 1);
    let seal = || keys.seal_bytes(&field, b"somebody").expect("sealed");
    assert_ne!(seal(), seal());
    assert_eq!(keys.blind_identifier("x"), keys.blind_identifier("x"));
    assert_ne!(keys.blind_identifier("x"), other.blind_identifier("x"));
    assert_eq!(keys.find_identifier("x"), [keys.blind_identifier("x")]);
    assert_eq!(keys.blind_code("8867-4"), "8867-4");
    assert_ne!(keys.blind_code("300174-9995"), "300174-9995");
}

#[test]
fn a_name_is_found_by_its_beginnings_and_nothing_else() {
    let keys = Keys::for_tests("0330");
    let stored = keys.blind_beginnings("family", "østergård");
    assert_eq!(stored.len(), "østergård".chars().count());
    for text in ["ø", "øst", "østergård"] {
        assert!(stored.contains(&keys.find_beginning("family", text)[0]), "{text}");
    }
    for text in ["s", "gård", "østergårde"] {
        assert!(!stored.contains(&keys.find_beginning("family", text)[0]), "{text}");
    }
    assert!(!stored.contains(&keys.find_beginning("given", "øst")[0]));
    let long = "a".repeat(300);
    assert_eq!(keys.blind_beginnings("name", &long).len(), 20);
    assert!(keys.blind_beginnings("name", &long).contains(&keys.find_beginning("name", &long)[0]));
}

proptest! {
    #[test]
    fn bytes_come_back_from_their_row_and_version(
        plain in prop::collection::vec(any::<u8>(), 0..200), citizen in any::<i32>(),
        version in 1_u32..9, flip in any::<prop::sample::Index>(),
    ) {
        let keys = Keys::for_tests("0330");
        let field = Field::of_observation(key(citizen), version);
        let sealed = keys.seal_bytes(&field, &plain).expect("sealed");
        prop_assert!(is_sealed(&sealed));
        let opened = keys.open_bytes(&field, &sealed).expect("opened");
        prop_assert_eq!(opened.as_ref(), plain.as_slice());
        for (citizen, version) in [(citizen.wrapping_add(1), version), (citizen, version + 1)] {
            prop_assert!(keys.open_bytes(&Field::of_observation(key(citizen), version), &sealed).is_err());
        }
        let mut broken = sealed.clone();
        // The first byte says that it is sealed at all.
        let at = 1 + flip.index(sealed.len() - 1);
        broken[at] ^= 1;
        prop_assert!(keys.open_bytes(&field, &broken).is_err());
        prop_assert!(keys.open_bytes(&field, &sealed[..at]).is_err());
    }
}
