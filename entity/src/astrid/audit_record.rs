//! The audit log.

use crate::prelude::*;

/// A change of a row: who changed what and when. Never changed or deleted.
#[sea_orm::model]
#[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was changed: a table in the singular, or `schema`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub entity_type: String,
    /// The row changed; the parent run for many rows at once; the nil UUID for `schema`.
    pub entity_id: Uuid,
    /// What was done, such as `observation.ingest`.
    #[sea_orm(column_type = "String(StringLen::N(50))")]
    pub action: String,
    /// Who did it: a user, or `system:` and a component.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub user_id: Option<String>,
    /// The changed columns before. Null for a new row.
    #[sea_orm(column_type = "JsonBinary")]
    pub old_values: Option<Json>,
    /// The changed columns after. Null for a deleted row.
    #[sea_orm(column_type = "JsonBinary")]
    pub new_values: Option<Json>,
    /// The change in one line.
    #[sea_orm(column_type = "Text")]
    pub change_summary: Option<String>,
    /// Address of the caller, IPv4 or IPv6.
    #[sea_orm(column_type = "String(StringLen::N(45))")]
    pub ip_address: Option<String>,
    /// Program of the caller.
    #[sea_orm(column_type = "Text")]
    pub user_agent: Option<String>,
    /// When it was done. The same instant for all records of one transaction.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
