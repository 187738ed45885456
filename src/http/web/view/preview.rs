//! What other limits would have meant.

use maud::{Markup, html};

use super::frame::{self, Kind};
use super::plan;
use crate::http::web::format::Scene;
use crate::http::web::model::{PlanPage, Preview, Viewer};

/// What stands beside the form: nothing yet, what was found, or that the limits cannot be used.
pub(super) fn part(scene: &Scene, tried: Option<&Result<Preview, ()>>) -> Markup {
    let words = scene.words;
    html! {
        div id="preview" class="preview" role="status" {
            @match tried {
                None => {}
                Some(Err(())) => p class="notice" { (words.t("preview-wrong")) },
                Some(Ok(preview)) => {
                    p class="big-line" { (sentence(scene, preview)) }
                    @if preview.proposed.1 + preview.present.1 > 0 {
                        p { (words.with("preview-red", &[("n", preview.proposed.1.into()), ("m", preview.present.1.into())])) }
                    }
                    @if !preview.problems.is_empty() {
                        ul {
                            @for (problem, proposed, present) in &preview.problems {
                                li { (words.with("preview-problem", &[
                                    ("problem", problem.as_str().into()), ("n", (*proposed).into()), ("m", (*present).into()),
                                ])) }
                            }
                        }
                    }
                    p class="fine" { (words.t("preview-means")) }
                }
            }
        }
    }
}

fn sentence(scene: &Scene, preview: &Preview) -> String {
    let values = [
        ("n", preview.proposed.0.into()),
        ("m", preview.present.0.into()),
        ("days", preview.days.into()),
    ];
    scene.words.with("preview-sentence", &values)
}

/// The answer to the button, for whoever has no script: the form as it was filled in, and what was
/// found.
pub(in crate::http::web) fn page(
    scene: &Scene,
    viewer: &Viewer,
    id: &str,
    mut shown: PlanPage,
    typed: &[(&str, &str)],
    preview: Preview,
) -> Markup {
    plan::fill_in(scene, &mut shown, typed, &[]);
    let title = scene.words.t("preview-title");
    frame::page(
        scene.words,
        Some(viewer),
        &title,
        Kind::default(),
        &html! {
            h1 { (title) }
            p { (scene.words.t("preview-not-saved")) }
            (plan::form(scene, viewer, id, &shown, Some(&Ok(preview))))
            p { a href={ "/citizens/" (id) "#plan" } { (scene.words.t("to-citizen")) } }
        },
    )
}
