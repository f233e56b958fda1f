//! Calibration tables.

mod apply_list;
mod calibration_applied;
mod calibration_fence;
mod caltable_changes;
mod caltable_sets;

pub use apply_list::{ApplyList, ApplyMethod, Calibration};
pub use calibration_applied::CalibrationApplied;
pub use calibration_fence::CalibrationFence;
pub use caltable_changes::*;
pub use caltable_sets::*;

use std::sync::Arc;

use almanac_entity::{Database, cal_registry::caltable, products::ms_index};
use almanac_service::{Comparison, Filter, Order, PageRequest, Repository, Row};
use sea_orm::Value;

use super::{
    connection::selected_columns,
    context::{Context, ContextExt},
    error::Result,
    loader::Siblings,
    object::Object,
    products::MeasurementSet,
};

table! { Caltable shows cal_registry::caltable;
    /// The measurement set it was solved from.
    one source_measurement_set: MeasurementSet, SourceMsPath => Path;
    /// When it was applied, and how that went.
    many applications: CalibrationApplied, Path => CaltablePath;
    /// The solving of its set that science data waited for.
    many calibration_fences: CalibrationFence, SetName => SetName;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}

/// Tables read for one page of measurement sets, at the most.
const TABLES_OF_A_PAGE: u64 = 20_000;

/// The calibration tables valid at the middle of one of `measurement_sets`, which are read for all of
/// them at once: those whose window meets the time that the measurement sets span.
pub(crate) async fn valid_for_measurement_sets(
    ctx: &Context<'_>,
    measurement_sets: &Siblings<ms_index::Entity>,
    index: usize,
) -> Result<Vec<Caltable>> {
    use caltable::Column::{OrderIndex, Status, ValidEndMjd, ValidStartMjd};
    let mid_time = |row: &Row<_>| row.float(ms_index::Column::MidMjd);
    let Some(mjd) = mid_time(&measurement_sets.rows[index]) else { return Ok(Vec::new()) };
    let mut columns = selected_columns::<caltable::Entity>(ctx.field().selection_set());
    columns.extend([ValidStartMjd, ValidEndMjd]);
    let edge = format!("caltables {columns:?}");
    let tables = measurement_sets
        .once(
            edge,
            Box::pin(async {
                let times = || measurement_sets.rows.iter().filter_map(mid_time);
                let (first, last) = times()
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), mjd| {
                        (first.min(mjd), last.max(mjd))
                    });
                let filter = Filter::eq(Status, "active")
                    .and(open_or(ValidStartMjd, Comparison::Lte, last))
                    .and(open_or(ValidEndMjd, Comparison::Gte, first));
                let request = PageRequest::new(filter, [Order::asc(OrderIndex)], TABLES_OF_A_PAGE);
                let reader = ctx.sessions().reader(Database::CalRegistry).await?;
                let page = Repository::<_, caltable::Entity>::new(&reader)
                    .list_rows(&request, &columns)
                    .await?;
                let rows = page.rows.into_iter().map(|(_, row)| row).collect();
                Ok(Arc::new(Siblings::<caltable::Entity>::new(rows)))
            }),
        )
        .await?;
    let is_valid = |row: &Row<caltable::Entity>| {
        row.float(ValidStartMjd).is_none_or(|start| start <= mjd)
            && row.float(ValidEndMjd).is_none_or(|end| end >= mjd)
    };
    let valid = (0..tables.rows.len()).filter(|index| is_valid(&tables.rows[*index]));
    Ok(valid.map(|index| Object::new(tables.clone(), index)).collect())
}

/// The column is null, which stands for an open window, or compares so.
fn open_or(column: caltable::Column, comparison: Comparison, mjd: f64) -> Filter<caltable::Entity> {
    Filter::Any(vec![
        Filter::Null(column, true),
        Filter::Compare(column, comparison, Value::from(mjd)),
    ])
}
