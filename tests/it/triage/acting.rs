//! What nurses do, and what happens while they do not.

use pulsvagt::store::alerts::PolicyChange;
use pulsvagt::triage::{EscalateTo, Policy, Refusal, State};
use pulsvagt_analytics::Outcome;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn two_nurses_at_once_and_one_is_told_of_the_other() {
    let ward = Ward::new().await;
    for round in 0..8 {
        let id = ward.alert(&format!("problem-{round}"), Outcome::Yellow).await;
        let (one, two) = tokio::join!(
            ward.act(id, 1, &Action::Claim, "ane"),
            ward.act(id, 1, &Action::Claim, "bo")
        );
        let (winner, done, lost) = match (one, two) {
            (Acting::Done(done), lost) => ("ane", done, lost),
            (lost, Acting::Done(done)) => ("bo", done, lost),
            both => panic!("nobody won: {both:?}"),
        };
        let Acting::Conflict(conflict) = lost else { panic!("both won: {lost:?}") };
        assert_eq!(conflict.by, Some(nurse(winner)));
        assert_eq!(conflict.alert, done.alert);
        assert_eq!(done.alert.claimed_by(ward.now()), Some(&nurse(winner)));
        assert_eq!(ward.store.alert(id).await.expect("read"), Some(done.alert));
    }
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_news_is_a_conflict() {
    let ward = Ward::new().await;
    let id = ward.alert("heart", Outcome::Yellow).await;
    let read = ward.must(id, &Action::Claim, "ane").await.alert.version;
    // More of the same arrives while she writes.
    ward.pass(MINUTE);
    ward.screen(&[("heart", "rule", Outcome::Yellow, ward.now())]).await;
    let note = Action::Note { text: "no answer".to_owned() };
    let Acting::Done(done) = ward.act(id, read, &note, "ane").await else { panic!("a conflict") };
    assert_eq!(done.alert.version, read + 2);
    let read = done.alert.version;
    // It becomes red while she writes.
    ward.pass(MINUTE);
    ward.screen(&[("heart", "rule", Outcome::Red, ward.now())]).await;
    let Acting::Conflict(conflict) = ward.act(id, read, &close(), "ane").await else {
        panic!("she has closed a red that she had not seen")
    };
    assert_eq!(conflict.by, Some(nurse("ane")), "it is still hers");
    ward.must(id, &close(), "ane").await;
    // And then it is closed, by whom is said.
    let Acting::Conflict(conflict) = ward.act(id, read, &note, "bo").await else {
        panic!("no conflict")
    };
    assert_eq!((conflict.alert.state, conflict.by), (State::Closed, Some(nurse("ane"))));
    // A version that never was.
    assert!(matches!(ward.act(id, 999, &note, "bo").await, Acting::Conflict(_)));
    let unknown = AlertId::from_bytes([9; 16]);
    assert_eq!(ward.act(unknown, 1, &note, "bo").await, Acting::Missing);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_released_it_is_named_when_nobody_has_it() {
    let ward = Ward::new().await;
    let id = ward.alert("heart", Outcome::Yellow).await;
    ward.must(id, &Action::Claim, "ane").await;
    ward.must(id, &Action::Release, "ane").await;
    let Acting::Conflict(conflict) = ward.act(id, 1, &Action::Claim, "bo").await else {
        panic!("no conflict")
    };
    assert_eq!((conflict.alert.state, conflict.by), (State::New, Some(nurse("ane"))));
    // Nobody but the machine has changed it since.
    ward.pass(MINUTE);
    ward.screen(&[("heart", "rule", Outcome::Red, ward.now())]).await;
    let Acting::Conflict(conflict) = ward.act(id, 3, &Action::Claim, "bo").await else {
        panic!("no conflict")
    };
    assert_eq!(conflict.by, None);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_writes_nothing() {
    let ward = Ward::new().await;
    let id = ward.alert("heart", Outcome::Yellow).await;
    let refused = ward.act(id, 1, &close(), "ane").await;
    assert!(matches!(refused, Acting::Refused(Refusal::ClaimFirst(_))), "{refused:?}");
    ward.must(id, &Action::Claim, "ane").await;
    let refused = ward.act(id, 2, &Action::Release, "bo").await;
    let Acting::Refused(Refusal::HeldBy { holder, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(holder, nurse("ane"));
    assert_eq!(ward.count("select count(*) from alert_event").await, 2);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_that_has_run_out_is_in_nobodys_way() {
    let ward = Ward::new().await;
    let id = ward.alert("heart", Outcome::Yellow).await;
    let claimed = ward.must(id, &Action::Claim, "ane").await.alert;
    // Without any job having looked at it.
    ward.pass(30 * MINUTE);
    let Acting::Done(done) = ward.act(id, claimed.version, &Action::Claim, "bo").await else {
        panic!("not done")
    };
    let verbs: Vec<_> = done.events.iter().map(|event| event.verb.as_str()).collect();
    assert_eq!(verbs, ["run-out", "claim"]);
    assert_eq!(done.alert.claimed_by(ward.now()), Some(&nurse("bo")));
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_runs_out_does_so_once() {
    let ward = Ward::new().await;
    let single = [("lung", "saturation-single", Outcome::Red, ward.now())];
    let pending = ward.screen(&single).await.changes[0].alert.id;
    let snoozed = ward.alert("heart", Outcome::Yellow).await;
    ward.must(snoozed, &Action::Claim, "ane").await;
    let until = Micros(ward.now().0 + HOUR);
    let snooze = Action::Snooze { until, reason: "known".to_owned() };
    ward.must(snoozed, &snooze, "ane").await;
    let escalated = ward.alert("skin", Outcome::Red).await;
    ward.must(escalated, &Action::Claim, "ane").await;
    ward.must(escalated, &Action::Escalate { to: EscalateTo::Gp }, "ane").await;

    assert_eq!(ward.store.expire_alerts(ward.now()).await.expect("expired"), []);
    ward.pass(30 * MINUTE);
    let changes = ward.store.expire_alerts(ward.now()).await.expect("expired");
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].alert.id, changes[0].alert.state), (pending, State::New));
    ward.pass(30 * MINUTE);
    // Two servers at once.
    let now = ward.now();
    let (one, two) = tokio::join!(ward.store.expire_alerts(now), ward.store.expire_alerts(now));
    let mut changes = one.expect("expired");
    changes.extend(two.expect("expired"));
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].alert.id, changes[0].alert.state), (snoozed, State::New));
    assert_eq!(ward.store.expire_alerts(now).await.expect("expired"), []);
    let escalated = ward.store.alert(escalated).await.expect("read").expect("an alert");
    assert_eq!(escalated.state, State::Escalated);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_a_batch_runs_out() {
    let ward = Ward::new().await;
    let problems: Vec<String> = (0..230).map(|number| format!("problem-{number}")).collect();
    let says: Vec<Says<'_>> = problems
        .iter()
        .map(|problem| (problem.as_str(), "a-single", Outcome::Yellow, ward.now()))
        .collect();
    ward.screen(&says).await;
    ward.pass(DAY);
    assert_eq!(ward.store.expire_alerts(ward.now()).await.expect("expired").len(), 230);
    assert_eq!(ward.count("select count(*) from alert where expires is not null").await, 0);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_again_there_is_still_one_open() {
    let ward = Ward::new().await;
    let id = ward.alert("heart", Outcome::Yellow).await;
    ward.must(id, &Action::Claim, "ane").await;
    let closed = ward.must(id, &close(), "ane").await.alert;
    // Two at once: one opens it, the other is told which it is.
    let (one, two) = tokio::join!(
        ward.act(id, closed.version, &Action::Reopen, "ane"),
        ward.act(id, closed.version, &Action::Reopen, "bo")
    );
    let (done, lost) = match (one, two) {
        (Acting::Done(done), lost) | (lost, Acting::Done(done)) => (done, lost),
        both => panic!("nobody could: {both:?}"),
    };
    assert_eq!(lost, Acting::Refused(Refusal::AlreadyOpen(done.alert.id)));
    assert_eq!(done.alert.reopened_from, Some(id));
    assert_eq!(ward.store.alert(id).await.expect("read"), Some(closed));
    let open = ward.store.open_alerts(ward.ane).await.expect("alerts");
    assert_eq!(open, [done.alert]);
    ward.world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_has_versions() {
    let ward = Ward::new().await;
    let stored = ward.store.policy().await.expect("a policy");
    assert_eq!((stored.version, &stored.policy), (0, &Policy::default()));
    let stricter = Policy { claim_minutes: 5, ..Policy::default() };
    let lead = nurse("lead");
    let set = ward.store.set_policy(0, &stricter, &lead, ward.now()).await.expect("set");
    let PolicyChange::Set(set) = set else { panic!("{set:?}") };
    assert_eq!((set.version, &set.policy), (1, &stricter));
    assert_eq!((set.set_by.as_deref(), set.set_at), (Some("lead"), Some(ward.now())));
    // Two at once from the same version.
    let looser = Policy { claim_minutes: 60, ..Policy::default() };
    let (one, two) = tokio::join!(
        ward.store.set_policy(1, &looser, &lead, ward.now()),
        ward.store.set_policy(1, &stricter, &lead, ward.now())
    );
    let is_set = |change: &PolicyChange| matches!(change, PolicyChange::Set(_));
    let (one, two) = (one.expect("an answer"), two.expect("an answer"));
    assert!(is_set(&one) != is_set(&two), "{one:?} {two:?}");
    for wrong in [0, 1, 3, 99] {
        let change =
            ward.store.set_policy(wrong, &looser, &lead, ward.now()).await.expect("answer");
        let PolicyChange::Stale(current) = change else { panic!("{wrong} was taken") };
        assert_eq!(current.version, 2);
    }
    // It is in force.
    let minutes = i64::from(ward.store.policy().await.expect("a policy").policy.claim_minutes);
    let id = ward.alert("heart", Outcome::Yellow).await;
    let claimed = ward.must(id, &Action::Claim, "ane").await.alert;
    assert_eq!(claimed.claim_until, Some(Micros(ward.now().0 + minutes * MINUTE)));
    ward.world.end().await;
}
