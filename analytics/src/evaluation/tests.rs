use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() < within, "{found} is not {expected}");
}

fn independent(units: &[(f64, bool)]) -> Vec<Scored> {
    (0..).zip(units).map(|(cluster, &(score, case))| Scored { score, case, cluster }).collect()
}

/// The variance that the interval was made from, back from its width on the logit scale.
fn deviation(area: &Area) -> f64 {
    let interval = area.interval.unwrap();
    let logit = |p: f64| (p / (1.0 - p)).ln();
    (logit(interval.high) - logit(interval.low)) / (2.0 * Z) * area.value * (1.0 - area.value)
}

#[test]
fn area_and_its_deviation_are_those_worked_out_by_hand() {
    // Cases beat 1 and 1/2 of the controls, controls are beaten by 1/2, 1 and 3/4 of the cases:
    // S10 = 1/8, S01 = 1/16, variance = 1/16 + 1/48 = 1/12.
    let units = [(0.8, true), (0.4, true), (0.5, false), (0.2, false), (0.4, false)];
    let area = area(&independent(&units)).unwrap();
    close(area.value, 0.75, 1e-12);
    close(deviation(&area), (1.0_f64 / 12.0).sqrt(), 1e-9);
    assert_eq!((area.cases, area.controls, area.unscored), (2, 3, 0));
}

#[test]
fn clusters_change_the_interval_as_worked_out_by_hand() {
    // The same units; citizen 0 has the first case and the first control, citizen 1 the others.
    let units = [(0.8, true, 0), (0.4, true, 1), (0.5, false, 0), (0.2, false, 1), (0.4, false, 1)];
    let units: Vec<Scored> =
        units.map(|(score, case, cluster)| Scored { score, case, cluster }).into();
    let area = area(&units).unwrap();
    // Cases: ±1/4; controls: -1/4 and (1 + 3/4) - 2 * 3/4 = 1/4.
    // 2 * 2/16/4 + 2 * 2/16/9 + 2 * 2 * (-2/16)/6 = 1/16 + 1/36 - 1/12 = 1/144.
    close(area.value, 0.75, 1e-12);
    close(deviation(&area), 1.0 / 12.0, 1e-9);
}

#[test]
fn area_without_cases_or_spread_claims_nothing() {
    assert_eq!(area(&independent(&[(1.0, true), (2.0, true)])), None);
    let perfect =
        area(&independent(&[(3.0, true), (4.0, true), (1.0, false), (2.0, false)])).unwrap();
    assert_eq!((perfect.value, perfect.interval), (1.0, None));
    let nothing = area(&independent(&[(0.0, true), (-0.0, false), (f64::NAN, true)])).unwrap();
    assert_eq!((nothing.value, nothing.unscored), (0.5, 1));
}

#[test]
fn wilson_intervals_are_the_published_ones() {
    let interval = |part, whole| {
        let interval = Proportion::new(part, whole).interval.unwrap();
        (interval.low, interval.high)
    };
    // Newcombe 1998, table I, method 3.
    for (part, whole, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let found = interval(part, whole);
        close(found.0, low, 5e-5);
        close(found.1, high, 5e-5);
    }
    close(interval(29, 29).1, 1.0, 0.0001);
    assert_eq!(Proportion::new(0, 0).share, None);
}

#[test]
fn poisson_intervals_are_the_tabulated_ones() {
    for (events, low, high) in [
        (0, 0.0, 3.689),
        (1, 0.0253, 5.572),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (50, 37.111, 65.919),
        (100, 81.364, 121.627),
    ] {
        let interval = Rate::poisson(events, 1.0).interval.unwrap();
        close(interval.low, low, 1e-3 + low * 5e-5);
        close(interval.high, high, 1e-3 + high * 5e-5);
    }
    let interval = Rate::poisson(10, 4.0).interval.unwrap();
    close(interval.low, 4.795 / 4.0, 1e-3);
    assert_eq!(Rate::poisson(3, 0.0).interval, None);
}

#[test]
fn byar_takes_over_without_a_jump() {
    let before = Rate::poisson(99, 1.0).interval.unwrap();
    let after = Rate::poisson(100, 1.0).interval.unwrap();
    assert!((0.8..1.1).contains(&(after.low - before.low)), "{before:?} {after:?}");
    assert!((0.8..1.2).contains(&(after.high - before.high)), "{before:?} {after:?}");
}

#[test]
fn citizens_with_all_the_alerts_widen_the_interval() {
    let even = Rate::clustered(&[(5, 10.0); 20]);
    let uneven: Vec<(u64, f64)> = (0..20).map(|n| (if n < 2 { 50 } else { 0 }, 10.0)).collect();
    let uneven = Rate::clustered(&uneven);
    assert_eq!(even.rate, uneven.rate);
    assert_eq!(even.interval, Rate::poisson(100, 200.0).interval);
    // Ratio 0.5, residuals 2·45² + 18·5² = 4500, sd = √(20/19·4500)/200 = 0.344.
    let interval = uneven.interval.unwrap();
    close((interval.high / 0.5).ln() / Z, 0.344_12 / 0.5, 1e-4);
}

#[test]
fn quantiles_lie_between_neighbours() {
    let quantiles = Quantiles::of([4.0, 1.0, 2.0, 3.0]).unwrap();
    assert_eq!((quantiles.lower, quantiles.median, quantiles.upper), (1.75, 2.5, 3.25));
    assert_eq!((quantiles.min, quantiles.max, quantiles.count), (1.0, 4.0, 4));
    close(Quantiles::of([7.0]).unwrap().upper, 7.0, 1e-12);
    assert_eq!(Quantiles::of([f64::NAN]), None);
}

#[test]
fn overlap_counts_each_thing_once() {
    let (a, b) = (BTreeSet::from([1, 2, 3, 4]), BTreeSet::from([3, 4, 5]));
    let overlap = Overlap::of(&a, &b);
    assert_eq!((overlap.both, overlap.only_a, overlap.only_b), (2, 2, 1));
    assert_eq!(overlap.jaccard, Some(0.4));
    assert_eq!(Overlap::of::<u8>(&BTreeSet::new(), &BTreeSet::new()).jaccard, None);
}

const DAY: i64 = 86_400_000_000;

fn episode(citizen: u32, onset: i64, reference: i64, end: i64) -> Episode {
    Episode { citizen, onset: onset * DAY, reference: reference * DAY, end: end * DAY }
}

fn alert(citizen: u32, at: i64) -> Alerted {
    Alerted { citizen, at: at * DAY }
}

#[test]
fn the_first_alert_in_the_window_counts() {
    let episodes = [episode(1, 10, 14, 20), episode(1, 40, 42, 45), episode(2, 10, 14, 20)];
    let alerts = [alert(1, 12), alert(1, 9), alert(1, 7), alert(1, 20), alert(1, 21), alert(2, 30)];
    let matching = match_episodes(&episodes, &alerts, 2 * DAY);
    assert_eq!(matching.first, [Some(9 * DAY), None, None]);
    assert_eq!(matching.is_true, [true, true, false, true, false, false]);
    assert_eq!(matching.detected(), 1);
    assert_eq!(matching.lead_days(&episodes), [Some(5.0), None, None]);
    let late = match_episodes(&episodes[..1], &[alert(1, 16)], 0);
    assert_eq!(late.lead_days(&episodes[..1]), [Some(-2.0)]);
}

#[test]
fn alerts_everywhere_detect_everything_by_chance_too() {
    let episodes = [episode(1, 10, 14, 20), episode(1, 70, 72, 75)];
    let everywhere: Vec<Alerted> = (0..100).map(|day| alert(1, day)).collect();
    let chance = |alerts: &[Alerted]| by_chance(&episodes, alerts, 0, (0, 96 * DAY)).unwrap();
    close(chance(&everywhere), 1.0, 1e-12);
    close(chance(&[]), 0.0, 1e-12);
    // One alert at day 12. Steps of 8 days: of the windows of 10 days one of 11 holds day 12, when
    // moved by 88 (2–12) but also by 0, which is not among the turns; of those of 5 days, moved by
    // 32 (6–11) and 40 (14–19), none.
    close(chance(&[alert(1, 12)]), 1.0 / 22.0, 1e-12);
    assert_eq!(by_chance(&[], &[], 0, (0, DAY)), None);
}

fn units() -> impl Strategy<Value = Vec<Scored>> {
    prop::collection::vec((0_i32..8, any::<bool>(), 0_u64..6), 2..60).prop_map(|units| {
        let scored = |(score, case, cluster)| Scored { score: f64::from(score), case, cluster };
        units.into_iter().map(scored).collect()
    })
}

proptest! {
    #[test]
    fn area_is_the_share_of_pairs_in_order(units in units()) {
        let (cases, controls): (Vec<&Scored>, Vec<&Scored>) =
            units.iter().partition(|unit| unit.case);
        let mut won = 0.0;
        for case in &cases {
            for control in &controls {
                won += match case.score.total_cmp(&control.score) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
            }
        }
        match area(&units) {
            Some(area) => {
                close(area.value, won / (length(cases.len()) * length(controls.len())), 1e-9);
                if let Some(interval) = area.interval {
                    prop_assert!(interval.low <= area.value && area.value <= interval.high);
                    prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
                }
            }
            None => prop_assert!(cases.is_empty() || controls.is_empty()),
        }
    }

    #[test]
    fn area_does_not_mind_order_scale_or_turning_round(units in units()) {
        let Some(as_is) = area(&units) else { return Ok(()) };
        let mut other: Vec<Scored> =
            units.iter().map(|unit| Scored { score: unit.score.exp(), ..*unit }).collect();
        other.reverse();
        let scaled = area(&other).unwrap();
        close(scaled.value, as_is.value, 1e-9);
        let turned: Vec<Scored> =
            units.iter().map(|unit| Scored { score: -unit.score, ..*unit }).collect();
        let turned = area(&turned).unwrap();
        close(turned.value, 1.0 - as_is.value, 1e-9);
        if let (Some(turned), Some(as_is)) = (turned.interval, as_is.interval) {
            close(turned.low, 1.0 - as_is.high, 1e-6);
        }
    }

    #[test]
    fn proportions_and_rates_lie_in_their_intervals(part in 0_u64..500, more in 0_u64..500) {
        let whole = part + more;
        let proportion = Proportion::new(part, whole);
        if let (Some(share), Some(interval)) = (proportion.share, proportion.interval) {
            prop_assert!(interval.low <= share && share <= interval.high);
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
        }
        let rate = Rate::poisson(part, 3.0);
        let (value, interval) = (rate.rate.unwrap(), rate.interval.unwrap());
        prop_assert!(interval.low <= value && value < interval.high);
        // More events never lower either end.
        let next = Rate::poisson(part + 1, 3.0).interval.unwrap();
        prop_assert!(interval.low < next.low && interval.high < next.high);
    }

    #[test]
    fn a_longer_window_never_detects_less(
        onsets in prop::collection::vec((0_u32..3, 0_i64..100, 1_i64..10), 0..8),
        alerts in prop::collection::vec((0_u32..3, 0_i64..120), 0..20),
        before in 0_i64..5,
    ) {
        let episodes: Vec<Episode> = onsets
            .iter()
            .map(|&(citizen, onset, long)| episode(citizen, onset, onset + 1, onset + long))
            .collect();
        let alerts: Vec<Alerted> =
            alerts.iter().map(|&(citizen, at)| alert(citizen, at)).collect();
        let short = match_episodes(&episodes, &alerts, before * DAY);
        let long = match_episodes(&episodes, &alerts, (before + 1) * DAY);
        prop_assert!(short.detected() <= long.detected());
        for (first, episode) in long.first.iter().zip(&episodes) {
            if let Some(first) = first {
                prop_assert!(*first >= episode.onset - (before + 1) * DAY);
                prop_assert!(*first <= episode.end);
            }
        }
        for (short, long) in short.is_true.iter().zip(&long.is_true) {
            prop_assert!(!short | long);
        }
    }
}
