//! A CarePlan of ours that is written, or a Goal it refers to, changes the citizen's plan in the
//! same transaction; a Consent, what may be seen and screened.

use std::sync::LazyLock;

use axum::http::StatusCode;
use pulsvagt_analytics::Plan;
use pulsvagt_fhir::{Document, Issue, IssueCode, Value};

use crate::app::App;
use crate::consent;
use crate::http::Caller;
use crate::http::fhir::Outcome;
use crate::ids::CitizenNo;
use crate::plans::{self, FhirPlan, GoalElsewhere, Setting};
use crate::screening::{PackShelf, ScreeningError};
use crate::store::plans::{NewPlan, PlanSource};
use crate::store::resources::StoredResource;
use crate::store::{StoreError, Tx};

/// Rule packs that have been read. They say nothing of anybody, so all municipalities share them.
static SHELF: LazyLock<PackShelf> = LazyLock::new(PackShelf::default);

/// Lets the plan, and what is consented to, follow what has been written at the FHIRPath `at`, and adds to `issues` what the
/// sender should know. Most resources change no plan.
pub(super) async fn follow(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    stored: &StoredResource,
    resource: Value<'_>,
    at: &str,
    mut issues: Vec<Issue>,
) -> Result<Vec<Issue>, Outcome> {
    let change = Change { app, caller };
    match stored.kind.as_str() {
        "CarePlan" => issues.extend(change.care_plan(tx, stored, resource, at).await?),
        "Goal" => change.goal(tx, stored, resource, at).await?,
        "Consent" => change.consent(tx, stored, resource, at).await?,
        _ => {}
    }
    Ok(issues)
}

#[derive(Clone, Copy)]
struct Change<'a> {
    app: &'a App,
    caller: &'a Caller,
}

impl Change<'_> {
    async fn care_plan(
        self,
        tx: &mut Tx,
        stored: &StoredResource,
        resource: Value<'_>,
        at: &str,
    ) -> Result<Vec<Issue>, Outcome> {
        // A CarePlan without a citizen of ours as its subject has been refused before.
        let Some(citizen) = stored.citizen else { return Ok(Vec::new()) };
        let in_force = plans::is_ours(resource) && plans::is_in_force(resource);
        let store = &self.caller.municipality().store;
        store.lock_plan_in(tx, citizen).await?;
        let shown_by = store.plan_in(tx, citizen).await?.and_then(|current| current.care_plan);
        match shown_by {
            Some(id) if id != stored.id && in_force => Err(another(at)),
            _ if in_force => {
                let read = self.read(tx, citizen, resource, at, None).await?;
                self.put(tx, citizen, &read.plan, Some(&stored.id)).await?;
                Ok(read.warnings)
            }
            Some(id) if id == stored.id => {
                self.put(tx, citizen, &Plan::default(), None).await?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    async fn consent(
        self,
        tx: &mut Tx,
        stored: &StoredResource,
        resource: Value<'_>,
        at: &str,
    ) -> Result<(), Outcome> {
        let Some(citizen) = stored.citizen else { return Ok(()) };
        let store = &self.caller.municipality().store;
        let rules = consent::read(resource, at, store.zone()).map_err(refused)?;
        let now = self.app.clock().now();
        store.put_consent_rules_in(tx, citizen, &stored.id, &rules, now).await?;
        self.caller.forget_denials();
        Ok(())
    }

    async fn goal(
        self,
        tx: &mut Tx,
        stored: &StoredResource,
        goal: Value<'_>,
        at: &str,
    ) -> Result<(), Outcome> {
        let Some(citizen) = stored.citizen else { return Ok(()) };
        let store = &self.caller.municipality().store;
        store.lock_plan_in(tx, citizen).await?;
        let current = store.plan_in(tx, citizen).await?;
        let Some(id) = current.and_then(|current| current.care_plan) else { return Ok(()) };
        let Some(care_plan) = store.resource_in(tx, "CarePlan", &id).await? else { return Ok(()) };
        let json = care_plan.json();
        let document = document(&json)?;
        let refers = plans::elsewhere(document.root(), self.caller.base());
        if !refers.contains(&stored.id) {
            return Ok(());
        }
        let sent = GoalElsewhere { id: &stored.id, goal, at: Some(at) };
        let read = self.read(tx, citizen, document.root(), "CarePlan", Some(sent)).await?;
        self.put(tx, citizen, &read.plan, Some(&id)).await
    }

    /// What a CarePlan says; `sent` is a Goal that is being written.
    async fn read(
        self,
        tx: &mut Tx,
        citizen: CitizenNo,
        care_plan: Value<'_>,
        at: &str,
        sent: Option<GoalElsewhere<'_>>,
    ) -> Result<FhirPlan, Outcome> {
        let store = &self.caller.municipality().store;
        let mut found = Vec::new();
        for id in plans::elsewhere(care_plan, self.caller.base()) {
            if sent.is_some_and(|sent| sent.id == id) {
                continue;
            }
            let goal = store.resource_in(tx, "Goal", &id).await?;
            found.extend(goal.filter(|goal| goal.citizen == Some(citizen)));
        }
        let texts: Vec<String> = found.iter().map(StoredResource::json).collect();
        let documents: Vec<Document<'_>> =
            texts.iter().map(|text| document(text)).collect::<Result<_, _>>()?;
        let goals: Vec<GoalElsewhere<'_>> = found
            .iter()
            .zip(&documents)
            .map(|(goal, document)| GoalElsewhere { id: &goal.id, goal: document.root(), at: None })
            .chain(sent)
            .collect();
        let pack = SHELF.active_in(store, tx).await.map_err(unusable)?;
        let (zone, base) = (store.zone(), self.caller.base());
        let setting = Setting { pack: &pack, zone, base, goals: &goals };
        let read = plans::read(care_plan, at, setting).map_err(refused)?;
        let wrong: Vec<Issue> = plans::check(&read.plan, &pack)
            .into_iter()
            .map(|wrong| {
                let place = read.place_of(&wrong.pointer);
                Issue::error(IssueCode::BusinessRule, wrong.code, place, wrong.detail)
            })
            .collect();
        if wrong.is_empty() { Ok(read) } else { Err(refused(wrong)) }
    }

    async fn put(
        self,
        tx: &mut Tx,
        citizen: CitizenNo,
        plan: &Plan,
        care_plan: Option<&str>,
    ) -> Result<(), Outcome> {
        let new = NewPlan {
            plan,
            author: self.caller.principal().subject(),
            source: PlanSource::Fhir,
            care_plan,
        };
        let now = self.app.clock().now();
        // The version of the CarePlan is what a client insists on, not that of the plan.
        self.caller.municipality().store.put_plan(tx, citizen, None, &new, now).await?;
        Ok(())
    }
}

fn unusable(error: ScreeningError) -> Outcome {
    Outcome::failed(match error {
        ScreeningError::Store(error) => error,
        other => StoreError::damaged("rule_pack", other),
    })
}

fn document(json: &str) -> Result<Document<'_>, Outcome> {
    Document::parse(json.as_bytes())
        .map_err(|error| Outcome::failed(StoreError::damaged("resource", error)))
}

fn refused(issues: Vec<Issue>) -> Outcome {
    Outcome::new(StatusCode::UNPROCESSABLE_ENTITY, issues)
}

fn another(at: &str) -> Outcome {
    let issue = Issue::error(
        IssueCode::Conflict,
        "plan-exists",
        at,
        "another active CarePlan is the plan of this citizen: update that one, or end it first",
    );
    Outcome::new(StatusCode::CONFLICT, vec![issue])
}
