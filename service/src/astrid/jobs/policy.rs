//! How jobs of each kind are run: the setting `jobs.policy`.

use std::cmp::min;

use almanac_entity::astrid::system_config;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value as Json;

use super::JobType;
use crate::Result;

const KEY: &str = "jobs.policy";
/// No time of a policy is longer than a year, seconds.
const LONGEST: i64 = 31_536_000;

/// How jobs of a kind are run (the specification's §4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobPolicy {
    /// Jobs with a larger one run first.
    pub priority: i32,
    /// How many a pool of workers runs at once.
    pub concurrency: u32,
    /// How often a job is tried again.
    pub max_retries: i32,
    /// How long one try may take.
    pub timeout: TimeDelta,
    /// How long a claim holds without a heartbeat.
    pub lease: TimeDelta,
    /// How often a worker says that it is alive.
    pub heartbeat: TimeDelta,
    backoff: Backoff,
}

/// How long a job waits before it is tried again, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backoff {
    /// `first` times `factor` for every retry before, at most `most`.
    Growing { first: i64, factor: i64, most: i64 },
    /// `step` for every retry, at most `most`.
    Linear { step: i64, most: i64 },
}

impl JobPolicy {
    /// The policy where the settings say nothing else.
    pub fn of(job_type: JobType) -> Self {
        let growing = |factor, most| Backoff::Growing { first: 30, factor, most };
        let (priority, concurrency, max_retries, timeout_s, backoff) = match job_type {
            JobType::Ingest => (1, 4, 3, 300, growing(2, 300)),
            JobType::Preprocess => (2, 8, 3, 600, growing(2, 600)),
            JobType::Difference => (3, 4, 3, 900, growing(2, 600)),
            JobType::Inference => (4, 2, 2, 1200, growing(3, 900)),
            JobType::Validate => (5, 2, 5, 300, Backoff::Linear { step: 60, most: 600 }),
            JobType::Notify => (6, 3, 2, 60, growing(2, 300)),
        };
        Self {
            priority,
            concurrency,
            max_retries,
            timeout: TimeDelta::seconds(timeout_s),
            lease: TimeDelta::seconds(60),
            heartbeat: TimeDelta::seconds(20),
            backoff,
        }
    }

    /// How long a job waits before its retry number `retry`, from 1. Without chance, so that it can be foretold.
    pub fn backoff(&self, retry: i32) -> TimeDelta {
        let retry = i64::from(retry.max(1));
        let seconds = match self.backoff {
            Backoff::Growing { first, factor, most } => {
                let power = u32::try_from(retry - 1).unwrap_or(u32::MAX);
                min(first.saturating_mul(factor.saturating_pow(power)), most)
            }
            Backoff::Linear { step, most } => min(step.saturating_mul(retry), most),
        };
        TimeDelta::seconds(seconds)
    }

    /// The policy as the active setting has it; what it does not say is as in [`of`](Self::of).
    pub(crate) async fn read<C: ConnectionTrait>(
        connection: &C,
        job_type: JobType,
    ) -> Result<Self> {
        let setting = system_config::Entity::find()
            .filter(system_config::Column::Key.eq(KEY))
            .filter(system_config::Column::IsActive.eq(true))
            .one(connection)
            .await?;
        let policy = Self::of(job_type);
        Ok(setting.map_or(policy, |setting| policy.with(job_type, &setting.value)))
    }

    fn with(self, job_type: JobType, value: &Json) -> Self {
        let own = value.get(job_type.as_str()).unwrap_or(&Json::Null);
        let number = |object: &Json, name: &str| object.get(name).and_then(Json::as_i64);
        let small = |name: &str| number(own, name).and_then(|value| i32::try_from(value).ok());
        let seconds = |object: &Json, name: &str| {
            number(object, name)
                .filter(|seconds| (1..=LONGEST).contains(seconds))
                .and_then(TimeDelta::try_seconds)
        };
        Self {
            priority: small("priority").unwrap_or(self.priority),
            concurrency: number(own, "concurrency")
                .and_then(|value| u32::try_from(value).ok())
                .unwrap_or(self.concurrency),
            max_retries: small("max_retries")
                .filter(|retries| (0..=10).contains(retries))
                .unwrap_or(self.max_retries),
            timeout: seconds(own, "timeout_s").unwrap_or(self.timeout),
            lease: seconds(value, "lease_s").unwrap_or(self.lease),
            heartbeat: seconds(value, "heartbeat_s").unwrap_or(self.heartbeat),
            backoff: own.get("backoff").and_then(Backoff::read).unwrap_or(self.backoff),
        }
    }
}

impl Backoff {
    /// As the setting has it; none where it has it in another form.
    fn read(value: &Json) -> Option<Self> {
        let number =
            |name: &str| value.get(name)?.as_i64().filter(|number| (1..=LONGEST).contains(number));
        let (base, most) = (number("base_s")?, number("max_s")?);
        match value.get("kind")?.as_str()? {
            "exponential" => Some(Self::Growing { first: base, factor: number("factor")?, most }),
            "linear" => Some(Self::Linear { step: base, most }),
            _ => None,
        }
    }
}
