mod oracle;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{Element, Facts, Level, Scopes, Within};
use crate::access::Interaction;
use crate::store::resources::{How, SEARCH_PARAMS, parameters};

const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

fn printed(text: &str) -> String {
    Scopes::parse(text).to_string()
}

#[test]
fn scopes_of_both_versions_are_read_and_written_in_one_form() {
    for (text, expected) in [
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("patient/Observation.read", "patient/Observation.rs"),
        ("user/*.write", "user/*.cud"),
        ("system/*.*", "system/*.cruds"),
        ("system/Patient.r  system/Patient.s", "system/Patient.rs"),
        ("user/Goal.r patient/Goal.r", "patient/Goal.r user/Goal.r"),
        // What another scope of the set allows anyway.
        ("system/*.rs system/Goal.r", "system/*.rs"),
        ("system/Goal.rs system/Goal.r?category=x", "system/Goal.rs"),
        (
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
        ),
        (
            "user/Observation.c?code=http%3A%2F%2Floinc.org%7C8867-4,b,a&category=%7Cx",
            "user/Observation.c?category=|x&code=a,b,http://loinc.org|8867-4",
        ),
        ("user/Observation.r?code=urn:x%7C", "user/Observation.r?code=urn:x|"),
        ("user/Observation.r?code=a%5C%2Cb%20%C3%A6", "user/Observation.r?code=a%5C,b%20%C3%A6"),
    ] {
        assert_eq!(printed(text), expected, "{text}");
        assert_eq!(printed(expected), expected);
    }
}

#[test]
fn what_is_not_understood_allows_nothing() {
    for text in [
        "",
        " ",
        "openid",
        "fhirUser",
        "offline_access",
        "launch/patient",
        "Observation.rs",
        "patient/",
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/Observation.x",
        "patient/Observation.RS",
        "Patient/Observation.rs",
        "patients/Observation.rs",
        "patient/observation.rs",
        "patient/Observation.rs.c",
        "patient/Obs*.rs",
        "patient/**.rs",
        "patient/Observation.read?category=x",
        "patient/Observation.*?category=x",
        "patient/Observation.rs?",
        "patient/Observation.rs?category",
        "patient/Observation.rs?category=",
        "patient/Observation.rs?category=|",
        "patient/Observation.rs?category=a,",
        "patient/Observation.rs?category=a|b|c",
        "patient/Observation.rs?category:not=x",
        "patient/Observation.rs?status=final",
        "patient/Observation.rs?category=x&status=final",
        "patient/Observation.rs?category=a+b",
        "patient/Observation.rs?category=%zz",
        "patient/Observation.rs?category=%00",
        "patient/Observation.rs?category=%ff",
        "patient/Observation.rs?category=\"",
        "patient/Observ\u{430}tion.rs",
        "patient/Observation.rs\t",
        "patient/Observation\n.rs",
    ] {
        assert!(Scopes::parse(text).is_empty(), "{text}");
        assert_eq!(printed(&format!("{text} user/Goal.r")), "user/Goal.r", "{text}");
    }
    assert!(Scopes::parse(&"user/Goal.r ".repeat(1_000)).is_empty(), "too long to be meant");
    assert!(Scopes::parse_strict("openid user/Goal.r").is_ok());
    for text in ["user/Goal.sr", "user/Goal.r?name=x", "launch/patient", "everything"] {
        assert!(Scopes::parse_strict(text).is_err(), "{text}");
    }
}

#[test]
fn limits_are_by_what_can_be_searched() {
    let by = |kind: &str, name: &str| {
        parameters(kind)
            .iter()
            .any(|listed| listed.name == name && listed.how == How::Token && listed.paths == [name])
    };
    for (kind, _) in SEARCH_PARAMS {
        for element in [Element::Category, Element::Code] {
            assert_eq!(element.is_of(kind), by(kind, element.as_str()), "{kind} {element:?}");
        }
    }
    assert!(Element::Category.is_of("Observation") && Element::Code.is_of("Observation"));
    assert!(!Element::Category.is_of("Practitioner"));
    let scopes = Scopes::parse("system/*.rs?category=x");
    assert_eq!(scopes.within(Interaction::Read, "Patient"), Within::Nothing);
    assert!(matches!(scopes.within(Interaction::Read, "Goal"), Within::Any(_)));
    assert_eq!(scopes.within(Interaction::Create, "Goal"), Within::Nothing);
    assert!(!scopes.covers_all_types(Interaction::Read));
}

#[test]
fn a_client_gets_what_it_asks_for_and_is_registered_for() {
    let restricted = |asked: &str, registered: &str| {
        Scopes::parse(asked).restricted_to(&Scopes::parse(registered)).to_string()
    };
    let vital = format!("system/Observation.rs?category={CATEGORY}|vital-signs");
    assert_eq!(
        restricted("system/*.rs", "system/Observation.crus system/Patient.r"),
        "system/Observation.rs system/Patient.r"
    );
    assert_eq!(restricted("system/*.rs", &vital), vital);
    assert_eq!(restricted(&vital, "system/Observation.cruds"), vital);
    assert_eq!(restricted("user/Observation.rs", "system/Observation.rs"), "");
    assert_eq!(restricted("system/Observation.d", "system/Observation.crus"), "");
    assert_eq!(
        restricted("system/Observation.r?code=a", "system/Observation.rs?category=b"),
        "system/Observation.r?category=b&code=a"
    );
}

#[test]
fn a_set_is_within_another_letter_by_letter() {
    for (own, registered, expected) in [
        ("system/Observation.rs", "system/Observation.r system/*.s", true),
        ("system/Observation.rs", "system/Observation.r system/Device.s", false),
        ("system/Observation.r?category=a&code=b", "system/*.r?code=b", true),
        ("system/Observation.r", "system/Observation.r?code=b", false),
        ("system/*.r", "system/Observation.r", false),
        ("user/Observation.r", "system/Observation.r", false),
        ("system/Observation.c", "system/Observation.rs", false),
        ("", "system/Observation.rs", true),
    ] {
        let within = Scopes::parse(own).are_within(&Scopes::parse(registered));
        assert_eq!(within, expected, "{own} in {registered}");
    }
}

fn one<'a>(random: &mut ChaCha8Rng, of: &[&'a str]) -> &'a str {
    of[random.random_range(0..of.len())]
}

fn random_scope(random: &mut ChaCha8Rng) -> String {
    let level = one(random, &["patient", "user", "system", "system", "users"]);
    let kind = one(random, &["*", "Observation", "Observation", "Goal", "Patient", "obs"]);
    let rights = one(
        random,
        &["c", "r", "rs", "s", "cruds", "cu", "crus", "d", "read", "write", "*", "sr", "u", ""],
    );
    let limits = one(
        random,
        &[
            "",
            "",
            "",
            "?category=a",
            "?category=b",
            "?category=s|a,t|b",
            "?category=t|",
            "?category=|a",
            "?category=a&code=y",
            "?code=x",
            "?code=x,y",
            "?code=s|x",
            "?category=a&category=b",
            "?status=final",
            "?category=a&status=final",
            "?",
        ],
    );
    format!("{level}/{kind}.{rights}{limits}")
}

fn random_set(random: &mut ChaCha8Rng) -> String {
    let count = random.random_range(0..9);
    let scopes: Vec<String> = (0..count).map(|_| random_scope(random)).collect();
    scopes.join(" ")
}

fn random_codings(random: &mut ChaCha8Rng, codes: &[&str]) -> Vec<pulsvagt_fhir::facts::Coding> {
    (0..random.random_range(0..3))
        .map(|_| pulsvagt_fhir::facts::Coding {
            system: one(random, &["", "s", "t"]).to_owned(),
            code: one(random, codes).to_owned(),
        })
        .collect()
}

/// Whether any of the lists of limits lets a resource through, as a search would be narrowed.
fn let_through(within: &Within, facts: Facts<'_>) -> bool {
    match within {
        Within::Nothing => false,
        Within::Everything => true,
        Within::Any(any) => any.iter().any(|limits| limits.iter().all(|limit| limit.fits(facts))),
    }
}

#[test]
fn sets_allow_what_a_naive_reading_of_their_text_allows() {
    let mut random = ChaCha8Rng::seed_from_u64(14);
    let (mut allowed, mut contained) = (0, 0);
    for case in 0..20_000 {
        let (first, second) = (random_set(&mut random), random_set(&mut random));
        let (a, b) = (Scopes::parse(&first), Scopes::parse(&second));
        assert_eq!(Scopes::parse(&a.to_string()), a, "{first}");
        let kind = one(&mut random, &["Observation", "Goal", "Patient", "Provenance"]);
        let interaction = Interaction::ALL[random.random_range(0..4)];
        let (categories, codes) = (
            random_codings(&mut random, &["a", "b", "z"]),
            random_codings(&mut random, &["x", "y"]),
        );
        let own = random.random_bool(0.6);
        let facts = Facts { kind, own, categories: &categories, codes: &codes };
        let naive = |text: &str| oracle::may(text, interaction, facts);
        let told = format!("case {case}: [{first}] [{second}] {interaction:?} {facts:?}");
        assert_eq!(a.may(interaction, facts), naive(&first), "{told}");
        assert_eq!(a.union(&b).may(interaction, facts), naive(&first) || naive(&second), "{told}");
        assert_eq!(
            a.intersection(&b).may(interaction, facts),
            naive(&first) && naive(&second),
            "{told}"
        );
        let restricted = a.restricted_to(&b);
        assert_eq!(
            restricted.may(interaction, facts),
            oracle::may_restricted(&first, &second, interaction, facts),
            "{told}"
        );
        assert!(
            restricted.iter().all(|scope| b.iter().any(|other| other.level() == scope.level())),
            "{told}"
        );
        assert!(restricted.are_within(&b) && restricted.are_within(&a), "{told}");
        if a.are_within(&b) {
            assert!(b.may(interaction, facts) || !a.may(interaction, facts), "{told}");
            contained += usize::from(!a.is_empty());
        }
        let within = a.within(interaction, kind);
        let here = Facts { own: true, ..facts };
        assert_eq!(let_through(&within, here), a.may(interaction, here), "{told}");
        let patient = first
            .split(' ')
            .any(|one| one.starts_with("patient/") && !Scopes::parse(one).is_empty());
        assert_eq!(
            a.is_of_one_citizen(),
            a.iter().any(|scope| scope.level() == Level::Patient),
            "{told}"
        );
        assert_eq!(a.is_of_one_citizen(), patient, "{told}");
        allowed += usize::from(naive(&first));
    }
    assert!((1_000..15_000).contains(&allowed), "the cases are of both kinds: {allowed}");
    assert!((50..15_000).contains(&contained), "some sets are within others: {contained}");
}
