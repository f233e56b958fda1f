//! What the rows of this database have in common.

use chrono::{DateTime, SubsecRound, Utc};
use migration_support::prelude::*;
use sea_orm_migration::prelude::{Expr, ExprTrait};
use uuid::{Uuid, uuid};

/// Where the ids of rows that revisions write come from: every installation has the same.
const NAMESPACE: Uuid = uuid!("eadebc49-4e3d-5f35-8d4d-ccd3cc41cb26");

/// The primary key of every table.
pub(crate) fn id() -> Column {
    uuid("id").primary_key()
}

/// When a row was made.
pub(crate) fn created_at() -> Column {
    timestamp("created_at").not_null().default("now")
}

/// When a row was made, and when it was changed last.
pub(crate) fn instants() -> [Column; 2] {
    [created_at(), timestamp("updated_at").not_null().default("now")]
}

/// The id of the row called `name` among those of a `kind`.
pub(crate) fn id_of(kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{kind}:{name}").as_bytes())
}

/// The present instant, as precise as PostgreSQL keeps one.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// The text of a JSON document as a value to be inserted.
pub(crate) fn document(backend: DbBackend, text: impl Into<Option<String>>) -> Expr {
    let text = Expr::val(text.into());
    if backend == DbBackend::Postgres { text.cast_as("jsonb") } else { text }
}

/// A JSON column as the text of its document.
pub(crate) fn text_of(backend: DbBackend, column: &'static str) -> Expr {
    let column = Expr::col(column);
    if backend == DbBackend::Postgres { column.cast_as("text") } else { column }
}

#[cfg(test)]
mod tests {
    use super::{NAMESPACE, id_of};
    use uuid::Uuid;

    #[test]
    fn ids_are_those_of_every_installation() {
        let namespace =
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://github.com/Lawrence908/AstrID");
        assert_eq!(namespace, NAMESPACE);
        for (kind, name, id) in [
            ("survey", "HST", "85bea485-3822-5774-80fe-47b679f65800"),
            ("survey", "PS1", "4477d282-7370-51e7-89c5-dd455e0276d8"),
            ("survey", "LEGACY", "4d05c6bc-c077-55b1-85a5-31abd9a0764b"),
            (
                "system_config",
                "survey_config:hst_galaxy_survey",
                "8e8c4894-be0d-5a9d-9d8f-e14ff84bbd99",
            ),
            ("system_config", "jobs.policy", "1236e89f-89b9-5ceb-9faa-2fcb81fcf1f8"),
            ("system_config", "backup.policy", "ebbf711f-e6cf-5474-842f-effa09ac3c4e"),
        ] {
            assert_eq!(id_of(kind, name).to_string(), id, "{kind}:{name}");
        }
    }
}
