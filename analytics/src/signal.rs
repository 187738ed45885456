//! What screening looks at: the measures that features are made of.

use serde::{Deserialize, Serialize};

macro_rules! signals {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $name:literal, $unit:literal, $day:ident;)+) => {
        /// A series of numbers of one kind about one citizen, in one unit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Signal {
            $($(#[$doc])* #[serde(rename = $name)] $variant = $number,)+
        }

        impl Signal {
            /// All signals, by number.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, which features begin with and plans use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// UCUM code of its unit.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)+ }
            }

            /// What stands for a day of it.
            pub const fn day_value(self) -> DayValue {
                match self { $(Self::$variant => DayValue::$day,)+ }
            }

            /// The signal with this number in stored summaries.
            pub fn from_number(number: u8) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

/// Which of a day's numbers stands for the day where days are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayValue {
    /// The last reading of the day.
    Last,
    /// The mean of the day.
    Mean,
    /// The sum of the day, for what is counted over intervals.
    Total,
    /// The greatest of the day, for answers and events.
    Max,
}

signals! {
    /// Heart rate.
    HeartRate = 1, "heart_rate", "/min", Mean;
    /// Resting heart rate as the device computed it.
    RestingHeartRate = 2, "resting_heart_rate", "/min", Last;
    /// Breaths.
    RespiratoryRate = 3, "respiratory_rate", "/min", Last;
    /// Oxygen saturation.
    OxygenSaturation = 4, "oxygen_saturation", "%", Last;
    /// Body temperature, not of the wrist.
    BodyTemperature = 5, "body_temperature", "Cel", Last;
    /// Body weight.
    BodyWeight = 6, "body_weight", "kg", Last;
    /// Systolic pressure.
    SystolicBloodPressure = 9, "systolic_blood_pressure", "mm[Hg]", Mean;
    /// Diastolic pressure.
    DiastolicBloodPressure = 10, "diastolic_blood_pressure", "mm[Hg]", Mean;
    /// Steps.
    Steps = 30, "steps", "{steps}", Total;
    /// Time asleep, by the day of waking.
    SleepDuration = 34, "sleep_duration", "h", Total;
    /// Forced expiratory volume in the first second.
    Fev1 = 40, "fev1", "L", Last;
    /// Glucose.
    Glucose = 50, "glucose", "mmol/L", Mean;
    /// Beta-hydroxybutyrate in blood.
    Ketones = 52, "ketones", "mmol/L", Max;
    /// C-reactive protein.
    CReactiveProtein = 60, "c_reactive_protein", "mg/L", Last;
    /// Level of consciousness: 0 habitual, 1 agitated or responds to voice only, 2 to pain only,
    /// 3 none (MCS88126).
    Consciousness = 121, "consciousness", "1", Last;
    /// Short of breath: 0 as usual, 1 more than usual, 2 much more.
    DyspnoeaChange = 150, "dyspnoea_change", "{score}", Max;
    /// Cough: 0 as usual, 1 more, 2 much more.
    CoughChange = 151, "cough_change", "{score}", Max;
    /// Amount of sputum: 0 as usual, 1 more, 2 much more.
    SputumChange = 152, "sputum_change", "{score}", Max;
    /// Colour of sputum: 0 as usual, 1 darker or discoloured.
    SputumColour = 153, "sputum_colour", "{score}", Max;
    /// How the citizen feels: 0 as usual, 1 worse, 2 much worse.
    SelfReportedChange = 154, "self_reported_change", "{score}", Max;
    /// A device's notice of an irregular rhythm: 1.
    IrregularRhythmNotice = 155, "irregular_rhythm_notice", "{score}", Max;
    /// A fall, reported or detected: 1.
    Fall = 156, "fall", "{score}", Max;
    /// New confusion, seen by somebody who knows the citizen: 0 no, 1 yes.
    NewConfusion = 157, "new_confusion", "{score}", Max;
    /// Chest pain, severe headache, weakness, blurred vision or fainting now: 0 no, 1 yes.
    AlarmSymptom = 158, "alarm_symptom", "{score}", Max;
}

impl Signal {
    /// The signal of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|signal| signal.name() == name)
    }

    /// How it is stored.
    pub const fn number(self) -> u8 {
        self as u8
    }
}
