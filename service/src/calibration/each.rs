//! What each of the two databases with suspicions does, alike in both.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Value, sea_query::Expr,
};

use super::{
    LIST,
    impact::Subject,
    suspicion::{Clearing, Rows, Standing, Suspicion},
};
use crate::{Filter, Repository, Result, Transaction};

/// What the two databases do alike.
macro_rules! suspicions_in {
    ($database:ident) => {
        /// Suspicions of this database.
        pub(super) mod $database {
            use almanac_entity::$database::{suspect, suspicion};

            use super::*;

            impl From<suspicion::Model> for Suspicion {
                fn from(row: suspicion::Model) -> Self {
                    let subject = match row.subject_kind.as_str() {
                        "set" => Subject::Set(row.subject),
                        _ => Subject::Caltable(row.subject),
                    };
                    let cleared = row.cleared_at.map(|at| Clearing {
                        by: row.cleared_by.unwrap_or_default(),
                        at,
                        reason: row.clear_reason,
                    });
                    Self {
                        mark: row.mark,
                        subject,
                        reason: row.reason,
                        marked_by: row.marked_by,
                        marked_at: row.marked_at,
                        cleared,
                    }
                }
            }

            impl<C: ConnectionTrait> Repository<'_, C, suspect::Entity> {
                /// The suspicions that stand on rows of a table, by the rows' keys as text.
                ///
                /// # Errors
                /// The engine fails.
                pub async fn standing(
                    &self,
                    table: &str,
                    keys: &[String],
                ) -> Result<HashMap<String, Vec<Standing>>> {
                    use suspect::Column::{Id, RowKey, TableName};
                    let mut found: HashMap<String, Vec<Standing>> = HashMap::new();
                    for keys in keys.chunks(LIST) {
                        let select = suspect::Entity::find()
                            .find_also_related(suspicion::Entity)
                            .filter(TableName.eq(table))
                            .filter(RowKey.is_in(keys))
                            .filter(suspicion::Column::ClearedAt.is_null())
                            .order_by_asc(Id);
                        for (suspect, suspicion) in select.all(self.connection).await? {
                            let Some(suspicion) = suspicion else { continue };
                            found.entry(suspect.row_key).or_default().push(Standing {
                                suspicion: suspicion.into(),
                                inferred: suspect.inferred,
                            });
                        }
                    }
                    Ok(found)
                }
            }

            /// Suspicions by mark.
            pub(in crate::calibration) async fn by_marks<C: ConnectionTrait>(
                connection: &C,
                marks: &[String],
            ) -> Result<HashMap<String, Suspicion>> {
                let select = suspicion::Entity::find()
                    .filter(suspicion::Column::Mark.is_in(marks))
                    .all(connection);
                let rows = select.await?;
                Ok(rows.into_iter().map(|row| (row.mark.clone(), row.into())).collect())
            }

            /// All suspicions of a calibration, cleared or not, the oldest first.
            pub(in crate::calibration) async fn of_subject<C: ConnectionTrait>(
                connection: &C,
                subject: &Subject,
            ) -> Result<Vec<Suspicion>> {
                use suspicion::Column::{Id, SubjectKind};
                let select = suspicion::Entity::find()
                    .filter(SubjectKind.eq(subject.kind()))
                    .filter(suspicion::Column::Subject.eq(subject.name()))
                    .order_by_asc(Id);
                Ok(select.all(connection).await?.into_iter().map(Into::into).collect())
            }

            /// The newest suspicions, with the numbers of rows under them.
            pub(in crate::calibration) async fn newest<C: ConnectionTrait>(
                connection: &C,
                cleared: bool,
                limit: u64,
            ) -> Result<Vec<(Suspicion, BTreeMap<String, u64>)>> {
                use suspicion::Column::{ClearedAt, Id};
                let mut select = suspicion::Entity::find().order_by_desc(Id).limit(limit);
                if !cleared {
                    select = select.filter(ClearedAt.is_null());
                }
                let rows = select.all(connection).await?;
                let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
                let mut counts = counts(connection, ids).await?;
                let counted = |row: suspicion::Model| {
                    let count = counts.remove(&row.id).unwrap_or_default();
                    (row.into(), count)
                };
                Ok(rows.into_iter().map(counted).collect())
            }

            async fn counts<C: ConnectionTrait>(
                connection: &C,
                suspicions: Vec<i64>,
            ) -> Result<HashMap<i64, BTreeMap<String, u64>>> {
                use suspect::Column::{Id, SuspicionId, TableName};
                let select = suspect::Entity::find()
                    .select_only()
                    .columns([SuspicionId, TableName])
                    .expr(Id.count())
                    .filter(SuspicionId.is_in(suspicions))
                    .group_by(SuspicionId)
                    .group_by(TableName);
                let rows: Vec<(i64, String, i64)> = select.into_tuple().all(connection).await?;
                let mut counts: HashMap<i64, BTreeMap<String, u64>> = HashMap::new();
                for (suspicion, table, count) in rows {
                    counts.entry(suspicion).or_default().insert(table, count.unsigned_abs());
                }
                Ok(counts)
            }

            /// Writes a suspicion, and of `rows` those that are not under it yet; how many, by table.
            pub(in crate::calibration) async fn write(
                transaction: &Transaction,
                suspicion: &Suspicion,
                rows: Rows,
            ) -> Result<BTreeMap<String, u64>> {
                let suspicions = Repository::<_, suspicion::Entity>::new(transaction);
                let find = suspicion::Entity::find()
                    .filter(suspicion::Column::Mark.eq(suspicion.mark.as_str()));
                let id = match find.one(transaction).await? {
                    Some(known) => known.id,
                    None => {
                        let row = suspicion::ActiveModel {
                            mark: Set(suspicion.mark.clone()),
                            subject_kind: Set(suspicion.subject.kind().to_owned()),
                            subject: Set(suspicion.subject.name().to_owned()),
                            reason: Set(suspicion.reason.clone()),
                            marked_by: Set(suspicion.marked_by.clone()),
                            marked_at: Set(suspicion.marked_at),
                            ..Default::default()
                        };
                        suspicions.insert(row).await?.id
                    }
                };
                let suspects = suspicions.on::<suspect::Entity>();
                let mut added = BTreeMap::new();
                for (table, keys) in rows {
                    let known: HashSet<String> = suspect::Entity::find()
                        .select_only()
                        .column(suspect::Column::RowKey)
                        .filter(suspect::Column::SuspicionId.eq(id))
                        .filter(suspect::Column::TableName.eq(table))
                        .into_tuple()
                        .all(transaction)
                        .await?
                        .into_iter()
                        .collect();
                    let new = keys.into_iter().filter(|(key, _)| !known.contains(key));
                    let new = new.map(|(key, inferred)| -> Vec<Value> {
                        vec![id.into(), table.into(), key.into(), inferred.into()]
                    });
                    let new: Vec<Vec<Value>> = new.collect();
                    if !new.is_empty() {
                        use suspect::Column::{Inferred, RowKey, SuspicionId, TableName};
                        let columns = [SuspicionId, TableName, RowKey, Inferred];
                        let count = suspects.insert_values(&columns, new).await?;
                        added.insert(table.to_owned(), count as u64);
                    }
                }
                Ok(added)
            }

            /// Clears a suspicion that stands.
            pub(in crate::calibration) async fn clear(
                transaction: &Transaction,
                mark: &str,
                clearing: &Clearing,
            ) -> Result<u64> {
                use suspicion::Column::{ClearReason, ClearedAt, ClearedBy, Mark};
                let standing = Filter::eq(Mark, mark).and(Filter::Null(ClearedAt, true));
                let set = [
                    (ClearedBy, Expr::val(clearing.by.as_str())),
                    (ClearedAt, Expr::val(f64::from(clearing.at))),
                    (ClearReason, Expr::val(clearing.reason.clone())),
                ];
                let suspicions = Repository::<_, suspicion::Entity>::new(transaction);
                suspicions.update_where(&standing, set).await
            }
        }
    };
}

suspicions_in!(cal_registry);
suspicions_in!(products);
