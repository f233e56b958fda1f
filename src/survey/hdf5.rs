//! The index of the raw files of all observation groups.

use almanac_entity::{
    Database,
    hdf5::{hdf5_file, pointing, storage_location},
};
use anyhow::Result;
use sea_orm::ActiveValue::Set;

use super::{
    UnixTime, World, Writer,
    ingest::{Group, groups},
    schedule::text,
};

/// Groups whose files are written in one transaction.
const CHUNK: usize = 200;
/// Raw files are deleted after so many days.
const KEPT_DAYS: f64 = 20.0;

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let groups = groups(world);
    for (number, chunk) in groups.chunks(CHUNK).enumerate() {
        let transaction = writer.begin(Database::Hdf5).await?;
        let rows = chunk.iter().flat_map(|group| files(world, group));
        writer.insert(&transaction, hdf5_file::Entity, rows).await?;
        let pointings = chunk.iter().map(|group| pointing::ActiveModel {
            timestamp: Set(group.observation.start),
            ra_deg: Set(Some(group.observation.centre.0)),
            dec_deg: Set(Some(group.observation.centre.1)),
            healpix: sea_orm::NotSet,
        });
        writer.insert(&transaction, pointing::Entity, pointings).await?;
        transaction.commit().await?;
        writer.report("raw files", (number * CHUNK + chunk.len()).min(groups.len()), groups.len());
    }
    let transaction = writer.begin(Database::Hdf5).await?;
    writer.insert(&transaction, storage_location::Entity, places()).await?;
    transaction.commit().await?;
    Ok(())
}

fn files(world: &World, group: &Group<'_>) -> impl Iterator<Item = hdf5_file::ActiveModel> {
    let now = world.survey.now.0;
    let stored = now - group.observation.start.0 < KEPT_DAYS * 86_400.0;
    let (ra, dec) = group.observation.centre;
    group.observation.subbands(world.survey.seed, group.subbands).into_iter().map(move |subband| {
        let first = subband.index == 0;
        let written = subband.start.0 + 8.0 + 19.0 * f64::from(subband.index);
        hdf5_file::ActiveModel {
            path: Set(subband.path),
            filename: Set(subband.name),
            group_id: Set(text(subband.start, "%Y-%m-%dT%H:%M:%S")),
            subband_code: Set(format!("sb{:02}", subband.index)),
            timestamp_iso: Set(text(subband.start, "%Y-%m-%dT%H:%M:%S")),
            timestamp_mjd: Set(subband.start.mjd()),
            file_size_bytes: Set(Some(subband.bytes)),
            modified_time: Set(Some(UnixTime(written.min(now)))),
            indexed_at: Set(Some(UnixTime((written + 12.0).min(now)))),
            stored: Set(Some(stored)),
            subband_num: Set(Some(subband.index)),
            ra_deg: Set(first.then_some(ra)),
            dec_deg: Set(first.then_some(dec)),
            obs_date: Set(first.then(|| text(subband.start, "%Y-%m-%d"))),
            obs_time: Set(first.then(|| text(subband.start, "%H:%M:%S"))),
            healpix: sea_orm::NotSet,
        }
    })
}

fn places() -> impl Iterator<Item = storage_location::ActiveModel> {
    let places = [
        ("incoming", "/data/incoming", "Where the correlator writes"),
        ("staging", "/stage/dsa110-contimg/hdf5", "Files at work"),
        ("archive", "/data/archive/hdf5", "Files kept for good"),
    ];
    places.into_iter().map(|(name, path, description)| storage_location::ActiveModel {
        name: Set(name.to_owned()),
        path: Set(path.to_owned()),
        description: Set(Some(description.to_owned())),
        ..Default::default()
    })
}
