//! What approved risk models say.

use pulsvagt_analytics::Language;
use pulsvagt_analytics::risk::home::{self, Event};

use crate::clock::Micros;
use crate::consent::Denials;
use crate::http::api::language::Lang;
use crate::http::api::problem::Problem;
use crate::http::api::risk::{NEWEST, problem};
use crate::http::web::model::{Risk, RiskTerm};
use crate::ids::CitizenNo;
use crate::projection::words::Text;
use crate::risk::live::{Told, told};
use crate::store::Store;

/// Of a hash so much is shown.
const SHORT: usize = 12;

/// The newest score of each model that may score.
pub(super) async fn risks(
    store: &Store,
    citizen: CitizenNo,
    today: i32,
    now: Micros,
    denials: &Denials,
    language: Language,
) -> Result<Vec<Risk>, Problem> {
    let scores = told(store, citizen, today - NEWEST, denials, now).await.map_err(problem)?;
    Ok(scores.into_iter().map(|told| risk(told, language)).collect())
}

fn risk(told: Told, language: Language) -> Risk {
    let (model, approval) = (told.by.model, told.by.approval.approval);
    let outcome = match model.target {
        Some(target) => {
            let days = target.days;
            let (da, en) = match target.event {
                Event::Admission => (
                    format!("akut indlæggelse inden for {days} dage"),
                    format!("an unplanned admission within {days} days"),
                ),
                Event::Death => {
                    (format!("død inden for {days} dage"), format!("death within {days} days"))
                }
            };
            Lang(language).pick(Text { da: &da, en: &en }).to_owned()
        }
        None => model.outcome,
    };
    let terms = told.explanation.parts.into_iter().map(|part| RiskTerm {
        text: home::words(&part.feature, language),
        value: part.value,
        usual: part.usual,
        odds: part.log_odds.exp(),
    });
    Risk {
        terms: terms.collect(),
        name: model.name,
        hash: model.hash.chars().take(SHORT).collect(),
        version: model.fitted.engine,
        outcome,
        percent: told.explanation.probability * 100.0,
        day: told.day,
        approved_by: approval.approved_by,
        until: Micros(approval.until),
    }
}
