//! Rows as NDJSON: one JSON object a line.
//!
//! ```json
//! {"citizen":"a1","municipality":"0330","period":20500,"weeks":1,"case":false,"features":{"age_years":81,"admissions_12m":null}}
//! ```
//!
//! `citizen` is any text that tells citizens apart (a pseudonym, never a CPR number), `case` whether the
//! outcome came within the horizon; `municipality`, `period` (a number that grows with time, such as
//! days since 1970), `weeks` (citizen-weeks), `leadDays` and `groups` may be left out. A feature
//! that is `null` or left out is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::table::{Row, Table};

/// Why rows cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {source}")]
pub struct RowError {
    /// Which line, from 1.
    line: usize,
    source: serde_json::Error,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    citizen: String,
    #[serde(default)]
    municipality: String,
    #[serde(default)]
    period: i64,
    #[serde(default)]
    weeks: f64,
    case: bool,
    lead_days: Option<f64>,
    #[serde(default)]
    groups: BTreeMap<String, String>,
    features: BTreeMap<String, Option<f64>>,
}

/// The table of some lines; features are sorted by name.
///
/// # Errors
/// At the first line that is not a row.
pub fn read(text: &str) -> Result<Table, RowError> {
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let row: Line =
            serde_json::from_str(line).map_err(|source| RowError { line: number + 1, source })?;
        lines.push(row);
    }
    let names: BTreeSet<&String> = lines.iter().flat_map(|line| line.features.keys()).collect();
    let features: Vec<String> = names.into_iter().cloned().collect();
    let row = |line: Line| Row {
        cluster: cluster(&line.citizen),
        values: features.iter().map(|name| line.features.get(name).copied().flatten()).collect(),
        municipality: line.municipality,
        period: line.period,
        weeks: line.weeks,
        case: line.case,
        lead_days: line.lead_days,
        groups: line.groups,
    };
    Ok(Table { rows: lines.into_iter().map(row).collect(), features })
}

/// The lines of a table, in its order. `citizen` tells what a row's cluster was made of, and reading
/// the lines again gives the same clusters, and so the same [hash](Table::hash).
///
/// # Errors
/// If a number is none.
pub fn write(
    table: &Table,
    citizen: impl Fn(usize) -> String,
) -> Result<String, serde_json::Error> {
    let mut text = String::new();
    for (at, row) in table.rows.iter().enumerate() {
        let line = Line {
            citizen: citizen(at),
            municipality: row.municipality.clone(),
            period: row.period,
            weeks: row.weeks,
            case: row.case,
            lead_days: row.lead_days,
            groups: row.groups.clone(),
            features: table.features.iter().cloned().zip(row.values.iter().copied()).collect(),
        };
        text.push_str(&serde_json::to_string(&line)?);
        text.push('\n');
    }
    Ok(text)
}

/// The cluster of a citizen by what the lines call it.
pub fn cluster(citizen: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(citizen.as_bytes())
}
