mod plan;

use super::*;
use crate::fixture::tiny;

/// A sound pack, to be spoilt.
const SOUND: &str = r#"[pack]
name = "p"
version = "1"
intended_use = { en = "x", da = "x" }

[thresholds.limit]
value = 2.0
unit = "kg"
allowed = [1.0, 3.0]
feature = "gain"
evidence = "S"
en = "x"
da = "x"

[features.gain]
expression = "body_weight_value - body_weight_prev"
unit = "kg"
en = "x"
da = "x"

[[rules]]
id = "R"
problem = "p"
red = "gain > limit"
sign_off = "needed"
evidence = "P"
title = { en = "x", da = "x" }
explain.en = { red = "up {gain:.1}" }
explain.da = { red = "op {gain:.1}" }
"#;

/// The faults after a part of the sound pack was replaced, as they are told.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(SOUND.contains(from), "{from}");
    let spoilt = SOUND.replacen(from, to, 1);
    let errors = Pack::parse(&spoilt).expect_err("a fault");
    errors.to_string().lines().map(str::to_owned).collect()
}

fn fault(from: &str, to: &str) -> String {
    let faults = faults(from, to);
    assert_eq!(faults.len(), 1, "{faults:#?}");
    faults.into_iter().next().unwrap()
}

#[test]
fn sound() {
    let pack = Pack::parse(SOUND).unwrap();
    assert_eq!(pack.name(), "p");
    assert_eq!(pack.hash().len(), 32);
    assert_ne!(pack.hash(), Pack::parse(&SOUND.replace("\"p\"", "\"q\"")).unwrap().hash());
    let rule = pack.rule("R").unwrap();
    let features: Vec<&str> = rule.features.iter().map(|it| &**it).collect();
    assert_eq!(features, ["body_weight_prev", "body_weight_value", "gain"]);
    assert_eq!(rule.thresholds.iter().map(|it| &**it).collect::<Vec<_>>(), ["limit"]);
}

#[test]
fn the_default_pack_is_sound() {
    assert!(!Pack::default_pack().rules().is_empty());
}

#[test]
fn catalogue() {
    let pack = tiny();
    let of = |name: &str| pack.features().iter().find(|it| &*it.name == name).unwrap();
    let gain = of("gain");
    assert_eq!((gain.unit.as_str(), gain.text.da.as_str()), ("kg", "vægtøgning på 3 dage"));
    assert!(gain.expression.as_deref().unwrap().starts_with("body_weight_value"));
    let min = of("body_weight_min_prev_3d");
    assert_eq!(min.text.en, "weight, least of the 3 days before the newest");
    assert_eq!(min.text.da, "vægt, mindste af de 3 dage før den seneste");
    assert_eq!(of("news2_score").unit, "{score}");
    let names: Vec<_> = pack.features().iter().map(|it| &it.name).collect();
    assert!(names.is_sorted());
    // What the engine makes scores from is not for people.
    assert!(names.iter().all(|name| !name.contains(':')));
    assert!(names.iter().any(|name| &***name == "respiratory_rate_last_24h"));
    assert_eq!(pack.rule("LATER").unwrap().reason.as_deref(), Some("Nobody has agreed to it."));
}

#[test]
fn not_toml() {
    assert!(fault("version = \"1\"", "version = ").starts_with("line 3: file: "));
    assert!(fault("version = \"1\"", "version = 1").starts_with("line 3: file: invalid type"));
    let unknown = fault("problem = \"p\"", "problem = \"p\"\ncolour = \"red\"");
    assert!(unknown.contains("unknown field `colour`"), "{unknown}");
    assert!(fault("value = 2.0", "value = 2.0\nvalue = 3.0").contains("line 8: file: duplicate"));
}

#[test]
fn unknown_features() {
    assert_eq!(
        fault("body_weight_value - ", "body_wieght_value - "),
        "line 16: feature gain: unknown feature `body_wieght_value`; \
         did you mean `body_weight_value`?"
    );
    assert_eq!(
        fault("gain > limit", "gian > limit"),
        "line 24: rule R, red: unknown feature `gian`; did you mean `gain`?"
    );
    assert_eq!(
        fault("gain > limit", "body_weight_mean_7days > limit"),
        "line 24: rule R, red: unknown feature `body_weight_mean_7days`; \
         did you mean `body_weight_mean_7d`?"
    );
    assert_eq!(
        fault("gain > limit", "gain > something_else_altogether"),
        "line 24: rule R, red: unknown feature `something_else_altogether`"
    );
    assert_eq!(
        fault("feature = \"gain\"", "feature = \"gains\""),
        "line 10: threshold limit: unknown feature `gains`; did you mean `gain`?"
    );
}

#[test]
fn unknown_placeholders() {
    assert_eq!(
        fault("up {gain:.1}", "up {gaim:.1}"),
        "line 28: rule R, explain: unknown placeholder `gaim`; did you mean `gain`?"
    );
    for (text, message) in [
        ("{gain", "`{gain` is not closed"),
        ("gain}", "`}` without `{`"),
        ("{gain:.9}", "`{gain:.9}` is not a placeholder; write `{name}` or `{name:.1}`"),
        ("{gain:d}", "`{gain:d}` is not a placeholder; write `{name}` or `{name:.1}`"),
        ("{}", "`{}` is not a placeholder; write `{name}` or `{name:.1}`"),
    ] {
        let expected = format!("line 28: rule R, explain: {message}");
        assert_eq!(fault("up {gain:.1}", text), expected);
    }
}

#[test]
fn cycles() {
    let to = "body_weight_value - other\"\nunit = \"kg\"\nen = \"x\"\nda = \"x\"\n\
              [features.other]\nexpression = \"gain + 1";
    assert_eq!(
        fault("body_weight_value - body_weight_prev", to),
        "line 16: feature gain: cycle: gain → other → gain"
    );
    assert_eq!(
        fault("body_weight_value - body_weight_prev", "gain + body_weight_prev"),
        "line 16: feature gain: cycle: gain → gain"
    );
}

#[test]
fn units() {
    assert_eq!(
        faults("unit = \"kg\"\nallowed", "unit = \"g\"\nallowed"),
        [
            "line 8: threshold limit: unit `g` of the threshold does not agree with `kg` of `gain`",
            "line 24: rule R, red: unit `kg` of `gain` does not agree with `g` of `limit`",
        ]
    );
    assert_eq!(
        faults("unit = \"kg\"\nen", "unit = \"%\"\nen").first().unwrap(),
        "line 8: threshold limit: unit `kg` of the threshold does not agree with `%` of `gain`"
    );
    assert!(
        faults("unit = \"kg\"\nen", "unit = \"%\"\nen").contains(
            &"line 16: feature gain: unit `kg` of `body_weight_value` does not agree with `%` of \
          `gain` as stated"
                .to_owned()
        )
    );
    for wrong in [
        "body_weight_value - steps_value > limit",
        "body_weight_value > steps_value",
        "CASE WHEN gain > 1 THEN body_weight_value ELSE steps_value END > limit",
        "COALESCE(body_weight_value, steps_value) > limit",
        "GREATEST(ABS(gain), steps_value) > 3",
        "NOT (gain > limit AND steps_value > limit)",
        "gain BETWEEN 1 AND steps_value",
        "CASE WHEN gain > steps_value THEN gain ELSE limit END > 3",
    ] {
        let told = fault("gain > limit", wrong);
        assert!(told.starts_with("line 24: rule R, red: unit `"), "{told}");
    }
    for right in [
        "gain * steps_value > limit",
        "gain / body_weight_value > 0.02",
        "ROUND(gain, 1) + 0.5 >= limit",
        "GREATEST(gain, 0) > limit AND steps_value < 300",
        "gain > limit OR steps_value IS NULL",
        "COALESCE(gain, 0) - (limit + 1) BETWEEN 0 AND 1",
        "-gain < 0 - limit",
    ] {
        let text = SOUND.replacen("gain > limit", right, 1);
        assert!(Pack::parse(&text).is_ok(), "{right}: {}", Pack::parse(&text).unwrap_err());
    }
}

#[test]
fn expressions() {
    for wrong in [
        "gain >",
        "gain > limit OR",
        "SELECT gain",
        "gain > limit FROM x",
        "AVG(gain) > limit",
        "gain > MAX(limit)",
        "gain - LAG(gain) OVER (ORDER BY gain) > limit",
        "gain > (SELECT 1)",
        "gain > 'much'",
        "gain IN (1, 2)",
        "gain > limit AS alarm",
        "RAND() > gain",
        "CAST(gain AS INT) > limit",
        "NOT gain",
        "* > 1",
        "1 > 0",
        "",
        "COUNT(*) > 1 AND gain > 1",
        "gain > limit; DROP TABLE gain",
        "SUM(gain) > limit",
        "POW(gain, 2) > limit",
        r#"\"^gain.*$\" > limit"#,
    ] {
        let told = faults("gain > limit", wrong);
        let is_told = told.iter().all(|it| it.starts_with("line 24: rule R, red: "));
        assert!(is_told && !told.is_empty(), "{wrong}: {told:?}");
    }
    let long = format!("gain > limit{}", " OR gain > limit".repeat(60));
    assert_eq!(
        fault("gain > limit", &long),
        "line 24: rule R, red: expression: longer than 200 words and signs; define features"
    );
    let just = format!("gain > limit{}", " OR gain > limit".repeat(49));
    assert!(Pack::parse(&SOUND.replacen("gain > limit", &just, 1)).is_ok());
}

#[test]
fn types() {
    assert_eq!(
        fault("gain > limit", "gain - limit"),
        "line 24: rule R, red: expression: is f64 where a condition is needed"
    );
    let told = fault("gain > limit", "gain OR limit > 1");
    assert!(told.starts_with("line 24: rule R, red: expression: "), "{told}");
}

#[test]
fn ranges() {
    assert_eq!(
        fault("value = 2.0", "value = 4.0"),
        "line 7: threshold limit: the default 4 lies outside 1 to 3"
    );
    assert_eq!(
        fault("value = 2.0", "value = nan"),
        "line 7: threshold limit: the default NaN lies outside 1 to 3"
    );
    assert_eq!(
        fault("[1.0, 3.0]", "[3.0, 1.0]"),
        "line 9: threshold limit: allowed values from 3 to 1 are none"
    );
    let pair = |red: &str, worse: &str| {
        format!(
            "[thresholds.red]\nvalue = {red}\nunit = \"kg\"\nallowed = [0.0, 9.0]\n\
             feature = \"gain\"\npair = \"limit\"\nworse = \"{worse}\"\nevidence = \"S\"\n\
             en = \"x\"\nda = \"x\"\n[thresholds.limit]"
        )
    };
    assert_eq!(
        fault("[thresholds.limit]", &pair("1.9", "high")),
        "line 7: threshold red: red at 1.9 is less far out than yellow at 2"
    );
    assert_eq!(
        fault("[thresholds.limit]", &pair("2.1", "low")),
        "line 7: threshold red: red at 2.1 is less far out than yellow at 2"
    );
    let sound = SOUND.replace("[thresholds.limit]", &pair("2.1", "high"));
    assert!(Pack::parse(&sound).is_ok());
    assert_eq!(
        fault("feature = \"gain\"", "feature = \"gain\"\npair = \"limits\""),
        "line 11: threshold limit: unknown threshold `limits`; did you mean `limit`?"
    );
}

#[test]
fn names_that_are_taken() {
    let again = SOUND[SOUND.find("[[rules]]").unwrap()..].to_owned();
    let twice = format!("{SOUND}\n{again}");
    let told = Pack::parse(&twice).unwrap_err().to_string();
    assert_eq!(told, "line 32: rule R: `R` is already defined");
    for taken in ["limit", "body_weight_value", "news2_score"] {
        let to = format!(
            "[features.{taken}]\nexpression = \"steps_value\"\nunit = \"{{steps}}\"\n\
             en = \"x\"\nda = \"x\"\n[features.gain]"
        );
        let told = faults("[features.gain]", &to);
        let expected = format!("line 15: feature {taken}: `{taken}` is already defined");
        assert!(told.contains(&expected), "{told:?}");
    }
    let told = faults("[features.gain]", "[features.Gain]");
    assert_eq!(told[0], "line 10: threshold limit: unknown feature `gain`; did you mean `Gain`?");
    assert!(told[1].starts_with("line 15: feature Gain: a name is made of"), "{told:?}");
}

#[test]
fn rules_that_do_not_fit_together() {
    for (from, to, expected) in [
        ("sign_off = \"needed\"", "sign_off = \"none-needed\"", "needs sign-off"),
        ("problem = \"p\"", "problem = \"P 1\"", "a problem is made of"),
        ("problem = \"p\"", "problem = \"p\"\npersist = 0", "persist lies between"),
        ("problem = \"p\"", "problem = \"p\"\nconfirm_minutes = 0", "confirm_minutes lies"),
        ("problem = \"p\"", "problem = \"p\"\nstatus = \"disabled\"", "without a reason"),
        ("explain.da = { red", "explain.da = { yellow", "explain.da.red is missing"),
        ("explain.da = { red", "explain.da = { yellow", "explain.da.yellow is for a level"),
        ("red = \"gain > limit\"\n", "", "has neither red nor yellow nor blue"),
    ] {
        let told = faults(from, to);
        let is_told =
            told.iter().any(|it| it.starts_with("line 22: rule R: ") && it.contains(expected));
        assert!(is_told, "{told:?}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let spoilt = SOUND
        .replace("value = 2.0", "value = 20.0")
        .replace("body_weight_prev", "body_weight_previous")
        .replace("gain > limit", "gain > limt");
    let told = Pack::parse(&spoilt).unwrap_err().to_string();
    // Nothing is said of `gain` again where it is used.
    let lines: Vec<&str> = told.lines().filter_map(|it| it.split(": ").next()).collect();
    assert_eq!(lines, ["line 7", "line 16", "line 24"], "{told}");
}

#[test]
fn numbers_in_texts() {
    let show = template::show;
    assert_eq!(show(2.0, None), "2");
    assert_eq!(show(1.36, None), "1.36");
    assert_eq!(show(0.1 + 0.2, None), "0.3");
    assert_eq!(show(2.700_000_000_000_003, Some(1)), "2.7");
    assert_eq!(show(0.15, Some(1)), "0.2");
    assert_eq!(show(-0.15, Some(1)), "-0.2");
    assert_eq!(show(-0.04, Some(1)), "0.0");
    assert_eq!(show(-0.000_01, None), "0");
    assert_eq!(show(87.5, Some(0)), "88");
    assert_eq!(show(1e306, Some(1)).len(), 309);
    let braces = template::Template::parse("{{a}} {x:.0}").unwrap();
    let shown = braces.render(|name, decimals| Some(format!("{name}{decimals:?}")));
    assert_eq!(shown, "{a} xSome(0)");
}

#[test]
fn parts_of_texts_for_numbers_that_may_be_missing() {
    let told = |text: &str, known: &[&str]| {
        let template = template::Template::parse(text).unwrap_or_else(|error| panic!("{error}"));
        template.render(|name, _| known.contains(&name).then(|| name.to_uppercase()))
    };
    let text = "Now {a} %; limit [[{b}]][. Lowest {c} of {d} %]. Call";
    assert_eq!(told(text, &["a", "b", "c", "d"]), "Now A %; limit [B]. Lowest C of D %. Call");
    assert_eq!(told(text, &["a", "b", "c"]), "Now A %; limit [B]. Call");
    assert_eq!(told(text, &["b"]), "Now – %; limit [B]. Call");
    let list = "Worse:[ cough {a}][, sputum {b}][, colour {c}] (of 2)";
    assert_eq!(told(list, &["a", "c"]), "Worse: cough A, colour C (of 2)");
    assert_eq!(told(list, &["b", "c"]), "Worse: sputum B, colour C (of 2)");
    let first = "[Falls {a}][. Øget {b}]";
    assert_eq!(told(first, &["a", "b"]), "Falls A. Øget B");
    assert_eq!((told(first, &["b"]), told(first, &[])), ("Øget B".to_owned(), String::new()));
    let names: Vec<String> = template::Template::parse(text)
        .map(|it| it.names().map(str::to_owned).collect())
        .unwrap_or_default();
    assert_eq!(names, ["a", "b", "c", "d"]);
    for wrong in ["[{a}", "{a}]", "[{a}[{b}]]x", "[no number]", "[{a}} ]"] {
        assert!(template::Template::parse(wrong).is_err(), "{wrong}");
    }
}
