//! Risk models, their evaluations here, who answers for them, and what they said of citizens.

use pulsvagt_analytics::risk::card::EvaluationRef;
use pulsvagt_analytics::risk::{Approval, Evaluation, Model};

use super::{Store, StoreError, Tx};
use crate::clock::Micros;
use crate::ids::CitizenNo;

/// A model as it was put in.
#[derive(Debug, Clone)]
pub struct StoredModel {
    /// The model.
    pub model: Model,
    /// When it was added.
    pub added: Micros,
    /// By whom.
    pub added_by: String,
}

/// An evaluation on this municipality's rows. Only the store makes one, so that an approval cannot
/// rest on anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvaluation {
    /// What it is of.
    of: EvaluationRef,
    /// When it was made.
    pub at: Micros,
}

impl StoredEvaluation {
    /// What it is of.
    pub fn of(&self) -> &EvaluationRef {
        &self.of
    }
}

/// An approval, and the evaluation that it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredApproval {
    /// Which.
    pub id: i64,
    /// What was said.
    pub approval: Approval,
    /// What it rests on.
    pub evaluation: EvaluationRef,
    /// When it was taken back.
    pub retired: Option<Micros>,
}

/// What a model said of a citizen.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskScore {
    /// Whose.
    pub citizen: CitizenNo,
    /// As of the beginning of which local day, days since 1970.
    pub day: i32,
    /// By which approval.
    pub approval: i64,
    /// When it was computed.
    pub at: Micros,
    /// The probability.
    pub probability: f64,
    /// The features in the order of the model's terms.
    pub values: Vec<Option<f64>>,
}

/// A night that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskNight {
    /// The local day, days since 1970.
    pub day: i32,
    /// When it was done.
    pub at: Micros,
    /// Citizens that were scored.
    pub scored: u32,
    /// How far things had moved, JSON.
    pub body: String,
}

impl Store {
    /// Adds a model; `false` if it is there already.
    ///
    /// # Errors
    /// When the database does.
    pub async fn add_risk_model_in(
        &self,
        tx: &mut Tx,
        model: &Model,
        by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let body = model.to_json().map_err(|error| StoreError::damaged("risk_model", error))?;
        let done = sqlx::query!(
            "-- risk.add
             insert into risk_model (hash, body, added, added_by) values ($1, $2, $3, $4)
             on conflict do nothing",
            model.hash,
            body,
            now as Micros,
            by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// All models, the newest first.
    ///
    /// # Errors
    /// When the database does, or a model was changed there.
    pub async fn risk_models(&self) -> Result<Vec<StoredModel>, StoreError> {
        let rows = sqlx::query!(
            r#"-- risk.models
             select body, added as "added: Micros", added_by from risk_model
             order by added desc, hash"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let model = Model::parse(&row.body)
                    .map_err(|error| StoreError::damaged("risk_model", error))?;
                Ok(StoredModel { model, added: row.added, added_by: row.added_by })
            })
            .collect()
    }

    /// Keeps an evaluation of a model on this municipality's rows.
    ///
    /// # Errors
    /// When the database does, also if there is no such model.
    pub async fn put_risk_evaluation_in(
        &self,
        tx: &mut Tx,
        evaluation: &Evaluation,
        by: &str,
        now: Micros,
    ) -> Result<StoredEvaluation, StoreError> {
        let of = EvaluationRef {
            municipality: self.code().as_str().to_owned(),
            ..evaluation.reference()
        };
        let body = serde_json::to_string(evaluation)
            .map_err(|error| StoreError::damaged("risk_evaluation", error))?;
        sqlx::query!(
            "-- risk.evaluated
             insert into risk_evaluation (hash, model, body, at, evaluated_by)
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            of.hash,
            of.model,
            body,
            now as Micros,
            by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(StoredEvaluation { of, at: now })
    }

    /// The evaluations of a model on this municipality's rows, the newest first.
    ///
    /// # Errors
    /// When the database does.
    pub async fn risk_evaluations(&self, model: &str) -> Result<Vec<StoredEvaluation>, StoreError> {
        let rows = sqlx::query!(
            r#"-- risk.evaluations
             select hash, model, at as "at: Micros" from risk_evaluation
             where model = $1 order by at desc, hash"#,
            model
        )
        .fetch_all(&self.pool)
        .await?;
        let here = || self.code().as_str().to_owned();
        let found = rows.into_iter().map(|row| StoredEvaluation {
            of: EvaluationRef { model: row.model, municipality: here(), hash: row.hash },
            at: row.at,
        });
        Ok(found.collect())
    }

    /// Keeps a named person's word, until a moment; it takes the place of an earlier one of the model.
    ///
    /// # Errors
    /// When the database does, also if the name is empty or the moment has passed.
    pub async fn approve_risk_model_in(
        &self,
        tx: &mut Tx,
        evaluation: &StoredEvaluation,
        (approved_by, recorded_by): (&str, &str),
        until: Micros,
        now: Micros,
    ) -> Result<i64, StoreError> {
        self.retire_risk_model_in(tx, &evaluation.of.model, recorded_by, now).await?;
        let id = sqlx::query_scalar!(
            "-- risk.approve
             insert into risk_approval (model, evaluation, approved_by, recorded_by, at, until)
             values ($1, $2, $3, $4, $5, $6) returning id",
            evaluation.of.model,
            evaluation.of.hash,
            approved_by,
            recorded_by,
            now as Micros,
            until as Micros
        )
        .fetch_one(&mut *tx.0)
        .await?;
        Ok(id)
    }

    /// Takes a model out of use; `false` if it was not in use.
    ///
    /// # Errors
    /// When the database does.
    pub async fn retire_risk_model_in(
        &self,
        tx: &mut Tx,
        model: &str,
        by: &str,
        now: Micros,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "-- risk.retire
             update risk_approval set retired = $2, retired_by = $3
             where model = $1 and retired is null",
            model,
            now as Micros,
            by
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// The approvals that were not taken back, whether or not they still hold.
    ///
    /// # Errors
    /// When the database does.
    pub async fn risk_approvals(&self) -> Result<Vec<StoredApproval>, StoreError> {
        let rows = sqlx::query!(
            r#"-- risk.approvals
             select id, model, evaluation, approved_by, at as "at: Micros", until as "until: Micros",
                    retired as "retired: Micros"
             from risk_approval where retired is null order by id"#
        )
        .fetch_all(&self.pool)
        .await?;
        let here = || self.code().as_str().to_owned();
        let found = rows.into_iter().map(|row| StoredApproval {
            id: row.id,
            evaluation: EvaluationRef {
                model: row.model.clone(),
                municipality: here(),
                hash: row.evaluation.clone(),
            },
            approval: Approval {
                model: row.model,
                evaluation: row.evaluation,
                municipality: here(),
                approved_by: row.approved_by,
                approved_at: row.at.0,
                until: row.until.0,
            },
            retired: row.retired,
        });
        Ok(found.collect())
    }

    /// Keeps what a model said; of a citizen and day that has a score already, that stays.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_risk_scores_in(
        &self,
        tx: &mut Tx,
        model: &str,
        scores: &[RiskScore],
    ) -> Result<(), StoreError> {
        for score in scores {
            sqlx::query!(
                "-- risk.score
                 insert into risk_score (citizen, model, day, approval, at, probability, feature)
                 select id, $2, $3, $4, $5, $6, $7 from citizen where id = $1
                 on conflict do nothing",
                score.citizen.0,
                model,
                score.day,
                score.approval,
                score.at as Micros,
                score.probability,
                &score.values as &[Option<f64>]
            )
            .execute(&mut *tx.0)
            .await?;
        }
        Ok(())
    }

    /// What models said of a citizen since a day, the newest first, with the model's hash.
    ///
    /// # Errors
    /// When the database does.
    pub async fn risk_scores(
        &self,
        citizen: CitizenNo,
        since: i32,
    ) -> Result<Vec<(String, RiskScore)>, StoreError> {
        let rows = sqlx::query!(
            r#"-- risk.scores
             select model, day, approval, at as "at: Micros", probability,
                    feature as "feature: Vec<Option<f64>>"
             from risk_score where citizen = $1 and day >= $2 order by day desc, model"#,
            citizen.0,
            since
        )
        .fetch_all(&self.pool)
        .await?;
        let score = |row: (i32, i64, Micros, f64, Vec<Option<f64>>)| RiskScore {
            citizen,
            day: row.0,
            approval: row.1,
            at: row.2,
            probability: row.3,
            values: row.4,
        };
        Ok(rows
            .into_iter()
            .map(|row| {
                (row.model, score((row.day, row.approval, row.at, row.probability, row.feature)))
            })
            .collect())
    }

    /// Citizens, days and probabilities of a model on some days.
    ///
    /// # Errors
    /// When the database does.
    pub async fn risk_scores_on(
        &self,
        model: &str,
        days: &[i32],
    ) -> Result<Vec<(CitizenNo, i32, f64)>, StoreError> {
        let rows = sqlx::query!(
            "-- risk.on_days
             select citizen, day, probability from risk_score
             where model = $1 and day = any($2) order by citizen, day",
            model,
            days
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (CitizenNo(row.citizen), row.day, row.probability)).collect())
    }

    /// The newest night of a model that is done.
    ///
    /// # Errors
    /// When the database does.
    pub async fn risk_night(&self, model: &str) -> Result<Option<RiskNight>, StoreError> {
        let row = sqlx::query!(
            r#"-- risk.night
             select day, at as "at: Micros", scored, body from risk_watch
             where model = $1 order by day desc limit 1"#,
            model
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| RiskNight {
            day: row.day,
            at: row.at,
            scored: row.scored.cast_unsigned(),
            body: row.body,
        }))
    }

    /// Keeps that a night is done.
    ///
    /// # Errors
    /// When the database does.
    pub async fn put_risk_night_in(
        &self,
        tx: &mut Tx,
        model: &str,
        night: &RiskNight,
    ) -> Result<(), StoreError> {
        sqlx::query!(
            "-- risk.watched
             insert into risk_watch (model, day, at, scored, body) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            model,
            night.day,
            night.at as Micros,
            night.scored.cast_signed(),
            night.body
        )
        .execute(&mut *tx.0)
        .await?;
        Ok(())
    }
}
