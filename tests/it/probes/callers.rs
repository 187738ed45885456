//! Who tries, with whose ids, and what must not come out. A new role, or a new border such as a
//! team, is one more line.

use jsonwebtoken::Algorithm;
use pulsvagt::access::Role;

use super::ask::Kind;
use crate::machines::Machine;
use crate::planted::{Browser, HEART_RATE, Person, Planted, Thing, kin};
use crate::world::Client;

/// Somebody against somebody.
#[derive(Clone)]
pub(super) struct Against<'a> {
    pub(super) name: &'static str,
    pub(super) client: Client,
    /// Whom the caller may know of.
    pub(super) own: &'a Person,
    /// Of whom the ids are.
    pub(super) victims: Vec<&'a Person>,
    /// What must not come out of them.
    pub(super) canaries: fn(&Person) -> Vec<&str>,
    /// Ids of which kinds.
    pub(super) kinds: fn(&Kind) -> bool,
    /// Whether what may not be known is answered as what is not there.
    pub(super) as_if_absent: bool,
    /// Whether a PUT may create.
    pub(super) creates: bool,
}

fn all(_: &Kind) -> bool {
    true
}

/// Kinds of which a gateway may know nothing.
fn records(kind: &Kind) -> bool {
    let open = ["Patient", "Device", "QuestionnaireResponse", "Provenance"];
    match kind {
        Kind::Resource(kind) => !open.contains(&kind.as_str()),
        Kind::Identifier(kind) => matches!(*kind, "Condition" | "Encounter" | "CarePlan"),
        Kind::Alert => true,
        Kind::Thing(thing) => *thing != Thing::Doubted,
        _ => false,
    }
}

fn weights(kind: &Kind) -> bool {
    let is_weight = matches!(kind, Kind::Weight | Kind::Identifier("Weight") | Kind::Nothing);
    is_weight || *kind == Kind::Thing(Thing::Doubted)
}

/// All but what analysts of the same municipality may know.
fn of_people(kind: &Kind) -> bool {
    *kind != Kind::Thing(Thing::Comparison)
}

/// Everybody.
pub(super) async fn callers(planted: &Planted) -> Vec<Against<'_>> {
    let Planted { world, ane, bo, dora, eva, carl, .. } = planted;
    let base = |name, client, own, victims| Against {
        name,
        client,
        own,
        victims,
        canaries: Person::canaries_of_all,
        kinds: all,
        as_if_absent: true,
        creates: false,
    };
    let elsewhere = |name, role| {
        let creates = role != Role::Citizen;
        Against { creates, ..base(name, planted.client("0306", role), carl, vec![ane, bo, dora]) }
    };
    let here = |name, role| Against {
        creates: true,
        ..base(name, planted.client("0330", role), ane, vec![carl])
    };
    // They may know that the citizen is there, and nothing of what is kept.
    let restricted = |name, client| Against {
        as_if_absent: false,
        creates: true,
        canaries: Person::canaries_of_content,
        ..base(name, client, ane, vec![dora])
    };
    // They look after the citizen, and may not know of some of what is kept.
    let denied = |name, client| Against {
        as_if_absent: false,
        creates: true,
        canaries: Person::canaries_of_denied,
        ..base(name, client, ane, vec![eva])
    };
    let by_browser = async |role, own: Option<&Person>, teams: &[&str]| {
        let own = own.map(|person| person.id.as_str());
        Browser::signed_in_to(world, "0330", role, own, teams).await.client(world)
    };
    let of_north = by_browser(Role::Nurse, None, &["nord"]).await;
    let relative = world.token_named("0330", Role::Relative, Some(&ane.id), &kin(&ane.id));
    let relative = world.bearer(&relative);
    let admin = planted.client("0330", Role::Admin).with("content-type", "application/json");
    admin.put("/api/teams/nord", r#"{"name": "Another team"}"#).await.expect(200);
    let scoped = |role, own: &Person, scope| world.scoped(role, Some(&own.id), scope);
    let one = "patient/*.cruds";
    let heart_rates = format!("system/Observation.crus?code=http://loinc.org|{HEART_RATE}");
    let machine = Machine::register(world, Algorithm::ES384, "gateway", &heart_rates).await;
    let machine = world.bearer(&machine.token(world, &heart_rates).await);
    vec![
        base(
            "citizen, browser",
            by_browser(Role::Citizen, Some(ane), &[]).await,
            ane,
            vec![bo, dora],
        ),
        base("nurse of another team, browser", of_north, ane, vec![bo, dora, carl]),
        Against {
            creates: true,
            ..base("lead, browser", by_browser(Role::Lead, None, &[]).await, ane, vec![carl])
        },
        base("nurse, browser", by_browser(Role::Nurse, None, &[]).await, ane, vec![carl]),
        base("relative with a Consent", relative, ane, vec![bo, dora, carl]),
        denied("nurse, denied", planted.client("0330", Role::Nurse)),
        denied("lead, denied", planted.client("0330", Role::Lead)),
        denied("gateway, denied", planted.client("0330", Role::Gateway)),
        denied("nurse, denied, browser", by_browser(Role::Nurse, None, &[]).await),
        restricted("nurse, restricted, browser", by_browser(Role::Nurse, None, &[]).await),
        base("citizen", planted.client("0330", Role::Citizen), ane, vec![bo, dora, carl]),
        elsewhere("citizen elsewhere", Role::Citizen),
        elsewhere("gateway elsewhere", Role::Gateway),
        elsewhere("nurse elsewhere", Role::Nurse),
        elsewhere("lead elsewhere", Role::Lead),
        elsewhere("admin elsewhere", Role::Admin),
        elsewhere("analyst elsewhere", Role::Analyst),
        here("gateway", Role::Gateway),
        here("nurse", Role::Nurse),
        here("lead", Role::Lead),
        base("nurse of another team", world.nurse_of("nord"), ane, vec![bo, dora, carl]),
        Against {
            canaries: Person::canaries_of_people,
            kinds: of_people,
            ..base("analyst", planted.client("0330", Role::Analyst), ane, vec![bo, dora])
        },
        here("analyst, of another municipality", Role::Analyst),
        base("operator", planted.client("0330", Role::Operator), ane, vec![bo, dora, carl]),
        base("app of a nurse", scoped(Role::Nurse, ane, one), ane, vec![bo, dora, carl]),
        base("app of a lead", scoped(Role::Lead, ane, one), ane, vec![bo, dora, carl]),
        base("machine of a citizen", scoped(Role::Gateway, ane, one), ane, vec![bo, dora, carl]),
        Against {
            canaries: Person::canaries_of_weights,
            kinds: weights,
            ..base("machine for heart rates", machine, ane, vec![bo])
        },
        Against {
            canaries: Person::canaries_of_records,
            kinds: records,
            ..base("gateway without rights", planted.client("0330", Role::Gateway), ane, vec![bo])
        },
        restricted("nurse, restricted", planted.client("0330", Role::Nurse)),
        restricted("lead, restricted", planted.client("0330", Role::Lead)),
        restricted("gateway, restricted", planted.client("0330", Role::Gateway)),
        restricted("admin, restricted", planted.client("0330", Role::Admin)),
        restricted("app of a nurse, restricted", scoped(Role::Nurse, dora, one)),
    ]
}
