//! Jobs whose workers died.

use almanac_entity::astrid::processing_job;
use almanac_service::{
    Repository, Result, Sessions, Transaction,
    access::Principal,
    astrid::{Detached, Effects},
};
use sea_orm::prelude::{DateTimeUtc, Uuid};

use crate::desk::{begin, is_passing, settle};

/// Ends the try at every running job whose lease has passed, as a failure that may be tried again; each in a
/// transaction of its own, so that one which cannot be ended keeps no other from it. Returns the jobs.
///
/// # Errors
/// The engine fails; jobs before that are ended.
pub async fn reap(
    sessions: &Sessions,
    who: &Principal,
    effects: &dyn Effects,
    now: DateTimeUtc,
) -> Result<Vec<processing_job::Model>> {
    let reader = sessions.reader_of::<processing_job::Entity>().await?;
    let jobs = Repository::<_, processing_job::Entity>::new(&reader);
    let mut reaped = Vec::new();
    for id in jobs.expired(now).await? {
        let ended = match reap_job(sessions, who, effects, id, now).await {
            Err(error) if !is_passing(&error) => {
                tracing::error!(job = %id, %error, "a row cannot follow the job whose lease expired");
                reap_job(sessions, who, &Detached, id, now).await
            }
            ended => ended,
        };
        reaped.extend(ended?);
    }
    Ok(reaped)
}

async fn reap_job(
    sessions: &Sessions,
    who: &Principal,
    effects: &dyn Effects,
    id: Uuid,
    now: DateTimeUtc,
) -> Result<Option<processing_job::Model>> {
    let work = begin(sessions, who, now)?;
    let jobs: Repository<'_, Transaction, processing_job::Entity> = work.table().await?;
    let reaped = jobs.reap_job(effects, id, now).await;
    settle(work, reaped).await
}
