//! Candidates for extreme scattering events: lists, flags by people, and what becomes of them.

use std::collections::HashMap;

use almanac_entity::{
    UnixTime,
    products::{EseCandidateStatus, EseFlagType, ese_candidate, variability_stat},
};
use ese_candidate::Column::{Id, Significance, SourceId, Status};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{
    Error, Filter, Order, Repository, Result, Writable,
    products::{IN_LIST, notes},
};

/// A candidate with the statistics of its source.
#[derive(Clone, Debug, PartialEq)]
pub struct EseWithStatistics {
    /// The candidate.
    pub candidate: ese_candidate::Model,
    /// The statistics.
    pub statistics: variability_stat::Model,
}

impl<C: ConnectionTrait> Repository<'_, C, ese_candidate::Entity> {
    /// The candidates of a status, or all, with the statistics of their sources, the most significant first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_with_statistics(
        &self,
        status: Option<&EseCandidateStatus>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<EseWithStatistics>> {
        let filter = status.map_or_else(Filter::default, of_status);
        let candidates = self.slice(&filter, &[Order::desc(Significance)], limit, offset).await?;
        let mut sources: Vec<&str> =
            candidates.iter().map(|candidate| candidate.source_id.as_str()).collect();
        sources.sort_unstable();
        sources.dedup();
        let mut statistics = HashMap::with_capacity(sources.len());
        for chunk in sources.chunks(IN_LIST) {
            let select = variability_stat::Entity::find()
                .filter(variability_stat::Column::SourceId.is_in(chunk.iter().copied()));
            let rows = select.all(self.connection).await?;
            statistics.extend(rows.into_iter().map(|row| (row.source_id.clone(), row)));
        }
        let joined = candidates.into_iter().filter_map(|candidate| {
            let statistics = statistics.get(&candidate.source_id)?.clone();
            Some(EseWithStatistics { candidate, statistics })
        });
        Ok(joined.collect())
    }

    /// All candidates of a source, the newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_for_source(&self, source_id: &str) -> Result<Vec<ese_candidate::Model>> {
        self.slice(&Filter::eq(SourceId, source_id), &[Order::desc(Id)], EVERY, 0).await
    }

    /// The candidate of a source that is to be looked at; of several, as old files may hold them, the newest.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_active(&self, source_id: &str) -> Result<Option<ese_candidate::Model>> {
        let active = Filter::eq(SourceId, source_id).and(of_status(&EseCandidateStatus::Active));
        Ok(self.slice(&active, &[Order::desc(Id)], 1, 0).await?.pop())
    }
}

/// No limit: the candidates of one source.
const EVERY: u64 = i64::MAX.unsigned_abs();

/// The candidates of a status; one without a status is active.
pub(super) fn of_status(status: &EseCandidateStatus) -> Filter<ese_candidate::Entity> {
    let same = Filter::eq(Status, status.as_str());
    match status {
        EseCandidateStatus::Active => Filter::Any(vec![same, Filter::Null(Status, true)]),
        _ => same,
    }
}

impl<C: Writable> Repository<'_, C, ese_candidate::Entity> {
    /// Flags a source as `user` sees it. Without a significance it is that of the statistics.
    ///
    /// # Errors
    /// The source has no statistics, a candidate of it waits to be looked at already, `significance` is not a
    /// finite number or is missing where the statistics have none, or the engine fails.
    pub async fn flag(
        &self,
        source_id: &str,
        user: &str,
        text: Option<&str>,
        significance: Option<f64>,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        let Some(statistics) = self.on::<variability_stat::Entity>().lock(source_id).await? else {
            return Err(Error::not_found(format!(
                "variability statistics of {source_id}; recompute them first"
            )));
        };
        if let Some(active) = self.find_active(source_id).await? {
            return Err(Error::Conflict(format!(
                "{source_id} is candidate {} already, which is active; add a note to it",
                active.id
            )));
        }
        let significance = significance.or(statistics.sigma_deviation).ok_or_else(|| {
            Error::invalid("significance", "the statistics of the source have none; say how much")
        })?;
        self.insert(ese_candidate::ActiveModel {
            source_id: Set(source_id.to_owned()),
            flagged_at: Set(now),
            flagged_by: Set(Some(user.to_owned())),
            significance: Set(significance),
            flag_type: Set(EseFlagType::User),
            notes: Set(notes::append(None, text, now)),
            status: Set(Some(EseCandidateStatus::Active)),
            ..Default::default()
        })
        .await
    }

    /// Notes that a candidate was looked at.
    ///
    /// # Errors
    /// There is no such candidate, it is not active, or the engine fails.
    pub async fn investigate(
        &self,
        id: i64,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        self.decide(id, EseCandidateStatus::Investigated, text, now).await
    }

    /// Dismisses a candidate. The detector leaves its source alone until there is newer photometry that
    /// deviates further.
    ///
    /// # Errors
    /// There is no such candidate, it is dismissed already, or the engine fails.
    pub async fn dismiss(
        &self,
        id: i64,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        self.decide(id, EseCandidateStatus::Dismissed, text, now).await
    }

    /// Makes a candidate active again; what was decided about it is withdrawn.
    ///
    /// # Errors
    /// There is no such candidate, it or another of its source is active, or the engine fails.
    pub async fn reopen(
        &self,
        id: i64,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        self.decide(id, EseCandidateStatus::Active, text, now).await
    }

    /// Brings a candidate to a status; see [`investigate`](Self::investigate), [`dismiss`](Self::dismiss) and
    /// [`reopen`](Self::reopen).
    ///
    /// # Errors
    /// As these, or the status is from outside the vocabulary.
    pub async fn decide(
        &self,
        id: i64,
        status: EseCandidateStatus,
        text: Option<&str>,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        use EseCandidateStatus::{Active, Dismissed, Investigated};
        let candidate = self.locked(id).await?;
        let current = candidate.status.clone().unwrap_or(Active);
        if current == status || (current == Dismissed && status == Investigated) {
            let message = format!("candidate {id} is {current} and cannot become {status}");
            return Err(Error::Conflict(message));
        }
        let mut row = ese_candidate::ActiveModel {
            id: Set(id),
            notes: Set(notes::append(candidate.notes.as_deref(), text, now)),
            status: Set(Some(status.clone())),
            ..Default::default()
        };
        match status {
            Active => {
                if let Some(other) = self.find_active(&candidate.source_id).await? {
                    return Err(Error::Conflict(format!(
                        "candidate {} of {} is active; a source has one at the most",
                        other.id, candidate.source_id
                    )));
                }
                row.investigated_at = Set(None);
                row.dismissed_at = Set(None);
            }
            Investigated => row.investigated_at = Set(Some(now)),
            Dismissed => row.dismissed_at = Set(Some(now)),
            EseCandidateStatus::Other(word) => {
                let message = format!("{word:?} is none of active, investigated, dismissed");
                return Err(Error::invalid("status", message));
            }
        }
        self.update(row).await
    }

    /// Adds a remark to a candidate.
    ///
    /// # Errors
    /// There is no such candidate, the remark is blank, or the engine fails.
    pub async fn add_note(
        &self,
        id: i64,
        text: &str,
        now: UnixTime,
    ) -> Result<ese_candidate::Model> {
        if text.trim().is_empty() {
            return Err(Error::invalid("note", "a remark says something"));
        }
        let candidate = self.locked(id).await?;
        self.update(ese_candidate::ActiveModel {
            id: Set(id),
            notes: Set(notes::append(candidate.notes.as_deref(), Some(text), now)),
            ..Default::default()
        })
        .await
    }

    async fn locked(&self, id: i64) -> Result<ese_candidate::Model> {
        let candidate = self.lock(id).await?;
        candidate.ok_or_else(|| Error::not_found(format!("ESE candidate {id}")))
    }
}
