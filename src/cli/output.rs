//! What commands print: results to standard output, everything else to standard error.
#![expect(clippy::print_stdout, reason = "this is where commands print")]

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Prints a line of a result.
pub(super) fn line(text: impl std::fmt::Display) {
    println!("{text}");
}

/// Prints a result for machines, on one line.
pub(super) fn json(value: &serde_json::Value) {
    println!("{value}");
}

/// Tells a person what is going on.
pub(super) fn note(text: impl std::fmt::Display) {
    eprintln!("{text}");
}

/// Prints rows in columns; the first row is the heading. Columns of numbers stand right.
pub(super) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0))
        .collect();
    let numeric: Vec<bool> = (0..columns)
        .map(|column| {
            let mut values = rows.iter().skip(1).map(|row| cell(row, column));
            values.all(|value| value.chars().all(|c| c.is_ascii_digit() || c == '.'))
        })
        .collect();
    for row in rows {
        let mut text = String::new();
        for column in 0..columns {
            let value = cell(row, column);
            let width = widths[column];
            let padded = if numeric[column] {
                format!("{value:>width$}")
            } else {
                format!("{value:<width$}")
            };
            text.push_str(&padded);
            text.push_str("  ");
        }
        println!("{}", text.trim_end());
    }
}

/// What a progress bar counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Unit {
    /// Things.
    Items,
    /// Bytes of files.
    Bytes,
    /// Parts of a whole that mean nothing by themselves.
    Share,
}

/// A progress bar on standard error, if that is a terminal.
pub(super) fn progress(length: u64, unit: Unit, what: &str) -> ProgressBar {
    let is_terminal = std::io::stderr().is_terminal();
    let target =
        if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let counts = match unit {
        Unit::Items => "{pos}/{len}",
        Unit::Bytes => "{bytes}/{total_bytes}",
        Unit::Share => "{percent} %",
    };
    let template = format!("{{prefix}} {{bar:32}} {counts} {{msg}} {{eta}}");
    let style = ProgressStyle::with_template(&template).unwrap_or(ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(length), target).with_style(style);
    bar.set_prefix(what.to_owned());
    if is_terminal {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}
