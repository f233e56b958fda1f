//! A worker at work: from its first claim to the last job that it gives back.

use std::{sync::Arc, time::Duration};

use almanac_service::{
    Result,
    astrid::JobType,
    live::{Live, Settings, WaitingJobs},
};
use tokio::{
    pin,
    sync::watch,
    task::{JoinError, JoinSet},
    time::{Instant, sleep, sleep_until, timeout},
};

use crate::{
    Tally,
    attempt::{Ended, duration},
    desk::{Desk, is_passing},
    pool::Pool,
    reap,
};

/// How long a worker leaves a database alone that is busy or broken; longer each time, up to the last.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
];
/// How long it leaves jobs alone that it sees and does not get: somebody is just taking them.
const TAKEN: Duration = Duration::from_millis(50);
/// No job is waited for longer without a look.
const FAR: Duration = Duration::from_hours(1);
/// The least time between two looks for jobs whose workers died.
const REAPS: Duration = Duration::from_millis(500);

pub(crate) struct Shift {
    desk: Arc<Desk>,
    pools: Vec<Pool>,
    types: Vec<JobType>,
    live: Live,
    until_empty: bool,
    running: JoinSet<Ended>,
    tally: Tally,
    /// When jobs whose workers died are looked for.
    reap_at: Instant,
    /// How often in a row the database was busy or broken.
    troubles: usize,
    told: watch::Sender<bool>,
}

/// Why a worker looks up.
enum News {
    /// There may be jobs.
    Jobs,
    /// There is none that can be claimed now, and none that runs.
    Nothing,
}

impl Shift {
    pub(crate) fn new(desk: Desk, pools: Vec<Pool>, interval: Duration, until_empty: bool) -> Self {
        Self {
            live: Live::new(desk.sessions.clone(), Settings { interval }),
            desk: Arc::new(desk),
            types: pools.iter().map(|pool| pool.job_type).collect(),
            pools,
            until_empty,
            running: JoinSet::new(),
            tally: Tally::default(),
            reap_at: Instant::now(),
            troubles: 0,
            told: watch::Sender::new(false),
        }
    }

    pub(crate) async fn work(&mut self, stop: impl Future<Output = ()>) -> Result<()> {
        pin!(stop);
        loop {
            let claimed = self.claim().await;
            let pause = self.pause_after(claimed)?;
            let has_room = self.pools.iter().any(Pool::has_room);
            let (live, desk, types) = (&self.live, &*self.desk, &*self.types);
            let until_empty = self.until_empty;
            let news = async {
                match pause {
                    Some(pause) => {
                        sleep(pause).await;
                        Ok(News::Jobs)
                    }
                    None if has_room => news(live, desk, types, until_empty).await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                () = &mut stop => return Ok(()),
                Some(ended) = self.running.join_next() => {
                    self.tally.count(ended);
                    continue;
                }
                () = sleep_until(self.reap_at), if pause.is_none() => continue,
                // Boxed, for it is large.
                heard = Box::pin(news) => heard,
            };
            match heard {
                // Those who have ended in the database end here too.
                Ok(News::Nothing) => match self.running.join_next().await {
                    Some(ended) => self.tally.count(ended),
                    None => return Ok(()),
                },
                Ok(News::Jobs) => {}
                Err(error) => {
                    if let Some(pause) = self.pause_after(Err(error))? {
                        sleep(pause).await;
                    }
                }
            }
        }
    }

    /// Gives back what is being worked on, and waits until that is done.
    pub(crate) async fn end(mut self) -> Tally {
        self.told.send_replace(true);
        while let Some(ended) = self.running.join_next().await {
            self.tally.count(ended);
        }
        self.live.close();
        self.tally
    }

    async fn claim(&mut self) -> Result<()> {
        if Instant::now() >= self.reap_at {
            let leases = self.pools.iter().map(|pool| duration(pool.policy.lease));
            self.reap_at = Instant::now() + (leases.min().unwrap_or_default() / 2).max(REAPS);
            let desk = &*self.desk;
            let reaped = reap(&desk.sessions, &desk.principal, &*desk.effects, desk.now()).await?;
            self.tally.reaped += reaped.len() as u64;
        }
        let stopping = self.told.subscribe();
        for pool in &self.pools {
            pool.fill(&self.desk, &stopping, &mut self.running).await?;
        }
        Ok(())
    }

    /// How long to leave the database alone after this.
    fn pause_after(&mut self, outcome: Result<()>) -> Result<Option<Duration>> {
        match outcome {
            Ok(()) => {
                self.troubles = 0;
                Ok(None)
            }
            Err(error) if is_passing(&error) => {
                let pause = PAUSES[self.troubles.min(PAUSES.len() - 1)];
                self.troubles += 1;
                tracing::warn!(%error, ?pause, "the queue cannot be used");
                Ok(Some(pause))
            }
            Err(error) => Err(error),
        }
    }
}

/// Waits for jobs that can be claimed; with `until_empty` not where there is nothing to wait for.
async fn news(live: &Live, desk: &Desk, types: &[JobType], until_empty: bool) -> Result<News> {
    let mut waiting = live.observe(WaitingJobs(types.to_vec()), None).await?;
    let mut is_first = true;
    let mut next = waiting.next().await;
    loop {
        let Some((_, jobs)) = next else { return Ok(News::Nothing) };
        let until = jobs.next_at.map(|at| (at - desk.now()).to_std().unwrap_or_default());
        if until == Some(Duration::ZERO) {
            if is_first {
                sleep(TAKEN).await;
            }
            return Ok(News::Jobs);
        }
        if until_empty && jobs.running == 0 {
            return Ok(News::Nothing);
        }
        is_first = false;
        next = match timeout(until.unwrap_or(FAR).min(FAR), waiting.next()).await {
            Ok(next) => next,
            Err(_) => return Ok(News::Jobs),
        };
    }
}

impl Tally {
    fn count(&mut self, ended: std::result::Result<Ended, JoinError>) {
        let number = match ended {
            Ok(Ended::Completed) => &mut self.completed,
            Ok(Ended::Retried) => &mut self.retried,
            Ok(Ended::Failed) => &mut self.failed,
            Ok(Ended::Released) => &mut self.released,
            Ok(Ended::Lost) => &mut self.lost,
            Err(error) => {
                tracing::error!(%error, "a job's worker panicked");
                &mut self.lost
            }
        };
        *number += 1;
    }
}
