//! What happened around a citizen, in one list.

use pulsvagt_analytics::Language;

use crate::clock::Micros;
use crate::http::api::pages::rows::happened;
use crate::http::api::problem::Problem;
use crate::http::web::model::{Contact, Event, Message, Story, StoryKind};
use crate::store::Store;
use crate::triage::Alert;

/// Things that happened that are told.
const MOST: usize = 80;

/// The story. What is told of `only` one kind goes back as far as everything together would.
pub(super) async fn story<'a>(
    store: &Store,
    alerts: impl Iterator<Item = &'a Alert>,
    contacts: Vec<Contact>,
    messages: Vec<(Micros, Message)>,
    only: Option<StoryKind>,
    language: Language,
) -> Result<Story, Problem> {
    let mut events: Vec<(Micros, Event)> = Vec::new();
    for alert in alerts {
        let told = happened(alert, store.alert_events(alert.id).await?, language);
        events.extend(told.into_iter().map(|event| (event.at, Event::Alert(event))));
    }
    events.extend(contacts.into_iter().map(|contact| (contact.from, Event::Contact(contact))));
    events.extend(messages.into_iter().map(|(at, message)| (at, Event::Message(message))));
    events.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let counts = StoryKind::ALL.map(|kind| {
        let count = events.iter().filter(|(_, event)| event.kind() == kind).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    });
    events.retain(|(_, event)| only.is_none_or(|only| event.kind() == only));
    events.truncate(MOST);
    Ok(Story { only, counts, events })
}
