//! Which detections of a model run become alerts.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use AlertStatus::{Pending, Sent};
use almanac_entity::astrid::{
    AlertPriority, AlertStatus, DetectionStatus, alert, detection, model_run, observation,
    processing_job,
};
use chrono::TimeDelta;
use detection::Column::{ConfidenceScore, ModelRunId, Status};
use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Uuid},
};
use serde_json::{Value as Json, json};

use super::{AlertChannel, AlertRules, NewAlert, rules::KEY};
use crate::{
    Repository, Result, Writable,
    astrid::{JobType, NewJob, no_such, stored},
    record::{Act, Note},
};

/// The hour in which alerts of a channel are counted.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// What came of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The alerts made.
    pub created: Vec<Uuid>,
    /// Those that were not made although the detection is worth it.
    pub suppressed: Vec<Suppressed>,
}

/// An alert that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// The detection that it would have been about.
    pub detection_id: Uuid,
    /// How it would have gone.
    pub channel: AlertChannel,
    /// How urgent it would have been.
    pub priority: AlertPriority,
    /// Why it was not made.
    pub reason: String,
}

impl<C: Writable> Repository<'_, C, alert::Entity> {
    /// Makes the alerts about the detections of a model run that are worth one, the most confident first, by each
    /// channel of the rules, and jobs that deliver them. Detections that were rejected or archived meanwhile are not.
    ///
    /// An alert is not made where one of the detection is on its way by the channel; where the channel had its number
    /// of alerts in the last 60 minutes; or where the observation had one by the channel in the time of cooling down.
    /// A critical one is not held back by the last two. Why one is held back goes into the audit log.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) for the run, the rules name a channel that there is not, or the
    /// engine fails.
    pub async fn evaluate(&self, model_run_id: Uuid, now: DateTimeUtc) -> Result<Evaluation> {
        let now = stored(now);
        let missing = || no_such::<model_run::Entity>(model_run_id);
        self.on::<model_run::Entity>().find(model_run_id).await?.ok_or_else(missing)?;
        let rules = AlertRules::locked(self.connection).await?;
        let mut traffic = self.traffic(model_run_id, &rules, now).await?;
        let mut evaluation = Evaluation::default();
        let mut rows = Vec::new();
        for detection in self.worth_an_alert(model_run_id, &rules).await? {
            let name = self.name_of(detection.observation_id, &mut traffic).await?;
            let priority = rules.priority(detection.confidence_score);
            for &channel in &rules.channels {
                if let Some(reason) = traffic.held_back(&detection, channel, priority, &rules) {
                    let detection_id = detection.id;
                    evaluation.suppressed.push(Suppressed {
                        detection_id,
                        channel,
                        priority,
                        reason,
                    });
                    continue;
                }
                traffic.count(&detection, channel);
                rows.push(about(&detection, &name, channel, priority, &rules).row(now));
            }
        }
        let ids = rows.iter().filter_map(|row| match row.id {
            ActiveValue::Set(id) => Some(id),
            _ => None,
        });
        evaluation.created = ids.collect();
        self.insert_many(rows).await?;
        let jobs: Vec<NewJob> =
            evaluation.created.iter().map(|id| NewJob::new(JobType::Notify, *id)).collect();
        self.on::<processing_job::Entity>().enqueue_many(&jobs, now).await?;
        let notes = evaluation.suppressed.iter().map(Suppressed::note).collect();
        self.on::<alert::Entity>().acting(Act::of_rows("suppressed")).write_notes(notes).await?;
        Ok(evaluation)
    }

    async fn worth_an_alert(
        &self,
        model_run_id: Uuid,
        rules: &AlertRules,
    ) -> Result<Vec<detection::Model>> {
        let detections = detection::Entity::find()
            .filter(ModelRunId.eq(model_run_id))
            .filter(Status.is_not_in([DetectionStatus::Rejected, DetectionStatus::Archived]))
            .filter(ConfidenceScore.gte(rules.min_confidence));
        let mut detections = detections.all(self.connection).await?;
        detections.sort_by_key(|detection| (Reverse(detection.confidence_score), detection.id));
        detections.retain(|detection| rules.lets_through(detection));
        Ok(detections)
    }

    /// What holds alerts back: those on their way about detections of this run, and those of late.
    async fn traffic(
        &self,
        model_run_id: Uuid,
        rules: &AlertRules,
        now: DateTimeUtc,
    ) -> Result<Traffic> {
        let on_their_way: Vec<(Uuid, String)> = alert::Entity::find()
            .select_only()
            .columns([alert::Column::DetectionId, alert::Column::AlertType])
            .inner_join(detection::Entity)
            .filter(ModelRunId.eq(model_run_id))
            .filter(alert::Column::Status.is_in([Pending, Sent]))
            .into_tuple()
            .all(self.connection)
            .await?;
        let since = now - HOUR.max(rules.cooldown);
        let of_late: Vec<(String, DateTimeUtc, Uuid)> = alert::Entity::find()
            .select_only()
            .columns([alert::Column::AlertType, alert::Column::CreatedAt])
            .column(detection::Column::ObservationId)
            .inner_join(detection::Entity)
            .filter(alert::Column::CreatedAt.gt(since))
            .into_tuple()
            .all(self.connection)
            .await?;
        let mut traffic =
            Traffic { active: on_their_way.into_iter().collect(), ..Traffic::default() };
        for (channel, created_at, observation_id) in of_late {
            if created_at > now - HOUR {
                *traffic.in_the_hour.entry(channel.clone()).or_default() += 1;
            }
            if created_at > now - rules.cooldown {
                traffic.cooling.insert((observation_id, channel));
            }
        }
        Ok(traffic)
    }

    /// What a survey calls an observation.
    async fn name_of(&self, observation_id: Uuid, traffic: &mut Traffic) -> Result<String> {
        if let Some(name) = traffic.names.get(&observation_id) {
            return Ok(name.clone());
        }
        let observation = self.on::<observation::Entity>().find(observation_id).await?;
        let missing = || no_such::<observation::Entity>(observation_id);
        let name = observation.ok_or_else(missing)?.observation_id;
        traffic.names.insert(observation_id, name.clone());
        Ok(name)
    }
}

/// Alerts that hold others back, by the words of their channels.
#[derive(Default)]
struct Traffic {
    /// Detections with an alert on its way.
    active: HashSet<(Uuid, String)>,
    /// How many a channel had in the last hour.
    in_the_hour: HashMap<String, usize>,
    /// Observations that had one of late.
    cooling: HashSet<(Uuid, String)>,
    /// What the surveys call the observations.
    names: HashMap<Uuid, String>,
}

impl Traffic {
    /// Why an alert is not to be made, if it is not.
    fn held_back(
        &self,
        detection: &detection::Model,
        channel: AlertChannel,
        priority: AlertPriority,
        rules: &AlertRules,
    ) -> Option<String> {
        let word = channel.as_str().to_owned();
        if self.active.contains(&(detection.id, word.clone())) {
            return Some(format!("an alert of this detection is on its way by {channel}"));
        }
        if priority == AlertPriority::Critical {
            return None;
        }
        let had = self.in_the_hour.get(&word).copied().unwrap_or_default();
        if had >= rules.max_per_hour {
            return Some(format!("{channel} had {had} alerts in the last 60 minutes"));
        }
        let minutes = rules.cooldown.num_minutes();
        self.cooling.contains(&(detection.observation_id, word)).then(|| {
            format!("the observation had an alert by {channel} in the last {minutes} minutes")
        })
    }

    fn count(&mut self, detection: &detection::Model, channel: AlertChannel) {
        let word = channel.as_str().to_owned();
        *self.in_the_hour.entry(word.clone()).or_default() += 1;
        self.cooling.insert((detection.observation_id, word.clone()));
        self.active.insert((detection.id, word));
    }
}

impl Suppressed {
    fn note(&self) -> Note {
        let values = [
            ("channel", self.channel.as_str()),
            ("priority", self.priority.as_str()),
            ("reason", &self.reason),
        ];
        let values = values.map(|(name, value)| (name.to_owned(), Json::from(value)));
        Note {
            about: ("detection", self.detection_id),
            summary: self.reason.clone(),
            values: values.into_iter().collect(),
        }
    }
}

/// The alert about a detection.
fn about(
    detection: &detection::Model,
    observation: &str,
    channel: AlertChannel,
    priority: AlertPriority,
    rules: &AlertRules,
) -> NewAlert {
    let (kind, confidence) = (detection.detection_type, detection.confidence_score);
    let (ra, dec) = (detection.ra, detection.dec);
    let version = &detection.model_version;
    let message = format!(
        "{kind} at right ascension {ra:.7}° and declination {dec:.7}° in observation {observation}, seen by version \
         {version} of its model with a confidence of {confidence:.4}."
    );
    let metadata = json!({
        "rule": KEY,
        "confidence": format!("{confidence:.4}"),
        "recipients": rules.recipients_of(channel),
    });
    NewAlert {
        detection_id: detection.id,
        channel,
        priority,
        title: format!("{priority}: {kind} with a confidence of {confidence:.4}"),
        message,
        metadata: Some(metadata),
    }
}
