use std::time::Duration;

use proptest::prelude::*;

use super::bucket::Bucket;
use super::{Costs, Kind, Limiter, Quota, Rates};

const SECOND: u64 = 1_000_000_000;
const TEN_A_SECOND: Quota = Quota { per_minute: 600, burst: 20 };

#[test]
fn a_bucket_gives_what_it_holds_and_then_as_much_as_comes_back() {
    let bucket = Bucket::default();
    assert_eq!(bucket.left(0, TEN_A_SECOND), (20, Duration::ZERO));
    assert_eq!(bucket.take(0, 15, TEN_A_SECOND), Ok(()));
    assert_eq!(bucket.left(0, TEN_A_SECOND), (5, Duration::from_millis(1_500)));
    assert_eq!(bucket.take(0, 6, TEN_A_SECOND), Err(Duration::from_millis(100)));
    assert_eq!(bucket.take(0, 5, TEN_A_SECOND), Ok(()), "what was refused took nothing");
    assert_eq!(bucket.take(SECOND, 11, TEN_A_SECOND), Err(Duration::from_millis(100)));
    assert_eq!(bucket.take(SECOND, 10, TEN_A_SECOND), Ok(()));
    assert_eq!(bucket.left(100 * SECOND, TEN_A_SECOND), (20, Duration::ZERO), "never more");
    assert_eq!(bucket.take(100 * SECOND, 0, TEN_A_SECOND), Ok(()));
}

#[test]
fn what_costs_more_than_a_full_bucket_takes_all_of_it() {
    let bucket = Bucket::default();
    assert_eq!(bucket.take(0, 500, TEN_A_SECOND), Ok(()));
    assert_eq!(bucket.take(0, 500, TEN_A_SECOND), Err(Duration::from_secs(2)));
    assert_eq!(bucket.take(2 * SECOND, 500, TEN_A_SECOND), Ok(()));
}

proptest! {
    #[test]
    fn nobody_gets_more_than_the_burst_and_what_came_back(
        per_minute in 1_u32..100_000_000,
        burst in 1_u32..100_000_000,
        asked in prop::collection::vec((0_u64..10 * SECOND, 0_u32..1_000), 1..60),
    ) {
        let quota = Quota { per_minute, burst };
        let bucket = Bucket::default();
        let (mut now, mut got) = (0_u64, 0_u64);
        for (pause, cost) in asked {
            now += pause;
            match bucket.take(now, cost, quota) {
                Ok(()) => got += u64::from(cost.min(burst)),
                Err(wait) => {
                    let wait = u64::try_from(wait.as_nanos()).expect("fits");
                    prop_assert!(bucket.take(now + wait - 1, cost, quota).is_err());
                    now += wait;
                    prop_assert!(bucket.take(now, cost, quota).is_ok(), "the wait was told right");
                    got += u64::from(cost.min(burst));
                }
            }
            prop_assert!(got <= u64::from(burst) + now / quota.interval());
        }
    }
}

#[test]
fn clients_do_not_touch_each_other() {
    let quota = Quota { per_minute: 1, burst: 1 };
    let limiter = Limiter::new(Rates { address: quota, failures: quota, ..Rates::default() });
    let peer = |text: &str| text.parse::<std::net::IpAddr>().expect("an address").into();
    let (one, other) = (peer("192.0.2.1"), peer("192.0.2.2"));
    assert!(limiter.address(one).take(1).is_ok());
    assert!(limiter.address(one).take(1).is_err(), "the same bucket each time");
    assert!(limiter.address(other).take(1).is_ok());
    assert!(limiter.failures(one).take(1).is_ok(), "failures are counted apart");
}

#[test]
fn memory_is_bounded_however_many_clients_come() {
    let limiter = Limiter::new(Rates::default());
    for number in 0..200_000_u32 {
        let address = std::net::IpAddr::from(number.to_be_bytes());
        assert!(limiter.address(address.into()).take(1).is_ok());
    }
    assert!(limiter.addresses.len() <= super::BUCKETS, "{}", limiter.addresses.len());
}

#[tokio::test]
async fn unknown_tokens_of_doubted_addresses_wait_in_one_short_lane() {
    let limiter = Limiter::new(Rates::default());
    let turn = limiter.lane().await.expect("nobody is there");
    {
        let waiting: Vec<_> = (1..super::LANE).map(|_| Box::pin(limiter.lane())).collect();
        let mut waiting = futures_util::future::join_all(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending(), "one at a time");
        assert!(limiter.lane().await.is_none(), "and not too many");
    }
    drop(turn);
    assert!(limiter.lane().await.is_some(), "who hangs up leaves the lane");
}

#[test]
fn the_default_does_not_touch_a_gateway_at_the_speed_of_the_benchmark() {
    let (rates, costs) = (Rates::default(), Costs::default());
    let bundles = 90_000 / 500 * (costs.of(Kind::Write) + costs.entries(500));
    assert!(rates.system.per_minute / 60 > 90_000, "as single requests");
    assert!(rates.system.per_minute / 60 > bundles * 10, "as Bundles");
    // A citizen's app that goes wild is slowed down to ten reads or two searches a second.
    assert_eq!(rates.citizen.per_minute / 60, 10);
    assert!(rates.failures.per_minute * 10 < rates.address.per_minute);
    assert!(rates.all().iter().all(|(_, quota)| quota.is_valid()));
}

#[test]
fn routes_stand_in_the_table_once() {
    let routes: Vec<_> = Kind::routes().collect();
    for (place, route) in routes.iter().enumerate() {
        assert!(!routes[..place].contains(route), "{route}");
    }
    assert_eq!(Kind::of(true, "/fhir/Observation"), Kind::Search);
    assert_eq!(Kind::of(false, "/fhir/Observation"), Kind::Write);
    assert_eq!(Kind::of(true, "/fhir/Observation/{id}"), Kind::Read);
    assert_eq!(Kind::of(false, ""), Kind::Write);
}
