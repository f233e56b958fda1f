//! Writing what the plan says.

use almanac_entity::calibrators::{
    CalibratorHistoryOrigin, bandpass_calibrator, bandpass_calibrator_history,
};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};

use super::{Fate, MIGRATION, OldCalibrators, Step, plan};
use crate::{Error, Repository, Result, Transaction, Work};

/// What would become of the rows of the old table in the `calibrators` database that `connection` sees.
///
/// # Errors
/// The engine fails.
pub async fn plan_takeover<C: ConnectionTrait>(
    connection: &C,
    old: &OldCalibrators,
) -> Result<Vec<Step>> {
    let current = bandpass_calibrator::Entity::find().all(connection).await?;
    let history = bandpass_calibrator_history::Entity::find().all(connection).await?;
    Ok(plan(&old.rows, &current, &history))
}

/// Takes the rows of the old table over, within the work's one transaction. What is there already is left as it
/// is; times, names and remarks are kept. Returns what became of each row.
///
/// # Errors
/// Somebody registers the same calibrators at the same time, or the engine fails.
pub async fn take_over_bandpass_calibrators(
    work: &Work,
    old: &OldCalibrators,
) -> Result<Vec<Step>> {
    let table = work.table::<bandpass_calibrator::Entity>().await?;
    let steps = plan_takeover(table.connection, old).await?;
    for step in &steps {
        carry_out(&table, work, step).await?;
    }
    let left = plan_takeover(table.connection, old).await?;
    match left.iter().find(|step| step.fate != Fate::Present) {
        None => Ok(steps),
        Some(step) => Err(Error::Conflict(format!(
            "row {} of the old table was not taken over as it should be; nothing was changed",
            step.row.id
        ))),
    }
}

type Calibrators<'w> = Repository<'w, Transaction, bandpass_calibrator::Entity>;

async fn carry_out(table: &Calibrators<'_>, work: &Work, step: &Step) -> Result<()> {
    let registration = step.row.registration.clone();
    match step.fate {
        Fate::Present => {}
        Fate::Insert => {
            table.insert(registration.into()).await?;
        }
        Fate::Replace { id, archived } => {
            if archived && let Some(before) = table.lock(id).await? {
                let origin = CalibratorHistoryOrigin::Update;
                table.archive(before, origin, work.now(), Some(MIGRATION.to_owned())).await?;
            }
            let row = bandpass_calibrator::ActiveModel { id: Set(id), ..registration.into() };
            table.update(row).await?;
        }
        Fate::Archive => {
            let line = bandpass_calibrator_history::ActiveModel {
                origin: Set(CalibratorHistoryOrigin::Migration),
                origin_id: Set(Some(step.row.id)),
                archived_at: Set(work.now()),
                archived_by: Set(Some(MIGRATION.to_owned())),
                ..registration.into()
            };
            table.on::<bandpass_calibrator_history::Entity>().insert(line).await?;
        }
        Fate::Correct { id } => {
            let line =
                bandpass_calibrator_history::ActiveModel { id: Set(id), ..registration.into() };
            table.on::<bandpass_calibrator_history::Entity>().update(line).await?;
        }
    }
    Ok(())
}
