//! What a demo tells about itself.

use std::path::Path;

use serde_json::{Value, json};

use super::accounts;
use super::load::{Marker, People};
use super::places::{PLACES, place};
use crate::access::{Grant, Role};
use crate::cli::door::Door;
use crate::cli::output;
use crate::cli::screen;
use crate::cli::tally::Tally;
use crate::simulate::{CAST, Seen};

/// How long the printed tokens are valid, seconds.
const TOKENS: i64 = 12 * 3_600;

/// Prints what was loaded.
pub(super) fn summarise(marker: &Marker, as_json: bool) {
    if as_json {
        output::json(&marker.summary());
        return;
    }
    let mut rows = vec![vec!["municipality".to_owned(), "citizens".to_owned()]];
    rows[0].extend(Tally::HEADINGS.map(str::to_owned));
    let mut total = Tally::default();
    for (code, loaded) in &marker.municipalities {
        let name = place(code).map_or("", |place| place.name);
        rows.push(vec![format!("{code} {name}"), loaded.citizens.to_string()]);
        if let Some(row) = rows.last_mut() {
            row.extend(loaded.readings.cells());
        }
        total.add(&loaded.readings);
    }
    let citizens: u64 = marker.municipalities.values().map(|loaded| loaded.citizens).sum();
    let mut row = vec!["all".to_owned(), citizens.to_string()];
    row.extend(total.cells());
    rows.push(row);
    output::table(&rows);
    for (code, done) in &marker.screened {
        screen::report_done(code, *done);
    }
    for (code, loaded) in &marker.municipalities {
        let reasons = loaded.readings.reasons();
        if !reasons.is_empty() {
            output::line(format!("quarantined in {code}: {reasons}"));
        }
    }
}

/// A demo that serves.
pub(super) struct Serving<'a> {
    pub(super) url: String,
    pub(super) door: &'a Door,
    pub(super) marker: &'a Marker,
    pub(super) people: &'a People,
    pub(super) folder: &'a Path,
    pub(super) password: &'a str,
    pub(super) is_live: bool,
}

/// Tokens of the first municipality.
struct Tokens {
    gateway: String,
    nurse: String,
    lead: String,
    citizen: String,
}

impl Serving<'_> {
    /// Prints where the server is, what to look at and how to talk to it.
    pub(super) fn introduce(&self, as_json: bool) -> anyhow::Result<()> {
        let home = &PLACES[0];
        let citizen = self.marker.citizen_of(home.code).unwrap_or_default();
        let tokens = self.tokens(home.code, home.teams[0].code, &citizen)?;
        let curl = curl(&self.url, &tokens.gateway, &citizen);
        if as_json {
            let mut summary = self.marker.summary();
            summary["url"] = json!(self.url);
            summary["data"] = json!(self.folder);
            summary["tenant"] = json!(home.code);
            summary["citizen"] = json!(citizen);
            summary["tokens"] = json!({
                "gateway": tokens.gateway, "nurse": tokens.nurse,
                "lead": tokens.lead, "citizen": tokens.citizen,
            });
            summary["accounts"] = self.accounts();
            summary["team"] = json!(home.teams[0].code);
            summary["stories"] = self.stories();
            summary["curl"] = json!(curl);
            output::json(&summary);
            return Ok(());
        }
        summarise(self.marker, false);
        self.where_to_click();
        let hours = TOKENS / 3_600;
        let (code, team) = (home.code, home.teams[0].code);
        output::line("");
        output::line(format!(
            "# Tokens of {code} for {hours} hours; the citizen is {citizen}, the nurse of team {team}."
        ));
        output::line(format!("GATEWAY_TOKEN={}", tokens.gateway));
        output::line(format!("NURSE_TOKEN={}", tokens.nurse));
        output::line(format!("LEAD_TOKEN={}", tokens.lead));
        output::line(format!("CITIZEN_TOKEN={}", tokens.citizen));
        output::line(format!(
            "# Others: pulsvagt token --tenant {code} --role nurse --team syd --data {}",
            self.folder.display()
        ));
        output::line("");
        output::line("# Send a heart rate measured now, and find it again:");
        output::line(curl);
        output::line("");
        output::line("Ctrl-C stops everything; the data stays.");
        Ok(())
    }

    fn where_to_click(&self) {
        let home = &PLACES[0];
        output::line("");
        output::line(format!("The worklist:  {}/", self.url));
        let user = home.teams[0].nurse.0;
        output::line(format!(
            "Sign in:       {} {}, user {user}, password {}",
            home.code, home.name, self.password
        ));
        output::line(format!("FHIR:          {}/fhir", self.url));
        if self.is_live {
            output::line("");
            output::line(
                "Stay on the list: within half a minute of your sign-in a new red comes in, with its \
                 reason, and one somewhere every few minutes after that.",
            );
        }
        output::line("");
        output::line(format!("Stories of {} {} (invented people):", home.code, home.name));
        for part in CAST.iter().filter(|part| part.municipality == home.code) {
            if part.plot.seen == Seen::NothingYet {
                continue;
            }
            let (given, family) = part.name;
            output::line(format!("  {given} {family} ({}): {}", part.team, part.plot.about));
        }
        output::line("");
        output::line("Others to sign in as, all with the same password:");
        for place in &PLACES {
            let users: Vec<_> = accounts::users(place).iter().map(|one| one.user).collect();
            output::line(format!("  {} {}: {}", place.code, place.name, users.join(", ")));
        }
    }

    fn accounts(&self) -> Value {
        let places: serde_json::Map<String, Value> = PLACES
            .iter()
            .map(|place| {
                let users: Vec<_> = accounts::users(place)
                    .iter()
                    .map(|one| {
                        json!({"user": one.user, "role": one.role, "name": one.name, "team": one.team})
                    })
                    .collect();
                (place.code.to_owned(), json!({"name": place.name, "users": users}))
            })
            .collect();
        let users: Vec<_> = accounts::users(&PLACES[0]).iter().map(|one| one.user).collect();
        json!({"users": users, "password": self.password, "municipalities": places})
    }

    fn stories(&self) -> Value {
        let players = self.people.iter().filter(|one| one.seen.is_some());
        CAST.iter()
            .zip(players)
            .map(|(part, player)| {
                let (level, rule) = match part.plot.seen {
                    Seen::Alert(level, rule) => (Some(level), Some(rule)),
                    Seen::Nothing | Seen::NothingYet => (None, None),
                };
                json!({
                    "story": part.plot.name, "about": part.plot.about,
                    "municipality": part.municipality, "team": part.team,
                    "citizen": player.citizen.id, "level": level, "rule": rule,
                })
            })
            .collect()
    }

    fn tokens(&self, code: &str, team: &str, citizen: &str) -> anyhow::Result<Tokens> {
        let grant = |role: Role, citizen: Option<&str>| {
            anyhow::Ok(Grant {
                tenant: code.parse()?,
                role,
                subject: format!("demo-{role}"),
                citizen: citizen.map(str::to_owned),
                scope: None,
                seconds: TOKENS,
            })
        };
        let mint = |role, citizen| self.door.mint(&grant(role, citizen)?);
        Ok(Tokens {
            gateway: mint(Role::Gateway, None)?,
            nurse: self.door.mint_in_team(&grant(Role::Nurse, None)?, team)?,
            lead: mint(Role::Lead, None)?,
            citizen: mint(Role::Citizen, Some(citizen))?,
        })
    }
}

/// Two commands that work when pasted into any POSIX shell.
fn curl(url: &str, token: &str, citizen: &str) -> String {
    let body = format!(
        concat!(
            r#"{{"resourceType":"Observation","status":"final","#,
            r#""category":[{{"coding":[{{"#,
            r#""system":"http://terminology.hl7.org/CodeSystem/observation-category","#,
            r#""code":"vital-signs"}}]}}],"#,
            r#""code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4"}}]}},"#,
            r#""subject":{{"reference":"Patient/{citizen}"}},"#,
            r#""effectiveDateTime":"'$NOW'","#,
            r#""valueQuantity":{{"value":72,"unit":"/min","#,
            r#""system":"http://unitsofmeasure.org","code":"/min"}}}}"#
        ),
        citizen = citizen
    );
    let lines = [
        format!("TOKEN={token}"),
        "NOW=$(date -u +%Y-%m-%dT%H:%M:%SZ)".to_owned(),
        format!("curl -sS {url}/fhir/Observation -H \"Authorization: Bearer $TOKEN\" \\"),
        "    -H 'Content-Type: application/fhir+json' \\".to_owned(),
        format!("    -d '{body}' && echo &&"),
        "curl -sS -H \"Authorization: Bearer $TOKEN\" \\".to_owned(),
        format!(
            "    \"{url}/fhir/Observation?patient={citizen}&code=http://loinc.org%7C8867-4&date=$NOW\""
        ),
    ];
    lines.join("\n")
}
