//! What people write about alerts: the only free text in them. Sealed on the way in, opened on the way
//! out, each text by itself, so that what the machine writes stays as it is.

use crate::ids::AlertId;
use crate::store::StoreError;
use crate::store::vault::{Field, Keys};
use crate::triage::{Alert, Event};

/// The texts of an alert, each with the name of its place.
fn texts(alert: &mut Alert) -> [Option<(&'static str, &mut String)>; 2] {
    let reason = alert.parked.as_mut().and_then(|parked| parked.reason.as_mut());
    let note = alert.closing.as_mut().map(|closing| &mut closing.note);
    [reason.map(|text| ("reason", text)), note.map(|text| ("note", text))]
}

fn damaged(error: serde_json::Error) -> StoreError {
    StoreError::damaged("alert", error)
}

impl Keys {
    /// An alert as it is stored.
    pub(in crate::store) fn seal_alert(&self, alert: &Alert) -> Result<String, StoreError> {
        let mut sealed = alert.clone();
        let id = alert.id.to_string();
        for (column, text) in texts(&mut sealed).into_iter().flatten() {
            *text = self.seal_text(&Field::of_alert(&id, column), text)?;
        }
        serde_json::to_string(&sealed).map_err(damaged)
    }

    /// The alert that was stored. Texts from before there was sealing are themselves.
    pub(in crate::store) fn open_alert(&self, body: &str) -> Result<Alert, StoreError> {
        let mut alert: Alert = serde_json::from_str(body).map_err(damaged)?;
        let id = alert.id.to_string();
        for (column, text) in texts(&mut alert).into_iter().flatten() {
            *text = self.open_words(&Field::of_alert(&id, column), std::mem::take(text))?;
        }
        Ok(alert)
    }

    /// What happened to that alert, as it is stored.
    pub(in crate::store) fn seal_event(
        &self,
        alert: AlertId,
        event: &Event,
    ) -> Result<String, StoreError> {
        let Some(text) = &event.text else { return serde_json::to_string(event).map_err(damaged) };
        let row = format!("{alert}/{}", event.version);
        let text = Some(self.seal_text(&Field::of_alert(&row, "text"), text)?);
        serde_json::to_string(&Event { text, ..event.clone() }).map_err(damaged)
    }

    /// What happened to that alert.
    pub(in crate::store) fn open_event(
        &self,
        alert: AlertId,
        body: &str,
    ) -> Result<Event, StoreError> {
        let read = serde_json::from_str(body);
        let mut event: Event = read.map_err(|error| StoreError::damaged("alert_event", error))?;
        if let Some(text) = event.text.take() {
            let row = format!("{alert}/{}", event.version);
            event.text = Some(self.open_words(&Field::of_alert(&row, "text"), text)?);
        }
        Ok(event)
    }
}
