//! What must not come out.

use super::{Person, Thing};

impl Person {
    /// What must not come out to somebody who may know nothing of the person, and that somebody who
    /// may read all of a citizen's finds.
    pub(crate) fn canaries(&self) -> Vec<&str> {
        let ids = self.resources.values().flatten();
        let ids = ids.chain(&self.readings).chain(&self.weights).chain(&self.alerts);
        let ids = ids.chain(&self.accesses).chain(self.all(Thing::Doubted));
        ids.map(String::as_str).chain(self.canaries_of_content()).collect()
    }

    /// The same, and ids of what somebody has asked for, or belongs to a municipality.
    pub(crate) fn canaries_of_all(&self) -> Vec<&str> {
        let comparisons = self.all(Thing::Comparison).map(String::as_str);
        self.canaries_of_people().into_iter().chain(comparisons).collect()
    }

    /// The same, but what all analysts of the municipality may know.
    pub(crate) fn canaries_of_people(&self) -> Vec<&str> {
        let things = [Thing::Run, Thing::Export, Thing::Member];
        let ids = things.into_iter().flat_map(|thing| self.all(thing)).map(String::as_str);
        self.canaries().into_iter().chain(ids).collect()
    }

    /// What must not come out to somebody who may know that the person is there.
    pub(crate) fn canaries_of_content(&self) -> Vec<&str> {
        let words = self.words.iter().chain([&self.weight, &self.doubted]);
        words.map(String::as_str).chain([self.cpr]).collect()
    }

    /// What must not come out to somebody who may know of the person but of no weights.
    pub(crate) fn canaries_of_weights(&self) -> Vec<&str> {
        let ids = self.weights.iter().chain(self.all(Thing::Doubted));
        ids.chain([&self.weight, &self.doubted]).map(String::as_str).collect()
    }

    /// What must not come out to somebody who may know of readings, and whose they are, only.
    pub(crate) fn canaries_of_records(&self) -> Vec<&str> {
        let hidden = |(kind, _): &(&String, &Vec<String>)| {
            !matches!(kind.as_str(), "Patient" | "Device" | "QuestionnaireResponse" | "Provenance")
        };
        let ids = self.resources.iter().filter(hidden).flat_map(|(_, ids)| ids);
        let things = [Thing::Run, Thing::Export, Thing::Member, Thing::Comparison];
        let things = things.into_iter().flat_map(|thing| self.all(thing));
        ids.chain(&self.alerts).chain(things).map(String::as_str).collect()
    }

    /// What must not come out to somebody whom the person denies readings and Conditions.
    pub(crate) fn canaries_of_denied(&self) -> Vec<&str> {
        let conditions = self.resources.get("Condition").into_iter().flatten();
        let ids = self.readings.iter().chain(&self.weights).chain(conditions);
        let ids = ids.chain(self.all(Thing::Doubted));
        let words = self.words[1..].iter().chain([&self.weight, &self.doubted]);
        ids.chain(words).map(String::as_str).collect()
    }

    fn all(&self, thing: Thing) -> impl Iterator<Item = &String> {
        self.things.get(&thing).into_iter().flatten()
    }
}
