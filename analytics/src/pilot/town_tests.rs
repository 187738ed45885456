use super::report::{Input, report};
use super::stays::{Lengths, Member, burden, citizens, series};
use super::town::{Frailty, Town, members};
use crate::evaluation::length;
use crate::risk::home::Stay;

const LENGTHS: Lengths = Lengths { run_in: 180, before: 180, after: 300 };

fn input(members: &[Member]) -> Input {
    let text = r#"{"title":"t","outcome":"Unplanned admissions","period":"p"}"#;
    let mut input: Input = serde_json::from_str(text).unwrap();
    input.citizens = citizens(members, LENGTHS);
    input.series = Some(series(members, LENGTHS));
    input
}

/// Of 95 % intervals over so many towns: the nominal rate less and more four standard errors. (Of 10,000
/// towns of each kind, within three: 0.65 percentage points.)
fn covers(towns: u64, citizens: u32, frailty: Frailty) {
    let effect = 0.7;
    let (mut covered, mut told, mut fooled) = (0, 0, 0);
    for seed in 0..towns {
        let report = report(&input(&members(Town { seed, citizens, effect, frailty })));
        let Some(found) = report.effect else { continue };
        told += 1;
        covered +=
            usize::from(found.low <= effect && found.high.is_some_and(|high| effect <= high));
        let naive = report.before_after.unwrap().naive;
        fooled += usize::from(naive.high.is_some_and(|high| high < effect));
    }
    assert!(told >= usize::try_from(towns).unwrap() * 99 / 100, "{told} of {towns} have an effect");
    let (share, error) = (length(covered) / length(told), (0.95 * 0.05 / length(told)).sqrt());
    assert!((share - 0.95).abs() <= 4.0 * error, "{covered} of {told} intervals hold the truth");
    assert!(fooled > told / 2, "before/after is fooled: {fooled} of {told}");
}

/// `make soak` tries more towns.
#[test]
fn intervals_of_pilots_in_simulated_towns_cover_the_known_effect() {
    let towns = std::env::var("PULSVAGT_TOWNS").ok().and_then(|it| it.parse().ok());
    covers(towns.unwrap_or(200), 160, Frailty::Mild);
}

/// A few citizens have most of the stays: counts of groups vary several times as much as by chance.
#[test]
fn intervals_of_pilots_in_simulated_towns_of_unlike_citizens_cover_the_known_effect() {
    let towns = std::env::var("PULSVAGT_TOWNS").ok().and_then(|it| it.parse().ok());
    covers(towns.unwrap_or(300), 240, Frailty::Strong);
}

#[test]
fn stretches_end_with_life_and_with_the_data() {
    let stay = |from, to, planned| Stay { from, to: Some(to), planned };
    let stays = vec![
        stay(-200, -198, false),
        stay(-10, -5, false),
        stay(-3, -2, true),
        stay(5, 9, false),
        stay(50, 60, false),
    ];
    let member = Member {
        treated: true,
        index: 0,
        stays,
        died: Some(54),
        last: 400,
        age: 80.0,
        woman: true,
        more: [("copd".to_owned(), 1.0), ("diabetes".to_owned(), 1.0)].into(),
    };
    let control =
        Member { treated: false, stays: Vec::new(), died: None, age: 70.0, ..member.clone() };
    let mut control = control;
    control.more.insert("copd".to_owned(), 0.0);
    let made = citizens(&[member.clone(), control.clone()], LENGTHS);
    let of = |stretch: super::report::Stretch| (stretch.events, stretch.days.to_string());
    assert_eq!(of(made[0].run_in), (1, "180".to_owned()));
    assert_eq!(of(made[0].before), (1, "180".to_owned()), "the planned one does not count");
    assert_eq!(of(made[0].after), (2, "55".to_owned()));
    assert_eq!(of(made[1].after), (0, "300".to_owned()));
    assert_eq!(made[0].covariates.keys().collect::<Vec<_>>(), ["admissions_12m", "age", "copd"]);
    let (rate, nights, count) = burden(&[member, control], true, LENGTHS).unwrap();
    assert_eq!(count, 2);
    assert!((rate - 2.0 / 0.055).abs() < 1e-9 && (nights - (4.0 + 5.0) / 0.055).abs() < 1e-9);
    assert_eq!(burden(&[], true, LENGTHS), None);
}

#[test]
fn the_same_seed_gives_the_same_town() {
    let town = Town { seed: 3, citizens: 40, effect: 0.7, frailty: Frailty::Mild };
    assert_eq!(members(town), members(town));
    assert_ne!(members(town), members(Town { seed: 4, ..town }));
}
