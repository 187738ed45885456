use super::*;
use crate::frame::{Day, Subject};
use crate::plan::{Plan, Programme};
use crate::summary::{Sample, summarise};
use crate::{Language, Signal};

#[test]
fn default_pack_screens() {
    let pack = Pack::default_pack();
    let plan = Plan { programmes: [Programme::HeartFailure].into(), ..Plan::default() };
    let days: Vec<Day> = [80.0, 80.2, 80.1, 82.7]
        .into_iter()
        .zip(20_000..)
        .map(|(value, day)| Day {
            day,
            summaries: summarise(&[Sample {
                signal: Signal::BodyWeight,
                at: i64::from(day) * 86_400_000_000 + 7 * 3_600_000_000,
                offset: 0,
                span: 0,
                value,
                is_day_total: false,
                received: 0,
                identity: 1,
            }]),
        })
        .collect();
    let mut batch = Batch::new(pack);
    batch.push(&Subject {
        as_of: 20_003 * 86_400_000_000 + 8 * 3_600_000_000,
        offset: 0,
        plan: &plan,
        plan_version: 1,
        plan_since: 0,
        age_years: Some(80.0),
        days: &days,
    });
    let screenings = screen(batch, pack).unwrap();
    let verdict = screenings[0].verdicts.iter().find(|it| &*it.rule == "HF-WT-FAST").unwrap();
    assert_eq!(verdict.outcome, Outcome::Red);
    println!("{}", serde_json::to_string_pretty(&screenings).unwrap());
    println!("{}", pack.explain(verdict, Language::Danish));
}
