//! Rows as they are gathered, and written.

use std::io::Write;

use polars::io::mmap::MmapBytesReader;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    ChunkedBuilder, Column, DataFrame, DataType, Float64Type, Int64Type, IntoSeries,
    ParquetCompression, ParquetReader, ParquetWriter, PolarsError, PrimitiveChunkedBuilder, Schema,
    SerReader, StringChunkedBuilder, TimeUnit, TimeZone,
};

use super::{Kind, Table};

/// Rows of a row group: small enough that a question about few citizens reads little, large enough
/// that columns compress.
const GROUP: usize = 1 << 18;

/// Why a table cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("a table of the lake")]
pub struct LakeError(#[from] PolarsError);

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// A whole number, a day since 1970, or microseconds since 1970.
    Whole(i64),
    /// A double.
    Number(f64),
    /// Text.
    Text(&'a str),
    /// Nothing.
    Missing,
}

impl Cell<'_> {
    /// A whole number, if there is one.
    pub fn whole<T: Into<i64>>(value: Option<T>) -> Self {
        value.map_or(Self::Missing, |value| Self::Whole(value.into()))
    }

    /// A double, if there is one.
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Self::Missing, Self::Number)
    }
}

enum Gathered {
    Whole(PrimitiveChunkedBuilder<Int64Type>),
    Number(PrimitiveChunkedBuilder<Float64Type>),
    Text(StringChunkedBuilder),
}

/// Rows of a table that are being gathered.
pub struct Sheet {
    table: &'static Table,
    columns: Vec<Gathered>,
    rows: usize,
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sheet({}, {} rows)", self.table.name, self.rows)
    }
}

impl Sheet {
    /// Without rows.
    pub fn new(table: &'static Table) -> Self {
        let gathered = |(name, kind, _): &(&'static str, Kind, _)| match kind {
            Kind::Number => Gathered::Number(PrimitiveChunkedBuilder::new((*name).into(), 0)),
            Kind::Text => Gathered::Text(StringChunkedBuilder::new((*name).into(), 0)),
            _ => Gathered::Whole(PrimitiveChunkedBuilder::new((*name).into(), 0)),
        };
        Self { table, columns: table.columns.iter().map(gathered).collect(), rows: 0 }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether it has as many rows as are written together.
    pub fn is_full(&self) -> bool {
        self.rows >= GROUP
    }

    /// One more row, its cells in the order of the columns. What is not of a column's kind, or is not
    /// there, is missing.
    pub fn push(&mut self, cells: &[Cell<'_>]) {
        let cells = cells.iter().copied().chain(std::iter::repeat(Cell::Missing));
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match (column, cell) {
                (Gathered::Whole(column), Cell::Whole(value)) => column.append_value(value),
                (Gathered::Number(column), Cell::Number(value)) => column.append_value(value),
                (Gathered::Text(column), Cell::Text(value)) => column.append_value(value),
                (Gathered::Whole(column), _) => column.append_null(),
                (Gathered::Number(column), _) => column.append_null(),
                (Gathered::Text(column), _) => column.append_null(),
            }
        }
        self.rows += 1;
    }

    fn frame(self) -> Result<DataFrame, LakeError> {
        let mut columns: Vec<Column> = Vec::with_capacity(self.columns.len());
        for (gathered, (_, kind, _)) in self.columns.into_iter().zip(self.table.columns) {
            let series = match gathered {
                Gathered::Whole(column) => column.finish().into_series().cast(&data_type(*kind))?,
                Gathered::Number(column) => column.finish().into_series(),
                Gathered::Text(column) => column.finish().into_series(),
            };
            columns.push(series.into());
        }
        Ok(DataFrame::new(self.rows, columns)?)
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Whole => DataType::Int64,
        Kind::Count => DataType::Int32,
        Kind::Number => DataType::Float64,
        Kind::Text => DataType::String,
        Kind::Day => DataType::Date,
        Kind::Moment => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
    }
}

/// Writes a file of a table, a sheet at a time.
pub struct Writer<W: Write> {
    table: &'static Table,
    out: BatchedWriter<W>,
    held: Sheet,
    rows: u64,
}

impl<W: Write> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({}, {} rows)", self.table.name, self.rows)
    }
}

impl<W: Write> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(table: &'static Table, out: W) -> Result<Self, LakeError> {
        let schema: Schema = table
            .columns
            .iter()
            .map(|(name, kind, _)| polars::prelude::Field::new((*name).into(), data_type(*kind)))
            .collect();
        let out = ParquetWriter::new(out)
            .with_compression(ParquetCompression::Zstd(None))
            .batched(&schema)?;
        Ok(Self { table, out, held: Sheet::new(table), rows: 0 })
    }

    /// One more row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push(&mut self, cells: &[Cell<'_>]) -> Result<(), LakeError> {
        self.held.push(cells);
        if self.held.is_full() { self.group() } else { Ok(()) }
    }

    /// The rows of a sheet, which are written together.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn put(&mut self, sheet: Sheet) -> Result<(), LakeError> {
        self.group()?;
        self.held = sheet;
        self.group()
    }

    fn group(&mut self) -> Result<(), LakeError> {
        let sheet = std::mem::replace(&mut self.held, Sheet::new(self.table));
        if sheet.rows() > 0 {
            self.rows += sheet.rows() as u64;
            self.out.write_batch(&sheet.frame()?)?;
        }
        Ok(())
    }

    /// Ends the file, and says how many rows it has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<u64, LakeError> {
        self.group()?;
        self.out.finish()?;
        Ok(self.rows)
    }
}

/// How many rows a file has.
///
/// # Errors
/// When it is none.
pub fn height(file: impl MmapBytesReader) -> Result<u64, LakeError> {
    Ok(ParquetReader::new(file).num_rows()? as u64)
}
