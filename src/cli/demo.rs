//! `pulsvagt demo`

mod accounts;
mod feed;
mod load;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::door::Door;
use super::migrate;
use super::output;
use super::screen;
use super::site::Site;
use super::tally::Tally;
use super::usage;
use crate::access::{Grant, Role};
use crate::clock::Clock;
use crate::ids::TenantCode;
use crate::jobs;
use crate::server::{self, Bound, ServerError, Stop};
use crate::telemetry::{self, LogFormat};
use load::Marker;

/// The municipalities of a demo.
const MUNICIPALITIES: [(&str, &str); 2] = [("0330", "Slagelse"), ("0306", "Odsherred")];
/// The zone of both.
const ZONE: &str = "Europe/Copenhagen";
/// How long the printed tokens are valid, seconds.
const TOKENS: i64 = 12 * 3_600;
/// Where the demo listens unless told otherwise, if it is free.
const PORT: u16 = 8080;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many citizens, in both municipalities together [default: 200]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    citizens: Option<u32>,
    /// How many days of readings [default: 14]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    days: Option<u32>,
    /// Everything random follows from it [default: 1]
    #[arg(long)]
    seed: Option<u64>,
    /// Where to listen on 127.0.0.1 [default: 8080, or a free one]
    #[arg(long)]
    port: Option<u16>,
    /// The folder for everything that the demo keeps
    #[arg(long, value_name = "DIR", env = "PULSVAGT_DATA", default_value = ".pulsvagt/demo")]
    data: PathBuf,
    /// Load, print a summary and exit
    #[arg(long)]
    once: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Which messages are logged, as in `RUST_LOG`
    #[arg(long, value_name = "FILTER", default_value = "warn,sqlx=error")]
    log: String,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<u8> {
        telemetry::init_logging(LogFormat::Text, &self.log);
        let mut stop = Stop::listen()?;
        let marker = self.marker()?;
        output::note(format!("starting PostgreSQL in {}", self.data.display()));
        let mut site = tokio::select! {
            site = Site::start(&self.data) => site?,
            () = stop.requested() => return Ok(0),
        };
        if !site.owns_database() {
            return Err(usage(format!(
                "a demo runs already in {}; stop it, or choose another --data",
                self.data.display()
            )));
        }
        let result = self.work(&mut site, marker, &mut stop).await;
        output::note("stopping PostgreSQL");
        stop.or_exit(site.close()).await?;
        result
    }

    async fn work(
        &self,
        site: &mut Site,
        mut marker: Marker,
        stop: &mut Stop,
    ) -> anyhow::Result<u8> {
        // Taken before the loading, so that a port that is in use is told at once.
        let bound = if self.once { None } else { Some(self.bind()?) };
        let door = tokio::select! {
            door = open(site) => Arc::new(door?),
            () = stop.requested() => return Ok(0),
        };
        let loaded = tokio::select! {
            loaded = load_and_screen(&door, &mut marker, &self.data) => loaded.map(|()| true),
            () = stop.requested() => Ok(false),
        };
        let Some(bound) = bound.filter(|_| matches!(loaded, Ok(true))) else {
            stop.or_exit(door.close()).await;
            if loaded? {
                self.summarise(&marker);
            }
            return Ok(0);
        };
        let password = accounts::ensure(&door, &marker, &self.data).await?;
        self.introduce(&bound, &door, &marker, &password)?;
        feed::start(&door, marker, self.data.clone());
        jobs::start(&door.app, jobs::Settings::default());
        tokio::select! {
            served = bound.serve(door.app.clone(), door.router.clone(), stop) => served?,
            () = site.database_ended() => {
                door.app.stopping().cancel();
                let log = self.data.join("postgres.log");
                anyhow::bail!("PostgreSQL ended by itself; {} says why", log.display());
            }
        }
        Ok(0)
    }

    /// What the folder holds or is to hold.
    fn marker(&self) -> anyhow::Result<Marker> {
        let Some(known) = Marker::read(&self.data)? else {
            let now = Clock::system().now();
            return Ok(Marker::new(
                self.seed.unwrap_or(1),
                self.citizens.unwrap_or(200),
                self.days.unwrap_or(14),
                now,
            ));
        };
        let differs = self.seed.is_some_and(|seed| seed != known.seed)
            || self.citizens.is_some_and(|citizens| citizens != known.citizens)
            || self.days.is_some_and(|days| days != known.days);
        if differs {
            return Err(usage(format!(
                "{} holds {} citizens with {} days of readings from seed {}; leave those options \
                 out to use it, or choose another --data",
                self.data.display(),
                known.citizens,
                known.days,
                known.seed
            )));
        }
        Ok(known)
    }

    /// Takes the port that was asked for, or else the usual one, or else a free one.
    fn bind(&self) -> anyhow::Result<Bound> {
        let at = |port| server::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), None);
        match (self.port, at(self.port.unwrap_or(PORT))) {
            (None, Err(ServerError::Listen { source, .. }))
                if source.kind() == ErrorKind::AddrInUse =>
            {
                Ok(at(0)?)
            }
            (_, bound) => Ok(bound?),
        }
    }

    fn summarise(&self, marker: &Marker) {
        if self.json {
            output::json(&marker.summary());
            return;
        }
        let mut rows = vec![vec!["municipality".to_owned(), "citizens".to_owned()]];
        rows[0].extend(Tally::HEADINGS.map(str::to_owned));
        let mut total = Tally::default();
        for (code, loaded) in &marker.municipalities {
            let name = MUNICIPALITIES.iter().find(|(known, _)| known == code);
            let name = name.map_or("", |(_, name)| name);
            rows.push(vec![format!("{code} {name}"), loaded.citizens.to_string()]);
            if let Some(row) = rows.last_mut() {
                row.extend(loaded.readings.cells());
            }
            total.add(&loaded.readings);
        }
        let citizens: u64 = marker.municipalities.values().map(|loaded| loaded.citizens).sum();
        let mut row = vec!["both".to_owned(), citizens.to_string()];
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

    /// Prints where the server is and how to talk to it.
    fn introduce(
        &self,
        bound: &Bound,
        door: &Door,
        marker: &Marker,
        password: &str,
    ) -> anyhow::Result<()> {
        let url = bound.url();
        let (code, _) = MUNICIPALITIES[0];
        let citizen = marker.citizen_of(code).unwrap_or_default();
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
        let mint = |role, citizen| door.mint(&grant(role, citizen)?);
        let gateway = mint(Role::Gateway, None)?;
        let (team, _) = load::TEAMS[0];
        let nurse = door.mint_in_team(&grant(Role::Nurse, None)?, team)?;
        let lead = mint(Role::Lead, None)?;
        let own = mint(Role::Citizen, Some(&citizen))?;
        let curl = curl(&url, &gateway, &citizen);
        if self.json {
            let mut summary = marker.summary();
            summary["url"] = json!(url);
            summary["data"] = json!(self.data);
            summary["tenant"] = json!(code);
            summary["citizen"] = json!(citizen);
            summary["tokens"] =
                json!({"gateway": gateway, "nurse": nurse, "lead": lead, "citizen": own});
            summary["accounts"] = json!({"users": accounts::users(), "password": password});
            summary["team"] = json!(team);
            summary["curl"] = json!(curl);
            output::json(&summary);
            return Ok(());
        }
        self.summarise(marker);
        let hours = TOKENS / 3_600;
        output::line("");
        output::line(format!("Pulsvagt serves {url}  (FHIR at {url}/fhir)"));
        output::line("");
        output::line(format!(
            "# Tokens of {code} for {hours} hours; the citizen is {citizen}, the nurse of team {team}."
        ));
        output::line(format!("GATEWAY_TOKEN={gateway}"));
        output::line(format!("NURSE_TOKEN={nurse}"));
        output::line(format!("LEAD_TOKEN={lead}"));
        output::line(format!("CITIZEN_TOKEN={own}"));
        output::line(format!(
            "# Others: pulsvagt token --tenant {code} --role nurse --team syd --data {}",
            self.data.display()
        ));
        output::line("");
        output::line(format!("# Sign in with a browser: {url}/auth/login"));
        output::line(format!("#   users of both municipalities: {}", accounts::users().join(", ")));
        output::line(format!("#   password of all of them: {password}"));
        output::line("");
        output::line("# Send a heart rate measured now, and find it again:");
        output::line(curl);
        output::line("");
        output::line("Ctrl-C stops everything; the data stays.");
        Ok(())
    }
}

/// Loads what is to be there, and screens everybody whose readings are new.
async fn load_and_screen(door: &Door, marker: &mut Marker, folder: &Path) -> anyhow::Result<()> {
    load::load(door, marker, folder).await?;
    let clock = door.app.clock();
    for (code, _) in MUNICIPALITIES {
        let Some(municipality) = door.app.municipality(&code.parse()?).await? else { continue };
        let store = &municipality.store;
        let done = screen::everybody_due(store, &screen::worker(store, clock), clock).await?;
        marker.screened.insert(code.to_owned(), done);
    }
    Ok(())
}

/// Migrates, makes the municipalities that are missing, and opens the door.
async fn open(site: &Site) -> anyhow::Result<Door> {
    let (catalog, _) = migrate::catalog(site).await?;
    let known = catalog.tenants().await?;
    for (code, name) in MUNICIPALITIES {
        let code: TenantCode = code.parse()?;
        match known.iter().find(|tenant| tenant.code == code) {
            Some(tenant) => catalog.migrate_tenant(tenant).await?,
            None => catalog.add(&code, name, ZONE, None).await?,
        };
    }
    Door::open(&site.config, &catalog).await
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
