//! Lists of transient candidates and their alerts, and what people make of them.

use almanac_entity::{
    UnixTime,
    products::{
        AlertLevel, FollowUpStatus, TransientClassification, TransientType, transient_alert,
        transient_candidate,
    },
};
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use transient_candidate::Column::{
    Classification, DetectedAt, DetectionType, FollowUpStatus as FollowUp, SignificanceSigma,
};

use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable, products::notes};

/// Which candidates are wanted. What is none asks for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TransientFilter {
    /// How they differ from the catalogue.
    pub kind: Option<TransientType>,
    /// The least significance, standard deviations.
    pub min_sigma: Option<f64>,
    /// What they were judged to be.
    pub classification: Option<TransientClassification>,
    /// How their follow-up stands.
    pub follow_up: Option<FollowUpStatus>,
    /// Detected at this instant or later.
    pub since: Option<UnixTime>,
}

impl<C: ConnectionTrait> Repository<'_, C, transient_candidate::Entity> {
    /// The candidates that `filter` asks for, the most significant first, of one significance the newest.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_candidates(
        &self,
        filter: &TransientFilter,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<transient_candidate::Model>> {
        let mut rows = Filter::default();
        if let Some(kind) = &filter.kind {
            rows = rows.and(Filter::eq(DetectionType, kind.as_str()));
        }
        if let Some(least) = filter.min_sigma {
            rows = rows.and(Filter::Compare(SignificanceSigma, Comparison::Gte, least.into()));
        }
        if let Some(classification) = &filter.classification {
            rows = rows.and(Filter::eq(Classification, classification.as_str()));
        }
        if let Some(follow_up) = &filter.follow_up {
            rows = rows.and(Filter::eq(FollowUp, follow_up.as_str()));
        }
        if let Some(since) = filter.since {
            rows = rows.and(Filter::Compare(DetectedAt, Comparison::Gte, since.into()));
        }
        let order = [Order::desc(SignificanceSigma), Order::desc(DetectedAt)];
        self.slice(&rows, &order, limit, offset).await
    }
}

impl<C: Writable> Repository<'_, C, transient_candidate::Entity> {
    /// Writes down what `user` holds a candidate for.
    ///
    /// # Errors
    /// There is no such candidate, the word is from outside the vocabulary, or the engine fails.
    pub async fn classify(
        &self,
        id: i64,
        classification: TransientClassification,
        user: &str,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<transient_candidate::Model> {
        if let TransientClassification::Other(word) = &classification {
            let message = format!("{word:?} is none of real, artifact, variable, uncertain");
            return Err(Error::invalid("classification", message));
        }
        let candidate = self.locked(id).await?;
        self.update(transient_candidate::ActiveModel {
            id: Set(id),
            classification: Set(Some(classification)),
            classified_by: Set(Some(user.to_owned())),
            classified_at: Set(Some(now)),
            last_updated: Set(Some(now)),
            notes: Set(notes::append(candidate.notes.as_deref(), text, now)),
            ..Default::default()
        })
        .await
    }

    /// Writes down how the follow-up of a candidate stands.
    ///
    /// # Errors
    /// There is no such candidate, the word is from outside the vocabulary, or the engine fails.
    pub async fn set_follow_up(
        &self,
        id: i64,
        status: FollowUpStatus,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<transient_candidate::Model> {
        if let FollowUpStatus::Other(word) = &status {
            let message = format!("{word:?} is none of pending, scheduled, completed, declined");
            return Err(Error::invalid("status", message));
        }
        let candidate = self.locked(id).await?;
        self.update(transient_candidate::ActiveModel {
            id: Set(id),
            follow_up_status: Set(Some(status)),
            last_updated: Set(Some(now)),
            notes: Set(notes::append(candidate.notes.as_deref(), text, now)),
            ..Default::default()
        })
        .await
    }

    async fn locked(&self, id: i64) -> Result<transient_candidate::Model> {
        let candidate = self.lock(id).await?;
        candidate.ok_or_else(|| Error::not_found(format!("transient candidate {id}")))
    }
}

impl<C: ConnectionTrait> Repository<'_, C, transient_alert::Entity> {
    /// The alerts of a level, acknowledged or not, the newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_alerts(
        &self,
        level: Option<&AlertLevel>,
        acknowledged: Option<bool>,
        limit: u64,
    ) -> Result<Vec<transient_alert::Model>> {
        use transient_alert::Column::{Acknowledged, AlertLevel as Level, CreatedAt};
        let mut rows = Filter::default();
        if let Some(level) = level {
            rows = rows.and(Filter::eq(Level, level.as_str()));
        }
        match acknowledged {
            Some(true) => rows = rows.and(Filter::eq(Acknowledged, true)),
            Some(false) => {
                let never = Filter::Null(Acknowledged, true);
                rows = rows.and(Filter::Any(vec![Filter::eq(Acknowledged, false), never]));
            }
            None => {}
        }
        self.slice(&rows, &[Order::desc(CreatedAt)], limit, 0).await
    }
}

impl<C: Writable> Repository<'_, C, transient_alert::Entity> {
    /// Writes down that `user` took note of an alert. One that was acknowledged before stays as it is.
    ///
    /// # Errors
    /// There is no such alert, or the engine fails.
    pub async fn acknowledge(
        &self,
        id: i64,
        user: &str,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<transient_alert::Model> {
        let alert = self.lock(id).await?;
        let alert = alert.ok_or_else(|| Error::not_found(format!("transient alert {id}")))?;
        if alert.acknowledged == Some(true) {
            return Ok(alert);
        }
        self.update(transient_alert::ActiveModel {
            id: Set(id),
            acknowledged: Set(Some(true)),
            acknowledged_at: Set(Some(now)),
            acknowledged_by: Set(Some(user.to_owned())),
            notes: Set(notes::append(alert.notes.as_deref(), text, now)),
            ..Default::default()
        })
        .await
    }
}
