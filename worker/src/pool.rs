//! How many jobs of a kind a worker works on at once.

use std::{cmp::Reverse, sync::Arc};

use almanac_service::{
    Result,
    astrid::{JobPolicy, JobType},
};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{
    Stage,
    attempt::{Attempt, Ended},
    desk::Desk,
};

/// Jobs of one claim.
const MOST: usize = 32;

/// Those who work on the jobs of one kind.
pub(crate) struct Pool {
    pub(crate) job_type: JobType,
    pub(crate) policy: JobPolicy,
    stage: Arc<dyn Stage>,
    /// One for each who has nothing to do.
    idle: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(
        job_type: JobType,
        stage: Arc<dyn Stage>,
        policy: JobPolicy,
        size: u32,
    ) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { job_type, policy, stage, idle: Arc::new(Semaphore::new(size)) }
    }

    /// Whether anybody has nothing to do.
    pub(crate) fn has_room(&self) -> bool {
        self.idle.available_permits() > 0
    }

    /// Smaller for those whose jobs come first.
    pub(crate) fn rank(&self) -> Reverse<i32> {
        Reverse(self.policy.priority)
    }

    /// Claims a job for each who has nothing to do, as far as there are any, and begins them.
    pub(crate) async fn fill(
        &self,
        desk: &Arc<Desk>,
        stopping: &watch::Receiver<bool>,
        running: &mut JoinSet<Ended>,
    ) -> Result<()> {
        loop {
            let most = self.idle.available_permits().min(MOST);
            if most == 0 {
                return Ok(());
            }
            let claimed = desk.claim(self.job_type, most as u64).await?;
            let is_last = claimed.len() < most;
            for job in claimed {
                let permit = self.idle.clone().try_acquire_owned();
                let attempt = Attempt {
                    desk: desk.clone(),
                    stage: self.stage.clone(),
                    policy: self.policy,
                    job,
                    stopping: stopping.clone(),
                };
                running.spawn(async move {
                    let _permit = permit;
                    attempt.run().await
                });
            }
            if is_last {
                return Ok(());
            }
        }
    }
}
