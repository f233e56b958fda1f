//! What an area of the graph shows of its mutations, and how it is looked at.

use std::{future::Future, pin::Pin};

use almanac_service::access::{Access, Operation, Principal, Role};

use crate::{
    dump::{self, Dump},
    support::Engine,
    world::World,
};

/// Mutations that are about the same rows.
pub(crate) struct Area {
    /// Makes the rows that the examples are about, in databases that are empty.
    pub(crate) fill: fn(&World) -> Pin<Box<dyn Future<Output = ()> + '_>>,
    /// Its examples; they run one after the other, each upon what the one before has left.
    pub(crate) examples: &'static [Example],
}

/// A mutation as it is accepted and as it is refused.
pub(crate) struct Example {
    pub(crate) operation: Operation,
    /// A mutation that changes something, whole: `mutation { … }`.
    pub(crate) accepted: &'static str,
    /// A mutation that is refused.
    pub(crate) refused: &'static str,
    /// The code of the refusal.
    pub(crate) code: &'static str,
}

/// Runs all examples of an area on an engine.
pub(crate) async fn run(area: &Area, engine: Engine) {
    let world = World::new(engine).await;
    (area.fill)(&world).await;
    for example in area.examples {
        example.run(&world).await;
    }
}

impl Example {
    async fn run(&self, world: &World) {
        let name = self.operation.name();
        let least = self.operation.least_role();
        assert!(self.accepted.contains(&name) && self.refused.contains(&name), "{name}");

        let before = dump::of(&world.sessions).await;
        let anonymous =
            [(Access::Local, "UNAUTHENTICATED"), (Access::Anonymous, "UNAUTHENTICATED")];
        let known = Role::ALL.map(|role| {
            let code = if role < least { "FORBIDDEN" } else { self.code };
            (Access::Known(Principal::new("somebody", role)), code)
        });
        for (access, code) in anonymous.into_iter().chain(known) {
            let document = if code == self.code { self.refused } else { self.accepted };
            let got = world.mutate(document, access.clone()).await.unwrap_err();
            assert_eq!(got.code, code, "{name} by {access:?}: {}", got.message);
        }
        let unchanged = dump::of(&world.sessions).await;
        assert_eq!(before, unchanged, "{name}: a refusal changed something");

        let somebody = Principal::new("ada", least);
        let done = world.mutate(self.accepted, Access::Known(somebody.clone())).await;
        let done = done.unwrap_or_else(|error| panic!("{name}: {} {}", error.code, error.message));
        let after = dump::of(&world.sessions).await;
        self.every_change_is_recorded(&before, &after, &somebody);
        if let Some(told) = done[&name]["auditRecordIds"].as_array() {
            let told = told.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
            assert_eq!(dump::audit_record_ids(&before, &after), told, "{name}");
        }
    }

    fn every_change_is_recorded(&self, before: &Dump, after: &Dump, somebody: &Principal) {
        let name = self.operation.name();
        let changed = dump::changed(before, after);
        assert!(!changed.is_empty(), "{name} changed nothing");
        let records = dump::records(before, after);
        for change in &changed {
            assert!(records.contains_key(change), "{name}: no record of {change:?}");
        }
        for (change, record) in &records {
            assert!(changed.contains(change), "{name}: a record of {change:?}, which is as it was");
            assert_eq!(record.actor, somebody.name, "{name}");
            if let Some(operation) = &record.operation {
                assert_eq!(*operation, name);
            }
        }
    }
}
