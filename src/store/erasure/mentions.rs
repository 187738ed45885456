//! Resources of others, or of nobody, that name the citizen.

use std::collections::BTreeSet;

use pulsvagt_fhir::Document;

use super::{Erasure, bump};
use crate::clock::Micros;
use crate::ids::CitizenNo;
use crate::store::resources::{NewResource, StoredResource, known_kind};
use crate::store::{Store, StoreError};

/// Versions that are read together.
const PAGE: i64 = 500;

impl Store {
    /// Type and id of resources outside the citizen's compartment of which a version names the
    /// citizen by reference: a device that was handed on, a Provenance of several citizens. Bodies
    /// are encrypted, so all of them are read.
    pub(in crate::store) async fn mentioning(
        &self,
        citizen: i32,
        logical_id: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut found = BTreeSet::new();
        let mut last = (String::new(), String::new(), 0);
        loop {
            let after = (&*last.0, &*last.1, last.2);
            let page = self.versions_not_of(CitizenNo(citizen), after, PAGE).await?;
            for version in page.iter().filter(|version| names(version, logical_id)) {
                found.insert((version.kind.clone(), version.id.clone()));
            }
            let Some(end) = page.last() else { break };
            let version = i32::try_from(end.version).unwrap_or(i32::MAX);
            last = (end.kind.clone(), end.id.clone(), version);
        }
        Ok(found.into_iter().collect())
    }

    /// Takes the citizen's references out of what is not theirs: the current version gets a new one
    /// that says `urn:uuid:` and the erasure's id instead, earlier ones go.
    pub(super) async fn erase_mentions(
        &self,
        erasure: &Erasure,
        now: Micros,
    ) -> Result<(), StoreError> {
        let Erasure { id: erased, citizen, logical_id } = erasure;
        for (kind, id) in self.mentioning(citizen.0, logical_id).await? {
            let versions = self.resource_history(&kind, &id).await?;
            let (Some(current), Some(known)) = (versions.first(), known_kind(&kind)) else {
                continue;
            };
            let mut tx = self.begin().await?;
            let mut changed = 0;
            if let Some(text) = redact(&current.json(), logical_id, erased) {
                let document = Document::parse(text.as_bytes())
                    .map_err(|error| StoreError::damaged("resource", error))?;
                let resource = document.root();
                let owner = current.citizen;
                let new = NewResource::new(known, id.clone(), owner, resource, self.zone(), "");
                self.update_resource_in(&mut tx, new, None, now).await?;
                changed += 1;
            }
            let named: Vec<i32> = versions
                .iter()
                .filter(|version| names(version, logical_id))
                .filter_map(|version| i32::try_from(version.version).ok())
                .collect();
            let done = sqlx::query!(
                "-- erasure.forget_versions
                 delete from resource_history
                 where type = $1 and id = $2 and version = any($3)",
                kind,
                id,
                &named
            )
            .execute(&mut *tx.0)
            .await?;
            changed += done.rows_affected();
            bump(&mut tx, erased, &[("mentions", changed)]).await?;
            tx.commit_unrecorded(super::STEP).await?;
        }
        Ok(())
    }
}

/// Whether a version names the citizen.
pub(in crate::store) fn names(version: &StoredResource, logical_id: &str) -> bool {
    redact(&version.json(), logical_id, "").is_some()
}

/// The JSON with the citizen's references replaced; `None` if there is none.
fn redact(json: &str, logical_id: &str, erased: &str) -> Option<String> {
    let needle = format!("Patient/{logical_id}");
    let (mut out, mut done) = (String::with_capacity(json.len()), 0);
    for (at, _) in json.match_indices(&needle) {
        let (before, after) = (&json[..at], &json[at + needle.len()..]);
        let whole = before.ends_with(['"', '/'])
            && (after.starts_with('"') || after.starts_with("/_history/"));
        let (Some(start), Some(length)) = (before.rfind('"'), after.find('"')) else { continue };
        // A reference has no spaces; a sentence that holds one is not ours to change.
        if whole && start >= done && !before[start..].contains(' ') {
            out.push_str(&json[done..=start]);
            out.push_str("urn:uuid:");
            out.push_str(erased);
            done = at + needle.len() + length;
        }
    }
    if done == 0 {
        return None;
    }
    out.push_str(&json[done..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn references_are_replaced_and_nothing_else() {
        let cases = [
            (r#"{"a":"Patient/ane"}"#, Some(r#"{"a":"urn:uuid:x"}"#)),
            (r#"{"a":"http://h/fhir/Patient/ane"}"#, Some(r#"{"a":"urn:uuid:x"}"#)),
            (r#"{"a":"Patient/ane/_history/2"}"#, Some(r#"{"a":"urn:uuid:x"}"#)),
            (r#"{"a":"Patient/anette"}"#, None),
            (r#"{"a":"XPatient/ane"}"#, None),
            (r#"{"a":"Patient/an"}"#, None),
            (
                r#"{"a":["Patient/ane","Patient/bo","Patient/ane"],"n":1.50}"#,
                Some(r#"{"a":["urn:uuid:x","Patient/bo","urn:uuid:x"],"n":1.50}"#),
            ),
        ];
        for (sent, expected) in cases {
            assert_eq!(redact(sent, "ane", "x").as_deref(), expected, "{sent}");
        }
    }
}
