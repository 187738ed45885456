//! What an alert looks like to a nurse: a row of the worklist, and the head of its own page. Pure:
//! everything it shows is handed to it.

mod leading;
mod sparkline;
#[cfg(test)]
mod tests;

use pulsvagt_analytics::frame::Day;
use pulsvagt_analytics::{Language, Pack, Screening};
use serde::Serialize;
use utoipa::ToSchema;

use super::language::Lang;
use crate::clock::Micros;
use crate::consent::Denials;
use crate::projection::words;
use crate::store::persons::Person;
use crate::triage::{Alert, AlertFinding, EscalateTo, Level};

pub(super) use leading::{Measured, measured, signal_of};
pub(super) use sparkline::{Sparkline, day_value, iso_day, local_day};

/// A code with what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Named {
    /// The stable code.
    pub(super) code: String,
    /// What it is called, in the language of the answer.
    pub(super) text: String,
}

impl Named {
    /// A code with a text.
    pub(super) fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code: code.into(), text: text.into() }
    }
}

/// A citizen, as far as the caller may know who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct CitizenView {
    /// Logical id of the Patient.
    pub(super) id: String,
    /// The name, for roles that may read Patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// Age in whole years, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age: Option<i16>,
}

/// The rule that says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RuleView {
    /// Its id.
    #[schema(example = "HF-WT-FAST")]
    pub(super) id: String,
    /// What it is called.
    pub(super) title: String,
    /// The rule pack, by its content hash.
    pub(super) pack: String,
    /// Name and version of the pack, where it is the one in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "pulsvagt-default 1")]
    pub(super) pack_version: Option<String>,
    /// Whether a clinician has still to sign it; left out where the pack is not the one in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needs_sign_off: Option<bool>,
}

/// Who has an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct HolderView {
    /// Who, as the issuer of the token calls them.
    pub(super) id: String,
    /// Their role.
    pub(super) role: String,
    /// Whether that is the caller.
    pub(super) you: bool,
    /// Until when the claim holds; left out where it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(super) until: Option<String>,
}

/// How an alert was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ParkedView {
    /// Until when; left out where somebody has to bring it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(super) until: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
    /// To whom it was handed on: `gp`, `112` or a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<String>,
    /// Whether the citizen was asked to measure again.
    pub(super) remeasure: bool,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Alert)]
pub(super) struct AlertView {
    /// Its id.
    pub(super) id: String,
    /// Its version, for `If-Match`.
    pub(super) version: u32,
    /// Whose it is.
    pub(super) citizen: CitizenView,
    /// What kind of problem.
    pub(super) problem: Named,
    /// How urgent.
    #[schema(example = "red")]
    pub(super) level: &'static str,
    /// The worst it has been.
    pub(super) worst: &'static str,
    /// Where it is in the nurses' hands.
    #[schema(example = "new")]
    pub(super) state: &'static str,
    /// Why, in a sentence.
    pub(super) why: String,
    /// The rule that says so, the most serious one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rule: Option<RuleView>,
    /// Other rules that say something too.
    pub(super) also: Vec<String>,
    /// What was measured or computed last, with the limit. Not of a closed alert: its `findings`
    /// tell what it rested on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<Measured>,
    /// What the rule had no value for.
    pub(super) missing: Vec<Named>,
    /// When the newest reading of the citizen was taken, of anything, within the last 14 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pub(super) newest_at: Option<String>,
    /// How long ago that is, minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest_age_minutes: Option<i64>,
    /// Who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) holder: Option<HolderView>,
    /// How it was put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parked: Option<ParkedView>,
    /// By when somebody is to have dealt with it.
    #[schema(format = DateTime)]
    pub(super) due: String,
    /// Whether that has passed.
    pub(super) overdue: bool,
    /// How the citizen moves; greater is worse.
    pub(super) trend: f64,
    /// When it was raised.
    #[schema(format = DateTime)]
    pub(super) opened: String,
    /// Since when it has had its level.
    #[schema(format = DateTime)]
    pub(super) level_since: String,
    /// When the newest evidence was taken.
    #[schema(format = DateTime)]
    pub(super) evidence_at: String,
    /// The alert of which it is the continuation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reopened_from: Option<String>,
    /// The days before, of what the rule looks at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sparkline: Option<Sparkline>,
}

/// What an alert is shown with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    /// The alert.
    pub(super) alert: &'a Alert,
    /// The citizen's logical id.
    pub(super) citizen_id: &'a str,
    /// Who that is, if the caller may know.
    pub(super) person: Option<&'a Person>,
    /// The citizen's newest screening.
    pub(super) screening: Option<&'a Screening>,
    /// The citizen's days, ascending.
    pub(super) days: &'a [Day],
    /// What citizens deny the caller.
    pub(super) denials: &'a Denials,
    /// The rules in force.
    pub(super) pack: &'a Pack,
    /// In which language.
    pub(super) lang: Lang,
    /// Who is asking.
    pub(super) caller: &'a str,
    /// The municipality's local day now, days since 1970.
    pub(super) today: i32,
    /// Now.
    pub(super) now: Micros,
}

impl AlertView {
    /// What is shown of it.
    pub(super) fn new(shown: &Shown<'_>) -> Self {
        let Shown { alert, lang, now, .. } = *shown;
        let leading = leading::finding(alert);
        let verdict = leading.and_then(|finding| shown.verdict(&finding.rule));
        let measured = verdict.and_then(|verdict| measured(shown.pack, verdict, alert.level, lang));
        let signal = measured
            .as_ref()
            .and_then(|measured| signal_of(&measured.feature.code))
            .or_else(|| verdict?.inputs.first().map(|input| input.signal));
        let newest = newest_at(shown.days);
        Self {
            id: alert.id.to_string(),
            version: alert.version,
            citizen: CitizenView::new(shown.citizen_id, shown.person, now),
            problem: Named::new(alert.problem.as_str(), lang.pick(words::problem(&alert.problem))),
            level: alert.level.as_str(),
            worst: alert.worst.as_str(),
            state: alert.state.as_str(),
            why: leading.map(|finding| shown.why(finding)).unwrap_or_default(),
            rule: leading.map(|finding| shown.rule(&finding.rule, &finding.pack)),
            also: shown.other_rules(leading.map(|finding| finding.rule.as_str())),
            // What was screened before the denial is soon screened anew.
            value: measured.filter(|_| alert.is_open() && !shown.is_stale()),
            missing: verdict
                .map(|verdict| missing(shown.pack, &verdict.missing, lang))
                .unwrap_or_default(),
            newest_at: newest.map(|at| at.to_string()),
            newest_age_minutes: newest.map(|at| (now.0 - at.0).max(0) / 60_000_000),
            holder: alert.holder.as_ref().map(|holder| HolderView {
                id: holder.id.clone(),
                role: holder.role.clone(),
                you: holder.id == shown.caller,
                until: alert.claim_until.map(|until| until.to_string()),
            }),
            parked: alert.parked.as_ref().map(|parked| ParkedView {
                until: parked.until.map(|until| until.to_string()),
                reason: parked.reason.clone(),
                to: parked.to.as_ref().map(|to| handed_to(to).to_owned()),
                remeasure: parked.remeasure,
            }),
            due: alert.due.to_string(),
            overdue: alert.is_overdue(now),
            trend: alert.trend,
            opened: alert.opened.to_string(),
            level_since: alert.level_since.to_string(),
            evidence_at: alert.evidence_at.to_string(),
            reopened_from: alert.reopened_from.map(|id| id.to_string()),
            sparkline: signal.map(|signal| Sparkline::new(signal, shown.days, shown.today)),
        }
    }
}

impl Shown<'_> {
    /// Whether what a finding rests on is hidden: it is from before the citizen denied readings, and
    /// no screening since, which had none of those, says the same.
    pub(super) fn withholds(&self, finding: &AlertFinding) -> bool {
        let citizen = self.alert.citizen;
        let is_older = |as_of| self.denials.is_older(citizen, as_of);
        let says_so_still = || {
            self.screening.is_some_and(|screening| !is_older(Micros(screening.as_of)))
                && self.verdict(&finding.rule).is_some_and(|verdict| {
                    self.pack.explain(verdict, Language::Danish) == finding.text.da
                })
        };
        is_older(finding.as_of) && !says_so_still()
    }

    /// Why a finding is one, in a sentence, or that it is not to be told.
    pub(super) fn why(&self, finding: &AlertFinding) -> String {
        if self.withholds(finding) {
            return self.lang.pick(words::WITHHELD).to_owned();
        }
        self.lang.text(&finding.text)
    }

    /// Whether the newest screening is from before the citizen denied readings.
    fn is_stale(&self) -> bool {
        self.screening.is_some_and(|screening| {
            self.denials.is_older(self.alert.citizen, Micros(screening.as_of))
        })
    }

    fn verdict(&self, rule: &str) -> Option<&pulsvagt_analytics::Verdict> {
        self.screening?.verdicts.iter().find(|verdict| &*verdict.rule == rule)
    }

    /// A rule of the pack that a finding was made with.
    pub(super) fn rule(&self, id: &str, pack: &str) -> RuleView {
        let known = (self.pack.hash() == pack).then_some(self.pack);
        RuleView {
            id: id.to_owned(),
            title: self.pack.title(id, self.lang.0),
            pack: pack.to_owned(),
            pack_version: known.map(|pack| format!("{} {}", pack.name(), pack.version())),
            needs_sign_off: known.and_then(|pack| pack.rule(id)).map(|rule| rule.needs_sign_off),
        }
    }

    fn other_rules(&self, leading: Option<&str>) -> Vec<String> {
        self.alert
            .findings
            .iter()
            .filter(|finding| finding.level > Level::Green && Some(&*finding.rule) != leading)
            .map(|finding| finding.rule.clone())
            .collect()
    }
}

impl CitizenView {
    /// A citizen with what is known of the person.
    pub(super) fn new(id: &str, person: Option<&Person>, now: Micros) -> Self {
        let age = person.and_then(|person| age(person.birth_date.as_deref()?, now));
        Self { id: id.to_owned(), name: person.and_then(|person| person.name.clone()), age }
    }
}

/// Features that have no value, in words.
pub(super) fn missing(pack: &Pack, names: &[std::sync::Arc<str>], lang: Lang) -> Vec<Named> {
    let text = |name: &str| {
        let feature = pack.features().iter().find(|feature| &*feature.name == name);
        feature.map_or_else(|| name.to_owned(), |feature| lang.of_pack(&feature.text))
    };
    names.iter().map(|name| Named::new(&**name, text(name))).collect()
}

/// To whom an alert was handed on, as actions name it.
pub(super) fn handed_to(to: &EscalateTo) -> &str {
    match to {
        EscalateTo::Role(role) => role,
        EscalateTo::Gp => "gp",
        EscalateTo::Emergency => "112",
    }
}

/// When the newest reading was taken.
fn newest_at(days: &[Day]) -> Option<Micros> {
    days.iter().flat_map(|day| &day.summaries).map(|summary| Micros(summary.last_at)).max()
}

/// Whole years since a date of birth; a year or month alone counts from its beginning.
fn age(birth_date: &str, now: Micros) -> Option<i16> {
    let mut parts = birth_date.splitn(3, '-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next().map_or(Some(1), |month| month.parse().ok())?;
    let day = parts.next().map_or(Some(1), |day| day.parse().ok())?;
    let born = jiff::civil::Date::new(year, month, day).ok()?;
    let today = now.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let years = today.year().checked_sub(born.year())? - i16::from(!had_birthday);
    (0..=150).contains(&years).then_some(years)
}
