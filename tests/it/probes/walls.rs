//! The same probes with a wall down: each of the two between municipalities holds alone.

use pulsvagt::access::Role;
use pulsvagt::store::search::ObservationQuery;
use pulsvagt::store::{Sight, Store};
use sqlx::{AssertSqlSafe, Executor};

use super::callers::{Against, callers};
use super::{PROBES, number, probe};
use crate::planted::{HEART_RATE, Person, Planted};
use crate::world::Client;

/// What the role of one municipality needs for reading and writing another.
fn grants(role: &str, schema: &str) -> String {
    format!(
        "grant all on schema {schema} to {role};
         grant all on all tables in schema {schema} to {role};
         grant all on all sequences in schema {schema} to {role};
         grant execute on all functions in schema {schema} to {role}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_database_open_the_handlers_hold() {
    let planted = Planted::new().await;
    let mut owner = planted.world.database().await;
    for (role, schema) in [("pulsvagt_0330", "m0306"), ("pulsvagt_0306", "m0330")] {
        owner.execute(sqlx::raw_sql(AssertSqlSafe(grants(role, schema)))).await.expect("granted");
    }
    let mut callers = callers(&planted).await;
    callers
        .retain(|against| against.victims.iter().any(|victim| victim.tenant != against.own.tenant));
    let probes = number("PULSVAGT_PROBES", PROBES) / 10;
    let tally = probe(&callers, probes, 2).await;
    tally.print();
    tally.expect_none();
    planted.world.end().await;
}

/// What the functions of a store tell of somebody whose tables it is not for; of each that fails,
/// nothing.
async fn told(store: &Store, planted: &Planted) -> Vec<(&'static str, bool)> {
    let (bo, now) = (&planted.bo, planted.world.clock.now());
    let theirs = crate::machines::store(&planted.world, "0330").await;
    let no = theirs.citizen_no(&bo.id).await.expect("asked").expect("there");
    let key = theirs.sealer().open(&bo.readings[1]).expect("a reading");
    let alert = bo.alerts[0].parse().expect("an id");
    let query = ObservationQuery { count: 10, ..ObservationQuery::default() };
    vec![
        ("citizen_no", store.citizen_no(&bo.id).await.is_ok_and(|found| found.is_some())),
        ("resource", store.resource("Condition", bo.of("Condition")).await.is_ok()),
        ("resource_history", store.resource_history("Patient", &bo.id).await.is_ok()),
        ("observation", store.observation(key).await.is_ok()),
        ("observation_history", store.observation_history(key).await.is_ok()),
        ("search_observations", store.search_observations(&query).await.is_ok()),
        ("count_observations", store.count_observations(&query).await.is_ok()),
        ("alert", store.alert(alert).await.is_ok()),
        ("open_alerts", store.open_alerts(no).await.is_ok()),
        (
            "worklist_counts",
            store
                .worklist_counts(&Sight::everybody(), &pulsvagt::triage::Filter::default(), now)
                .await
                .is_ok(),
        ),
        ("summaries", store.summaries(&[no], 0, 30_000).await.is_ok()),
        ("plans", store.plans(&[no]).await.is_ok()),
        ("findings", store.findings(no, 10).await.is_ok()),
        ("persons", store.persons(&[no]).await.is_ok()),
        ("restricted", store.restricted().await.is_ok()),
        ("clients", store.clients().await.is_ok()),
        ("make_everybody_due", store.make_everybody_due(now).await.is_ok()),
    ]
}

/// A handler that has got hold of a handle on another municipality's tables.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_handlers_astray_the_database_holds() {
    let planted = Planted::new().await;
    let mut owner = planted.world.database().await;
    for (code, schema) in [("0330", "m9999"), ("0306", "m0330"), ("0330", "m0306")] {
        let update =
            format!("update pulsvagt.tenant set schema_name = '{schema}' where code = '{code}'");
        owner.execute(sqlx::raw_sql(AssertSqlSafe(update))).await.expect("astray");
    }
    let catalog = &planted.world.catalog;
    let code = "0306".parse().expect("a code");
    let astray = catalog.tenant(&code).await.expect("asked").expect("there");
    let store = catalog.open(&astray).expect("a handle");
    let some: Vec<&str> = told(&store, &planted)
        .await
        .into_iter()
        .filter(|(_, told)| *told)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(some, [""; 0], "told with the handlers astray");

    // It was the database: with its wall down too, it tells.
    let grants = grants("pulsvagt_0306", "m0330");
    owner.execute(sqlx::raw_sql(AssertSqlSafe(grants))).await.expect("granted");
    let store = catalog.open(&astray).expect("a handle");
    let told = told(&store, &planted).await;
    for name in ["citizen_no", "count_observations", "findings", "plans", "restricted"] {
        assert!(told.contains(&(name, true)), "{name} with both walls down");
    }
    // What nurses wrote is sealed with the municipality's key, which is a wall of its own.
    for name in ["alert", "open_alerts"] {
        assert!(told.contains(&(name, false)), "{name} with both walls down");
    }
    planted.world.end().await;
}

/// A wall inside a municipality: the caller whom it keeps out, and the same request made by somebody
/// who stands on the other side of it.
struct Wall {
    name: &'static str,
    keeps_out: &'static str,
    beyond: Client,
}

/// Each of the walls inside a municipality is the only one that keeps a caller out, and the probes see
/// it: with it they find nothing, and without it they do.
#[tokio::test(flavor = "multi_thread")]
async fn without_any_one_wall_the_probes_find_what_is_behind_it() {
    let planted = Planted::new().await;
    let Planted { world, ane, dora, eva, .. } = &planted;
    let nurse = planted.client("0330", Role::Nurse);
    let heart_rates = format!("system/Observation.crus?code=http://loinc.org|{HEART_RATE}");
    let all = heart_rates.split('?').next().expect("a scope").to_owned();
    let walls = [
        Wall { name: "municipality", keeps_out: "nurse elsewhere", beyond: nurse.clone() },
        Wall { name: "compartment", keeps_out: "citizen", beyond: nurse.clone() },
        Wall {
            name: "compartment of a session",
            keeps_out: "citizen, browser",
            beyond: nurse.clone(),
        },
        Wall { name: "role", keeps_out: "gateway without rights", beyond: nurse.clone() },
        Wall { name: "teams", keeps_out: "nurse of another team", beyond: nurse.clone() },
        Wall {
            name: "scopes",
            keeps_out: "machine for heart rates",
            beyond: world.scoped(Role::Gateway, None, &all),
        },
        Wall {
            name: "patient/ scopes",
            keeps_out: "app of a nurse",
            beyond: world.scoped(Role::Nurse, None, "user/*.cruds"),
        },
        Wall {
            name: "restriction",
            keeps_out: "nurse, restricted",
            beyond: world.citizen(&dora.id),
        },
        Wall { name: "denial", keeps_out: "nurse, denied", beyond: world.citizen(&eva.id) },
        Wall { name: "Consent of a relative", keeps_out: "relative with a Consent", beyond: nurse },
    ];
    let callers = callers(&planted).await;
    let probes = number("PULSVAGT_PROBES", PROBES).min(PROBES) / 10;
    // A wall of one's own: the people in another municipality stand behind two.
    let behind = |wall: &Wall| {
        let kept = callers.iter().find(|against| against.name == wall.keeps_out).expect(wall.name);
        let here = |victim: &&Person| victim.tenant == "0330";
        Against { victims: kept.victims.iter().copied().filter(here).collect(), ..kept.clone() }
    };
    // What is written while one is down must not be seen where another stands.
    for (seed, wall) in (100..).zip(&walls) {
        probe(&[behind(wall)], probes / 5, seed).await.expect_none();
    }
    for (seed, wall) in (200..).zip(walls) {
        let kept = behind(&wall);
        let own =
            if wall.name == "restriction" || wall.name == "denial" { kept.victims[0] } else { ane };
        let without = Against { own, client: wall.beyond, ..kept };
        let down = probe(&[without], probes, seed).await;
        println!("{:<26} down: {:>4} reports of {probes} probes", wall.name, down.leaks.len());
        assert!(down.leaks.len() > probes / 50, "{}: {} reports", wall.name, down.leaks.len());
    }
    planted.world.end().await;
}
