//! Mosaics, and the groups of measurement sets they are made of.

use almanac_entity::products::{
    MosaicGroupStatus, MosaicStatus, mosaic, mosaic_group, mosaic_membership,
};
use almanac_service::Transaction;
use anyhow::Result;
use sea_orm::ActiveValue::Set;
use serde_json::json;

use super::{
    super::{
        UnixTime, World, Writer,
        random::{Draw, Topic, stream},
        schedule::{OBSERVATION_S, Observation, text},
        sky::FIELD_DEG,
    },
    imaged_at,
};

/// A mosaic: its id, what it is made of and the measurement's epoch.
pub(super) struct Made {
    pub(super) id: i64,
    pub(super) night: usize,
}

pub(super) async fn fill(
    writer: &mut Writer<'_>,
    transaction: &Transaction,
    world: &World,
) -> Result<Vec<Made>> {
    let mut made = Vec::new();
    let mut groups = Vec::new();
    let mut members = Vec::new();
    for hour in world.schedule.hours() {
        let status = status(world, made.len());
        let row = mosaic(world, hour, status.clone());
        let row = writer.insert_one(transaction, mosaic::Entity, row).await?;
        members.extend(hour.iter().enumerate().map(|(position, observation)| {
            mosaic_membership::ActiveModel {
                ms_path: Set(observation.ms_path()),
                mosaic_group_id: Set(group_id(hour)),
                position_in_group: Set(i32::try_from(position).expect("an hour is short")),
            }
        }));
        groups.push(group(hour, &row, &status));
        made.push(Made { id: row.id, night: hour[0].night });
    }
    writer.insert(transaction, mosaic_group::Entity, groups).await?;
    writer.insert(transaction, mosaic_membership::Entity, members).await?;
    Ok(made)
}

/// All mosaics are done but one that failed and the last two.
fn status(world: &World, number: usize) -> MosaicStatus {
    let count = world.schedule.hours().count();
    match count - number {
        1 => MosaicStatus::Planned,
        2 => MosaicStatus::Building,
        9 => MosaicStatus::Failed,
        _ => MosaicStatus::Completed,
    }
}

fn group_id(hour: &[Observation]) -> String {
    format!("mosaic_{}", hour[0].group_id())
}

/// When the images were put together.
fn mosaicked_at(hour: &[Observation]) -> UnixTime {
    UnixTime(imaged_at(&hour[hour.len() - 1]).0 + 240.0)
}

fn mosaic(world: &World, hour: &[Observation], status: MosaicStatus) -> mosaic::ActiveModel {
    let (first, last) = (&hour[0], &hour[hour.len() - 1]);
    let mut random = stream(world.survey.seed, Topic::Quality, 1 << 40 | first.index);
    let from = text(first.start, "%Y-%m-%d_hourly_%H");
    let name = format!("{from}-{}UTC", text(UnixTime(first.start.0 + 3_600.0), "%H"));
    let folder = format!("/data/dsa110-contimg/mosaics/{}", first.date());
    let stem = format!("{folder}/{}_{name}", text(first.start, "%H%M%S"));
    let weight: f64 = hour.iter().map(|observation| observation.noise_jy.powi(-2)).sum();
    let effective = weight.sqrt().recip();
    let done = status == MosaicStatus::Completed;
    let width = ((last.centre.0 - first.centre.0).rem_euclid(360.0)) / 2.0;
    let density = world.schedule.measured(first.index) as f64 / FIELD_DEG.powi(2);
    let sources =
        FIELD_DEG * (FIELD_DEG + 2.0 * width * first.centre.1.to_radians().cos()) * density;
    mosaic::ActiveModel {
        path: Set(format!("{stem}.fits")),
        name: Set(name),
        created_at: Set(mosaicked_at(hour)),
        start_mjd: Set(first.start.mjd()),
        end_mjd: Set(last.end().mjd()),
        integration_sec: Set(Some(OBSERVATION_S * hour.len() as f64)),
        n_images: Set(i32::try_from(hour.len()).ok()),
        center_ra_deg: Set(Some((first.centre.0 + width).rem_euclid(360.0))),
        center_dec_deg: Set(Some(first.centre.1)),
        dec_min_deg: Set(Some(first.centre.1 - FIELD_DEG / 2.0)),
        dec_max_deg: Set(Some(first.centre.1 + FIELD_DEG / 2.0)),
        noise_jy: Set(done.then(|| effective * random.between(1.02, 1.25))),
        beam_major_arcsec: Set(done.then(|| random.around(12.8, 0.02))),
        beam_minor_arcsec: Set(done.then(|| random.around(11.2, 0.02))),
        beam_pa_deg: Set(done.then(|| random.normal(38.0, 3.0))),
        n_sources: Set(done.then_some(sources.round() as i32)),
        thumbnail_path: Set(done.then(|| format!("{stem}.png"))),
        method: Set(Some("pbweighted".to_owned())),
        tiles: Set(Some(
            json!(hour.iter().map(Observation::image_path).collect::<Vec<_>>()).into(),
        )),
        output_path: Set(Some(format!("{stem}.fits"))),
        validation_issues: Set(Some(match status {
            MosaicStatus::Failed => {
                json!(["the tiles differ in their beams by more than 20 %"]).into()
            }
            _ => json!([]).into(),
        })),
        metrics_path: Set(done.then(|| format!("{stem}_metrics.json"))),
        effective_noise_jy: Set(Some(effective)),
        status: Set(Some(status)),
        ..Default::default()
    }
}

fn group(
    hour: &[Observation],
    row: &mosaic::Model,
    status: &MosaicStatus,
) -> mosaic_group::ActiveModel {
    let done = *status == MosaicStatus::Completed;
    let imaged = imaged_at(&hour[hour.len() - 1]);
    let (status, error) = match status {
        MosaicStatus::Failed => {
            (MosaicGroupStatus::Failed, Some("validation of the mosaic failed"))
        }
        MosaicStatus::Building => (MosaicGroupStatus::Mosaicking, None),
        MosaicStatus::Planned => (MosaicGroupStatus::Imaged, None),
        _ => (MosaicGroupStatus::Completed, None),
    };
    mosaic_group::ActiveModel {
        group_id: Set(group_id(hour)),
        mosaic_id: Set(Some(row.id.to_string())),
        ms_paths: Set(json!(hour.iter().map(Observation::ms_path).collect::<Vec<_>>()).into()),
        calibration_ms_path: Set(Some(hour[hour.len() / 2].ms_path())),
        bpcal_solved: Set(Some(true)),
        gaincal_solved: Set(Some(true)),
        created_at: Set(hour[hour.len() - 1].after(500.0)),
        calibrated_at: Set(Some(hour[hour.len() - 1].after(900.0))),
        imaged_at: Set(Some(imaged)),
        mosaicked_at: Set(done.then(|| mosaicked_at(hour))),
        mosaic_path: Set(done.then(|| row.path.clone())),
        completed_at: Set(done.then(|| UnixTime(mosaicked_at(hour).0 + 20.0))),
        error: Set(error.map(str::to_owned)),
        stage: Set(Some(status.as_str().to_owned())),
        status: Set(Some(status)),
        cal_applied: Set(Some(true)),
    }
}
