//! The worklist: its order, its filters, its pages.

use pulsvagt::store::Sight;
use pulsvagt::store::alerts::{Counts, Page};
use pulsvagt::triage::{Cursor, Filter, Level, Order};
use pulsvagt_analytics::Outcome;

use super::*;

const LEVELS: [Outcome; 3] = [Outcome::Blue, Outcome::Yellow, Outcome::Red];

/// Alerts of all levels, opened over some days.
async fn fill(ward: &Ward, number: usize) {
    for at in 0..number {
        ward.alert(&format!("problem-{at}"), LEVELS[at * 7 % 3]).await;
        ward.pass(3 * HOUR);
    }
}

async fn page(ward: &Ward, filter: &Filter, after: Option<&Cursor>, limit: u16) -> Page {
    ward.store
        .worklist(&Sight::everybody(), filter, after, limit, ward.now())
        .await
        .expect("a page")
}

fn ids(page: &Page) -> Vec<AlertId> {
    page.rows.iter().map(|row| row.alert.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_in_order_and_counted() {
    let ward = Ward::new().await;
    fill(&ward, 24).await;
    let list = page(&ward, &Filter::default(), None, 100).await;
    assert_eq!((list.rows.len(), list.next), (24, None));
    let mut expected: Vec<Order> =
        list.rows.iter().map(|row| Order::of(&row.alert, ward.now())).collect();
    expected.sort();
    let orders: Vec<Order> = list.rows.iter().map(|row| row.order).collect();
    assert_eq!(orders, expected);
    assert!(list.rows.iter().all(|row| row.citizen_id == "ane"));
    let overdue = list.rows.iter().filter(|row| row.order.overdue).count();
    assert!(overdue > 0 && overdue < 24, "{overdue}");
    let counts = ward
        .store
        .worklist_counts(&Sight::everybody(), &Filter::default(), ward.now())
        .await
        .expect("counts");
    let overdue = u32::try_from(overdue).expect("a number");
    assert_eq!(counts, Counts { red: 8, yellow: 8, blue: 8, overdue, ..Counts::default() });
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters() {
    let ward = Ward::new().await;
    fill(&ward, 6).await;
    let snoozed = ward.alert("snoozed", Outcome::Yellow).await;
    ward.must(snoozed, &Action::Claim, "ane").await;
    let until = Micros(ward.now().0 + HOUR);
    ward.must(snoozed, &Action::Snooze { until, reason: "known".to_owned() }, "ane").await;
    let single = [("pending", "a-single", Outcome::Red, ward.now())];
    let pending = ward.screen(&single).await.changes[0].alert.id;
    let claimed = page(&ward, &Filter::default(), None, 1).await.rows[0].alert.id;
    ward.must(claimed, &Action::Claim, "bo").await;

    let list = async |filter: Filter| ids(&page(&ward, &filter, None, 100).await);
    let all = Filter::default();
    assert_eq!(list(all.clone()).await.len(), 6);
    let with = list(Filter { snoozed: true, ..all.clone() }).await;
    assert!(with.len() == 7 && with.contains(&snoozed));
    let with = list(Filter { pending: true, ..all.clone() }).await;
    assert!(with.len() == 7 && with.contains(&pending));
    let red = Filter { levels: vec![Level::Red, Level::Green], ..all.clone() };
    assert_eq!(list(red).await.len(), 2);
    let problem = Filter { problem: Some("problem-3".to_owned()), ..all.clone() };
    assert_eq!(list(problem).await.len(), 1);
    let bo = |who: &str| Filter { claimed_by: Some(who.to_owned()), ..all.clone() };
    assert_eq!(list(bo("bo")).await, [claimed]);
    assert_eq!(list(bo("ane")).await, [], "a snooze is no claim");
    let counts = ward
        .store
        .worklist_counts(&Sight::everybody(), &Filter::default(), ward.now())
        .await
        .expect("counts");
    assert_eq!(
        (counts.pending, counts.snoozed, counts.red + counts.yellow + counts.blue),
        (1, 1, 6)
    );
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_stable_while_alerts_change() {
    let ward = Ward::new().await;
    fill(&ward, 20).await;
    // One that is closed from the start.
    let gone = ward.alert("gone", Outcome::Red).await;
    ward.must(gone, &Action::Claim, "ane").await;
    ward.must(gone, &close(), "ane").await;
    ward.pass(MINUTE);
    for limit in [1, 3, 7] {
        let expected = page(&ward, &Filter::default(), None, 100).await;
        let mut seen = Vec::new();
        let mut cursor: Option<Cursor> = None;
        let mut round = 0;
        loop {
            let page = page(&ward, &Filter::default(), cursor.as_ref(), limit).await;
            assert_eq!(page.as_of, expected.as_of);
            seen.extend(page.rows.iter().map(|row| row.order));
            let Some(next) = page.next else { break };
            // Through text, as it travels.
            cursor = Some(next.to_string().parse().expect("a cursor"));
            // In between all sorts of things happen, some to those still to come.
            ward.pass(2 * HOUR);
            round += 1;
            let at = |n: usize| expected.rows[(round * n) % expected.rows.len()].alert.clone();
            let worse = at(11);
            ward.screen(&[(&worse.problem, "rule", Outcome::Red, ward.now())]).await;
            let over = at(7);
            ward.screen(&[(&over.problem, "rule", Outcome::Clear, ward.now())]).await;
            let done = ward.store.alert(at(13).id).await.expect("read").expect("an alert");
            if done.is_open() {
                ward.must(done.id, &Action::Claim, "ane").await;
                if round % 2 == 0 {
                    ward.must(done.id, &close(), "ane").await;
                } else {
                    ward.must(done.id, &Action::CallBack { at: Micros(ward.now().0 + 1) }, "ane")
                        .await;
                }
            }
            ward.alert(&format!("late-{limit}-{round}"), Outcome::Red).await;
        }
        let orders: Vec<Order> = expected.rows.iter().map(|row| row.order).collect();
        assert_eq!(seen, orders, "limit {limit}");
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_is_so_now_in_the_place_it_had() {
    let ward = Ward::new().await;
    let red = ward.alert("a", Outcome::Red).await;
    let yellow = ward.alert("b", Outcome::Yellow).await;
    let first = page(&ward, &Filter::default(), None, 1).await;
    assert_eq!(ids(&first), [red]);
    ward.pass(MINUTE);
    ward.must(yellow, &Action::Claim, "ane").await;
    ward.must(yellow, &close(), "ane").await;
    let second = page(&ward, &Filter::default(), first.next.as_ref(), 1).await;
    assert_eq!(ids(&second), [yellow]);
    assert!(!second.rows[0].alert.is_open(), "it is shown as closed");
    assert_eq!(second.rows[0].order.level, Level::Yellow);
    // In a list of now it is not.
    assert_eq!(ids(&page(&ward, &Filter::default(), None, 9).await), [red]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_alerts_of_a_citizen() {
    let ward = Ward::new().await;
    let mut closed = Vec::new();
    for number in 0..3 {
        let id = ward.alert(&format!("problem-{number}"), Outcome::Yellow).await;
        ward.must(id, &Action::Claim, "ane").await;
        ward.must(id, &close(), "ane").await;
        closed.insert(0, id);
        ward.pass(HOUR);
    }
    let found = ward.store.closed_alerts(ward.ane, ward.now(), 2).await.expect("alerts");
    let found: Vec<_> = found.iter().map(|alert| (alert.id, alert.closing.clone())).collect();
    assert_eq!(found.iter().map(|(id, _)| *id).collect::<Vec<_>>(), closed[..2]);
    let before = found[1].1.as_ref().expect("a closing").at;
    let rest = ward.store.closed_alerts(ward.ane, before, 9).await.expect("alerts");
    assert_eq!(rest.iter().map(|alert| alert.id).collect::<Vec<_>>(), closed[2..]);
    assert_eq!(ward.store.open_alerts(ward.ane).await.expect("alerts"), []);
    ward.world.end().await;
}
