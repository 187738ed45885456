//! What differs between two policies.

use serde_json::Value;

use super::Policy;

/// A field of the policy that is another than before.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyDifference {
    /// Its name in the policy's JSON; of a number for a level `quietHours.red`.
    pub field: String,
    /// What it was.
    pub before: Value,
    /// What it is.
    pub after: Value,
}

impl Policy {
    /// The fields that `after` has otherwise, by name.
    pub fn differences(&self, after: &Self) -> Vec<PolicyDifference> {
        let (before, after) = (serde_json::to_value(self), serde_json::to_value(after));
        let mut found = Vec::new();
        compare("", &before.unwrap_or_default(), &after.unwrap_or_default(), &mut found);
        found
    }
}

fn compare(name: &str, before: &Value, after: &Value, found: &mut Vec<PolicyDifference>) {
    if let (Some(old), Some(new)) = (before.as_object(), after.as_object()) {
        for (field, value) in new {
            let path = if name.is_empty() { field.clone() } else { format!("{name}.{field}") };
            compare(&path, old.get(field).unwrap_or(&Value::Null), value, found);
        }
    } else if before != after {
        let (before, after) = (before.clone(), after.clone());
        found.push(PolicyDifference { field: name.to_owned(), before, after });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_that_is_another_is_told_once() {
        let before = Policy::default();
        assert_eq!(before.differences(&before), []);
        let mut after = before.clone();
        after.red_minutes = 60;
        after.snooze_hours.yellow = 24;
        after.shadow.insert("HF-WT-FAST".to_owned());
        let told = before.differences(&after);
        let told: Vec<_> =
            told.iter().map(|it| (&*it.field, it.before.clone(), it.after.clone())).collect();
        assert_eq!(
            told,
            [
                ("redMinutes", json!(120), json!(60)),
                ("shadow", json!([]), json!(["HF-WT-FAST"])),
                ("snoozeHours.yellow", json!(168), json!(24)),
            ]
        );
    }
}
