//! How observations were calibrated.

use std::collections::{BTreeMap, HashMap};

use almanac_entity::{
    Table,
    cal_registry::{calibration_applied, caltable},
};
use almanac_service::{Row, cal_registry::EpochCalibration as Calibration};
use async_graphql::SimpleObject;

use crate::graphql::{
    Object,
    cal_registry::{CalibrationApplied, Caltable},
    node::objects,
};

/// How one observation was calibrated.
#[derive(Clone, Debug, SimpleObject)]
pub struct EpochCalibration {
    /// The calibration tables that were applied to the measurement set, in the order of application.
    applied: Vec<AppliedTable>,
    /// The calibration tables that are active and valid at its middle, in the order of application.
    valid: Vec<Caltable>,
}

/// A calibration table that was applied.
#[derive(Clone, Debug, SimpleObject)]
pub struct AppliedTable {
    /// The application.
    application: CalibrationApplied,
    /// The table; null where the registry has lost it.
    caltable: Option<Caltable>,
}

/// Calibrations by measurement set, as the graph shows them. Their rows stand together, so that an edge is followed for all of
/// them at once.
pub(super) fn shown(
    calibrations: &HashMap<String, Calibration>,
) -> HashMap<String, EpochCalibration> {
    let mut tables: BTreeMap<i64, &caltable::Model> = BTreeMap::new();
    let mut applications: BTreeMap<i64, &calibration_applied::Model> = BTreeMap::new();
    for calibration in calibrations.values() {
        tables.extend(calibration.valid.iter().map(|table| (table.id, table)));
        for applied in &calibration.applied {
            applications.insert(applied.application.id, &applied.application);
            tables.extend(applied.caltable.iter().map(|table| (table.id, table)));
        }
    }
    let table_objects = together::<caltable::Entity>(&tables);
    let application_objects = together::<calibration_applied::Entity>(&applications);
    let shown = calibrations.iter().map(|(path, calibration)| {
        let applied = calibration.applied.iter().map(|applied| AppliedTable {
            application: application_objects[&applied.application.id].clone(),
            caltable: applied.caltable.as_ref().map(|table| table_objects[&table.id].clone()),
        });
        let valid = calibration.valid.iter().map(|table| table_objects[&table.id].clone());
        let shown = EpochCalibration { applied: applied.collect(), valid: valid.collect() };
        (path.clone(), shown)
    });
    shown.collect()
}

/// The objects of rows that stand together, by number.
fn together<E: Table>(rows: &BTreeMap<i64, &E::Model>) -> HashMap<i64, Object<E>> {
    let objects = objects::<E>(rows.values().map(|row| Row::<E>::of_model(row)).collect());
    rows.keys().copied().zip(objects).collect()
}
