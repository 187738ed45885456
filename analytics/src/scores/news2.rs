//! NEWS2, the National Early Warning Score (Royal College of Physicians, London 2017).
//!
//! Tags: the bands, the order of evaluation and the two scales of oxygen saturation are \[S\] (RCP
//! 2017). Rounding before look-up and the greatest age of a parameter are \[P\]: a proposal that
//! needs clinical sign-off.
//!
//! | parameter | 3 | 2 | 1 | 0 | 1 | 2 | 3 |
//! |---|---|---|---|---|---|---|---|
//! | respiration /min | ≤ 8 | | 9–11 | 12–20 | | 21–24 | ≥ 25 |
//! | saturation, scale 1, % | ≤ 91 | 92–93 | 94–95 | ≥ 96 | | | |
//! | saturation, scale 2, % | ≤ 83 | 84–85 | 86–87 | 88–92, on air ≥ 93 | 93–94 on oxygen | 95–96 on oxygen | ≥ 97 on oxygen |
//! | air or oxygen | | oxygen | | air | | | |
//! | systolic pressure, mmHg | ≤ 90 | 91–100 | 101–110 | 111–219 | | | ≥ 220 |
//! | pulse /min | ≤ 40 | | 41–50 | 51–90 | 91–110 | 111–130 | ≥ 131 |
//! | consciousness | | | | alert | | | new confusion, voice, pain, none |
//! | temperature, °C | ≤ 35.0 | | 35.1–36.0 | 36.1–38.0 | 38.1–39.0 | ≥ 39.1 | |
//!
//! The table leaves gaps between whole numbers (110.5 mmHg) and between tenths (36.05 °C). Values
//! are therefore rounded first, halves up: temperature to one decimal, the others to whole numbers.
//!
//! A score with a parameter missing is **not** NEWS2 but a lower bound of it, and is to be shown as
//! partial with what is missing. Above all "alert" is never assumed: home devices do not tell.
//! NEWS2 is not for anybody under 16 or pregnant, and its monitoring intervals are those of a
//! hospital.

use polars::prelude::{Expr, lit, when};
use serde::{Deserialize, Serialize};

use super::bands::{Bands, Rounding, null, points as points_of};
use super::{Reading, early_warning};
use crate::plan::Spo2Scale;
use crate::screening::EarlyWarning;

/// What NEWS2 is made of beside supplemental oxygen, which is not measured but part of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// Breaths per minute.
    RespiratoryRate,
    /// Oxygen saturation, %.
    OxygenSaturation,
    /// Systolic pressure, mmHg.
    SystolicBloodPressure,
    /// Pulse or heart rate per minute.
    Pulse,
    /// Level of consciousness as [`consciousness`] gives it: 0 alert, above 0 not.
    Consciousness,
    /// Body temperature, °C.
    Temperature,
}

impl Parameter {
    /// All of them, in the order of the chart.
    pub const ALL: [Self; 6] = [
        Self::RespiratoryRate,
        Self::OxygenSaturation,
        Self::SystolicBloodPressure,
        Self::Pulse,
        Self::Consciousness,
        Self::Temperature,
    ];

    /// The name of the signal that it is read from.
    pub const fn name(self) -> &'static str {
        self.signal().name()
    }

    /// The signal that it is read from. Consciousness has a second one,
    /// [`Signal::NewConfusion`](crate::Signal::NewConfusion).
    pub const fn signal(self) -> crate::Signal {
        use crate::Signal;
        match self {
            Self::RespiratoryRate => Signal::RespiratoryRate,
            Self::OxygenSaturation => Signal::OxygenSaturation,
            Self::SystolicBloodPressure => Signal::SystolicBloodPressure,
            Self::Pulse => Signal::HeartRate,
            Self::Consciousness => Signal::Consciousness,
            Self::Temperature => Signal::BodyTemperature,
        }
    }

    /// Its table: the only place where the bands are written down.
    const fn bands(self, saturation: Saturation) -> Bands {
        match self {
            Self::RespiratoryRate => whole(&[(8, 3), (11, 1), (20, 0), (24, 2)], 3),
            Self::OxygenSaturation => match saturation {
                Saturation::One => whole(&[(91, 3), (93, 2), (95, 1)], 0),
                Saturation::TwoOnAir => whole(&[(83, 3), (85, 2), (87, 1)], 0),
                Saturation::TwoOnOxygen => {
                    whole(&[(83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2)], 3)
                }
            },
            Self::SystolicBloodPressure => whole(&[(90, 3), (100, 2), (110, 1), (219, 0)], 3),
            Self::Pulse => whole(&[(40, 3), (50, 1), (90, 0), (110, 1), (130, 2)], 3),
            Self::Consciousness => Bands { rounding: Rounding::Code, up_to: &[(0, 0)], above: 3 },
            Self::Temperature => Bands {
                rounding: Rounding::Tenth,
                up_to: &[(350, 3), (360, 1), (380, 0), (390, 1)],
                above: 2,
            },
        }
    }
}

const fn whole(up_to: &'static [(i32, u8)], above: u8) -> Bands {
    Bands { rounding: Rounding::Whole, up_to, above }
}

/// Which table holds for saturation. Supplemental oxygen matters on scale 2 only.
#[derive(Debug, Clone, Copy)]
enum Saturation {
    One,
    TwoOnAir,
    TwoOnOxygen,
}

impl Saturation {
    const fn of(scale: Spo2Scale, oxygen: bool) -> Self {
        match (scale, oxygen) {
            (Spo2Scale::One, _) => Self::One,
            (Spo2Scale::Two, false) => Self::TwoOnAir,
            (Spo2Scale::Two, true) => Self::TwoOnOxygen,
        }
    }
}

/// The points for supplemental oxygen.
pub const OXYGEN_POINTS: u8 = 2;

/// The points of one parameter, 0–3; `None` for what is no value (not finite, or a level of
/// consciousness below 0). Values are rounded first, see [the module](self).
///
/// `scale` and `oxygen` matter for saturation only.
pub fn points(parameter: Parameter, value: f64, scale: Spo2Scale, oxygen: bool) -> Option<u8> {
    parameter.bands(Saturation::of(scale, oxygen)).points(value)
}

/// [`points`] of a column, as `Int32`; null for null and for what is no value.
///
/// `scale2` and `oxygen` are Boolean; where the one needed is null, saturation has no points.
pub fn parameter_points(parameter: Parameter, value: Expr, scale2: Expr, oxygen: Expr) -> Expr {
    if parameter != Parameter::OxygenSaturation {
        return parameter.bands(Saturation::One).expression(value);
    }
    let by = |saturation| parameter.bands(saturation).expression(value.clone());
    let two = when(oxygen.clone())
        .then(by(Saturation::TwoOnOxygen))
        .when(oxygen.not())
        .then(by(Saturation::TwoOnAir))
        .otherwise(null());
    when(scale2.clone()).then(two).when(scale2.not()).then(by(Saturation::One)).otherwise(null())
}

/// The level of consciousness that NEWS2 looks at, of the level that was recorded (MCS88126) and of
/// new confusion.
///
/// New confusion seen (1 or more) is at least level 1. Without it the recorded level counts, and
/// where none was recorded there is none: that nobody saw confusion does not make anybody alert.
pub fn consciousness(level: Option<f64>, new_confusion: Option<f64>) -> Option<f64> {
    let level = level.filter(|level| level.is_finite() && *level >= 0.0);
    match new_confusion {
        Some(confusion) if confusion.is_finite() && confusion >= 1.0 => {
            Some(level.map_or(1.0, |level| level.max(1.0)))
        }
        _ => level,
    }
}

/// [`consciousness`] of columns, as `Float64`.
pub fn consciousness_expression(level: Expr, new_confusion: Expr) -> Expr {
    use polars::prelude::DataType::Float64;

    let (level, confusion) = (level.cast(Float64), new_confusion.cast(Float64));
    let recorded = level.clone().is_finite().and(level.clone().gt_eq(lit(0.0)));
    let confused = confusion.clone().is_finite().and(confusion.gt_eq(lit(1.0)));
    when(recorded.clone().and(level.clone().gt_eq(lit(1.0))))
        .then(level.clone())
        .when(confused)
        .then(lit(1.0))
        .when(recorded)
        .then(level)
        .otherwise(null().cast(Float64))
}

/// The sum of the parameters' points, with those for oxygen; null where no parameter has any. A
/// null `oxygen` is no oxygen.
pub fn total(points: &[Expr], oxygen: Expr) -> Expr {
    let extra = when(oxygen).then(points_of(OXYGEN_POINTS)).otherwise(points_of(0));
    super::total(points) + extra
}

/// What NEWS2 is reckoned from: the newest reading of each.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Inputs {
    /// Breaths per minute.
    pub respiratory_rate: Option<Reading>,
    /// Oxygen saturation, %.
    pub oxygen_saturation: Option<Reading>,
    /// Systolic pressure, mmHg.
    pub systolic_blood_pressure: Option<Reading>,
    /// Pulse per minute.
    pub pulse: Option<Reading>,
    /// Level of consciousness, 0 habitual to 3 none (MCS88126).
    pub consciousness: Option<Reading>,
    /// New confusion, 0 or 1.
    pub new_confusion: Option<Reading>,
    /// Body temperature, °C.
    pub temperature: Option<Reading>,
    /// The scale of saturation, from the plan. Never to be inferred from a diagnosis.
    pub scale: Spo2Scale,
    /// Whether the citizen has supplemental oxygen, from the plan.
    pub oxygen: bool,
}

impl Inputs {
    fn reading(&self, parameter: Parameter) -> Option<Reading> {
        match parameter {
            Parameter::RespiratoryRate => self.respiratory_rate,
            Parameter::OxygenSaturation => self.oxygen_saturation,
            Parameter::SystolicBloodPressure => self.systolic_blood_pressure,
            Parameter::Pulse => self.pulse,
            Parameter::Consciousness => self.alertness(),
            Parameter::Temperature => self.temperature,
        }
    }

    /// [`consciousness`] of the readings that are recent enough, as old as what decided.
    fn alertness(&self) -> Option<Reading> {
        let level = self.consciousness.and_then(Reading::recent);
        let confusion = self.new_confusion.and_then(Reading::recent);
        let value = consciousness(level.map(|it| it.value), confusion.map(|it| it.value))?;
        let by_level = level.filter(|it| it.value.to_bits() == value.to_bits());
        by_level.or(confusion).map(|it| Reading { value, age_hours: it.age_hours })
    }
}

/// NEWS2, 0–20, partial unless nothing is missing; `None` where nothing was measured in the last
/// [`MAX_AGE_HOURS`](super::MAX_AGE_HOURS).
///
/// `parameters` counts up to six: oxygen is not measured, and its points are added to whatever was.
pub fn score(inputs: &Inputs) -> Option<EarlyWarning> {
    let parameters = Parameter::ALL.map(|parameter| {
        let reading = inputs.reading(parameter).and_then(Reading::recent);
        let scored = reading.and_then(|it| {
            let points = points(parameter, it.value, inputs.scale, inputs.oxygen)?;
            Some((points, it.age_hours))
        });
        (parameter.name(), scored)
    });
    early_warning(&parameters, if inputs.oxygen { OXYGEN_POINTS } else { 0 })
}

/// Clinical risk by NEWS2 (RCP 2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// 0–4.
    Low,
    /// 0–4 with a single parameter of 3.
    LowMedium,
    /// 5–6.
    Medium,
    /// 7 or more.
    High,
}

/// The risk band. The aggregate is looked at first: a single 3 raises a low aggregate, and changes
/// nothing from 5 on. Of a partial score it is the least that the risk can be.
pub const fn risk(score: u8, single_three: bool) -> Risk {
    match score {
        7.. => Risk::High,
        5..=6 => Risk::Medium,
        _ if single_three => Risk::LowMedium,
        _ => Risk::Low,
    }
}
