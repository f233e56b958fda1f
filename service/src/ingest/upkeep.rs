//! What keeps the queue moving when something does not: groups that nothing is added to, groups that
//! nobody works on any more, groups that are one observation.

use std::collections::{HashMap, hash_map::Entry};

use almanac_entity::{
    UnixTime,
    ingest::{IngestState, ingest_group, performance_metric, subband_file},
};
use chrono::{NaiveDateTime, TimeDelta};
use ingest_group::Column::{GroupId, LastUpdate, ReceivedAt, State};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value, sea_query::Expr,
};

use super::{
    group::{SUBBANDS, SubbandOutcome, in_state},
    group_id::start,
    queue::failure,
};
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Writable,
    hdf5::{ACCEPTABLE_SUBBANDS, DirectoryScan, FileError},
};

/// Values in one `IN` list, and groups looked at together.
const CHUNK: usize = 900;

/// When a group that collects is no longer waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CollectingTimeout {
    /// Seconds without a new subband.
    pub quiet_sec: f64,
    /// Subbands with which it is ready all the same; with fewer it has failed.
    pub min_subbands: u64,
}

impl Default for CollectingTimeout {
    fn default() -> Self {
        Self { quiet_sec: 600.0, min_subbands: ACCEPTABLE_SUBBANDS as u64 }
    }
}

/// What became of groups that were waited for too long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// Groups with enough subbands, which are `pending` now.
    pub pending: Vec<String>,
    /// Groups with too few, which are `failed` now.
    pub failed: Vec<String>,
}

/// Groups that turned out to be one observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The earliest of them, which remains.
    pub group_id: String,
    /// The others, which are gone.
    pub merged: Vec<String>,
    /// Files that lost their place to an older record of the same subband.
    pub dropped: Vec<String>,
}

/// What the files of a directory came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootstrapReport {
    /// Subband files found.
    pub scanned: u64,
    /// Files recorded.
    pub recorded: u64,
    /// Files that were known before.
    pub known: u64,
    /// Files whose place in their group another file holds.
    pub taken: Vec<String>,
    /// Files that could not be read or whose name is wrong.
    pub errors: Vec<FileError>,
}

impl<C: Writable> Repository<'_, C, ingest_group::Entity> {
    /// Ends the wait for groups that collect and got no new subband for some time. The statements belong
    /// in one transaction.
    ///
    /// # Errors
    /// `timeout` is not a time, or the engine fails.
    pub async fn expire_collecting(
        &self,
        timeout: CollectingTimeout,
        now: UnixTime,
    ) -> Result<Expired> {
        let cutoff = before(now, timeout.quiet_sec, "quiet_sec")?;
        let mut expired = Expired::default();
        let filter = in_state(&IngestState::Collecting).and(at_most(ReceivedAt, cutoff));
        let groups = self.claim(&filter, &[Order::asc(GroupId)], u64::from(u32::MAX)).await?;
        for groups in groups.chunks(CHUNK) {
            let ids: Vec<&str> = groups.iter().map(|group| group.group_id.as_str()).collect();
            let subbands = self.subbands_of(&ids).await?;
            let (mut ready, mut failed) = (Vec::new(), Vec::new());
            for group in groups {
                let (count, last) =
                    subbands.get(&group.group_id).copied().unwrap_or((0, group.received_at));
                if last.0 > cutoff.0 {
                    continue;
                }
                let list = if count >= timeout.min_subbands { &mut ready } else { &mut failed };
                list.push(group.group_id.clone());
            }
            let waited = timeout.quiet_sec / 60.0;
            let least = timeout.min_subbands;
            let message = format!("fewer than {least} subbands after {waited} minutes without one");
            self.move_all(&ready, IngestState::Pending, None, now).await?;
            self.move_all(&failed, IngestState::Failed, Some(&message), now).await?;
            expired.pending.append(&mut ready);
            expired.failed.append(&mut failed);
        }
        Ok(expired)
    }

    /// Fails the groups that are in progress and were not updated for `hours`; their ids.
    ///
    /// # Errors
    /// `hours` is not a time, or the engine fails.
    pub async fn fail_stale(&self, hours: f64, now: UnixTime) -> Result<Vec<String>> {
        let cutoff = before(now, hours * 3_600.0, "hours")?;
        let filter = in_state(&IngestState::InProgress).and(at_most(LastUpdate, cutoff));
        let groups = self.claim(&filter, &[Order::asc(GroupId)], u64::from(u32::MAX)).await?;
        let ids: Vec<String> = groups.into_iter().map(|group| group.group_id).collect();
        let message = format!("nothing was heard of it for {hours} hours");
        for ids in ids.chunks(CHUNK) {
            self.move_all(ids, IngestState::Failed, Some(&message), now).await?;
        }
        Ok(ids)
    }

    /// Puts groups together that are one observation: of those that wait for subbands or for a worker,
    /// those that start no more than `tolerance_sec` seconds, 60 usually, after the first of them. The
    /// earliest remains; of two files of one subband it keeps the one recorded first. The statements
    /// belong in one transaction.
    ///
    /// # Errors
    /// `tolerance_sec` is not from 0 to 300, which is where the next observation begins, or the engine
    /// fails.
    pub async fn consolidate(&self, tolerance_sec: f64, now: UnixTime) -> Result<Vec<Merge>> {
        if !(0.0..=300.0).contains(&tolerance_sec) {
            let message = format!("{tolerance_sec} is not a time from 0 to 300 s");
            return Err(Error::invalid("tolerance_sec", message));
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is 300 at the most")]
        let tolerance = TimeDelta::milliseconds((tolerance_sec * 1e3) as i64);
        let waiting = Filter::In(
            State,
            [IngestState::Collecting, IngestState::Pending].map(Value::from).to_vec(),
        );
        let groups = self.claim(&waiting, &[Order::asc(GroupId)], u64::from(u32::MAX)).await?;
        // A group of an old file may bear another name than an instant.
        let mut timed: Vec<(NaiveDateTime, ingest_group::Model)> = groups
            .into_iter()
            .filter_map(|group| Some((start(&group.group_id).ok()?, group)))
            .collect();
        timed.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.group_id.cmp(&b.1.group_id)));
        let mut merges = Vec::new();
        for groups in observations(&timed, tolerance) {
            if let [(_, kept), others @ ..] = groups
                && !others.is_empty()
            {
                let others: Vec<_> = others.iter().map(|(_, group)| group).collect();
                merges.push(self.merge(kept, &others, now).await?);
            }
        }
        Ok(merges)
    }

    /// Records every subband file of a directory that is not known yet, as
    /// [`record_subband`](Self::record_subband) records one. The statements belong in one transaction.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn bootstrap(&self, scan: &DirectoryScan, now: UnixTime) -> Result<BootstrapReport> {
        let files = self.on::<subband_file::Entity>();
        let mut report = BootstrapReport {
            scanned: scan.files.len() as u64,
            errors: scan.errors.clone(),
            ..BootstrapReport::default()
        };
        for chunk in scan.files.chunks(CHUNK) {
            let paths = chunk.iter().map(|file| Value::from(file.path.as_str())).collect();
            let known = Filter::In(subband_file::Column::FilePath, paths);
            let known = files.slice(&known, &[], CHUNK as u64, 0).await?;
            let known: Vec<&str> = known.iter().map(|file| file.file_path.as_str()).collect();
            for file in chunk {
                if known.contains(&file.path.as_str()) {
                    report.known += 1;
                    continue;
                }
                let record = self
                    .record_subband(
                        &file.name.group_id,
                        i32::from(file.name.subband),
                        &file.path,
                        Some(file.size_bytes),
                        now,
                    )
                    .await?;
                match record.outcome {
                    SubbandOutcome::Recorded => report.recorded += 1,
                    SubbandOutcome::Known => report.known += 1,
                    SubbandOutcome::Taken(_) => report.taken.push(file.path.clone()),
                }
            }
        }
        Ok(report)
    }

    /// For the groups that have any, how many subbands they have and when the last one came.
    async fn subbands_of(&self, ids: &[&str]) -> Result<HashMap<String, (u64, UnixTime)>> {
        use subband_file::Column::{DiscoveredAt, GroupId, Id};
        let select = subband_file::Entity::find()
            .select_only()
            .column(GroupId)
            .expr(Id.count())
            .expr(DiscoveredAt.max())
            .filter(GroupId.is_in(ids.iter().copied()))
            .group_by(GroupId);
        let counted: Vec<(String, i64, UnixTime)> =
            select.into_tuple().all(self.connection).await?;
        let group = |(id, count, last): (String, i64, _)| (id, (count.unsigned_abs(), last));
        Ok(counted.into_iter().map(group).collect())
    }

    /// Brings groups that are locked, and in a state that may become it, to a state.
    async fn move_all(
        &self,
        ids: &[String],
        state: IngestState,
        error: Option<&str>,
        now: UnixTime,
    ) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let groups = Filter::In(GroupId, ids.iter().map(|id| Value::from(id.as_str())).collect());
        let mut set = error.map(failure).unwrap_or_default();
        set.push((State, Expr::value(state)));
        set.push((LastUpdate, Expr::value(now)));
        self.update_where(&groups, set).await?;
        Ok(())
    }

    /// Moves what `others` have to `kept`, and removes them.
    async fn merge(
        &self,
        kept: &ingest_group::Model,
        others: &[&ingest_group::Model],
        now: UnixTime,
    ) -> Result<Merge> {
        use subband_file::Column::{GroupId as FileGroup, Id};
        let files = self.on::<subband_file::Entity>();
        let merged: Vec<String> = others.iter().map(|group| group.group_id.clone()).collect();
        let gone = || merged.iter().map(|id| Value::from(id.as_str())).collect::<Vec<_>>();
        let all = merged.iter().chain([&kept.group_id]);
        let of_all = subband_file::Entity::find()
            .filter(FileGroup.is_in(all.map(String::as_str)))
            .order_by_asc(subband_file::Column::DiscoveredAt)
            .order_by_asc(Id);
        let mut slots: HashMap<i32, i64> = HashMap::new();
        let (mut losers, mut dropped) = (Vec::new(), Vec::new());
        for file in of_all.all(self.connection).await? {
            match slots.entry(file.subband_idx) {
                Entry::Vacant(slot) => {
                    slot.insert(file.id);
                }
                Entry::Occupied(_) => {
                    losers.push(Value::from(file.id));
                    dropped.push(file.file_path);
                }
            }
        }
        if !losers.is_empty() {
            files.delete_where(&Filter::In(Id, losers)).await?;
        }
        let of_others = Filter::In(FileGroup, gone());
        files.update_where(&of_others, [(FileGroup, Expr::value(kept.group_id.as_str()))]).await?;
        self.merge_times(&kept.group_id, gone()).await?;
        self.delete_where(&Filter::In(GroupId, gone())).await?;

        let expected = kept.expected_subbands.unwrap_or(SUBBANDS);
        let is_full = slots.len() >= usize::try_from(expected).unwrap_or_default();
        let is_pending = is_full || others.iter().any(|group| group.state == IngestState::Pending);
        let received = others.iter().map(|group| group.received_at.0).fold(f64::MAX, f64::min);
        let mut set = vec![
            (LastUpdate, Expr::value(now)),
            (ReceivedAt, Expr::value(received.min(kept.received_at.0))),
        ];
        if is_pending && kept.state == IngestState::Collecting {
            set.push((State, Expr::value(IngestState::Pending)));
        }
        self.update_where(&Filter::eq(GroupId, kept.group_id.as_str()), set).await?;
        Ok(Merge { group_id: kept.group_id.clone(), merged, dropped })
    }

    /// Keeps the times of a group, or where it has none those of the first of the others.
    async fn merge_times(&self, kept: &str, others: Vec<Value>) -> Result<()> {
        use performance_metric::Column::{GroupId, Id};
        let times = self.on::<performance_metric::Entity>();
        let of_others = Filter::In(GroupId, others);
        if times.count(&Filter::eq(GroupId, kept)).await? == 0
            && let Some(first) = times.slice(&of_others, &[Order::asc(GroupId)], 1, 0).await?.pop()
        {
            times.update_where(&Filter::eq(Id, first.id), [(GroupId, Expr::value(kept))]).await?;
        }
        times.delete_where(&of_others).await?;
        Ok(())
    }
}

/// The instant so many seconds before `now`.
fn before(now: UnixTime, seconds: f64, argument: &str) -> Result<UnixTime> {
    if seconds.is_finite() && seconds >= 0.0 {
        return Ok(UnixTime(now.0 - seconds));
    }
    Err(Error::invalid(argument, "it is a length of time, which is finite and not negative"))
}

fn at_most(column: ingest_group::Column, time: UnixTime) -> Filter<ingest_group::Entity> {
    Filter::Compare(column, Comparison::Lte, time.into())
}

/// The groups of one observation each, of groups in the order of time.
fn observations(
    groups: &[(NaiveDateTime, ingest_group::Model)],
    tolerance: TimeDelta,
) -> Vec<&[(NaiveDateTime, ingest_group::Model)]> {
    let mut rest = groups;
    let mut observations = Vec::new();
    while let [(first, _), others @ ..] = rest {
        let joined = others.iter().take_while(|(other, _)| *other - *first <= tolerance).count();
        let (observation, later) = rest.split_at(joined + 1);
        observations.push(observation);
        rest = later;
    }
    observations
}
