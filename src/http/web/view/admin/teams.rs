//! Who looks after whom.

use maud::{Markup, html};

use super::page as frame;
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

/// The page.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    teams: &Teams,
    typed: Option<Typed<'_>>,
) -> Markup {
    let words = scene.words;
    let main = html! {
        @if typed.is_some() {
            p class="banner" role="alert" { strong { (words.t("not-done")) } " " (words.t("team-refused")) }
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
                (form(words, viewer, "new", None, typed))
            }
        }
    };
    frame(scene, viewer, Section::Teams, &main)
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
