//! The plots and who plays them. All of these people are invented.

use super::super::Programme;
use super::super::encode::Kind;
use super::Time::Night;
use super::{Part, Plot, Seen, Told, morning, told};

const NO_READINGS: &[Told] = &[];

/// A little less air each day, then breathless and coughing.
static EXACERBATION: Plot = Plot {
    name: "copd-exacerbation",
    about: "COPD getting worse for a week: saturation falls day by day, breathless and coughing now",
    programmes: &[Programme::Copd],
    seen: Seen::Alert("red", "COPD-SPO2-ABS"),
    usual: &[(Kind::Saturation, 93.4), (Kind::Respiration, 16.0)],
    told: &[
        morning(5, Kind::Saturation, 93.0),
        morning(4, Kind::Saturation, 92.0),
        morning(3, Kind::Saturation, 91.0),
        morning(2, Kind::Saturation, 91.0),
        morning(1, Kind::Saturation, 89.0),
        morning(0, Kind::Saturation, 86.0),
        morning(0, Kind::Saturation, 85.0).after(8).last(),
        morning(1, Kind::Respiration, 20.0),
        morning(0, Kind::Respiration, 23.0),
        morning(1, Kind::Dyspnoea, 1.0),
        morning(0, Kind::Dyspnoea, 2.0).after(3),
        morning(1, Kind::Cough, 0.0),
        morning(0, Kind::Cough, 1.0).after(3),
        morning(0, Kind::Sputum, 1.0).after(3),
        morning(0, Kind::SputumColour, 0.0).after(3),
    ],
    off: None,
};

/// Water: almost three kilograms in three days.
static WEIGHT_GAIN: Plot = Plot {
    name: "weight-gain",
    about: "heart failure: almost three kilograms heavier than three days ago",
    programmes: &[Programme::HeartFailure],
    seen: Seen::Alert("red", "HF-WT-FAST"),
    usual: &[(Kind::Weight, 82.0), (Kind::Saturation, 96.4)],
    told: &[
        morning(4, Kind::Weight, 82.2),
        morning(3, Kind::Weight, 82.7),
        morning(2, Kind::Weight, 83.6),
        morning(1, Kind::Weight, 84.5),
        morning(0, Kind::Weight, 85.6),
        morning(0, Kind::Weight, 85.5).after(12).last(),
    ],
    off: None,
};

/// Nothing has come from the home kit since.
static SILENCE: Plot = Plot {
    name: "silent-device",
    about: "the home kit has been silent for five days; is it the device, or the citizen?",
    programmes: &[Programme::Copd],
    seen: Seen::Alert("yellow", "SILENCE"),
    usual: &[(Kind::Saturation, 94.6)],
    told: NO_READINGS,
    off: Some(5),
};

/// A cold finger, and a warm one six minutes later.
static FALSE_ALARM: Plot = Plot {
    name: "false-alarm",
    about: "a saturation of 79 % from a cold finger, 94 % twice after that: kept off the list",
    programmes: &[Programme::Copd],
    seen: Seen::Nothing,
    usual: &[(Kind::Saturation, 94.2)],
    told: &[
        morning(1, Kind::Saturation, 94.0),
        morning(0, Kind::Saturation, 79.0),
        morning(0, Kind::Saturation, 94.0).after(6),
        morning(0, Kind::Saturation, 94.0).after(8),
    ],
    off: None,
};

/// Woke up shaking, measured twice, ate, and was well at breakfast.
static HYPO_NIGHT: Plot = Plot {
    name: "hypo-night",
    about: "diabetes: glucose 2.6 and 2.8 in the night, well again at breakfast",
    programmes: &[Programme::Diabetes],
    seen: Seen::Alert("red", "DM-HYPO"),
    usual: &[(Kind::Glucose, 7.4)],
    told: &[
        told(0, Night, Kind::Glucose, 2.6),
        told(0, Night, Kind::Glucose, 2.8).after(16),
        morning(0, Kind::Glucose, 6.1).last(),
    ],
    off: None,
};

/// Nothing happens, until it does while somebody looks.
static LUNGS_STEADY: Plot = Plot {
    name: "steady-copd",
    about: "COPD, well so far",
    programmes: &[Programme::Copd],
    seen: Seen::NothingYet,
    usual: &[(Kind::Saturation, 94.8), (Kind::Respiration, 15.0)],
    told: &[
        morning(0, Kind::Saturation, 95.0),
        morning(0, Kind::Respiration, 15.0),
        morning(0, Kind::Dyspnoea, 0.0),
        morning(0, Kind::Cough, 0.0),
        morning(0, Kind::Sputum, 0.0),
        morning(0, Kind::SputumColour, 0.0),
    ],
    off: None,
};

/// As [`LUNGS_STEADY`].
static SUGAR_STEADY: Plot = Plot {
    name: "steady-diabetes",
    about: "diabetes, well so far",
    programmes: &[Programme::Diabetes],
    seen: Seen::NothingYet,
    usual: &[(Kind::Glucose, 7.2)],
    told: &[told(0, Night, Kind::Glucose, 6.3), morning(0, Kind::Glucose, 7.0)],
    off: None,
};

const fn part(
    plot: &'static Plot,
    municipality: &'static str,
    team: &'static str,
    female: bool,
    name: (&'static str, &'static str),
) -> Part {
    Part { plot, municipality, team, name, female }
}

/// Who plays what, the most telling first.
pub static CAST: [Part; 27] = [
    // Slagelse: everything can be seen in one team.
    part(&EXACERBATION, "0330", "nord", true, ("Birgit", "Fjordbo")),
    part(&WEIGHT_GAIN, "0330", "nord", false, ("Ejnar", "Havtorn")),
    part(&SILENCE, "0330", "nord", true, ("Vera", "Stillestrup")),
    part(&FALSE_ALARM, "0330", "nord", false, ("Gunnar", "Koldby")),
    part(&HYPO_NIGHT, "0330", "nord", true, ("Solveig", "Nattergal")),
    part(&LUNGS_STEADY, "0330", "nord", true, ("Agnes", "Vindfeld")),
    part(&SUGAR_STEADY, "0330", "nord", false, ("Holger", "Rugtved")),
    part(&WEIGHT_GAIN, "0330", "syd", true, ("Karla", "Engdal")),
    part(&HYPO_NIGHT, "0330", "syd", false, ("Valdemar", "Lyngholt")),
    part(&LUNGS_STEADY, "0330", "syd", false, ("Tage", "Strandby")),
    part(&SUGAR_STEADY, "0330", "syd", true, ("Magda", "Solbjerg")),
    // Odense.
    part(&EXACERBATION, "0461", "centrum", false, ("Asger", "Bøgelund")),
    part(&SILENCE, "0461", "centrum", false, ("Viggo", "Tavsager")),
    part(&LUNGS_STEADY, "0461", "centrum", true, ("Ragnhild", "Ravnsø")),
    part(&SUGAR_STEADY, "0461", "centrum", false, ("Einar", "Kirkeskov")),
    part(&HYPO_NIGHT, "0461", "nord", true, ("Thyra", "Mosegård")),
    part(&LUNGS_STEADY, "0461", "nord", false, ("Oluf", "Hedelund")),
    part(&WEIGHT_GAIN, "0461", "syd", true, ("Esther", "Åbrink")),
    part(&LUNGS_STEADY, "0461", "syd", false, ("Anker", "Granly")),
    // Aalborg.
    part(&WEIGHT_GAIN, "0851", "vest", false, ("Konrad", "Limfeld")),
    part(&FALSE_ALARM, "0851", "vest", true, ("Edith", "Vintermark")),
    part(&LUNGS_STEADY, "0851", "vest", true, ("Dagny", "Klitgren")),
    part(&SUGAR_STEADY, "0851", "vest", false, ("Rudolf", "Tornvig")),
    part(&EXACERBATION, "0851", "nord", true, ("Sigrid", "Nordhav")),
    part(&SILENCE, "0851", "nord", false, ("Knud", "Stilling")),
    part(&LUNGS_STEADY, "0851", "nord", false, ("Aksel", "Birkenæs")),
    part(&SUGAR_STEADY, "0851", "nord", true, ("Nora", "Sandager")),
];
