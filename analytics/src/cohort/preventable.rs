//! Admissions that care outside hospital may prevent, by versioned sets of codes.
//!
//! The sets are data: `analytics/tables/preventable.toml` says of each where its codes come from,
//! which ages it is about, what is known to be missing, and whether its codes were taken over from
//! the named source. Unverified sets are refused unless a definition accepts them in writing, and
//! what is missing is told with every answer.
//!
//! - AHRQ PQI 01–16 and their composites over ICD-10-CM, which Danish hospitals do not use, and
//!   `…-sks`, the lossy projection to SKS.
//! - The nine Danish conditions (`danish-nine`) and those of them that telemonitoring can plausibly
//!   change (`danish-nine-rpm`); best reported together.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::pack::Texts;

/// A set of codes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Its name in definitions.
    pub id: String,
    /// Where its codes come from; none for a set of sets.
    #[serde(default)]
    pub source: Option<String>,
    /// Whether its codes were taken over from that source.
    verified: bool,
    /// Its name for people.
    pub title: Texts,
    /// Completed years on the day of admission, at least.
    #[serde(default)]
    pub age_from: Option<i32>,
    /// Completed years on the day of admission, at most.
    #[serde(default)]
    pub age_to: Option<i32>,
    /// Whether only acute admissions count.
    #[serde(default)]
    pub acute: bool,
    /// The sets that it is made of.
    #[serde(default)]
    pub of: Vec<String>,
    /// What it does not do that its source asks for.
    #[serde(default)]
    pub caveats: Vec<String>,
    /// Why it cannot be computed.
    #[serde(default)]
    pub incomplete: Option<String>,
    #[serde(skip)]
    codes: Codes,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Codes {
    system: System,
    /// Of the action diagnosis.
    principal: Vec<String>,
    /// Of any diagnosis of the stay; then it does not count.
    exclude: Vec<String>,
}

/// How codes are written, and compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum System {
    /// Codes of a stay begin with those of the set.
    #[default]
    Sks,
    /// They are equal, written without the point.
    #[serde(rename = "icd-10-cm")]
    Icd10Cm,
}

/// An admission, as far as sets look at it.
#[derive(Debug, Clone, Copy)]
pub struct Stay<'a> {
    /// The action diagnosis.
    pub code: &'a str,
    /// All diagnoses of the stay.
    pub others: &'a [&'a str],
    /// Completed years on the first day.
    pub age: Option<i32>,
    /// Whether it was acute.
    pub acute: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    sources: BTreeMap<String, Source>,
    sets: Vec<Set>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    file: String,
    system: System,
    text: String,
}

#[expect(clippy::panic, reason = "the file is part of the program, and tests read it")]
static TABLES: LazyLock<File> = LazyLock::new(|| {
    read().unwrap_or_else(|error| panic!("the sets of preventable admissions: {error}"))
});

fn read() -> Result<File, String> {
    let text = include_str!("../../tables/preventable.toml");
    let mut file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for set in &mut file.sets {
        let Some(source) = &set.source else { continue };
        let source = file.sources.get(source).ok_or_else(|| format!("{source} is no source"))?;
        set.codes.system = source.system;
        let rows = match source.file.as_str() {
            "pqi-icd10cm-v2021.csv" => include_str!("../../tables/pqi-icd10cm-v2021.csv"),
            "pqi-sks-projection-v2021.csv" => {
                include_str!("../../tables/pqi-sks-projection-v2021.csv")
            }
            "danish-nine.csv" => include_str!("../../tables/danish-nine.csv"),
            other => return Err(format!("{other} is no file")),
        };
        for row in rows.lines().skip(1) {
            let mut fields = row.splitn(4, ',');
            let (Some(id), Some(role), Some(code)) = (fields.next(), fields.next(), fields.next())
            else {
                return Err(format!("`{row}` is no row"));
            };
            match role {
                _ if id != set.id => {}
                "principal" => set.codes.principal.push(code.to_owned()),
                "exclude" => set.codes.exclude.push(code.to_owned()),
                // Only with procedures, which are not known: see the sets' caveats.
                "any" | "exclude-with-dialysis-access" => {}
                other => return Err(format!("{other} is no role")),
            }
        }
    }
    Ok(file)
}

/// The version of the tables.
pub fn version() -> &'static str {
    &TABLES.version
}

/// All sets.
pub fn sets() -> &'static [Set] {
    &TABLES.sets
}

/// The set of this name.
pub fn set(id: &str) -> Option<&'static Set> {
    TABLES.sets.iter().find(|set| set.id == id)
}

impl Set {
    /// Whether its codes, and those of the sets in it, were taken over from their source.
    pub fn is_verified(&self) -> bool {
        self.verified && self.members().all(Self::is_verified)
    }

    fn members(&self) -> impl Iterator<Item = &'static Self> {
        self.of.iter().filter_map(|id| set(id))
    }

    /// Where its codes, and those of the sets in it, come from, in words.
    pub fn sources(&self) -> Vec<&'static str> {
        let own = self.source.as_ref().and_then(|source| TABLES.sources.get(source));
        let own = own.map(|source| source.text.as_str());
        let mut all: Vec<_> =
            own.into_iter().chain(self.members().flat_map(Self::sources)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What it and the sets in it do not do that their sources ask for.
    pub fn all_caveats(&self) -> Vec<String> {
        let members = self.members().flat_map(Self::all_caveats);
        let mut all: Vec<String> = self.caveats.iter().cloned().chain(members).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether an admission is in it; `None` if that depends on an age or urgency that is not known.
    pub fn contains(&self, stay: &Stay<'_>) -> Option<bool> {
        let mut is_known = true;
        for member in self.members() {
            match member.contains(stay) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_known = false,
            }
        }
        if !self.matches_codes(stay) {
            return is_known.then_some(false);
        }
        let in_age = match (self.age_from, self.age_to, stay.age) {
            (None, None, _) => Some(true),
            (_, _, None) => None,
            (from, to, Some(age)) => {
                Some(from.is_none_or(|from| age >= from) && to.is_none_or(|to| age <= to))
            }
        };
        let is_acute = if self.acute { stay.acute } else { Some(true) };
        match (in_age, is_acute) {
            (Some(false), _) | (_, Some(false)) => is_known.then_some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }
    }

    fn matches_codes(&self, stay: &Stay<'_>) -> bool {
        let is_in = |codes: &[String], code: &str| match self.codes.system {
            System::Sks => codes.iter().any(|it| code.starts_with(it.as_str())),
            System::Icd10Cm => codes.iter().any(|it| it == code),
        };
        is_in(&self.codes.principal, stay.code)
            && !stay.others.iter().any(|code| is_in(&self.codes.exclude, code))
    }
}
