//! Changes to watched sources, transient candidates and their alerts.

use almanac_entity::{
    Database, UnixTime,
    master_sources::source,
    products::{
        FollowUpStatus, TransientClassification, image, monitoring_source, transient_alert,
        transient_candidate,
    },
};
use almanac_service::{
    Error, Repository, Row,
    products::{
        Baseline, MonitoringUpdate, Observed, TransientContext, TransientThresholds, compare,
    },
};
use async_graphql::{ID, InputObject, SimpleObject};
use chrono::{DateTime, Utc};

use super::{MonitoringSource, TransientAlert, TransientCandidate, measured_source::big};
use crate::graphql::{BigInt, Word, mutation::big_id, node::objects};

/// Sources of one comparison at the most.
const MOST: usize = 20_000;

/// A file of sources to watch.
#[derive(Debug, InputObject)]
pub struct RegisterMonitoringSourcesInput {
    /// The file's text: CSV with the columns `name`, `ra`, `dec` and perhaps `priority`.
    csv: String,
}

/// A line that cannot be a source.
#[derive(Debug, SimpleObject)]
pub struct MonitoringProblem {
    /// The line of the file; the header is line 1.
    line: BigInt,
    /// The column at fault, where it is one.
    column: Option<String>,
    /// What is wrong.
    message: String,
}

/// What a file of sources to watch brought.
#[derive(Debug, SimpleObject)]
pub struct RegisterMonitoringSourcesPayload {
    /// Sources that are watched from now on.
    added: BigInt,
    /// Sources that were watched, whose position or priority is another now.
    updated: BigInt,
    /// Sources that were watched just so.
    unchanged: BigInt,
    /// Lines that cannot be a source, and were left out.
    skipped: BigInt,
    /// The first 1,000 of these.
    problems: Vec<MonitoringProblem>,
}

/// What is known anew of a watched source; what is not given stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateMonitoringSourceInput {
    /// The source.
    source_id: String,
    /// Number of detections.
    n_detections: Option<i32>,
    /// Mean flux density, Jy.
    mean_flux_jy: Option<f64>,
    /// Standard deviation of the flux density, Jy.
    std_flux_jy: Option<f64>,
    /// η: scatter weighted by the uncertainties.
    eta: Option<f64>,
    /// V: standard deviation over mean.
    v_index: Option<f64>,
    /// Chi-square for a constant flux density.
    chi_squared: Option<f64>,
    /// Whether it is variable.
    is_variable: Option<bool>,
    /// Whether it is a candidate for an extreme scattering event.
    ese_candidate: Option<bool>,
    /// When it was detected last.
    last_detected_at: Option<DateTime<Utc>>,
}

/// A watched source that was changed.
#[derive(Debug, SimpleObject)]
pub struct MonitoringSourcePayload {
    /// The source.
    monitoring_source: MonitoringSource,
}

/// A source as it was observed.
#[derive(Debug, InputObject)]
pub struct ObservedSourceInput {
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, mJy.
    flux_mjy: f64,
    /// Its uncertainty, mJy; else it follows from the signal-to-noise ratio.
    flux_err_mjy: Option<f64>,
    /// Signal-to-noise ratio; else it follows from the uncertainty.
    snr: Option<f64>,
}

/// A source as a catalogue has it.
#[derive(Debug, InputObject)]
pub struct BaselineSourceInput {
    /// The source, by its designation in the catalogue.
    source_id: String,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, mJy.
    flux_mjy: f64,
}

/// When a difference is one; what is not given is as usual.
#[derive(Debug, Default, InputObject)]
pub struct TransientThresholdsInput {
    /// Sources no further apart than this are the same, arcseconds; 10 unless said.
    match_radius_arcsec: Option<f64>,
    /// The least signal-to-noise ratio of a source that no catalogue knows; 5 unless said.
    min_new_snr: Option<f64>,
    /// The least difference from the catalogue, standard deviations; 3 unless said.
    min_sigma: Option<f64>,
    /// Uncertainty of the catalogue's flux densities, a part of them; 0.05 unless said.
    baseline_error: Option<f64>,
    /// Brightening is above this ratio; 1.5 unless said.
    brightening_ratio: Option<f64>,
    /// Fading is below this ratio; 0.67 unless said.
    fading_ratio: Option<f64>,
    /// The least flux density of a catalogue source that is missed, mJy; 10 unless said.
    min_missed_mjy: Option<f64>,
}

impl From<TransientThresholdsInput> for TransientThresholds {
    fn from(input: TransientThresholdsInput) -> Self {
        let usual = Self::default();
        Self {
            match_radius_arcsec: input.match_radius_arcsec.unwrap_or(usual.match_radius_arcsec),
            min_new_snr: input.min_new_snr.unwrap_or(usual.min_new_snr),
            min_sigma: input.min_sigma.unwrap_or(usual.min_sigma),
            baseline_error: input.baseline_error.unwrap_or(usual.baseline_error),
            brightening_ratio: input.brightening_ratio.unwrap_or(usual.brightening_ratio),
            fading_ratio: input.fading_ratio.unwrap_or(usual.fading_ratio),
            min_missed_mjy: input.min_missed_mjy.unwrap_or(usual.min_missed_mjy),
        }
    }
}

/// What was observed on an image, to be compared with a catalogue.
#[derive(Debug, InputObject)]
pub struct DetectTransientsInput {
    /// The image: its path, or its `rowId`. Catalogue sources within it that were not observed are fading.
    image: String,
    /// The sources observed on it.
    observed: Vec<ObservedSourceInput>,
    /// The catalogue; the NVSS flux densities of the master catalogue where it is not given.
    baseline: Option<Vec<BaselineSourceInput>>,
    /// What the catalogue is called; `NVSS` unless said.
    #[graphql(default = "NVSS")]
    baseline_catalog: String,
    /// The mosaic they were observed on: `rowId` of `Mosaic`.
    mosaic_row_id: Option<ID>,
    /// When a difference is one.
    #[graphql(default)]
    thresholds: TransientThresholdsInput,
}

/// What a comparison found.
#[derive(Debug, SimpleObject)]
pub struct DetectTransientsPayload {
    /// The candidates that are new, at most 10,000.
    candidates: Vec<TransientCandidate>,
    /// Candidates that were known and were detected again.
    again: BigInt,
    /// Alerts that were made or raised.
    alerts: BigInt,
    /// Sources observed that the catalogue has.
    matched: BigInt,
    /// Sources observed without an uncertainty or a signal-to-noise ratio, which were left out.
    without_noise: BigInt,
}

/// What somebody holds a transient candidate for.
#[derive(Debug, InputObject)]
pub struct ClassifyTransientInput {
    /// The candidate: `rowId` of `TransientCandidate`.
    id: ID,
    /// What it is.
    classification: Word<TransientClassification>,
    /// A remark, which is added to those there are.
    notes: Option<String>,
}

/// How the follow-up of a transient candidate stands.
#[derive(Debug, InputObject)]
pub struct SetFollowUpInput {
    /// The candidate: `rowId` of `TransientCandidate`.
    id: ID,
    /// How it stands.
    status: Word<FollowUpStatus>,
    /// A remark, which is added to those there are.
    notes: Option<String>,
}

/// A transient candidate that was changed.
#[derive(Debug, SimpleObject)]
pub struct TransientCandidatePayload {
    /// The candidate.
    transient_candidate: TransientCandidate,
}

/// An alert that somebody took note of.
#[derive(Debug, InputObject)]
pub struct AcknowledgeTransientAlertInput {
    /// The alert: `rowId` of `TransientAlert`.
    id: ID,
    /// A remark, which is added to those there are.
    notes: Option<String>,
}

/// An alert that was acknowledged.
#[derive(Debug, SimpleObject)]
pub struct TransientAlertPayload {
    /// The alert; one that was acknowledged before is as it was.
    transient_alert: TransientAlert,
}

mutations! {
    /// Changes to watched sources, transient candidates and their alerts.
    TransientMutations {
        /// Watches the sources of a CSV file. Lines that cannot be a source are reported and left out.
        RegisterMonitoringSources: register_monitoring_sources(input: RegisterMonitoringSourcesInput, work)
            -> RegisterMonitoringSourcesPayload
        {
            let table = work.table::<monitoring_source::Entity>().await?;
            let done = table.register_csv(input.csv.as_bytes(), work.now()).await?;
            let problems = done.problems.into_iter().map(|problem| MonitoringProblem {
                line: big(problem.line),
                column: problem.column,
                message: problem.message,
            });
            Ok(RegisterMonitoringSourcesPayload {
                added: big(done.added),
                updated: big(done.updated),
                unchanged: big(done.unchanged),
                skipped: big(done.skipped),
                problems: problems.collect(),
            })
        }

        /// Writes what is known anew of a watched source.
        UpdateMonitoringSource: update_monitoring_source(input: UpdateMonitoringSourceInput, work)
            -> MonitoringSourcePayload
        {
            let fields = MonitoringUpdate {
                n_detections: input.n_detections,
                mean_flux_jy: input.mean_flux_jy,
                std_flux_jy: input.std_flux_jy,
                eta: input.eta,
                v_index: input.v_index,
                chi_squared: input.chi_squared,
                is_variable: input.is_variable,
                ese_candidate: input.ese_candidate,
                last_detected_at: input.last_detected_at.map(UnixTime::from),
            };
            let table = work.table::<monitoring_source::Entity>().await?;
            let row = table.update_variability(&input.source_id, &fields, work.now()).await?;
            Ok(MonitoringSourcePayload { monitoring_source: MonitoringSource::of(&row) })
        }

        /// Compares what was observed on an image with a catalogue. What differs becomes a candidate, and an
        /// alert from 5 standard deviations on; a candidate seen before is counted again.
        DetectTransients: detect_transients(input: DetectTransientsInput, work)
            -> DetectTransientsPayload
        {
            let sources = input.observed.len() + input.baseline.as_ref().map_or(0, Vec::len);
            if sources > MOST {
                return Err(Error::invalid("observed", format!("{sources} sources are more than {MOST}")));
            }
            let seen = work.table::<image::Entity>().await?.seen(&input.image).await?;
            let baseline = match input.baseline {
                Some(baseline) => baseline.into_iter().map(Into::into).collect(),
                None => {
                    let catalogue = work.sessions().reader(Database::MasterSources).await?;
                    Repository::<_, source::Entity>::new(&catalogue)
                        .baseline(&seen.footprint()?, MOST)
                        .await?
                }
            };
            let observed: Vec<Observed> = input.observed.into_iter().map(Into::into).collect();
            let thresholds = TransientThresholds::from(input.thresholds);
            let footprint = seen.footprint.as_ref();
            let found = compare(&observed, &baseline, footprint, seen.rms_mjy, &thresholds)?;
            let context = TransientContext {
                mosaic_id: input.mosaic_row_id.map(|id| big_id(&id, "mosaicRowId")).transpose()?,
                baseline_catalog: Some(input.baseline_catalog),
                match_radius_arcsec: thresholds.match_radius_arcsec,
                ..seen.context()
            };
            let table = work.table::<transient_candidate::Entity>().await?;
            let stored = table.store(&found.transients, &context, work.now()).await?;
            let rows = stored.candidates.iter().map(Row::of_model).collect();
            Ok(DetectTransientsPayload {
                candidates: objects::<transient_candidate::Entity>(rows),
                again: big(stored.again),
                alerts: big(stored.alerts),
                matched: big(found.matched as u64),
                without_noise: big(found.without_noise as u64),
            })
        }

        /// Writes down what you hold a transient candidate for.
        ClassifyTransient: classify_transient(input: ClassifyTransientInput, work)
            -> TransientCandidatePayload
        {
            let id = big_id(&input.id, "id")?;
            let table = work.table::<transient_candidate::Entity>().await?;
            let (user, notes) = (&work.principal().name, input.notes.as_deref());
            let row =
                table.classify(id, input.classification.0, user, notes, work.now()).await?;
            Ok(TransientCandidatePayload { transient_candidate: TransientCandidate::of(&row) })
        }

        /// Writes down how the follow-up of a transient candidate stands.
        SetFollowUp: set_follow_up(input: SetFollowUpInput, work) -> TransientCandidatePayload {
            let id = big_id(&input.id, "id")?;
            let table = work.table::<transient_candidate::Entity>().await?;
            let notes = input.notes.as_deref();
            let row = table.set_follow_up(id, input.status.0, notes, work.now()).await?;
            Ok(TransientCandidatePayload { transient_candidate: TransientCandidate::of(&row) })
        }

        /// Acknowledges an alert about a transient candidate; one that was acknowledged before stays as it
        /// is.
        AcknowledgeTransientAlert: acknowledge_transient_alert(
            input: AcknowledgeTransientAlertInput, work
        ) -> TransientAlertPayload {
            let id = big_id(&input.id, "id")?;
            let table = work.table::<transient_alert::Entity>().await?;
            let (user, notes) = (&work.principal().name, input.notes.as_deref());
            let row = table.acknowledge(id, user, notes, work.now()).await?;
            Ok(TransientAlertPayload { transient_alert: TransientAlert::of(&row) })
        }
    }
}

impl From<ObservedSourceInput> for Observed {
    fn from(source: ObservedSourceInput) -> Self {
        let ObservedSourceInput { ra_deg, dec_deg, flux_mjy, flux_err_mjy, snr } = source;
        Self { ra_deg, dec_deg, flux_mjy, flux_err_mjy, snr }
    }
}

impl From<BaselineSourceInput> for Baseline {
    fn from(source: BaselineSourceInput) -> Self {
        let BaselineSourceInput { source_id, ra_deg, dec_deg, flux_mjy } = source;
        Self { source_id, ra_deg, dec_deg, flux_mjy }
    }
}
