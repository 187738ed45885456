//! Goals, as limits.

use pulsvagt_fhir::Value;
use pulsvagt_fhir::measure::UCUM_SYSTEM;

use super::codes::THRESHOLD;
use super::read::Reader;

/// The limits that the Goals of a CarePlan set. Goals without a target of ours say nothing to us.
pub(super) fn read(reader: &mut Reader<'_>, care_plan: Value<'_>, at: &str) {
    for (nth, reference) in care_plan.each("goal").enumerate() {
        let Some(text) = reference.str_at("reference") else { continue };
        if let Some(id) = text.strip_prefix('#') {
            let contained = care_plan.each("contained").enumerate().find(|(_, contained)| {
                contained.str_at("resourceType").as_deref() == Some("Goal")
                    && contained.str_at("id").as_deref() == Some(id)
            });
            if let Some((position, goal)) = contained {
                targets(reader, goal, &format!("{at}.contained[{position}]"));
            }
            continue;
        }
        let Some(id) = elsewhere(&text, reader.setting.base) else { continue };
        let found = reader.setting.goals.iter().find(|listed| listed.id == id).copied();
        let place = format!("{at}.goal[{nth}]");
        match found {
            Some(found) => targets(reader, found.goal, found.at.unwrap_or(&place)),
            None => {
                let why = "there is no such Goal of this citizen; send it first, or contain it";
                reader.refuse("plan-goal", format!("{place}.reference"), why);
            }
        }
    }
}

/// The logical id of a Goal that is a resource of its own here.
pub(super) fn elsewhere<'a>(reference: &'a str, base: &str) -> Option<&'a str> {
    let relative = reference
        .strip_prefix(base)
        .and_then(|path| path.strip_prefix('/'))
        .filter(|_| !base.is_empty())
        .unwrap_or(reference);
    let id = relative.strip_prefix("Goal/")?;
    Some(id.split_once("/_history/").map_or(id, |(id, _)| id))
}

fn targets(reader: &mut Reader<'_>, goal: Value<'_>, here: &str) {
    let agreed = matches!(goal.str_at("lifecycleStatus").as_deref(), Some("accepted" | "active"));
    for (nth, target) in goal.each("target").enumerate() {
        let name = target
            .get("measure")
            .into_iter()
            .flat_map(|measure| measure.each("coding"))
            .find(|coding| coding.str_at("system").as_deref() == Some(THRESHOLD))
            .map(|coding| coding.str_at("code").unwrap_or_default());
        let Some(name) = name.filter(|_| agreed) else { continue };
        let place = format!("{here}.target[{nth}]");
        let Some(unit) = reader.setting.pack.threshold(&name).map(|limit| limit.unit.clone())
        else {
            reader.refuse("plan-limit", format!("{place}.measure"), "there is no such limit");
            continue;
        };
        let quantity = target.get("detailQuantity").ok_or("expected a detailQuantity");
        match quantity.and_then(|quantity| number(quantity, &unit)) {
            Err(why) => reader.refuse(
                "plan-limit",
                format!("{place}.detail"),
                format!("{why}; the unit is {unit}"),
            ),
            Ok(value) => {
                if reader.plan.limits.insert(name.to_string(), value).is_some() {
                    let why = "this limit is set already by another target";
                    reader.refuse("plan-limit-twice", format!("{place}.measure"), why);
                }
                reader.places.note(format!("/limits/{name}"), format!("{place}.detail"));
            }
        }
    }
}

/// The number of a Quantity in the unit that is expected. Another unit is never converted: who
/// sets a limit has to see the number that is going to be used.
pub(super) fn number(quantity: Value<'_>, unit: &str) -> Result<f64, &'static str> {
    if quantity.get("comparator").is_some() {
        return Err("a comparator is not understood: which way is worse goes without saying");
    }
    let known = quantity.str_at("system").as_deref() == Some(UCUM_SYSTEM);
    if !known || quantity.str_at("code").as_deref() != Some(unit) {
        return Err("expected system and code of the unit in UCUM");
    }
    let value = quantity.get("value").and_then(Value::as_f64);
    value.filter(|value| value.is_finite()).ok_or("expected a value")
}
