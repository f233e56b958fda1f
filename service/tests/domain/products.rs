//! Measurement sets, images and photometry.

use almanac_entity::{
    UnixTime,
    products::{
        ImageType, MeasurementSetStage as Stage, MeasurementSetStatus, image, ms_index, photometry,
    },
};
use almanac_service::{Error, Filter, Repository, Writer, products::StageUpdate};
use sea_orm::ActiveValue::{NotSet, Set};

engines! { Products:
    a_measurement_set_goes_through_its_stages,
    an_image_keeps_its_id,
    an_image_in_use_stays,
    photometry_takes_its_epoch_from_the_measurement_set,
    sources_are_those_measured,
}

const NOW: UnixTime = UnixTime(1_000.0);
const LATER: UnixTime = UnixTime(2_000.0);

pub(crate) async fn add_measurement_set(writer: &Writer, path: &str, mid_mjd: Option<f64>) {
    let row = ms_index::ActiveModel {
        path: Set(path.to_owned()),
        mid_mjd: Set(mid_mjd),
        ..Default::default()
    };
    Repository::<_, ms_index::Entity>::new(writer).add(row, NOW).await.unwrap();
}

fn image_row(path: &str, ms_path: &str) -> image::ActiveModel {
    image::ActiveModel {
        path: Set(path.to_owned()),
        ms_path: Set(ms_path.to_owned()),
        created_at: Set(NOW),
        kind: Set(ImageType::Clean),
        noise_jy: Set(Some(0.00025)),
        field_name: Set(Some("J1234+42".to_owned())),
        ..Default::default()
    }
}

pub(crate) async fn add_image(writer: &Writer, path: &str, ms_path: &str) -> image::Model {
    Repository::<_, image::Entity>::new(writer).add(image_row(path, ms_path)).await.unwrap()
}

/// A peak with an error of 0.1 mJy/beam, measured at MJD 60 003.
pub(crate) fn measurement(
    source: &str,
    image_path: &str,
    peak_jyb: f64,
) -> photometry::ActiveModel {
    photometry::ActiveModel {
        image_path: Set(image_path.to_owned()),
        source_id: Set(source.to_owned()),
        ra_deg: Set(10.0),
        dec_deg: Set(54.0),
        peak_jyb: Set(peak_jyb),
        peak_err_jyb: Set(Some(0.0001)),
        snr: Set(Some(peak_jyb / 0.0001)),
        measured_at: Set(UnixTime::from_mjd(60_003.0)),
        ..Default::default()
    }
}

async fn a_measurement_set_goes_through_its_stages(writer: Writer) {
    let table = Repository::<_, ms_index::Entity>::new(&writer);
    let row =
        |path: &str| ms_index::ActiveModel { path: Set(path.to_owned()), ..Default::default() };
    table.add(row("/a.ms"), NOW).await.unwrap();
    assert!(matches!(table.add(row("/a.ms"), NOW).await, Err(Error::Conflict(_))));
    let b = ms_index::ActiveModel { stage: Set(Some("".into())), ..row("/b.ms") };
    table.add(b, NOW).await.unwrap();
    let c = ms_index::ActiveModel {
        stage: Set(Some(Stage::Converted)),
        processed_at: Set(Some(NOW)),
        field_name: Set(Some("F".to_owned())),
        ..row("/c.ms")
    };
    let c = table.upsert_by_path(c, NOW).await.unwrap();
    assert_eq!((c.created_at, c.stage_updated_at), (Some(NOW), Some(NOW)));

    let paths =
        |rows: Vec<ms_index::Model>| rows.into_iter().map(|row| row.path).collect::<Vec<_>>();
    assert_eq!(paths(table.list_by_stage(&Stage::Pending).await.unwrap()), ["/b.ms", "/a.ms"]);
    assert_eq!(paths(table.list_by(None, None, 2, 0).await.unwrap()), ["/c.ms", "/b.ms"]);
    assert_eq!(paths(table.list_by(None, None, 2, 2).await.unwrap()), ["/a.ms"]);
    assert_eq!(
        table.counts_by_stage().await.unwrap(),
        [(Stage::Converted, 1), (Stage::Pending, 2)],
    );
    let wanted = ["/c.ms", "/none.ms", "/a.ms"].map(str::to_owned);
    assert_eq!(paths(table.get_many(&wanted).await.unwrap()), ["/c.ms", "/a.ms"]);

    // The same stage again is no news; a new one is; what is not given stays.
    let same = ms_index::ActiveModel { stage: Set(Some(Stage::Converted)), ..row("/c.ms") };
    assert_eq!(table.upsert_by_path(same, LATER).await.unwrap(), c);
    let on = ms_index::ActiveModel { stage: Set(Some(Stage::Imaged)), ..row("/c.ms") };
    let c = table.upsert_by_path(on, LATER).await.unwrap();
    assert_eq!((c.created_at, c.stage_updated_at), (Some(NOW), Some(LATER)));
    assert_eq!(c.field_name.as_deref(), Some("F"));

    let pending = Some(MeasurementSetStatus::Pending);
    let imaged = StageUpdate { status: pending, ..StageUpdate::to(Stage::Imaged) };
    assert!(table.update_stage("/a.ms", imaged.clone(), LATER).await.unwrap());
    assert!(!table.update_stage("/none.ms", imaged, LATER).await.unwrap());
    assert_eq!(paths(table.list_pending().await.unwrap()), ["/a.ms"]);
}

async fn an_image_keeps_its_id(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", None).await;
    let table = Repository::<_, image::Entity>::new(&writer);
    let first = add_image(&writer, "/a.fits", "/a.ms").await;
    let taken = table.add(image_row("/a.fits", "/a.ms")).await.unwrap_err();
    assert!(taken.to_string().contains(&first.id.to_string()), "{taken}");
    let again = image::ActiveModel {
        created_at: Set(LATER),
        noise_jy: Set(None),
        field_name: NotSet,
        ..image_row("/a.fits", "/a.ms")
    };
    let again = table.upsert_by_path(again).await.unwrap();
    assert_eq!(again, image::Model { created_at: LATER, ..first.clone() });
    let second = table.upsert_by_path(image_row("/b.fits", "/a.ms")).await.unwrap();

    let asked = [second.id.to_string(), "/none.fits".to_owned(), "/a.fits".to_owned()];
    assert_eq!(table.get_many(&asked).await.unwrap(), [second.clone(), again.clone()]);
    assert_eq!(table.find_by_id_or_path(&first.id.to_string()).await.unwrap(), Some(again.clone()));
    assert_eq!(table.find_by_id_or_path("/b.fits").await.unwrap(), Some(second.clone()));
    assert_eq!(table.list_by_ms_path("/a.ms").await.unwrap(), [again, second]);
    assert_eq!(table.list_by_type(Some(&ImageType::Clean), 1, 1).await.unwrap().len(), 1);
    assert_eq!(table.count_by_type(Some(&ImageType::Dirty)).await.unwrap(), 0);
    assert_eq!(table.count_by_type(None).await.unwrap(), 2);
}

async fn an_image_in_use_stays(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", None).await;
    let image = add_image(&writer, "/a.fits", "/a.ms").await;
    let free = add_image(&writer, "/b.fits", "/a.ms").await;
    let photometry = Repository::<_, photometry::Entity>::new(&writer);
    photometry.add(measurement("S", "/a.fits", 0.001)).await.unwrap();
    let table = Repository::<_, image::Entity>::new(&writer);

    let preview = table.remove(image.id, false, true).await.unwrap();
    assert_eq!((preview.photometry, preview.removed), (1, false));
    assert!(matches!(table.remove(image.id, false, false).await, Err(Error::Conflict(_))));
    assert!(!table.remove(free.id, false, true).await.unwrap().removed);
    assert!(table.remove(free.id, false, false).await.unwrap().removed);
    assert!(matches!(table.remove(free.id, false, false).await, Err(Error::NotFound { .. })));
}

async fn photometry_takes_its_epoch_from_the_measurement_set(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", Some(60_000.5)).await;
    add_measurement_set(&writer, "/b.ms", None).await;
    add_image(&writer, "/a.fits", "/a.ms").await;
    add_image(&writer, "/b.fits", "/b.ms").await;
    let table = Repository::<_, photometry::Entity>::new(&writer);
    let own =
        photometry::ActiveModel { mjd: Set(Some(60_000.1)), ..measurement("S", "/a.fits", 0.002) };
    let rows = vec![measurement("S", "/b.fits", 0.001), measurement("S", "/a.fits", 0.003), own];
    assert_eq!(table.add_many(rows, true).await.unwrap(), 3);
    let epochs = table.list_for_source("S").await.unwrap();
    let epochs: Vec<_> = epochs.into_iter().map(|row| (row.mjd, row.flux_jy)).collect();
    assert_eq!(epochs, [(Some(60_000.1), None), (Some(60_000.5), None), (None, None)]);
    let peaks = table.list_for_image("/a.fits").await.unwrap();
    assert_eq!(peaks.into_iter().map(|row| row.peak_jyb).collect::<Vec<_>>(), [0.003, 0.002]);

    let rows = vec![measurement("S", "/a.fits", 0.1), measurement("S", "/none.fits", 0.1)];
    let refused = table.add_many(rows, true).await.unwrap_err();
    assert!(refused.to_string().contains("/none.fits"), "{refused}");
    assert_eq!(table.count(&Filter::default()).await.unwrap(), 3);
}

async fn sources_are_those_measured(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", None).await;
    add_image(&writer, "/a.fits", "/a.ms").await;
    add_image(&writer, "/b.fits", "/a.ms").await;
    let table = Repository::<_, photometry::Entity>::new(&writer);
    let moved =
        photometry::ActiveModel { ra_deg: Set(11.0), ..measurement("S1", "/a.fits", 0.001) };
    let rows = [
        measurement("S2", "/a.fits", 0.001),
        measurement("S1", "/a.fits", 0.001),
        measurement("S1", "/b.fits", 0.001),
        moved,
    ];
    table.add_many(rows.to_vec(), true).await.unwrap();
    let sources = table.list_sources(100, 0).await.unwrap();
    let sources: Vec<_> =
        sources.iter().map(|s| (s.source_id.as_str(), s.ra_deg, s.num_images)).collect();
    assert_eq!(sources, [("S1", 11.0, 2), ("S2", 10.0, 1)]);
    assert_eq!(table.list_sources(1, 1).await.unwrap()[0].source_id, "S2");
}
