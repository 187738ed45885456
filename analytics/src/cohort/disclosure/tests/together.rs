//! Attacks by whoever is told by several municipalities, and has what others were told besides.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::cohort::Answer;
use crate::cohort::compare::{Comparison, OutcomeLine, Part, compare};
use crate::cohort::disclosure::{coarse, strata};

/// Age, whether a woman, whether admitted in the follow-up.
type Person = (i32, bool, bool);

fn town_of(people: &[Person]) -> Cells {
    let mut rows = Cells::default();
    for (citizen, (age, woman, admitted)) in (0..).zip(people) {
        let sex = if *woman { "female" } else { "male" };
        rows.citizens.push((citizen, Some(INDEX - age * 366), Some(sex), "x", None, None));
        if *admitted {
            rows.admissions.push((citizen, INDEX + 40, None, Some(true), Some("DJ189")));
        }
    }
    rows
}

/// So many people alike, of whom so many were admitted.
fn alike(number: usize, age: i32, woman: bool, admitted: usize) -> impl Iterator<Item = Person> {
    (0..number).map(move |it| (age, woman, it < admitted))
}

fn asked(people: &[Person], text: &str) -> Answer {
    run(&read_toml(text), &town_of(people).world(), day("2026-12-31")).unwrap()
}

/// What one municipality remembers.
#[derive(Default)]
struct Memory {
    region: Vec<Released>,
    all: Vec<Released>,
}

impl Memory {
    fn tell_region(&mut self, answer: &Answer, least: u32) -> Release {
        let everybody = Ledger::new(LEAST, self.all.clone());
        let mut ledger = Ledger::within(least, self.region.clone(), everybody);
        let told = counts(answer, &mut ledger).unwrap();
        self.region.extend(ledger.told().iter().cloned());
        self.all.extend(ledger.told().iter().cloned());
        told
    }

    fn tell_own(&mut self, answer: &Answer) -> Release {
        let mut ledger = Ledger::new(LEAST, self.all.clone());
        let told = release(answer, &mut ledger).unwrap();
        self.all.extend(ledger.told().iter().cloned());
        told
    }
}

fn part(code: &str, release: Release) -> Part {
    Part { code: code.to_owned(), name: format!("Town {code}"), answer: Ok(release) }
}

fn who(condition: &str) -> String {
    format!("{HEAD}who = [{{ name = \"who\", is = {condition} }}]\n")
}

#[test]
fn a_region_is_told_by_its_own_least_number_whatever_others_were_told() {
    let told = |range: std::ops::Range<u32>| Released { citizens: set(range) };
    // Somebody of the municipality was told of 6, and a region that agreed to 10 asks.
    let mut region = Ledger::within(10, [], Ledger::new(5, [told(0..6)]));
    assert_eq!(region.tell(&set(0..9)), Err(Refused::Few));
    // 20 less 6 are 14; the 6 were told to somebody else, who may be.
    assert_eq!(region.tell(&set(0..20)), Ok(()));
    // By itself the region would know of 20 less 12.
    assert_eq!(region.tell(&set(0..12)), Err(Refused::Differs));
    // By itself the region would know of 30, and with what others know, of 30 less 27.
    let mut region = Ledger::within(10, [], Ledger::new(5, [told(0..6), told(6..33)]));
    assert_eq!(region.tell(&set(3..33)), Err(Refused::Differs));
    assert_eq!(region.tell(&set(0..33)), Ok(()));
    // What others know already is new to the region, and remembered as told to it.
    let mut region = Ledger::within(5, [], Ledger::new(5, [told(0..6)]));
    assert_eq!(region.tell(&set(0..6)), Ok(()));
    assert_eq!(region.told().len(), 1);
}

#[test]
fn a_region_gets_no_rows_and_its_asking_counts_for_everybody() {
    let people: Vec<Person> = alike(30, 75, true, 6).chain(alike(20, 85, false, 7)).collect();
    let mut memory = Memory::default();
    let told = memory.tell_region(&asked(&people, HEAD), 5);
    assert_eq!((told.rows.height(), told.groups[0].members), (0, Count::Told(50)));
    assert!(curves(&told).unwrap().is_empty());
    let strata = &told.groups[0].strata;
    let cells: Vec<_> = strata
        .iter()
        .map(|it| (it.sex.as_str(), it.age.as_str(), it.at_risk, it.outcomes[0].citizens))
        .collect();
    let told = Count::Told;
    assert_eq!(cells, [("female", "70-79", told(30), told(6)), ("male", "80+", told(20), told(7))]);
    // The municipality's own analysts cannot find one of them by difference.
    let mut fewer = people.clone();
    fewer.truncate(49);
    assert_eq!(memory.tell_own(&asked(&fewer, HEAD)).groups[0].members, Count::LeftOut);
}

#[test]
fn a_cohort_of_one_is_in_no_sum() {
    let few: Vec<Person> = alike(20, 75, true, 6).chain([(101, true, true)]).collect();
    let many: Vec<Person> = alike(20, 75, true, 7).chain(alike(9, 101, true, 0)).collect();
    let old = who("{ age = { from = 100 } }");
    let told = |people: &[Person]| Memory::default().tell_region(&asked(people, &old), 5);
    let parts = [
        part("0306", told(&many)),
        part("0316", told(&many)),
        part("0330", told(&few)),
        Part {
            code: "0340".to_owned(),
            name: "Sorø".to_owned(),
            answer: Err("its agreement with the region was ended".to_owned()),
        },
    ];
    let compared = compare(&parts).unwrap();
    let members: Vec<(String, Option<u64>)> =
        compared.groups[0].members.iter().map(|it| (it.of.join(" "), it.members)).collect();
    let line = |of: &str, members| (of.to_owned(), members);
    assert_eq!(
        members,
        [
            line("0306", Some(9)),
            line("0316", Some(9)),
            line("0330", None),
            line("0306 0316", Some(18))
        ]
    );
    let outcome = &compared.groups[0].outcomes[0];
    assert_eq!(outcome.lines[2].of, ["0330"]);
    assert_eq!(
        outcome.lines[2],
        OutcomeLine { of: vec!["0330".to_owned()], ..OutcomeLine::default() }
    );
    // Who takes no part is named, with the reason, and is in no line.
    let absent = &compared.municipalities[3];
    assert_eq!(absent.absent.as_deref(), Some("its agreement with the region was ended"));
    assert!(!serde_json::to_string(&compared.groups).unwrap().contains("0340"));
    // Nobody who tells, nothing to compare.
    assert_eq!(compare(&parts[3..]), None);
}

#[test]
fn standardised_rates_are_of_one_make_up_or_say_why_not() {
    // The same rates in both sexes and ages, another make-up.
    let one: Vec<Person> = alike(40, 75, true, 8).chain(alike(20, 85, false, 10)).collect();
    let other: Vec<Person> = alike(20, 75, true, 5).chain(alike(60, 85, false, 30)).collect();
    // Of the men two were admitted: neither that nor the women's number is told.
    let rare: Vec<Person> = alike(30, 75, true, 6).chain(alike(30, 85, false, 2)).collect();
    let told = |people: &[Person]| Memory::default().tell_region(&asked(people, HEAD), 5);
    let compared =
        compare(&[part("1", told(&one)), part("2", told(&other)), part("3", told(&rare))]).unwrap();
    let lines = &compared.groups[0].outcomes[0].lines;
    let crude: Vec<Option<&str>> = lines.iter().map(|it| it.crude.as_deref()).collect();
    assert_eq!(crude, [None, None, Some("not every sex and age is told"), None]);
    assert_eq!(lines[3].citizens, Some(18 + 35 + 8));
    let strata = |people: &[Person]| -> BTreeMap<bool, (f64, f64)> {
        let mut sums: BTreeMap<bool, (f64, f64)> = BTreeMap::new();
        for (_, woman, admitted) in people {
            let sum = sums.entry(*woman).or_default();
            sum.0 += f64::from(u8::from(*admitted));
            sum.1 += if *admitted { 40.0 } else { 90.0 } / 365.25;
        }
        sums
    };
    let (a, b) = (strata(&one), strata(&other));
    let whole: f64 = a.values().chain(b.values()).map(|it| it.1).sum();
    for (line, own) in lines.iter().zip([&a, &b]) {
        let expected: f64 = [true, false]
            .iter()
            .map(|sex| (a[sex].1 + b[sex].1) / whole * own[sex].0 / own[sex].1 * 1000.0)
            .sum();
        let found = line.standardised.unwrap();
        // Years are told to one decimal.
        assert!((found.value / expected - 1.0).abs() < 0.02, "{} is not {expected}", found.value);
        assert!(found.low < found.value && found.value < found.high);
    }
    // Crude, the second is far above the first, for it has more men of 85.
    assert!(lines[1].first.unwrap().value > 1.4 * lines[0].first.unwrap().value);
    assert!(lines[1].standardised.unwrap().value < 1.2 * lines[0].standardised.unwrap().value);
    // The interval of all together is no narrower than an exact one of the sum.
    let (together, first) = (lines[3].rate.unwrap(), lines[3].first.unwrap());
    assert!(together.low <= together.value && together.value <= together.high);
    assert!(first.low < first.value && first.value < first.high);
    // Alone there is nobody to compare with.
    let alone = compare(&[part("1", told(&one))]).unwrap();
    let line = &alone.groups[0].outcomes[0].lines[0];
    assert_eq!(line.crude.as_deref(), Some("no other municipality tells every sex and age"));
    assert_eq!(alone.groups[0].members.len(), 1);
    // And where others have people whom a municipality has not.
    let women: Vec<Person> = alike(40, 75, true, 8).collect();
    let compared = compare(&[part("1", told(&one)), part("2", told(&women))]).unwrap();
    let line = &compared.groups[0].outcomes[0].lines[1];
    assert_eq!(line.crude.as_deref(), Some("nobody of a sex and age that others have"));
}

/// A citizen of a town.
type Citizen = (usize, u32);
/// Whose number was published.
type Whose = BTreeSet<Citizen>;

/// Everything that a comparison says how many of, as sets that are computed here from the answers;
/// what it says has to be their sizes.
fn published(compared: &Comparison, told: &[(Answer, Release)]) -> Vec<Whose> {
    let mut all: Vec<Whose> = Vec::new();
    let mut lines: BTreeMap<(String, usize), Whose> = BTreeMap::new();
    for (town, (answer, release)) in told.iter().enumerate() {
        let (table, group) = (&answer.table, &release.groups[0]);
        let citizens = table.column("citizen").unwrap().u32().unwrap();
        let followed = table.column("followed").unwrap().u32().unwrap();
        let after = table.column("acute_after").unwrap().u32().unwrap();
        let ages = table.column("age").unwrap().i32().unwrap();
        let sexes = table.column("sex").unwrap().str().unwrap();
        let those = |is: &dyn Fn(usize) -> bool| -> Whose {
            let rows = (0..table.height()).filter(|row| is(*row));
            rows.map(|row| (town, citizens.get(row).unwrap())).collect()
        };
        let mut say = |count: Count, whose: Whose| {
            if let Count::Told(count) = count {
                assert_eq!(usize::try_from(count).unwrap(), whose.len());
                all.push(whose);
            }
        };
        let in_time = |row: usize| followed.get(row).unwrap() > 0;
        let had = |row: usize| after.get(row).is_some();
        say(group.members, those(&|_| true));
        say(group.at_risk, those(&in_time));
        for outcome in &group.outcomes {
            say(outcome.citizens, those(&had));
        }
        for (cell, set) in group.attrition.iter().zip(&answer.groups[0].sets) {
            say(cell.count, set.iter().map(|it| (town, *it)).collect());
        }
        for cell in &group.sex {
            say(cell.count, those(&|row| sexes.get(row) == Some(&cell.name)));
        }
        for cell in &group.age {
            say(
                cell.count,
                those(&|row| ages.get(row).map(coarse::age).as_ref() == Some(&cell.name)),
            );
        }
        for cell in &group.quarter {
            say(cell.count, those(&|_| true));
        }
        for cell in &group.programme {
            say(cell.count, those(&|_| cell.name == "none"));
        }
        for stratum in &group.strata {
            let is = |row: usize| {
                in_time(row)
                    && sexes.get(row) == Some(&stratum.sex)
                    && strata::band(ages.get(row)) == stratum.age
            };
            say(stratum.at_risk, those(&is));
            say(stratum.outcomes[0].citizens, those(&|row| is(row) && had(row)));
        }
        lines.insert(("members".to_owned(), town), those(&|_| true));
        lines.insert(("at risk".to_owned(), town), those(&in_time));
        lines.insert(("acute".to_owned(), town), those(&had));
    }
    let union = |what: &str, of: &[String]| -> Whose {
        let towns = of.iter().map(|code| code.parse::<usize>().unwrap());
        towns.flat_map(|town| lines[&(what.to_owned(), town)].iter().copied()).collect()
    };
    let mut say = |what: &str, of: &[String], count: Option<u64>| {
        if let Some(count) = count {
            let whose = union(what, of);
            assert_eq!(usize::try_from(count).unwrap(), whose.len(), "{what} of {of:?}");
            all.push(whose);
        }
    };
    for line in &compared.groups[0].members {
        say("members", &line.of, line.members);
        say("at risk", &line.of, line.at_risk);
    }
    for outcome in &compared.groups[0].outcomes {
        for line in &outcome.lines {
            say("acute", &line.of, line.citizens);
        }
    }
    all
}

/// A prime that is not the ledger's.
const FIELD: i64 = 1_000_003;

/// Rows in reduced form, by the place of their leading one.
fn reduced(rows: impl IntoIterator<Item = Vec<i64>>) -> Vec<(usize, Vec<i64>)> {
    let mut basis: Vec<(usize, Vec<i64>)> = Vec::new();
    for row in rows {
        let row = rest(row, &basis);
        let Some(lead) = row.iter().position(|it| *it != 0) else { continue };
        let inverse = inverse(row[lead]);
        let row: Vec<i64> = row.iter().map(|it| it * inverse % FIELD).collect();
        for (_, other) in &mut basis {
            let factor = other[lead];
            for (value, by) in other.iter_mut().zip(&row) {
                *value = (*value - factor * by).rem_euclid(FIELD);
            }
        }
        basis.push((lead, row));
    }
    basis
}

/// By Fermat's little theorem.
fn inverse(value: i64) -> i64 {
    let (mut result, mut square, mut left) = (1, value, FIELD - 2);
    while left > 0 {
        if left % 2 == 1 {
            result = result * square % FIELD;
        }
        square = square * square % FIELD;
        left /= 2;
    }
    result
}

/// What is left of a row when all that can be had from the basis is taken from it.
fn rest(mut row: Vec<i64>, basis: &[(usize, Vec<i64>)]) -> Vec<i64> {
    for (lead, other) in basis {
        let factor = row[*lead];
        for (value, by) in row.iter_mut().zip(other) {
            *value = (*value - factor * by).rem_euclid(FIELD);
        }
    }
    row
}

/// Fewer citizens of one town than `least` of it, up to four kinds of them, whose number follows from
/// those that were told.
fn few(told: &[Whose], least: [usize; 2]) -> Option<Whose> {
    let mut kinds: BTreeMap<Vec<bool>, Whose> = BTreeMap::new();
    for citizen in told.iter().flatten() {
        let is_in: Vec<bool> = told.iter().map(|it| it.contains(citizen)).collect();
        kinds.entry(is_in).or_default().insert(*citizen);
    }
    let kinds: Vec<Whose> = kinds.into_values().collect();
    let row = |whose: &Whose| -> Vec<i64> {
        kinds.iter().map(|kind| i64::from(kind.is_subset(whose))).collect()
    };
    let basis = reduced(told.iter().map(row));
    let mut open: Vec<(Whose, usize, usize)> = vec![(Whose::new(), 0, 0)];
    while let Some((union, next, parts)) = open.pop() {
        if !union.is_empty() && rest(row(&union), &basis).iter().all(|it| *it == 0) {
            return Some(union);
        }
        for (place, kind) in kinds.iter().enumerate().skip(next) {
            let mut more = union.clone();
            more.extend(kind);
            let towns: BTreeSet<usize> = more.iter().map(|it| it.0).collect();
            let fits = towns.iter().all(|town| more.len() < least[*town]) && towns.len() == 1;
            if parts < 4 && fits {
                open.push((more, place + 1, parts + 1));
            }
        }
    }
    None
}

const QUESTIONS: [&str; 6] = [
    "{ age = { from = 18 } }",
    "{ sex = [\"female\"] }",
    "{ age = { from = 70 } }",
    "{ age = { to = 79 } }",
    "{ all = [{ sex = [\"male\"] }, { age = { from = 70 } }] }",
    "{ any = [{ sex = [\"male\"] }, { age = { to = 69 } }] }",
];

fn people() -> impl Strategy<Value = Vec<Person>> {
    let age = proptest::sample::select(&[40, 75, 85][..]);
    proptest::collection::vec((age, any::<bool>(), proptest::bool::weighted(0.6)), 8..28)
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(30) })]

    /// The region asks, and so do the municipalities' own, in any order. From all comparisons
    /// together, their sums over municipalities too, nothing follows about fewer citizens than each
    /// municipality agreed to; and with all that the others were told, nothing about fewer than 5.
    #[test]
    fn nothing_follows_about_few(
        towns in [people(), people()],
        questions in proptest::collection::vec((0_usize..6, any::<bool>()), 1..4),
        least in (5_u32..9, 5_u32..9)
    ) {
        let least = [least.0, least.1];
        let mut memories = [Memory::default(), Memory::default()];
        let (mut region, mut all): (Vec<Whose>, Vec<Whose>) = Default::default();
        for (question, is_regions) in questions {
            let text = who(QUESTIONS[question]);
            let mut told = Vec::new();
            for (town, memory) in memories.iter_mut().enumerate() {
                let answer = asked(&towns[town], &text);
                if is_regions {
                    let release = memory.tell_region(&answer, least[town]);
                    told.push((answer, release));
                } else {
                    memory.tell_own(&answer);
                }
            }
            if is_regions {
                let parts: Vec<Part> = (0..)
                    .zip(&told)
                    .map(|(town, (_, release)): (usize, _)| part(&town.to_string(), release.clone()))
                    .collect();
                region.extend(published(&compare(&parts).unwrap(), &told));
            }
        }
        for (town, memory) in memories.iter().enumerate() {
            let whose = |it: &Released| it.citizens.iter().map(|it| (town, *it)).collect::<Whose>();
            all.extend(memory.all.iter().map(whose));
        }
        all.extend(region.iter().cloned());
        let least = least.map(|it| usize::try_from(it).unwrap());
        prop_assert_eq!(few(&region, least), None);
        prop_assert_eq!(few(&all, [5, 5]), None);
    }
}

/// The attack finds what a region could compute if a sum were told that has a count in it which is
/// left out.
#[test]
fn the_attack_works() {
    let town = |town: usize, citizens: std::ops::Range<u32>| -> Whose {
        citizens.map(|it| (town, it)).collect()
    };
    let both: Whose = town(0, 0..20).union(&town(1, 0..3)).copied().collect();
    assert_eq!(few(&[town(0, 0..20), town(1, 0..9)], [5, 5]), None);
    assert_eq!(few(&[town(0, 0..20), town(1, 0..9), both], [5, 5]), Some(town(1, 0..3)));
    assert_eq!(few(&[town(0, 0..7)], [8, 5]), Some(town(0, 0..7)));
}
