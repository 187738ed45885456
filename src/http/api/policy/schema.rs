//! The policy as OpenAPI describes it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::triage::Policy;

/// A policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::http::api) struct PolicyBody(pub(in crate::http::api) Policy);

impl ToSchema for PolicyBody {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("TriagePolicy")
    }
}

fn whole(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).description(Some(about))
}

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about))
}

fn truth(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about))
}

fn closed(object: ObjectBuilder) -> ObjectBuilder {
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn per_level(about: &str) -> ObjectBuilder {
    let levels =
        ["red", "yellow", "blue"].into_iter().fold(ObjectBuilder::new(), |object, level| {
            object.property(level, whole("Hours")).required(level)
        });
    closed(levels).description(Some(about))
}

fn shift() -> ObjectBuilder {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let day = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(days));
    closed(
        ObjectBuilder::new()
            .property("days", ArrayBuilder::new().items(day).unique_items(true))
            .required("days")
            .property("from", text("HH:MM, local time"))
            .required("from")
            .property("to", text("HH:MM, later on the same day"))
            .required("to"),
    )
}

/// When there is staff.
pub(in crate::http::api) fn shifts() -> Schema {
    Schema::Array(ArrayBuilder::new().items(shift()).build())
}

impl PartialSchema for PolicyBody {
    fn schema() -> RefOr<Schema> {
        let policy = ObjectBuilder::new()
            .description(Some(
                "What a municipality decides about its alerts. What is left out has its default.",
            ))
            .property("zone", text("Time zone of the staffed hours. Else Europe/Copenhagen"))
            .property(
                "staffed",
                ArrayBuilder::new().items(shift()).description(Some(
                    "When somebody looks at the worklist. Else Monday to Friday 8–16",
                )),
            )
            .property("staffedOnHolidays", truth("Whether on public holidays too. Else false"))
            .property(
                "closedDays",
                ArrayBuilder::new()
                    .items(text("MM-DD"))
                    .unique_items(true)
                    .description(Some("Further days of each year without staff. Else none")),
            )
            .property("redMinutes", whole("Staffed minutes within which red is dealt with. Else 120"))
            .property("yellowWorkingDays", whole("Working days for yellow. Else 1"))
            .property("blueWorkingDays", whole("Working days for blue. Else 2"))
            .property("greenWorkingDays", whole("Working days for what is green again. Else 5"))
            .property("quietHours", per_level(
                "How long the same problem stays quiet after it was closed, at the same or a lower \
                 level. Else 12, 72, 72",
            ))
            .property("snoozeHours", per_level("The longest snooze; 0 = none. Else 0, 168, 720"))
            .property("claimMinutes", whole("How long a claim holds. Else 30"))
            .property("remeasureMinutes", whole("How long a re-measure is waited for. Else 240"))
            .property(
                "confirmApartMinutes",
                whole("How far apart a second reading has to be to confirm the first. Else 5"),
            )
            .property(
                "persistenceWindowDays",
                whole("Within how many days a rule's days of persistence fall. Else 7"),
            )
            .property(
                "shadow",
                ArrayBuilder::new().items(text("Id of a rule")).unique_items(true).description(
                    Some("Rules on trial: their findings are recorded and raise nothing. Else none"),
                ),
            );
        Schema::Object(closed(policy).build()).into()
    }
}
