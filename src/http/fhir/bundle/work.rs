//! Doing what the entries ask for.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use pulsvagt_fhir::{Document, Issue, IssueCode, Value};
use tower::ServiceExt;

use super::answer::Answered;
use super::entry::{Entry, Method};
use super::order::order;
use super::references::{Names, is_conditional, references};
use super::{Answers, Outcome};
use crate::access::Interaction;
use crate::app::App;
use crate::clock::Micros;
use crate::http::Caller;
use crate::http::fhir::observation::{created, criteria, if_none_exists, update_in, warnings_of};
use crate::http::fhir::{kind_of_path, resource};
use crate::ingest::{Known, Verdict};
use crate::store::observations::{Inserted, NewObservation};
use crate::store::{Store, Tx};

/// Where readings are written to.
enum Sink<'t> {
    /// With those of other requests; entries stand alone.
    Shared,
    /// With those of other requests, but only if none is refused.
    SharedWhole,
    /// In the Bundle's own transaction.
    Own(&'t mut Tx),
}

/// Entries stand alone: one that is refused does not touch the others.
pub(super) async fn batch(app: &App, caller: &Caller, entries: Vec<Entry<'_>>) -> Vec<Answered> {
    let mut answers: Answers = entries.iter().map(|_| None).collect();
    let mut names = Names::default();
    let order = order(&entries);
    for &at in &order.before {
        answers[at] = Some(alone(app, caller, &entries[at], &mut names).await);
    }
    for wave in &order.readings {
        readings(app, caller, &entries, wave, &mut names, &mut answers, &mut Sink::Shared).await;
    }
    for at in order.after.into_iter().chain(order.reads) {
        answers[at] = Some(alone(app, caller, &entries[at], &mut names).await);
    }
    note_refusals(caller, &entries, &answers);
    answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect()
}

/// The Bundle as a whole is answered 200; what of it was refused for want of a right, or as not
/// there, is left on the trail.
fn note_refusals(caller: &Caller, entries: &[Entry<'_>], answers: &Answers) {
    for (entry, answer) in entries.iter().zip(answers) {
        let status = answer.as_ref().map_or(0, |answer| answer.status.as_u16());
        if let (403 | 404, Some(kind)) = (status, kind_of_path(&entry.kind)) {
            caller.trail().resource(kind, &format!("~{status}"), 0, None);
        }
    }
}

/// All or nothing: the first thing that is refused undoes everything, and is the answer.
pub(super) async fn transaction(
    app: &App,
    caller: &Caller,
    entries: Vec<Entry<'_>>,
) -> Result<Vec<Answered>, Outcome> {
    if let Some(entry) = entries.iter().find(|entry| entry.method == Method::Other) {
        return Err(not_offered(entry));
    }
    let mut answers: Answers = entries.iter().map(|_| None).collect();
    let mut names = Names::default();
    let order = order(&entries);
    let only_readings = order.before.is_empty()
        && order.after.is_empty()
        && order.readings.len() == 1
        && entries.iter().all(|entry| entry.if_none_exist.is_none());
    if only_readings {
        // Readings that are all valid, or refused before anything is written, may share a commit.
        let wave = &order.readings[0];
        let sink = &mut Sink::SharedWhole;
        readings(app, caller, &entries, wave, &mut names, &mut answers, sink).await;
        refuse_if_any(&answers)?;
    } else {
        let _turn = caller.municipality().transactions.acquire().await;
        let mut tx = caller.municipality().store.begin().await.map_err(Outcome::failed)?;
        for &at in &order.before {
            let written = write(&mut tx, app, caller, &entries[at], &mut names).await;
            answers[at] = Some(written.map_err(|outcome| outcome.at(&place(at)))?);
        }
        for wave in &order.readings {
            let sink = &mut Sink::Own(&mut tx);
            readings(app, caller, &entries, wave, &mut names, &mut answers, sink).await;
            refuse_if_any(&answers)?;
        }
        for &at in &order.after {
            let written = write(&mut tx, app, caller, &entries[at], &mut names).await;
            answers[at] = Some(written.map_err(|outcome| outcome.at(&place(at)))?);
        }
        caller.commit(tx, app.clock().now()).await.map_err(Outcome::failed)?;
    }
    for at in order.reads {
        answers[at] = Some(alone(app, caller, &entries[at], &mut names).await);
    }
    Ok(answers.into_iter().map(|answer| answer.unwrap_or_else(unanswered)).collect())
}

/// Stores the readings of a wave together.
async fn readings(
    app: &App,
    caller: &Caller,
    entries: &[Entry<'_>],
    wave: &[usize],
    names: &mut Names,
    answers: &mut Answers,
    sink: &mut Sink<'_>,
) {
    if let Err(outcome) = caller.require(Interaction::Create, "Observation") {
        for &at in wave {
            answers[at] = Some(outcome.clone().into());
        }
        return;
    }
    for &at in wave {
        if let Err(outcome) = conditional(caller, &entries[at], names, sink).await {
            answers[at] = Some(outcome.into());
        }
    }
    let open: Vec<usize> = wave.iter().copied().filter(|&at| answers[at].is_none()).collect();
    let rewritten: Vec<Option<String>> = open
        .iter()
        .map(|&at| entries[at].resource.and_then(|resource| names.rewrite(resource)))
        .collect();
    let documents: Vec<Option<Document<'_>>> = rewritten
        .iter()
        .map(|text| text.as_ref().and_then(|text| Document::parse(text.as_bytes()).ok()))
        .collect();
    let resources: Vec<(Value<'_>, &str)> = open
        .iter()
        .zip(&documents)
        .filter_map(|(&at, document)| {
            let entry = &entries[at];
            let resource = document.as_ref().map(Document::root).or(entry.resource)?;
            Some((resource, entry.at.as_str()))
        })
        .collect();
    let known = Known { uncommitted: names.citizens.clone(), ..Known::default() };
    let examiner = &caller.municipality().examiner;
    let examined =
        examiner.examine_with(&resources, caller.sender(app, Interaction::Create), known).await;
    let verdicts = match examined {
        Ok(verdicts) => verdicts,
        Err(error) => return fail(&open, answers, &Outcome::failed(error)),
    };
    let mut rows: Vec<NewObservation> = Vec::with_capacity(open.len());
    let mut sent: Vec<(usize, Vec<Issue>)> = Vec::with_capacity(open.len());
    for (&at, verdict) in open.iter().zip(verdicts) {
        match verdict {
            Verdict::Ready { mut observation, warnings } => {
                match entries[at].if_none_exist.as_deref().map(criteria).transpose() {
                    Ok(identifier) => {
                        observation.if_none_exist = identifier
                            .map(|identifier| if_none_exists(caller, &observation, identifier));
                    }
                    Err(outcome) => {
                        answers[at] = Some(outcome.into());
                        continue;
                    }
                }
                sent.push((at, warnings_of(&observation, warnings, &entries[at].at)));
                rows.push(*observation);
            }
            Verdict::Rejected(issues) => answers[at] = Some(Outcome::refused(issues).into()),
            Verdict::Pending => answers[at] = Some(unanswered()),
        }
    }
    // A transaction that is refused has nothing to write.
    let refused = wave.iter().any(|&at| answers[at].is_some());
    if rows.is_empty() || (refused && !matches!(sink, Sink::Shared)) {
        return;
    }
    let stored = store(app, caller, rows, sink).await;
    match stored {
        Ok((inserted, received)) => {
            let store = &caller.municipality().store;
            for ((at, issues), inserted) in sent.into_iter().zip(inserted) {
                answers[at] = Some(told(store, &entries[at], names, inserted, received, issues));
            }
        }
        Err(outcome) => {
            let open: Vec<usize> = sent.iter().map(|(at, _)| *at).collect();
            fail(&open, answers, &outcome);
        }
    }
}

async fn store(
    app: &App,
    caller: &Caller,
    rows: Vec<NewObservation>,
    sink: &mut Sink<'_>,
) -> Result<(Vec<Inserted>, Micros), Outcome> {
    match sink {
        Sink::Shared | Sink::SharedWhole => {
            let answer = caller.submit(app, rows).await?;
            Ok((answer.inserted, answer.received))
        }
        Sink::Own(tx) => {
            let received = app.clock().now();
            let inserted = caller
                .municipality()
                .store
                .insert_in(tx, &rows, received)
                .await
                .map_err(Outcome::failed)?;
            Ok((inserted, received))
        }
    }
}

fn told(
    store: &Store,
    entry: &Entry<'_>,
    names: &mut Names,
    inserted: Inserted,
    received: Micros,
    issues: Vec<Issue>,
) -> Answered {
    match created(inserted, received) {
        Ok((status, key, version, updated)) => {
            let id = store.sealer().seal(key);
            names.learn(entry, &id);
            Answered::written(status, "Observation", &id, version, updated, issues)
        }
        Err(outcome) => outcome.into(),
    }
}

fn fail(open: &[usize], answers: &mut Answers, outcome: &Outcome) {
    for &at in open {
        answers[at] = Some(outcome.clone().into());
    }
}

/// Looks up the conditional references of an entry.
async fn conditional(
    caller: &Caller,
    entry: &Entry<'_>,
    names: &mut Names,
    sink: &mut Sink<'_>,
) -> Result<(), Outcome> {
    let Some(resource) = entry.resource else { return Ok(()) };
    if !resource.raw().contains('?') {
        return Ok(());
    }
    let searches: Vec<String> = references(resource)
        .filter(|name| is_conditional(name))
        .map(std::borrow::Cow::into_owned)
        .collect();
    for search in searches {
        let found = match sink {
            Sink::Own(tx) => resource::resolve_conditional(tx, caller, &search).await?,
            Sink::Shared | Sink::SharedWhole => {
                let mut tx = caller.municipality().store.begin().await.map_err(Outcome::failed)?;
                resource::resolve_conditional(&mut tx, caller, &search).await?
            }
        };
        match found {
            Some(real) => names.learn_conditional(&search, real),
            None => {
                return Err(Outcome::new(
                    StatusCode::PRECONDITION_FAILED,
                    vec![Issue::error(
                        IssueCode::NotFound,
                        "conditional-reference",
                        entry.at.clone(),
                        "a conditional reference does not find exactly one resource",
                    )],
                ));
            }
        }
    }
    Ok(())
}

/// Writes one resource as part of a transaction.
async fn write(
    tx: &mut Tx,
    app: &App,
    caller: &Caller,
    entry: &Entry<'_>,
    names: &mut Names,
) -> Result<Answered, Outcome> {
    conditional(caller, entry, names, &mut Sink::Own(tx)).await?;
    let Some(sent) = entry.resource else { return Err(Outcome::not_found()) };
    let rewritten = names.rewrite(sent);
    let document = rewritten.as_ref().and_then(|text| Document::parse(text.as_bytes()).ok());
    let value = document.as_ref().map_or(sent, Document::root);
    let (kind, at) = (entry.kind.as_str(), entry.at.as_str());
    let answered = match (entry.method, kind, &entry.id) {
        (Method::Put, "Observation", Some(id)) => {
            caller.require(Interaction::Update, kind)?;
            let done = update_in(tx, app, caller, id, value, at, entry.if_match).await?;
            let (version, updated) = (done.version, done.updated);
            Answered::written(StatusCode::OK, kind, id, version, updated, done.issues)
        }
        (Method::Put, _, Some(id)) => {
            let done =
                resource::update_in(tx, app, caller, kind, id, value, at, entry.if_match).await?;
            let (version, updated) = (done.version, done.updated);
            Answered::written(done.status, kind, &done.id, version, updated, done.issues)
        }
        (Method::Post, _, None) => {
            let condition = entry.if_none_exist.as_deref();
            let done = resource::create_in(tx, app, caller, kind, value, at, condition).await?;
            let (version, updated) = (done.version, done.updated);
            Answered::written(done.status, kind, &done.id, version, updated, done.issues)
        }
        _ => {
            return Err(Outcome::new(
                StatusCode::BAD_REQUEST,
                vec![Issue::error(
                    IssueCode::NotSupported,
                    "entry-not-supported",
                    format!("Bundle.entry[{}].request", entry.position),
                    "this interaction is not offered in a Bundle",
                )],
            ));
        }
    };
    if let Some(id) = answered.location.as_deref().and_then(|place| place.split('/').nth(1)) {
        names.learn(entry, id);
        if kind == "Patient" {
            let store = &caller.municipality().store;
            let citizen = store.citizen_in(tx, id).await.map_err(Outcome::failed)?;
            names.citizens.extend(citizen.map(|no| (id.to_owned(), no)));
        }
    }
    Ok(answered)
}

/// Does what one entry of a batch asks for.
async fn alone(app: &App, caller: &Caller, entry: &Entry<'_>, names: &mut Names) -> Answered {
    match entry.method {
        Method::Post | Method::Put => {
            let done = async {
                let _turn = caller.municipality().transactions.acquire().await;
                let mut tx = caller.municipality().store.begin().await.map_err(Outcome::failed)?;
                let answered = write(&mut tx, app, caller, entry, names).await?;
                caller.commit(tx, app.clock().now()).await.map_err(Outcome::failed)?;
                Ok::<_, Outcome>(answered)
            };
            done.await.unwrap_or_else(Into::into)
        }
        Method::Get => asked(app, caller, entry).await,
        Method::Other => not_offered(entry).into(),
    }
}

fn not_offered(entry: &Entry<'_>) -> Outcome {
    Outcome::new(
        StatusCode::METHOD_NOT_ALLOWED,
        vec![Issue::error(
            IssueCode::NotSupported,
            "entry-not-supported",
            format!("Bundle.entry[{}].request.method", entry.position),
            "only GET, POST and PUT are offered in a Bundle",
        )],
    )
}

fn place(entry: usize) -> String {
    format!("Bundle.entry[{entry}]")
}

/// A read or search, through the same door as one that comes alone.
async fn asked(app: &App, caller: &Caller, entry: &Entry<'_>) -> Answered {
    let address = format!("/{}", entry.url.trim_start_matches('/').replace(' ', "%20"));
    let request = Request::get(address).extension(caller.clone()).body(Body::empty());
    let Ok(request) = request else {
        return Outcome::bad_request("bad-url", "the address of the entry cannot be read").into();
    };
    let router = crate::http::fhir::router(app.clone()).with_state(app.clone());
    let Ok(response) = router.oneshot(request).await;
    let status = response.status();
    let body = match response.into_body().collect().await {
        Ok(collected) => String::from_utf8_lossy(&collected.to_bytes()).into_owned(),
        Err(_) => String::new(),
    };
    let resource = (!body.is_empty()).then_some(body);
    Answered { status, location: None, version: None, issues: Vec::new(), resource }
}

/// Gives up a transaction that has a refused entry, with the issues of all refused entries.
fn refuse_if_any(answers: &Answers) -> Result<(), Outcome> {
    let refused: Vec<(usize, &Answered)> = answers
        .iter()
        .enumerate()
        .filter_map(|(at, answer)| Some((at, answer.as_ref()?)))
        .filter(|(_, answer)| answer.status.is_client_error() || answer.status.is_server_error())
        .collect();
    let Some((_, first)) = refused.first() else { return Ok(()) };
    let told = |(at, answer): &(usize, &Answered)| {
        let outcome = Outcome::new(answer.status, answer.issues.clone());
        outcome.at(&place(*at)).issues().to_vec()
    };
    Err(Outcome::new(first.status, refused.iter().flat_map(told).collect()))
}

fn unanswered() -> Answered {
    Outcome::one(
        StatusCode::INTERNAL_SERVER_ERROR,
        IssueCode::Exception,
        "internal",
        "the entry was not dealt with",
    )
    .into()
}
