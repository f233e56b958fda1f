//! The root of subscriptions: what changes, as it changes, whoever writes it.
//!
//! An event carries a position. Given back as `since`, it brings the present state of all that was added
//! or changed after it, each once; `docs/live.md` says what that rests on.

mod astrid;
mod counts;
mod rows;

use almanac_entity::{
    Table,
    ingest::ingest_group,
    products::{job, ms_index},
};
use almanac_service::live::{JobProgress, Observed, QueueCounts, StageCounts};
use async_graphql::{ID, SimpleObject, Subscription};
use futures::{StreamExt, stream::BoxStream};

use super::{
    astrid::{AstridAlert, AstridDetection, AstridProcessingJob},
    cal_registry::Caltable,
    context::{Context, ContextExt},
    error::{Result, bad_input, graph_error},
    ingest::IngestGroup,
    node::objects,
    products::{Alert, EseCandidate, Image, Job, TransientAlert, TransientCandidate},
};
pub use counts::{QueueCountsEvent, QueueStateTally, StageCountsEvent, StageTally};

/// A stream of events.
type Events<T> = BoxStream<'static, Result<T>>;

/// The root of all subscriptions.
#[derive(Debug, Default)]
pub struct Subscriptions;

macro_rules! row_events {
    ($(
        $(#[doc = $doc:literal])+
        $event:ident { #[doc = $of_row:literal] $row:ident: $object:ident }
    )+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, SimpleObject)]
            pub struct $event {
                /// Where the subscription stands with this event; `since` takes it.
                pub position: String,
                #[doc = $of_row]
                pub $row: $object,
            }

            impl rows::RowEvent for $event {
                type Row = <$object as super::table::OfTable>::Entity;

                fn new(position: String, $row: $object) -> Self {
                    Self { position, $row }
                }
            }
        )+
    };
}

row_events! {
    /// An observation group came in, or changed.
    GroupChangedEvent {
        /// The group as it is now.
        group: IngestGroup
    }
    /// An image was made.
    ImageAddedEvent {
        /// The image.
        image: Image
    }
    /// A candidate extreme scattering event was found, or changed.
    CandidateChangedEvent {
        /// The candidate as it is now.
        candidate: EseCandidate
    }
    /// A transient candidate was found, or changed.
    TransientChangedEvent {
        /// The candidate as it is now.
        candidate: TransientCandidate
    }
    /// An alert about a transient candidate was raised, or changed.
    TransientAlertChangedEvent {
        /// The alert as it is now.
        alert: TransientAlert
    }
    /// An alert was sent.
    AlertAddedEvent {
        /// The alert.
        alert: Alert
    }
    /// A detection of AstrID was found, or changed.
    AstridDetectionChangedEvent {
        /// The detection as it is now.
        detection: AstridDetection
    }
    /// A job of AstrID's queue came in, or changed.
    AstridJobChangedEvent {
        /// The job as it is now.
        processing_job: AstridProcessingJob
    }
    /// An alert of AstrID's was made, or changed.
    AstridAlertChangedEvent {
        /// The alert as it is now.
        alert: AstridAlert
    }
}

/// A job has come further.
#[derive(Debug, SimpleObject)]
pub struct JobProgressEvent {
    /// Where the subscription stands with this event; `since` takes it.
    pub position: String,
    /// The job as it is now.
    pub job: Job,
}

/// Calibration tables of a set were registered or changed, such as by being retired.
#[derive(Debug, SimpleObject)]
pub struct CalibrationSetChangedEvent {
    /// Where the subscription stands with this event; `since` takes it.
    pub position: String,
    /// The set.
    pub set_name: String,
    /// Those of its tables that were registered or changed, as they are now.
    pub tables: Vec<Caltable>,
}

/// The root of all subscriptions.
#[Subscription(name = "Subscription")]
impl Subscriptions {
    /// How many observation groups are in each state of the queue: now, and again when that has changed.
    async fn queue_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; counts like those are not sent again.")]
        since: Option<String>,
    ) -> Result<Events<QueueCountsEvent>> {
        observed::<ingest_group::Entity, _, _>(ctx, QueueCounts, since, |position, counts| {
            QueueCountsEvent::new(position, counts)
        })
        .await
    }

    /// How many measurement sets are at each stage of processing: now, and again when that has changed.
    async fn stage_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; counts like those are not sent again.")]
        since: Option<String>,
    ) -> Result<Events<StageCountsEvent>> {
        observed::<ms_index::Entity, _, _>(ctx, StageCounts, since, |position, counts| {
            StageCountsEvent::new(position, counts)
        })
        .await
    }

    /// Observation groups that come in or change.
    async fn group_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<GroupChangedEvent>> {
        rows::follow(ctx, since).await
    }

    /// How a job stands: now, and again when its row has changed. It needs a job that is there.
    async fn job_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's number: its `rowId`.")] id: ID,
        #[graphql(desc = "The position of the last event; a job like that is not sent again.")]
        since: Option<String>,
    ) -> Result<Events<JobProgressEvent>> {
        let number = id.parse().map_err(|_| bad_input("id", "a job's id is a whole number"))?;
        let row = |position, row: &almanac_service::Row<_>| {
            let job = objects(vec![row.clone()]).pop().expect("an object for a row");
            JobProgressEvent { position, job }
        };
        observed::<job::Entity, _, _>(ctx, JobProgress(number), since, row).await
    }

    /// Images that are made.
    async fn image_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<ImageAddedEvent>> {
        rows::follow(ctx, since).await
    }

    /// Candidate extreme scattering events that are found or change.
    async fn candidate_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<CandidateChangedEvent>> {
        rows::follow(ctx, since).await
    }

    /// Transient candidates that are found or change.
    async fn transient_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<TransientChangedEvent>> {
        rows::follow(ctx, since).await
    }

    /// Alerts about transient candidates that are raised or change, such as by being acknowledged.
    async fn transient_alert_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<TransientAlertChangedEvent>> {
        rows::follow(ctx, since).await
    }

    /// Alerts that are sent.
    async fn alert_added(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<AlertAddedEvent>> {
        rows::follow(ctx, since).await
    }

    /// AstrID's detections that are made or change, such as by being validated. Analysts and above.
    async fn astrid_detection_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Those that the model is less sure of are passed over, from 0 to 1; none are unless given."
        )]
        min_confidence: Option<f64>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<AstridDetectionChangedEvent>> {
        let least = astrid::least_confidence(min_confidence)?;
        rows::follow_where(ctx, since, move |row| astrid::is_sure(row, least)).await
    }

    /// Jobs of AstrID's queue that come in or change, a heartbeat being a change. Operators and above.
    async fn astrid_job_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only this kind: `ingest`, `preprocess`, `difference`, `inference`, `validate` or `notify`."
        )]
        job_type: Option<String>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<AstridJobChangedEvent>> {
        let wanted = job_type.as_deref().map(astrid::job_type).transpose()?;
        rows::follow_where(ctx, since, move |row| astrid::is_of_type(row, wanted)).await
    }

    /// AstrID's alerts that are made or change, such as by being sent or acknowledged. Analysts and above.
    async fn astrid_alert_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<AstridAlertChangedEvent>> {
        rows::follow(ctx, since).await
    }

    /// Calibration sets that are registered, or whose tables change, such as by being retired.
    async fn calibration_set_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The position of the last event; what came after it is sent first.")]
        since: Option<String>,
    ) -> Result<Events<CalibrationSetChangedEvent>> {
        rows::follow_sets(ctx, since).await
    }
}

/// The events of a value, of who may read the table `E`.
async fn observed<E: Table, O: Observed, T: Send + 'static>(
    ctx: &Context<'_>,
    value: O,
    since: Option<String>,
    event: impl Fn(String, &O::Value) -> T + Send + 'static,
) -> Result<Events<T>> {
    ctx.access().check_read::<E>().map_err(|error| graph_error(&error))?;
    let topic = value.topic();
    let observer = ctx.live().observe(value, since.as_deref()).await;
    let observer = observer.map_err(|error| graph_error(&error))?;
    if !observer.exists() {
        return Err(graph_error(&almanac_service::Error::not_found(topic)));
    }
    let events = futures::stream::unfold((observer, event), |(mut observer, event)| async move {
        let (position, value) = observer.next().await?;
        let made = event(position, &value);
        Some((Ok(made), (observer, event)))
    });
    Ok(events.boxed())
}
