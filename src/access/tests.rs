use super::{
    ApiRight, Authenticator, Extent, Grant, Interaction, Issuer, LocalIssuer, Presented, Role,
    Thumbprint, TokenError, extent, may, policy,
};
use crate::clock::{Clock, Micros};

const NOW: Micros = Micros(1_767_225_600_000_000);

fn grant(role: Role, citizen: Option<&str>) -> Grant {
    Grant {
        tenant: "0330".parse().expect("code"),
        role,
        subject: "somebody".to_owned(),
        citizen: citizen.map(str::to_owned),
        scope: None,
        seconds: 600,
    }
}

fn world() -> (tempfile::TempDir, LocalIssuer, Authenticator, Clock) {
    let folder = tempfile::tempdir().expect("folder");
    let local = LocalIssuer::open_or_create(folder.path()).expect("issuer");
    let clock = Clock::fixed(NOW);
    let authenticator =
        Authenticator::new(vec![local.issuer()], clock.clone()).expect("authenticator");
    (folder, local, authenticator, clock)
}

#[tokio::test]
async fn a_token_names_municipality_role_and_citizen_until_it_expires() {
    let (folder, local, authenticator, clock) = world();
    let token = local.mint(&grant(Role::Citizen, Some("c1")), NOW).expect("token");
    let principal = authenticator.authenticate(&token).await.expect("believed");
    assert_eq!(principal.tenant().as_str(), "0330");
    assert_eq!((principal.role(), principal.citizen()), (Role::Citizen, Some("c1")));

    let again = LocalIssuer::open_or_create(folder.path()).expect("the same key");
    let token = again.mint(&grant(Role::Nurse, None), NOW).expect("token");
    assert!(authenticator.authenticate(&token).await.is_ok());
    clock.advance(631_000_000);
    assert_eq!(authenticator.authenticate(&token).await, Err(TokenError::Time), "also when cached");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_token_refuses_it() {
    let (_folder, local, authenticator, _clock) = world();
    assert!(local.mint(&grant(Role::Citizen, None), NOW).is_err());
    assert!(local.mint(&grant(Role::Nurse, Some("c1")), NOW).is_err());

    let good = local.mint(&grant(Role::Gateway, None), NOW).expect("token");
    let other_folder = tempfile::tempdir().expect("folder");
    let other = LocalIssuer::open_or_create(other_folder.path()).expect("issuer");
    let forged = other.mint(&grant(Role::Gateway, None), NOW).expect("token");
    assert_eq!(authenticator.authenticate(&forged).await, Err(TokenError::UnknownKey));

    let parts: Vec<&str> = good.split('.').collect();
    let tampered = data_encoding::BASE64URL_NOPAD.encode(
        br#"{"iss":"pulsvagt-local","aud":"pulsvagt","sub":"x","exp":9999999999,"tenant":"0306","role":"nurse"}"#,
    );
    let tampered = format!("{}.{}.{}", parts[0], tampered, parts[2]);
    assert_eq!(authenticator.authenticate(&tampered).await, Err(TokenError::Invalid));

    let none = data_encoding::BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let unsigned = format!("{none}.{}.", parts[1]);
    assert_eq!(authenticator.authenticate(&unsigned).await, Err(TokenError::Malformed));
    for garbage in ["", ".", "a.b.c", &"x".repeat(10_000)] {
        assert_eq!(authenticator.authenticate(garbage).await, Err(TokenError::Malformed));
    }

    let elsewhere = Issuer { audience: "another".to_owned(), ..local.issuer() };
    let other_audience = Authenticator::new(vec![elsewhere], Clock::fixed(NOW)).expect("setup");
    assert_eq!(other_audience.authenticate(&good).await, Err(TokenError::Invalid));
    let other_algorithm = Issuer { algorithms: vec!["RS256".to_owned()], ..local.issuer() };
    let strict = Authenticator::new(vec![other_algorithm], Clock::fixed(NOW)).expect("setup");
    assert_eq!(strict.authenticate(&good).await, Err(TokenError::Algorithm));
    let nobody = Authenticator::new(Vec::new(), Clock::fixed(NOW)).expect("setup");
    assert_eq!(nobody.authenticate(&good).await, Err(TokenError::UnknownIssuer));
}

#[tokio::test]
async fn a_token_says_which_certificate_it_is_bound_to() {
    let (folder, local, authenticator, clock) = world();
    let (own, other) = (Thumbprint::of(b"own"), Thumbprint::of(b"other"));
    let token = local.mint_bound(&grant(Role::Gateway, None), own, NOW).expect("token");
    let principal = authenticator.authenticate(&token).await.expect("good");
    assert_eq!(principal.certificate(), Some(own));
    assert!(authenticator.has_verified(&token) && !authenticator.has_verified("x"));
    let now = clock.now().as_second();
    let shown = |thumbprint, until| Presented { thumbprint, until };
    assert!(principal.is_believed_with(Some(&shown(own, now + 1)), now));
    assert!(!principal.is_believed_with(Some(&shown(own, now)), now), "it has run out since");
    assert!(!principal.is_believed_with(Some(&shown(other, now + 1)), now));
    assert!(!principal.is_believed_with(None, now));
    let free = local.mint(&grant(Role::Gateway, None), NOW).expect("token");
    let free = authenticator.authenticate(&free).await.expect("good");
    assert!(free.is_believed_with(None, now) && free.is_believed_with(Some(&shown(own, 0)), now));

    // Bound in a way that is not known here: not believed as if it were not bound.
    let pem = std::fs::read(folder.path().join("local-issuer.pem")).expect("the key");
    let key = jsonwebtoken::EncodingKey::from_ed_pem(&pem).expect("a key");
    let header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA);
    for (confirmation, good) in [
        (serde_json::json!({"x5t#S256": own.to_text()}), true),
        (serde_json::json!({"jkt": own.to_text()}), false),
        (serde_json::json!({"x5t#S256": own.to_text(), "jkt": "x"}), false),
        (serde_json::json!({"x5t#S256": "short"}), false),
        (serde_json::json!({"x5t#S256": null}), false),
        (serde_json::json!({}), false),
        (serde_json::json!(null), false),
    ] {
        let claims = serde_json::json!({"iss": "pulsvagt-local", "aud": "pulsvagt", "sub": "s",
            "exp": now + 600, "tenant": "0330", "role": "gateway", "cnf": confirmation});
        let token = jsonwebtoken::encode(&header, &claims, &key).expect("signed");
        let told =
            authenticator.authenticate(&token).await.map(|principal| principal.certificate());
        assert_eq!(told, if good { Ok(Some(own)) } else { Err(TokenError::Claims) }, "{claims}");
    }
}

#[test]
fn the_policy_keeps_the_promises_of_the_design() {
    for kind in policy::resource_types() {
        for interaction in Interaction::ALL {
            assert!(!may(Role::Analyst, interaction, kind), "analysts get no identified data");
            assert!(!may(Role::Operator, interaction, kind), "operators get no citizens' data");
        }
    }
    assert!(may(Role::Gateway, Interaction::Create, "Observation"));
    assert!(may(Role::Admin, Interaction::Create, "Patient"));
    assert!(!may(Role::Gateway, Interaction::Create, "Patient"));
    assert!(!may(Role::Admin, Interaction::Read, "Observation"));
    assert!(!may(Role::Nurse, Interaction::Read, "Unheard"));
}

#[test]
fn the_api_keeps_the_same_promises() {
    let of_citizens = [
        ApiRight::WorklistRead,
        ApiRight::WorklistAct,
        ApiRight::PlanRead,
        ApiRight::PlanWrite,
        ApiRight::SummaryRead,
        ApiRight::SuppressionsRead,
    ];
    for right in ApiRight::ALL {
        assert_eq!(ApiRight::from_name(right.as_str()), Some(right));
        assert_eq!(extent(Role::Gateway, right), Extent::None, "a gateway uploads readings");
        assert_ne!(extent(Role::Citizen, right), Extent::All, "a citizen's app sees one citizen");
        for role in [Role::Nurse, Role::Lead, Role::Analyst, Role::Admin, Role::Operator] {
            assert_ne!(extent(role, right), Extent::Own, "only a citizen's app has a record");
            let staff = matches!(role, Role::Nurse | Role::Lead);
            let seen = extent(role, right) != Extent::None;
            assert!(staff || !seen || !of_citizens.contains(&right), "{role} {right:?}");
        }
    }
    assert_eq!(extent(Role::Citizen, ApiRight::PlanRead), Extent::Own);
    assert_eq!(extent(Role::Citizen, ApiRight::PlanWrite), Extent::None);
    assert_eq!(extent(Role::Nurse, ApiRight::PolicyWrite), Extent::None);
    assert_eq!(extent(Role::Lead, ApiRight::PolicyWrite), Extent::All);
}
