//! Changes to variability statistics and to candidates for extreme scattering events.

use almanac_entity::products::{
    EseCandidateStatus, EseFlagType, ese_candidate, image, photometry, variability_stat,
};
use almanac_entity::{Database, master_sources::source};
use almanac_service::{
    Repository, Row,
    master_sources::ReferenceSearch,
    products::{
        Detection, DetectionOutcome as Outcome, DetectionRequest, DropReason as Reason, Weights,
    },
};
use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::{
    EseCandidate, VariabilityStats,
    ese_explanation::{EsePreset, EseScore, RapidChange},
    measured_source::big,
    variability::StatisticsFlux,
};
use crate::graphql::{BigInt, Word, mutation::big_id, node::objects};

/// Which statistics are computed.
#[derive(Debug, Default, InputObject)]
pub struct RecomputeVariabilityInput {
    /// Only this source, by its NVSS designation; all where it is not given.
    source_id: Option<String>,
    /// From which flux density.
    #[graphql(default)]
    flux: StatisticsFlux,
}

/// What a recomputation did.
#[derive(Debug, SimpleObject)]
pub struct RecomputeVariabilityPayload {
    /// Sources whose statistics were written.
    recomputed: BigInt,
    /// Sources that were measured less than twice; their statistics are as they were.
    skipped: BigInt,
    /// Measurements read.
    measurements: BigInt,
    /// The statistics of the source asked for.
    statistics: Option<VariabilityStats>,
}

/// How much each metric counts in a score.
#[derive(Debug, InputObject)]
pub struct EseWeightsInput {
    /// Of the deviation from the mean.
    #[graphql(default = 0.5)]
    sigma: f64,
    /// Of the reduced chi-square.
    #[graphql(default = 0.3)]
    chi2_nu: f64,
    /// Of η.
    #[graphql(default = 0.2)]
    eta: f64,
}

impl From<EseWeightsInput> for Weights {
    fn from(weights: EseWeightsInput) -> Self {
        Self { sigma: weights.sigma, chi2_nu: weights.chi2_nu, eta: weights.eta }
    }
}

/// What is looked for.
#[derive(Debug, InputObject)]
pub struct DetectEseCandidatesInput {
    /// The least deviation from the mean, standard deviations: 5, or what the preset says.
    min_sigma: Option<f64>,
    /// Only this source, by its NVSS designation.
    source_id: Option<String>,
    /// Whether the statistics are recomputed first.
    #[graphql(default)]
    recompute: bool,
    /// From which flux density they are recomputed, and in which rapid changes are looked for.
    #[graphql(default)]
    flux: StatisticsFlux,
    /// Whether a score is wanted.
    #[graphql(default)]
    composite: bool,
    /// How much each metric counts in the score.
    weights: Option<EseWeightsInput>,
    /// Thresholds for the deviation and for the reduced chi-square, either of which qualifies a source.
    preset: Option<EsePreset>,
    /// Whether sources are flagged whose flux density changed by more than half within a day.
    #[graphql(default = true)]
    rapid_change: bool,
}

/// What became of a source that was detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Outcome")]
pub enum EseDetectionOutcome {
    /// It is a new candidate.
    New,
    /// It was a candidate, and its significance is brought up to date.
    Updated,
}

/// A source that was detected.
#[derive(Debug, SimpleObject)]
pub struct EseDetection {
    /// The source, by its NVSS designation.
    source_id: String,
    /// Its statistics.
    statistics: VariabilityStats,
    /// Why it is flagged, as stored: `variability` or `rapid_change`.
    flag_type: String,
    /// How significant it is, standard deviations.
    significance: f64,
    /// What became of it.
    outcome: EseDetectionOutcome,
    /// Its score, if one was asked for.
    score: Option<EseScore>,
    /// The rapid change, where that is why.
    rapid_change: Option<RapidChange>,
}

/// What a detection found.
#[derive(Debug, SimpleObject)]
pub struct DetectEseCandidatesPayload {
    /// The sources detected, the most significant first; those that changed rapidly come last.
    detections: Vec<EseDetection>,
    /// How many candidates are new.
    created: BigInt,
    /// How many candidates were brought up to date.
    updated: BigInt,
}

impl From<Vec<Detection>> for DetectEseCandidatesPayload {
    fn from(found: Vec<Detection>) -> Self {
        let count = |outcome: Outcome| {
            big(found.iter().filter(|found| found.outcome == outcome).count() as u64)
        };
        let (created, updated) = (count(Outcome::New), count(Outcome::Updated));
        let rows = found.iter().map(|found| Row::of_model(&found.statistics)).collect();
        let statistics = objects::<variability_stat::Entity>(rows);
        let shown = found.into_iter().zip(statistics).map(|(found, statistics)| EseDetection {
            source_id: found.statistics.source_id,
            statistics,
            flag_type: EseFlagType::into(found.flag_type),
            significance: found.significance,
            outcome: found.outcome.into(),
            score: found.score.map(Into::into),
            rapid_change: found.rapid_change.map(Into::into),
        });
        Self { detections: shown.collect(), created, updated }
    }
}

/// A source that somebody holds for a candidate.
#[derive(Debug, InputObject)]
pub struct FlagEseCandidateInput {
    /// The source, by its NVSS designation; it has statistics.
    source_id: String,
    /// Why.
    notes: Option<String>,
    /// How significant it is; the deviation of its statistics where it is not given.
    significance: Option<f64>,
}

/// A candidate that was changed.
#[derive(Debug, SimpleObject)]
pub struct EseCandidatePayload {
    /// The candidate.
    ese_candidate: EseCandidate,
}

/// The status that a candidate comes to.
#[derive(Debug, InputObject)]
pub struct SetEseStatusInput {
    /// The candidate: `rowId` of `EseCandidate`.
    id: ID,
    /// `INVESTIGATED`, `DISMISSED`, or `ACTIVE` to reopen it.
    status: Word<EseCandidateStatus>,
    /// A remark, which is added to those there are.
    notes: Option<String>,
}

/// A remark about a candidate.
#[derive(Debug, InputObject)]
pub struct AddEseNoteInput {
    /// The candidate: `rowId` of `EseCandidate`.
    id: ID,
    /// The remark; it is added to those there are, with its time.
    note: String,
}

/// An image whose photometry is normalised.
#[derive(Debug, InputObject)]
pub struct NormalisePhotometryInput {
    /// The image: its path, or its `rowId`.
    image: String,
    /// Which flux density.
    #[graphql(default)]
    flux: StatisticsFlux,
}

/// Why a reference does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Reason")]
pub enum ReferenceDropped {
    /// It was not measured on the image.
    NotMeasured,
    /// It has too few epochs for a baseline, or one that is not above zero.
    NoBaseline,
    /// It changed in the 30 days before the image.
    Unsteady,
    /// What it says lies too far from what the others say.
    Clipped,
}

/// What became of a reference.
#[derive(Debug, SimpleObject)]
pub struct NormalisationReference {
    /// The reference, by its NVSS designation.
    source_id: String,
    /// Its flux density on the image over that of its baseline.
    ratio: Option<f64>,
    /// Why it does not count; null where it does.
    dropped: Option<ReferenceDropped>,
}

/// What came of the normalisation of an image.
#[derive(Debug, SimpleObject)]
pub struct NormalisePhotometryPayload {
    /// Path of the image.
    image_path: String,
    /// What its flux densities were divided by; null with fewer than three references.
    correction: Option<f64>,
    /// The uncertainty of that.
    correction_error: Option<f64>,
    /// The references looked at, the highest signal-to-noise ratio first.
    references: Vec<NormalisationReference>,
    /// Number of measurements that have a normalised flux density now.
    normalised: BigInt,
}

mutations! {
    /// Changes to variability statistics, candidates for extreme scattering events and normalised photometry.
    VariabilityMutations {
        /// Computes variability statistics from photometry, in one pass over it.
        RecomputeVariability: recompute_variability(input: RecomputeVariabilityInput, work)
            -> RecomputeVariabilityPayload
        {
            let table = work.table::<variability_stat::Entity>().await?;
            let source_id = input.source_id.as_deref();
            let done =
                table.recompute(source_id, input.flux.into(), work.now(), |_| ()).await?;
            let statistics = match source_id {
                Some(source_id) => table.find(source_id).await?,
                None => None,
            };
            Ok(RecomputeVariabilityPayload {
                recomputed: big(done.written),
                skipped: big(done.skipped),
                measurements: big(done.measurements),
                statistics: statistics.as_ref().map(VariabilityStats::of),
            })
        }

        /// Flags the sources whose light deviates far from its mean, or changed by more than half within a
        /// day. A source whose candidates people decided about is flagged anew only when newer photometry
        /// deviates further.
        DetectEseCandidates: detect_ese_candidates(input: DetectEseCandidatesInput, work)
            -> DetectEseCandidatesPayload
        {
            let request = DetectionRequest {
                min_sigma: input.min_sigma,
                source_id: input.source_id.as_deref(),
                recompute: input.recompute,
                flux: input.flux.into(),
                composite: input.composite,
                weights: input.weights.map(Into::into),
                preset: input.preset.map(Into::into),
                rapid_change: input.rapid_change,
            };
            let table = work.table::<ese_candidate::Entity>().await?;
            Ok(table.detect(&request, work.now(), |_| ()).await?.into())
        }

        /// Flags a source as a candidate, whatever the detector says.
        FlagEseCandidate: flag_ese_candidate(input: FlagEseCandidateInput, work)
            -> EseCandidatePayload
        {
            let table = work.table::<ese_candidate::Entity>().await?;
            let (user, notes) = (&work.principal().name, input.notes.as_deref());
            let flagged =
                table.flag(&input.source_id, user, notes, input.significance, work.now()).await?;
            Ok(EseCandidatePayload { ese_candidate: EseCandidate::of(&flagged) })
        }

        /// Investigates, dismisses or reopens a candidate.
        SetEseStatus: set_ese_status(input: SetEseStatusInput, work) -> EseCandidatePayload {
            let id = big_id(&input.id, "id")?;
            let table = work.table::<ese_candidate::Entity>().await?;
            let notes = input.notes.as_deref();
            let decided = table.decide(id, input.status.0, notes, work.now()).await?;
            Ok(EseCandidatePayload { ese_candidate: EseCandidate::of(&decided) })
        }

        /// Adds a remark to a candidate.
        AddEseNote: add_ese_note(input: AddEseNoteInput, work) -> EseCandidatePayload {
            let id = big_id(&input.id, "id")?;
            let table = work.table::<ese_candidate::Entity>().await?;
            let noted = table.add_note(id, &input.note, work.now()).await?;
            Ok(EseCandidatePayload { ese_candidate: EseCandidate::of(&noted) })
        }

        /// Divides the flux densities measured on an image by what steady references near its centre are
        /// brighter on it than they use to be. With fewer than three references the normalised columns are
        /// null.
        NormalisePhotometry: normalise_photometry(input: NormalisePhotometryInput, work)
            -> NormalisePhotometryPayload
        {
            let target = work.table::<image::Entity>().await?.to_normalise(&input.image).await?;
            let catalogue = work.sessions().reader(Database::MasterSources).await?;
            let references = Repository::<_, source::Entity>::new(&catalogue)
                .references(&ReferenceSearch::new(target.ra_deg, target.dec_deg))
                .await?;
            let references: Vec<String> =
                references.into_iter().map(|near| near.source.source_id).collect();
            let table = work.table::<photometry::Entity>().await?;
            let done = table.normalise(&target, &references, input.flux.into()).await?;
            let references = done.references.into_iter().map(|verdict| NormalisationReference {
                source_id: verdict.source_id,
                ratio: verdict.ratio,
                dropped: verdict.dropped.map(Into::into),
            });
            Ok(NormalisePhotometryPayload {
                image_path: done.image_path,
                correction: done.correction.map(|correction| correction.factor),
                correction_error: done.correction.map(|correction| correction.error),
                references: references.collect(),
                normalised: big(done.normalised),
            })
        }
    }
}
