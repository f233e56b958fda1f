//! The catalogue of the sky that the sample survey looks at.

use almanac_entity::{
    Database,
    master_sources::{build_meta, source, stable_id},
};
use anyhow::Result;
use sea_orm::ActiveValue::Set;

use super::{UnixTime, World, Writer, schedule::text, sky::Source};

/// Sources that are written in one transaction.
const CHUNK: usize = 5_000;
/// Frequency of VLASS over that of NVSS.
const FREQUENCY_RATIO: f64 = 3.0 / 1.4;

pub(super) async fn fill(writer: &mut Writer<'_>, world: &World) -> Result<()> {
    let sources = &world.sky.sources;
    for (number, chunk) in sources.chunks(CHUNK).enumerate() {
        let transaction = writer.begin(Database::MasterSources).await?;
        writer.insert(&transaction, source::Entity, chunk.iter().map(row)).await?;
        transaction.commit().await?;
        writer.report("catalogue", number * CHUNK + chunk.len(), sources.len());
    }
    let transaction = writer.begin(Database::MasterSources).await?;
    let approved = sources.iter().filter(|source| good(source) && source.nvss_mjy > 150.0).take(40);
    let approved =
        approved.map(|source| stable_id::ActiveModel { source_id: Set(source.name.clone()) });
    let approved: Vec<_> = approved.collect();
    let facts = facts(world, approved.len());
    writer.insert(&transaction, stable_id::Entity, approved).await?;
    writer.insert(&transaction, build_meta::Entity, facts).await?;
    transaction.commit().await?;
    Ok(())
}

fn row(source: &Source) -> source::ActiveModel {
    let flux_jy = source.nvss_mjy / 1e3;
    source::ActiveModel {
        source_id: Set(source.name.clone()),
        ra_deg: Set(source.position.0),
        dec_deg: Set(source.position.1),
        s_nvss: Set(Some(flux_jy)),
        snr_nvss: Set(Some(source.nvss_snr)),
        s_vlass: Set(source.alpha.map(|alpha| flux_jy * FREQUENCY_RATIO.powf(alpha))),
        alpha: Set(source.alpha),
        resolved_flag: Set(Some(source.resolved())),
        confusion_flag: Set(Some(source.confused)),
        first_size_maj_arcsec: Set(source.size.map(|(major, _, _)| major)),
        first_size_min_arcsec: Set(source.size.map(|(_, minor, _)| minor)),
        first_size_pa_deg: Set(source.size.map(|(_, _, angle)| angle)),
        legacy_id: Set(None),
        healpix: sea_orm::NotSet,
    }
}

/// Whether a source makes a good reference.
fn good(source: &Source) -> bool {
    source.nvss_snr >= 10.0
        && !source.resolved()
        && !source.confused
        && source.alpha.is_some_and(|alpha| (-1.5..=0.5).contains(&alpha))
}

fn facts(world: &World, approved: usize) -> Vec<build_meta::ActiveModel> {
    let built = UnixTime(world.schedule.imaged[0].start.0 - 3.0 * 86_400.0);
    let sources = world.sky.sources.len();
    let facts = [
        ("goodref_snr_min", "7".to_owned()),
        ("goodref_alpha_min", "-1.5".to_owned()),
        ("goodref_alpha_max", "0.5".to_owned()),
        ("finalref_snr_min", "10".to_owned()),
        ("finalref_ids_count", approved.to_string()),
        ("build_time_iso", text(built, "%Y-%m-%dT%H:%M:%SZ")),
        ("nvss_file", "sample survey".to_owned()),
        ("nvss_rows", sources.to_string()),
        (
            "vlass_rows",
            world.sky.sources.iter().filter(|source| source.alpha.is_some()).count().to_string(),
        ),
        (
            "first_rows",
            world.sky.sources.iter().filter(|source| source.size.is_some()).count().to_string(),
        ),
    ];
    facts
        .map(|(key, value)| build_meta::ActiveModel {
            key: Set(key.to_owned()),
            value: Set(Some(value)),
        })
        .into()
}
