//! Changes to mosaics and the groups they are made of.

use almanac_entity::products::{MosaicGroupStatus, MosaicStatus, mosaic, mosaic_group};
use almanac_service::products::GroupRules;
use async_graphql::{ID, InputObject, SimpleObject};

use super::{Mosaic, MosaicGroup};
use crate::graphql::{RowInput, Word, mutation::big_id};

/// A new mosaic.
#[derive(Debug, InputObject)]
pub struct AddMosaicInput {
    /// The mosaic.
    mosaic: RowInput<mosaic::Entity>,
}

/// A mosaic, new or known by its path.
#[derive(Debug, InputObject)]
pub struct UpsertMosaicInput {
    /// The mosaic; a field that is null or left out keeps what it holds.
    mosaic: RowInput<mosaic::Entity>,
}

/// How a mosaic goes on.
#[derive(Debug, InputObject)]
pub struct SetMosaicStatusInput {
    /// The mosaic: its `rowId`.
    mosaic_id: ID,
    /// Its status.
    status: Word<MosaicStatus>,
}

/// A mosaic that was changed.
#[derive(Debug, SimpleObject)]
pub struct MosaicPayload {
    /// The mosaic.
    mosaic: Mosaic,
}

/// What makes a group of measurement sets that become a mosaic.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct MosaicGroupRulesInput {
    /// Measurement sets of a group.
    #[graphql(default = 10)]
    size: i32,
    /// Those that it shares with its predecessor.
    #[graphql(default = 2)]
    overlap: i32,
    /// From the middle of its first measurement set to that of its last, minutes, at the most.
    #[graphql(default = 60.0)]
    max_span_minutes: f64,
    /// How far their declinations may lie apart, degrees.
    #[graphql(default = 0.5)]
    dec_tolerance_deg: f64,
}

impl MosaicGroupRulesInput {
    pub(crate) fn rules(rules: Option<Self>) -> GroupRules {
        let count = |count: i32| usize::try_from(count).unwrap_or(0);
        rules.map_or_else(GroupRules::default, |rules| GroupRules {
            size: count(rules.size),
            overlap: count(rules.overlap),
            max_span_minutes: rules.max_span_minutes,
            dec_tolerance_deg: rules.dec_tolerance_deg,
        })
    }
}

/// Measurement sets that become a mosaic.
#[derive(Debug, InputObject)]
pub struct CreateMosaicGroupInput {
    /// Paths of the measurement sets.
    ms_paths: Vec<String>,
    /// The measurement set their calibration is solved on.
    calibration_ms_path: Option<String>,
    /// What makes a group.
    rules: Option<MosaicGroupRulesInput>,
}

/// How a group goes on.
#[derive(Debug, InputObject)]
pub struct AdvanceMosaicGroupInput {
    /// Name of the group.
    group_id: String,
    /// Its status.
    status: Word<MosaicGroupStatus>,
    /// Why it failed.
    error: Option<String>,
}

/// A group that was changed.
#[derive(Debug, SimpleObject)]
pub struct MosaicGroupPayload {
    /// The group.
    mosaic_group: MosaicGroup,
}

mutations! {
    /// Changes to mosaics and the groups they are made of.
    MosaicMutations {
        /// Writes a new mosaic.
        AddMosaic: add_mosaic(input: AddMosaicInput, work) -> MosaicPayload {
            let mosaics = work.table::<mosaic::Entity>().await?;
            let row = mosaics.add(input.mosaic.into_active(), work.now()).await?;
            Ok(MosaicPayload { mosaic: Mosaic::of(&row) })
        }

        /// Writes a mosaic, or changes the one of that path, which keeps its number.
        UpsertMosaic: upsert_mosaic(input: UpsertMosaicInput, work) -> MosaicPayload {
            let mosaics = work.table::<mosaic::Entity>().await?;
            let row = mosaics.upsert_by_path(input.mosaic.into_active(), work.now()).await?;
            Ok(MosaicPayload { mosaic: Mosaic::of(&row) })
        }

        /// Brings a mosaic to a status.
        SetMosaicStatus: set_mosaic_status(input: SetMosaicStatusInput, work) -> MosaicPayload {
            let id = big_id(&input.mosaic_id, "mosaicId")?;
            let mosaics = work.table::<mosaic::Entity>().await?;
            let row = mosaics.set_status(id, input.status.0).await?;
            Ok(MosaicPayload { mosaic: Mosaic::of(&row) })
        }

        /// Forms a group of measurement sets that become a mosaic.
        CreateMosaicGroup: create_mosaic_group(input: CreateMosaicGroupInput, work)
            -> MosaicGroupPayload
        {
            let rules = MosaicGroupRulesInput::rules(input.rules);
            let groups = work.table::<mosaic_group::Entity>().await?;
            let group = groups
                .create_group(&input.ms_paths, input.calibration_ms_path, &rules, work.now())
                .await?;
            Ok(MosaicGroupPayload { mosaic_group: MosaicGroup::of(&group) })
        }

        /// Brings a group to its next status, to `FAILED`, or a failed one back to `PENDING`.
        AdvanceMosaicGroup: advance_mosaic_group(input: AdvanceMosaicGroupInput, work)
            -> MosaicGroupPayload
        {
            let groups = work.table::<mosaic_group::Entity>().await?;
            let group = groups
                .advance(&input.group_id, input.status.0, input.error, work.now())
                .await?;
            Ok(MosaicGroupPayload { mosaic_group: MosaicGroup::of(&group) })
        }
    }
}
