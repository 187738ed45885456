//! `$stats`: statistics of the main values, per code
//! (<http://hl7.org/fhir/R4/observation-operation-stats.html>).
//!
//! Values are in the measure's canonical unit, whatever unit they were sent in. Readings that were
//! entered in error and readings in quarantine take no part.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use pulsvagt_fhir::json::push_string;
use pulsvagt_fhir::measure::UCUM_SYSTEM;

use super::lastn::{missing, posted, wrong};
use super::query::{self, Context};
use super::search::note;
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::params::{pairs, prefer_strict};
use crate::http::fhir::{Outcome, reply};
use crate::store::search::{
    About, DateFilter, ObservationQuery, Prefix, Statistic, Statistics, Test, Token,
};

const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/observation-statistics";
const HOUR: f64 = 3_600_000_000.0;
/// Longest `duration`: about a century.
const LONGEST: f64 = 1_000_000.0;
/// Readings that are returned with `include`, unless said otherwise, and at most.
const SOURCES: u32 = 100;
const MOST_SOURCES: u32 = 1_000;

const PARAMETERS: &[&str] = &[
    "code",
    "system",
    "coding",
    "duration",
    "period",
    "statistic",
    "include",
    "limit",
    "_count",
    "_sort",
    "_total",
    "_summary",
    "_page",
];

/// `GET`.
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    stats(&app, &caller, &headers, &pairs(address.as_deref().unwrap_or(""))).await
}

/// `POST`, with a form or a Parameters resource.
pub(super) async fn post(
    State(app): State<App>,
    caller: Caller,
    RawQuery(address): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Outcome> {
    caller.require(Interaction::Search, "Observation")?;
    let mut parameters = pairs(address.as_deref().unwrap_or(""));
    parameters.extend(posted(&app, &headers, body).await?);
    stats(&app, &caller, &headers, &parameters).await
}

/// What is asked for beside whose.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    pub(super) tokens: Vec<Token>,
    /// First and one-past-last moment.
    pub(super) period: (Option<i64>, Option<i64>),
    pub(super) statistics: Vec<Statistic>,
    /// How many of the readings are wanted with them.
    pub(super) sources: Option<u32>,
}

impl Request {
    pub(super) fn parse(
        parameters: &[(String, String)],
        zone: &jiff::tz::TimeZone,
        now: Micros,
    ) -> Result<Self, Outcome> {
        let values = |wanted: &'static str| {
            parameters
                .iter()
                .filter(move |(name, value)| name == wanted && !value.trim().is_empty())
                .map(|(_, value)| value.trim())
        };
        let listed = |wanted| values(wanted).flat_map(|value| query::split(value, ','));
        let system = values("system").next_back();
        let tokens = |name, system: Option<&str>| {
            listed(name)
                .map(|text| {
                    let token = query::token(text).ok_or_else(|| wrong(name, "no code in it"))?;
                    let system = token.system.or_else(|| system.map(str::to_owned));
                    Ok(Token { system, code: token.code })
                })
                .collect::<Result<Vec<_>, Outcome>>()
        };
        let mut all = tokens("code", system)?;
        all.extend(tokens("coding", None)?);
        if all.is_empty() {
            return Err(missing("code or coding"));
        }
        let statistics = listed("statistic")
            .map(|text| {
                let code = text.rsplit_once('|').map_or(text, |(_, code)| code);
                Statistic::from_code(code.trim()).ok_or_else(|| {
                    wrong(
                        "statistic",
                        "offered are average, maximum, minimum, count, std-dev, sum, median",
                    )
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if statistics.is_empty() {
            return Err(missing("statistic"));
        }
        let period = match (values("duration").next_back(), values("period").next_back()) {
            (None, None) => (None, None),
            (Some(_), Some(_)) => return Err(wrong("duration", "cannot stand beside period")),
            (Some(text), None) => {
                let hours = query::decimal(text).map(|(hours, ..)| hours);
                let hours = hours.filter(|hours| (0.0..=LONGEST).contains(hours));
                let hours =
                    hours.ok_or_else(|| wrong("duration", "has to be a number of hours"))?;
                #[expect(clippy::cast_possible_truncation, reason = "a century fits")]
                let micros = (hours * HOUR) as i64;
                (Some(now.0 - micros), Some(now.0 + 1))
            }
            (None, Some(text)) => {
                let (start, end) = text.split_once(['/', ',']).unwrap_or((text, text));
                let range = |text: &str| match text.trim() {
                    "" => Ok(None),
                    text => query::date(text, zone, now)
                        .filter(|filter| filter.prefix == Prefix::Eq)
                        .map(|filter| Some((filter.lower, filter.upper)))
                        .ok_or_else(|| wrong("period", "has to be start/end")),
                };
                (range(start)?.map(|(lower, _)| lower), range(end)?.map(|(_, upper)| upper))
            }
        };
        let limit = match values("limit").next_back().map(str::parse::<u32>) {
            None => SOURCES,
            Some(Ok(limit)) if limit > 0 => limit.min(MOST_SOURCES),
            Some(_) => return Err(wrong("limit", "has to be a whole number from 1")),
        };
        let sources = match values("include").next_back() {
            None | Some("false") => None,
            Some("true" | "all") => Some(limit),
            Some(_) => return Err(wrong("include", "has to be true or false")),
        };
        Ok(Self { tokens: all, period, statistics, sources })
    }

    fn dates(&self) -> Vec<Vec<DateFilter>> {
        let (start, end) = self.period;
        let start = start.map(|at| DateFilter { prefix: Prefix::Ge, lower: at, upper: at + 1 });
        let end = end.map(|at| DateFilter { prefix: Prefix::Lt, lower: at, upper: at + 1 });
        start.into_iter().chain(end).map(|filter| vec![filter]).collect()
    }
}

async fn stats(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    parameters: &[(String, String)],
) -> Result<Response, Outcome> {
    let store = &caller.municipality().store;
    let now = app.clock().now();
    let context = Context {
        base: caller.base(),
        zone: store.zone(),
        now,
        strict: prefer_strict(headers),
        also: PARAMETERS,
    };
    let mut asked = query::parse(parameters, context)?;
    let request = Request::parse(parameters, store.zone(), now)?;
    if asked.whose.is_empty() && caller.citizen().is_none() {
        return Err(missing("subject"));
    }
    asked.only_what_stands();
    let tokens = request.tokens.clone();
    asked.query.tests.push(Test { about: About::Code, tokens, negate: false });
    asked.query.dates.extend(request.dates());
    asked.query.scored_only = true;
    let query = asked.resolve(store, caller).await?;
    note(caller, query.as_ref());
    let mut out = String::from("{\"resourceType\":\"Parameters\",\"parameter\":[");
    let mut first = true;
    if let Some(query) = query {
        let subject = match query.citizens.as_deref() {
            Some([_]) => asked.subject.as_deref(),
            _ => None,
        };
        for statistics in store.stats(&query).await.map_err(Outcome::failed)? {
            begin(&mut out, &mut first, "statistics");
            push_statistics(&mut out, &request, &statistics, subject);
            out.push('}');
        }
        if let Some(count) = request.sources {
            let query = ObservationQuery { count, ..query };
            let found = store.search_observations(&query).await.map_err(Outcome::failed)?;
            caller.trail().readings(found.rows.iter().map(|row| row.key));
            for row in &found.rows {
                begin(&mut out, &mut first, "source");
                let id = store.sealer().seal(row.key);
                row.push_json(&mut out, &id).map_err(Outcome::failed)?;
                out.push('}');
            }
        }
    }
    if first {
        out.truncate(out.len() - ",\"parameter\":[".len());
        out.push('}');
    } else {
        out.push_str("]}");
    }
    Ok(reply::ok(out))
}

fn begin(out: &mut String, first: &mut bool, name: &str) {
    if !std::mem::take(first) {
        out.push(',');
    }
    out.push_str("{\"name\":\"");
    out.push_str(name);
    out.push_str("\",\"resource\":");
}

pub(super) fn push_statistics(
    out: &mut String,
    request: &Request,
    statistics: &Statistics,
    subject: Option<&str>,
) {
    out.push_str("{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"coding\":[");
    for (place, coding) in statistics.codings.iter().enumerate() {
        out.push_str(if place > 0 { ",{" } else { "{" });
        if !coding.system.is_empty() {
            out.push_str("\"system\":");
            push_string(out, &coding.system);
            out.push(',');
        }
        out.push_str("\"code\":");
        push_string(out, &coding.code);
        out.push('}');
    }
    out.push_str("]}");
    if let Some(id) = subject {
        out.push_str(",\"subject\":{\"reference\":");
        push_string(out, &format!("Patient/{id}"));
        out.push('}');
    }
    let (start, end) = request.period;
    let start = start.map(Micros).or(statistics.first.filter(|at| *at != Micros::NO_TIME));
    let end = end.map(|at| Micros(at - 1)).or(statistics.last).filter(|at| *at != Micros::NO_TIME);
    if start.is_some() || end.is_some() {
        out.push_str(",\"effectivePeriod\":{");
        for (place, (name, at)) in [("start", start), ("end", end)]
            .into_iter()
            .filter_map(|(n, at)| Some((n, at?)))
            .enumerate()
        {
            out.push_str(if place > 0 { ",\"" } else { "\"" });
            out.push_str(name);
            out.push_str("\":\"");
            out.push_str(&at.to_string());
            out.push('"');
        }
        out.push('}');
    }
    out.push_str(",\"component\":[");
    for (place, statistic) in request.statistics.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_component(out, *statistic, statistics);
    }
    out.push_str("]}");
}

fn push_component(out: &mut String, statistic: Statistic, statistics: &Statistics) {
    out.push_str("{\"code\":{\"coding\":[{\"system\":\"");
    out.push_str(SYSTEM);
    out.push_str("\",\"code\":\"");
    out.push_str(statistic.code());
    out.push_str("\"}]},");
    let value = match statistic {
        Statistic::Average => statistics.average,
        Statistic::Maximum => statistics.maximum,
        Statistic::Minimum => statistics.minimum,
        Statistic::Deviation => statistics.deviation,
        Statistic::Sum => statistics.sum,
        Statistic::Median => statistics.median,
        Statistic::Count => {
            out.push_str("\"valueQuantity\":{\"value\":");
            out.push_str(&statistics.count.to_string());
            out.push_str("}}");
            return;
        }
    };
    match value {
        Some(value) => {
            out.push_str("\"valueQuantity\":{\"value\":");
            out.push_str(&value.to_string());
            if let Some(unit) = &statistics.unit {
                out.push_str(",\"unit\":");
                push_string(out, unit);
                out.push_str(",\"system\":\"");
                out.push_str(UCUM_SYSTEM);
                out.push_str("\",\"code\":");
                push_string(out, unit);
            }
            out.push_str("}}");
        }
        None => out.push_str(
            "\"dataAbsentReason\":{\"coding\":[{\"system\":\
             \"http://terminology.hl7.org/CodeSystem/data-absent-reason\",\
             \"code\":\"not-applicable\"}]}}",
        ),
    }
}
