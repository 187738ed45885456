//! Measures: the kinds of number Pulsvagt knows, with their codes, units and limits.
//!
//! A [`Measure`] is what an Observation's code comes down to, whoever sent it: [`by_code`] takes
//! the LOINC, NPU, `MedCom`, SKS, SNOMED CT and IEEE 11073 codings that Danish home monitoring
//! uses. [`conversion`] takes the unit as sent to the one canonical UCUM unit of the measure, and
//! [`Measure::plausible`] says which values can be real. A blood-pressure panel is no measure, its
//! components are; [`is_blood_pressure_panel`] knows the panel.
//!
//! ```
//! use pulsvagt_fhir::measure::{self, Measure, Unit, UnitFit};
//!
//! let weight = measure::by_code("urn:oid:1.2.208.176.2.1", "NPU03804");
//! assert_eq!(weight, Some(Measure::BodyWeight));
//!
//! let pounds = measure::conversion(Measure::BodyWeight, Unit::ucum("[lb_av]"));
//! let UnitFit::Canonical(conversion) = pounds else { panic!("pounds are expected") };
//! assert!((conversion.apply(180.0) - 81.6466).abs() < 1e-4);
//! ```

use std::ops::RangeInclusive;

mod atoms;
mod codes;
mod table;
#[cfg(test)]
mod tests;
mod ucum;
mod units;
mod vitals;

pub use codes::{HOME_REPORT_SYSTEM, by_code, is_blood_pressure_panel};
pub use table::Measure;
pub use ucum::{is_valid_ucum, ucum_is_known};
pub use units::{Conversion, UCUM_SYSTEM, Unit, UnitFit, conversion};
pub use vitals::{UnitVerdict, VitalSign, vital_sign};

/// Limits outside which a value cannot be real, or is worth asking about, in canonical units.
///
/// Every limit is a product choice that needs clinical sign-off before use; the variants of
/// [`Measure`] say where each comes from. Beyond a hard limit a reading is quarantined with its
/// raw content kept, beyond a soft one the citizen is asked to measure again. Neither is an alarm
/// limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Plausible {
    /// Values outside are quarantined.
    pub hard: RangeInclusive<f64>,
    /// Values inside `hard` but outside this are kept and asked about.
    pub soft: Option<RangeInclusive<f64>>,
}

/// What [`Plausible`] makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plausibility {
    /// Within all limits.
    Plausible,
    /// Outside the soft limits only.
    Suspect,
    /// Outside the hard limits, or not a number.
    Impossible,
}

impl Plausible {
    /// Judges a value in canonical units.
    pub fn judge(&self, value: f64) -> Plausibility {
        if !self.hard.contains(&value) {
            Plausibility::Impossible
        } else if self.soft.as_ref().is_some_and(|soft| !soft.contains(&value)) {
            Plausibility::Suspect
        } else {
            Plausibility::Plausible
        }
    }
}

/// Writes the enum and its look-ups from one table, so that a measure cannot be half added.
macro_rules! measures {
    ($(
        $(#[$doc:meta])*
        $variant:ident = $id:literal, $name:literal, $unit:literal, $en:literal, $da:literal,
            $hard:expr, $soft:expr;
    )+) => {
        /// A known kind of number.
        ///
        /// The numbers are stored, so they never change and are never used again for something
        /// else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum Measure {
            $( $(#[$doc])* $variant = $id, )+
        }

        impl Measure {
            /// All measures, by number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stored number.
            pub const fn id(self) -> i16 {
                match self { $(Self::$variant => $id),+ }
            }

            /// The measure with a stored number.
            pub const fn from_id(id: i16) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)+ _ => None }
            }

            /// The stable name, in `snake_case`, for rule packs, exports and URLs.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The measure with a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }

            /// The canonical UCUM unit, in which values are stored.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit),+ }
            }

            /// What people call it, in English.
            pub const fn display_en(self) -> &'static str {
                match self { $(Self::$variant => $en),+ }
            }

            /// What people call it, in Danish.
            pub const fn display_da(self) -> &'static str {
                match self { $(Self::$variant => $da),+ }
            }

            /// The limits of plausible values, in canonical units.
            pub const fn plausible(self) -> $crate::measure::Plausible {
                let (hard, soft) = match self { $(Self::$variant => ($hard, $soft)),+ };
                $crate::measure::Plausible { hard, soft }
            }
        }
    };
}
use measures;
