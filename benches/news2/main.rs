//! NEWS2 as a column, by the expression that screening uses: see `run` beside this file.
//!
//! ```text
//! news2 make ROWS FILE              writes made-up readings as parquet, the same ones each time
//! news2 score FILE RESULT ROUNDS    scores them, writes the scores, prints the best time in JSON
//! ```
#![expect(clippy::print_stdout, reason = "the result is printed")]

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use polars::prelude::*;
use pulsvagt_analytics::scores::{self, news2};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    // `cargo bench` adds an argument of its own.
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", rows, file] => make(rows.parse()?, file),
        ["score", file, result, rounds] => score(file, result, rounds.parse()?),
        _ => Err("usage: news2 make ROWS FILE | news2 score FILE RESULT ROUNDS".into()),
    }
}

/// A stream of numbers that look random (Steele, Lea and Flood 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let high = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0);
        u32::try_from((u64::from(high) * u64::from(limit)) >> 32).unwrap_or(0)
    }

    /// From `low`, in steps of `1 / per_unit`; missing one time in ten.
    fn reading(&mut self, low: f64, steps: u32, per_unit: f64) -> Option<f64> {
        let value = low + f64::from(self.below(steps)) / per_unit;
        (self.below(10) > 0).then_some(value)
    }
}

/// Values on, beside and between all boundaries of the chart, and beyond its ends.
fn make(rows: usize, file: &str) -> Result<()> {
    let mut draw = Draw(20_251_121);
    let mut column = |name: &str, low: f64, steps: u32, per_unit: f64| {
        let values: Vec<Option<f64>> =
            (0..rows).map(|_| draw.reading(low, steps, per_unit)).collect();
        Column::new(name.into(), values)
    };
    let mut columns = vec![
        column("respiratory_rate", 4.0, 53, 2.0),
        column("oxygen_saturation", 78.0, 45, 2.0),
        column("systolic_blood_pressure", 80.0, 301, 2.0),
        column("pulse", 30.0, 231, 2.0),
        column("temperature", 34.0, 661, 100.0),
        column("consciousness", 0.0, 4, 1.0),
        column("new_confusion", 0.0, 2, 1.0),
    ];
    for name in ["scale2", "oxygen"] {
        let values: Vec<bool> = (0..rows).map(|_| draw.below(5) == 0).collect();
        columns.push(Column::new(name.into(), values));
    }
    let mut frame = DataFrame::new(rows, columns)?;
    ParquetWriter::new(File::create(file)?).finish(&mut frame)?;
    Ok(())
}

fn score(file: &str, result: &str, rounds: u32) -> Result<()> {
    use news2::Parameter;

    let frame = ParquetReader::new(File::open(file)?).finish()?;
    let consciousness = news2::consciousness_expression(col("consciousness"), col("new_confusion"));
    let points = Parameter::ALL.map(|parameter| {
        let value = match parameter {
            Parameter::Pulse => col("pulse"),
            Parameter::Temperature => col("temperature"),
            Parameter::Consciousness => consciousness.clone(),
            measured => col(measured.name()),
        };
        news2::parameter_points(parameter, value, col("scale2"), col("oxygen"))
    });
    let plan = frame.clone().lazy().select([
        news2::total(&points, col("oxygen")).alias("score"),
        scores::parameters(&points).alias("parameters"),
    ]);
    let mut best = f64::INFINITY;
    let mut scored = DataFrame::default();
    for _ in 0..rounds.max(1) {
        let begun = Instant::now();
        scored = plan.clone().collect()?;
        best = best.min(begun.elapsed().as_secs_f64());
    }
    ParquetWriter::new(File::create(result)?).finish(&mut scored)?;
    println!(
        r#"{{"who":"pulsvagt (polars expression)","rows":{},"seconds":{best}}}"#,
        frame.height()
    );
    Ok(())
}
