//! Features in words.

use crate::Signal;
use crate::explain::Language;
use crate::features::grammar::Share;
use crate::features::{Aggregate, Chart, Leaf, Scored, Side, Silence, Source, Stat, Window};

/// A signal's name for people, as inside a sentence.
pub(crate) const fn signal(signal: Signal, language: Language) -> &'static str {
    let (danish, english) = match signal {
        Signal::HeartRate => ("puls", "heart rate"),
        Signal::RestingHeartRate => ("hvilepuls", "resting heart rate"),
        Signal::RespiratoryRate => ("vejrtrækning", "respiratory rate"),
        Signal::OxygenSaturation => ("iltmætning", "oxygen saturation"),
        Signal::BodyTemperature => ("temperatur", "temperature"),
        Signal::BodyWeight => ("vægt", "weight"),
        Signal::SystolicBloodPressure => ("systolisk blodtryk", "systolic blood pressure"),
        Signal::DiastolicBloodPressure => ("diastolisk blodtryk", "diastolic blood pressure"),
        Signal::Steps => ("skridt", "steps"),
        Signal::SleepDuration => ("søvn", "sleep"),
        Signal::Fev1 => ("FEV1", "FEV1"),
        Signal::Glucose => ("blodsukker", "glucose"),
        Signal::Ketones => ("ketoner", "ketones"),
        Signal::CReactiveProtein => ("CRP", "CRP"),
        Signal::Consciousness => ("bevidsthed", "consciousness"),
        Signal::DyspnoeaChange => ("åndenød", "breathlessness"),
        Signal::CoughChange => ("hoste", "cough"),
        Signal::SputumChange => ("mængde af opspyt", "amount of sputum"),
        Signal::SputumColour => ("farve af opspyt", "colour of sputum"),
        Signal::SelfReportedChange => ("egen vurdering", "own assessment"),
        Signal::IrregularRhythmNotice => {
            ("besked om uregelmæssig rytme", "notice of an irregular rhythm")
        }
        Signal::Fall => ("fald", "fall"),
        Signal::NewConfusion => ("nyopstået forvirring", "new confusion"),
        Signal::AlarmSymptom => ("alarmsymptom", "alarm symptom"),
    };
    language.pick(danish, english)
}

/// What a feature that no pack defines is, as inside a sentence.
pub(crate) fn feature(name: &str, language: Language) -> String {
    let pick = |danish: &str, english: &str| language.pick(danish, english).to_owned();
    match Leaf::parse(name) {
        Some(Leaf::Stat(source, stat)) => {
            let source = match source {
                Source::Days(of) => signal(of, language),
                Source::Nights => language.pick("nattens hvilepuls", "heart rate at night"),
            };
            format!("{source}, {}", statistic(stat, language))
        }
        Some(Leaf::AgeYears) => pick("alder i år", "age in years"),
        Some(Leaf::OnOxygen) => pick("ilttilskud (0 nej, 1 ja)", "on oxygen (0 no, 1 yes)"),
        Some(Leaf::Spo2Scale) => pick("NEWS2-skala for iltmætning", "NEWS2 scale of saturation"),
        Some(Leaf::Silence(Silence::Overdue)) => {
            pick("timer over tiden for en aftalt måling", "hours an agreed measurement is overdue")
        }
        Some(Leaf::Silence(Silence::Critical)) => pick(
            "timer over tiden for en sikkerhedskritisk måling",
            "hours a safety-critical measurement is overdue",
        ),
        Some(Leaf::Silence(Silence::Signal)) => {
            pick("måling, der mangler", "measurement that is overdue")
        }
        Some(Leaf::Score(chart, scored)) => {
            let chart = match chart {
                Chart::News2 => "NEWS2",
                Chart::Tobs => "TOBS",
            };
            let (danish, english) = match scored {
                Scored::Score => ("af det målte", "of what was measured"),
                Scored::Parameters => ("målte parametre", "parameters measured"),
                Scored::SingleThree => ("en parameter på 3", "a parameter of 3"),
            };
            format!("{chart}, {}", language.pick(danish, english))
        }
        None => match name {
            "signals_worse" => pick("signaler værre end vanligt", "signals worse than usual"),
            "deterioration" => pick("samlet forværring", "combined deterioration"),
            _ => name.to_owned(),
        },
    }
}

fn statistic(stat: Stat, language: Language) -> String {
    let pick = |danish: &str, english: &str| language.pick(danish, english).to_owned();
    match stat {
        Stat::Last => pick("seneste måling", "newest reading"),
        Stat::AgeHours => pick("timer siden seneste måling", "hours since the newest reading"),
        Stat::LastWithin { hours } => language.pick_with(
            || format!("seneste måling inden for {hours} timer"),
            || format!("newest reading within {hours} hours"),
        ),
        Stat::Value => pick("seneste dag", "newest day"),
        Stat::DayAge => pick("seneste dags alder i dage", "age of the newest day in days"),
        Stat::Prev => pick("dagen før den seneste", "day before the newest"),
        Stat::Held { side, hours } => {
            let (danish, english) = match side {
                Side::Low => ("laveste", "lowest"),
                Side::High => ("højeste", "highest"),
            };
            language.pick_with(
                || format!("{danish} bekræftede niveau inden for {hours} timer"),
                || format!("{english} confirmed level within {hours} hours"),
            )
        }
        Stat::Over(aggregate, window) => {
            format!("{} {}", of(aggregate, language), days(window, language))
        }
        Stat::MedianAll => pick("median af alle tidligere dage", "median of all earlier days"),
        Stat::DaysAll => pick("antal tidligere dage", "number of earlier days"),
        Stat::RobustZ => pick("robust z mod 28 dage", "robust z against 28 days"),
        Stat::RobustZPrev => pick(
            "robust z mod 28 dage, dagen før den seneste",
            "robust z against 28 days, day before the newest",
        ),
        Stat::RiseGuard => pick("stigning over 28 dages median", "rise over the median of 28 days"),
        Stat::RiseGuardPrev => pick(
            "stigning over 28 dages median, dagen før den seneste",
            "rise over the median of 28 days, day before the newest",
        ),
        Stat::AbsZMin => pick(
            "mindste afvigelse i 3 dage, i standardafvigelser",
            "least deviation over 3 days, in standard deviations",
        ),
        Stat::Ema { days } => language.pick_with(
            || format!("eksponentielt gennemsnit, {days} dage"),
            || format!("exponential mean, {days} days"),
        ),
        Stat::Baseline => pick("vanligt niveau", "usual level"),
        Stat::Share(share) => {
            let (danish, english) = match share {
                Share::Below3_0 => ("under 3,0 mmol/L", "below 3.0 mmol/L"),
                Share::Below3_9 => ("under 3,9 mmol/L", "below 3.9 mmol/L"),
                Share::InRange => ("3,9–10,0 mmol/L", "3.9–10.0 mmol/L"),
                Share::Above10_0 => ("over 10,0 mmol/L", "above 10.0 mmol/L"),
                Share::Above13_9 => ("over 13,9 mmol/L", "above 13.9 mmol/L"),
            };
            language.pick_with(
                || format!("andel af 14 dage {danish}"),
                || format!("share of 14 days {english}"),
            )
        }
        Stat::SensorShare => pick("andel af 14 dage med sensor", "share of 14 days with a sensor"),
        Stat::Variation => {
            pick("variationskoefficient, 14 dage", "coefficient of variation, 14 days")
        }
        Stat::Management => pick("GMI, 14 dage", "GMI, 14 days"),
        Stat::WearMinutes => pick("minutter båret, seneste dag", "minutes worn, newest day"),
    }
}

const fn of(aggregate: Aggregate, language: Language) -> &'static str {
    match aggregate {
        Aggregate::Mean => language.pick("gennemsnit af", "mean of"),
        Aggregate::Median => language.pick("median af", "median of"),
        Aggregate::Min => language.pick("mindste af", "least of"),
        Aggregate::Max => language.pick("største af", "greatest of"),
        Aggregate::Sd => language.pick("standardafvigelse af", "standard deviation of"),
        Aggregate::Sum => language.pick("sum af", "sum of"),
        Aggregate::Days => language.pick("dage med målinger i", "days with readings in"),
        Aggregate::Count => language.pick("målinger i", "readings in"),
    }
}

fn days(window: Window, language: Language) -> String {
    match window {
        Window::Recent(days) => language
            .pick_with(|| format!("de seneste {days} dage"), || format!("the last {days} days")),
        Window::Prev(days) => language.pick_with(
            || format!("de {days} dage før den seneste"),
            || format!("the {days} days before the newest"),
        ),
        Window::Guard(days) => language.pick_with(
            || format!("{days} dage, der slutter 3 dage før den seneste"),
            || format!("{days} days that end 3 days before the newest"),
        ),
    }
}
