//! Registered systems: what they do and what is done to them.

use jsonwebtoken::Algorithm;
use pulsvagt::audit::Outcome;

use super::{entries, store};
use crate::machines::Machine;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_changes_of_clients_leave_entries() {
    let world = World::new().await;
    let machine = Machine::register(&world, Algorithm::ES384, "gateway", "system/*.crus").await;
    let id = &machine.client.id;
    let assertion = machine.assertion();
    machine.exchange(&world, &assertion, "system/*.crus").await.expect(200);
    machine.exchange(&world, &assertion, "system/*.crus").await.expect(401);
    machine.exchange(&world, "not.an.assertion", "system/*.crus").await.expect(401);
    let store = store(&world, "0330").await;
    let now = world.clock.now();
    assert!(store.replace_client_keys(id, &machine.client.keys, now).await.expect("asked"));
    let certificates = [pulsvagt::access::Thumbprint::of(b"a certificate")];
    let replaced = store.replace_client_certificates(id, &certificates, now).await;
    assert!(replaced.expect("asked"));
    machine.exchange(&world, &machine.assertion(), "system/*.crus").await.expect(401);
    assert!(store.revoke_client(id, now).await.expect("asked"));
    assert!(!store.revoke_client(id, now).await.expect("asked"), "revoked already");

    let mut found = entries(&world, "0330").await;
    found.retain(|entry| entry.actor.role != "admin");
    found.reverse();
    let told: Vec<_> = found
        .iter()
        .map(|entry| (entry.operation.as_str(), entry.actor.role.as_str(), entry.outcome))
        .collect();
    assert_eq!(
        told,
        [
            ("add-client", "system", Outcome::Success),
            ("token", "gateway", Outcome::Success),
            // The same assertion once more; who sent the one that is none is not known.
            ("token", "gateway", Outcome::Refused),
            ("replace-client-keys", "system", Outcome::Success),
            ("replace-client-certificates", "system", Outcome::Success),
            // It did not show the certificate.
            ("token", "gateway", Outcome::Refused),
            ("revoke-client", "system", Outcome::Success),
        ]
    );
    assert_eq!(found[1].actor.client.as_deref(), Some(id.as_str()));
    assert!(!found[1].request.is_empty() && found[1].citizens.is_empty());
    assert_eq!(found[6].resources[0].id, id.as_str());
    world.end().await;
}
