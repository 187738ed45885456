//! Whatever the matrix asks with an id is tried with the ids of others.

use std::collections::BTreeSet;

use super::ask::{Around, Kind, count, ways};
use super::callers::callers;
use super::ids;
use crate::planted::{Person, Planted};

/// As many turns as the longest choice of a way has.
const TURNS: usize = 60;

/// What is not tried: a part of the row's name, and why. It is no id of anybody's.
const NOT_TRIED: [(&str, &str); 6] = [
    ("{hash}", "of a rule pack, which all of the staff read"),
    ("/admin/rules/{pack}", "the same"),
    ("{name}", "of a definition, which all analysts of the municipality read"),
    ("/teams/", "code of a team, which all of the staff read"),
    ("/assets/", "files are everybody's"),
    ("POST /alerts/{alert}/none", "there is no such verb"),
];

/// The address without its query, and without ids.
fn shape(path: &str, ids: &BTreeSet<&str>) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("/fhir/{path}") };
    let place = whole.split('?').next().unwrap_or_default();
    let part = |part| if ids.contains(part) { "{}" } else { part };
    place.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn tried(own: &Person, of: &[(Kind, String)], known: &BTreeSet<&str>) -> BTreeSet<String> {
    let mut tried = BTreeSet::new();
    // Links are what pages happen to lead to.
    for (kind, id) in of.iter().filter(|(kind, _)| *kind != Kind::Link) {
        for (_, build) in ways(kind) {
            for turn in 0..TURNS {
                let moment = "2025-06-01T00:00:00Z";
                let ask = build(&Around { own, kind, id, moment, turn, creates: true });
                if ask.path.contains(id) || format!("{ask:?}").contains(id) {
                    tried.insert(format!("{} {}", ask.method, shape(&ask.path, known)));
                }
            }
        }
    }
    tried
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_asked_with_an_id_is_tried_with_others() {
    let planted = Planted::new().await;
    let (own, of) = (ids(&planted.ane), ids(&planted.bo));
    let known: BTreeSet<&str> = own.iter().chain(&of).map(|(_, id)| id.as_str()).collect();
    let tried = tried(&planted.ane, &of, &known);
    let mut used = BTreeSet::new();
    let mut missing = Vec::new();
    for (name, method, path) in crate::matrix::asked_with_ids(&planted, &planted.bo).await {
        let asked = format!("{method} {}", shape(&path, &known));
        if tried.contains(&asked) {
            continue;
        }
        match NOT_TRIED.iter().find(|(part, _)| name.contains(part)) {
            Some((part, _)) => _ = used.insert(*part),
            None => missing.push(format!("{name}: {asked}")),
        }
    }
    assert!(missing.is_empty(), "add a way to ask for\n{}", missing.join("\n"));
    for (part, why) in NOT_TRIED {
        assert!(used.contains(part), "{part} ({why}) is tried, or is no more");
    }
    let (callers, kinds) = (callers(&planted).await.len(), of.into_iter().map(|(kind, _)| kind));
    let ways = count(&kinds.collect());
    let told = format!("{callers} callers, sessions among them, × {ways} ways to ask");
    let security = include_str!("../../../docs/SECURITY.md");
    assert!(security.contains(&told), "docs/SECURITY.md should say: {told}");
    planted.world.end().await;
}
