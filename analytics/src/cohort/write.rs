//! Tables as files.

use std::io::{Cursor, Write};

use polars::prelude::{
    AnyValue, CompatLevel, DataFrame, IpcReader, IpcWriter, ParquetWriter, PolarsResult, SchemaExt,
    SerReader, SerWriter,
};
use polars_arrow::io::ipc::write::{StreamWriter, WriteOptions};
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
    /// Arrow IPC stream, with the layouts of text that all readers know.
    ArrowStream,
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
            "arrows" => Some(Self::ArrowStream),
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
        Format::ArrowStream => stream(table, out),
        Format::Parquet => ParquetWriter::new(out).finish(&mut table.clone()).map(|_| ()),
    }
}

/// The stream has a schema, one batch or none, and an end.
fn stream(table: &DataFrame, out: impl Write) -> PolarsResult<()> {
    let level = CompatLevel::oldest();
    let mut writer = StreamWriter::new(out, WriteOptions { compression: None });
    writer.start(&table.schema().to_arrow(level), None)?;
    let mut whole = table.clone();
    whole.rechunk_mut();
    for batch in whole.iter_chunks(level, true) {
        writer.write(&batch, None)?;
    }
    writer.finish()
}

/// Reads a table that was written as [`Format::Arrow`], and writes it in another format.
///
/// # Errors
/// When it is no such table, or cannot be written.
pub fn rewrite(file: &[u8], format: Format, out: impl Write) -> PolarsResult<()> {
    write(&IpcReader::new(Cursor::new(file)).finish()?, format, out)
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

#[cfg(test)]
mod tests {
    use polars::prelude::{Column, NamedFrom, Series};
    use polars_arrow::io::ipc::read::{StreamReader, StreamState, read_stream_metadata};

    use super::*;

    fn table() -> DataFrame {
        let names = Series::new("name".into(), [Some("a"), None, Some("c,\"d\"")]);
        let numbers = Series::new("number".into(), [Some(1_u32), Some(2), None]);
        DataFrame::new(3, vec![Column::from(names), Column::from(numbers)]).unwrap()
    }

    fn written(format: Format) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&table(), format, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_stream_has_a_schema_its_rows_and_an_end() {
        let bytes = written(Format::ArrowStream);
        let mut rest = Cursor::new(bytes);
        let metadata = read_stream_metadata(&mut rest).unwrap();
        let mut rows = 0;
        for state in StreamReader::new(rest, metadata, None) {
            match state.unwrap() {
                StreamState::Some(batch) => rows += batch.len(),
                StreamState::Waiting => panic!("no end"),
            }
        }
        assert_eq!(rows, 3);
    }

    #[test]
    fn what_is_kept_can_be_told_in_every_format() {
        let kept = written(Format::Arrow);
        for format in
            [Format::Arrow, Format::ArrowStream, Format::Parquet, Format::Csv, Format::Ndjson]
        {
            let mut bytes = Vec::new();
            rewrite(&kept, format, &mut bytes).unwrap();
            assert_eq!(bytes, written(format), "{format:?}");
        }
        assert_eq!(written(Format::Csv), b"name,number\na,1\n,2\n\"c,\"\"d\"\"\",\n");
    }
}
