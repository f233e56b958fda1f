//! How pipeline code records what it made: a measurement set, an image of it, and photometry on the image.
//!
//! ```text
//! almanac migrate upgrade --database products
//! cargo run -p almanac-entity --features sqlite --example record_observation -- \
//!     "sqlite:///data/dsa110-contimg/state/products.sqlite3"
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it did")]

use std::env;

use almanac_entity::{
    UnixTime,
    products::{ImageType, MeasurementSetStage, MeasurementSetStatus, image, ms_index, photometry},
};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, Set, TransactionTrait};

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let url = env::args().nth(1).expect("give the database's URL");
    let products = sea_orm::Database::connect(url).await?;
    // In a real stage: when it finished.
    let now = UnixTime::from_mjd(60_950.5);
    let mid_mjd = 60_950.25;

    // All three or none.
    let transaction = products.begin().await?;

    let measurement_set = ms_index::ActiveModel {
        path: Set("/data/dsa110-contimg/ms/2025-10-02T06:00:00.ms".to_owned()),
        mid_mjd: Set(Some(mid_mjd)),
        stage: Set(Some(MeasurementSetStage::Imaged)),
        stage_updated_at: Set(Some(now)),
        status: Set(Some(MeasurementSetStatus::Ok)),
        group_id: Set(Some("2025-10-02T06:00:00".to_owned())),
        ..Default::default()
    }
    .insert(&transaction)
    .await?;

    let image = image::ActiveModel {
        path: Set("/data/dsa110-contimg/images/2025-10-02T06:00:00.fits".to_owned()),
        ms_path: Set(measurement_set.path.clone()),
        created_at: Set(now),
        kind: Set(ImageType::Image),
        noise_jy: Set(Some(4.2e-4)),
        ..Default::default()
    }
    .insert(&transaction)
    .await?;

    let measurements = [("NVSS J123456.7+420312", 0.0153), ("NVSS J123501.2+415507", 0.0427)].map(
        |(source, peak_jyb)| photometry::ActiveModel {
            image_path: Set(image.path.clone()),
            source_id: Set(source.to_owned()),
            ra_deg: Set(188.736),
            dec_deg: Set(42.053),
            peak_jyb: Set(peak_jyb),
            peak_err_jyb: Set(image.noise_jy),
            measured_at: Set(now),
            mjd: Set(Some(mid_mjd)),
            ..Default::default()
        },
    );
    photometry::Entity::insert_many(measurements).exec(&transaction).await?;
    transaction.commit().await?;

    println!("image {} of {}", image.id, measurement_set.path);
    Ok(())
}
