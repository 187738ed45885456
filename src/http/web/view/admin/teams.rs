//! Who looks after whom.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::page as frame;
use super::settings::{day, shift};
use crate::clock::Micros;
use crate::http::web::format::Scene;
use crate::http::web::model::{Section, Viewer};
use crate::http::web::words::Words;
use crate::store::teams::Team;

const HERE: &str = "/admin/teams";

/// What is shown.
#[derive(Debug)]
pub(in crate::http::web) struct Teams {
    /// By code.
    pub(in crate::http::web) teams: Vec<Team>,
    /// Whether they are the viewer's to change.
    pub(in crate::http::web) may_change: bool,
    /// Who works in them, if the viewer may know.
    pub(in crate::http::web) members: Option<Members>,
}

/// Who works where.
#[derive(Debug)]
pub(in crate::http::web) struct Members {
    /// By the team's code.
    pub(in crate::http::web) teams: BTreeMap<String, Vec<Line>>,
    /// Accounts of the municipality, by id: whom one can choose.
    pub(in crate::http::web) people: Vec<(String, String)>,
    /// Whether that is the viewer's to say.
    pub(in crate::http::web) may_change: bool,
}

/// Somebody who works in a team.
#[derive(Debug)]
pub(in crate::http::web) struct Line {
    /// What they are called in addresses.
    pub(in crate::http::web) id: String,
    /// What they are called by people, or else by who lets them in.
    pub(in crate::http::web) name: String,
    /// Who lets them in; `None` for an account of the municipality.
    pub(in crate::http::web) issuer: Option<String>,
    /// Since when they work in the team.
    pub(in crate::http::web) since: Micros,
}

/// What was typed and is not acceptable.
#[derive(Debug, Clone, Copy)]
pub(in crate::http::web) struct Typed<'a> {
    /// The code.
    pub(in crate::http::web) code: &'a str,
    /// The name.
    pub(in crate::http::web) name: &'a str,
    /// The district.
    pub(in crate::http::web) district: &'a str,
}

/// What could not be done.
#[derive(Debug)]
pub(in crate::http::web) enum Wrong<'a> {
    /// The team cannot be called so.
    Team(Typed<'a>),
    /// The hours cannot be.
    Hours,
    /// That can be nobody.
    Member,
}

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    teams: &Teams,
    wrong: Option<&Wrong<'_>>,
) -> Markup {
    let words = scene.words;
    let main = html! {
        @if let Some(wrong) = wrong {
            p class="banner" role="alert" {
                strong { (words.t("not-done")) } " "
                (words.t(match wrong {
                    Wrong::Team(_) => "team-refused",
                    Wrong::Hours => "team-hours-refused",
                    Wrong::Member => "team-member-refused",
                }))
            }
        }
        p class="fine" { (words.t("team-help")) }
        ul class="teams" {
            @for team in &teams.teams {
                li id={ "team-" (team.code) } {
                    h2 { (team.name) " " small { (team.code) } }
                    p {
                        (words.with("team-citizens", &[("n", team.citizens.into())]))
                        @if !team.district.is_empty() { " · " (team.district) }
                    }
                    (hours(words, viewer, team, teams.may_change))
                    @if let Some(members) = &teams.members { (people(scene, viewer, team, members)) }
                    @if teams.may_change {
                        details {
                            summary { (words.t("team-change")) span class="unseen" { ": " (team.name) } }
                            (form(words, viewer, &team.code, Some(team), None))
                        }
                    }
                }
            }
        }
        @if teams.may_change {
            section aria-labelledby="new-team" {
                h2 id="new-team" { (words.t("team-new")) }
                (form(words, viewer, "new", None, match wrong { Some(Wrong::Team(typed)) => Some(*typed), _ => None }))
            }
        }
    };
    frame(scene, viewer, Section::Teams, &main)
}

/// When somebody of the team looks.
fn hours(words: Words, viewer: &Viewer, team: &Team, may_change: bool) -> Markup {
    let shifts = serde_json::to_value(&team.staffed).unwrap_or_default();
    let shifts = shifts.as_array().map_or(&[][..], Vec::as_slice);
    html! {
        p {
            (words.t("team-hours")) ": "
            @if shifts.is_empty() { (words.t("team-hours-common")) }
            @for (place, one) in shifts.iter().enumerate() {
                @if place > 0 { "; " }
                (told_shift(words, one))
            }
        }
        @if may_change {
            details {
                summary { (words.t("team-hours-change")) span class="unseen" { ": " (team.name) } }
                form class="act" method="post" action={ (HERE) "/" (team.code) "/hours" } {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    p class="fine" { (words.t("team-hours-help")) }
                    @for place in 0..=shifts.len() { (shift(words, place, shifts.get(place))) }
                    button class="main" { (words.t("team-save")) }
                }
            }
        }
    }
}

fn told_shift(words: Words, shift: &Value) -> String {
    let days = shift["days"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let days: Vec<String> = days.map(|code| day(words, code)).collect();
    let at = |end: &str| shift[end].as_str().unwrap_or_default().to_owned();
    format!("{} {}–{}", days.join(", "), at("from"), at("to"))
}

/// Who works in the team.
fn people(scene: &Scene, viewer: &Viewer, team: &Team, members: &Members) -> Markup {
    let words = scene.words;
    let lines = members.teams.get(&team.code).map_or(&[][..], Vec::as_slice);
    let field = |name: &str| format!("{name}-{}", team.code);
    let action = format!("{HERE}/{}/members", team.code);
    html! {
        h3 { (words.t("team-members")) }
        @if lines.is_empty() { p class="empty" { (words.t("team-members-none")) } }
        ul class="members" {
            @for line in lines {
                li {
                    b { (line.name) }
                    @if let Some(issuer) = &line.issuer { " " small { (issuer) } }
                    " " span class="fine" { (words.with("team-member-since", &[("day", scene.date_of(line.since).into())])) }
                    @if members.may_change {
                        form method="post" action={ (action) "/" (line.id) "/leave" } {
                            input type="hidden" name="csrf" value=(viewer.csrf);
                            button { (words.t("team-member-end")) span class="unseen" { ": " (line.name) ", " (team.name) } }
                        }
                    }
                }
            }
        }
        @if members.may_change {
            details {
                summary { (words.t("team-member-add")) span class="unseen" { ": " (team.name) } }
                form class="act" method="post" action=(action) {
                    input type="hidden" name="csrf" value=(viewer.csrf);
                    @if !members.people.is_empty() {
                        label for=(field("account")) { (words.t("team-member-account")) }
                        select id=(field("account")) name="account" {
                            option value="" { (words.t("team-member-other")) }
                            @for (id, name) in &members.people { option value=(id) { (name) } }
                        }
                    }
                    label for=(field("subject")) { (words.t("team-member-subject")) }
                    input id=(field("subject")) name="subject" maxlength="200" autocomplete="off" spellcheck="false";
                    label for=(field("issuer")) { (words.t("team-member-issuer")) }
                    input id=(field("issuer")) name="issuer" maxlength="200" autocomplete="off" spellcheck="false";
                    button class="main" { (words.t("team-member-add")) }
                }
            }
        }
    }
}

fn form(
    words: Words,
    viewer: &Viewer,
    place: &str,
    team: Option<&Team>,
    typed: Option<Typed<'_>>,
) -> Markup {
    let field = |name: &str| format!("{name}-{place}");
    let name = typed.map(|it| it.name).or(team.map(|it| &*it.name)).unwrap_or_default();
    let district = typed.map(|it| it.district).or(team.map(|it| &*it.district)).unwrap_or_default();
    html! {
        form class="act" method="post" action=(HERE) {
            input type="hidden" name="csrf" value=(viewer.csrf);
            @if let Some(team) = team {
                input type="hidden" name="code" value=(team.code);
            } @else {
                label for=(field("code")) { (words.t("team-code")) }
                input id=(field("code")) name="code" required maxlength="32" pattern="[a-z0-9][a-z0-9\\-]*"
                    autocomplete="off" spellcheck="false" value=(typed.map(|it| it.code).unwrap_or_default());
            }
            label for=(field("name")) { (words.t("team-name")) }
            input id=(field("name")) name="name" required maxlength="100" autocomplete="off" value=(name);
            label for=(field("district")) { (words.t("team-district")) }
            input id=(field("district")) name="district" maxlength="100" autocomplete="off" value=(district);
            button class="main" { (words.t("team-save")) }
        }
    }
}
