//! From the unit as sent to the canonical unit of a measure.
//!
//! The canonical code itself is found without reading any UCUM. Everything else goes through the
//! units' dimensions: what has the same dimension converts by a factor, mass and amount of
//! substance convert where the measure has a molar mass, and what can never be right is told apart
//! from what is merely not understood. Temperatures, glycated haemoglobin, pH and the
//! share-or-percent measures have rules of their own.

use super::Measure;
use super::ucum::{Magnitude, is_valid_ucum, magnitude};

/// The system URI of UCUM codes.
pub const UCUM_SYSTEM: &str = "http://unitsofmeasure.org";

/// The places of mass, amount, equivalents and international units among the base dimensions.
const MASS: usize = 2;
const AMOUNT: usize = 7;
const EQUIVALENTS: usize = 8;
const INTERNATIONAL: usize = 9;

/// The unit part of a Quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unit<'a> {
    /// `Quantity.system`.
    pub system: Option<&'a str>,
    /// `Quantity.code`.
    pub code: Option<&'a str>,
    /// `Quantity.unit`, the text for people.
    pub unit: Option<&'a str>,
}

impl<'a> Unit<'a> {
    /// A UCUM code.
    pub const fn ucum(code: &'a str) -> Self {
        Self { system: Some(UCUM_SYSTEM), code: Some(code), unit: None }
    }

    /// A text without system and code.
    pub const fn text(unit: &'a str) -> Self {
        Self { system: None, code: None, unit: Some(unit) }
    }
}

/// How to come to the canonical unit: `value * factor + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Conversion {
    /// Multiplied first.
    pub factor: f64,
    /// Added last.
    pub offset: f64,
    /// The unit is a plain number where the measure is in per cent, and senders use it for both:
    /// a value of at most 1 is a share and is first multiplied by 100, a greater one is per cent.
    pub fraction_if_le_1: bool,
}

impl Conversion {
    /// Leaves values as they are.
    pub const IDENTITY: Self = Self { factor: 1.0, offset: 0.0, fraction_if_le_1: false };

    const FRACTION: Self = Self { fraction_if_le_1: true, ..Self::IDENTITY };

    /// Two spellings of one unit come out as exactly 1, whatever the prefixes' rounding.
    fn by(factor: f64) -> Self {
        let factor = if near(factor, 1.0) { 1.0 } else { factor };
        Self { factor, ..Self::IDENTITY }
    }

    const fn linear(factor: f64, offset: f64) -> Self {
        Self { factor, offset, fraction_if_le_1: false }
    }

    /// The value in the canonical unit.
    pub fn apply(self, value: f64) -> f64 {
        let share = self.fraction_if_le_1 && value <= 1.0;
        let value = if share { value * 100.0 } else { value };
        value * self.factor + self.offset
    }
}

/// How a unit goes with a measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UnitFit {
    /// The canonical unit, or another one that the measure's profiles and code lists name.
    Canonical(Conversion),
    /// Understood, but worth a warning: text in place of a code, or a unit nobody prescribes.
    Unusual(Conversion),
    /// Not understood, or missing where it must not be.
    Unknown,
    /// Understood, and it cannot be a unit of this measure: heart rate in kilograms.
    Impossible,
}

impl UnitFit {
    /// The conversion, when there is one.
    pub const fn conversion(self) -> Option<Conversion> {
        match self {
            Self::Canonical(conversion) | Self::Unusual(conversion) => Some(conversion),
            Self::Unknown | Self::Impossible => None,
        }
    }

    const fn with_warning(self) -> Self {
        match self {
            Self::Canonical(conversion) => Self::Unusual(conversion),
            other => other,
        }
    }

    fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        if self == Self::Unknown { other() } else { self }
    }
}

/// How to bring a value sent in a unit to the canonical unit of the measure.
///
/// A code counts when its system is UCUM or missing; a code of any other system is taken as text.
/// Where there is no usable code the text decides, always with a warning. Counts and scores need
/// no unit at all.
pub fn conversion(measure: Measure, unit: Unit<'_>) -> UnitFit {
    let code = unit.code.map(str::trim).filter(|code| !code.is_empty());
    let text = unit.unit.map(str::trim).filter(|text| !text.is_empty());
    let by_text = || text.map_or(UnitFit::Unknown, |text| fit_text(measure, text));
    match (unit.system, code) {
        (Some(UCUM_SYSTEM), Some(code)) => {
            fit(measure, code).or_else(|| fit_alias(measure, code)).or_else(by_text)
        }
        (None, Some(code)) => fit_text(measure, code).or_else(by_text),
        (Some(_), Some(code)) => by_text().or_else(|| fit_alias(measure, code)),
        (_, None) if text.is_none() && needs_no_unit(measure) => {
            UnitFit::Canonical(Conversion::IDENTITY)
        }
        (_, None) => by_text(),
    }
}

/// A text: one of the everyday spellings, else perhaps UCUM after all.
fn fit_text(measure: Measure, text: &str) -> UnitFit {
    fit_alias(measure, text).or_else(|| fit(measure, &text.replace(['µ', 'μ'], "u")).with_warning())
}

fn fit_alias(measure: Measure, text: &str) -> UnitFit {
    match alias(text) {
        Some(code) => fit(measure, code).with_warning(),
        None => UnitFit::Unknown,
    }
}

/// A UCUM code.
fn fit(measure: Measure, code: &str) -> UnitFit {
    if code == measure.unit() {
        return UnitFit::Canonical(Conversion::IDENTITY);
    }
    let conversion = match special(measure, code) {
        Some(decided) => decided,
        None => match (magnitude(code), magnitude(measure.unit())) {
            (Some(sent), Some(canonical)) => linear(measure, &sent, &canonical),
            _ => return UnitFit::Unknown,
        },
    };
    match conversion {
        Some(conversion) if is_expected(measure, code) => UnitFit::Canonical(conversion),
        Some(conversion) => UnitFit::Unusual(conversion),
        None if is_valid_ucum(code) => UnitFit::Impossible,
        None => UnitFit::Unknown,
    }
}

/// The measures whose units do not follow from dimensions alone. `Some(None)` is a decided no.
#[expect(clippy::option_option, reason = "no rule, and the rule that nothing fits, are two things")]
fn special(measure: Measure, code: &str) -> Option<Option<Conversion>> {
    let number = || magnitude(code).as_ref().and_then(pure_number);
    match measure {
        // Degrees Fahrenheit and kelvin as the UCUM specification defines them.
        Measure::BodyTemperature => Some(match code {
            "[degF]" => Some(Conversion::linear(5.0 / 9.0, -160.0 / 9.0)),
            "K" => Some(Conversion::linear(1.0, -273.15)),
            _ => None,
        }),
        // IFCC = (NGSP - 2.15) * 10.929, the IFCC-NGSP master equation.
        Measure::HbA1c => Some(number().and_then(|factor| {
            if near(factor, 0.01) {
                Some(Conversion::linear(10.929, -2.15 * 10.929))
            } else {
                near(factor, 0.001).then_some(Conversion::IDENTITY)
            }
        })),
        Measure::BloodPh => {
            Some(number().filter(|factor| near(*factor, 1.0)).map(|_| Conversion::IDENTITY))
        }
        Measure::Fev1FvcRatio => Some(number().and_then(|factor| {
            (near(factor, 1.0) || near(factor, 0.01)).then_some(Conversion::by(factor))
        })),
        // Codes for steps in a day or a week say the time already; FUT leaves it to them.
        Measure::StepsPerDay | Measure::StepsPerWeek => {
            number().map(|factor| near(factor, 1.0).then_some(Conversion::IDENTITY))
        }
        _ if measure.unit() == "%" => Some(number().and_then(|factor| {
            if near(factor, 1.0) {
                Some(Conversion::FRACTION)
            } else {
                near(factor, 0.01).then_some(Conversion::IDENTITY)
            }
        })),
        _ if is_count(measure) => {
            Some(number().filter(|factor| near(*factor, 1.0)).map(|_| Conversion::IDENTITY))
        }
        _ => None,
    }
}

/// By dimension: the same, or mass for amount, equivalents for amount, `[iU]` for enzyme units.
fn linear(measure: Measure, sent: &Magnitude, canonical: &Magnitude) -> Option<Conversion> {
    let (from, to) = (sent.exponents()?, canonical.exponents()?);
    let ratio = sent.factor()? / canonical.factor()?;
    let swapped = |sent_as: usize, wanted: usize| {
        from.iter().zip(to).enumerate().all(|(dimension, (from, to))| {
            *from == *to + i32::from(dimension == sent_as) - i32::from(dimension == wanted)
        })
    };
    if from == to {
        return Some(Conversion::by(ratio));
    }
    if swapped(MASS, AMOUNT) {
        return molar_mass(measure).map(|molar_mass| Conversion::by(ratio / molar_mass));
    }
    if swapped(AMOUNT, MASS) {
        return molar_mass(measure).map(|molar_mass| Conversion::by(ratio * molar_mass));
    }
    if swapped(EQUIVALENTS, AMOUNT) {
        return valence(measure).map(|valence| Conversion::by(ratio / valence));
    }
    // 1 U is 1 umol/min by definition, and the international unit of these enzymes is the same.
    let enzyme_unit = magnitude("U")?;
    let international = |(dimension, (from, to)): (usize, (&i32, &i32))| {
        let unit = enzyme_unit.exponents().and_then(|unit| unit.get(dimension)).unwrap_or(&0);
        *from == *to - unit + i32::from(dimension == INTERNATIONAL)
    };
    let same = from.iter().zip(to).enumerate().all(international);
    match measure {
        Measure::Alt | Measure::Ast | Measure::AlkalinePhosphatase if same => {
            Some(Conversion::by(ratio * enzyme_unit.factor()?))
        }
        _ => None,
    }
}

/// Grams per mole, from the standard atomic weights unless said otherwise.
const fn molar_mass(measure: Measure) -> Option<f64> {
    Some(match measure {
        // The factor 18.016 mg/dL per mmol/L that meters and guides use.
        Measure::Glucose => 180.16,
        Measure::Ketones => 104.10,
        Measure::Creatinine => 113.12,
        Measure::Urea => 60.06,
        // Two nitrogen atoms stand for one molecule of urea.
        Measure::UreaNitrogen => 28.014,
        Measure::Bilirubin => 584.66,
        Measure::Cholesterol => 386.65,
        // As lactic acid, by laboratory convention.
        Measure::Lactate => 90.08,
        Measure::Magnesium => 24.305,
        Measure::IonisedCalcium => 40.078,
        // The monomer with one iron atom (NPU02319: "Fe"): 1 mmol/L is 1.6114 g/dL.
        Measure::Haemoglobin => 16_114.0,
        // Mature human serum albumin, by its sequence.
        Measure::Albumin => 66_438.0,
        // The 76 amino acids of the fragment, by sequence; the makers' 1 pmol/L = 8.457 ng/L.
        Measure::NtProBnp => 8457.0,
        _ => return None,
    })
}

/// Charges per ion.
const fn valence(measure: Measure) -> Option<f64> {
    match measure {
        Measure::Sodium | Measure::Potassium | Measure::Chloride | Measure::Bicarbonate => {
            Some(1.0)
        }
        Measure::Magnesium | Measure::IonisedCalcium => Some(2.0),
        _ => None,
    }
}

/// The factor of a unit without dimension.
fn pure_number(unit: &Magnitude) -> Option<f64> {
    unit.exponents()?.iter().all(|exponent| *exponent == 0).then(|| unit.factor())?
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs()
}

/// Counts and scores: the canonical unit is a plain number.
fn is_count(measure: Measure) -> bool {
    let unit = measure.unit();
    unit == "1" || (unit.starts_with('{') && unit.ends_with('}'))
}

/// Counts and scores may come without any unit, as steps off a phone and most questionnaires do. A
/// FEV1/FVC could be a share or per cent, so it may not.
fn needs_no_unit(measure: Measure) -> bool {
    measure != Measure::Fev1FvcRatio
        && (is_count(measure)
            || matches!(measure, Measure::StepsPerDay | Measure::StepsPerWeek | Measure::BloodPh))
}

/// Codes besides the canonical one that raise no eyebrow: those named by the R4 profiles, by the
/// Danish code lists, or by the LOINC code's own property (mass for moles).
fn is_expected(measure: Measure, code: &str) -> bool {
    let others: &[&str] = match measure {
        Measure::BodyTemperature => &["[degF]"],
        Measure::BodyWeight => &["g", "[lb_av]"],
        Measure::BodyHeight | Measure::HeadCircumference | Measure::WaistCircumference => {
            &["[in_i]"]
        }
        Measure::Glucose
        | Measure::Ketones
        | Measure::Creatinine
        | Measure::Urea
        | Measure::UreaNitrogen
        | Measure::Bilirubin
        | Measure::Cholesterol
        | Measure::Lactate
        | Measure::Magnesium
        | Measure::CReactiveProtein => &["mg/dL"],
        Measure::HbA1c => &["%"],
        Measure::Fev1FvcRatio => &["%", "1"],
        Measure::Haemoglobin | Measure::Albumin => &["g/dL", "g/L"],
        Measure::Sodium | Measure::Potassium | Measure::Chloride | Measure::Bicarbonate => {
            &["meq/L"]
        }
        Measure::ArterialCarbonDioxide | Measure::ArterialOxygen => &["mm[Hg]"],
        Measure::TroponinI | Measure::TroponinT | Measure::NtProBnp => &["ng/mL", "pg/mL", "ug/L"],
        Measure::Leukocytes | Measure::Platelets => &["10*3/uL"],
        Measure::SleepDuration | Measure::DeepSleepDuration | Measure::TimeInBed => &["min"],
        Measure::PeakExpiratoryFlow => &["L/s"],
        Measure::StepsPerDay => &["/d", "{steps}", "{Number}"],
        Measure::StepsPerWeek => &["/wk", "{steps}", "{Number}"],
        _ if is_count(measure) => return true,
        _ => return false,
    };
    others.contains(&code)
}

/// Everyday spellings, as met in uploads, municipal messages and app exports, to UCUM. Compared in
/// lower case without spaces.
fn alias(text: &str) -> Option<&'static str> {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !character.is_whitespace()) {
        match character {
            'µ' | 'μ' => plain.push('u'),
            '²' => plain.push_str("^2"),
            '³' => plain.push_str("^3"),
            '⁹' => plain.push_str("^9"),
            '×' => plain.push('x'),
            _ => plain.extend(character.to_lowercase()),
        }
    }
    Some(match plain.as_str() {
        "slag/minut"
        | "slag/min"
        | "slag/min."
        | "slagpr.minut"
        | "slagpr.min."
        | "slagperminut"
        | "beats/minute"
        | "beats/min"
        | "beat/min"
        | "beat/minute"
        | "beatsperminute"
        | "bpm"
        | "count/min"
        | "counts/min"
        | "pulse/min"
        | "min-1"
        | "min^-1"
        | "1/minut"
        | "/minut"
        | "1/minute"
        | "/minute"
        | "perminute"
        | "{beat}/min}"
        | "breaths/minute"
        | "breaths/min"
        | "breath/min"
        | "resp/min"
        | "åndedrag/min"
        | "åndedrag/minut"
        | "vejrtrækninger/min"
        | "vejrtrækninger/minut" => "/min",
        "hertz" | "hz" => "Hz",
        "mmhg" | "mm/hg" => "mm[Hg]",
        "kpa" => "kPa",
        "c" | "°c" | "degc" | "degreesc" | "degreec" | "celsius" | "degreescelsius"
        | "gradercelsius" | "graderc" | "grader" => "Cel",
        "f" | "°f" | "degf" | "degreesf" | "fahrenheit" | "degreesfahrenheit" => "[degF]",
        "kg" | "kilo" | "kilogram" | "kilograms" | "kgs" => "kg",
        "gram" | "grams" => "g",
        "lb" | "lbs" | "pound" | "pounds" => "[lb_av]",
        "in" | "inch" | "inches" | "tommer" => "[in_i]",
        "ft" | "feet" | "foot" => "[ft_i]",
        "cm" | "centimeter" | "centimetre" | "centimeters" => "cm",
        "meter" | "metre" | "meters" => "m",
        "kg/m^2" => "kg/m2",
        "cm^2" => "cm2",
        "percent" | "pct" | "pct." | "procent" => "%",
        "10^9/l" | "x10^9/l" | "x10*9/l" | "10e9/l" | "e9/l" | "mia/l" | "mia./l" => "10*9/L",
        "k/ul" | "10^3/ul" | "x10^3/ul" | "x10*3/ul" | "thou/ul" => "10*3/uL",
        "u/l" => "U/L",
        "iu/l" => "[IU]/L",
        "ml/min/1.73m^2" | "ml/min/1.73m2" | "ml/min/1,73m^2" | "ml/min/1,73m2" | "ml/min/1.73" => {
            "mL/min/{1.73_m2}"
        }
        "mmol/l" => "mmol/L",
        "umol/l" => "umol/L",
        "mg/dl" => "mg/dL",
        "mg/l" => "mg/L",
        "g/dl" => "g/dL",
        "g/l" => "g/L",
        "ng/l" => "ng/L",
        "l" | "liter" | "litre" | "liters" => "L",
        "l/min" | "lpm" | "liter/min" | "liter/minut" | "l/minut" | "litre/min" => "L/min",
        "l/sec" | "l/sek" | "liter/sek" => "L/s",
        "kilocalories" | "kilocalorie" => "kcal",
        "hr" | "hrs" | "hour" | "hours" | "timer" => "h",
        "mins" | "minute" | "minutes" | "minut" | "minutter" => "min",
        "sec" | "secs" | "second" | "seconds" | "sek" | "sekund" | "sekunder" => "s",
        "msec" | "millisecond" | "milliseconds" => "ms",
        "step" | "steps" | "skridt" => "{steps}",
        "steps/day" | "steps/d" | "skridt/dag" | "skridtperdag" | "skridtpr.dag" => "{steps}/d",
        "steps/week" | "skridt/uge" | "skridtperuge" | "skridtpr.uge" => "{steps}/wk",
        "1/30sec" | "1/30s" | "1/30sek" => "{repetitions}",
        "+" | "plus" => "{plus}",
        "inr" => "{INR}",
        "ph" => "[pH]",
        "ratio" => "{ratio}",
        "count" | "antal" | "number" | "score" | "point" | "points" | "stk" | "stk." | "gange"
        | "unitless" | "{unitless}1" | "fraction" => "1",
        _ => return None,
    })
}
