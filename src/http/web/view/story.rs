//! What happened around a citizen, in one list with a filter.

use maud::{Markup, html};

use super::{chart, told};
use crate::http::web::format::Scene;
use crate::http::web::model::{Event, Message, Story, StoryKind};

/// The part of a citizen's page at `here`.
pub(super) fn section(scene: &Scene, here: &str, story: &Story) -> Markup {
    let words = scene.words;
    let all: u32 = story.counts.iter().sum();
    html! {
        @if all == 0 { p class="empty" { (words.t("no-story")) } } @else {
            nav class="filter" aria-label=(words.t("story-filter")) {
                (choice(here, None, story, &words.t("story-all"), all))
                @for (kind, count) in StoryKind::ALL.into_iter().zip(story.counts) {
                    @if count > 0 || story.only == Some(kind) { (choice(here, Some(kind), story, &words.t(name(kind)), count)) }
                }
            }
            ol class="story" { @for (at, event) in &story.events { (one(scene, *at, event)) } }
        }
    }
}

fn choice(here: &str, kind: Option<StoryKind>, story: &Story, name: &str, count: u32) -> Markup {
    let query = kind.map_or_else(String::new, |kind| format!("?show={}", kind.as_str()));
    html! {
        a href={ (here) (query) "#timeline" } aria-current=[(story.only == kind).then_some("true")] { (name) " " b { (count) } }
    }
}

fn name(kind: StoryKind) -> &'static str {
    match kind {
        StoryKind::Alert => "story-alerts",
        StoryKind::Note => "story-notes",
        StoryKind::Call => "story-calls",
        StoryKind::Message => "story-messages",
        StoryKind::Contact => "story-contacts",
    }
}

fn one(scene: &Scene, at: crate::clock::Micros, event: &Event) -> Markup {
    match event {
        Event::Alert(event) => html! {
            li class=(told::class(event.level)) {
                p {
                    time { (scene.moment(event.at)) } " " (told::happened(scene, event)) " "
                    span class="fine" { (event.problem) }
                }
                @if let Some(text) = &event.text { p class="quote" { (text) } }
            }
        },
        Event::Message(message) => html! {
            li class="message" {
                p { time { (scene.moment(at)) } " " (scene.words.t(said(message))) }
                p class="quote" { (message.text) }
            }
        },
        Event::Contact(contact) => html! {
            li class="contact" { p { time { (scene.moment(at)) } " " (chart::contact(scene, contact)) } }
        },
    }
}

fn said(message: &Message) -> &'static str {
    match (message.is_call, message.from_citizen) {
        (true, true) => "call-from-citizen",
        (true, false) => "call-to-citizen",
        (false, true) => "message-from-citizen",
        (false, false) => "message-to-citizen",
    }
}
