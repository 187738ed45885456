//! Which codings put an Observation under an R4 vital-signs profile, and the units it then allows.
//!
//! From the `StructureDefinition`s of FHIR 4.0.1 (`vitalsigns`, `heartrate`, …): each fixes one
//! LOINC code and the UCUM codes of its value.

use super::{Measure, Unit, UnitFit, conversion};

/// A vital-signs profile of FHIR R4, or one of the two components of the blood-pressure profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VitalSign {
    /// `vitalspanel`, LOINC 85353-1; has members and no value.
    VitalsPanel,
    /// `resprate`, LOINC 9279-1.
    RespiratoryRate,
    /// `heartrate`, LOINC 8867-4.
    HeartRate,
    /// `oxygensat`, LOINC 2708-6. An Observation with 59408-5 alone is under no R4 profile.
    OxygenSaturation,
    /// `bodytemp`, LOINC 8310-5.
    BodyTemperature,
    /// `bodyheight`, LOINC 8302-2.
    BodyHeight,
    /// `headcircum`, LOINC 9843-4.
    HeadCircumference,
    /// `bodyweight`, LOINC 29463-7.
    BodyWeight,
    /// `bmi`, LOINC 39156-5.
    BodyMassIndex,
    /// `bp`, LOINC 85354-9; has components and no value.
    BloodPressure,
    /// The component of `bp` with LOINC 8480-6.
    SystolicComponent,
    /// The component of `bp` with LOINC 8462-4.
    DiastolicComponent,
}

/// What a vital sign makes of a UCUM code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitVerdict {
    /// The profile names it.
    Legal,
    /// Against the letter of the profile, yet sent by real systems and convertible: `{fraction}`
    /// for oxygen saturation (dk-core), `1/min` for pulse and `m` for height (FUT). Worth a
    /// warning.
    Unusual,
    /// Cannot be understood as a unit of this vital sign: an error.
    Illegal,
}

/// The vital sign that a coding stands for, by its profile's own LOINC code.
pub fn vital_sign(system: &str, code: &str) -> Option<VitalSign> {
    if system != "http://loinc.org" {
        return None;
    }
    VitalSign::ALL.iter().copied().find(|vital_sign| vital_sign.loinc() == code)
}

impl VitalSign {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::VitalsPanel,
        Self::RespiratoryRate,
        Self::HeartRate,
        Self::OxygenSaturation,
        Self::BodyTemperature,
        Self::BodyHeight,
        Self::HeadCircumference,
        Self::BodyWeight,
        Self::BodyMassIndex,
        Self::BloodPressure,
        Self::SystolicComponent,
        Self::DiastolicComponent,
    ];

    /// The LOINC code that the profile fixes.
    pub const fn loinc(self) -> &'static str {
        match self {
            Self::VitalsPanel => "85353-1",
            Self::RespiratoryRate => "9279-1",
            Self::HeartRate => "8867-4",
            Self::OxygenSaturation => "2708-6",
            Self::BodyTemperature => "8310-5",
            Self::BodyHeight => "8302-2",
            Self::HeadCircumference => "9843-4",
            Self::BodyWeight => "29463-7",
            Self::BodyMassIndex => "39156-5",
            Self::BloodPressure => "85354-9",
            Self::SystolicComponent => "8480-6",
            Self::DiastolicComponent => "8462-4",
        }
    }

    /// The canonical URL of the profile.
    pub const fn profile(self) -> &'static str {
        match self {
            Self::VitalsPanel => "http://hl7.org/fhir/StructureDefinition/vitalspanel",
            Self::RespiratoryRate => "http://hl7.org/fhir/StructureDefinition/resprate",
            Self::HeartRate => "http://hl7.org/fhir/StructureDefinition/heartrate",
            Self::OxygenSaturation => "http://hl7.org/fhir/StructureDefinition/oxygensat",
            Self::BodyTemperature => "http://hl7.org/fhir/StructureDefinition/bodytemp",
            Self::BodyHeight => "http://hl7.org/fhir/StructureDefinition/bodyheight",
            Self::HeadCircumference => "http://hl7.org/fhir/StructureDefinition/headcircum",
            Self::BodyWeight => "http://hl7.org/fhir/StructureDefinition/bodyweight",
            Self::BodyMassIndex => "http://hl7.org/fhir/StructureDefinition/bmi",
            Self::BloodPressure | Self::SystolicComponent | Self::DiastolicComponent => {
                "http://hl7.org/fhir/StructureDefinition/bp"
            }
        }
    }

    /// Whether it is a component of the blood-pressure profile and no Observation of its own.
    pub const fn is_component(self) -> bool {
        matches!(self, Self::SystolicComponent | Self::DiastolicComponent)
    }

    /// The measure of its value; the panels have none.
    pub const fn measure(self) -> Option<Measure> {
        Some(match self {
            Self::VitalsPanel | Self::BloodPressure => return None,
            Self::RespiratoryRate => Measure::RespiratoryRate,
            Self::HeartRate => Measure::HeartRate,
            Self::OxygenSaturation => Measure::OxygenSaturation,
            Self::BodyTemperature => Measure::BodyTemperature,
            Self::BodyHeight => Measure::BodyHeight,
            Self::HeadCircumference => Measure::HeadCircumference,
            Self::BodyWeight => Measure::BodyWeight,
            Self::BodyMassIndex => Measure::BodyMassIndex,
            Self::SystolicComponent => Measure::SystolicBloodPressure,
            Self::DiastolicComponent => Measure::DiastolicBloodPressure,
        })
    }

    /// The UCUM codes that the profile names for its value.
    pub const fn legal_units(self) -> &'static [&'static str] {
        match self {
            Self::VitalsPanel | Self::BloodPressure => &[],
            Self::RespiratoryRate | Self::HeartRate => &["/min"],
            Self::OxygenSaturation => &["%"],
            Self::BodyTemperature => &["Cel", "[degF]"],
            Self::BodyHeight | Self::HeadCircumference => &["cm", "[in_i]"],
            Self::BodyWeight => &["kg", "g", "[lb_av]"],
            Self::BodyMassIndex => &["kg/m2"],
            Self::SystolicComponent | Self::DiastolicComponent => &["mm[Hg]"],
        }
    }

    /// Judges the code of a Quantity whose system is UCUM. Panels have no value, so nothing is
    /// legal there.
    pub fn unit_verdict(self, code: &str) -> UnitVerdict {
        if self.legal_units().contains(&code) {
            return UnitVerdict::Legal;
        }
        match self.measure().map(|measure| conversion(measure, Unit::ucum(code))) {
            Some(UnitFit::Canonical(_) | UnitFit::Unusual(_)) => UnitVerdict::Unusual,
            Some(UnitFit::Unknown | UnitFit::Impossible) | None => UnitVerdict::Illegal,
        }
    }
}
