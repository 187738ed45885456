//! Entries in plain words, for the citizen they are about.

use super::Entry;
use crate::projection::words::Text;

/// Who, by role.
pub fn who(entry: &Entry) -> Text<'static> {
    match entry.actor.role.as_str() {
        "citizen" => Text { da: "Dig selv, gennem din app", en: "You, through your own app" },
        "relative" => {
            Text { da: "En pårørende, efter dit samtykke", en: "A relative, by your consent" }
        }
        "gateway" => Text { da: "Måleudstyr i hjemmet", en: "Measuring equipment at home" },
        "nurse" => Text { da: "Sygeplejerske", en: "Nurse" },
        "lead" => Text { da: "Teamleder", en: "Team leader" },
        "analyst" => Text { da: "Analytiker", en: "Analyst" },
        "admin" => Text { da: "Administrator", en: "Administrator" },
        "operator" => Text { da: "Driftspersonale", en: "Operator" },
        _ => Text { da: "Systemet, af sig selv", en: "The system, by itself" },
    }
}

/// What, by operation.
pub fn what(entry: &Entry) -> Text<'static> {
    let (kind, verb) = entry.operation.split_once('/').unwrap_or(("", &entry.operation));
    let writes = matches!(verb, "create" | "update" | "batch" | "transaction");
    match (kind, verb) {
        ("Observation", _) if writes => Text { da: "Gemte målinger", en: "Stored measurements" },
        (_, "batch" | "transaction") if entry.readings > 0 => {
            Text { da: "Gemte eller så målinger", en: "Stored or saw measurements" }
        }
        ("Observation", _) => Text { da: "Så dine målinger", en: "Saw your measurements" },
        ("Patient", _) if writes => {
            Text { da: "Ændrede dine stamoplysninger", en: "Changed your personal details" }
        }
        ("Patient", _) => Text { da: "Så dine stamoplysninger", en: "Saw your personal details" },
        ("AuditEvent", _) | ("", "getAccessLog") => {
            Text { da: "Så adgangsloggen", en: "Saw the access log" }
        }
        ("CarePlan" | "Goal", _) if writes => {
            Text { da: "Ændrede din plan", en: "Changed your plan" }
        }
        ("CarePlan" | "Goal", _) | ("", "getPlan" | "getPlanHistory") => {
            Text { da: "Så din plan", en: "Saw your plan" }
        }
        ("", "breakGlass") => Text {
            da: "Åbnede for dine data uden for sit eget team",
            en: "Opened your data from outside their own team",
        },
        ("", "endBreakGlass") => Text {
            da: "Lukkede igen for dine data uden for teamet",
            en: "Closed your data again to somebody outside the team",
        },
        ("", "assignTeam" | "assign-team") => Text {
            da: "Valgte hvilket team der følger dig",
            en: "Chose the team that follows you",
        },
        ("Consent", _) if writes => Text { da: "Ændrede et samtykke", en: "Changed a consent" },
        ("Consent", _) => Text { da: "Så dine samtykker", en: "Saw your consents" },
        ("", "putPlan") => Text { da: "Ændrede din plan", en: "Changed your plan" },
        ("", "previewPlan") => Text {
            da: "Prøvede andre grænser på dine målinger",
            en: "Tried other limits on your measurements",
        },
        ("", "exportOwn") => {
            Text { da: "Hentede alle dine oplysninger", en: "Took home all your data" }
        }
        ("", "lake-export") => Text {
            da: "Lagde dine data uden dit navn i filer, som andre regner på",
            en: "Put your data, without your name, into files that others calculate with",
        },
        ("", "getSummary") => Text { da: "Så dit overblik", en: "Saw your overview" },
        ("", "getWorklist" | "getAlert" | "getSuppressions") | ("Flag" | "Task", _) => {
            Text { da: "Så om du skal kontaktes", en: "Saw whether to contact you" }
        }
        ("", "getRisk") => Text { da: "Så din beregnede risiko", en: "Saw your calculated risk" },
        ("", "risk-score") => {
            Text { da: "Beregnede din risiko automatisk", en: "Calculated your risk automatically" }
        }
        ("", "screen" | "expire-alerts" | "tell-alert") => Text {
            da: "Vurderede dine målinger automatisk",
            en: "Assessed your measurements automatically",
        },
        ("", verb) if verb.ends_with("Alert") || verb == "act-on-alert" => {
            Text { da: "Arbejdede med en henvendelse om dig", en: "Worked on an alert about you" }
        }
        _ if writes => Text { da: "Ændrede oplysninger", en: "Changed information" },
        _ => Text { da: "Så oplysninger", en: "Saw information" },
    }
}

/// Why.
pub fn why(entry: &Entry) -> Text<'static> {
    match entry.purpose.as_str() {
        "TREAT" | "CAREMGT" | "COORD" => Text { da: "Behandling og pleje", en: "Care" },
        "ETREAT" | "BTG" => Text { da: "Akut behandling", en: "Emergency care" },
        "PATRQT" => Text { da: "Efter dit eget ønske", en: "At your own request" },
        "HRESCH" => Text { da: "Forskning", en: "Research" },
        "HQUALIMP" | "HOPERAT" | "PUBHLTH" => {
            Text { da: "Kvalitet og planlægning", en: "Quality and planning" }
        }
        _ => Text { da: "Administration", en: "Administration" },
    }
}
