//! The rows of the catalogue, as the statements have them.

use sea_orm::{FromQueryResult, prelude::Json};
use serde::Deserialize;

#[derive(FromQueryResult)]
pub(super) struct Relation {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) partition: bool,
    pub(super) comment: Option<String>,
    pub(super) definition: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct ColumnRow {
    pub(super) table_name: String,
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) not_null: bool,
    pub(super) identity: String,
    pub(super) generated: String,
    pub(super) expression: Option<String>,
    pub(super) collation: Option<String>,
    pub(super) comment: Option<String>,
    pub(super) serial: bool,
}

#[derive(FromQueryResult)]
#[expect(clippy::struct_excessive_bools, reason = "the catalogue has as many")]
pub(super) struct Constraint {
    pub(super) table_name: String,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) validated: bool,
    pub(super) columns: Option<Json>,
    pub(super) target: Option<String>,
    pub(super) target_elsewhere: Option<bool>,
    pub(super) target_columns: Option<Json>,
    pub(super) on_delete: String,
    pub(super) on_update: String,
    pub(super) match_full: bool,
    pub(super) sets_some: bool,
    pub(super) expression: Option<String>,
    pub(super) include: Option<Json>,
    pub(super) nulls_not_distinct: bool,
}

#[derive(FromQueryResult)]
pub(super) struct IndexRow {
    pub(super) table_name: String,
    pub(super) name: String,
    pub(super) is_unique: bool,
    pub(super) method: String,
    pub(super) nulls_not_distinct: bool,
    pub(super) valid: bool,
    pub(super) predicate: Option<String>,
    pub(super) options: Json,
    pub(super) parts: Json,
}

#[derive(Deserialize)]
pub(super) struct PartRow {
    pub(super) column: Option<String>,
    pub(super) sql: String,
    pub(super) key: bool,
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
    pub(super) collation: Option<String>,
    pub(super) opclass: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct EnumRow {
    pub(super) name: String,
    pub(super) labels: Json,
}

#[derive(FromQueryResult)]
pub(super) struct TriggerRow {
    pub(super) name: String,
    pub(super) table_name: String,
    pub(super) definition: String,
}

#[derive(FromQueryResult)]
pub(super) struct BeyondRow {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) table_name: Option<String>,
    pub(super) definition: Option<String>,
}
