//! Runs of which a retry reuses the row.

use almanac_entity::astrid::{ObservationStatus, observation};
use sea_orm::{
    ConnectionTrait, QueryFilter,
    prelude::{DateTimeUtc, Uuid},
};

use super::{
    RUN_STATES,
    RunStatus::{self, Completed, Failed, Pending, Running},
    ended,
    life::{Life, RetriedRun},
    seconds_between,
};
use crate::{
    Error, Filter, Repository, Result, Writable,
    astrid::{JobPolicy, OBSERVATION_STATES, no_such, stored},
    record::Act,
};

/// How a run ends badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::astrid) enum Ending {
    /// It is tried again if it may succeed then, and the policy still has a retry for it.
    ByPolicy {
        /// Whether another try may succeed.
        is_retryable: bool,
    },
    /// Its job is tried again, or is not.
    AsJob {
        /// Whether it is.
        is_retried: bool,
    },
}

/// The run of an observation that is waiting or running, if one is; there is one at most.
async fn underway<C: ConnectionTrait, E: RetriedRun>(
    connection: &C,
    observation_id: Uuid,
) -> Result<Option<E::Model>> {
    let states = [Pending, Running].map(E::status).to_vec();
    let of = Filter::<E>::eq(E::OBSERVATION, observation_id).and(Filter::In(E::STATUS, states));
    Ok(E::find().filter(of.condition()).one(connection).await?)
}

/// Starts a run that is waiting, and brings its observation along.
pub(in crate::astrid) async fn start<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    id: Uuid,
    now: DateTimeUtc,
) -> Result<E::Model> {
    let life = locked(runs, id).await?;
    RUN_STATES.step(id, &life.status, &Running)?;
    let observations = runs.on::<observation::Entity>();
    let observation = observations.get(life.observation_id).await?;
    if observation.status != E::UNDERWAY {
        observations.transition(observation.id, E::UNDERWAY, None, now).await?;
    }
    let life = Life { status: Running, started_at: Some(stored(now)), completed_at: None, ..life };
    change(runs, "start", None, E::living(life, now)).await
}

/// Lets the job of an observation find its run: the one that is waiting, started now; the one left running by a
/// worker that did not come back, started anew; or one that `create` makes.
pub(in crate::astrid) async fn begin<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    observation_id: Uuid,
    now: DateTimeUtc,
    create: impl AsyncFnOnce() -> Result<E::Model>,
) -> Result<E::Model> {
    let run = match underway::<C, E>(runs.connection, observation_id).await? {
        Some(run) => run,
        None => create().await?,
    };
    let life = locked(runs, E::life(&run).id).await?;
    if life.status != Running {
        return start(runs, life.id, now).await;
    }
    let life = Life { started_at: Some(stored(now)), ..life };
    change(runs, "start", None, E::living(life, now)).await
}

/// Ends a run well. `found` adds what it found to the changes of its row.
pub(in crate::astrid) async fn complete<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    life: Life,
    now: DateTimeUtc,
    found: impl FnOnce(E::ActiveModel) -> E::ActiveModel,
) -> Result<E::Model> {
    RUN_STATES.step(life.id, &life.status, &Completed)?;
    let observation_id = life.observation_id;
    let row = found(E::living(over(life, Completed, now), now));
    let run = change(runs, "complete", None, row).await?;
    runs.on::<observation::Entity>().transition(observation_id, E::DONE, None, now).await?;
    Ok(run)
}

/// Ends a run badly, or lets it wait for its next try. Its observation keeps its state in the latter case.
pub(in crate::astrid) async fn fail<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    id: Uuid,
    error: &str,
    ending: Ending,
    now: DateTimeUtc,
) -> Result<E::Model> {
    let life = locked(runs, id).await?;
    RUN_STATES.step(id, &life.status, &Failed)?;
    let is_retried = match ending {
        Ending::AsJob { is_retried } => is_retried,
        Ending::ByPolicy { is_retryable } => {
            is_retryable
                && life.retry_count < JobPolicy::read(runs.connection, E::JOB).await?.max_retries
        }
    };
    let life = Life { error: Some(error.to_owned()), ..life };
    if is_retried {
        let life = Life {
            status: Pending,
            started_at: None,
            completed_at: None,
            seconds: None,
            retry_count: life.retry_count + 1,
            ..life
        };
        return change(runs, "retry", Some(error), E::living(life, now)).await;
    }
    let observations = runs.on::<observation::Entity>();
    let status = observations.get(life.observation_id).await?.status;
    // Somebody may have given it up or put it away meanwhile.
    if OBSERVATION_STATES.allows(&status, &ObservationStatus::Failed) {
        let failed = ObservationStatus::Failed;
        observations.transition(life.observation_id, failed, Some(error), now).await?;
    }
    change(runs, "fail", Some(error), E::living(over(life, Failed, now), now)).await
}

/// Lets the run of an observation follow its job, which failed or was called off. Where the work never began there
/// is none.
pub(in crate::astrid) async fn follow<C: Writable, E: RetriedRun>(
    connection: &C,
    observation_id: Uuid,
    error: &str,
    is_retried: bool,
    now: DateTimeUtc,
) -> Result<()> {
    let Some(run) = underway::<C, E>(connection, observation_id).await? else { return Ok(()) };
    let life = E::life(&run);
    if is_retried && life.status == Pending {
        // It waits for its next try already.
        return Ok(());
    }
    let runs = Repository::<_, E>::new(connection);
    fail(&runs, life.id, error, Ending::AsJob { is_retried }, now).await?;
    Ok(())
}

/// What a run holds of its life, locked until the transaction ends.
pub(in crate::astrid) async fn locked<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    id: Uuid,
) -> Result<Life> {
    let run = runs.lock(id).await?.ok_or_else(|| no_such::<E>(id))?;
    Ok(E::life(&run))
}

fn over(life: Life, status: RunStatus, now: DateTimeUtc) -> Life {
    let completed_at = ended(life.started_at, stored(now));
    let seconds = life.started_at.map(|started_at| seconds_between(started_at, completed_at));
    Life { status, completed_at: Some(completed_at), seconds, ..life }
}

async fn change<C: Writable, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    verb: &'static str,
    reason: Option<&str>,
    row: E::ActiveModel,
) -> Result<E::Model> {
    let act = Act::of_rows(verb).because(reason.map(str::to_owned));
    runs.on::<E>().acting(act).update(row).await
}

/// Refuses a second run of an observation while one is waiting or running.
pub(in crate::astrid) async fn none_underway<C: ConnectionTrait, E: RetriedRun>(
    runs: &Repository<'_, C, E>,
    observation_id: Uuid,
) -> Result<()> {
    match underway::<C, E>(runs.connection, observation_id).await? {
        Some(run) => {
            let what = format!("{} of observation {observation_id}", E::NAME);
            Err(Error::AlreadyExists { what, id: Some(E::life(&run).id) })
        }
        None => Ok(()),
    }
}

/// The run of an observation that is running, if one is.
pub(in crate::astrid) async fn running<C: ConnectionTrait, E: RetriedRun>(
    connection: &C,
    observation_id: Uuid,
) -> Result<Option<Life>> {
    let underway = underway::<C, E>(connection, observation_id).await?;
    Ok(underway.as_ref().map(E::life).filter(|life| life.status == Running))
}

/// Brings an observation that failed back to the state in which runs of this kind begin, since its job is to be
/// done after all. What was found before that stays as it is.
pub(in crate::astrid) async fn revive<C: Writable>(
    connection: &C,
    observation_id: Uuid,
    to: ObservationStatus,
    now: DateTimeUtc,
) -> Result<()> {
    use ObservationStatus::{Failed, Ingested, Preprocessed, Preprocessing};
    let observations = Repository::<_, observation::Entity>::new(connection);
    if observations.get(observation_id).await?.status != Failed {
        return Ok(());
    }
    for status in [Ingested, Preprocessing, Preprocessed] {
        let reason = "a job that had failed is done after all";
        observations.transition(observation_id, status, Some(reason), now).await?;
        if status == to {
            break;
        }
    }
    Ok(())
}
