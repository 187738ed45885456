//! Invariants that only ask which elements are there. Each is the published expression, told in
//! four forms; `exists()` counts an element that has nothing but extensions.

use super::table::{Mask, Type};

/// What must hold.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// At least one of them.
    Any(&'static [&'static str]),
    /// Exactly one of them.
    One(&'static [&'static str]),
    /// Not both.
    NotBoth(&'static str, &'static str),
    /// The first only with the second.
    Needs(&'static str, &'static str),
    /// Not at all.
    Never(&'static str),
}

use Form::{Any, Needs, Never, NotBoth, One};

/// Type, key, form, and what to say when it does not hold.
type Line = (&'static str, &'static str, Form, &'static str);

const RULES: &[Line] = &[
    (
        "Extension",
        "ext-1",
        One(&["extension", "value"]),
        "an extension has either a value or extensions of its own, and one of them",
    ),
    ("Quantity", "qty-3", Needs("code", "system"), "a unit code needs the system it is from"),
    ("SimpleQuantity", "sqty-1", Never("comparator"), "no comparator is allowed here"),
    ("Attachment", "att-1", Needs("data", "contentType"), "data needs a contentType"),
    ("ContactPoint", "cpt-2", Needs("value", "system"), "a value needs a system"),
    ("Timing.repeat", "tim-1", Needs("duration", "durationUnit"), "duration needs durationUnit"),
    ("Timing.repeat", "tim-2", Needs("period", "periodUnit"), "period needs periodUnit"),
    ("Timing.repeat", "tim-6", Needs("periodMax", "period"), "periodMax needs period"),
    ("Timing.repeat", "tim-7", Needs("durationMax", "duration"), "durationMax needs duration"),
    ("Timing.repeat", "tim-8", Needs("countMax", "count"), "countMax needs count"),
    (
        "Timing.repeat",
        "tim-10",
        NotBoth("timeOfDay", "when"),
        "timeOfDay and when exclude each other",
    ),
    (
        "DataRequirement.codeFilter",
        "drq-1",
        One(&["path", "searchParam"]),
        "either path or searchParam",
    ),
    (
        "DataRequirement.dateFilter",
        "drq-2",
        One(&["path", "searchParam"]),
        "either path or searchParam",
    ),
    ("Expression", "exp-1", Any(&["expression", "reference"]), "an expression or a reference"),
    ("TriggerDefinition", "trd-1", NotBoth("data", "timing"), "data and timing exclude each other"),
    ("TriggerDefinition", "trd-2", Needs("condition", "data"), "a condition needs data"),
    (
        "Observation",
        "obs-6",
        NotBoth("dataAbsentReason", "value"),
        "a reading with a value cannot say why the value is absent",
    ),
    (
        "Observation.referenceRange",
        "obs-3",
        Any(&["low", "high", "text"]),
        "a reference range has low, high or text",
    ),
    (
        "Patient.contact",
        "pat-1",
        Any(&["name", "telecom", "address", "organization"]),
        "a contact has a name, telecom, address or organization",
    ),
    (
        "Condition.stage",
        "con-1",
        Any(&["summary", "assessment"]),
        "a stage has a summary or an assessment",
    ),
    ("Condition.evidence", "con-2", Any(&["code", "detail"]), "evidence has a code or details"),
    (
        "CarePlan.activity",
        "cpl-3",
        NotBoth("detail", "reference"),
        "detail and reference exclude each other",
    ),
    (
        "QuestionnaireResponse.item",
        "qrs-1",
        NotBoth("answer", "item"),
        "items belong to the answer when there is one",
    ),
    ("Goal.target", "gol-1", Needs("detail", "measure"), "a target's detail needs a measure"),
    ("Consent", "ppc-1", Any(&["policy", "policyRule"]), "a consent has a policy or a policyRule"),
    ("AuditEvent.entity", "sev-1", NotBoth("name", "query"), "name and query exclude each other"),
    (
        "Organization",
        "org-1",
        Any(&["identifier", "name"]),
        "an organization has an identifier or a name",
    ),
    ("ServiceRequest", "prr-1", Needs("orderDetail", "code"), "orderDetail needs code"),
    (
        "Parameters.parameter",
        "inv-1",
        One(&["value", "resource", "part"]),
        "a parameter has a value, a resource or parts, and one of them",
    ),
];

/// A rule with the elements of one type.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) key: &'static str,
    pub(super) message: &'static str,
    test: Test,
}

#[derive(Debug)]
enum Test {
    Any(Mask),
    One(Mask),
    NotBoth(Mask),
    Needs(Mask, Mask),
    Never(Mask),
}

impl Rule {
    /// Whether it holds for an object with these elements.
    pub(super) fn holds(&self, seen: Mask) -> bool {
        match self.test {
            Test::Any(any) => seen & any != 0,
            Test::One(one) => (seen & one).is_power_of_two(),
            Test::NotBoth(both) => seen & both != both,
            Test::Needs(element, other) => seen & element == 0 || seen & other != 0,
            Test::Never(never) => seen & never == 0,
        }
    }
}

/// The rules of a type and of those it builds on.
pub(super) fn of<'l>(built: &Type, lineage: impl Iterator<Item = &'l str>) -> Vec<Rule> {
    let mask = |names: &[&str]| names.iter().fold(0, |mask, name| mask | built.mask(name));
    lineage
        .flat_map(|name| RULES.iter().filter(move |rule| rule.0 == name))
        .map(|&(_, key, form, message)| {
            let test = match form {
                Any(names) => Test::Any(mask(names)),
                One(names) => Test::One(mask(names)),
                NotBoth(one, other) => Test::NotBoth(mask(&[one, other])),
                Needs(element, other) => Test::Needs(mask(&[element]), mask(&[other])),
                Never(name) => Test::Never(mask(&[name])),
            };
            Rule { key, message, test }
        })
        .collect()
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    RULES.iter().map(|&(of, _, form, _)| match form {
        Any(names) | One(names) => (of, names.to_vec()),
        NotBoth(one, other) | Needs(one, other) => (of, vec![one, other]),
        Never(name) => (of, vec![name]),
    })
}
