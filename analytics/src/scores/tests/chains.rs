//! The scores once more, written independently of the tables: as chains of conditions on whole
//! numbers and tenths, in the order in which the charts are read aloud.

/// A value in units of its last digit, halves up, by its decimal text.
///
/// Takes values with at most three decimals.
pub(super) fn rounded(value: f64, decimals: u32) -> i64 {
    let thousandths: i64 = format!("{value:.3}").replace('.', "").parse().unwrap();
    let digit = 10_i64.pow(3 - decimals);
    (thousandths + digit / 2).div_euclid(digit)
}

pub(super) fn news2_respiration(rate: i64) -> u8 {
    if rate <= 8 {
        3
    } else if (9..=11).contains(&rate) {
        1
    } else if (12..=20).contains(&rate) {
        0
    } else if (21..=24).contains(&rate) {
        2
    } else {
        3
    }
}

pub(super) fn news2_saturation(percent: i64, scale2: bool, oxygen: bool) -> u8 {
    if !scale2 {
        return if percent >= 96 {
            0
        } else if percent >= 94 {
            1
        } else if percent >= 92 {
            2
        } else {
            3
        };
    }
    if percent >= 93 && !oxygen || (88..=92).contains(&percent) {
        0
    } else if percent >= 97 {
        3
    } else if percent >= 95 {
        2
    } else if percent >= 86 {
        1
    } else if percent >= 84 {
        2
    } else {
        3
    }
}

pub(super) fn news2_systolic(pressure: i64) -> u8 {
    if pressure >= 220 {
        3
    } else if pressure >= 111 {
        0
    } else if pressure >= 101 {
        1
    } else if pressure >= 91 {
        2
    } else {
        3
    }
}

pub(super) fn news2_pulse(rate: i64) -> u8 {
    if rate >= 131 {
        3
    } else if rate >= 111 {
        2
    } else if rate >= 91 {
        1
    } else if rate >= 51 {
        0
    } else if rate >= 41 {
        1
    } else {
        3
    }
}

pub(super) fn news2_temperature(tenths: i64) -> u8 {
    if tenths >= 391 {
        2
    } else if tenths >= 381 {
        1
    } else if tenths >= 361 {
        0
    } else if tenths >= 351 {
        1
    } else {
        3
    }
}

pub(super) fn tobs_pulse(rate: i64) -> u8 {
    if rate >= 130 {
        3
    } else if rate >= 110 {
        2
    } else if rate >= 90 {
        1
    } else if rate >= 50 {
        0
    } else if rate >= 40 {
        1
    } else {
        2
    }
}

pub(super) fn tobs_respiration(rate: i64) -> u8 {
    if rate >= 25 {
        3
    } else if rate >= 21 {
        2
    } else if rate >= 12 {
        0
    } else if rate >= 9 {
        1
    } else {
        3
    }
}

pub(super) fn tobs_temperature(tenths: i64) -> u8 {
    if tenths >= 400 {
        3
    } else if tenths >= 390 {
        2
    } else if tenths >= 380 {
        1
    } else if tenths >= 360 {
        0
    } else if tenths >= 340 {
        2
    } else {
        3
    }
}

pub(super) fn tobs_systolic(pressure: i64) -> u8 {
    if pressure >= 200 {
        2
    } else if pressure >= 100 {
        0
    } else if pressure >= 80 {
        1
    } else if pressure >= 70 {
        2
    } else {
        3
    }
}
