//! A rule pack as triage looks rules up.

use pulsvagt_analytics::{Language, Pack, Verdict};

use crate::triage::{RuleBook, RuleFacts, Texts};

impl RuleBook for Pack {
    fn facts(&self, rule: &str) -> RuleFacts {
        self.rule(rule).map_or_else(RuleFacts::default, |rule| RuleFacts {
            persist: u32::from(rule.persist),
            confirm_minutes: rule.confirm_minutes.unwrap_or(0),
            shadow: false,
        })
    }

    fn explain(&self, verdict: &Verdict) -> Texts {
        Texts {
            da: self.explain(verdict, Language::Danish),
            en: self.explain(verdict, Language::English),
        }
    }
}
