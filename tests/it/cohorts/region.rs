//! Analysts of a region: each municipality tells what it agreed to, and nothing of the others.

use jiff::civil::{self, date};
use pulsvagt::access::Role;
use pulsvagt::app::Limits;
use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::audit::{Block, Entry, Outcome, Purpose};
use pulsvagt::clock::Clock;
use pulsvagt::cohorts::Asked;
use pulsvagt::cohorts::region::{Given, Question, ask, ask_all, csv, give, html};
use pulsvagt::ids::{RegionCode, TenantCode};
use pulsvagt::store::Store;
use pulsvagt::store::regions::NewAgreement;
use pulsvagt_analytics::cohort::Definition;
use pulsvagt_analytics::cohort::compare::{Comparison, Part};
use pulsvagt_analytics::cohort::disclosure::Count;
use serde_json::json;
use sqlx::Executor as _;

use super::{micros, tell};
use crate::world::{World, add_tenant};

const TODAY: civil::Date = date(2025, 12, 1);

/// Everybody of 18 years or older, and who of them was admitted.
const DEFINITION: &str = r#"
name = "acute"
version = "1"
index = { date = "2025-11-01" }
who = [{ name = "18 or older", is = { age = { from = 18 } } }]
follow_up = { days = 20 }
outcomes = [{ name = "acute", what = { admission = { acute = true } } }]
"#;

fn region(code: &str) -> RegionCode {
    code.parse().expect("a region")
}

/// Women of 75 and men of 85, of whom some were admitted. Those whom each world has are among those
/// who were not.
async fn citizens(world: &World, code: &str, women: (usize, usize), men: (usize, usize)) -> Store {
    let admin = world.admin(code);
    let nurse = world.client(code, Role::Nurse, None);
    for (tenant, id, gender, year) in [
        ("0330", "ane", "female", 1950),
        ("0330", "bo", "male", 1940),
        ("0306", "carl", "male", 1940),
    ] {
        let patient = json!({"resourceType":"Patient","id":id,"gender":gender,
            "birthDate":format!("{year}-06-01")});
        if tenant == code {
            admin.put(&format!("Patient/{id}"), &patient.to_string()).await.expect(200);
        }
    }
    let all = (0..women.0).map(|it| (it, "female", 1950, it < women.1));
    let all = all.chain((0..men.0).map(|it| (women.0 + it, "male", 1940, it < men.1)));
    for (number, gender, year, is_admitted) in all {
        let id = format!("r{number}");
        let patient = json!({"resourceType":"Patient","id":id,"gender":gender,
            "birthDate":format!("{year}-06-01"),"name":[{"family":"Hemmelig"}]});
        admin.put(&format!("Patient/{id}"), &patient.to_string()).await.expect(201);
        if is_admitted {
            let encounter = json!({"resourceType":"Encounter","status":"finished",
                "subject":{"reference":format!("Patient/{id}")},
                "class":{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ACUTE"},
                "period":{"start":"2025-11-10","end":"2025-11-12"}});
            nurse.post("Encounter", &encounter.to_string()).await.expect(201);
        }
    }
    store(world, code).await
}

async fn store(world: &World, code: &str) -> Store {
    let code = code.parse().expect("a code");
    let tenant = world.catalog.tenant(&code).await.expect("an answer").expect("a municipality");
    world.catalog.open(&tenant).expect("a store")
}

async fn agree(store: &Store, code: &str, minimum_cell: u32, until: civil::Date) {
    agree_to(store, code, minimum_cell, until, false).await;
}

async fn agree_to(store: &Store, code: &str, minimum_cell: u32, until: civil::Date, shared: bool) {
    let (region, purposes) = (&region(code), &["HQUALIMP".to_owned()]);
    let new = NewAgreement { region, purposes, minimum_cell, until, shared, by: "rita" };
    let now = micros(TODAY);
    let mut tx = store.begin().await.expect("a transaction");
    store.agree_with_region_in(&mut tx, &new, now).await.expect("agreed");
    let entry = Entry::of_actor("rita", "operator", "agree-with-region", now);
    tx.commit(&Block::of(entry)).await.expect("committed");
}

async fn end(store: &Store, code: &str) {
    let now = micros(TODAY);
    let mut tx = store.begin().await.expect("a transaction");
    assert!(store.end_agreement_in(&mut tx, &region(code), "rita", now).await.expect("ended"));
    let entry = Entry::of_actor("rita", "operator", "end-agreement-with-region", now);
    tx.commit(&Block::of(entry)).await.expect("committed");
}

fn question<'a>(region: &'a RegionCode, definition: &'a Definition, purpose: &str) -> Question<'a> {
    let purpose = Purpose::from_code(purpose).expect("a purpose");
    let asked =
        Asked { actor: "ravn", role: "analyst", purpose, reason: "beside each other", least: 5 };
    Question { region, definition, as_of: TODAY, asked }
}

async fn run(
    stores: &[Store],
    code: &str,
    purpose: &str,
    text: &str,
) -> (Vec<Part>, Option<Comparison>) {
    let definition = Definition::from_toml(text).expect("a definition");
    let region = region(code);
    let question = question(&region, &definition, purpose);
    ask_all(stores, &question, micros(TODAY), |_| ()).await.expect("an answer")
}

/// How often somebody of a region asked, and was refused.
async fn recorded(store: &Store) -> (usize, usize) {
    let page = newest(&store.chain(), &Wanted::default(), None, 1000).await.expect("entries");
    let entries = page.entries.into_iter().map(|(_, entry)| entry);
    let asked: Vec<Entry> = entries.filter(|it| it.operation == "region-cohort-run").collect();
    for entry in &asked {
        assert_eq!(entry.actor.subject, "ravn");
        assert_eq!(entry.actor.role, "region-analyst");
        let named: Vec<&str> = entry.resources.iter().map(|it| it.kind.as_str()).collect();
        assert_eq!(named, ["Region", "Cohort"]);
    }
    let refused = asked.iter().filter(|it| it.outcome == Outcome::Refused).count();
    (asked.len() - refused, refused)
}

fn reason(parts: &[Part], code: &str) -> Option<String> {
    let part = parts.iter().find(|it| it.code == code).expect("a part");
    part.answer.as_ref().err().cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_municipality_tells_what_it_agreed_to() {
    let world = World::with(Limits::default(), Clock::fixed(micros(date(2025, 11, 20)))).await;
    add_tenant(&world.catalog, "0316", "Holbæk").await;
    // With those whom the world has: 16 and 12, 12 and 20.
    let slagelse = citizens(&world, "0330", (15, 6), (11, 6)).await;
    let odsherred = citizens(&world, "0306", (12, 6), (19, 10)).await;
    let holbaek = store(&world, "0316").await;
    let stores = [odsherred.clone(), holbaek.clone(), slagelse.clone()];

    // Nobody has agreed to anything.
    let (parts, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    assert!(parts.is_empty() && compared.is_none());
    assert_eq!(recorded(&slagelse).await, (0, 0));

    let until = date(2025, 12, 31);
    agree(&slagelse, "1085", 5, until).await;
    agree(&odsherred, "1085", 12, until).await;
    let (parts, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    let compared = compared.expect("a comparison");
    let codes: Vec<&str> = parts.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["0306", "0330"], "who never agreed is not even asked");
    let least: Vec<Option<u32>> = compared.municipalities.iter().map(|it| it.least).collect();
    assert_eq!(least, [Some(12), Some(5)]);
    let lines = &compared.groups[0].members;
    let members: Vec<Option<u64>> = lines.iter().map(|it| it.members).collect();
    assert_eq!(members, [Some(32), Some(28), Some(60)]);
    let outcome = &compared.groups[0].outcomes[0];
    let citizens: Vec<Option<u64>> = outcome.lines.iter().map(|it| it.citizens).collect();
    assert_eq!(citizens, [Some(16), Some(12), Some(28)]);
    let expected = Some("not every sex and age is told");
    assert_eq!(outcome.lines[0].crude.as_deref(), expected, "6 of the women are too few there");
    assert_eq!((recorded(&slagelse).await, recorded(&odsherred).await), ((1, 0), (1, 0)));
    assert_eq!(recorded(&holbaek).await, (0, 0));
    let told = "select count(*) from cohort_release where region = '1085' and purpose = 'HQUALIMP'";
    assert_eq!(world.count("0330", told).await, 1);
    for text in [csv(&compared), html(&compared), serde_json::to_string(&compared).expect("JSON")] {
        assert!(text.contains("Slagelse") && text.contains("28"), "{text}");
        assert!(!text.contains("Hemmelig") && !text.contains("r0") && !text.contains("Holb"));
    }

    // The men of Odsherred are 20, and of them 10 were admitted: told to its own, and not to the
    // region.
    let men = DEFINITION.replace("who = [", "who = [{ name = \"m\", is = { sex = [\"male\"] } },");
    let (_, compared) = run(&stores, "1085", "HQUALIMP", &men).await;
    let compared = compared.expect("a comparison");
    let line = |place: usize| {
        let outcome = &compared.groups[0].outcomes[0];
        let place = outcome.lines.iter().position(|it| it.of == [["0306", "0330"][place]]);
        outcome.lines[place.expect("a line")].citizens
    };
    assert_eq!((line(0), line(1)), (None, Some(6)));
    let together = |it: &[String]| it.len() > 1;
    assert!(!compared.groups[0].outcomes[0].lines.iter().any(|it| together(&it.of)));

    // Another purpose, another region.
    let (parts, compared) = run(&stores, "1085", "HRESCH", DEFINITION).await;
    assert!(compared.is_none());
    assert!(reason(&parts, "0330").expect("a reason").contains("purpose"));
    let (parts, _) = run(&stores, "1084", "HQUALIMP", DEFINITION).await;
    assert!(parts.is_empty());
    assert_eq!((recorded(&slagelse).await, recorded(&odsherred).await), ((2, 1), (2, 1)));

    // Ended, and run out.
    end(&odsherred, "1085").await;
    agree(&slagelse, "1085", 5, date(2025, 11, 30)).await;
    let (parts, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    assert!(compared.is_none());
    assert!(reason(&parts, "0306").expect("a reason").contains("ended"));
    assert!(reason(&parts, "0330").expect("a reason").contains("run out"));
    agree(&slagelse, "1085", 5, until).await;
    let (_, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    let compared = compared.expect("a comparison");
    assert_eq!(compared.groups[0].members.len(), 1, "nobody else tells");
    let absent = compared.municipalities[0].absent.as_deref().expect("a reason");
    assert!(absent.contains("ended"), "{absent}");
    assert!(csv(&compared).contains("0306,Odsherred") && html(&compared).contains("was ended"));
    let agreements = slagelse.region_agreements().await.expect("agreements");
    assert_eq!(agreements.iter().filter(|it| it.ended.is_none()).count(), 1);
    assert_eq!(agreements.len(), 3);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn differences_between_a_regions_answers_and_others_are_not_told() {
    let world = World::with(Limits::default(), Clock::fixed(micros(date(2025, 11, 20)))).await;
    let slagelse = citizens(&world, "0330", (15, 6), (11, 6)).await;
    let until = date(2025, 12, 31);
    agree(&slagelse, "1085", 5, until).await;
    agree(&slagelse, "1084", 5, until).await;
    let stores = [slagelse.clone()];
    let (_, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    assert_eq!(compared.expect("a comparison").groups[0].members[0].members, Some(28));
    // One citizen moves out of the cohort: neither the municipality's own nor another region may see
    // the difference.
    let admin = world.admin("0330");
    let changed =
        json!({"resourceType":"Patient","id":"r3","gender":"female","birthDate":"2015-06-01"});
    admin.put("Patient/r3", &changed.to_string()).await.expect(200);
    let told = tell(&slagelse, DEFINITION, TODAY).await;
    assert!(told.groups[0].refused.is_some(), "{:?}", told.groups[0].members);
    let (_, compared) = run(&stores, "1084", "HQUALIMP", DEFINITION).await;
    let compared = compared.expect("a comparison");
    assert_eq!(compared.groups[0].members[0].members, None);
    assert!(compared.groups[0].outcomes.is_empty());
    assert!(html(&compared).contains("left out"));
    // Nor may the region see how what it is told differs from what the municipality's own were told.
    let odsherred = citizens(&world, "0306", (12, 6), (19, 10)).await;
    agree(&odsherred, "1085", 5, until).await;
    let women =
        DEFINITION.replace("who = [", "who = [{ name = \"w\", is = { sex = [\"female\"] } },");
    let told = tell(&odsherred, &women, TODAY).await;
    assert_eq!(told.groups[0].members, Count::Told(12));
    let changed = changed.to_string().replace("2015", "1950").replace("female", "male");
    world.admin("0306").put("Patient/r3", &changed).await.expect(200);
    let (_, compared) = run(&[odsherred], "1085", "HQUALIMP", &women).await;
    assert_eq!(compared.expect("a comparison").groups[0].members[0].members, None);
    world.end().await;
}

/// Changes a municipality's schema behind the program's back.
async fn change(world: &World, tenant: &str, statement: &str) {
    let all = format!("set search_path to m{tenant}, public; {statement}");
    let all = sqlx::raw_sql(sqlx::AssertSqlSafe(all));
    world.database().await.execute(all).await.expect("changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_back_is_of_those_alone_that_let_each_other_see_it() {
    let world = World::with(Limits::default(), Clock::fixed(micros(date(2025, 11, 20)))).await;
    add_tenant(&world.catalog, "0316", "Holbæk").await;
    let slagelse = citizens(&world, "0330", (15, 6), (11, 6)).await;
    let odsherred = citizens(&world, "0306", (12, 6), (19, 10)).await;
    let holbaek = citizens(&world, "0316", (12, 6), (14, 7)).await;
    let stores = [odsherred.clone(), holbaek.clone(), slagelse.clone()];
    let until = date(2025, 12, 31);
    for (store, shared) in [(&slagelse, true), (&odsherred, false), (&holbaek, true)] {
        agree_to(store, "1085", 5, until, shared).await;
    }
    let (parts, compared) = run(&stores, "1085", "HQUALIMP", DEFINITION).await;
    assert_eq!(compared.expect("a comparison").municipalities.len(), 3);
    let (code, definition) = (region("1085"), Definition::from_toml(DEFINITION).expect("one"));
    let asked = question(&code, &definition, "HQUALIMP");
    let now = micros(TODAY);
    let given = give(&stores, &asked, &parts, "first", now).await.expect("given");
    assert_eq!(given.failed, []);
    assert_eq!(given.has.iter().map(ToString::to_string).collect::<Vec<_>>(), ["0316", "0330"]);

    let analyst = world.client("0330", Role::Analyst, None);
    let all = analyst.get("/api/comparisons").await.expect(200).json();
    assert_eq!(all[0]["region"], "1085");
    assert_eq!((&all[0]["id"], &all[0]["givenBy"]), (&json!("first"), &json!("ravn")));
    let told = analyst.get("/api/comparisons/first").await.expect(200);
    assert!(told.text.contains("Holbæk") && told.text.contains("Slagelse"), "{}", told.text);
    assert!(!told.text.contains("Odsherred") && !told.text.contains("0306"), "{}", told.text);
    assert_eq!(told.json()["comparison"]["groups"][0]["members"][2]["members"], 54);
    let page = world.client("0330", Role::Analyst, None).get("/cohorts").await.expect(200).text;
    assert!(page.contains("/cohorts/comparisons/first"), "{page}");
    // Whoever does not take part has nothing of it, and staff does not look at cohorts.
    let elsewhere = world.client("0306", Role::Analyst, None);
    assert_eq!(elsewhere.get("/api/comparisons").await.expect(200).json(), json!([]));
    elsewhere.get("/api/comparisons/first").await.expect(404);
    world.client("0330", Role::Nurse, None).get("/api/comparisons/first").await.expect(403);
    for (store, count) in [(&slagelse, 1), (&holbaek, 1), (&odsherred, 0)] {
        let page = newest(&store.chain(), &Wanted::default(), None, 1000).await.expect("entries");
        let given = page.entries.iter().filter(|it| it.1.operation == "region-comparison-give");
        assert_eq!(given.count(), count);
    }

    // One that fails does not keep the others from having it.
    let hidden = "alter table region_comparison rename to region_comparison_away";
    change(&world, "0316", hidden).await;
    let given = give(&stores, &asked, &parts, "half", now).await.expect("given");
    let codes = |codes: &[TenantCode]| codes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (codes(&given.has), codes(&given.failed)),
        (vec!["0330".into()], vec!["0316".into()])
    );
    let back = "alter table region_comparison_away rename to region_comparison";
    change(&world, "0316", back).await;

    // What was told with smaller counts than one of the two takes now may not be given, nor once it
    // has ended it.
    agree_to(&holbaek, "1085", 10, until, true).await;
    assert_eq!(
        give(&stores, &asked, &parts, "second", now).await.expect("an answer"),
        Given::default()
    );
    end(&holbaek, "1085").await;
    assert_eq!(
        give(&stores, &asked, &parts, "third", now).await.expect("an answer"),
        Given::default()
    );
    assert_eq!(slagelse.comparisons().await.expect("an answer").len(), 2);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_that_ends_meanwhile_ends_the_telling() {
    let world = World::with(Limits::default(), Clock::fixed(micros(date(2025, 11, 20)))).await;
    let slagelse = citizens(&world, "0330", (10, 5), (0, 0)).await;
    agree(&slagelse, "1085", 5, date(2025, 12, 31)).await;
    // Somebody ends it and has not yet committed: whoever asks waits for that, and is not told.
    let (region, definition) = (region("1085"), Definition::from_toml(DEFINITION).expect("one"));
    let mut tx = slagelse.begin().await.expect("a transaction");
    let now = micros(TODAY);
    assert!(slagelse.end_agreement_in(&mut tx, &region, "rita", now).await.expect("ended"));
    let purpose = Purpose::from_code("HQUALIMP").expect("a purpose");
    let asked = Asked { actor: "ravn", role: "analyst", purpose, reason: "why not", least: 5 };
    let question = Question { region: &region, definition: &definition, as_of: TODAY, asked };
    let (answer, ()) = tokio::join!(ask(&slagelse, &question, now, |_| ()), async {
        tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
        let entry = Entry::of_actor("rita", "operator", "end-agreement-with-region", now);
        tx.commit(&Block::of(entry)).await.expect("committed");
    });
    assert!(answer.expect("an answer").is_err());
    assert_eq!(world.count("0330", "select count(*) from cohort_release").await, 0);
    assert_eq!(recorded(&slagelse).await, (0, 1));
    world.end().await;
}
