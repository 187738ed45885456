//! TOBS, the early observation score of Danish municipalities ("Tidlig opsporing af begyndende
//! sygdom").
//!
//! Tags: the table is \[S\] (Kalundborg Kommune's instruks; Holstebro's is identical). What it
//! leaves open is closed by \[P\], a proposal that the municipality has to confirm.
//!
//! | parameter | 3 | 2 | 1 | 0 | 1 | 2 | 3 |
//! |---|---|---|---|---|---|---|---|
//! | pulse /min | | < 39 | 40–49 | 50–89 | 90–109 | 110–129 | > 130 |
//! | consciousness | | | agitated | habitual | responds to voice only | to pain only | none |
//! | respiration /min | < 8 | | 9–11 | 12–20 | | 21–24 | > 25 |
//! | temperature, rectal, °C | < 33.9 | 34–35.9 | | 36–37.9 | 38–38.9 | 39–39.9 | > 40 |
//! | systolic pressure, mmHg | < 69 | 70–79 | 80–99 | 100–199 | | > 200 | |
//!
//! The published table \[S\] gives no points for pulse 39 and 130, respiration 8 and 25,
//! temperature 33.9 and 40.0, and pressure 69 and 200. Here \[P\] the outer band is taken to begin
//! there: pulse ≤ 39 is 2 and ≥ 130 is 3; respiration ≤ 8 is 3 and ≥ 25 is 3; temperature ≤ 33.9 is
//! 3 and ≥ 40.0 is 3; pressure ≤ 69 is 3 and ≥ 200 is 2. Rounding before look-up is \[P\] too, as in
//! [`news2`](super::news2): temperature to one decimal, the others to whole numbers, halves up.
//!
//! The temperature is rectal: 0.5 °C is to be added to one taken in the mouth and 1 °C to one from
//! the armpit, and below 36 or above 40 it has to be confirmed rectally \[S\]. A
//! [`Signal`] does not tell the site, so nothing is added here.
//!
//! There is no saturation in TOBS. Actions published: at 0 repeat on judgement; at 1 check urine,
//! glucose, fluids and medicine, consider the general practitioner, repeat three times in 24 h; at
//! 2 the same, closer. Those for 3 and more were not found.

use polars::prelude::Expr;

use super::bands::{Bands, Rounding};
use super::{Reading, early_warning};
use crate::Signal;
use crate::screening::EarlyWarning;

/// What TOBS is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter {
    /// Pulse or heart rate per minute.
    Pulse,
    /// Level of consciousness: 0 habitual, 1 agitated or responds to voice only, 2 to pain only, 3
    /// none (MCS88126). Both meanings of 1 have one point.
    Consciousness,
    /// Breaths per minute.
    RespiratoryRate,
    /// Rectal temperature, °C.
    Temperature,
    /// Systolic pressure, mmHg.
    SystolicBloodPressure,
}

impl Parameter {
    /// All of them, in the order of the chart.
    pub const ALL: [Self; 5] = [
        Self::Pulse,
        Self::Consciousness,
        Self::RespiratoryRate,
        Self::Temperature,
        Self::SystolicBloodPressure,
    ];

    /// The name of the signal that it is read from.
    pub const fn name(self) -> &'static str {
        self.signal().name()
    }

    /// The signal that it is read from.
    pub const fn signal(self) -> Signal {
        match self {
            Self::Pulse => Signal::HeartRate,
            Self::Consciousness => Signal::Consciousness,
            Self::RespiratoryRate => Signal::RespiratoryRate,
            Self::Temperature => Signal::BodyTemperature,
            Self::SystolicBloodPressure => Signal::SystolicBloodPressure,
        }
    }

    /// Its table: the only place where the bands are written down.
    const fn bands(self) -> Bands {
        const fn bands(rounding: Rounding, up_to: &'static [(i32, u8)], above: u8) -> Bands {
            Bands { rounding, up_to, above }
        }
        match self {
            Self::Pulse => {
                bands(Rounding::Whole, &[(39, 2), (49, 1), (89, 0), (109, 1), (129, 2)], 3)
            }
            Self::Consciousness => bands(Rounding::Code, &[(0, 0), (1, 1), (2, 2)], 3),
            Self::RespiratoryRate => {
                bands(Rounding::Whole, &[(8, 3), (11, 1), (20, 0), (24, 2)], 3)
            }
            Self::Temperature => {
                bands(Rounding::Tenth, &[(339, 3), (359, 2), (379, 0), (389, 1), (399, 2)], 3)
            }
            Self::SystolicBloodPressure => {
                bands(Rounding::Whole, &[(69, 3), (79, 2), (99, 1), (199, 0)], 2)
            }
        }
    }
}

/// The points of one parameter, 0–3; `None` for what is no value (not finite, or a level of
/// consciousness below 0). Values are rounded first, see [the module](self).
pub fn points(parameter: Parameter, value: f64) -> Option<u8> {
    parameter.bands().points(value)
}

/// [`points`] of a column, as `Int32`; null for null and for what is no value.
pub fn parameter_points(parameter: Parameter, value: Expr) -> Expr {
    parameter.bands().expression(value)
}

/// What TOBS is reckoned from: the newest reading of each.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Inputs {
    /// Pulse per minute.
    pub pulse: Option<Reading>,
    /// Level of consciousness, 0 habitual to 3 none (MCS88126).
    pub consciousness: Option<Reading>,
    /// Breaths per minute.
    pub respiratory_rate: Option<Reading>,
    /// Rectal temperature, °C.
    pub temperature: Option<Reading>,
    /// Systolic pressure, mmHg.
    pub systolic_blood_pressure: Option<Reading>,
}

impl Inputs {
    const fn reading(&self, parameter: Parameter) -> Option<Reading> {
        match parameter {
            Parameter::Pulse => self.pulse,
            Parameter::Consciousness => self.consciousness,
            Parameter::RespiratoryRate => self.respiratory_rate,
            Parameter::Temperature => self.temperature,
            Parameter::SystolicBloodPressure => self.systolic_blood_pressure,
        }
    }
}

/// TOBS, 0–15, partial unless nothing is missing; `None` where nothing was measured in the last
/// [`MAX_AGE_HOURS`](super::MAX_AGE_HOURS).
pub fn score(inputs: &Inputs) -> Option<EarlyWarning> {
    let parameters = Parameter::ALL.map(|parameter| {
        let reading = inputs.reading(parameter).and_then(Reading::recent);
        let scored = reading.and_then(|it| Some((points(parameter, it.value)?, it.age_hours)));
        (parameter.name(), scored)
    });
    early_warning(&parameters, 0)
}
