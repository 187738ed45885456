//! What the whole list cannot be relied on for, and when somebody looks at it.

use std::fmt::Write;

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::clock::Micros;
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::projection::words::Text;
use crate::store::Store;
use crate::triage::Policy;
use crate::triage::policy::{Shift, Weekday};
use crate::triage::targets::is_staffed;

/// How long citizens may be due before it is said, seconds, where this process does not screen and
/// so was told no other time.
const PATIENCE: u64 = 600;

/// Something that holds for the whole list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http::api) struct Banner {
    /// What, stable.
    #[schema(example = "screening-behind")]
    pub(in crate::http::api) code: &'static str,
    /// In words.
    pub(in crate::http::api) text: String,
    /// How long the citizen who has waited longest has waited, seconds.
    pub(in crate::http::api) lag_seconds: u64,
    /// Citizens that wait to be screened.
    pub(in crate::http::api) waiting: u64,
    /// Citizens that cannot be screened.
    pub(in crate::http::api) failed: u64,
}

/// When somebody looks at the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(in crate::http::api) struct Coverage {
    /// Whether somebody does now.
    pub(in crate::http::api) staffed: bool,
    /// The hours in words, for citizens too.
    pub(in crate::http::api) text: String,
}

/// Says so where screening is behind or cannot screen somebody: then what is not on the list may
/// still be there.
pub(in crate::http::api) async fn banner(
    app: &App,
    store: &Store,
    lang: Lang,
    now: Micros,
) -> Result<Option<Banner>, Problem> {
    let lag = store.screening_lag(now).await?;
    let patience = patience(app);
    let (code, text) = if lag.seconds > patience {
        let minutes = lag.seconds / 60;
        let da = format!(
            "Screeningen er {minutes} minutter bagud for {} borgere. Listen kan mangle alarmer.",
            lag.backlog
        );
        let en = format!(
            "Screening is {minutes} minutes behind for {} citizens. The list may miss alerts.",
            lag.backlog
        );
        ("screening-behind", lang.pick(Text { da: &da, en: &en }).to_owned())
    } else if lag.parked > 0 {
        let da = format!("{} borgere kan ikke screenes. Listen mangler dem.", lag.parked);
        let en = format!("{} citizens cannot be screened. The list misses them.", lag.parked);
        ("screening-fails", lang.pick(Text { da: &da, en: &en }).to_owned())
    } else {
        return Ok(None);
    };
    let (lag_seconds, waiting, failed) = (lag.seconds, lag.backlog, lag.parked);
    Ok(Some(Banner { code, text, lag_seconds, waiting, failed }))
}

/// How long citizens may be due before it is said, seconds.
pub(in crate::http::api) fn patience(app: &App) -> u64 {
    app.lag_alarm().map_or(PATIENCE, |alarm| alarm.as_secs())
}

impl Coverage {
    /// What the policy says.
    pub(in crate::http::api) fn new(policy: &Policy, lang: Lang, now: Micros) -> Self {
        let mut text = String::from(
            lang.pick(Text { da: "Nogen ser på listen ", en: "Somebody looks at the list " }),
        );
        for (position, shift) in policy.staffed.iter().enumerate() {
            if position > 0 {
                text.push_str(lang.pick(Text { da: " og ", en: " and " }));
            }
            push_shift(&mut text, shift, lang);
        }
        if !policy.staffed_on_holidays {
            text.push_str(
                lang.pick(Text { da: ", ikke på helligdage", en: ", not on public holidays" }),
            );
        }
        text.push_str(lang.pick(Text {
            da: ". Uden for de tider holder ingen øje; ring 112 ved akut sygdom.",
            en: ". At other times nobody watches; call 112 in an emergency.",
        }));
        Self { staffed: is_staffed(now, policy), text }
    }
}

fn push_shift(out: &mut String, shift: &Shift, lang: Lang) {
    let mut days = shift.days.iter().copied().map(number).collect::<Vec<_>>();
    days.sort_unstable();
    let is_row = days.len() > 2 && days.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (days.as_slice(), is_row) {
        ([first, .., last], true) => {
            out.push_str(day(*first, lang));
            out.push('–');
            out.push_str(day(*last, lang));
        }
        (days, _) => {
            let names: Vec<&str> = days.iter().map(|number| day(*number, lang)).collect();
            out.push_str(&names.join(", "));
        }
    }
    let (from, to) = (String::from(shift.from), String::from(shift.to));
    let _ = write!(out, " {}{from}–{to}", lang.pick(Text { da: "kl. ", en: "" }));
}

fn number(day: Weekday) -> usize {
    match day {
        Weekday::Monday => 0,
        Weekday::Tuesday => 1,
        Weekday::Wednesday => 2,
        Weekday::Thursday => 3,
        Weekday::Friday => 4,
        Weekday::Saturday => 5,
        Weekday::Sunday => 6,
    }
}

fn day(number: usize, lang: Lang) -> &'static str {
    const DAYS: [Text<'static>; 7] = [
        Text { da: "mandag", en: "Monday" },
        Text { da: "tirsdag", en: "Tuesday" },
        Text { da: "onsdag", en: "Wednesday" },
        Text { da: "torsdag", en: "Thursday" },
        Text { da: "fredag", en: "Friday" },
        Text { da: "lørdag", en: "Saturday" },
        Text { da: "søndag", en: "Sunday" },
    ];
    DAYS.get(number).map_or("", |text| lang.pick(*text))
}
