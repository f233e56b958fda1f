//! The state machine of measurement sets: from raw subbands to an image, and what happens when a step
//! fails.

use almanac_entity::{
    JsonText, UnixTime,
    products::{ProcessingState, ms_state, ms_state_transition},
};
use ms_state::Column::{
    CheckpointData, CurrentState, ErrorMessage, MsPath, PreviousState, RetryCount, TransitionTime,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect, Value,
    sea_query::{Expr, SimpleExpr},
};

use crate::{Comparison, Error, Filter, Order, Repository, Result, StateMachine, Writable};

use ProcessingState::{
    ApplyingCal, Converted, Converting, Done, Error as GivenUp, Failed, FlaggingRfi, Imaging,
    Pending, SolvingCal,
};

/// What a measurement set may become. One that is not tracked is `pending`.
pub static PROCESSING_STATES: StateMachine<ProcessingState> = StateMachine {
    what: "measurement set",
    moves: &[
        (Pending, &[Converting, Failed]),
        (Converting, &[Converted, Failed]),
        (Converted, &[FlaggingRfi, Failed]),
        (FlaggingRfi, &[SolvingCal, ApplyingCal, Failed]),
        (SolvingCal, &[ApplyingCal, Done, Failed]),
        (ApplyingCal, &[Imaging, Failed]),
        (Imaging, &[Done, Failed]),
        (Done, &[]),
        (Failed, &[Pending, GivenUp]),
        (GivenUp, &[]),
    ],
};

/// The states in which something works on a measurement set.
pub const PROCESSING: [ProcessingState; 5] =
    [Converting, FlaggingRfi, SolvingCal, ApplyingCal, Imaging];

/// Rows that change in one statement.
const CHUNK: u64 = 500;
const SECONDS_OF_AN_HOUR: f64 = 3_600.0;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// A step of a measurement set to another state.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The state it comes to.
    pub to: ProcessingState,
    /// Where to resume from now on; none keeps what there is.
    pub checkpoint: Option<JsonText>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Transition {
    /// A step to `to`.
    pub fn to(to: ProcessingState) -> Self {
        Self { to, checkpoint: None, error: None }
    }
}

impl<C: ConnectionTrait> Repository<'_, C, ms_state::Entity> {
    /// The state of a measurement set; `pending` where it is not tracked.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_state(&self, ms_path: &str) -> Result<ProcessingState> {
        Ok(self.find(ms_path).await?.map_or(Pending, |record| record.current_state))
    }

    /// What is known of a measurement set's state; none where it is not tracked.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_record(&self, ms_path: &str) -> Result<Option<ms_state::Model>> {
        self.find(ms_path).await
    }

    /// Whether a measurement set ever left `pending`.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn is_tracked(&self, ms_path: &str) -> Result<bool> {
        Ok(self.find(ms_path).await?.is_some())
    }

    /// Whether a measurement set may be tried again: it was not given up, and was tried again fewer than
    /// `max_retries` times.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn can_retry(&self, ms_path: &str, max_retries: i32) -> Result<bool> {
        let record = self.find(ms_path).await?;
        Ok(record.is_none_or(|record| {
            record.current_state != GivenUp && record.retry_count.unwrap_or(0) < max_retries
        }))
    }

    /// Where work on a measurement set is to resume.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_checkpoint(&self, ms_path: &str) -> Result<Option<JsonText>> {
        Ok(self.find(ms_path).await?.and_then(|record| record.checkpoint_data))
    }

    /// The measurement sets in one of `states`, those that came to it last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_in(
        &self,
        states: &[ProcessingState],
        limit: u64,
    ) -> Result<Vec<ms_state::Model>> {
        self.slice(&in_states(states), &[Order::desc(TransitionTime)], limit, 0).await
    }

    /// The measurement sets in a state, those that came to it last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_state(
        &self,
        state: &ProcessingState,
        limit: u64,
    ) -> Result<Vec<ms_state::Model>> {
        self.list_in(std::slice::from_ref(state), limit).await
    }

    /// The measurement sets that something works on.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_processing(&self, limit: u64) -> Result<Vec<ms_state::Model>> {
        self.list_in(&PROCESSING, limit).await
    }

    /// The measurement sets that failed and were not given up.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_failed(&self, limit: u64) -> Result<Vec<ms_state::Model>> {
        self.list_in(&[Failed], limit).await
    }

    /// How many tracked measurement sets are in each state: the ten of the state machine, empty ones too,
    /// then what else an old file holds.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_by_state(&self) -> Result<Vec<(ProcessingState, u64)>> {
        let select = ms_state::Entity::find()
            .select_only()
            .column(CurrentState)
            .expr(MsPath.count())
            .group_by(CurrentState);
        let counted: Vec<(ProcessingState, i64)> = select.into_tuple().all(self.connection).await?;
        let mut counts: Vec<_> =
            PROCESSING_STATES.states().map(|state| (state.clone(), 0)).collect();
        for (state, count) in counted {
            match counts.iter_mut().find(|(known, _)| *known == state) {
                Some((_, sum)) => *sum += count.unsigned_abs(),
                None => counts.push((state, count.unsigned_abs())),
            }
        }
        Ok(counts)
    }
}

impl<C: Writable> Repository<'_, C, ms_state::Entity> {
    /// Brings a measurement set to another state and writes its history. A success clears the error; where
    /// a step back from `failed` counts as another attempt, [`reset_for_retry`](Self::reset_for_retry)
    /// counts it. The statements belong in one transaction that writes from its begin.
    ///
    /// # Errors
    /// It may not become that, which the error says with what it may become; the path is blank, an error
    /// is given with a success, or the engine fails.
    pub async fn transition(
        &self,
        ms_path: &str,
        step: Transition,
        now: UnixTime,
    ) -> Result<ms_state::Model> {
        self.step(ms_path, step, None, now).await
    }

    /// Writes down that work on a measurement set failed.
    ///
    /// # Errors
    /// It is `done`, given up or has failed already, or the engine fails.
    pub async fn mark_failed(
        &self,
        ms_path: &str,
        error: &str,
        now: UnixTime,
    ) -> Result<ms_state::Model> {
        let step = Transition { error: Some(error.to_owned()), ..Transition::to(Failed) };
        self.step(ms_path, step, None, now).await
    }

    /// Writes down that nothing is left to do for a measurement set.
    ///
    /// # Errors
    /// It is neither being imaged nor calibrated, or the engine fails.
    pub async fn mark_done(&self, ms_path: &str, now: UnixTime) -> Result<ms_state::Model> {
        self.step(ms_path, Transition::to(Done), None, now).await
    }

    /// Lets a measurement set that failed be tried again: it is `pending`, one retry more is counted, and
    /// its checkpoint stays.
    ///
    /// # Errors
    /// It has not failed, or the engine fails.
    pub async fn reset_for_retry(&self, ms_path: &str, now: UnixTime) -> Result<ms_state::Model> {
        let record = self.failed(ms_path, "tried again").await?;
        let retries = record.retry_count.unwrap_or(0).saturating_add(1);
        self.step(ms_path, Transition::to(Pending), Some(retries), now).await
    }

    /// Gives up a measurement set that failed; its error stays.
    ///
    /// # Errors
    /// It has not failed, or the engine fails.
    pub async fn escalate(&self, ms_path: &str, now: UnixTime) -> Result<ms_state::Model> {
        self.failed(ms_path, "given up").await?;
        self.step(ms_path, Transition::to(GivenUp), None, now).await
    }

    /// Writes down where work on a measurement set is to resume.
    ///
    /// # Errors
    /// It is not tracked, or the engine fails.
    pub async fn save_checkpoint(
        &self,
        ms_path: &str,
        checkpoint: JsonText,
    ) -> Result<ms_state::Model> {
        let set = [(CheckpointData, Expr::value(checkpoint))];
        if self.update_where(&Filter::eq(MsPath, ms_path), set).await? == 0 {
            return Err(untracked(ms_path));
        }
        self.get(ms_path).await
    }

    /// Forgets the states of measurement sets that have been done or given up for `days`; their history
    /// stays. Returns how many.
    ///
    /// # Errors
    /// `days` is not a time, or the engine fails.
    pub async fn cleanup(&self, days: f64, now: UnixTime) -> Result<u64> {
        let old = older_than(days * SECONDS_OF_A_DAY, "days", now)?;
        self.delete_where(&in_states(&[Done, GivenUp]).and(old)).await
    }

    /// Fails the measurement sets that something has worked on for `hours` without another step. Returns
    /// their paths.
    ///
    /// # Errors
    /// `hours` is not a time, or the engine fails.
    pub async fn recover_stale(&self, hours: f64, now: UnixTime) -> Result<Vec<String>> {
        let stale =
            in_states(&PROCESSING).and(older_than(hours * SECONDS_OF_AN_HOUR, "hours", now)?);
        let error = format!("nothing was heard of it for {hours} hours");
        let mut recovered = Vec::new();
        loop {
            let records = self.claim(&stale, &[Order::asc(MsPath)], CHUNK).await?;
            if records.is_empty() {
                return Ok(recovered);
            }
            for state in &PROCESSING {
                let of_state = records.iter().filter(|record| record.current_state == *state);
                let paths: Vec<Value> = of_state.map(|one| one.ms_path.as_str().into()).collect();
                if !paths.is_empty() {
                    let set = moved(state, &Failed, Some(error.clone()), now);
                    self.update_where(&Filter::In(MsPath, paths), set).await?;
                }
            }
            let steps: Vec<_> = records
                .iter()
                .map(|one| {
                    history(&one.ms_path, &one.current_state, &Failed, Some(error.clone()), now)
                })
                .collect();
            self.on::<ms_state_transition::Entity>().insert_many(steps).await?;
            recovered.extend(records.into_iter().map(|record| record.ms_path));
        }
    }

    /// The record of a measurement set that failed, locked for this transaction.
    async fn failed(&self, ms_path: &str, what: &str) -> Result<ms_state::Model> {
        let record = self.lock(ms_path).await?.ok_or_else(|| untracked(ms_path))?;
        if record.current_state == Failed {
            return Ok(record);
        }
        let state = record.current_state;
        let message =
            format!("measurement set {ms_path} is {state}; it is {what} only when it is failed");
        Err(Error::Conflict(message))
    }

    async fn step(
        &self,
        ms_path: &str,
        step: Transition,
        retries: Option<i32>,
        now: UnixTime,
    ) -> Result<ms_state::Model> {
        if ms_path.trim().is_empty() {
            return Err(Error::invalid("ms_path", "a measurement set has a path"));
        }
        let Transition { to, checkpoint, error } = step;
        if error.is_some() && !is_failure(&to) {
            return Err(Error::invalid(
                "error",
                format!("a measurement set that is {to} has none"),
            ));
        }
        let record = self.lock(ms_path).await?;
        let from = record.as_ref().map_or(Pending, |record| record.current_state.clone());
        PROCESSING_STATES.check(ms_path, &from, &to)?;
        let step = history(ms_path, &from, &to, error.clone(), now);
        self.on::<ms_state_transition::Entity>().insert(step).await?;
        if record.is_none() {
            let first = ms_state::ActiveModel {
                ms_path: Set(ms_path.to_owned()),
                current_state: Set(to),
                previous_state: Set(Some(from)),
                transition_time: Set(now),
                retry_count: Set(Some(0)),
                error_message: Set(error),
                checkpoint_data: Set(checkpoint),
                created_at: Set(now),
            };
            return self.insert(first).await;
        }
        let mut set = moved(&from, &to, error, now);
        if let Some(checkpoint) = checkpoint {
            set.push((CheckpointData, Expr::value(checkpoint)));
        }
        if let Some(retries) = retries {
            set.push((RetryCount, Expr::value(retries)));
        }
        self.update_where(&Filter::eq(MsPath, ms_path), set).await?;
        self.get(ms_path).await
    }
}

/// Whether a state says that something went wrong.
fn is_failure(state: &ProcessingState) -> bool {
    matches!(state, Failed | GivenUp)
}

/// What a step changes. A failure without a reason keeps the one there is.
fn moved(
    from: &ProcessingState,
    to: &ProcessingState,
    error: Option<String>,
    now: UnixTime,
) -> Vec<(ms_state::Column, SimpleExpr)> {
    let mut set = vec![
        (CurrentState, Expr::value(to.clone())),
        (PreviousState, Expr::value(from.clone())),
        (TransitionTime, Expr::value(now)),
    ];
    if error.is_some() || !is_failure(to) {
        set.push((ErrorMessage, Expr::value(error)));
    }
    set
}

fn history(
    ms_path: &str,
    from: &ProcessingState,
    to: &ProcessingState,
    error: Option<String>,
    now: UnixTime,
) -> ms_state_transition::ActiveModel {
    ms_state_transition::ActiveModel {
        ms_path: Set(ms_path.to_owned()),
        from_state: Set(from.clone()),
        to_state: Set(to.clone()),
        timestamp: Set(now),
        success: Set(!is_failure(to)),
        error_message: Set(error),
        ..Default::default()
    }
}

fn untracked(ms_path: &str) -> Error {
    Error::not_found(format!("state of a measurement set {ms_path}; it never left pending"))
}

fn in_states(states: &[ProcessingState]) -> Filter<ms_state::Entity> {
    Filter::In(CurrentState, states.iter().cloned().map(Value::from).collect())
}

/// Rows whose last step is at least so long ago.
fn older_than(seconds: f64, argument: &str, now: UnixTime) -> Result<Filter<ms_state::Entity>> {
    if !(seconds.is_finite() && seconds >= 0.0) {
        let message = "it is a length of time, which is finite and not negative";
        return Err(Error::invalid(argument, message));
    }
    Ok(Filter::Compare(TransitionTime, Comparison::Lte, (now.0 - seconds).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pair of states, against the table as the pipeline's people wrote it.
    #[test]
    fn only_the_moves_of_the_table_are_legal() {
        let legal = [
            ("pending", "converting failed"),
            ("converting", "converted failed"),
            ("converted", "flagging_rfi failed"),
            ("flagging_rfi", "solving_cal applying_cal failed"),
            ("solving_cal", "applying_cal done failed"),
            ("applying_cal", "imaging failed"),
            ("imaging", "done failed"),
            ("failed", "pending error"),
            ("done", ""),
            ("error", ""),
            ("stuck", ""),
        ];
        assert_eq!(PROCESSING_STATES.states().count(), 10);
        for (from, targets) in legal {
            for (to, _) in legal {
                let expected = targets.split(' ').any(|target| target == to);
                let allowed = PROCESSING_STATES.allows(&from.into(), &to.into());
                assert_eq!(allowed, expected, "{from} {to}");
            }
        }
    }
}
