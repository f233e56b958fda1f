//! The queue of the converter as a state machine: who takes a group, and what becomes of it.

use almanac_entity::{
    JsonText, UnixTime,
    ingest::{IngestState, ingest_group, subband_file},
};
use ingest_group::Column::{
    Calibrators, CheckpointPath, Error as ConverterError, ErrorMessage, GroupId, HasCalibrator,
    LastUpdate, ProcessingStage, RetryCount, State,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, SimpleExpr},
};

use super::{group::in_state, group_id::normalise_group_id};
use crate::{Error, Filter, Key, Order, Repository, Result, StateMachine, Writable};

/// Attempts at a group, the first one counted, unless somebody says otherwise.
pub const MAX_ATTEMPTS: i32 = 3;

/// What an observation group may become. New groups are `collecting`.
pub static INGEST_STATES: StateMachine<IngestState> = StateMachine {
    what: "observation group",
    moves: &[
        (IngestState::Collecting, &[IngestState::Pending, IngestState::Failed]),
        (IngestState::Pending, &[IngestState::InProgress, IngestState::Failed]),
        (
            IngestState::InProgress,
            &[IngestState::Completed, IngestState::Failed, IngestState::Pending],
        ),
        (IngestState::Failed, &[IngestState::Pending]),
        (IngestState::Completed, &[]),
    ],
};

type Set = Vec<(ingest_group::Column, SimpleExpr)>;

impl<C: ConnectionTrait> Repository<'_, C, ingest_group::Entity> {
    /// How many subbands each of these groups has; those without any are left out.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn subband_counts(
        &self,
        group_ids: &[Key],
    ) -> Result<std::collections::HashMap<Key, u64>> {
        let files = self.on::<subband_file::Entity>();
        files.count_children(subband_file::Column::GroupId, group_ids, &Filter::default()).await
    }

    /// The groups that have a calibrator in the field, or have none, and start from `from` to `to`, each
    /// named as a group; at most `limit`, the earliest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn with_calibrator(
        &self,
        has_calibrator: bool,
        from: Option<&str>,
        to: Option<&str>,
        limit: u64,
    ) -> Result<Vec<String>> {
        let mut select = ingest_group::Entity::find()
            .select_only()
            .column(GroupId)
            .filter(HasCalibrator.eq(has_calibrator))
            .limit(limit);
        if let Some(from) = from {
            select = select.filter(GroupId.gte(from));
        }
        if let Some(to) = to {
            select = select.filter(GroupId.lte(to));
        }
        let ordered = sea_orm::QueryOrder::order_by_asc(select, GroupId);
        Ok(ordered.into_tuple().all(self.connection).await?)
    }
}

impl<C: Writable> Repository<'_, C, ingest_group::Entity> {
    /// Takes the pending group of the earliest observation: it is `in_progress` then, and nobody else
    /// gets it. None where nothing is pending. The statements belong in one transaction that writes from
    /// its begin.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn acquire_next_pending(&self, now: UnixTime) -> Result<Option<ingest_group::Model>> {
        let pending = in_state(&IngestState::Pending);
        let Some(group) = self.claim(&pending, &[Order::asc(GroupId)], 1).await?.pop() else {
            return Ok(None);
        };
        self.advance(&group, IngestState::InProgress, Vec::new(), now).await.map(Some)
    }

    /// The same, and writes down what is going to be done with the group first.
    ///
    /// # Errors
    /// `stage` is blank, or the engine fails.
    pub async fn acquire_next_for(
        &self,
        stage: &str,
        now: UnixTime,
    ) -> Result<Option<ingest_group::Model>> {
        refuse_blank(stage)?;
        match self.acquire_next_pending(now).await? {
            Some(group) => self.set_stage(&group.group_id, stage, now).await.map(Some),
            None => Ok(None),
        }
    }

    /// Brings a group to a state, with the reason where it fails. A group that is `pending` again after it
    /// failed has no error any more, and keeps its number of retries. The statements belong in one
    /// transaction.
    ///
    /// # Errors
    /// There is no such group, it may not become that, which the error says with what it may become, or
    /// the engine fails.
    pub async fn update_state(
        &self,
        group_id: &str,
        state: IngestState,
        error: Option<&str>,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        let group = self.locked(group_id).await?;
        let clears = group.state == IngestState::Failed && state == IngestState::Pending;
        let set = match error {
            Some(error) => failure(error),
            None if clears => no_failure(),
            None => Vec::new(),
        };
        self.advance(&group, state, set, now).await
    }

    /// Gives a group that failed to whoever takes the next one: it is `pending` again, without an error.
    ///
    /// # Errors
    /// There is no such group, it has not failed, or the engine fails.
    pub async fn retry(&self, group_id: &str, now: UnixTime) -> Result<ingest_group::Model> {
        let group = self.locked(group_id).await?;
        if group.state != IngestState::Failed {
            let message = format!(
                "observation group {} is {}; only a failed group is tried again",
                group.group_id, group.state
            );
            return Err(Error::Conflict(message));
        }
        self.advance(&group, IngestState::Pending, no_failure(), now).await
    }

    /// Writes down that work on a group failed, and counts a retry: it is `pending` again while it was
    /// tried fewer than `max_retries` times, and `failed` then.
    ///
    /// # Errors
    /// There is no such group, nobody works on it, `max_retries` is below 1, or the engine fails.
    pub async fn fail_or_retry(
        &self,
        group_id: &str,
        error: &str,
        max_retries: i32,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        if max_retries < 1 {
            return Err(Error::invalid("max_retries", format!("{max_retries} is below 1")));
        }
        let group = self.locked(group_id).await?;
        if read_state(&group.state) != IngestState::InProgress {
            let message = format!(
                "observation group {} is {}; work fails only on a group that is in_progress",
                group.group_id, group.state
            );
            return Err(Error::Conflict(message));
        }
        let tried = group.retry_count.unwrap_or(0).saturating_add(1);
        let state = if tried < max_retries { IngestState::Pending } else { IngestState::Failed };
        let mut set = failure(error);
        set.push((RetryCount, Expr::value(tried)));
        self.advance(&group, state, set, now).await
    }

    /// Writes down whether a calibrator is in the field of a group, and which.
    ///
    /// # Errors
    /// There is no such group, `calibrators` is not an array or names some where there is none, or the
    /// engine fails.
    pub async fn set_calibrator(
        &self,
        group_id: &str,
        has_calibrator: bool,
        calibrators: Option<JsonText>,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        let named = match &calibrators {
            None => 0,
            Some(JsonText(serde_json::Value::Array(list))) => list.len(),
            Some(_) => return Err(Error::invalid("calibrators", "it is an array of calibrators")),
        };
        if named > 0 && !has_calibrator {
            let message = format!("it names {named}, though there is none in the field");
            return Err(Error::invalid("calibrators", message));
        }
        let set = vec![
            (HasCalibrator, Expr::value(has_calibrator)),
            (Calibrators, Expr::value(calibrators)),
        ];
        self.note(group_id, set, now).await
    }

    /// Writes down what is being done with a group, such as `imaging`.
    ///
    /// # Errors
    /// There is no such group, `stage` is blank, or the engine fails.
    pub async fn set_stage(
        &self,
        group_id: &str,
        stage: &str,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        refuse_blank(stage)?;
        self.note(group_id, vec![(ProcessingStage, Expr::value(stage))], now).await
    }

    /// Writes down the file from which the conversion of a group can be resumed; none where it begins
    /// anew.
    ///
    /// # Errors
    /// There is no such group, or the engine fails.
    pub async fn set_checkpoint(
        &self,
        group_id: &str,
        checkpoint_path: Option<&str>,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        let path = checkpoint_path.map(str::to_owned);
        self.note(group_id, vec![(CheckpointPath, Expr::value(path))], now).await
    }

    /// The group, locked for this transaction.
    async fn locked(&self, group_id: &str) -> Result<ingest_group::Model> {
        let group_id = normalise_group_id(group_id)?;
        let group = self.lock(group_id.as_str()).await?;
        group.ok_or_else(|| Error::not_found(format!("observation group {group_id}")))
    }

    /// Changes what is known of a group, not its state.
    async fn note(
        &self,
        group_id: &str,
        mut set: Set,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        let group = self.locked(group_id).await?;
        set.push((LastUpdate, Expr::value(now)));
        self.update_where(&Filter::eq(GroupId, group.group_id.as_str()), set).await?;
        self.get(group.group_id.as_str()).await
    }

    /// Brings a group that is locked to a state.
    async fn advance(
        &self,
        group: &ingest_group::Model,
        state: IngestState,
        mut set: Set,
        now: UnixTime,
    ) -> Result<ingest_group::Model> {
        INGEST_STATES.check(&group.group_id, &read_state(&group.state), &state)?;
        set.push((State, Expr::value(state)));
        set.push((LastUpdate, Expr::value(now)));
        self.update_where(&Filter::eq(GroupId, group.group_id.as_str()), set).await?;
        self.get(group.group_id.as_str()).await
    }
}

fn refuse_blank(stage: &str) -> Result<()> {
    if stage.trim().is_empty() {
        return Err(Error::invalid("stage", "it says what is being done with the group"));
    }
    Ok(())
}

/// The state as the queue understands it: older converters had other words for `in_progress`.
pub(super) fn read_state(state: &IngestState) -> IngestState {
    if super::group::OLD_IN_PROGRESS.contains(&state.as_str()) {
        IngestState::InProgress
    } else {
        state.clone()
    }
}

/// Why a group failed, in both columns: the converter reads one, people the other.
pub(super) fn failure(error: &str) -> Set {
    vec![(ErrorMessage, Expr::value(error)), (ConverterError, Expr::value(error))]
}

fn no_failure() -> Set {
    let none: Option<String> = None;
    vec![(ErrorMessage, Expr::value(none.clone())), (ConverterError, Expr::value(none))]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of states, against the table as the pipeline's people wrote it.
    #[test]
    fn only_the_moves_of_the_queue_are_legal() {
        let legal = [
            ("collecting", "pending"),
            ("collecting", "failed"),
            ("pending", "in_progress"),
            ("pending", "failed"),
            ("in_progress", "completed"),
            ("in_progress", "failed"),
            ("in_progress", "pending"),
            ("failed", "pending"),
        ];
        let words = ["collecting", "pending", "in_progress", "completed", "failed", "stuck"];
        for from in words {
            for to in words {
                let expected = legal.contains(&(from, to));
                assert_eq!(INGEST_STATES.allows(&from.into(), &to.into()), expected, "{from} {to}");
            }
        }
        assert_eq!(INGEST_STATES.states().count(), 5);
    }

    #[test]
    fn old_words_are_in_progress() {
        for word in ["processing", "processing_fresh", "in_progress"] {
            assert_eq!(read_state(&word.into()), IngestState::InProgress);
        }
        assert_eq!(read_state(&"stuck".into()), IngestState::Other("stuck".to_owned()));
    }
}
