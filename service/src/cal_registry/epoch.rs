//! How observations were calibrated.

use std::collections::HashMap;

use almanac_entity::cal_registry::{calibration_applied, caltable};
use caltable::Column::{OrderIndex, Path};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::caltable::{contains, valid_between};
use crate::{Repository, Result};

/// Values in one `IN` list.
const LIST: usize = 900;
/// Tables looked at, at the most.
const TABLES: u64 = 20_000;

/// A calibration table that was applied to a measurement set.
#[derive(Clone, Debug, PartialEq)]
pub struct AppliedCaltable {
    /// The application.
    pub application: calibration_applied::Model,
    /// The table; none where the registry has lost it.
    pub caltable: Option<caltable::Model>,
}

/// How one observation was calibrated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EpochCalibration {
    /// The tables that were applied to it, in the order of application.
    pub applied: Vec<AppliedCaltable>,
    /// The active tables that are valid at its middle, in the order of application.
    pub valid: Vec<caltable::Model>,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// For measurement sets, given by path and middle (MJD), how they were calibrated; by path. Three
    /// statements, however many there are up to 900.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn calibrations_of(
        &self,
        observed: &[(String, Option<f64>)],
    ) -> Result<HashMap<String, EpochCalibration>> {
        let mut applications = Vec::new();
        for chunk in observed.chunks(LIST) {
            let paths = chunk.iter().map(|(path, _)| path.as_str());
            let select = calibration_applied::Entity::find()
                .filter(calibration_applied::Column::MsPath.is_in(paths))
                .order_by_asc(calibration_applied::Column::Id);
            applications.extend(select.all(self.connection).await?);
        }
        let tables = self.by_paths(&applications).await?;
        let valid = self.valid_within(observed).await?;
        let mut calibrations = HashMap::with_capacity(observed.len());
        for (path, mid_mjd) in observed {
            let is_valid =
                |table: &&caltable::Model| mid_mjd.is_some_and(|mjd| contains(table, mjd));
            let valid = valid.iter().filter(is_valid).cloned().collect();
            calibrations.insert(path.clone(), EpochCalibration { applied: Vec::new(), valid });
        }
        for application in applications {
            let caltable = tables.get(&application.caltable_path).cloned();
            if let Some(calibration) = calibrations.get_mut(&application.ms_path) {
                calibration.applied.push(AppliedCaltable { application, caltable });
            }
        }
        for calibration in calibrations.values_mut() {
            calibration.applied.sort_by_key(|applied| {
                let order = applied.caltable.as_ref().map_or(i32::MAX, |table| table.order_index);
                (order, applied.application.id)
            });
        }
        Ok(calibrations)
    }

    async fn by_paths(
        &self,
        applications: &[calibration_applied::Model],
    ) -> Result<HashMap<String, caltable::Model>> {
        let mut paths: Vec<&str> =
            applications.iter().map(|application| application.caltable_path.as_str()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut tables = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(LIST) {
            let select = caltable::Entity::find().filter(Path.is_in(chunk.iter().copied()));
            let found = select.all(self.connection).await?;
            tables.extend(found.into_iter().map(|table| (table.path.clone(), table)));
        }
        Ok(tables)
    }

    /// The active tables whose window meets the time that the observations span.
    async fn valid_within(
        &self,
        observed: &[(String, Option<f64>)],
    ) -> Result<Vec<caltable::Model>> {
        let times = || observed.iter().filter_map(|(_, mid_mjd)| *mid_mjd);
        let (first, last) = (times().reduce(f64::min), times().reduce(f64::max));
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        let select = caltable::Entity::find()
            .filter(valid_between(first, last))
            .order_by_asc(OrderIndex)
            .order_by_asc(caltable::Column::Id)
            .limit(TABLES);
        Ok(select.all(self.connection).await?)
    }
}
