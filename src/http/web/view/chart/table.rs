//! The same as a table: days, readings that are not scored, alerts, contacts, newest first.

use maud::{Markup, html};

use super::{DAY_MICROS, told};
use crate::http::web::format::Scene;
use crate::http::web::model::{Chart, Contact, ContactKind};

/// What kinds of contacts are called.
pub(super) const CONTACTS: [(ContactKind, &str); 3] = [
    (ContactKind::Inpatient, "contact-inpatient"),
    (ContactKind::Emergency, "contact-emergency"),
    (ContactKind::Other, "contact-other"),
];

/// A contact in a sentence.
pub(in crate::http::web::view) fn contact(scene: &Scene, contact: &Contact) -> String {
    let key = CONTACTS.iter().find(|(kind, _)| *kind == contact.kind).map_or("", |(_, key)| key);
    let mut told = scene.words.t(key);
    if let Some(what) = &contact.what {
        told = format!("{told}: {what}");
    }
    match contact.to {
        Some(to) if scene.date_of(to) != scene.date_of(contact.from) => {
            let until = scene.words.with("contact-until", &[("day", scene.date_of(to).into())]);
            format!("{told}, {until}")
        }
        None if contact.kind == ContactKind::Inpatient => {
            format!("{told}, {}", scene.words.t("contact-still"))
        }
        _ => told,
    }
}

/// A row with the day that it belongs to.
type Dated = (i64, Markup);

pub(super) fn table(scene: &Scene, chart: &Chart) -> Markup {
    let words = scene.words;
    let mut rows = days(scene, chart);
    rows.extend(others(scene, chart));
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let unit = scene.unit(&chart.unit);
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(words.with("as-table", &[("what", chart.name.as_str().into())])) {
            table {
                thead {
                    tr {
                        th scope="col" { (words.t("day")) }
                        th scope="col" { (chart.name) @if !unit.is_empty() { " (" (unit) ")" } }
                        th scope="col" { (words.t("least-greatest")) }
                        th scope="col" { (words.t("readings")) }
                        @if !chart.baseline.is_empty() { th scope="col" { (words.t("usual")) } }
                    }
                }
                tbody { @for (_, row) in rows { (row) } }
            }
        }
    }
}

fn days(scene: &Scene, chart: &Chart) -> Vec<Dated> {
    let usual = |day: i32| {
        let it = chart.baseline.iter().find(|it| it.day == day)?;
        Some(match it.reach {
            Some(reach) => {
                format!("{}–{}", scene.number(it.centre - reach), scene.number(it.centre + reach))
            }
            None => scene.number(it.centre),
        })
    };
    let row = |day: &crate::http::web::model::ChartDay| {
        let markup = html! {
            tr {
                th scope="row" { (scene.day(day.day)) }
                td { (scene.number(day.value)) }
                td { (scene.number(day.range.0)) "–" (scene.number(day.range.1)) }
                td { (day.count) }
                @if !chart.baseline.is_empty() { td { (usual(day.day).unwrap_or_default()) } }
            }
        };
        (i64::from(day.day) * DAY_MICROS, markup)
    };
    chart.days.iter().map(row).collect()
}

/// What lies on the same axis, after the day that it happened on.
fn others(scene: &Scene, chart: &Chart) -> Vec<Dated> {
    let words = scene.words;
    let columns = if chart.baseline.is_empty() { 3 } else { 4 };
    let doubtful = chart.doubtful.iter().map(|(at, value)| {
        let markup = html! {
            tr class="doubtful" {
                th scope="row" { (scene.moment(*at)) }
                td { (scene.number(*value)) }
                td colspan=(columns - 1) { (words.t("not-scored")) }
            }
        };
        (at.0, markup)
    });
    let marks = chart.marks.iter().map(|(day, level, why)| {
        let markup = html! {
            tr class={ "mark " (told::class(*level)) } {
                th scope="row" { (scene.day(*day)) }
                td colspan=(columns) { (words.t("chart-marks")) " (" (told::level(words, *level)) "): " (why) }
            }
        };
        (i64::from(*day) * DAY_MICROS + 1, markup)
    });
    let contacts = chart.contacts.iter().map(|it| {
        let markup = html! {
            tr class="contact" {
                th scope="row" { (scene.date_of(it.from)) }
                td colspan=(columns) { (contact(scene, it)) }
            }
        };
        (it.from.0, markup)
    });
    doubtful.chain(marks).chain(contacts).collect()
}
