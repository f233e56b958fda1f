//! What holds of any schema, and of any two.

use migration_schema::{Engine, reflect, statements};

use crate::support::{
    memory::empty,
    property::holds,
    random::schema,
    way::{made_again, run, there_and_back},
};

#[test]
fn what_is_read_can_be_made_again() {
    holds(32, &schema(Engine::Sqlite, &[]), async |schema| {
        let (one, other) = (empty().await, empty().await);
        made_again((&one, "main"), (&other, "main"), &schema).await
    });
}

#[test]
fn a_plan_leads_there_and_back_and_keeps_rows() {
    let two = (schema(Engine::Sqlite, &[]), schema(Engine::Sqlite, &[]));
    holds(32, &two, async |(actual, desired)| {
        let (live, model) = (empty().await, empty().await);
        run(&live, &statements(&actual)).await?;
        run(&model, &statements(&desired)).await?;
        let desired = reflect(&model, "main").await.map_err(|error| error.to_string())?;
        there_and_back(&live, "main", &desired).await
    });
}
