//! Light curves.

use almanac_entity::products::photometry;
use almanac_service::{
    Repository, Writer,
    products::{FluxChoice, LightCurve, LightCurveRequest},
};
use sea_orm::ActiveValue::{NotSet, Set};

use crate::products::{add_image, add_measurement_set, measurement};

engines! { Products:
    zero_is_a_flux_and_the_error_is_that_of_the_flux,
    bounds_are_inclusive_and_an_epoch_comes_from_the_measurement_set,
    noise_and_field_come_on_request,
}

async fn curve(writer: &Writer, request: LightCurveRequest) -> LightCurve {
    Repository::<_, photometry::Entity>::new(writer).light_curve(&request).await.unwrap()
}

fn of(source: &str) -> LightCurveRequest {
    LightCurveRequest { source_id: source.to_owned(), ..LightCurveRequest::default() }
}

/// Four points of `S` and one of another source, the earliest epoch last. The measurement set of
/// `/b.fits` has its middle at 60 001.
async fn observe(writer: &Writer) {
    add_measurement_set(writer, "/a.ms", None).await;
    add_measurement_set(writer, "/b.ms", Some(60_001.0)).await;
    add_image(writer, "/a.fits", "/a.ms").await;
    add_image(writer, "/b.fits", "/b.ms").await;
    let photometry = Repository::<_, photometry::Entity>::new(writer);
    let rows = [
        // Measured at MJD 60 003, and nobody knows when it was observed.
        photometry::ActiveModel { mjd: NotSet, ..measurement("S", "/a.fits", 0.001) },
        photometry::ActiveModel { mjd: Set(None), ..measurement("S", "/b.fits", 0.002) },
        photometry::ActiveModel {
            mjd: Set(Some(60_002.0)),
            flux_jy: Set(Some(0.0)),
            flux_err_jy: Set(None),
            flags: Set(Some(4)),
            ..measurement("S", "/b.fits", 0.003)
        },
        photometry::ActiveModel {
            mjd: Set(Some(60_000.0)),
            flux_jy: Set(Some(0.005)),
            flux_err_jy: Set(Some(0.0005)),
            ..measurement("S", "/b.fits", 0.004)
        },
        photometry::ActiveModel { mjd: Set(Some(60_000.5)), ..measurement("T", "/b.fits", 0.009) },
    ];
    for row in rows {
        photometry.insert(row).await.unwrap();
    }
}

async fn zero_is_a_flux_and_the_error_is_that_of_the_flux(writer: Writer) {
    observe(&writer).await;
    let auto = curve(&writer, of("S")).await;
    assert_eq!(auto.mjd, [60_000.0, 60_001.0, 60_002.0, 60_003.0]);
    assert_eq!(auto.flux_mjy, [5.0, 2.0, 0.0, 1.0]);
    assert_eq!(auto.error_mjy, [Some(0.5), Some(0.1), None, Some(0.1)]);
    assert_eq!(auto.flags, [0, 0, 4, 0]);
    assert_eq!(auto.len(), 4);

    let integrated = LightCurveRequest { flux: FluxChoice::Integrated, ..of("S") };
    assert_eq!(curve(&writer, integrated).await.flux_mjy, [5.0, 0.0]);
    let normalized = LightCurveRequest { flux: FluxChoice::Normalized, ..of("S") };
    assert!(curve(&writer, normalized).await.is_empty());
    let peak = curve(&writer, LightCurveRequest { flux: FluxChoice::Peak, ..of("S") }).await;
    assert_eq!(peak.flux_mjy, [4.0, 2.0, 3.0, 1.0]);
    assert!(curve(&writer, of("nobody")).await.is_empty());

    let photometry = Repository::<_, photometry::Entity>::new(&writer);
    let sources = ["T", "nobody", "S"].map(str::to_owned);
    let several = photometry.light_curves(&sources, &LightCurveRequest::default()).await.unwrap();
    assert_eq!(several[2], auto);
    assert_eq!((several[0].flux_mjy.as_slice(), several[1].len()), ([9.0].as_slice(), 0));
}

async fn bounds_are_inclusive_and_an_epoch_comes_from_the_measurement_set(writer: Writer) {
    observe(&writer).await;
    assert_eq!(curve(&writer, of("S")).await.approximate_epoch, [false, false, false, true]);
    let within = |from, to, exact_epochs| LightCurveRequest {
        from_mjd: Some(from),
        to_mjd: Some(to),
        exact_epochs,
        ..of("S")
    };
    assert_eq!(curve(&writer, within(60_000.0, 60_001.0, true)).await.mjd, [60_000.0, 60_001.0]);
    assert_eq!(curve(&writer, within(60_002.0, 60_003.0, false)).await.mjd, [60_002.0, 60_003.0]);
    assert_eq!(curve(&writer, within(60_002.0, 60_003.0, true)).await.mjd, [60_002.0]);
    let unbounded = LightCurveRequest { exact_epochs: true, ..of("S") };
    assert_eq!(curve(&writer, unbounded).await.len(), 4);

    let photometry = Repository::<_, photometry::Entity>::new(&writer);
    let refused = photometry.light_curve(&within(2.0, 1.0, false)).await.unwrap_err();
    assert!(refused.to_string().starts_with("from_mjd: "), "{refused}");
}

async fn noise_and_field_come_on_request(writer: Writer) {
    observe(&writer).await;
    assert_eq!(curve(&writer, of("S")).await.image_noise_mjy, [None; 4]);
    let with = curve(&writer, LightCurveRequest { with_image: true, ..of("S") }).await;
    assert_eq!(with.image_noise_mjy, [Some(0.25); 4]);
    assert_eq!(with.field_name[0].as_deref(), Some("J1234+42"));
    assert_eq!(with.image_path, ["/b.fits", "/b.fits", "/b.fits", "/a.fits"]);
}
