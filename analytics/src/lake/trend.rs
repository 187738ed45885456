//! The least-squares trend of a signal's days, folded citizen by citizen over files that are sorted by
//! citizen and day: one pass over each, no hashing, no joins. Memory is that of one file and a few
//! sums a citizen of one municipality, whatever the country's size.

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{
    DataFrame, DataType, ParallelStrategy, ParquetReader, PolarsError, SerReader,
};

use super::LakeError;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask {
    /// The first day, days since 1970.
    pub from: i32,
    /// The day after the last.
    pub to: i32,
    /// Days with a value that are needed at least.
    pub least: u32,
    /// The slope per day has to be at least so steep.
    pub slope: f64,
    /// And the mean of the last seven days at least so far above the mean of all.
    pub above: f64,
}

/// Who is in the cohort.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Answer {
    /// Rows that were looked at.
    pub rows: u64,
    /// Citizens with enough days.
    pub citizens: u64,
    /// Those of them whose trend is as asked for.
    pub members: u64,
    /// The sum of the members' slopes, by which answers are compared.
    pub slopes: f64,
}

impl Answer {
    /// Of two municipalities.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.citizens += other.citizens;
        self.members += other.members;
        self.slopes += other.slopes;
    }
}

/// Sums of one citizen. Times count from the first day, so that squares stay small.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    citizen: i64,
    days: u32,
    last: u32,
    time: f64,
    value: f64,
    squares: f64,
    products: f64,
    of_last: f64,
}

impl Sums {
    fn take(&mut self, ask: &Ask, day: i32, value: f64) {
        let time = f64::from(day - ask.from);
        self.days += 1;
        self.time += time;
        self.value += value;
        self.squares += time * time;
        self.products += time * value;
        if day >= ask.to - 7 {
            self.last += 1;
            self.of_last += value;
        }
    }

    fn add(&mut self, other: &Self) {
        self.days += other.days;
        self.last += other.last;
        self.time += other.time;
        self.value += other.value;
        self.squares += other.squares;
        self.products += other.products;
        self.of_last += other.of_last;
    }

    /// The slope, if there are enough days and they are not all one.
    fn slope(&self) -> Option<f64> {
        let days = f64::from(self.days);
        let spread = days * self.squares - self.time * self.time;
        (spread > 0.0).then(|| (days * self.products - self.time * self.value) / spread)
    }
}

/// The answer of one municipality: its files of the signal, one for each month, in any order.
///
/// # Errors
/// When a file cannot be read, or is not sorted by citizen.
pub fn trend(files: &[PathBuf], ask: &Ask) -> Result<Answer, LakeError> {
    let mut answer = Answer::default();
    let mut all: Vec<Sums> = Vec::new();
    for file in files {
        let month = fold(&read(file)?, ask, &mut answer.rows)?;
        all = merged(all, month);
    }
    for sums in all.iter().filter(|sums| sums.days >= ask.least) {
        let Some(slope) = sums.slope() else { continue };
        answer.citizens += 1;
        let mean = sums.value / f64::from(sums.days);
        let above = sums.last > 0 && sums.of_last / f64::from(sums.last) - mean >= ask.above;
        if slope >= ask.slope && above {
            answer.members += 1;
            answer.slopes += slope;
        }
    }
    Ok(answer)
}

fn read(file: &PathBuf) -> Result<DataFrame, LakeError> {
    let opened = File::open(file).map_err(PolarsError::from)?;
    let columns = ["citizen", "day", "mean"].map(str::to_owned).to_vec();
    let reader = ParquetReader::new(opened).with_columns(Some(columns));
    Ok(reader.read_parallel(ParallelStrategy::None).finish()?)
}

/// The sums of one file, by citizen.
fn fold(frame: &DataFrame, ask: &Ask, rows: &mut u64) -> Result<Vec<Sums>, LakeError> {
    let mut out: Vec<Sums> = Vec::new();
    let mut sums = Sums::default();
    let days = frame.column("day").and_then(|column| column.cast(&DataType::Int32))?;
    let citizens = frame.column("citizen")?.i64()?.rechunk();
    let days = days.i32()?.rechunk();
    let values = frame.column("mean")?.f64()?.rechunk();
    let broken = |_| PolarsError::ComputeError("a column of the lake has gaps".into());
    let citizens = citizens.cont_slice().map_err(broken)?;
    let days = days.cont_slice().map_err(broken)?;
    let values = values.cont_slice().map_err(broken)?;
    for ((&citizen, &day), &value) in citizens.iter().zip(days).zip(values) {
        if citizen != sums.citizen {
            if sums.days > 0 {
                out.push(sums);
            }
            if citizen < sums.citizen && !out.is_empty() {
                let text = "a file of the lake is not sorted by citizen";
                return Err(PolarsError::ComputeError(text.into()).into());
            }
            sums = Sums { citizen, ..Sums::default() };
        }
        if day >= ask.from && day < ask.to {
            sums.take(ask, day, value);
        }
    }
    if sums.days > 0 {
        out.push(sums);
    }
    *rows += citizens.len() as u64;
    Ok(out)
}

/// Two lists, each sorted by citizen, as one.
fn merged(one: Vec<Sums>, other: Vec<Sums>) -> Vec<Sums> {
    if one.is_empty() {
        return other;
    }
    let mut out = Vec::with_capacity(one.len().max(other.len()));
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        match (one.peek(), other.peek()) {
            (Some(left), Some(right)) if left.citizen == right.citizen => {
                if let (Some(mut left), Some(right)) = (one.next(), other.next()) {
                    left.add(&right);
                    out.push(left);
                }
            }
            (Some(left), Some(right)) if left.citizen < right.citizen => out.extend(one.next()),
            (_, Some(_)) => out.extend(other.next()),
            (Some(_), None) => out.extend(one.next()),
            (None, None) => return out,
        }
    }
}
