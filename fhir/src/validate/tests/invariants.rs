use super::{check, check_observations};

#[test]
fn datatypes_hold_their_invariants() {
    check_observations(&[
        (r#""valueRange":{"low":{"value":1,"unit":"kg"},"high":{"value":2,"unit":"kg"}}"#, &[]),
        (
            r#""valueRange":{"low":{"value":2,"unit":"kg"},"high":{"value":1,"unit":"kg"}}"#,
            &["rng-2 Observation.valueRange"],
        ),
        (r#""valueRange":{"low":{"value":2,"unit":"g"},"high":{"value":1,"unit":"kg"}}"#, &[]),
        (
            r#""valueRange":{"low":{"value":2,"comparator":">"}}"#,
            &["sqty-1 Observation.valueRange.low"],
        ),
        (r#""valueRatio":{"numerator":{"value":1},"denominator":{"value":2}}"#, &[]),
        (r#""valueRatio":{"numerator":{"value":1}}"#, &["rat-1 Observation.valueRatio"]),
        (
            r#""valueRatio":{"id":"a"}"#,
            &["~ele-1 Observation.valueRatio", "rat-1 Observation.valueRatio"],
        ),
        (r#""valuePeriod":{"start":"2026-01","end":"2026-01-31"}"#, &[]),
        (r#""valuePeriod":{"start":"2026-01-31","end":"2026-01"}"#, &[]),
        (
            r#""valuePeriod":{"start":"2026-02","end":"2026-01-31"}"#,
            &["~per-1 Observation.valuePeriod"],
        ),
        (
            r#""valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"hertz"}"#,
            &["~ucum-invalid Observation.valueQuantity.code"],
        ),
        (r#""valueQuantity":{"value":1,"code":"kg"}"#, &["qty-3 Observation.valueQuantity"]),
        (
            r#""valueSampledData":{"origin":{"value":0},"period":2,"dimensions":1,"data":"1 -2.5 1e3 E L U"}"#,
            &[],
        ),
        (
            r#""valueSampledData":{"origin":{"value":0},"period":2,"dimensions":1,"data":"1  2"}"#,
            &["bad-sampled-data Observation.valueSampledData.data"],
        ),
        (
            r#""valueSampledData":{"period":2,"dimensions":0,"data":"1 x"}"#,
            &[
                "bad-positive-int Observation.valueSampledData.dimensions",
                "missing-element Observation.valueSampledData.origin",
                "bad-sampled-data Observation.valueSampledData.data",
            ],
        ),
        (
            r#""modifierExtension":[{"url":"http://example.org/x","valueBoolean":true}]"#,
            &["~modifier-extension Observation.modifierExtension[0]"],
        ),
        (
            r#""extension":[{"url":"http://example.org/x","valueBoolean":true,"extension":[{"url":"y","valueInteger":1}]}]"#,
            &["ext-1 Observation.extension[0]"],
        ),
        (
            r#""extension":[{"url":"http://example.org/x","extension":[{"url":"y","valueInteger":1}]}]"#,
            &[],
        ),
        (r#""extension":[{"valueInteger":1}]"#, &["missing-element Observation.extension[0].url"]),
    ]);
}

#[test]
fn timings_hold_their_invariants() {
    let key = "Observation.effectiveTiming.repeat";
    let cases: &[(&str, &[&str])] = &[
        (r#""frequency":2,"period":1,"periodUnit":"d""#, &[]),
        (r#""duration":1"#, &["tim-1"]),
        (r#""period":1"#, &["tim-2"]),
        (r#""duration":-1,"durationUnit":"h""#, &["tim-4"]),
        (r#""period":-1,"periodUnit":"h""#, &["tim-5"]),
        (r#""periodMax":1"#, &["tim-6"]),
        (r#""durationMax":1"#, &["tim-7"]),
        (r#""countMax":1"#, &["tim-8"]),
        (r#""offset":5"#, &["tim-9"]),
        (r#""offset":5,"when":["C"]"#, &["tim-9"]),
        (r#""offset":5,"when":["ACM"]"#, &[]),
        (r#""timeOfDay":["10:00:00"],"when":["HS"]"#, &["tim-10"]),
    ];
    for (repeat, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|found| format!("{found} {key}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        let extra = format!(r#""effectiveTiming":{{"repeat":{{{repeat}}}}}"#);
        check_observations(&[(&extra, &expected)]);
    }
}

#[test]
fn resources_hold_their_invariants() {
    const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    const VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
    let condition = |extra: &str| {
        format!(r#"{{"resourceType":"Condition","subject":{{"reference":"Patient/1"}},{extra}}}"#)
    };
    let coded = |system: &str, code: &str| {
        format!(r#"{{"coding":[{{"system":"{system}","code":"{code}"}}]}}"#)
    };
    check(&[
        (
            r#"{"resourceType":"Patient","contact":[{"gender":"female"}]}"#,
            &["pat-1 Patient.contact[0]"],
        ),
        (r#"{"resourceType":"Patient","contact":[{"name":{"text":"A"}}]}"#, &[]),
        (r#"{"resourceType":"Patient","telecom":[{"value":"1"}]}"#, &["cpt-2 Patient.telecom[0]"]),
        (r#"{"resourceType":"Patient","photo":[{"data":"aGVq"}]}"#, &["att-1 Patient.photo[0]"]),
        (r#"{"resourceType":"Organization","active":true}"#, &["org-1 Organization"]),
        (
            r#"{"resourceType":"Organization","name":"A","telecom":[{"use":"home"}],"address":[{"use":"home"}]}"#,
            &["org-3 Organization", "org-2 Organization"],
        ),
        (
            &condition(
                r#""stage":[{"type":{"text":"a"}}],"evidence":[{"id":"a","extension":[{"url":"u","valueCode":"c"}]}]"#,
            ),
            &["con-1 Condition.stage[0]", "con-2 Condition.evidence[0]"],
        ),
        (
            &condition(&format!(
                r#""category":[{}]"#,
                coded(
                    "http://terminology.hl7.org/CodeSystem/condition-category",
                    "problem-list-item"
                )
            )),
            &["~con-3 Condition"],
        ),
        (
            &condition(&format!(
                r#""abatementDateTime":"2026","clinicalStatus":{}"#,
                coded(CLINICAL, "active")
            )),
            &["con-4 Condition"],
        ),
        (
            &condition(&format!(
                r#""abatementDateTime":"2026","clinicalStatus":{}"#,
                coded(CLINICAL, "resolved")
            )),
            &[],
        ),
        (
            &condition(&format!(
                r#""verificationStatus":{},"clinicalStatus":{}"#,
                coded(VERIFICATION, "entered-in-error"),
                coded(CLINICAL, "active")
            )),
            &["con-5 Condition"],
        ),
        (
            r#"{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"Patient/1"},"activity":[{"reference":{"reference":"Task/1"},"detail":{"status":"scheduled"}}]}"#,
            &["cpl-3 CarePlan.activity[0]"],
        ),
        (
            r#"{"resourceType":"QuestionnaireResponse","status":"completed","item":[{"linkId":"1","answer":[{"valueInteger":1}],"item":[{"linkId":"2"}]},{"linkId":"3","answer":[{"valueInteger":1,"item":[{"linkId":"4"}]}]}]}"#,
            &["qrs-1 QuestionnaireResponse.item[0]"],
        ),
        (
            r#"{"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"a"},"subject":{"reference":"Patient/1"},"target":[{"detailInteger":1}]}"#,
            &["gol-1 Goal.target[0]"],
        ),
        (
            r#"{"resourceType":"Consent","status":"active","scope":{"text":"a"},"category":[{"text":"a"}]}"#,
            &["ppc-1 Consent"],
        ),
        (
            r#"{"resourceType":"AuditEvent","type":{"code":"rest"},"recorded":"2026-01-01T00:00:00Z","agent":[{"requestor":true}],"source":{"observer":{"display":"A"}},"entity":[{"name":"a","query":"aGVq"}]}"#,
            &["sev-1 AuditEvent.entity[0]"],
        ),
        (
            r#"{"resourceType":"ServiceRequest","status":"active","intent":"order","subject":{"reference":"Patient/1"},"orderDetail":[{"text":"a"}]}"#,
            &["prr-1 ServiceRequest"],
        ),
        (
            r#"{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityDecimal":101},{"probabilityRange":{"low":{"value":1}}}]}"#,
            &[
                "ras-2 RiskAssessment.prediction[0]",
                "ras-1 RiskAssessment.prediction[1].probabilityRange",
            ],
        ),
        (
            r#"{"resourceType":"Task","status":"requested","intent":"order","authoredOn":"2026-01-02T00:00:00Z","lastModified":"2026-01-01T00:00:00Z"}"#,
            &["inv-1 Task"],
        ),
        (
            r#"{"resourceType":"Group","type":"person","actual":false,"member":[{"entity":{"reference":"Patient/1"}}]}"#,
            &["grp-1 Group"],
        ),
        (
            r#"{"resourceType":"Parameters","parameter":[{"name":"a"},{"name":"b","valueInteger":1,"part":[{"name":"c","valueInteger":1}]}]}"#,
            &["inv-1 Parameters.parameter[0]", "inv-1 Parameters.parameter[1]"],
        ),
        (
            &condition(
                r#""onsetAge":{"value":-1,"system":"http://unitsofmeasure.org","code":"a"}"#,
            ),
            &["age-1 Condition.onsetAge"],
        ),
    ]);
}

#[test]
fn a_component_does_not_repeat_the_code_of_a_value() {
    check_observations(&[(
        r#""valueInteger":1,"component":[{"code":{"text":"Steps"},"valueInteger":1}]"#,
        &[],
    )]);
    let text = |value: &str, system: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"55423-8"}}]}},{value}"component":[{{"code":{{"coding":[{{"system":"{system}","code":"55423-8"}}]}},"valueInteger":1}}]}}"#
        )
    };
    check(&[
        (&text(r#""valueInteger":1,"#, "http://loinc.org"), &["obs-7 Observation"]),
        (&text("", "http://loinc.org"), &[]),
        (&text(r#""valueInteger":1,"#, "http://example.org"), &[]),
    ]);
}
