//! The names of features that are computed from summaries and the plan.

use crate::Signal;
use crate::scores::{news2, tobs};

/// What a feature is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Source {
    /// The days of a signal.
    Days(Signal),
    /// The nights of the heart rate.
    Nights,
}

impl Source {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Signal::ALL.iter().copied().map(Self::Days).chain([Self::Nights])
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Days(signal) => signal.name(),
            Self::Nights => "night_heart_rate",
        }
    }

    /// Whose summaries it reads.
    pub(crate) const fn signal(self) -> Signal {
        match self {
            Self::Days(signal) => signal,
            Self::Nights => Signal::HeartRate,
        }
    }
}

/// What is computed from the days of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Stat {
    Last,
    AgeHours,
    LastWithin { hours: u16 },
    Value,
    DayAge,
    Prev,
    Held { side: Side, hours: u16 },
    Over(Aggregate, Window),
    MedianAll,
    DaysAll,
    RobustZ,
    RobustZPrev,
    RiseGuard,
    RiseGuardPrev,
    AbsZMin,
    Ema { days: u16 },
    Baseline,
    Share(Share),
    SensorShare,
    Variation,
    Management,
    WearMinutes,
}

/// Which confirmed level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Side {
    Low,
    High,
}

/// How the values of several days become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Aggregate {
    Mean,
    Median,
    Min,
    Max,
    Sd,
    Sum,
    Days,
    Count,
}

/// Which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Window {
    /// Age 0 to N−1.
    Recent(u16),
    /// Rel 1 to N.
    Prev(u16),
    /// Rel 3 to N+2.
    Guard(u16),
}

/// Which ranges of glucose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Share {
    Below3_0,
    Below3_9,
    InRange,
    Above10_0,
    Above13_9,
}

/// Which cadences of the plan silence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Silence {
    /// The one overdue for longest.
    Overdue,
    /// The safety-critical one overdue for longest.
    Critical,
    /// The signal of [`Self::Overdue`], by number.
    Signal,
}

/// An early warning score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Chart {
    News2,
    Tobs,
}

/// What is said of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Scored {
    /// The sum of the points that are there.
    Score,
    /// How many parameters are there.
    Parameters,
    /// Whether any has three points.
    SingleThree,
}

/// A feature that is computed while a citizen is pushed into a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Leaf {
    Stat(Source, Stat),
    AgeYears,
    OnOxygen,
    Spo2Scale,
    Silence(Silence),
    Score(Chart, Scored),
}

const AGGREGATES: [(&str, Aggregate); 8] = [
    ("mean", Aggregate::Mean),
    ("median", Aggregate::Median),
    ("min", Aggregate::Min),
    ("max", Aggregate::Max),
    ("sd", Aggregate::Sd),
    ("sum", Aggregate::Sum),
    ("days", Aggregate::Days),
    ("count", Aggregate::Count),
];

const PLAIN: [(&str, Stat); 14] = [
    ("last", Stat::Last),
    ("age_hours", Stat::AgeHours),
    ("value", Stat::Value),
    ("day_age", Stat::DayAge),
    ("prev", Stat::Prev),
    ("median_all", Stat::MedianAll),
    ("days_all", Stat::DaysAll),
    ("robust_z", Stat::RobustZ),
    ("robust_z_prev", Stat::RobustZPrev),
    ("rise_guard", Stat::RiseGuard),
    ("rise_guard_prev", Stat::RiseGuardPrev),
    ("abs_z_min_3d", Stat::AbsZMin),
    ("baseline", Stat::Baseline),
    ("wear_minutes", Stat::WearMinutes),
];

const GLUCOSE: [(&str, Stat); 8] = [
    ("share_below_3_0_14d", Stat::Share(Share::Below3_0)),
    ("share_below_3_9_14d", Stat::Share(Share::Below3_9)),
    ("share_in_range_14d", Stat::Share(Share::InRange)),
    ("share_above_10_0_14d", Stat::Share(Share::Above10_0)),
    ("share_above_13_9_14d", Stat::Share(Share::Above13_9)),
    ("sensor_share_14d", Stat::SensorShare),
    ("cv_14d", Stat::Variation),
    ("gmi_14d", Stat::Management),
];

const CITIZEN: [(&str, Leaf); 12] = [
    ("age_years", Leaf::AgeYears),
    ("on_oxygen", Leaf::OnOxygen),
    ("spo2_scale", Leaf::Spo2Scale),
    ("silence_overdue_hours", Leaf::Silence(Silence::Overdue)),
    ("silence_critical", Leaf::Silence(Silence::Critical)),
    ("silence_signal", Leaf::Silence(Silence::Signal)),
    ("news2_score", Leaf::Score(Chart::News2, Scored::Score)),
    ("news2_parameters", Leaf::Score(Chart::News2, Scored::Parameters)),
    ("news2_single_three", Leaf::Score(Chart::News2, Scored::SingleThree)),
    ("tobs_score", Leaf::Score(Chart::Tobs, Scored::Score)),
    ("tobs_parameters", Leaf::Score(Chart::Tobs, Scored::Parameters)),
    ("tobs_single_three", Leaf::Score(Chart::Tobs, Scored::SingleThree)),
];

impl Leaf {
    /// The feature of this name, if it is one of a signal, a plan or a citizen.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if let Some((_, leaf)) = CITIZEN.iter().find(|(known, _)| *known == name) {
            return Some(*leaf);
        }
        Source::all().find_map(|source| {
            let stat = name.strip_prefix(source.name())?.strip_prefix('_')?;
            Some(Self::Stat(source, Stat::parse(stat, source)?))
        })
    }

    /// The features that it rests on, if it is not made of summaries and the plan directly.
    pub(crate) fn made_of(self) -> Vec<String> {
        let last = |signal: Signal| format!("{}_last_24h", signal.name());
        match self {
            Self::Score(Chart::News2, _) => {
                let signals = news2::Parameter::ALL.into_iter().map(news2::Parameter::signal);
                let of_plan = ["on_oxygen", "spo2_scale"].map(str::to_owned);
                signals.chain([Signal::NewConfusion]).map(last).chain(of_plan).collect()
            }
            Self::Score(Chart::Tobs, _) => {
                tobs::Parameter::ALL.into_iter().map(|it| last(it.signal())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// UCUM code of its unit.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::Stat(source, stat) => stat.unit(source),
            Self::AgeYears => "a",
            Self::OnOxygen
            | Self::Spo2Scale
            | Self::Silence(Silence::Signal)
            | Self::Score(_, Scored::Parameters | Scored::SingleThree) => "1",
            Self::Score(_, Scored::Score) => "{score}",
            Self::Silence(Silence::Overdue | Silence::Critical) => "h",
        }
    }
}

impl Stat {
    fn parse(text: &str, source: Source) -> Option<Self> {
        let found = PLAIN.iter().chain(&GLUCOSE).find(|(known, _)| *known == text);
        let stat = match found {
            Some((_, stat)) => *stat,
            None => Self::parse_window(text)?,
        };
        stat.exists_for(source).then_some(stat)
    }

    fn parse_window(text: &str) -> Option<Self> {
        if let Some(hours) = text.strip_suffix('h') {
            let (stat, hours) = hours.rsplit_once('_')?;
            let hours = number(hours, 1..=720)?;
            return match stat {
                "last" => Some(Self::LastWithin { hours }),
                "held_low" => Some(Self::Held { side: Side::Low, hours }),
                "held_high" => Some(Self::Held { side: Side::High, hours }),
                _ => None,
            };
        }
        let (stat, days) = text.strip_suffix('d')?.rsplit_once('_')?;
        let days = number(days, 1..=120)?;
        if stat == "ema" {
            return Some(Self::Ema { days });
        }
        let (stat, window) = if let Some(stat) = stat.strip_suffix("_prev") {
            (stat, Window::Prev(days))
        } else if let Some(stat) = stat.strip_suffix("_guard") {
            (stat, Window::Guard(days))
        } else {
            (stat, Window::Recent(days))
        };
        let (_, aggregate) = AGGREGATES.iter().find(|(known, _)| *known == stat)?;
        Some(Self::Over(*aggregate, window))
    }

    fn exists_for(self, source: Source) -> bool {
        match self {
            Self::Share(_) | Self::SensorShare | Self::Variation | Self::Management => {
                source == Source::Days(Signal::Glucose)
            }
            Self::WearMinutes => source == Source::Days(Signal::HeartRate),
            Self::Held { .. } => source != Source::Nights,
            _ => true,
        }
    }

    const fn unit(self, source: Source) -> &'static str {
        match self {
            Self::AgeHours => "h",
            Self::DayAge | Self::DaysAll | Self::Over(Aggregate::Days, _) => "d",
            Self::RobustZ | Self::RobustZPrev | Self::AbsZMin | Self::Over(Aggregate::Count, _) => {
                "1"
            }
            Self::Share(_) | Self::SensorShare | Self::Variation | Self::Management => "%",
            Self::WearMinutes => "min",
            _ => source.signal().unit(),
        }
    }
}

/// A number without sign and leading zeros in the range.
fn number(text: &str, range: std::ops::RangeInclusive<u16>) -> Option<u16> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|number| plain && range.contains(number))
}

/// Names near which a mistyped one may lie, with the windows that `like` has.
pub(crate) fn candidates(like: &str) -> Vec<String> {
    let numbers: Vec<&str> =
        like.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let mut stats: Vec<String> =
        PLAIN.iter().chain(&GLUCOSE).map(|(name, _)| (*name).to_owned()).collect();
    for number in numbers {
        for stat in ["last", "held_low", "held_high"] {
            stats.push(format!("{stat}_{number}h"));
        }
        stats.push(format!("ema_{number}d"));
        for (aggregate, _) in AGGREGATES {
            for window in ["", "prev_", "guard_"] {
                stats.push(format!("{aggregate}_{window}{number}d"));
            }
        }
    }
    let mut names: Vec<String> = CITIZEN.iter().map(|(name, _)| (*name).to_owned()).collect();
    for source in Source::all() {
        names.extend(
            stats
                .iter()
                .filter(|stat| Stat::parse(stat, source).is_some())
                .map(|stat| format!("{}_{stat}", source.name())),
        );
    }
    names
}
