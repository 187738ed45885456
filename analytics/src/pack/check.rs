//! What can be said of a pack without its expressions.

use std::collections::BTreeSet;
use std::sync::Arc;

use toml::Spanned;

use super::error::{Fault, Faults};
use super::file::{Explanation, File, RuleEntry, SignOff, Status, ThresholdEntry};
use super::template::Template;
use super::{Texts, Threshold, Worse};
use crate::features::{Leaf, scored};

/// Names are plain words, and none is taken.
pub(super) fn names(file: &File, faults: &mut Faults<'_>) {
    let thresholds = file.thresholds.keys().map(|name| ("threshold", name));
    let features = file.features.keys().map(|name| ("feature", name));
    let mut seen = BTreeSet::new();
    for (what, name) in thresholds.chain(features) {
        let (at, name) = (name.span().start, name.get_ref());
        let place = format!("{what} {name}");
        let is_taken = scored::NAMES.contains(&name.as_str()) || Leaf::parse(name).is_some();
        if is_taken || !seen.insert(name) {
            faults.add(at, place.clone(), Fault::Duplicate(name.clone()));
        }
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
        if !name.starts_with(|it: char| it.is_ascii_lowercase()) || !name.bytes().all(plain) {
            let fault = "a name is made of a-z, 0-9 and _, and begins with a letter";
            faults.add(at, place, Fault::Text(fault.to_owned()));
        }
    }
    let mut ids = BTreeSet::new();
    for rule in &file.rules {
        let id = &rule.get_ref().id;
        if !ids.insert(id.get_ref()) {
            let fault = Fault::Duplicate(id.get_ref().clone());
            faults.add(id.span().start, format!("rule {}", id.get_ref()), fault);
        }
    }
}

/// Defaults lie in their ranges, and red is further out than yellow.
pub(super) fn thresholds(file: &File, faults: &mut Faults<'_>) {
    for (name, threshold) in &file.thresholds {
        let place = format!("threshold {}", name.get_ref());
        let (least, greatest) = *threshold.allowed.get_ref();
        let (value, at) = (*threshold.value.get_ref(), threshold.value.span().start);
        if !(least.is_finite() && greatest.is_finite() && least <= greatest) {
            let fault = format!("allowed values from {least} to {greatest} are none");
            faults.add(threshold.allowed.span().start, place.clone(), Fault::Range(fault));
        } else if !(least..=greatest).contains(&value) {
            let fault = format!("the default {value} lies outside {least} to {greatest}");
            faults.add(at, place.clone(), Fault::Range(fault));
        }
        let Some(pair) = &threshold.pair else { continue };
        let yellow = file.thresholds.iter().find(|(name, _)| name.get_ref() == pair.get_ref());
        let Some((_, yellow)) = yellow else {
            let known = file.thresholds.keys().map(|name| name.get_ref().as_str());
            let hint = super::hint::nearest(pair.get_ref(), known);
            let name = pair.get_ref().clone();
            let fault = Fault::Unknown { what: "threshold", name, hint };
            faults.add(pair.span().start, place, fault);
            continue;
        };
        if yellow.unit.get_ref() != threshold.unit.get_ref() {
            let fault = Fault::Unit {
                left: threshold.unit.get_ref().clone(),
                left_of: "the threshold".to_owned(),
                right: yellow.unit.get_ref().clone(),
                right_of: "its pair".to_owned(),
            };
            faults.add(pair.span().start, place, fault);
        } else if is_less_far(threshold.worse, value, *yellow.value.get_ref()) {
            let yellow = yellow.value.get_ref();
            let fault = format!("red at {value} is less far out than yellow at {yellow}");
            faults.add(at, place, Fault::Range(fault));
        }
    }
}

/// Whether red is less far out than yellow.
pub(super) fn is_less_far(worse: Worse, red: f64, yellow: f64) -> bool {
    match worse {
        Worse::High => red < yellow,
        Worse::Low => red > yellow,
    }
}

/// What a rule says of itself fits together.
pub(super) fn rule(entry: &RuleEntry, faults: &mut Faults<'_>) {
    let (at, id) = (entry.id.span().start, entry.id.get_ref());
    let mut tell = |fault: &str| {
        faults.add(at, format!("rule {id}"), Fault::Rule(fault.to_owned()));
    };
    if entry.red.is_none() && entry.yellow.is_none() && entry.blue.is_none() {
        tell("has neither red nor yellow nor blue");
    }
    let reason = entry.reason.as_deref().unwrap_or_default();
    if entry.status == Status::Disabled && reason.trim().is_empty() {
        tell("is disabled without a reason");
    }
    if entry.evidence.needs_sign_off() && entry.sign_off == SignOff::NoneNeeded {
        tell("rests on what is remembered or proposed, so it needs sign-off");
    }
    if entry.persist.as_ref().is_some_and(|it| !(1..=14).contains(it.get_ref())) {
        tell("persist lies between 1 and 14 days");
    }
    if entry.confirm_minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
        tell("confirm_minutes lies between 1 and 1440");
    }
    let problem = entry.problem.as_str();
    if problem.is_empty() || !problem.bytes().all(|it| it.is_ascii_lowercase() || it == b'-') {
        tell("a problem is made of a-z and -");
    }
    for (language, explanation) in [("en", &entry.explain.en), ("da", &entry.explain.da)] {
        texts(entry, language, explanation, &mut tell);
    }
}

/// Every level has a text, and every text a level.
fn texts(entry: &RuleEntry, language: &str, it: &Explanation, tell: &mut impl FnMut(&str)) {
    let levels = [
        ("red", entry.red.is_some(), it.red.is_some()),
        ("yellow", entry.yellow.is_some(), it.yellow.is_some()),
        ("blue", entry.blue.is_some(), it.blue.is_some()),
    ];
    for (level, is_level, is_text) in levels {
        if is_level && !is_text {
            tell(&format!("explain.{language}.{level} is missing"));
        } else if is_text && !is_level {
            tell(&format!("explain.{language}.{level} is for a level that it does not have"));
        }
    }
}

/// Reads a text with placeholders.
pub(super) fn template(
    id: &str,
    text: &Spanned<String>,
    faults: &mut Faults<'_>,
) -> Option<Template> {
    match Template::parse(text.get_ref()) {
        Ok(template) => Some(template),
        Err(message) => {
            faults.add(text.span().start, format!("rule {id}, explain"), Fault::Text(message));
            None
        }
    }
}

/// A threshold as others see it.
pub(super) fn threshold((name, entry): (Spanned<String>, ThresholdEntry)) -> Threshold {
    Threshold {
        name: Arc::from(name.into_inner()),
        value: entry.value.into_inner(),
        unit: entry.unit.into_inner(),
        allowed: entry.allowed.into_inner(),
        feature: entry.feature.into_inner(),
        pair: entry.pair.map(Spanned::into_inner),
        worse: entry.worse,
        personal: entry.personal,
        evidence: entry.evidence,
        source: entry.source,
        text: Texts { en: entry.en, da: entry.da },
    }
}
