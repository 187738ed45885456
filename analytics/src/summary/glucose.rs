//! Glucose: sensors told from finger pricks, and time in ranges.

use super::stretch::{Stands, stretches};
use super::{MINUTE, Sample, minutes};
use crate::scores::bands::tenths;

/// So many readings within [`SENSOR_WITHIN`] are a sensor's \[P\].
const SENSOR_READINGS: usize = 4;

/// See [`SENSOR_READINGS`]. Sensors give one every 1, 5 or 15 minutes.
const SENSOR_WITHIN: i64 = 60 * MINUTE;

/// For how long a sensor's reading stands at most: the longest interval of sensors.
const STANDS: Stands = Stands { at_most: 15 * MINUTE, for_span: false };

/// The upper ends of all ranges but the last, tenths of mmol/L (ATTD consensus 2019) \[S\].
const RANGES: [f64; 4] = [29.0, 38.0, 100.0, 139.0];

/// Which readings, by time, are a sensor's: those that are one of four within some hour.
pub(super) fn by_sensor(readings: &[Sample]) -> Vec<bool> {
    let mut sensor = vec![false; readings.len()];
    for (start, four) in readings.windows(SENSOR_READINGS).enumerate() {
        if four[SENSOR_READINGS - 1].at.saturating_sub(four[0].at) <= SENSOR_WITHIN {
            sensor[start..start + SENSOR_READINGS].fill(true);
        }
    }
    sensor
}

/// Whole minutes of a sensor in each range; `None` without a sensor.
///
/// Values are rounded to one decimal first, as the limits are and as meters show them: 70 mg/dL is
/// 3.885 mmol/L and in range.
pub(super) fn ranges(readings: &[Sample]) -> Option<[u16; 5]> {
    let sensor = by_sensor(readings);
    if !sensor.contains(&true) {
        return None;
    }
    let mut stood = [0_i64; 5];
    for ((reading, stretch), by_sensor) in stretches(readings, STANDS).zip(sensor) {
        if by_sensor {
            let rounded = tenths(reading.value);
            let range = RANGES.iter().filter(|end| rounded > **end).count();
            stood[range] += stretch.end - stretch.start;
        }
    }
    Some(stood.map(minutes))
}
