//! Detection of candidates for extreme scattering events.

use std::collections::{HashMap, HashSet};

use almanac_entity::{
    UnixTime,
    products::{EseCandidateStatus, EseFlagType, ese_candidate, variability_stat},
};
use ese_candidate::Column::{FlaggedAt, Id, Significance};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use variability_stat::Column::{Chi2Nu, SigmaDeviation, SourceId};

use super::{
    rapid::{RapidChange, rapid_changes, wide},
    score::{Preset, Score, Thresholds, Weights},
};
use crate::{
    Comparison, Error, Filter, Order, Repository, Result, Writable,
    products::{
        IN_LIST,
        bulk::by_key,
        variability::{Progress, StatisticsFlux},
    },
};

/// Candidates changed by one statement.
const ROWS: usize = 200;
/// Standard deviations that a candidate deviates by, unless another number is asked for.
const DEFAULT_SIGMA: f64 = 5.0;

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DetectionRequest<'a> {
    /// The least deviation from the mean, standard deviations: 5, or what the preset says.
    pub min_sigma: Option<f64>,
    /// Only this source.
    pub source_id: Option<&'a str>,
    /// Whether the statistics are recomputed first.
    pub recompute: bool,
    /// Which flux density they are recomputed from, and rapid changes looked for in.
    pub flux: StatisticsFlux,
    /// Whether a score is wanted.
    pub composite: bool,
    /// How much each metric counts in the score.
    pub weights: Option<Weights>,
    /// Thresholds for the deviation and for the reduced chi-square, either of which qualifies a source.
    pub preset: Option<Preset>,
    /// Whether sources are flagged whose flux density changed by more than half within a day.
    pub rapid_change: bool,
}

/// What became of a source that was detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DetectionOutcome {
    /// It is a new candidate.
    New,
    /// It was a candidate, and its significance is brought up to date.
    Updated,
}

/// A source that was detected.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Its statistics.
    pub statistics: variability_stat::Model,
    /// Why it is flagged.
    pub flag_type: EseFlagType,
    /// How significant it is, standard deviations.
    pub significance: f64,
    /// What became of it.
    pub outcome: DetectionOutcome,
    /// Its score, if one was asked for.
    pub score: Option<Score>,
    /// The rapid change, where that is why.
    pub rapid_change: Option<RapidChange>,
}

impl DetectionRequest<'_> {
    /// What a source has to reach.
    ///
    /// # Errors
    /// `min_sigma` is not above zero, or the weights weigh nothing.
    pub fn thresholds(&self) -> Result<Thresholds> {
        if let Some(weights) = &self.weights {
            weights.check()?;
        }
        let mut thresholds = self.preset.map_or(
            Thresholds { sigma: DEFAULT_SIGMA, chi2_nu: None, eta: None },
            Preset::thresholds,
        );
        if let Some(sigma) = self.min_sigma {
            if !(sigma.is_finite() && sigma > 0.0) {
                let message = format!("{sigma} is not a number of standard deviations above zero");
                return Err(Error::invalid("min_sigma", message));
            }
            thresholds.sigma = sigma;
        }
        Ok(thresholds)
    }
}

impl<C: Writable> Repository<'_, C, ese_candidate::Entity> {
    /// Flags the sources whose light deviates far enough, the furthest first. A source has one active
    /// candidate at the most: one that there is takes on the new significance, unless the source only just
    /// reaches the threshold. Where people decided about all of its candidates, a new one is made only when
    /// there is newer photometry than the decision and it deviates further. The statements belong in one
    /// transaction.
    ///
    /// # Errors
    /// `min_sigma` is not above zero, the weights weigh nothing, the source asked for was never measured, or
    /// the engine fails.
    pub async fn detect(
        &self,
        request: &DetectionRequest<'_>,
        now: UnixTime,
        progress: impl FnMut(Progress),
    ) -> Result<Vec<Detection>> {
        let thresholds = request.thresholds()?;
        let statistics = self.on::<variability_stat::Entity>();
        if request.recompute {
            statistics.recompute(request.source_id, request.flux, now, progress).await?;
        } else if let Some(source_id) = request.source_id
            && statistics.find(source_id).await?.is_none()
        {
            return Err(Error::not_found(format!(
                "variability statistics of {source_id}; recompute them first"
            )));
        }
        let of_source = request
            .source_id
            .map_or_else(Filter::default, |source_id| Filter::eq(SourceId, source_id));
        // Locked, and passed over where another detection is at them.
        let deviating = statistics
            .claim(
                &of_source.clone().and(reaching(&thresholds)),
                &[Order::desc(SigmaDeviation)],
                EVERY,
            )
            .await?;
        let mut found: Vec<Found> = deviating
            .into_iter()
            .filter(|row| thresholds.qualify(row.sigma_deviation, row.chi2_nu))
            .map(|row| Found {
                significance: row.sigma_deviation.unwrap_or_default(),
                is_above: thresholds.exceeded(row.sigma_deviation, row.chi2_nu),
                statistics: row,
                change: None,
            })
            .collect();
        if request.rapid_change {
            let known: HashSet<String> =
                found.iter().map(|found| found.statistics.source_id.clone()).collect();
            let mut wide = wide(self.connection, request.source_id).await?;
            wide.retain(|row| !known.contains(&row.source_id));
            found.extend(changed(rapid_changes(self.connection, &wide, request.flux).await?, wide));
        }
        let detections = self.apply(found, now).await?;
        let weights = request.weights.unwrap_or_default();
        Ok(detections
            .into_iter()
            .map(|mut detection| {
                if request.composite {
                    detection.score = Score::of(&detection.statistics, &weights);
                }
                detection
            })
            .collect())
    }

    /// Makes candidates, or brings those there are up to date.
    async fn apply(&self, found: Vec<Found>, now: UnixTime) -> Result<Vec<Detection>> {
        let sources = found.iter().map(|found| found.statistics.source_id.as_str());
        let mut history = self.histories(&sources.collect::<Vec<_>>()).await?;
        let (mut new, mut updated, mut detections) = (Vec::new(), Vec::new(), Vec::new());
        for found in found {
            let candidates = history.remove(&found.statistics.source_id).unwrap_or_default();
            let active = candidates.iter().rfind(|candidate| is_active(candidate));
            let outcome = match active {
                Some(active) if found.is_news_of(active) => {
                    updated.push((active.id, found.significance));
                    DetectionOutcome::Updated
                }
                None if !stands(&candidates, &found) => {
                    new.push(found.candidate(now));
                    DetectionOutcome::New
                }
                _ => continue,
            };
            detections.push(found.detection(outcome));
        }
        self.insert_many(new).await?;
        for rows in updated.chunks(ROWS) {
            let ids = rows.iter().map(|(id, _)| (*id).into()).collect();
            let significance = by_key(Id, rows.iter().map(|(id, value)| (*id, Some(*value))));
            let flagged_at = sea_orm::sea_query::Expr::value(now);
            let set = [(Significance, significance), (FlaggedAt, flagged_at)];
            self.update_where(&Filter::In(Id, ids), set).await?;
        }
        Ok(detections)
    }

    /// The candidates of sources, the oldest first.
    async fn histories(
        &self,
        sources: &[&str],
    ) -> Result<HashMap<String, Vec<ese_candidate::Model>>> {
        let mut histories: HashMap<String, Vec<_>> = HashMap::new();
        for chunk in sources.chunks(IN_LIST) {
            let select = ese_candidate::Entity::find()
                .filter(ese_candidate::Column::SourceId.is_in(chunk.iter().copied()))
                .order_by_asc(Id);
            for candidate in select.all(self.connection).await? {
                histories.entry(candidate.source_id.clone()).or_default().push(candidate);
            }
        }
        Ok(histories)
    }
}

/// No limit: the sources that reach a threshold.
const EVERY: u64 = i64::MAX.unsigned_abs();

/// A source that was found, before it is known whether that is news.
struct Found {
    statistics: variability_stat::Model,
    significance: f64,
    /// Whether it is above, and not only at, a threshold.
    is_above: bool,
    change: Option<RapidChange>,
}

impl Found {
    fn flag_type(&self) -> EseFlagType {
        match self.change {
            Some(_) => EseFlagType::RapidChange,
            None => EseFlagType::Variability,
        }
    }

    /// Whether it says more than the active candidate does.
    fn is_news_of(&self, active: &ese_candidate::Model) -> bool {
        match self.change {
            Some(_) => {
                active.flag_type == EseFlagType::RapidChange
                    && self.significance > active.significance
            }
            None => self.is_above,
        }
    }

    fn candidate(&self, now: UnixTime) -> ese_candidate::ActiveModel {
        ese_candidate::ActiveModel {
            source_id: Set(self.statistics.source_id.clone()),
            flagged_at: Set(now),
            flagged_by: Set(Some("auto".to_owned())),
            significance: Set(self.significance),
            flag_type: Set(self.flag_type()),
            status: Set(Some(EseCandidateStatus::Active)),
            ..Default::default()
        }
    }

    fn detection(self, outcome: DetectionOutcome) -> Detection {
        Detection {
            flag_type: self.flag_type(),
            significance: self.significance,
            outcome,
            score: None,
            rapid_change: self.change,
            statistics: self.statistics,
        }
    }
}

/// The sources that changed rapidly, the most significant change first.
fn changed(
    mut changes: HashMap<String, RapidChange>,
    statistics: Vec<variability_stat::Model>,
) -> Vec<Found> {
    let changed = statistics.into_iter().filter_map(|statistics| {
        let change = changes.remove(&statistics.source_id)?;
        let significance = change.significance;
        Some(Found { statistics, significance, is_above: true, change: Some(change) })
    });
    let mut changed: Vec<Found> = changed.collect();
    changed.sort_by(|a, b| b.significance.total_cmp(&a.significance));
    changed
}

fn is_active(candidate: &ese_candidate::Model) -> bool {
    candidate.status.as_ref().is_none_or(|status| *status == EseCandidateStatus::Active)
}

/// When people decided about a candidate.
fn decided_at(candidate: &ese_candidate::Model) -> f64 {
    let times = [candidate.investigated_at, candidate.dismissed_at];
    let last = times.into_iter().flatten().map(|time| time.0).reduce(f64::max);
    last.unwrap_or(candidate.flagged_at.0)
}

/// Whether what people decided about a source's candidates still stands.
fn stands(candidates: &[ese_candidate::Model], found: &Found) -> bool {
    let by_time = |a: &&ese_candidate::Model, b: &&ese_candidate::Model| {
        decided_at(a).total_cmp(&decided_at(b))
    };
    let Some(last) = candidates.iter().max_by(by_time) else { return false };
    let is_newer = found
        .statistics
        .last_measured_at
        .is_some_and(|measured_at| measured_at.0 > decided_at(last));
    !(is_newer && found.significance > last.significance)
}

/// The sources that reach a threshold.
fn reaching(thresholds: &Thresholds) -> Filter<variability_stat::Entity> {
    let least = |column, value: f64| Filter::Compare(column, Comparison::Gte, value.into());
    let mut any = vec![least(SigmaDeviation, thresholds.sigma)];
    any.extend(thresholds.chi2_nu.map(|chi2_nu| least(Chi2Nu, chi2_nu)));
    Filter::Any(any)
}
