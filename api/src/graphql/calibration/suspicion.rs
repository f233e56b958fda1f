//! Calibrations that are suspect, and the rows they touched.

use std::{collections::HashMap, sync::Arc};

use almanac_entity::{Database, cal_registry, products};
use almanac_service::{
    Repository,
    calibration::{self, Clearing, Standing, SuspicionState, Which},
};
use async_graphql::{InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{CalibrationImpact, subject};
use crate::graphql::{
    BigInt,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    mutation::{begin, end},
    node::key_columns,
    object::{Object as RowObject, Shown},
};

/// Suspicions of one answer at the most.
const MOST: i32 = 1_000;

table! { CalRegistrySuspicion shows cal_registry::suspicion;
    /// The rows under it in the calibration registry.
    many suspects: CalRegistrySuspect, Id => SuspicionId;
}

table! { CalRegistrySuspect shows cal_registry::suspect;
    /// The suspicion it is under.
    one suspicion: CalRegistrySuspicion, SuspicionId => Id;
}

table! { ProductsSuspicion shows products::suspicion;
    /// The rows under it in the products.
    many suspects: ProductsSuspect, Id => SuspicionId;
}

table! { ProductsSuspect shows products::suspect;
    /// The suspicion it is under.
    one suspicion: ProductsSuspicion, SuspicionId => Id;
}

/// A calibration that somebody holds to be suspect.
#[derive(Clone, Debug, SimpleObject)]
pub struct CalibrationSuspicion {
    /// Its name in all databases: the change set of the work that marked it.
    mark: String,
    /// Name of the set of calibration tables that is suspect; null where it is one table.
    set_name: Option<String>,
    /// Path of the calibration table that is suspect; null where it is a set.
    caltable: Option<String>,
    /// Why it is suspect.
    reason: String,
    /// Who holds it to be suspect.
    marked_by: String,
    /// Since when.
    marked_at: Option<DateTime<Utc>>,
    /// Who cleared it.
    cleared_by: Option<String>,
    /// When it was cleared; null while it stands.
    cleared_at: Option<DateTime<Utc>>,
    /// Why it was cleared.
    clear_reason: Option<String>,
}

impl From<calibration::Suspicion> for CalibrationSuspicion {
    fn from(suspicion: calibration::Suspicion) -> Self {
        let (set_name, caltable) = match suspicion.subject {
            calibration::Subject::Set(name) => (Some(name), None),
            calibration::Subject::Caltable(path) => (None, Some(path)),
        };
        let (cleared_by, cleared_at, clear_reason) = match suspicion.cleared {
            Some(Clearing { by, at, reason }) => (Some(by), at.date_time(), reason),
            None => (None, None, None),
        };
        Self {
            mark: suspicion.mark,
            set_name,
            caltable,
            reason: suspicion.reason,
            marked_by: suspicion.marked_by,
            marked_at: suspicion.marked_at.date_time(),
            cleared_by,
            cleared_at,
            clear_reason,
        }
    }
}

/// A suspicion that stands on a row.
#[derive(Clone, Debug, SimpleObject)]
pub struct StandingSuspicion {
    /// The suspicion.
    suspicion: CalibrationSuspicion,
    /// Whether it is only inferred that the calibration touched the row.
    inferred: bool,
}

impl From<Standing> for StandingSuspicion {
    fn from(standing: Standing) -> Self {
        Self { suspicion: standing.suspicion.into(), inferred: standing.inferred }
    }
}

/// Rows of a table.
#[derive(Clone, Debug, SimpleObject)]
pub struct TableRows {
    /// The table.
    table: String,
    /// How many of its rows.
    rows: BigInt,
}

fn table_rows(rows: impl IntoIterator<Item = (String, u64)>) -> Vec<TableRows> {
    let shown = rows.into_iter().map(|(table, rows)| TableRows {
        table,
        rows: BigInt(i64::try_from(rows).unwrap_or(i64::MAX)),
    });
    shown.collect()
}

/// A suspicion as all databases have it.
#[derive(Clone, Debug, SimpleObject)]
pub struct CalibrationSuspicionState {
    /// The suspicion.
    suspicion: CalibrationSuspicion,
    /// Whether both databases say the same of it. One that is not complete, because a process died half-way,
    /// is made so by marking or clearing the same calibration again.
    complete: bool,
    /// Rows under it, by table.
    rows: Vec<TableRows>,
}

impl From<SuspicionState> for CalibrationSuspicionState {
    fn from(state: SuspicionState) -> Self {
        let (suspicion, complete) = (state.suspicion.into(), state.complete);
        Self { suspicion, complete, rows: table_rows(state.rows) }
    }
}

/// The suspicions that stand on a row, looked up for all of its siblings at once.
pub(crate) async fn suspect<E: Shown>(
    row: &RowObject<E>,
    ctx: &Context<'_>,
) -> Result<Option<Vec<StandingSuspicion>>> {
    let Some(column) = key_columns::<E>().pop() else { return Ok(None) };
    let text = |key| match key {
        almanac_service::Key::Text(text) => text,
        almanac_service::Key::Int(id) => id.to_string(),
        almanac_service::Key::Uuid(id) => id.to_string(),
    };
    let siblings = row.siblings();
    let standing = siblings
        .once(
            "suspect".to_owned(),
            Box::pin(async {
                let keys: Vec<String> = siblings.keys(column).into_iter().map(text).collect();
                let table = E::default();
                let found = match E::DATABASE {
                    Database::CalRegistry => {
                        let reader = ctx.reader_of::<cal_registry::suspect::Entity>().await?;
                        let suspects = Repository::<_, cal_registry::suspect::Entity>::new(&reader);
                        suspects.standing(table.table_name(), &keys).await?
                    }
                    _ => {
                        let reader = ctx.reader_of::<products::suspect::Entity>().await?;
                        let suspects = Repository::<_, products::suspect::Entity>::new(&reader);
                        suspects.standing(table.table_name(), &keys).await?
                    }
                };
                Ok(Arc::new(found))
            }),
        )
        .await?;
    let standing: Arc<HashMap<String, Vec<Standing>>> = standing;
    let of_row = row.row().key(column).and_then(|key| standing.get(&text(key)).cloned());
    Ok(Some(of_row.unwrap_or_default().into_iter().map(Into::into).collect()))
}

/// Suspicions at the root of the graph.
#[derive(Debug, Default)]
pub struct SuspicionQueries;

#[Object]
impl SuspicionQueries {
    /// Calibrations that somebody holds to be suspect, in all databases, the newest first.
    async fn calibration_suspicions(
        &self,
        ctx: &Context<'_>,
        #[graphql(default, desc = "Whether those that were cleared are wanted too.")] cleared: bool,
        #[graphql(default = 50, desc = "Suspicions at the most; up to 1,000.")] first: i32,
    ) -> Result<Option<Vec<CalibrationSuspicionState>>> {
        let limit = match u64::try_from(first) {
            Ok(limit) if first <= MOST => limit,
            _ => return Err(bad_input("first", format!("{first} is not from 0 to {MOST}"))),
        };
        let states = calibration::suspicions(ctx.sessions(), cleared, limit).await;
        let states = states.map_err(|error| graph_error(&error))?;
        Ok(Some(states.into_iter().map(Into::into).collect()))
    }
}

/// A calibration to be held suspect: a set or a table.
#[derive(Debug, InputObject)]
pub struct MarkCalibrationSuspectInput {
    /// Name of the set.
    set_name: Option<String>,
    /// Path of the table.
    caltable: Option<String>,
    /// Why.
    reason: String,
}

/// A calibration that is suspect now.
#[derive(Debug, SimpleObject)]
pub struct MarkCalibrationSuspectPayload {
    /// The suspicion.
    suspicion: CalibrationSuspicion,
    /// Whether it stood before, and only what was missing was added.
    stood: bool,
    /// Rows that were added, by table.
    added: Vec<TableRows>,
    /// Everything that the calibration touched.
    impact: CalibrationImpact,
}

/// Suspicions to be cleared: of a set, of a table, or one.
#[derive(Debug, InputObject)]
pub struct ClearCalibrationSuspectInput {
    /// Name of the set.
    set_name: Option<String>,
    /// Path of the table.
    caltable: Option<String>,
    /// The suspicion's mark, which is the change set of the work that marked it.
    mark: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// Suspicions that were cleared.
#[derive(Debug, SimpleObject)]
pub struct ClearCalibrationSuspectPayload {
    /// The suspicions.
    suspicions: Vec<CalibrationSuspicion>,
}

/// Changes to suspicions.
#[derive(Debug, Default)]
pub struct SuspicionMutations;

#[Object]
impl SuspicionMutations {
    /// Holds a calibration to be suspect, and with it every measurement set, image, mosaic, measurement,
    /// statistic, candidate and alert that it touched. The same again adds what is missing.
    async fn mark_calibration_suspect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: MarkCalibrationSuspectInput,
    ) -> Result<MarkCalibrationSuspectPayload> {
        let work = begin(ctx, almanac_service::access::Operation::MarkCalibrationSuspect)?;
        let subject = subject(input.set_name, input.caltable)?;
        let marked = async {
            let marked = calibration::mark_suspect(&work, &subject, &input.reason).await?;
            Ok(MarkCalibrationSuspectPayload {
                suspicion: marked.suspicion.into(),
                stood: marked.stood,
                added: table_rows(marked.added),
                impact: CalibrationImpact::new(marked.tables, marked.impact),
            })
        };
        let outcome = Box::pin(marked).await;
        end(work, outcome).await
    }

    /// Holds a calibration to be suspect no longer: all that it touched is as it was before.
    async fn clear_calibration_suspect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: ClearCalibrationSuspectInput,
    ) -> Result<ClearCalibrationSuspectPayload> {
        let work = begin(ctx, almanac_service::access::Operation::ClearCalibrationSuspect)?;
        let which = match (input.mark, input.set_name, input.caltable) {
            (Some(mark), None, None) => Which::Mark(mark),
            (None, set_name, caltable) => Which::Of(subject(set_name, caltable)?),
            _ => return Err(bad_input("mark", "name a suspicion, a set or a table, one of them")),
        };
        let cleared = async {
            let cleared =
                calibration::clear_suspect(&work, &which, input.reason.as_deref()).await?;
            let suspicions = cleared.suspicions.into_iter().map(Into::into).collect();
            Ok(ClearCalibrationSuspectPayload { suspicions })
        };
        let outcome = Box::pin(cleared).await;
        end(work, outcome).await
    }
}
