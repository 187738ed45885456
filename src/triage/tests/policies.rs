use crate::triage::policy::{Policy, PolicyError};

#[test]
fn the_defaults_can_be_used_and_survive_json() {
    let policy = Policy::default();
    policy.check().expect("usable");
    let json = serde_json::to_string(&policy).expect("json");
    assert_eq!(serde_json::from_str::<Policy>(&json).expect("a policy"), policy);
    assert_eq!(serde_json::from_str::<Policy>("{}").expect("a policy"), policy);
    assert!(json.contains(r#""zone":"Europe/Copenhagen""#), "{json}");
    assert!(json.contains(r#""from":"08:00","to":"16:00""#), "{json}");
}

#[test]
fn what_cannot_be_used_is_refused_and_named() {
    for (json, says) in [
        (r#"{"zone":"Europe/Atlantis"}"#, "Europe/Atlantis"),
        (r#"{"closedDays":["02-30"]}"#, "02-30"),
        (r#"{"closedDays":["2026-12-24"]}"#, "2026-12-24"),
        (r#"{"staffed":[{"days":["monday"],"from":"8:00","to":"16:00"}]}"#, "8:00"),
        (r#"{"staffed":[{"days":["monday"],"from":"08:00","to":"24:00"}]}"#, "24:00"),
        (r#"{"redMinuts":5}"#, "redMinuts"),
    ] {
        let error = serde_json::from_str::<Policy>(json).expect_err(json).to_string();
        assert!(error.contains(says), "{json}: {error}");
    }
    let check = |json: &str| serde_json::from_str::<Policy>(json).expect("a policy").check();
    assert_eq!(check(r#"{"staffed":[]}"#), Err(PolicyError::Unstaffed));
    assert_eq!(
        check(r#"{"staffed":[{"days":[],"from":"08:00","to":"16:00"}]}"#),
        Err(PolicyError::Unstaffed)
    );
    assert_eq!(
        check(r#"{"staffed":[{"days":["monday"],"from":"16:00","to":"08:00"}]}"#),
        Err(PolicyError::Shift(0))
    );
    assert!(check(r#"{"closedDays":["02-29"]}"#).is_ok());
    let range = check(r#"{"quietHours":{"red":25,"yellow":72,"blue":72}}"#);
    let text = range.expect_err("a range").to_string();
    assert_eq!(text, "quietHours.red: 25 is not within 0–24");
}
