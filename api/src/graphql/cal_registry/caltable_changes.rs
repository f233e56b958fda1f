//! Changes to calibration tables.

use std::path::Path;

use almanac_entity::{
    JsonText,
    cal_registry::{CaltableStatus, CaltableType, caltable},
};
use almanac_service::{
    Row, Work,
    cal_registry::{
        FoundTable, NewSet, OverlapStrategy as Strategy, Provenance, SetDescription, find_tables,
    },
};
use async_graphql::{Enum, InputObject, Json, SimpleObject};
use sea_orm::ActiveValue::Set;

use super::{Caltable, OverlappingCaltableSet};
use crate::graphql::{Word, mutation::blocking, node::objects};

/// A set of calibration tables to be retired.
#[derive(Debug, InputObject)]
pub struct RetireCaltableSetInput {
    /// Name of the set.
    set_name: String,
    /// Why; it is added to the notes of each table.
    reason: Option<String>,
}

/// A set of calibration tables that was retired.
#[derive(Debug, SimpleObject)]
pub struct RetireCaltableSetPayload {
    /// How many tables were retired; those that were retired before do not count.
    retired: u64,
}

/// A calibration table to be registered.
#[derive(Debug, InputObject)]
pub struct CaltableRegistration {
    /// Its directory: a CASA table.
    path: String,
    /// What it corrects.
    table_type: Word<CaltableType>,
    /// Its place in the order of application; smaller comes first.
    order_index: i32,
    /// Start of its validity, MJD; open where it is not given.
    valid_start_mjd: Option<f64>,
    /// End of its validity, MJD; open where it is not given.
    valid_end_mjd: Option<f64>,
    /// Whether it may be applied; `ACTIVE` unless said.
    status: Option<Word<CaltableStatus>>,
    /// Field of the calibrator it was solved on.
    cal_field: Option<String>,
    /// Reference antenna.
    refant: Option<String>,
    /// Remarks.
    notes: Option<String>,
    /// The measurement set it was solved on.
    source_ms_path: Option<String>,
    /// The command that solved it.
    solver_command: Option<String>,
    /// Version of the software that solved it.
    solver_version: Option<String>,
    /// Parameters of the solver.
    solver_params: Option<Json<serde_json::Value>>,
    /// Quality of the solutions.
    quality_metrics: Option<Json<serde_json::Value>>,
}

impl CaltableRegistration {
    fn into_active(self) -> caltable::ActiveModel {
        caltable::ActiveModel {
            path: Set(self.path),
            table_type: Set(self.table_type.0),
            order_index: Set(self.order_index),
            valid_start_mjd: Set(self.valid_start_mjd),
            valid_end_mjd: Set(self.valid_end_mjd),
            status: Set(self.status.map_or(CaltableStatus::Active, |word| word.0)),
            cal_field: Set(self.cal_field),
            refant: Set(self.refant),
            notes: Set(self.notes),
            source_ms_path: Set(self.source_ms_path),
            solver_command: Set(self.solver_command),
            solver_version: Set(self.solver_version),
            solver_params: Set(self.solver_params.map(|json| JsonText(json.0))),
            quality_metrics: Set(self.quality_metrics.map(|json| JsonText(json.0))),
            ..Default::default()
        }
    }
}

/// One calibration table to be registered.
#[derive(Debug, InputObject)]
pub struct AddCaltableInput {
    /// Name of its set.
    set_name: String,
    /// The table.
    caltable: CaltableRegistration,
}

/// A calibration table.
#[derive(Debug, SimpleObject)]
pub struct CaltablePayload {
    /// The table.
    caltable: Caltable,
}

/// A set of calibration tables to be registered.
#[derive(Debug, InputObject)]
pub struct RegisterCaltableSetInput {
    /// Name of the set.
    set_name: String,
    /// Its tables.
    #[graphql(validator(min_items = 1, max_items = 100))]
    caltables: Vec<CaltableRegistration>,
    /// Whether tables that are known take what is new; otherwise they stay as they are.
    #[graphql(default = true)]
    upsert: bool,
}

/// The tables of a set.
#[derive(Debug, SimpleObject)]
pub struct CaltableSetPayload {
    /// Its tables, in the order of application.
    caltables: Vec<Caltable>,
}

impl CaltableSetPayload {
    fn of(tables: &[caltable::Model]) -> Self {
        Self { caltables: shown(tables) }
    }
}

/// Calibration tables on disk to be registered as a set.
#[derive(Debug, InputObject)]
pub struct CaltablePrefixInput {
    /// Name of the set.
    set_name: String,
    /// With what the tables' absolute paths begin, below one of the directories that this server may look
    /// into. The ends of their names say what they correct.
    prefix: String,
    /// Field of the calibrator.
    cal_field: Option<String>,
    /// Reference antenna.
    refant: Option<String>,
    /// Start of their validity, MJD; open where it is not given.
    valid_start_mjd: Option<f64>,
    /// End of their validity, MJD; open where it is not given.
    valid_end_mjd: Option<f64>,
    /// Whether they may be applied; `ACTIVE` unless said.
    status: Option<Word<CaltableStatus>>,
    /// Quality of the solutions.
    quality_metrics: Option<Json<serde_json::Value>>,
}

/// A set that was registered and looked at.
#[derive(Debug, SimpleObject)]
pub struct RegisterAndVerifyCaltableSetPayload {
    /// Its tables, in the order of application.
    caltables: Vec<Caltable>,
    /// Whether it can be used.
    verified: bool,
    /// Why not; the set is retired then.
    fault: Option<String>,
}

/// What is done about sets that overlap a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Strategy")]
pub enum OverlapStrategy {
    /// Nothing: it is a conflict.
    Error,
    /// They are retired.
    Retire,
    /// They end where the new one begins; those that begin later are retired.
    Trim,
}

/// A set that is to be valid.
#[derive(Debug, InputObject)]
pub struct ResolveCaltableOverlapInput {
    /// Its name.
    set_name: String,
    /// Start of its validity, MJD; open where it is not given.
    valid_start_mjd: Option<f64>,
    /// End of its validity, MJD; open where it is not given.
    valid_end_mjd: Option<f64>,
    /// Field of its calibrator.
    cal_field: Option<String>,
    /// Its reference antenna.
    refant: Option<String>,
    /// What is done about the others.
    strategy: OverlapStrategy,
}

/// What was done about sets that overlapped.
#[derive(Debug, SimpleObject)]
pub struct ResolveCaltableOverlapPayload {
    /// The sets, as they were.
    overlapping: Vec<OverlappingCaltableSet>,
    /// Sets that were retired.
    retired: Vec<String>,
    /// Sets that end earlier now.
    trimmed: Vec<String>,
}

/// Where a calibration table comes from. What is not given is forgotten.
#[derive(Debug, InputObject)]
pub struct TrackCaltableProvenanceInput {
    /// Path of the table.
    path: String,
    /// The measurement set it was solved on.
    source_ms_path: Option<String>,
    /// The command that solved it.
    solver_command: Option<String>,
    /// Version of the software that solved it.
    solver_version: Option<String>,
    /// Parameters of the solver.
    solver_params: Option<Json<serde_json::Value>>,
    /// Quality of the solutions.
    quality_metrics: Option<Json<serde_json::Value>>,
}

fn shown(tables: &[caltable::Model]) -> Vec<Caltable> {
    objects(tables.iter().map(Row::<caltable::Entity>::of_model).collect())
}

/// The set that an input describes, and its tables on disk, where this server may look.
async fn found(
    work: &Work,
    input: CaltablePrefixInput,
) -> almanac_service::Result<(SetDescription, Vec<FoundTable>)> {
    let roots = work.sessions().data_roots();
    let prefix = input.prefix;
    let tables = blocking(move || find_tables(&roots.confine_prefix(&prefix, "prefix")?)).await?;
    let set = SetDescription {
        set_name: input.set_name,
        cal_field: input.cal_field,
        refant: input.refant,
        valid_start_mjd: input.valid_start_mjd,
        valid_end_mjd: input.valid_end_mjd,
        status: input.status.map_or(CaltableStatus::Active, |word| word.0),
        quality_metrics: input.quality_metrics.map(|json| JsonText(json.0)),
    };
    Ok((set, tables))
}

mutations! {
    /// Changes to calibration tables.
    CaltableMutations {
        /// Takes every table of a set out of use.
        RetireCaltableSet: retire_caltable_set(input: RetireCaltableSetInput, work) -> RetireCaltableSetPayload {
            let caltables = work.table::<caltable::Entity>().await?;
            let retired = caltables.retire_set(&input.set_name, input.reason.as_deref()).await?;
            if retired == 0 {
                let what = format!("set {} with tables in use", input.set_name);
                return Err(almanac_service::Error::not_found(what));
            }
            Ok(RetireCaltableSetPayload { retired })
        }

        /// Registers one calibration table.
        AddCaltable: add_caltable(input: AddCaltableInput, work) -> CaltablePayload {
            let caltables = work.table::<caltable::Entity>().await?;
            let row = caltable::ActiveModel {
                set_name: Set(input.set_name),
                ..input.caltable.into_active()
            };
            let table = caltables.add(row, work.now()).await?;
            Ok(CaltablePayload { caltable: Caltable::of(&table) })
        }

        /// Registers the calibration tables of a set, all at one time. A path that is known keeps its
        /// number.
        RegisterCaltableSet: register_caltable_set(input: RegisterCaltableSetInput, work)
            -> CaltableSetPayload
        {
            let caltables = work.table::<caltable::Entity>().await?;
            let rows = input.caltables.into_iter().map(CaltableRegistration::into_active).collect();
            let tables =
                caltables.register_set(&input.set_name, rows, input.upsert, work.now()).await?;
            Ok(CaltableSetPayload::of(&tables))
        }

        /// Registers the calibration tables on disk whose paths begin alike; none where there are none.
        RegisterCaltableSetFromPrefix: register_caltable_set_from_prefix(input: CaltablePrefixInput, work)
            -> CaltableSetPayload
        {
            let (set, found) = found(work, input).await?;
            let caltables = work.table::<caltable::Entity>().await?;
            let tables = caltables.register_found(&set, &found, work.now()).await?;
            Ok(CaltableSetPayload::of(&tables))
        }

        /// Registers calibration tables on disk and looks whether they can be used: each is there, and the
        /// set is found in the middle of its validity. If not, it is retired.
        RegisterAndVerifyCaltableSet: register_and_verify_caltable_set(input: CaltablePrefixInput, work)
            -> RegisterAndVerifyCaltableSetPayload
        {
            let (set, found) = found(work, input).await?;
            let caltables = work.table::<caltable::Entity>().await?;
            let is_there = |path: &str| Path::new(path).is_dir();
            let registration =
                caltables.register_and_verify(&set, &found, is_there, work.now()).await?;
            Ok(RegisterAndVerifyCaltableSetPayload {
                caltables: shown(&registration.tables),
                verified: registration.fault.is_none(),
                fault: registration.fault,
            })
        }

        /// Makes room for a new set among those that are valid at the same time.
        ResolveCaltableOverlap: resolve_caltable_overlap(input: ResolveCaltableOverlapInput, work)
            -> ResolveCaltableOverlapPayload
        {
            let caltables = work.table::<caltable::Entity>().await?;
            let new = NewSet {
                set_name: input.set_name,
                valid_start_mjd: input.valid_start_mjd,
                valid_end_mjd: input.valid_end_mjd,
                cal_field: input.cal_field,
                refant: input.refant,
            };
            let resolution = caltables.resolve_overlap(&new, input.strategy.into()).await?;
            let overlapping = resolution.overlapping.into_iter();
            Ok(ResolveCaltableOverlapPayload {
                overlapping: overlapping.map(OverlappingCaltableSet::from).collect(),
                retired: resolution.retired,
                trimmed: resolution.trimmed,
            })
        }

        /// Writes down where a calibration table comes from.
        TrackCaltableProvenance: track_caltable_provenance(input: TrackCaltableProvenanceInput, work)
            -> CaltablePayload
        {
            let caltables = work.table::<caltable::Entity>().await?;
            let provenance = Provenance {
                source_ms_path: input.source_ms_path,
                solver_command: input.solver_command,
                solver_version: input.solver_version,
                solver_params: input.solver_params.map(|json| JsonText(json.0)),
                quality_metrics: input.quality_metrics.map(|json| JsonText(json.0)),
            };
            let table = caltables.track_provenance(&input.path, provenance).await?;
            Ok(CaltablePayload { caltable: Caltable::of(&table) })
        }
    }
}
