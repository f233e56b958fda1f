//! Observation groups on their way through the converter.

use almanac_entity::{
    Database,
    ingest::{IngestState, WriterType, ingest_group, performance_metric, pointing, subband_file},
};
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    UnixTime, World, Writer,
    products::UNFINISHED,
    random::{Draw, Topic, stream},
    schedule::{Observation, beam_response},
    sky::separation_deg,
    vla::{CALIBRATORS, Calibrator},
};

/// Groups that are written in one transaction.
const CHUNK: usize = 200;
/// A calibrator with less response in the beam is not in the field.
const FIELD_RESPONSE: f64 = 0.3;

/// A group: its observation, where it is in the queue, and how many of its subbands are there.
pub(super) struct Group<'a> {
    pub(super) observation: &'a Observation,
    pub(super) state: IngestState,
    pub(super) subbands: usize,
    error: Option<&'static str>,
}

/// Every group, in no order.
pub(super) fn groups(world: &World) -> Vec<Group<'_>> {
    let complete = |observation| Group {
        observation,
        state: IngestState::Completed,
        subbands: 16,
        error: None,
    };
    let mut groups: Vec<_> = world.schedule.imaged.iter().map(complete).collect();
    for observation in &world.schedule.recent {
        let (state, subbands) = match observation.index - UNFINISHED.len().min(observation.index) {
            _ if observation.index < UNFINISHED.len() => (IngestState::Completed, 16),
            0 | 1 => (IngestState::InProgress, 16),
            2 => (IngestState::Pending, 14),
            3..7 => (IngestState::Pending, 16),
            7 => (IngestState::Collecting, 13),
            _ => (IngestState::Collecting, 4),
        };
        groups.push(Group { observation, state, subbands, error: None });
    }
    groups.extend(world.schedule.failed.iter().map(|observation| {
        let (subbands, error) = match observation.index % 3 {
            0 => (7, "7 of 16 subbands after 10 minutes"),
            1 => (16, "truncated file: 3 of 24 fields in sb05"),
            _ => (16, "conversion took longer than 600 s"),
        };
        Group { observation, state: IngestState::Failed, subbands, error: Some(error) }
    }));
    groups
}

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let groups = groups(world);
    for (number, chunk) in groups.chunks(CHUNK).enumerate() {
        let transaction = writer.begin(Database::Ingest).await?;
        let rows = chunk.iter().map(|group| row(world, group));
        writer.insert(&transaction, ingest_group::Entity, rows).await?;
        let files = chunk.iter().flat_map(|group| files(world, group));
        writer.insert(&transaction, subband_file::Entity, files).await?;
        let completed = chunk.iter().filter(|group| group.state == IngestState::Completed);
        let metrics = completed.map(|group| metrics(world, group.observation));
        writer.insert(&transaction, performance_metric::Entity, metrics).await?;
        let pointings = chunk.iter().map(|group| pointing::ActiveModel {
            timestamp: Set(group.observation.start),
            ra_deg: Set(Some(group.observation.centre.0)),
            dec_deg: Set(Some(group.observation.centre.1)),
            healpix: sea_orm::NotSet,
        });
        writer.insert(&transaction, pointing::Entity, pointings).await?;
        transaction.commit().await?;
        writer.report("queue", (number * CHUNK + chunk.len()).min(groups.len()), groups.len());
    }
    Ok(())
}

/// A calibrator in the field of an observation.
fn calibrator(observation: &Observation) -> Option<&'static Calibrator> {
    CALIBRATORS.iter().find(|calibrator| {
        beam_response((calibrator.ra_deg, calibrator.dec_deg), observation.centre) > FIELD_RESPONSE
    })
}

fn row(world: &World, group: &Group<'_>) -> ingest_group::ActiveModel {
    let observation = group.observation;
    let calibrator = calibrator(observation);
    let checked = group.state != IngestState::Collecting;
    let (stage, updated) = match group.state {
        IngestState::Collecting => {
            ("collecting", observation.after(8.0 + 19.0 * (group.subbands - 1) as f64))
        }
        IngestState::Pending => ("pending", observation.after(330.0)),
        IngestState::InProgress => ("converting", UnixTime(world.survey.now.0 - 40.0)),
        IngestState::Failed => ("failed", observation.after(1_200.0)),
        _ => ("completed", observation.after(455.0)),
    };
    let matched = calibrator.map(|found| {
        let position = (found.ra_deg, found.dec_deg);
        json!([{
            "name": found.name,
            "ra_deg": found.ra_deg,
            "dec_deg": found.dec_deg,
            "separation_deg": separation_deg(position, observation.centre),
        }])
    });
    ingest_group::ActiveModel {
        group_id: Set(observation.group_id()),
        received_at: Set(observation.after(8.0)),
        last_update: Set(UnixTime(updated.0.min(world.survey.now.0))),
        expected_subbands: Set(Some(16)),
        has_calibrator: Set(checked.then_some(calibrator.is_some())),
        calibrators: Set(checked.then(|| matched.unwrap_or_else(|| json!([])).into())),
        retry_count: Set(Some(if group.state == IngestState::Failed && group.subbands == 16 {
            3
        } else {
            0
        })),
        error_message: Set(group.error.map(str::to_owned)),
        error: Set(group.error.map(str::to_owned)),
        checkpoint_path: Set((group.state == IngestState::InProgress)
            .then(|| format!("/data/dsa110-contimg/checkpoints/{}.json", observation.group_id()))),
        processing_stage: Set(Some(stage.to_owned())),
        chunk_minutes: Set(Some(super::schedule::OBSERVATION_S / 60.0)),
        state: Set(group.state.clone()),
    }
}

fn files(world: &World, group: &Group<'_>) -> impl Iterator<Item = subband_file::ActiveModel> {
    let group_id = group.observation.group_id();
    let now = world.survey.now.0;
    group.observation.subbands(world.survey.seed, group.subbands).into_iter().map(move |subband| {
        let discovered = subband.start.0 + 8.0 + 19.0 * f64::from(subband.index);
        subband_file::ActiveModel {
            group_id: Set(group_id.clone()),
            subband_idx: Set(subband.index),
            file_path: Set(subband.path),
            file_size: Set(Some(subband.bytes)),
            discovered_at: Set(UnixTime(discovered.min(now))),
            ..Default::default()
        }
    })
}

fn metrics(world: &World, observation: &Observation) -> performance_metric::ActiveModel {
    let mut random =
        stream(world.survey.seed, Topic::Processing, 1 << 40 | observation.start.0 as usize);
    let slow = if observation.bad { 1.3 } else { 1.0 };
    let mut seconds = |median: f64| random.around(median * slow, 0.15);
    let (load, phase, write) = (seconds(52.0), seconds(21.0), seconds(38.0));
    let (concat, delays, bandpass, gains) =
        (seconds(14.0), seconds(31.0), seconds(96.0), seconds(58.0));
    let (imaging, photometry) = (seconds(270.0), seconds(24.0));
    let conversion = load + phase + write;
    let total = conversion + concat + delays + bandpass + gains + imaging + photometry;
    let writer_type = random.one_of(&[
        WriterType::DirectSubband,
        WriterType::DirectSubband,
        WriterType::ParallelSubband,
        WriterType::Pyuvdata,
    ]);
    performance_metric::ActiveModel {
        group_id: Set(observation.group_id()),
        writer_type: Set(Some(writer_type)),
        conversion_time: Set(Some(conversion)),
        concat_time: Set(Some(concat)),
        k_solve_time: Set(Some(delays)),
        bp_solve_time: Set(Some(bandpass)),
        g_solve_time: Set(Some(gains)),
        imaging_time: Set(Some(imaging)),
        photometry_time: Set(Some(photometry)),
        total_time: Set(Some(total)),
        recorded_at: Set(UnixTime(observation.after(1_720.0).0.min(world.survey.now.0))),
        load_time: Set(Some(load)),
        phase_time: Set(Some(phase)),
        write_time: Set(Some(write)),
        ..Default::default()
    }
}
