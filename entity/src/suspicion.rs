//! Suspicions about calibrations and the rows they touch, which two databases have alike.

/// The modules of a database's suspicions and of the rows under them.
macro_rules! suspicions {
    () => {
        /// Suspicions about calibrations.
        pub mod suspicion {
            use crate::prelude::*;

            /// A calibration that somebody holds to be suspect, and with it all that it touched. Every
            /// database with rows that it touched has the suspicion under the same mark.
            #[sea_orm::model]
            #[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
            #[sea_orm(table_name = "calibration_suspicions")]
            pub struct Model {
                /// Number of the suspicion in this database.
                #[sea_orm(primary_key)]
                pub id: i64,
                /// Its name, the same in all databases.
                #[sea_orm(unique, column_type = "Text")]
                pub mark: String,
                /// What is suspect: `set` for a set of calibration tables, `caltable` for one table.
                #[sea_orm(column_type = "Text")]
                pub subject_kind: String,
                /// Name of the set, or path of the table.
                #[sea_orm(column_type = "Text")]
                pub subject: String,
                /// Why it is suspect.
                #[sea_orm(column_type = "Text")]
                pub reason: String,
                /// Who holds it to be suspect.
                #[sea_orm(column_type = "Text")]
                pub marked_by: String,
                /// When it was marked.
                pub marked_at: UnixTime,
                /// Who cleared it.
                #[sea_orm(column_type = "Text")]
                pub cleared_by: Option<String>,
                /// When it was cleared; null while it stands.
                pub cleared_at: Option<UnixTime>,
                /// Why it was cleared.
                #[sea_orm(column_type = "Text")]
                pub clear_reason: Option<String>,
                /// The rows under it.
                #[sea_orm(has_many)]
                pub suspects: HasMany<super::suspect::Entity>,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }

        /// Rows under suspicion.
        pub mod suspect {
            use crate::prelude::*;

            /// A row of this database that a suspect calibration touched.
            #[sea_orm::model]
            #[cfg_attr(feature = "graphql", derive(Documented, DocumentedFields))]
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, Deserialize)]
            #[sea_orm(table_name = "calibration_suspects")]
            pub struct Model {
                /// Number of the mark in this database.
                #[sea_orm(primary_key)]
                pub id: i64,
                /// The suspicion it is under.
                #[sea_orm(unique_key = "suspect")]
                pub suspicion_id: i64,
                /// The table of the row.
                #[sea_orm(unique_key = "suspect", column_type = "Text")]
                pub table_name: String,
                /// The row's primary key, as text.
                #[sea_orm(unique_key = "suspect", column_type = "Text")]
                pub row_key: String,
                /// Whether nobody recorded that the calibration was applied, and it is the one that
                /// would be chosen.
                #[sea_orm(default_value = false)]
                pub inferred: bool,
                /// The suspicion it is under.
                #[sea_orm(belongs_to, from = "suspicion_id", to = "id")]
                pub suspicion: BelongsTo<super::suspicion::Entity>,
            }

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}
