//! What is different between two rule packs.

use std::collections::BTreeSet;

use pulsvagt_analytics::Pack;
use pulsvagt_analytics::pack::Rule;
use serde::Serialize;

/// What screening by another pack changes. Words for people and sources are not compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The pack that it is compared with, by content hash.
    pub against: String,
    /// Rules that are evaluated now and were not.
    pub rules_added: Vec<String>,
    /// Rules that are not evaluated any more.
    pub rules_removed: Vec<String>,
    /// Rules that fire, clear, wait or apply otherwise, thresholds apart.
    pub rules_changed: Vec<String>,
    /// Thresholds that are not the same.
    pub thresholds: Vec<ThresholdChange>,
}

/// A threshold that is new, gone or different.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdChange {
    /// Its name.
    pub name: String,
    /// What it was, if it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Limit>,
    /// What it is, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Limit>,
}

/// What a threshold is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Limit {
    /// The default.
    pub value: f64,
    /// UCUM code of its unit.
    pub unit: String,
    /// What a plan may set it to; `None` where it is the same for everybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<(f64, f64)>,
}

impl Change {
    /// From one pack to another.
    pub fn between(before: &Pack, now: &Pack) -> Self {
        let active = |pack: &Pack| -> BTreeSet<String> {
            let rules = pack.rules().iter().filter(|rule| rule.active);
            rules.map(|rule| rule.id.to_string()).collect()
        };
        let (were, are) = (active(before), active(now));
        let both = were.intersection(&are).filter(|id| match (before.rule(id), now.rule(id)) {
            (Some(was), Some(is)) => !is_alike((before, was), (now, is)),
            _ => true,
        });
        Self {
            against: before.hash().to_owned(),
            rules_added: are.difference(&were).cloned().collect(),
            rules_removed: were.difference(&are).cloned().collect(),
            rules_changed: both.cloned().collect(),
            thresholds: thresholds(before, now),
        }
    }

    /// Whether screening stays the same.
    pub fn is_nothing(&self) -> bool {
        let nothing = Self { against: self.against.clone(), ..Self::default() };
        *self == nothing
    }
}

/// Whether a rule does the same in both packs, whatever its thresholds.
fn is_alike((before, was): (&Pack, &Rule), (now, is): (&Pack, &Rule)) -> bool {
    let conditions = |rule: &Rule| {
        [&rule.needs, &rule.red, &rule.yellow, &rule.blue, &rule.clear].map(Clone::clone)
    };
    let definitions = |pack: &Pack, rule: &Rule| -> Vec<_> {
        let used = pack.features().iter().filter(|it| rule.features.contains(&it.name));
        used.map(|it| (it.name.clone(), it.expression.clone())).collect()
    };
    conditions(was) == conditions(is)
        && was.programmes == is.programmes
        && was.problem == is.problem
        && (was.confirm_minutes, was.persist) == (is.confirm_minutes, is.persist)
        && definitions(before, was) == definitions(now, is)
}

fn thresholds(before: &Pack, now: &Pack) -> Vec<ThresholdChange> {
    let names = |pack: &Pack| -> BTreeSet<String> {
        pack.thresholds().iter().map(|it| it.name.to_string()).collect()
    };
    let limit = |pack: &Pack, name: &str| {
        pack.threshold(name).map(|it| Limit {
            value: it.value,
            unit: it.unit.clone(),
            allowed: it.personal.then_some(it.allowed),
        })
    };
    names(before)
        .union(&names(now))
        .map(|name| ThresholdChange {
            name: name.clone(),
            before: limit(before, name),
            now: limit(now, name),
        })
        .filter(|change| change.before != change.now)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::DEFAULT_PACK;

    fn changed(from: &str, to: &str) -> Change {
        assert!(DEFAULT_PACK.contains(from), "{from}");
        let text = DEFAULT_PACK.replacen(from, to, 1);
        let pack = Pack::parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
        Change::between(Pack::default_pack(), &pack)
    }

    #[test]
    fn words_are_no_change() {
        assert!(changed("source = \"", "source = \"really: ").is_nothing());
    }

    #[test]
    fn a_threshold() {
        let change = changed("value = 48.0\nunit = \"h\"", "value = 36.0\nunit = \"h\"");
        let [it] = change.thresholds.as_slice() else { panic!("{change:?}") };
        let values = [&it.before, &it.now].map(|limit| limit.as_ref().map(|limit| limit.value));
        assert_eq!((it.name.as_str(), values), ("silence_yellow", [Some(48.0), Some(36.0)]));
        assert_eq!((change.rules_changed, change.rules_added), (vec![], vec![]));
    }

    #[test]
    fn what_a_plan_may_set() {
        let change = changed("allowed = [0.0, 336.0]", "allowed = [0.0, 100.0]");
        let allowed = change.thresholds[0].now.as_ref().and_then(|limit| limit.allowed);
        assert_eq!(allowed, Some((0.0, 100.0)));
    }

    #[test]
    fn rules_that_come_go_and_change() {
        let off = "status = \"disabled\"\nreason = \"test\"\nsign_off = \"needed\"";
        let silence =
            "blue = \"silence_overdue_hours > 0\"\nstatus = \"active\"\nsign_off = \"needed\"";
        let change = changed(silence, &format!("blue = \"silence_overdue_hours > 0\"\n{off}"));
        assert_eq!(change.rules_removed, ["SILENCE"]);
        assert_eq!((change.rules_added, change.rules_changed), (vec![], vec![]));
        let change = changed("\"silence_critical > 0\"", "\"silence_critical > 12\"");
        assert_eq!(change.rules_changed, ["SILENCE"]);
        assert!(change.thresholds.is_empty());
        let back = changed(silence, &format!("blue = \"silence_overdue_hours > 0\"\n{off}"));
        assert_eq!(back.rules_removed, ["SILENCE"]);
    }

    #[test]
    fn a_rule_that_comes() {
        let text = DEFAULT_PACK.replace("\"silence_critical > 0\"", "\"silence_critical > 0 \"");
        let text = text.replacen("id = \"SILENCE\"", "id = \"QUIET\"", 1);
        let pack = Pack::parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
        let change = Change::between(Pack::default_pack(), &pack);
        assert_eq!(
            (change.rules_added, change.rules_removed),
            (vec!["QUIET".to_owned()], vec!["SILENCE".to_owned()])
        );
    }

    #[test]
    fn a_definition_of_a_feature() {
        let feature = Pack::default_pack().features().iter().find_map(|it| {
            it.expression.clone().map(|expression| (it.name.to_string(), expression))
        });
        let (name, expression) = feature.expect("a feature that the pack defines");
        let change = changed(
            &format!("expression = \"{expression}\""),
            &format!("expression = \"({expression}) * 2\""),
        );
        assert!(!change.rules_changed.is_empty(), "{name}");
        assert!(change.thresholds.is_empty() && change.rules_added.is_empty());
    }
}
