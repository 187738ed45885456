//! Features that the engine itself computes from others, as column expressions.

use polars::prelude::{DataType, Expr, col, lit, when};

use crate::scores::{self, news2, tobs};

/// Names that an expression of a pack may use.
pub(crate) const NAMES: [&str; 8] = [
    "news2_score",
    "news2_parameters",
    "news2_single_three",
    "tobs_score",
    "tobs_parameters",
    "tobs_single_three",
    "signals_worse",
    "deterioration",
];

/// UCUM code of the unit of one of [`NAMES`] or of what they are made of.
pub(crate) fn unit(name: &str) -> &'static str {
    match name {
        "news2_score" | "tobs_score" | "deterioration" => "{score}",
        _ => "1",
    }
}

/// The points of a score's parameter, and the score made of them. The colon keeps the names of
/// parameters apart from whatever a pack defines.
pub(crate) fn expression(name: &str) -> Option<Expr> {
    if let Some(parameter) = name.strip_prefix("news2:") {
        let parameter = news2::Parameter::ALL.into_iter().find(|it| it.name() == parameter)?;
        return Some(news2_points(parameter));
    }
    if let Some(parameter) = name.strip_prefix("tobs:") {
        let parameter = tobs::Parameter::ALL.into_iter().find(|it| it.name() == parameter)?;
        return Some(tobs::parameter_points(parameter, last(parameter.name())));
    }
    let news2 = || news2::Parameter::ALL.map(|it| col(format!("news2:{}", it.name())));
    let tobs = || tobs::Parameter::ALL.map(|it| col(format!("tobs:{}", it.name())));
    let expression = match name {
        "news2_score" => news2::total(&news2(), oxygen()),
        "news2_parameters" => scores::parameters(&news2()),
        "news2_single_three" => scores::single_three(&news2()),
        "tobs_score" => scores::total(&tobs()),
        "tobs_parameters" => scores::parameters(&tobs()),
        "tobs_single_three" => scores::single_three(&tobs()),
        _ => return None,
    };
    Some(expression.cast(DataType::Float64))
}

/// How many of the components are worse; null where none can be told.
pub(crate) fn signals_worse(components: &[(String, f64)]) -> Expr {
    weighted(components, 1, |_| 1.0)
}

/// The weights of those that are worse; null where too few can be told.
pub(crate) fn deterioration(components: &[(String, f64)]) -> Expr {
    weighted(components, super::worsening::LEAST_COMPONENTS, |weight| weight)
}

fn weighted(components: &[(String, f64)], least: i32, weight: impl Fn(f64) -> f64) -> Expr {
    let sum = components.iter().fold(lit(0.0), |sum, (name, share)| {
        sum + col(name.as_str()).fill_null(lit(0.0)) * lit(weight(*share))
    });
    let known = components.iter().fold(lit(0), |known, (name, _)| {
        known + col(name.as_str()).is_not_null().cast(DataType::Int32)
    });
    when(known.gt_eq(lit(least))).then(sum).otherwise(lit(polars::prelude::NULL))
}

fn news2_points(parameter: news2::Parameter) -> Expr {
    let value = match parameter {
        news2::Parameter::Consciousness => {
            news2::consciousness_expression(last("consciousness"), last("new_confusion"))
        }
        _ => last(parameter.name()),
    };
    news2::parameter_points(parameter, value, col("spo2_scale").eq(lit(2.0)), oxygen())
}

fn last(signal: &str) -> Expr {
    col(format!("{signal}_last_24h"))
}

fn oxygen() -> Expr {
    col("on_oxygen").eq(lit(1.0))
}
