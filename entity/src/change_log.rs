//! The change log, which seven of the databases have alike. AstrID has an audit log of its own.

/// The module of a database's change log.
macro_rules! change_log {
    () => {
        /// The change log.
        pub mod change_log {
            use crate::prelude::*;

            /// A change of a row that somebody made: who, when, and what the row was before and after.
            #[sea_orm::model]
            #[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
            #[sea_orm(table_name = "change_log")]
            pub struct Model {
                /// Number of the change in this database.
                #[sea_orm(primary_key)]
                pub id: i64,
                /// What binds the changes of one piece of work together, across databases: a UUID.
                #[sea_orm(column_type = "Text")]
                pub change_set: String,
                /// The operation, by the name of its mutation.
                #[sea_orm(column_type = "Text")]
                pub operation: String,
                /// Who did it: the name of a token.
                #[sea_orm(column_type = "Text")]
                pub actor: String,
                /// The role they had.
                #[sea_orm(column_type = "Text")]
                pub role: String,
                /// The request in the course of which it was done.
                #[sea_orm(column_type = "Text")]
                pub request_id: Option<String>,
                /// When it was done. The same instant for all changes of one piece of work.
                pub changed_at: UnixTime,
                /// The table of the row. Of work in several databases, a line of `change_log` itself names them all.
                #[sea_orm(column_type = "Text")]
                pub table_name: String,
                /// The row's primary key; of several columns, a JSON list.
                #[sea_orm(column_type = "Text")]
                pub row_key: String,
                /// What was done: `insert`, `update` or `delete`.
                #[sea_orm(column_type = "Text")]
                pub verb: String,
                /// Before: the changed columns, or the whole of a deleted row. Null for a new row.
                pub before: Option<JsonText>,
                /// After: the changed columns, or the whole of a new row. Null for a deleted row.
                pub after: Option<JsonText>,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}
