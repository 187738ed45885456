//! How senders write: codes and units of each measure in the dialects seen in practice.

use super::draw::nearest;

/// Who writes the Observation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// Apple's health data through a phone app: pounds, mg/dL, `identifier` without a system.
    HealthKit,
    /// Android's health data through a phone app: no identifier at all.
    HealthConnect,
    /// A Danish gateway after dk-core: LOINC with NPU or MCS beside it.
    DkCore,
    /// A Continua gateway after the personal health device guide: MDC with LOINC beside it.
    Phd,
}

/// A sender and its habits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) sender: Sender,
    /// Writes NPU codes under `http://npu-terminology.org` rather than the older OID.
    pub(super) npu_url: bool,
    /// Writes saturation as a fraction (0.97) rather than in percent.
    pub(super) fraction: bool,
}

/// A measure as devices send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    HeartRate,
    RestingPulse,
    Steps,
    Sleep,
    Saturation,
    Pulse,
    Respiration,
    Fev1,
    Weight,
    Pressure,
    Glucose,
    Sensor,
    Temperature,
    Crp,
    Dyspnoea,
    Cough,
    Sputum,
    SputumColour,
    SelfReported,
    NewConfusion,
    Fall,
}

const OLD_NPU: &str = "urn:oid:1.2.208.176.2.1";
const NEW_NPU: &str = "http://npu-terminology.org";

/// JSON text around the holes of one measure in one dialect.
pub(super) struct Wording {
    /// `"category":[…],"code":{…}`; a `@` stands for the NPU system.
    pub(super) code: &'static str,
    /// `"unit":…,"system":…,"code":…` after the value.
    pub(super) unit: &'static str,
}

macro_rules! coding {
    (loinc $code:literal $display:literal) => {
        concat!(
            r#"{"system":"http://loinc.org","code":""#,
            $code,
            r#"","display":""#,
            $display,
            r#""}"#
        )
    };
    (hk $code:literal $display:literal) => {
        concat!(
            r#"{"code":"HKQuantityTypeIdentifier"#,
            $code,
            r#"","display":""#,
            $display,
            r#"","system":"http://developer.apple.com/documentation/healthkit"}"#
        )
    };
    (npu $code:literal) => {
        concat!(r#"{"system":"@","code":"NPU"#, $code, r#""}"#)
    };
    (mcs $code:literal) => {
        concat!(r#"{"system":"urn:oid:1.2.208.184.100.8","code":"MCS"#, $code, r#""}"#)
    };
    (home $code:literal $display:literal) => {
        concat!(
            r#"{"system":"http://pulsvagt.dk/fhir/CodeSystem/home-report","code":""#,
            $code,
            r#"","display":""#,
            $display,
            r#""}"#
        )
    };
    (mdc $code:literal $display:literal) => {
        concat!(
            r#"{"system":"urn:iso:std:iso:11073:10101","code":""#,
            $code,
            r#"","display":"MDC_"#,
            $display,
            r#""}"#
        )
    };
}
macro_rules! code {
    ($($a:tt)+) => { concat!(r#""code":{"coding":["#, $($a)+, "]}") };
}
macro_rules! category {
    ($code:literal) => {
        concat!(
            r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/"#,
            r#"observation-category","code":""#,
            $code,
            r#""}]}],"#
        )
    };
    (phd) => {
        concat!(
            r#""category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/"#,
            r#"observation-category","code":"vital-signs"}]},{"coding":[{"system":"#,
            r#""http://hl7.org/fhir/uv/phd/CodeSystem/PhdObservationCategories","code":"phd"}]}],"#
        )
    };
}
macro_rules! unit {
    ($unit:literal $code:literal) => {
        concat!(
            r#","unit":""#,
            $unit,
            r#"","system":"http://unitsofmeasure.org","code":""#,
            $code,
            r#"""#
        )
    };
}

/// Something told from home, worded alike whoever sends it.
macro_rules! told {
    ($code:literal $display:literal) => {
        (
            concat!(category!("survey"), code!(coding!(home $code $display))),
            unit!("{score}" "{score}"),
        )
    };
}

impl Style {
    /// The system that this sender writes NPU codes under.
    pub(super) fn npu(self) -> &'static str {
        if self.npu_url { NEW_NPU } else { OLD_NPU }
    }

    /// The canonical value of a measure as this sender writes it: a whole number and how many of
    /// its digits are decimals.
    pub(super) fn digits(self, kind: Kind, value: f64) -> (i32, u8) {
        use Kind::{Fev1, Glucose, Saturation, Sensor, Sleep, Temperature, Weight};
        match (kind, self.sender) {
            (Saturation, Sender::DkCore) if self.fraction => (nearest(value), 2),
            (Weight, Sender::HealthKit) => (nearest(value / 0.453_592_37 * 10.0), 1),
            (Glucose | Sensor, Sender::HealthKit | Sender::HealthConnect) => {
                (nearest(value * 18.016), 0)
            }
            (Sleep | Fev1, _) => (nearest(value * 100.0), 2),
            (Weight | Glucose | Sensor | Temperature, _) => (nearest(value * 10.0), 1),
            _ => (nearest(value), 0),
        }
    }

    /// How this sender words a measure.
    pub(super) fn wording(self, kind: Kind) -> Wording {
        use Sender::{HealthConnect, HealthKit, Phd};
        let phone = matches!(self.sender, HealthKit | HealthConnect);
        let (code, unit) = match (kind, self.sender) {
            (Kind::HeartRate, HealthKit) => (
                code!(
                    coding!(loinc "8867-4" "Heart rate"),
                    ",",
                    coding!(hk "HeartRate" "Heart Rate")
                ),
                unit!("beats/minute" "/min"),
            ),
            (Kind::HeartRate | Kind::Pulse, _) if phone => {
                (code!(coding!(loinc "8867-4" "Heart rate")), unit!("beats/minute" "/min"))
            }
            (Kind::HeartRate | Kind::Pulse, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "149530" "PULS_OXIM_PULS_RATE"),
                        ",",
                        coding!(loinc "8867-4" "Heart rate")
                    )
                ),
                unit!("{beat}/min" "{beat}/min"),
            ),
            (Kind::HeartRate | Kind::Pulse, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(coding!(loinc "8867-4" "Heart rate"), ",", coding!(npu "21692"))
                ),
                if self.npu_url { unit!("/min" "/min") } else { unit!("slag/min" "1/min") },
            ),
            (Kind::RestingPulse, HealthKit) => (
                code!(
                    coding!(loinc "40443-4" "Heart rate --resting"),
                    ",",
                    coding!(hk "RestingHeartRate" "Resting Heart Rate")
                ),
                unit!("beats/minute" "/min"),
            ),
            (Kind::RestingPulse, _) => (
                code!(coding!(loinc "40443-4" "Heart rate --resting")),
                unit!("beats/minute" "/min"),
            ),
            (Kind::Steps, HealthKit) => (
                code!(
                    coding!(loinc "55423-8" "Number of steps in unspecified time Pedometer"),
                    ",",
                    coding!(hk "StepCount" "Step Count")
                ),
                r#","unit":"steps""#,
            ),
            (Kind::Steps, _) => (
                code!(coding!(loinc "55423-8" "Number of steps in unspecified time Pedometer")),
                unit!("steps" "{steps}"),
            ),
            (Kind::Sleep, _) => (code!(coding!(loinc "93832-4" "Sleep duration")), unit!("h" "h")),
            (Kind::Saturation, _) if phone => (
                code!(
                    coding!(loinc "59408-5" "Oxygen saturation in Arterial blood by Pulse oximetry")
                ),
                unit!("%" "%"),
            ),
            (Kind::Saturation, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "150456" "PULS_OXIM_SAT_O2"),
                        ",",
                        coding!(loinc "2708-6" "Oxygen saturation")
                    )
                ),
                unit!("%" "%"),
            ),
            (Kind::Saturation, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(
                        coding!(loinc "2708-6" "Oxygen saturation"),
                        ",",
                        coding!(loinc "59408-5" "Oxygen saturation by pulse oximetry"),
                        ",",
                        coding!(npu "27280")
                    )
                ),
                if self.fraction { unit!("1" "1") } else { unit!("%" "%") },
            ),
            (Kind::Respiration, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "151562" "RESP_RATE"),
                        ",",
                        coding!(loinc "9279-1" "Respiratory rate")
                    )
                ),
                unit!("{breaths}/min" "{breaths}/min"),
            ),
            (Kind::Respiration, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(coding!(loinc "9279-1" "Respiratory rate"), ",", coding!(mcs "88122"))
                ),
                unit!("/min" "/min"),
            ),
            (Kind::Fev1, _) => {
                (code!(coding!(loinc "20150-9" "FEV1"), ",", coding!(mcs "88015")), unit!("L" "L"))
            }
            (Kind::Weight, HealthKit) => (
                code!(
                    coding!(loinc "29463-7" "Body weight"),
                    ",",
                    coding!(hk "BodyMass" "Body Mass")
                ),
                unit!("lbs" "[lb_av]"),
            ),
            (Kind::Weight, HealthConnect) => {
                (code!(coding!(loinc "29463-7" "Body weight")), unit!("kg" "kg"))
            }
            (Kind::Weight, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "188736" "MASS_BODY_ACTUAL"),
                        ",",
                        coding!(loinc "29463-7" "Body weight")
                    )
                ),
                unit!("kg" "kg"),
            ),
            (Kind::Weight, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(coding!(loinc "29463-7" "Body weight"), ",", coding!(npu "03804"))
                ),
                unit!("kg" "kg"),
            ),
            (Kind::Pressure, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "150020" "PRESS_BLD_NONINV"),
                        ",",
                        coding!(loinc "85354-9" "Blood pressure panel")
                    )
                ),
                unit!("mmHg" "mm[Hg]"),
            ),
            (Kind::Pressure, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(
                        coding!(loinc "85354-9" "Blood pressure panel with all children optional")
                    )
                ),
                unit!("mm[Hg]" "mm[Hg]"),
            ),
            (Kind::Glucose, _) if phone => (
                code!(
                    coding!(loinc "41653-7" "Glucose [Mass/volume] in Capillary blood by Glucometer")
                ),
                unit!("mg/dL" "mg/dL"),
            ),
            (Kind::Glucose, Phd) => (
                concat!(
                    category!("laboratory"),
                    code!(
                        coding!(mdc "160184" "CONC_GLU_CAPILLARY_WHOLEBLOOD"),
                        ",",
                        coding!(loinc "14743-9" "Glucose [Moles/volume] in Capillary blood")
                    )
                ),
                unit!("mmol/L" "mmol/L"),
            ),
            (Kind::Glucose, _) => (
                concat!(
                    category!("laboratory"),
                    code!(
                        coding!(npu "22089"),
                        ",",
                        coding!(loinc "14743-9" "Glucose [Moles/volume] in Capillary blood")
                    )
                ),
                unit!("mmol/L" "mmol/L"),
            ),
            (Kind::Sensor, _) if phone => (
                concat!(
                    category!("laboratory"),
                    code!(coding!(loinc "99504-3" "Glucose [Mass/volume] in Interstitial fluid"))
                ),
                unit!("mg/dL" "mg/dL"),
            ),
            (Kind::Sensor, _) => (
                concat!(
                    category!("laboratory"),
                    code!(coding!(loinc "105272-9" "Glucose [Moles/volume] in Interstitial fluid"))
                ),
                unit!("mmol/l" "mmol/L"),
            ),
            (Kind::Temperature, Phd) => (
                concat!(
                    category!(phd),
                    code!(
                        coding!(mdc "150364" "TEMP_BODY"),
                        ",",
                        coding!(loinc "8310-5" "Body temperature")
                    )
                ),
                unit!("°C" "Cel"),
            ),
            (Kind::Temperature, _) => (
                concat!(
                    category!("vital-signs"),
                    code!(coding!(loinc "8310-5" "Body temperature"), ",", coding!(npu "08676"))
                ),
                unit!("°C" "Cel"),
            ),
            (Kind::Crp, _) => (
                concat!(
                    category!("laboratory"),
                    code!(coding!(npu "19748"), ",", coding!(loinc "1988-5" "C reactive protein"))
                ),
                unit!("mg/L" "mg/L"),
            ),
            (Kind::Dyspnoea, _) => told!("dyspnoea-change" "Change in breathlessness"),
            (Kind::Cough, _) => told!("cough-change" "Change in cough"),
            (Kind::Sputum, _) => told!("sputum-change" "Change in amount of sputum"),
            (Kind::SputumColour, _) => told!("sputum-colour" "Change in colour of sputum"),
            (Kind::SelfReported, _) => told!("self-reported-change" "Self-reported change"),
            (Kind::NewConfusion, _) => told!("new-confusion" "New confusion"),
            (Kind::Fall, _) => told!("fall" "Fall"),
        };
        Wording { code, unit }
    }
}

impl Kind {
    /// Whether a person told it and no device measured it.
    pub(super) fn is_told(self) -> bool {
        matches!(
            self,
            Self::Dyspnoea
                | Self::Cough
                | Self::Sputum
                | Self::SputumColour
                | Self::SelfReported
                | Self::NewConfusion
                | Self::Fall
        )
    }

    /// The MDC code that Continua identifiers carry; `None` for what never comes over Continua.
    pub(super) fn mdc(self) -> Option<&'static str> {
        match self {
            Self::Saturation => Some("150456"),
            Self::Pulse => Some("149530"),
            Self::Respiration => Some("151562"),
            Self::Weight => Some("188736"),
            Self::Pressure => Some("150020"),
            Self::Glucose => Some("160184"),
            Self::Temperature => Some("150364"),
            _ => None,
        }
    }
}
