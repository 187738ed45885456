//! Random histories: readings, repetitions, corrections, withdrawals, with screening in between.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{MINUTE, Ward, moment, reading};

const CODES: [(&str, &str, u32, u32); 5] = [
    ("8867-4", "/min", 50, 120),
    ("29463-7", "kg", 60, 120),
    ("15074-8", "mmol/L", 2, 20),
    ("2708-6", "%", 85, 100),
    ("55423-8", "{steps}", 0, 900),
];

/// A reading at a random moment on a random wall clock.
fn random_reading(random: &mut ChaCha8Rng) -> String {
    let citizen = ["ane", "bo"][random.random_range(0..2)];
    let (code, unit, least, most) = CODES[random.random_range(0..CODES.len())];
    let (day, hour) = (random.random_range(1..30), random.random_range(0..24));
    let offset = ["Z", "+01:00", "+00:00", "-08:00", "+14:00"][random.random_range(0..5)];
    let minute = random.random_range(0..60);
    let at = format!("2025-12-{day:02}T{hour:02}:{minute:02}:00{offset}");
    let tenths = random.random_range(0..10);
    let value = format!("{}.{tenths}", random.random_range(least..most));
    reading(citizen, code, &moment(&at), &value, unit)
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_are_what_the_readings_come_to_whatever_happens() {
    for seed in 0..3 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let ward = Ward::new().await;
        let mut sent: Vec<(String, String)> = Vec::new();
        for _ in 0..120 {
            ward.world.clock.advance(MINUTE);
            match random.random_range(0..10) {
                0..=5 => {
                    let reading = random_reading(&mut random);
                    let answer = ward.world.gateway().post("Observation", &reading).await;
                    if answer.status.as_u16() == 201 {
                        sent.push((answer.id(), reading));
                    }
                }
                6 if !sent.is_empty() => {
                    let (_, again) = &sent[random.random_range(0..sent.len())];
                    ward.world.gateway().post("Observation", again).await;
                }
                7 if !sent.is_empty() => {
                    let (id, reading) = &sent[random.random_range(0..sent.len())];
                    let status = ["corrected", "entered-in-error"][random.random_range(0..2)];
                    let digit = random.random_range(0..10);
                    let changed =
                        reading.replace("final", status).replace(".5,", &format!(".{digit},"));
                    ward.correct(id, &changed).await;
                }
                8 => drop(ward.worker.batch(1).await.expect("screened")),
                _ => drop(ward.screen().await),
            }
        }
        ward.screen().await;
        ward.check().await;
        assert!(!ward.findings("ane").await.is_empty() || !ward.findings("bo").await.is_empty());
        ward.world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_come_while_others_screen_are_not_overlooked() {
    let ward = Ward::new().await;
    let gateway = ward.world.gateway();
    let send = async |lane: u64| {
        let mut random = ChaCha8Rng::seed_from_u64(lane);
        for _ in 0..60 {
            gateway.post("Observation", &random_reading(&mut random)).await;
        }
    };
    let screen = async || {
        for _ in 0..60 {
            ward.worker.batch(2).await.expect("screened");
        }
    };
    tokio::join!(send(1), send(2), send(3), screen(), screen());
    ward.screen().await;
    ward.check().await;
    ward.world.end().await;
}
