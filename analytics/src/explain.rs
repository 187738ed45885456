//! What a verdict means, in words.

use serde::{Deserialize, Serialize};

use crate::Signal;
use crate::features::words;
use crate::pack::{Pack, template};
use crate::screening::{Outcome, Verdict};

/// A language that packs have texts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Danish, with decimal commas.
    #[serde(rename = "da")]
    Danish,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    pub(crate) const fn pick<T>(self, danish: T, english: T) -> T
    where
        T: Copy,
    {
        match self {
            Self::Danish => danish,
            Self::English => english,
        }
    }

    pub(crate) fn pick_with<T>(self, danish: impl FnOnce() -> T, english: impl FnOnce() -> T) -> T {
        match self {
            Self::Danish => danish(),
            Self::English => english(),
        }
    }
}

impl Pack {
    /// A rule's name for people; its id if the pack has no such rule.
    pub fn title(&self, rule: &str, language: Language) -> String {
        self.rule(rule).map_or_else(
            || rule.to_owned(),
            |rule| language.pick(&rule.title.da, &rule.title.en).clone(),
        )
    }

    /// Why a verdict is what it is, with the numbers it rests on. Of a number that is missing the
    /// text says nothing where it has a part for it, and else shows a dash.
    ///
    /// A verdict of another pack is told by its outcome alone.
    pub fn explain(&self, verdict: &Verdict, language: Language) -> String {
        let plan = self.compiled.plan(&verdict.rule);
        let template = plan.and_then(|plan| {
            let [danish, english] = &plan.explained;
            let texts = language.pick(danish, english);
            match verdict.outcome {
                Outcome::Red => texts.red.as_ref(),
                Outcome::Yellow => texts.yellow.as_ref(),
                Outcome::Blue => texts.blue.as_ref(),
                Outcome::NotEvaluable => texts.not_evaluable.as_ref(),
                Outcome::NotApplicable | Outcome::Clear | Outcome::Holding => None,
            }
        });
        if let Some(template) = template {
            return template.render(|name, decimals| number(verdict, name, decimals, language));
        }
        let title = self.title(&verdict.rule, language);
        let text = outcome(verdict.outcome, language);
        if verdict.outcome != Outcome::NotEvaluable || verdict.missing.is_empty() {
            return format!("{title}: {text}");
        }
        let missing: Vec<String> =
            verdict.missing.iter().map(|name| self.feature_text(name, language)).collect();
        let label = language.pick("mangler", "missing");
        format!("{title}: {text}; {label}: {}", missing.join(", "))
    }

    fn feature_text(&self, name: &str, language: Language) -> String {
        let feature = self.features().iter().find(|feature| &*feature.name == name);
        feature.map_or_else(
            || name.to_owned(),
            |feature| language.pick(&feature.text.da, &feature.text.en).clone(),
        )
    }
}

fn outcome(outcome: Outcome, language: Language) -> &'static str {
    match outcome {
        Outcome::Red => language.pick("rød", "red"),
        Outcome::Yellow => language.pick("gul", "yellow"),
        Outcome::Blue => language.pick("blå", "blue"),
        Outcome::Clear => language.pick("intet at bemærke", "nothing to remark"),
        Outcome::Holding => language.pick(
            "under grænsen igen, men ikke nok til at være ovre",
            "within the limit again, but not by enough to call it over",
        ),
        Outcome::NotEvaluable => language.pick("kan ikke vurderes", "cannot be told"),
        Outcome::NotApplicable => language.pick("gælder ikke", "does not apply"),
    }
}

fn number(
    verdict: &Verdict,
    name: &str,
    decimals: Option<usize>,
    language: Language,
) -> Option<String> {
    let all = verdict.features.iter().chain(&verdict.thresholds);
    let (_, value) = all.into_iter().find(|(known, _)| &**known == name)?;
    if name == "silence_signal" {
        let signal = Signal::ALL.iter().find(|it| f64::from(it.number()).total_cmp(value).is_eq());
        return signal.map(|signal| words::signal(*signal, language).to_owned());
    }
    let text = template::show(*value, decimals);
    Some(match language {
        Language::Danish => text.replace('.', ","),
        Language::English => text,
    })
}
