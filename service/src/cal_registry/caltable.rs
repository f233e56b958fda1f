//! Calibration tables: which are valid when, and their registration in sets.

use almanac_entity::{
    UnixTime,
    cal_registry::{CaltableStatus, CaltableType, caltable},
};
use caltable::Column::{
    Active, CreatedAt, Id, Notes, OrderIndex, SetName, SourceMsPath, Status, TableType,
    ValidEndMjd, ValidStartMjd,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{BinOper, Expr, ExprTrait, Func, NullOrdering, SimpleExpr},
};

use crate::{Comparison, Error, Filter, Repository, Result, Writable};

/// A set of calibration tables from one solve.
#[derive(Clone, Debug, PartialEq)]
pub struct CaltableSet {
    /// Its name.
    pub set_name: String,
    /// Number of its tables, whatever their status.
    pub tables: u64,
    /// Number of its tables that are active.
    pub active: u64,
    /// The smallest `order_index` of its tables.
    pub min_order_index: i32,
    /// When its newest table was registered.
    pub created_at: UnixTime,
}

/// Whether the validity window of `table` contains `mjd`: both ends belong to it, and an end that is null
/// is open.
pub fn contains(table: &caltable::Model, mjd: f64) -> bool {
    table.valid_start_mjd.is_none_or(|start| start <= mjd)
        && table.valid_end_mjd.is_none_or(|end| end >= mjd)
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// The active tables whose window contains `mjd`, of one type or of all, newest first.
    ///
    /// # Errors
    /// `mjd` is not a finite number, or the engine fails.
    pub async fn find_valid_for_mjd(
        &self,
        mjd: f64,
        table_type: Option<&CaltableType>,
    ) -> Result<Vec<caltable::Model>> {
        check_mjd("mjd", mjd)?;
        let mut select = caltable::Entity::find().filter(valid_between(mjd, mjd));
        if let Some(table_type) = table_type {
            select = select.filter(TableType.eq(table_type.clone()));
        }
        Ok(select.order_by_desc(CreatedAt).order_by_desc(Id).all(self.connection).await?)
    }

    /// The active tables whose window meets the time from `from_mjd` to `to_mjd`, both included, in the
    /// order of application and then of registration: for times of many rows at once, which
    /// [`contains`] then tells apart.
    ///
    /// # Errors
    /// A bound is not a finite number, `from_mjd` lies behind `to_mjd`, or the engine fails.
    pub async fn valid_between(&self, from_mjd: f64, to_mjd: f64) -> Result<Vec<caltable::Model>> {
        check_range(from_mjd, to_mjd)?;
        let select = caltable::Entity::find().filter(valid_between(from_mjd, to_mjd));
        Ok(select.order_by_asc(OrderIndex).order_by_asc(Id).all(self.connection).await?)
    }

    /// The tables, whatever their status, whose window meets the time from `from_mjd` to `to_mjd`, both
    /// included, by the start of their windows; those open at the start come last. At most `limit`.
    ///
    /// # Errors
    /// As [`valid_between`](Self::valid_between).
    pub async fn timeline(
        &self,
        from_mjd: f64,
        to_mjd: f64,
        limit: u64,
    ) -> Result<Vec<caltable::Model>> {
        check_range(from_mjd, to_mjd)?;
        let select = caltable::Entity::find()
            .filter(window_meets(from_mjd, to_mjd))
            .order_by_with_nulls(ValidStartMjd, Order::Asc, NullOrdering::Last)
            .order_by_asc(OrderIndex)
            .order_by_asc(Id)
            .limit(limit);
        Ok(select.all(self.connection).await?)
    }

    /// The tables solved on a measurement set, whatever their status, in the order of application.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_for_ms(&self, ms_path: &str) -> Result<Vec<caltable::Model>> {
        let select = caltable::Entity::find().filter(SourceMsPath.eq(ms_path));
        Ok(select.order_by_asc(OrderIndex).order_by_asc(Id).all(self.connection).await?)
    }

    /// The tables of a set, whatever their status, in the order of application.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_set(&self, set_name: &str) -> Result<Vec<caltable::Model>> {
        let select = caltable::Entity::find().filter(SetName.eq(set_name));
        Ok(select.order_by_asc(OrderIndex).order_by_asc(Id).all(self.connection).await?)
    }

    /// Every set, the one with the newest table first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_sets(&self) -> Result<Vec<CaltableSet>> {
        let active = Expr::case(Status.eq(CaltableStatus::Active), Id.into_expr());
        let select = caltable::Entity::find()
            .select_only()
            .column(SetName)
            .expr(Id.count())
            .expr(Func::count(active))
            .expr(OrderIndex.min())
            .expr(CreatedAt.max())
            .group_by(SetName)
            .order_by(CreatedAt.max(), Order::Desc)
            .order_by_asc(SetName);
        let sets: Vec<(String, i64, i64, i32, UnixTime)> =
            select.into_tuple().all(self.connection).await?;
        let set = |(set_name, tables, active, min_order_index, created_at): (_, i64, i64, _, _)| {
            CaltableSet {
                set_name,
                tables: tables.unsigned_abs(),
                active: active.unsigned_abs(),
                min_order_index,
                created_at,
            }
        };
        Ok(sets.into_iter().map(set).collect())
    }
}

impl<C: Writable> Repository<'_, C, caltable::Entity> {
    /// Takes every table of a set out of use: their status becomes `retired`, and the reason is added to
    /// their notes. Tables that were retired before stay as they are. Returns how many it took.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn retire_set(&self, set_name: &str, reason: Option<&str>) -> Result<u64> {
        self.retire_tables(&Filter::eq(SetName, set_name), reason).await
    }

    /// Takes the tables that `filter` lets through out of use, as [`retire_set`](Self::retire_set) does.
    pub(super) async fn retire_tables(
        &self,
        filter: &Filter<caltable::Entity>,
        reason: Option<&str>,
    ) -> Result<u64> {
        let in_use = Filter::All(vec![
            filter.clone(),
            Filter::Compare(Status, Comparison::Ne, CaltableStatus::Retired.into()),
        ]);
        let mut set =
            vec![(Status, Expr::value(CaltableStatus::Retired)), (Active, Expr::value(false))];
        if let Some(reason) = reason {
            let concat = BinOper::Custom("||");
            let notes = Func::coalesce([Expr::col(Notes).binary(concat, " "), "".into()]);
            let reason = format!("Retired: {reason}");
            set.push((Notes, SimpleExpr::from(notes).binary(concat, reason)));
        }
        self.update_where(&in_use, set).await
    }
}

/// Active tables whose window meets the time from `first` to `last`.
pub(crate) fn valid_between(first: f64, last: f64) -> Condition {
    window_meets(first, last).add(is_active())
}

/// Tables whose window meets the time from `first` to `last`.
fn window_meets(first: f64, last: f64) -> Condition {
    Condition::all()
        .add(Condition::any().add(ValidStartMjd.is_null()).add(ValidStartMjd.lte(last)))
        .add(Condition::any().add(ValidEndMjd.is_null()).add(ValidEndMjd.gte(first)))
}

/// Active tables. Behind a function, so that the planner does not take the index on the status, which
/// nearly every table meets, for the one on the window.
pub(super) fn is_active() -> SimpleExpr {
    let status = Func::coalesce([Status.into_expr(), CaltableStatus::Active.as_str().into()]);
    SimpleExpr::from(status).eq(CaltableStatus::Active.as_str())
}

fn check_range(from_mjd: f64, to_mjd: f64) -> Result<()> {
    check_mjd("from_mjd", from_mjd)?;
    check_mjd("to_mjd", to_mjd)?;
    if from_mjd > to_mjd {
        let message = format!("MJD {from_mjd} lies behind to_mjd, which is {to_mjd}");
        return Err(Error::invalid("from_mjd", message));
    }
    Ok(())
}

pub(super) fn check_mjd(argument: &str, mjd: f64) -> Result<()> {
    if mjd.is_finite() {
        return Ok(());
    }
    Err(Error::invalid(argument, format!("{mjd} is not a finite number")))
}

#[cfg(test)]
mod tests {
    use almanac_entity::Database;
    use sea_orm::{DbBackend, QueryTrait, Statement};
    use sea_orm_migration::MigratorTraitSelf;

    use super::*;
    use crate::Sessions;

    #[tokio::test]
    async fn the_index_on_the_window_is_used() {
        let writer = Sessions::in_memory().writer(Database::CalRegistry).await.unwrap();
        migration_cal_registry::revisions().up(writer.connection(), None).await.unwrap();
        let select = caltable::Entity::find().filter(valid_between(60_000.5, 60_000.5));
        let sql = select.build(DbBackend::Sqlite).to_string();
        let explain =
            Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
        let plan = writer.query_all_raw(explain).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.try_get_by_index(3).unwrap()).collect();
        assert!(plan.iter().any(|step| step.contains("idx_caltables_valid")), "{plan:?}");
    }
}
