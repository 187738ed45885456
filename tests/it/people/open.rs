//! What is recorded of a list that stands open.

use pulsvagt::access::Role;
use pulsvagt::audit::search::{Wanted, newest};
use pulsvagt::clock::Clock;

use super::browser::Browser;
use super::{PASSWORD, account};
use crate::worklist::{Ward, weight};
use crate::world::{NOW, World};

const MINUTE: i64 = 60_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn an_open_list_records_who_is_shown_once_an_hour_and_what_has_changed() {
    let ward = Ward::of(World::for_people(Vec::new(), Clock::fixed(NOW)).await).await;
    account(&ward.world, "anna", Role::Nurse).await;
    let alert = ward.heavy_ane().await;
    let mut anna = Browser::new(&ward.world);
    anna.sign_in("anna", PASSWORD, "").await.expect(303);
    // Whom the entry of the newest request is about, and whether there is one for each request.
    let told = async || {
        let chain = ward.store.chain();
        let page = newest(&chain, &Wanted::default(), None, 1_000).await.expect("entries");
        let lists = page.entries.into_iter().map(|(_, entry)| entry);
        let lists: Vec<_> = lists.filter(|entry| entry.operation == "getWorklist").collect();
        (lists.len(), lists.first().map_or(0, |newest| newest.citizens.len()))
    };
    let before = told().await.0;
    let rows = format!("/rows?ids={alert}");
    anna.get("/").await.expect(200);
    assert_eq!(told().await, (before + 1, 1));
    // The page asks again, and again: nobody new is shown.
    for more in 2..5 {
        ward.world.clock.advance(MINUTE);
        let shown = anna.get(&rows).await.expect(200).text;
        assert!(shown.contains(&alert), "{shown}");
        assert_eq!(told().await, (before + more, 0));
    }
    // Opened anew, by somebody else, or after something has happened, it is recorded.
    anna.get("/").await.expect(200);
    assert_eq!(told().await.1, 1);
    account(&ward.world, "berit", Role::Nurse).await;
    let mut berit = Browser::new(&ward.world);
    berit.sign_in("berit", PASSWORD, "").await.expect(303);
    berit.get(&rows).await.expect(200);
    assert_eq!(told().await.1, 1);
    berit.get(&rows).await.expect(200);
    assert_eq!(told().await.1, 0);
    ward.act(&ward.nurse(), &alert, "claim", 1, &serde_json::json!({})).await.expect(200);
    anna.get(&rows).await.expect(200);
    assert_eq!(told().await.1, 1, "another version");
    anna.get(&rows).await.expect(200);
    assert_eq!(told().await.1, 0);
    // And an hour later.
    for _ in 0..3 {
        ward.world.clock.advance(20 * MINUTE);
        anna.get("/auth/session").await.expect(200);
    }
    anna.get(&rows).await.expect(200);
    assert_eq!(told().await.1, 1);
    // Whoever has just come is new on a list that was there before.
    ward.take_in(&[weight("bo", "2025-12-31T09:00:00+01:00", "105")]).await;
    let both = ward.list("").await;
    let ids: Vec<&str> = both["alerts"]
        .as_array()
        .expect("alerts")
        .iter()
        .filter_map(|alert| alert["id"].as_str())
        .collect();
    anna.get(&format!("/rows?ids={}", ids.join(","))).await.expect(200);
    assert_eq!((ids.len(), told().await.1), (2, 1));
    ward.world.end().await;
}
