//! The triggers of a file, put aside while its tables change: none of them is to see what is not the pipeline's doing.

use migration_schema::{Schema, Table, quoted};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{Result, report::Broken, sql::execute};

/// Triggers put aside, and what worked before.
pub(crate) struct Aside {
    triggers: Vec<String>,
    broken: Vec<Broken>,
}

impl Aside {
    /// Takes the triggers of a file away.
    pub(crate) async fn put(transaction: &DatabaseTransaction, file: &Schema) -> Result<Self> {
        let broken = broken(transaction, file).await;
        for trigger in &file.triggers {
            execute(transaction, &format!("DROP TRIGGER {}", quoted(&trigger.name))).await?;
        }
        let triggers = file.triggers.iter().map(|trigger| trigger.definition.sql.clone()).collect();
        Ok(Self { triggers, broken })
    }

    /// Puts them back as they were.
    pub(crate) async fn back(&self, transaction: &DatabaseTransaction) -> Result<()> {
        for trigger in &self.triggers {
            execute(transaction, trigger).await?;
        }
        Ok(())
    }

    /// Views and triggers of a file that worked before, and do not any more.
    pub(crate) async fn broken_since(
        &self,
        transaction: &DatabaseTransaction,
        file: &Schema,
    ) -> Vec<Broken> {
        let before = |one: &Broken| self.broken.iter().any(|other| other.name == one.name);
        broken(transaction, file).await.into_iter().filter(|one| !before(one)).collect()
    }
}

/// Views that cannot be read, and tables whose triggers do not let rows change.
async fn broken<C: ConnectionTrait>(connection: &C, file: &Schema) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut try_out = async |kind: &str, name: &str, sql: String| {
        if let Err(error) = execute(connection, &format!("EXPLAIN {sql}")).await {
            let (kind, name, reason) = (kind.to_owned(), name.to_owned(), error.to_string());
            broken.push(Broken { kind, name, reason });
        }
    };
    for view in &file.views {
        try_out("view", &view.name, format!("SELECT * FROM {}", quoted(&view.name))).await;
    }
    for trigger in &file.triggers {
        let Some(table) = file.table(&trigger.table) else { continue };
        for change in changes(table) {
            try_out("trigger", &trigger.name, change).await;
        }
    }
    broken.dedup_by(|one, other| one.name == other.name);
    broken
}

/// Statements that every trigger of a table answers to one of.
fn changes(table: &Table) -> [String; 3] {
    let name = quoted(&table.name);
    let columns = table.columns.iter().filter(|column| column.generated.is_none());
    let same = columns.map(|column| format!("{0} = {0}", quoted(&column.name)));
    let same = same.collect::<Vec<_>>().join(", ");
    [
        format!("INSERT INTO {name} DEFAULT VALUES"),
        format!("UPDATE {name} SET {same}"),
        format!("DELETE FROM {name}"),
    ]
}
