//! Ids of every kind, harvested by one and tried by another, in random order: nothing comes out
//! that was planted, and what may not be known is answered as what is not there.
//!
//! `PULSVAGT_PROBES` says how many, `PULSVAGT_SEED` in which order.

mod ask;
mod callers;
mod face;
mod found;
mod timing;
mod walls;
mod whole;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use rand::prelude::*;
use rand_chacha::ChaCha8Rng;

use crate::planted::{Person, Planted, Thing};
use crate::world::{Answer, Client};

use ask::{Around, Ask, Kind, ways};
use callers::{Against, callers};
use face::{face, tells, without};

/// How many probes a test makes, unless the environment says otherwise.
const PROBES: usize = 5_000;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Sends a request. Of a stream without an end, only how it begins is told.
async fn send(client: &Client, ask: &Ask) -> Answer {
    let mut client = client.clone();
    for (name, value) in &ask.headers {
        client = client.with(name, value);
    }
    let whole = client.send(ask.method.clone(), &ask.path, Body::from(ask.body.clone()));
    if ask.path != "/api/events" {
        let answer = whole.await;
        // Nobody may have many exports, and whose are too many is told so.
        if let Some((_, id)) = answer.header("content-location").split_once("/$export-status/") {
            let begun = format!("/fhir/$export-status/{id}");
            client.send(Method::DELETE, &begun, Body::empty()).await.expect(202);
        }
        return answer;
    }
    match tokio::time::timeout(Duration::from_millis(100), whole).await {
        Ok(answer) => answer,
        // Who gets in gets a stream; what it tells has a test of its own.
        Err(_) => client.send(Method::HEAD, "/api/docs", Body::empty()).await,
    }
}

/// The ids of a person, by what they are of.
fn ids(person: &Person) -> Vec<(Kind, String)> {
    let mut ids = vec![
        (Kind::Nothing, "nothing".to_owned()),
        (Kind::Patient, person.id.clone()),
        (Kind::Cpr, person.cpr.to_owned()),
    ];
    ids.extend(person.readings.iter().map(|id| (Kind::Observation, id.clone())));
    ids.extend(person.weights.iter().map(|id| (Kind::Weight, id.clone())));
    ids.extend(person.alerts.iter().map(|id| (Kind::Alert, id.clone())));
    ids.extend(person.events.iter().map(|id| (Kind::AuditEvent, id.clone())));
    ids.extend(person.accesses.iter().map(|id| (Kind::Access, id.clone())));
    ids.extend(person.links.iter().map(|link| (Kind::Link, link.clone())));
    ids.extend(person.pages.iter().map(|(kind, id)| (Kind::Page(kind.clone()), id.clone())));
    for (thing, all) in &person.things {
        ids.extend(all.iter().map(|id| (Kind::Thing(*thing), id.clone())));
    }
    ids.extend(person.identifiers.iter().map(|(kind, id)| (Kind::Identifier(kind), id.clone())));
    for (kind, all) in person.resources.iter().filter(|(kind, _)| *kind != "Patient") {
        ids.extend(all.iter().map(|id| (Kind::Resource(kind.clone()), id.clone())));
    }
    ids
}

/// An id of the same kind and length that nothing has; always the same for the same one.
fn twin(kind: &Kind, id: &str) -> Option<String> {
    match kind {
        Kind::Cpr => Some("0909901999".to_owned()),
        // Numbers of events are the same in each municipality, and the place of a page is one's own.
        Kind::AuditEvent | Kind::Page(_) | Kind::Nothing => None,
        // Of the same form, to somebody else's: the id is what differs.
        Kind::Link => {
            let turned = |part: &str| {
                let is_id = part.len() == 36 || part.starts_with("pt-zw");
                if is_id { twin(&Kind::Alert, part) } else { None }.unwrap_or(part.to_owned())
            };
            let parts = id.split_inclusive(['/', '?', '&', '=']).map(|part| {
                let (part, end) = match part.chars().last() {
                    Some(end @ ('/' | '?' | '&' | '=')) => {
                        part.split_at(part.len() - end.len_utf8())
                    }
                    _ => (part, ""),
                };
                format!("{}{end}", turned(part))
            });
            Some(parts.collect())
        }
        _ => {
            // Other digits where there are some, and otherwise other letters.
            let turned = |character: char| match character {
                'x' => 'y',
                'w' => 'x',
                other => {
                    let digit =
                        other.to_digit(10).and_then(|it| char::from_digit((it + 1) % 10, 10));
                    digit.unwrap_or(other)
                }
            };
            let (head, tail) = id.split_at(id.len() / 2);
            Some(format!("{head}{}", tail.chars().map(turned).collect::<String>()))
                .filter(|twin| twin != id)
                .or_else(|| Some(id.chars().map(turned).collect()))
        }
    }
}

/// What of an answer only repeats the question.
fn words(kind: &Kind, id: &str, moment: &str) -> Vec<String> {
    let mut words = vec![id.to_owned(), moment.to_owned()];
    // An event is a version of an alert.
    if *kind == Kind::Thing(Thing::Event) {
        words.extend(id.split_once('.').map(|(alert, _)| alert.to_owned()));
    }
    words
}

/// How many probes there were, by route and by what the id was of.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<(String, String), usize>,
    callers: BTreeMap<&'static str, usize>,
    leaks: Vec<String>,
}

impl Tally {
    #[expect(clippy::print_stdout, reason = "the counts are what a person runs it for")]
    fn print(&self) {
        let total: usize = self.callers.values().sum();
        println!("{total} probes, {} leaks", self.leaks.len());
        for (caller, count) in &self.callers {
            println!("{count:>7}  by {caller}");
        }
        for ((kind, route), count) in &self.counts {
            println!("{count:>7}  {kind:<32}  {route}");
        }
    }

    #[track_caller]
    fn expect_none(&self) {
        let some: Vec<&String> = self.leaks.iter().take(10).collect();
        assert!(some.is_empty(), "{} leaks:\n{some:#?}", self.leaks.len());
    }
}

/// Makes so many probes with these callers. Those of another seed send readings of other days.
async fn probe(callers: &[Against<'_>], probes: usize, seed: u64) -> Tally {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    for number in 0..probes {
        let against = callers.choose(&mut random).expect("a caller");
        let victim = against.victims.choose(&mut random).expect("a victim");
        let known: Vec<(Kind, String)> =
            ids(victim).into_iter().filter(|(kind, _)| (against.kinds)(kind)).collect();
        // As many of each kind, not of each id.
        let kinds: BTreeSet<&Kind> = known.iter().map(|(kind, _)| kind).collect();
        let kind = *kinds.iter().choose(&mut random).expect("a kind");
        let of_kind = known.iter().filter(|(one, _)| one == kind);
        let (_, id) = of_kind.choose(&mut random).expect("an id");
        let ways = ways(kind);
        let (route, build) = ways.choose(&mut random).expect("a way");
        let moment = |offset: usize| {
            let second = number * 2 + offset;
            let apart = usize::try_from(seed % 300).unwrap_or(0) * 24;
            let (hours, rest) = (apart + second / 3600, second % 3600);
            let (day, hour) = (1 + hours / 24, hours % 24);
            let (month, day) = (1 + (day - 1) / 28, 1 + (day - 1) % 28);
            format!("2025-{month:02}-{day:02}T{hour:02}:{:02}:{:02}Z", rest / 60, rest % 60)
        };
        let own: BTreeSet<String> = ids(against.own).into_iter().map(|(_, id)| id).collect();
        let (own_person, creates, turn) =
            (against.own, against.creates, random.random_range(0..1_000));
        let around = |id, moment| Around { own: own_person, kind, id, moment, turn, creates };
        let first = moment(0);
        let asked = build(&around(id, &first));
        let answer = send(&against.client, &asked).await;
        *tally.counts.entry((kind.name(), (*route).to_owned())).or_default() += 1;
        *tally.callers.entry(against.name).or_default() += 1;
        let place = format!("{number}: {} with {} {id}: {asked:?}", against.name, kind.name());
        let told = without(&face(&answer, &[], &BTreeSet::new()), &words(kind, id, &first));
        for canary in (against.canaries)(victim) {
            if tells(&told, canary) {
                tally.leaks.push(format!("{canary} in {place}: {told}"));
            }
        }
        if answer.status.is_server_error() {
            tally.leaks.push(format!("failed: {place}: {told}"));
        }
        // Also where nothing is compared: what is written with an id of another's in it, in vain or
        // not, has to be there with its twin too, or one's own readings tell them apart later.
        let Some(twin) = twin(kind, id) else { continue };
        let second = moment(1);
        let missing = send(&against.client, &build(&around(&twin, &second))).await;
        if !against.as_if_absent {
            continue;
        }
        let there = face(&answer, &words(kind, id, &first), &own);
        let absent = face(&missing, &words(kind, &twin, &second), &own);
        if there != absent {
            tally.leaks.push(format!("differs: {place}:\n{there}\n{absent}"));
        }
    }
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_harvested_opens_nothing() {
    let planted = Planted::new().await;
    let sums = async || {
        let mut sums = Vec::new();
        for person in [&planted.bo, &planted.carl] {
            sums.push(planted.sum_of(person).await);
        }
        sums
    };
    let before = sums().await;
    let probes = number("PULSVAGT_PROBES", PROBES);
    let seed = number("PULSVAGT_SEED", 1) as u64;
    let tally = probe(&callers(&planted).await, probes, seed).await;
    tally.print();
    tally.expect_none();
    assert_eq!(before, sums().await, "nothing of theirs was changed");
    planted.world.end().await;
}

/// The test of the test: somebody who may read it all finds every mark.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_know_finds_the_canaries() {
    let planted = Planted::new().await;
    let lead = planted.client("0330", pulsvagt::access::Role::Lead);
    let mut told = String::new();
    for (kind, id) in ids(&planted.bo) {
        for (_, build) in ways(&kind).iter().take(8) {
            let (own, moment) = (&planted.ane, "2025-06-01T00:00:00Z");
            let around = Around { own, kind: &kind, id: &id, moment, turn: 0, creates: true };
            let ask = build(&around);
            if ask.method == Method::GET {
                told.push_str(&send(&lead, &ask).await.text);
            }
        }
    }
    for canary in planted.bo.canaries() {
        assert!(tells(&told, canary), "{canary} is nowhere");
    }
    for (kind, id) in ids(&planted.bo) {
        let twin = twin(&kind, &id);
        assert!(twin.is_none_or(|twin| twin != id && twin.len() == id.len()), "{kind:?} {id}");
    }
    planted.world.end().await;
}
