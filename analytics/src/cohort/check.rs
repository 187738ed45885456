//! What can be said of a definition without data.

use std::collections::BTreeSet;

use super::error::Fault;
use super::feature::{self, Wrong};
use super::place::Turn::{self, Item, Key};
use super::{Condition, Definition, Event, Gap, Index, Sex, Step, Times, Window, preventable};
use crate::features::Source;
use crate::pack::hint;

/// A fault and the way to it.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) way: &'a [Turn<'a>],
    pub(super) fault: Fault,
}

/// Conditions in each other, at most.
const MOST_DEEP: usize = 12;
/// Items of any list, at most.
const MOST_ITEMS: usize = 500;
/// Days to either side of the index day, at most: a hundred years.
const MOST_DAYS: i32 = 36_525;

/// Tells every fault of a definition.
pub(super) fn definition(definition: &Definition, tell: &mut dyn FnMut(Found<'_>)) {
    let mut check = Check { tell };
    let is_name = |text: &str, sign: u8| {
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == sign;
        text.starts_with(|it: char| it.is_ascii_lowercase()) && text.bytes().all(plain)
    };
    if !is_name(&definition.name, b'-') {
        check
            .nonsense(&[Key("name")], "a name is made of a-z, 0-9 and -, and begins with a letter");
    }
    if definition.version.trim().is_empty() {
        check.nonsense(&[Key("version")], "is empty");
    }
    check.index(&definition.index, &[Key("index")]);
    check.steps(&definition.who, &[Key("who")]);
    if let Some(follow_up) = &definition.follow_up
        && !(1..=MOST_DAYS.unsigned_abs()).contains(&follow_up.days)
    {
        check.nonsense(&[Key("follow_up"), Key("days")], "a follow-up takes 1 to 36525 days");
    }
    if definition.follow_up.is_none() && !definition.outcomes.is_empty() {
        check.nonsense(&[Key("outcomes")], "outcomes need a follow-up: say `[follow_up] days`");
    }
    let mut names = BTreeSet::new();
    for (place, outcome) in definition.outcomes.iter().enumerate() {
        let way = [Key("outcomes"), Item(place), Key("name")];
        if !is_name(&outcome.name, b'_') {
            check.nonsense(&way, "a name is made of a-z, 0-9 and _, and begins with a letter");
        }
        if !names.insert(&outcome.name) {
            check.nonsense(&way, &format!("`{}` is already an outcome", outcome.name));
        }
        check.event(&outcome.what, &[Key("outcomes"), Item(place), Key("what")]);
    }
    if let Some(comparison) = &definition.comparison {
        if let Some(index) = &comparison.index {
            check.index(index, &[Key("comparison"), Key("index")]);
        }
        check.steps(&comparison.who, &[Key("comparison"), Key("who")]);
    }
}

struct Check<'f> {
    tell: &'f mut dyn FnMut(Found<'_>),
}

impl Check<'_> {
    fn fault(&mut self, way: &[Turn<'_>], fault: Fault) {
        (self.tell)(Found { way, fault });
    }

    fn nonsense(&mut self, way: &[Turn<'_>], message: &str) {
        self.fault(way, Fault::Nonsense(message.to_owned()));
    }

    fn index(&mut self, index: &Index, way: &[Turn<'_>]) {
        let Index::First(first) = index else { return };
        let way = join(way, &[Key("first")]);
        if first.from > first.to {
            let message = format!("from {} to {} is no time", first.from, first.to);
            self.nonsense(&join(&way, &[Key("from")]), &message);
        }
        self.event(&first.what, &join(&way, &[Key("what")]));
    }

    fn steps(&mut self, steps: &[Step], way: &[Turn<'_>]) {
        self.list(way, steps.len(), false);
        let mut names = BTreeSet::new();
        for (place, step) in steps.iter().enumerate() {
            let way = join(way, &[Item(place)]);
            if step.name.trim().is_empty() || step.name.chars().count() > 200 {
                self.nonsense(&join(&way, &[Key("name")]), "a name has 1 to 200 characters");
            }
            if !names.insert(step.name.trim()) {
                let message = format!("`{}` is already a step", step.name);
                self.nonsense(&join(&way, &[Key("name")]), &message);
            }
            self.condition(&step.is, &join(&way, &[Key("is")]), 0);
        }
        let all: Vec<&Condition> = steps.iter().map(|step| &step.is).collect();
        self.contradiction(&all, way);
    }

    fn condition(&mut self, condition: &Condition, way: &[Turn<'_>], depth: usize) {
        if depth > MOST_DEEP {
            return self.nonsense(way, "conditions are too deep in each other");
        }
        match condition {
            Condition::All(of) => {
                let way = join(way, &[Key("all")]);
                self.conditions(of, &way, depth);
                self.contradiction(&of.iter().collect::<Vec<_>>(), &way);
            }
            Condition::Any(of) => self.conditions(of, &join(way, &[Key("any")]), depth),
            Condition::Not(of) => self.condition(of, &join(way, &[Key("not")]), depth + 1),
            Condition::AtLeast(at_least) => {
                let way = join(way, &[Key("at_least")]);
                let count = u32::try_from(at_least.of.len()).unwrap_or(u32::MAX);
                if at_least.n == 0 || at_least.n > count {
                    let message = format!("{} of {count} cannot be, or is always so", at_least.n);
                    self.nonsense(&join(&way, &[Key("n")]), &message);
                }
                self.conditions(&at_least.of, &join(&way, &[Key("of")]), depth);
            }
            Condition::Age(age) => {
                let way = join(way, &[Key("age")]);
                self.range(&way, age.from, age.to);
                if age.from.is_none() && age.to.is_none() {
                    self.nonsense(&way, "says nothing: `from`, `to` or both");
                }
            }
            Condition::Sex(of) => self.list(&join(way, &[Key("sex")]), of.len(), true),
            Condition::Municipality(of) => {
                let way = join(way, &[Key("municipality")]);
                self.list(&way, of.len(), true);
                for (place, code) in of.iter().enumerate() {
                    if code.len() != 4 || !code.bytes().all(|it| it.is_ascii_digit()) {
                        let message = format!("`{code}` is no code of a municipality, four digits");
                        self.nonsense(&join(&way, &[Item(place)]), &message);
                    }
                }
            }
            Condition::Programme(of) => {
                self.list(&join(way, &[Key("programme")]), of.len(), true);
            }
            Condition::Enrolled(enrolled) => {
                self.times(enrolled.days, &join(way, &[Key("enrolled"), Key("days")]));
            }
            Condition::Had(had) => {
                let way = join(way, &[Key("had")]);
                self.event(&had.what, &join(&way, &[Key("what")]));
                self.window(had.within, &join(&way, &[Key("within")]));
                self.times(had.times, &join(&way, &[Key("times")]));
                let (from, to) = had.within.around(0);
                let days = i64::from(to) - i64::from(from) + 1;
                if days > 0 && had.times.from.is_some_and(|from| i64::from(from) > days) {
                    let message = format!("so many days are not in the {days} of the window");
                    self.nonsense(&join(&way, &[Key("times")]), &message);
                }
            }
            Condition::Sequence(sequence) => {
                let way = join(way, &[Key("sequence")]);
                let of = join(&way, &[Key("of")]);
                self.list(&of, sequence.of.len(), true);
                if sequence.of.len() == 1 {
                    self.nonsense(&of, "a sequence has two events or more");
                }
                for (place, event) in sequence.of.iter().enumerate() {
                    self.event(event, &join(&of, &[Item(place)]));
                }
                self.window(sequence.within, &join(&way, &[Key("within")]));
                self.gap(sequence.gap, sequence.within, sequence.of.len(), &way);
            }
            Condition::Feature(text) => {
                let fault = match feature::parse(text) {
                    Ok(_) => return,
                    Err(Wrong::Expression(message)) => Fault::Feature(message),
                    Err(Wrong::Unknown { name, hint }) => {
                        Fault::Unknown { what: "feature", name, hint }
                    }
                };
                self.fault(&join(way, &[Key("feature")]), fault);
            }
        }
    }

    fn conditions(&mut self, of: &[Condition], way: &[Turn<'_>], depth: usize) {
        self.list(way, of.len(), true);
        for (place, condition) in of.iter().enumerate() {
            self.condition(condition, &join(way, &[Item(place)]), depth + 1);
        }
    }

    /// Conditions that have to be true together.
    fn contradiction(&mut self, all: &[&Condition], way: &[Turn<'_>]) {
        let (mut from, mut to) = (0, u16::MAX);
        let mut sexes: Option<Vec<Sex>> = None;
        for (place, condition) in all.iter().enumerate() {
            let way = join(way, &[Item(place)]);
            match condition {
                Condition::Age(age)
                    if age.from.is_none_or(|it| age.to.is_none_or(|to| it <= to)) =>
                {
                    let was_possible = from <= to;
                    from = from.max(age.from.unwrap_or(from));
                    to = to.min(age.to.unwrap_or(to));
                    if was_possible && from > to {
                        self.nonsense(&way, "nobody has this age and the one asked for before");
                    }
                }
                Condition::Sex(of) if !of.is_empty() => {
                    let left: Vec<Sex> = match &sexes {
                        None => of.clone(),
                        Some(before) => {
                            before.iter().copied().filter(|it| of.contains(it)).collect()
                        }
                    };
                    if left.is_empty() && sexes.as_ref().is_some_and(|before| !before.is_empty()) {
                        self.nonsense(&way, "nobody has this sex and the one asked for before");
                    }
                    sexes = Some(left);
                }
                Condition::Not(of) if all.iter().any(|it| **it == **of) => {
                    self.nonsense(&way, "the opposite is asked for beside it");
                }
                _ => {}
            }
        }
    }

    fn event(&mut self, event: &Event, way: &[Turn<'_>]) {
        match event {
            Event::Diagnosis(codes) => {
                let way = join(way, &[Key("diagnosis")]);
                self.list(&way, codes.len(), true);
                self.codes(codes, &way);
            }
            Event::Admission(admission) => {
                let way = join(way, &[Key("admission")]);
                self.codes(&admission.codes, &join(&way, &[Key("codes")]));
                let Some(name) = &admission.set else { return };
                let way = join(&way, &[Key("set")]);
                if !admission.codes.is_empty() {
                    self.nonsense(&way, "say either `codes` or `set`");
                }
                let fault = match preventable::set(name) {
                    None => {
                        let known = preventable::sets().iter().map(|set| set.id.as_str());
                        let hint = hint::nearest(name, known);
                        Fault::Unknown { what: "set of codes", name: name.clone(), hint }
                    }
                    Some(set) => match (&set.incomplete, set.is_verified()) {
                        (Some(reason), _) => {
                            Fault::Incomplete { set: name.clone(), reason: reason.clone() }
                        }
                        (None, false) if !admission.accept_unverified => {
                            Fault::Unverified(name.clone())
                        }
                        _ => return,
                    },
                };
                self.fault(&way, fault);
            }
            Event::Measured(measured) => {
                let way = join(way, &[Key("measured")]);
                if source(&measured.what).is_none() {
                    let names: Vec<&str> = Source::all().map(Source::name).collect();
                    let hint = hint::nearest(&measured.what, names);
                    let name = measured.what.clone();
                    let fault = Fault::Unknown { what: "measure", name, hint };
                    self.fault(&join(&way, &[Key("what")]), fault);
                }
                if [measured.from, measured.to].into_iter().flatten().any(|it| !it.is_finite()) {
                    self.nonsense(&way, "an end of the range is no number");
                }
                self.range(&way, measured.from, measured.to);
            }
            Event::Alert(alert) => {
                self.words(&alert.problem, &join(way, &[Key("alert"), Key("problem")]));
            }
            Event::Finding(finding) => {
                self.words(&finding.rule, &join(way, &[Key("finding"), Key("rule")]));
            }
            Event::Enrolment(_) | Event::Death(_) => {}
        }
    }

    fn words(&mut self, words: &[String], way: &[Turn<'_>]) {
        self.list(way, words.len(), false);
        for (place, word) in words.iter().enumerate() {
            if word.trim().is_empty() {
                self.nonsense(&join(way, &[Item(place)]), "is empty");
            }
        }
    }

    fn codes(&mut self, codes: &[String], way: &[Turn<'_>]) {
        self.list(way, codes.len(), false);
        for (place, code) in codes.iter().enumerate() {
            let bytes = code.as_bytes();
            let is_code = bytes.first() == Some(&b'D')
                && bytes.get(1).is_some_and(u8::is_ascii_uppercase)
                && (3..=10).contains(&bytes.len())
                && bytes[2..].iter().all(|it| it.is_ascii_digit() || it.is_ascii_uppercase());
            if !is_code {
                let message = format!(
                    "`{code}` does not begin an SKS code of a diagnosis, such as DJ44 (ICD-10 J44)"
                );
                self.nonsense(&join(way, &[Item(place)]), &message);
            }
        }
    }

    fn window(&mut self, window: Window, way: &[Turn<'_>]) {
        for (key, end) in [("from", window.from), ("to", window.to)] {
            if end.is_some_and(|end| end > 0) {
                let message = "looks beyond the index day: who belongs must not depend on what \
                               comes after";
                self.nonsense(&join(way, &[Key(key)]), message);
            } else if end.is_some_and(|end| end < -MOST_DAYS) {
                self.nonsense(&join(way, &[Key(key)]), "is more than 36525 days back");
            }
        }
        if let (Some(from), to) = (window.from, window.to.unwrap_or(0))
            && from > to
        {
            let message = format!("a window from day {from} to day {to} is empty");
            self.nonsense(way, &message);
        }
    }

    fn gap(&mut self, gap: Gap, window: Window, events: usize, way: &[Turn<'_>]) {
        let way = join(way, &[Key("gap")]);
        let from = gap.from.unwrap_or(1);
        if gap.to.is_some_and(|to| to < from) {
            return self.nonsense(&way, &format!("at least {from} and at most less cannot be"));
        }
        let Some(first) = window.from else { return };
        let days = i64::from(window.to.unwrap_or(0)) - i64::from(first);
        let steps = i64::try_from(events.saturating_sub(1)).unwrap_or(i64::MAX);
        if days >= 0 && i64::from(from).saturating_mul(steps) > days {
            self.nonsense(&way, "the window is too short for the sequence");
        }
    }

    fn times(&mut self, times: Times, way: &[Turn<'_>]) {
        self.range(way, times.from, times.to);
        if times.from.unwrap_or(0) == 0 && times.to.is_none() {
            self.nonsense(way, "is always so");
        }
    }

    fn range<T: PartialOrd + std::fmt::Display>(
        &mut self,
        way: &[Turn<'_>],
        from: Option<T>,
        to: Option<T>,
    ) {
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            self.nonsense(way, &format!("nothing lies between {from} and {to}"));
        }
    }

    fn list(&mut self, way: &[Turn<'_>], length: usize, needs_items: bool) {
        if length == 0 && needs_items {
            self.nonsense(way, "is empty");
        }
        if length > MOST_ITEMS {
            self.nonsense(way, "has more than 500 items");
        }
    }
}

/// The measure of this name.
pub(super) fn source(name: &str) -> Option<Source> {
    Source::all().find(|source| source.name() == name)
}

fn join<'a>(way: &[Turn<'a>], more: &[Turn<'a>]) -> Vec<Turn<'a>> {
    [way, more].concat()
}

/// Sorts the lists whose order says nothing and leaves out what is there twice.
pub(super) fn normalise(definition: &mut Definition) {
    let comparison = definition.comparison.iter_mut();
    let (mut steps, mut indices) = (vec![&mut definition.who], vec![&mut definition.index]);
    for comparison in comparison {
        steps.push(&mut comparison.who);
        indices.extend(comparison.index.as_mut());
    }
    for step in steps.into_iter().flatten() {
        normalise_condition(&mut step.is);
    }
    for index in indices {
        if let Index::First(first) = index {
            normalise_event(&mut first.what);
        }
    }
    for outcome in &mut definition.outcomes {
        normalise_event(&mut outcome.what);
    }
}

fn normalise_condition(condition: &mut Condition) {
    match condition {
        Condition::All(of) | Condition::Any(of) => of.iter_mut().for_each(normalise_condition),
        Condition::AtLeast(at_least) => at_least.of.iter_mut().for_each(normalise_condition),
        Condition::Not(of) => normalise_condition(of),
        Condition::Sex(of) => sort(of),
        Condition::Municipality(of) => sort(of),
        Condition::Programme(of) => sort(of),
        Condition::Enrolled(enrolled) => sort(&mut enrolled.programme),
        Condition::Had(had) => normalise_event(&mut had.what),
        Condition::Sequence(sequence) => sequence.of.iter_mut().for_each(normalise_event),
        Condition::Age(_) | Condition::Feature(_) => {}
    }
}

fn normalise_event(event: &mut Event) {
    match event {
        Event::Diagnosis(codes) => sort(codes),
        Event::Admission(admission) => sort(&mut admission.codes),
        Event::Enrolment(programmes) => sort(programmes),
        Event::Alert(alert) => {
            sort(&mut alert.problem);
            sort(&mut alert.severity);
        }
        Event::Finding(finding) => {
            sort(&mut finding.rule);
            sort(&mut finding.level);
        }
        Event::Measured(_) | Event::Death(_) => {}
    }
}

fn sort<T: Ord>(items: &mut Vec<T>) {
    items.sort();
    items.dedup();
}
