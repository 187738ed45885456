//! Tables as files.

use std::io::Write;

use polars::prelude::{AnyValue, DataFrame, IpcWriter, ParquetWriter, PolarsResult, SerWriter};
use serde_json::{Map, Value};

/// A format of tables. What is written is the same for the same table, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a heading; what is missing is empty.
    Csv,
    /// A JSON object a line.
    Ndjson,
    /// Arrow IPC file.
    Arrow,
    /// Parquet.
    Parquet,
}

impl Format {
    /// The format of files whose names end so.
    pub fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            "arrow" => Some(Self::Arrow),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Writes a table.
///
/// # Errors
/// When it cannot be written.
pub fn write(table: &DataFrame, format: Format, mut out: impl Write) -> PolarsResult<()> {
    match format {
        Format::Csv => Ok(csv(table, &mut out)?),
        Format::Ndjson => Ok(ndjson(table, &mut out)?),
        Format::Arrow => IpcWriter::new(out).finish(&mut table.clone()),
        Format::Parquet => ParquetWriter::new(out).finish(&mut table.clone()).map(|_| ()),
    }
}

/// The value of a cell.
fn cell(table: &DataFrame, column: usize, row: usize) -> Value {
    let column = table.columns().get(column);
    match column.and_then(|column| column.get(row).ok()).unwrap_or(AnyValue::Null) {
        AnyValue::String(text) => Value::from(text),
        AnyValue::StringOwned(text) => Value::from(text.as_str()),
        AnyValue::UInt32(number) => Value::from(number),
        AnyValue::Int32(number) => Value::from(number),
        AnyValue::Float64(number) => Value::from(number),
        AnyValue::Boolean(is) => Value::from(is),
        AnyValue::Null => Value::Null,
        other => Value::from(other.to_string()),
    }
}

/// As RFC 4180 says, but for line ends.
fn csv(table: &DataFrame, out: &mut impl Write) -> std::io::Result<()> {
    let quoted = |text: &str| {
        if text.contains(['"', ',', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let names = table.columns().iter().map(|column| quoted(column.name()));
    writeln!(out, "{}", names.collect::<Vec<_>>().join(","))?;
    for row in 0..table.height() {
        let cells = (0..table.width()).map(|column| match cell(table, column, row) {
            Value::Null => String::new(),
            Value::String(text) => quoted(&text),
            other => other.to_string(),
        });
        writeln!(out, "{}", cells.collect::<Vec<_>>().join(","))?;
    }
    Ok(())
}

fn ndjson(table: &DataFrame, out: &mut impl Write) -> std::io::Result<()> {
    for row in 0..table.height() {
        let named = table.columns().iter().enumerate();
        let object: Map<String, Value> =
            named.map(|(place, it)| (it.name().to_string(), cell(table, place, row))).collect();
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
