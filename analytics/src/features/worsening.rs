//! Signals that move the wrong way together.
//!
//! Each component says whether a signal is worse than the citizen's own baseline, from recent days
//! only. `signals_worse` is how many are, `deterioration` the sum of their weights; the latter is
//! null with fewer than [`LEAST_COMPONENTS`] components that can be told. The idea of a combined
//! index follows implanted devices (`HeartLogic`, LINK-HF); limits and weights are proposals \[P\] that
//! need clinical sign-off, and a pack may replace them one by one:
//!
//! ```toml
//! [worsening.saturation]
//! expression = "oxygen_saturation_baseline - oxygen_saturation_value >= 4"
//! weight = 2.0
//! ```

/// With fewer components that can be told, nothing is said.
pub const LEAST_COMPONENTS: i32 = 3;

/// Name, expression and weight of each component.
pub(crate) const COMPONENTS: [(&str, &str, f64); 8] = [
    (
        "pulse",
        "CASE WHEN night_heart_rate_day_age <= 2 AND night_heart_rate_days_guard_28d >= 7 \
         THEN night_heart_rate_rise_guard >= 4 \
         WHEN resting_heart_rate_day_age <= 2 AND resting_heart_rate_days_guard_28d >= 7 \
         THEN resting_heart_rate_rise_guard >= 4 END",
        1.0,
    ),
    (
        "respiration",
        "CASE WHEN respiratory_rate_day_age <= 2 \
         THEN respiratory_rate_value - respiratory_rate_baseline >= 4 END",
        2.0,
    ),
    (
        "saturation",
        "CASE WHEN oxygen_saturation_day_age <= 2 \
         THEN oxygen_saturation_baseline - oxygen_saturation_value >= 3 END",
        2.0,
    ),
    (
        "temperature",
        "CASE WHEN body_temperature_day_age <= 2 \
         THEN body_temperature_value - body_temperature_baseline >= 1.1 END",
        1.0,
    ),
    (
        "weight",
        "CASE WHEN body_weight_day_age <= 3 \
         THEN body_weight_value - body_weight_baseline >= 1.5 END",
        1.0,
    ),
    (
        "activity",
        "CASE WHEN steps_days_7d >= 4 AND steps_baseline > 0 \
         THEN steps_median_7d <= 0.7 * steps_baseline END",
        1.0,
    ),
    (
        "sleep",
        "CASE WHEN sleep_duration_day_age <= 2 \
         THEN abs(sleep_duration_value - sleep_duration_baseline) >= 2 END",
        1.0,
    ),
    (
        "symptoms",
        "greatest(dyspnoea_change_last_72h, cough_change_last_72h, sputum_change_last_72h, \
         sputum_colour_last_72h, self_reported_change_last_72h) >= 1",
        2.0,
    ),
];
