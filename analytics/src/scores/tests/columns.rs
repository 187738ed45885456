//! The expressions give what the scalar functions give.

use polars::prelude::*;

use crate::plan::Spo2Scale;
use crate::scores::{self, news2, tobs};

/// Values around every boundary and in between, and what is no value.
fn grid() -> Vec<Option<f64>> {
    let steps = (-200..6_000).map(|twentieth| f64::from(twentieth) / 20.0);
    let near = |value: f64| [value.next_down(), value, value.next_up(), value - 1e-6, value + 1e-6];
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 1e300, -1e300];
    steps.flat_map(near).chain(special).map(Some).chain([None]).collect()
}

fn frame(values: &[Option<f64>]) -> LazyFrame {
    df!("x" => values).unwrap().lazy()
}

/// The points that an expression gives of column `x`.
fn evaluate(values: &[Option<f64>], expression: Expr) -> Vec<Option<i32>> {
    let frame = frame(values).select([expression.alias("points")]).collect().unwrap();
    let column = frame.column("points").unwrap();
    assert_eq!(column.dtype(), &DataType::Int32);
    column.i32().unwrap().iter().collect()
}

#[test]
fn news2_points() {
    let values = grid();
    for parameter in news2::Parameter::ALL {
        for scale in [Spo2Scale::One, Spo2Scale::Two] {
            for oxygen in [false, true] {
                let scale2 = lit(scale == Spo2Scale::Two);
                let column = news2::parameter_points(parameter, col("x"), scale2, lit(oxygen));
                let scalar = values
                    .iter()
                    .map(|value| news2::points(parameter, (*value)?, scale, oxygen).map(i32::from));
                let found = evaluate(&values, column);
                assert_eq!(found, scalar.collect::<Vec<_>>(), "{parameter:?} {scale:?} {oxygen}");
            }
        }
    }
}

#[test]
fn tobs_points() {
    let values = grid();
    for parameter in tobs::Parameter::ALL {
        let found = evaluate(&values, tobs::parameter_points(parameter, col("x")));
        let scalar = values.iter().map(|value| tobs::points(parameter, (*value)?).map(i32::from));
        assert_eq!(found, scalar.collect::<Vec<_>>(), "{parameter:?}");
    }
}

#[test]
fn whole_numbers_may_be_integers() {
    let frame = df!("x" => [8_i64, 9, 25]).unwrap().lazy();
    let points = tobs::parameter_points(tobs::Parameter::RespiratoryRate, col("x"));
    let frame = frame.select([points]).collect().unwrap();
    let found: Vec<_> = frame.columns()[0].i32().unwrap().iter().collect();
    assert_eq!(found, [Some(3), Some(1), Some(3)]);
}

#[test]
fn an_unknown_scale_gives_no_points_of_saturation() {
    let frame = df!(
        "x" => [95.0; 6],
        "two" => [Some(true), Some(true), Some(true), Some(false), Some(false), None],
        "oxygen" => [Some(true), Some(false), None, Some(true), None, Some(true)],
    );
    let points = |parameter| {
        let points = news2::parameter_points(parameter, col("x"), col("two"), col("oxygen"));
        let frame = frame.as_ref().unwrap().clone().lazy().select([points]).collect().unwrap();
        frame.columns()[0].i32().unwrap().iter().collect::<Vec<_>>()
    };
    let saturation = points(news2::Parameter::OxygenSaturation);
    assert_eq!(saturation, [Some(2), Some(0), None, Some(1), Some(1), None]);
    assert_eq!(points(news2::Parameter::Pulse), [Some(1); 6]);
}

#[test]
fn consciousness() {
    let odd = [None, Some(f64::NAN), Some(f64::INFINITY), Some(-1.0), Some(-0.0)];
    let values: Vec<Option<f64>> =
        (0..=6).map(|half| Some(f64::from(half) / 2.0)).chain(odd).collect();
    let pairs = values.iter().flat_map(|level| values.iter().map(|it| (*level, *it)));
    let (levels, confusions): (Vec<_>, Vec<_>) = pairs.unzip();
    let expression = news2::consciousness_expression(col("level"), col("confusion"));
    let frame = df!("level" => &levels, "confusion" => &confusions).unwrap().lazy();
    let frame = frame.select([expression]).collect().unwrap();
    let found: Vec<_> = frame.columns()[0].f64().unwrap().iter().collect();
    let scalar =
        levels.iter().zip(&confusions).map(|(level, it)| news2::consciousness(*level, *it));
    assert_eq!(found, scalar.collect::<Vec<_>>());
}

#[test]
fn sums_of_what_is_there() {
    let a = [None, Some(0), Some(3), None, Some(2)];
    let b = [None, None, Some(1), Some(3), Some(2)];
    let oxygen = [Some(true), Some(true), Some(false), None, Some(true)];
    let points = [col("a"), col("b")];
    let frame = df!("a" => a, "b" => b, "oxygen" => oxygen).unwrap().lazy();
    let frame = frame
        .select([
            scores::total(&points).alias("total"),
            scores::parameters(&points).alias("parameters"),
            scores::single_three(&points).alias("three"),
            news2::total(&points, col("oxygen")).alias("news2"),
        ])
        .collect()
        .unwrap();
    let numbers = |name| frame.column(name).unwrap().i32().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(numbers("total"), [None, Some(0), Some(4), Some(3), Some(4)]);
    assert_eq!(numbers("parameters"), [Some(0), Some(1), Some(2), Some(1), Some(2)]);
    assert_eq!(numbers("news2"), [None, Some(2), Some(4), Some(3), Some(6)]);
    let three: Vec<_> = frame.column("three").unwrap().bool().unwrap().iter().collect();
    assert_eq!(three, [None, Some(false), Some(true), Some(true), Some(false)]);
}
