//! Observation groups: how subbands come together, and what waits in the queue.

use almanac_entity::{
    UnixTime,
    ingest::{IngestState, ingest_group, subband_file},
};
use chrono::TimeDelta;
use ingest_group::Column::{GroupId, LastUpdate, ReceivedAt, State};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};

use super::group_id::{normalise_group_id, start};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Subbands of a full group.
pub(super) const SUBBANDS: i32 = 16;
/// Subbands that start no further apart than this belong to one observation.
const TOLERANCE: TimeDelta = TimeDelta::seconds(60);
/// Groups among which a subband's is looked for.
const NEWEST: u64 = 100;
/// Words of old files for groups that are being converted.
pub(super) const OLD_IN_PROGRESS: [&str; 2] = ["processing", "processing_fresh"];

/// What became of a subband file that was reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubbandOutcome {
    /// It belongs to its group now.
    Recorded,
    /// It was known before; nothing has changed.
    Known,
    /// Another file, this one, holds its place in the group; nothing has changed.
    Taken(String),
}

/// A subband file that was reported, and its group afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct SubbandRecord {
    /// The group.
    pub group_id: String,
    /// Number of subbands it has.
    pub subbands: u64,
    /// Its state.
    pub state: IngestState,
    /// What became of the file.
    pub outcome: SubbandOutcome,
}

/// The groups in a state; `in_progress` includes what older converters called `processing`.
pub fn in_state(state: &IngestState) -> Filter<ingest_group::Entity> {
    let mut words = vec![state.clone().into()];
    if *state == IngestState::InProgress {
        words.extend(OLD_IN_PROGRESS.map(Into::into));
    }
    Filter::In(State, words)
}

impl<C: ConnectionTrait> Repository<'_, C, ingest_group::Entity> {
    /// The groups in a state, or all, changed last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_state(
        &self,
        state: Option<&IngestState>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<ingest_group::Model>> {
        let filter = state.map_or_else(Filter::default, in_state);
        self.slice(&filter, &[Order::desc(LastUpdate)], limit, offset).await
    }

    /// How many groups are in each state: the five of the queue in their order, empty ones too, then
    /// what else an old file holds.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn counts_by_state(&self) -> Result<Vec<(IngestState, u64)>> {
        use IngestState::{Collecting, Completed, Failed, InProgress, Pending};
        let select = ingest_group::Entity::find()
            .select_only()
            .column(State)
            .expr(GroupId.count())
            .group_by(State)
            .order_by_asc(State);
        let counted: Vec<(IngestState, i64)> = select.into_tuple().all(self.connection).await?;
        let mut counts: Vec<(IngestState, u64)> =
            [Collecting, Pending, InProgress, Completed, Failed].map(|state| (state, 0)).to_vec();
        for (state, count) in counted {
            let is_old = OLD_IN_PROGRESS.contains(&state.as_str());
            let state = if is_old { InProgress } else { state };
            match counts.iter_mut().find(|(known, _)| *known == state) {
                Some((_, sum)) => *sum += count.unsigned_abs(),
                None => counts.push((state, count.unsigned_abs())),
            }
        }
        Ok(counts)
    }

    /// The subband files of a group, by subband.
    ///
    /// # Errors
    /// `group_id` is no instant, or the engine fails.
    pub async fn group_files(&self, group_id: &str) -> Result<Vec<subband_file::Model>> {
        let select = subband_file::Entity::find()
            .filter(subband_file::Column::GroupId.eq(normalise_group_id(group_id)?));
        let ordered = select.order_by_asc(subband_file::Column::SubbandIdx);
        Ok(ordered.all(self.connection).await?)
    }

    /// The group that a subband starting at `group_id` belongs to: its own, or among those that still
    /// wait for subbands the nearest within a minute.
    async fn group_of(&self, group_id: &str) -> Result<Option<ingest_group::Model>> {
        if let Some(group) = self.find(group_id).await? {
            return Ok(Some(group));
        }
        let waiting = [IngestState::Collecting, IngestState::Pending];
        let groups = ingest_group::Entity::find()
            .filter(State.is_in(waiting))
            .order_by_desc(ReceivedAt)
            .order_by_desc(GroupId)
            .limit(NEWEST)
            .all(self.connection)
            .await?;
        let instant = start(group_id)?;
        // A group of an old file may bear another name than an instant.
        let distance =
            |group: &ingest_group::Model| Some((start(&group.group_id).ok()? - instant).abs());
        let near = groups.into_iter().filter_map(|group| Some((distance(&group)?, group)));
        let within = near.filter(|(distance, _)| *distance <= TOLERANCE);
        Ok(within.min_by_key(|(distance, _)| *distance).map(|(_, group)| group))
    }

    async fn subbands(&self, group_id: &str) -> Result<u64> {
        let files = self.on::<subband_file::Entity>();
        files.count(&Filter::eq(subband_file::Column::GroupId, group_id)).await
    }
}

impl<C: Writable> Repository<'_, C, ingest_group::Entity> {
    /// Records a subband file: in the group of that start, in one that waits for subbands and starts
    /// within a minute of it, or in a new one. A group that collects and is full becomes `pending`; in
    /// any other state it stays. The statements belong in one transaction that writes from its begin.
    ///
    /// # Errors
    /// `group_id` is no instant, `subband_idx` is not from 0 to 15, `file_path` is blank, or the engine
    /// fails.
    pub async fn record_subband(
        &self,
        group_id: &str,
        subband_idx: i32,
        file_path: &str,
        file_size: Option<i64>,
        now: UnixTime,
    ) -> Result<SubbandRecord> {
        let group_id = normalise_group_id(group_id)?;
        if !(0..SUBBANDS).contains(&subband_idx) {
            return Err(Error::invalid(
                "subband_idx",
                format!("{subband_idx} is not from 0 to 15"),
            ));
        }
        if file_path.trim().is_empty() {
            return Err(Error::invalid("file_path", "a file has a path"));
        }
        let files = self.on::<subband_file::Entity>();
        let known =
            subband_file::Entity::find().filter(subband_file::Column::FilePath.eq(file_path));
        if let Some(known) = known.one(self.connection).await? {
            let group = self.get(known.group_id.as_str()).await?;
            return self.record(group, SubbandOutcome::Known).await;
        }
        let group_id = match self.group_of(&group_id).await? {
            Some(group) => group.group_id,
            // Another recorder may have made it in the meantime.
            None => self.upsert(new_group(group_id, now), &[GroupId]).await?.group_id,
        };
        // Locked, so that of two recorders of its last two subbands the second one counts both.
        let group = self.lock(group_id.as_str()).await?;
        let group = group.ok_or_else(|| {
            Error::Conflict(format!(
                "observation group {group_id} was merged into another; try again"
            ))
        })?;
        let slot = Condition::all()
            .add(subband_file::Column::GroupId.eq(group.group_id.as_str()))
            .add(subband_file::Column::SubbandIdx.eq(subband_idx));
        let taken = subband_file::Entity::find().filter(slot).one(self.connection).await?;
        if let Some(taken) = taken {
            return self.record(group, SubbandOutcome::Taken(taken.file_path)).await;
        }
        files
            .insert(subband_file::ActiveModel {
                group_id: Set(group.group_id.clone()),
                subband_idx: Set(subband_idx),
                file_path: Set(file_path.to_owned()),
                file_size: Set(file_size),
                discovered_at: Set(now),
                ..Default::default()
            })
            .await?;
        let mut record = self.record(group.clone(), SubbandOutcome::Recorded).await?;
        let expected =
            u64::try_from(group.expected_subbands.unwrap_or(SUBBANDS)).unwrap_or_default();
        let is_full = record.subbands >= expected && group.state == IngestState::Collecting;
        let mut set = vec![(LastUpdate, Expr::value(now))];
        if is_full {
            record.state = IngestState::Pending;
            set.push((State, Expr::value(IngestState::Pending)));
        }
        self.update_where(&Filter::eq(GroupId, group.group_id), set).await?;
        Ok(record)
    }

    async fn record(
        &self,
        group: ingest_group::Model,
        outcome: SubbandOutcome,
    ) -> Result<SubbandRecord> {
        let subbands = self.subbands(&group.group_id).await?;
        Ok(SubbandRecord { group_id: group.group_id, subbands, state: group.state, outcome })
    }
}

fn new_group(group_id: String, now: UnixTime) -> ingest_group::ActiveModel {
    ingest_group::ActiveModel {
        group_id: Set(group_id),
        state: Set(IngestState::Collecting),
        received_at: Set(now),
        last_update: Set(now),
        expected_subbands: Set(Some(SUBBANDS)),
        ..Default::default()
    }
}
