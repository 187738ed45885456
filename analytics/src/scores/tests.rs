//! Every boundary, and the scalar functions against the columns.

mod chains;
mod columns;
mod news2;
mod tobs;

use proptest::prelude::*;

use super::bands::tenths;

#[test]
fn halves_go_up_and_binary_errors_do_not_matter() {
    for (value, in_tenths) in [
        (36.0, 360.0),
        (36.049_999, 360.0),
        (36.05, 361.0),
        (36.050_001, 361.0),
        (36.1, 361.0),
        (36.149_999, 361.0),
        (36.15, 362.0),
        (35.049_999, 350.0),
        (35.05, 351.0),
        (39.05, 391.0),
        (-0.05, 0.0),
        (-0.051, -1.0),
    ] {
        assert!((tenths(value) - in_tenths).abs() < 1e-12, "{value}: {}", tenths(value));
    }
}

#[test]
fn fahrenheit_halves_go_up() {
    // 96.89 °F is 36.05 °C but for the last bits, whichever way it is reckoned.
    for celsius in [(96.89 - 32.0) * 5.0 / 9.0, (96.89 - 32.0) / 1.8, (96.89 - 32.0) * (5.0 / 9.0)]
    {
        assert!((tenths(celsius) - 361.0).abs() < 1e-12, "{celsius:?}");
    }
}

proptest! {
    /// Against the decimal text of the value, which knows no binary error.
    #[test]
    fn tenths_as_by_hand(thousandths in 0..1_000_000_i32) {
        let value: f64 = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000).parse().unwrap();
        let by_hand = f64::from((thousandths + 50).div_euclid(100));
        prop_assert!((tenths(value) - by_hand).abs() < 1e-12);
    }
}
