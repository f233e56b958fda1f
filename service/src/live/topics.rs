//! What can be followed.

use almanac_database::Database;
use almanac_entity::{
    astrid::{alert as astrid_alert, detection, processing_job},
    cal_registry::caltable,
    ingest::{IngestState, ingest_group},
    products::{
        MeasurementSetStage, alert, ese_candidate, image, job, ms_index, transient_alert,
        transient_candidate,
    },
};
use sea_orm::prelude::DateTimeUtc;

use super::{
    Followed, Follows, Observed,
    digest::{self, Digest},
    source::all_columns,
};
use crate::{
    Filter, Reader, Repository, Result, Row,
    astrid::{JobType, Waiting},
};

macro_rules! followed {
    ($($table:ident: $topic:literal, $follows:ident;)+) => {
        $(
            impl Followed for $table::Entity {
                const TOPIC: &'static str = $topic;
                const FOLLOWS: Follows = Follows::$follows;
            }
        )+
    };
}

followed! {
    ingest_group: "groups", Changes;
    image: "images", Additions;
    ese_candidate: "candidates", Changes;
    transient_candidate: "transients", Changes;
    transient_alert: "transient_alerts", Changes;
    alert: "alerts", Additions;
    caltable: "caltables", Changes;
    detection: "astrid_detections", Changes;
    processing_job: "astrid_jobs", Changes;
    astrid_alert: "astrid_alerts", Changes;
}

/// How many observation groups are in each state.
#[derive(Clone, Copy, Debug)]
pub struct QueueCounts;

impl Observed for QueueCounts {
    type Value = Vec<(IngestState, u64)>;

    const DATABASE: Database = Database::Ingest;

    fn topic(&self) -> String {
        "queue".to_owned()
    }

    async fn read(&self, reader: &Reader) -> Result<Option<Self::Value>> {
        Repository::<_, ingest_group::Entity>::new(reader).counts_by_state().await.map(Some)
    }

    fn digest(counts: &Self::Value) -> i64 {
        of_counts(counts.iter().map(|(state, count)| (state.as_str(), *count)))
    }
}

/// How many measurement sets are at each stage.
#[derive(Clone, Copy, Debug)]
pub struct StageCounts;

impl Observed for StageCounts {
    type Value = Vec<(MeasurementSetStage, u64)>;

    const DATABASE: Database = Database::Products;

    fn topic(&self) -> String {
        "stages".to_owned()
    }

    async fn read(&self, reader: &Reader) -> Result<Option<Self::Value>> {
        Repository::<_, ms_index::Entity>::new(reader).counts_by_stage().await.map(Some)
    }

    fn digest(counts: &Self::Value) -> i64 {
        of_counts(counts.iter().map(|(stage, count)| (stage.as_str(), *count)))
    }
}

fn of_counts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> i64 {
    let add = |sum: Digest, (word, count): (&str, u64)| sum.text(word).bytes(&count.to_le_bytes());
    counts.fold(Digest::new(), add).finish()
}

/// A job of the pipeline, by its id.
#[derive(Clone, Copy, Debug)]
pub struct JobProgress(
    /// The id of the job.
    pub i64,
);

impl Observed for JobProgress {
    type Value = Row<job::Entity>;

    const DATABASE: Database = Database::Products;

    fn topic(&self) -> String {
        format!("job:{}", self.0)
    }

    async fn read(&self, reader: &Reader) -> Result<Option<Self::Value>> {
        let filter = Filter::eq(job::Column::Id, self.0);
        let jobs = Repository::<_, job::Entity>::new(reader);
        jobs.find_row(&filter, &all_columns::<job::Entity>()).await
    }

    fn digest(row: &Self::Value) -> i64 {
        digest::of_row(row)
    }
}

/// What those who carry out AstrID's jobs of some kinds wait for.
#[derive(Clone, Debug)]
pub struct WaitingJobs(
    /// The kinds.
    pub Vec<JobType>,
);

impl Observed for WaitingJobs {
    type Value = Waiting;

    const DATABASE: Database = Database::Astrid;

    fn topic(&self) -> String {
        let words: Vec<&str> = self.0.iter().map(|job_type| job_type.as_str()).collect();
        format!("astrid_jobs:{}", words.join(","))
    }

    async fn read(&self, reader: &Reader) -> Result<Option<Self::Value>> {
        Repository::<_, processing_job::Entity>::new(reader).waiting(&self.0).await.map(Some)
    }

    fn digest(waiting: &Self::Value) -> i64 {
        let micros = |at: Option<DateTimeUtc>| at.map_or(0, |at| at.timestamp_micros());
        let numbers =
            [waiting.pending, waiting.running, micros(waiting.next_at), micros(waiting.changed_at)];
        let add = |sum: Digest, number: i64| sum.bytes(&number.to_le_bytes());
        numbers.into_iter().fold(Digest::new(), add).finish()
    }
}
