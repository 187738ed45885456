//! The plan as OpenAPI describes it. The words come from where they are defined.

use std::borrow::Cow;

use pulsvagt_analytics::{Pack, Plan, Signal};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::plans::codes::PROGRAMMES;

/// A plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::http::api) struct PlanBody(pub(in crate::http::api) Plan);

impl ToSchema for PlanBody {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Plan")
    }
}

fn text(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(about))
}

fn truth(about: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Boolean).description(Some(about))
}

fn number() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::Double);
    ObjectBuilder::new().schema_type(Type::Number).format(Some(format))
}

fn signal() -> ObjectBuilder {
    let names = Signal::ALL.iter().map(|signal| signal.name());
    text("What is measured").enum_values(Some(names))
}

fn closed(object: ObjectBuilder) -> ObjectBuilder {
    object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

fn cadence() -> ObjectBuilder {
    let whole =
        |about: &str| ObjectBuilder::new().schema_type(Type::Integer).description(Some(about));
    closed(
        ObjectBuilder::new()
            .property("signal", signal())
            .required("signal")
            .property(
                "everyHours",
                whole("Hours between two measurements").minimum(Some(1)).maximum(Some(744)),
            )
            .required("everyHours")
            .property(
                "from",
                whole("From when on, microseconds since 1970 UTC; else from when the plan is in force")
                    .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64))),
            )
            .property(
                "safetyCritical",
                truth("Whether silence is dangerous by itself: then it is red. Else false"),
            ),
    )
}

fn limits() -> ObjectBuilder {
    let personal = Pack::default_pack().thresholds().iter().filter(|limit| limit.personal);
    let limits = personal.fold(ObjectBuilder::new(), |object, limit| {
        let (least, greatest) = limit.allowed;
        let about = format!("{}, {}; {} unless set", limit.text.en, limit.unit, limit.value);
        let number = number().minimum(Some(least)).maximum(Some(greatest));
        object.property(&*limit.name, number.description(Some(about)))
    });
    limits.additional_properties(Some(RefOr::T(Schema::Object(number().build())))).description(
        Some(
            "Personal limits by the name of a threshold of the rule pack in force, in its unit. \
             Those of the pack that comes with Pulsvagt are listed; a municipality's own pack can \
             have others",
        ),
    )
}

fn baselines() -> ObjectBuilder {
    let baselines = Signal::ALL.iter().fold(ObjectBuilder::new(), |object, signal| {
        object.property(signal.name(), number().description(Some(signal.unit())))
    });
    closed(baselines).description(Some(
        "Baselines set by a clinician in place of the citizen's own, by signal, in its unit",
    ))
}

impl PartialSchema for PlanBody {
    fn schema() -> RefOr<Schema> {
        let programmes = PROGRAMMES.iter().map(|(_, code, ..)| *code);
        let programme =
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(programmes));
        let plan = ObjectBuilder::new()
            .description(Some(
                "What was agreed with a citizen. What is left out is none, or the default.",
            ))
            .property(
                "programmes",
                ArrayBuilder::new()
                    .items(programme)
                    .unique_items(true)
                    .description(Some("What the citizen is enrolled in")),
            )
            .property(
                "cadence",
                ArrayBuilder::new()
                    .items(cadence())
                    .description(Some("What is to be measured and how often; each signal once")),
            )
            .property("limits", limits())
            .property(
                "spo2Scale",
                text(
                    "The NEWS2 scale of oxygen saturation. Two only after a clinician has confirmed \
                     hypercapnic respiratory failure (RCP 2017). Else one",
                )
                .enum_values(Some(["one", "two"])),
            )
            .property("oxygen", truth("Whether the citizen has supplemental oxygen. Else false"))
            .property("baselines", baselines());
        Schema::Object(closed(plan).build()).into()
    }
}
