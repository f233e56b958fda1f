//! Measured sources, and the normalisation of their flux densities.

use almanac_entity::{
    UnixTime,
    products::{QualityGrade, ese_candidate, image, image_qa, job, photometry, variability_stat},
};
use almanac_service::{
    Repository, Writer,
    products::{
        DropReason, ImageToNormalise, SourceOrder, SourceRepository, SourceSearch, StatisticsFlux,
    },
};
use sea_orm::ActiveValue::Set;

use crate::{
    products::{add_image, add_measurement_set},
    variability::{add, close, image, point, statistics},
};

engines! { Products:
    a_source_comes_with_its_latest_measurement,
    the_search_looks_at_position_flux_and_candidates,
    the_grade_of_a_source_is_that_of_most_of_its_images,
    an_image_is_normalised_by_its_references,
}

const NOW: UnixTime = UnixTime(1.8e9);

fn sources(writer: &Writer) -> SourceRepository<'_, Writer> {
    SourceRepository::new(writer)
}

async fn a_source_comes_with_its_latest_measurement(writer: Writer) {
    image(&writer).await;
    let second = add_image(&writer, "/b.fits", "/a.ms").await;
    let on_second = |row| photometry::ActiveModel { image_path: Set("/b.fits".to_owned()), ..row };
    let rows = vec![
        on_second(point("A", 5.0, 12.0, 1.0)),
        point("A", 3.0, 10.0, 1.0),
        photometry::ActiveModel { mjd: Set(None), ..point("A", 4.0, 11.0, 1.0) },
        photometry::ActiveModel {
            flux_jy: Set(Some(0.0)),
            flux_err_jy: Set(Some(0.5)),
            ..point("B, \"quoted\"", 0.0, 7.0, 1.0)
        },
    ];
    add(&writer, rows).await;
    let all = sources(&writer).list_all(10, 0).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!((all[0].num_images, all[0].latest_image_id), (2, Some(second.id)));
    assert_eq!((all[0].latest_mjd, all[0].latest_flux_err_jy), (Some(60_005.0), Some(0.001)));
    close(all[0].latest_flux_jy, 0.012);
    // An exact zero is a measurement, and the error is its own.
    assert_eq!((all[1].latest_flux_jy, all[1].latest_flux_err_jy), (Some(0.0), Some(0.5)));
    assert_eq!(sources(&writer).list_all(1, 1).await.unwrap(), all[1..]);

    let names = ["B, \"quoted\"", "nobody", "A"].map(str::to_owned);
    let many = sources(&writer).get_many(&names).await.unwrap();
    assert_eq!(many, [all[1].clone(), all[0].clone()]);
    let csv = sources(&writer).export_csv(&names).await.unwrap();
    let lines: Vec<_> = csv.lines().collect();
    assert_eq!(lines[0], "id,name,ra_deg,dec_deg,num_images,latest_flux_jy");
    assert_eq!(lines[1], "\"B, \"\"quoted\"\"\",\"B, \"\"quoted\"\"\",10,54,1,0");
    assert_eq!(lines[2], "A,A,10,54,2,0.012");
    assert!(sources(&writer).export_csv(&[]).await.is_err());

    let detail = sources(&writer).get_by_id("A", 100).await.unwrap().unwrap();
    let measured: Vec<_> = detail.images.iter().map(|image| image.flux_jy.unwrap()).collect();
    assert_eq!(measured, [0.012, 0.011, 0.010], "the last measured first");
    assert_eq!((detail.latest_image_id, detail.ra_deg), (Some(second.id), 10.0));
    assert_eq!(detail.images[0].ms_path.as_deref(), Some("/a.ms"));
    assert_eq!(detail.statistics, None);
    assert_eq!(sources(&writer).get_by_id("nobody", 100).await.unwrap(), None);
}

async fn the_search_looks_at_position_flux_and_candidates(writer: Writer) {
    let row = |name: &str, ra: f64, flux: f64, v: f64| variability_stat::ActiveModel {
        source_id: Set(name.to_owned()),
        ra_deg: Set(ra),
        dec_deg: Set(16.0),
        n_obs: Set(Some(if v > 0.1 { 30 } else { 3 })),
        mean_flux_mjy: Set(Some(flux)),
        v_metric: Set(Some(v)),
        updated_at: Set(NOW),
        ..Default::default()
    };
    let rows = [
        row("NVSS A", 359.9, 10.0, 0.2),
        row("NVSS B", 0.05, 20.0, 0.01),
        row("X_C", 90.0, 30.0, 0.3),
    ];
    statistics(&writer).insert_many(rows).await.unwrap();
    let candidates = Repository::<_, ese_candidate::Entity>::new(&writer);
    candidates.flag("X_C", "ana", None, Some(5.0), NOW).await.unwrap();
    let search = async |search: SourceSearch, order| {
        let hits = sources(&writer).search(&search, order, 10, 0).await.unwrap();
        hits.into_iter().map(|hit| hit.statistics.source_id).collect::<Vec<_>>()
    };
    let all = SourceSearch::default();
    assert_eq!(search(all.clone(), SourceOrder::MeanFlux).await, ["X_C", "NVSS B", "NVSS A"]);
    let cone = SourceSearch { cone: Some((0.0, 16.0, 0.5)), ..all.clone() };
    assert_eq!(search(cone.clone(), SourceOrder::SourceId).await, ["NVSS A", "NVSS B"]);
    assert_eq!(search(cone, SourceOrder::Separation).await, ["NVSS B", "NVSS A"]);
    let bright = SourceSearch { min_flux_mjy: Some(15.0), max_flux_mjy: Some(20.0), ..all.clone() };
    assert_eq!(search(bright, SourceOrder::SourceId).await, ["NVSS B"]);
    let variable = SourceSearch { variable_only: true, ..all.clone() };
    assert_eq!(search(variable, SourceOrder::V).await, ["X_C", "NVSS A"]);
    let ese = SourceSearch { ese_only: true, ..all.clone() };
    assert_eq!(search(ese, SourceOrder::SourceId).await, ["X_C"]);
    let often = SourceSearch { min_epochs: Some(4), text: Some("nvss".to_owned()), ..all.clone() };
    assert_eq!(search(often, SourceOrder::SourceId).await, ["NVSS A"]);
    let literal = SourceSearch { text: Some("_".to_owned()), ..all.clone() };
    assert_eq!(search(literal, SourceOrder::SourceId).await, ["X_C"]);
    let repository = sources(&writer);
    assert!(repository.search(&all, SourceOrder::Separation, 1, 0).await.is_err());
    let inverted = SourceSearch { min_flux_mjy: Some(2.0), max_flux_mjy: Some(1.0), ..all };
    assert!(repository.search(&inverted, SourceOrder::V, 1, 0).await.is_err());
}

async fn the_grade_of_a_source_is_that_of_most_of_its_images(writer: Writer) {
    add_measurement_set(&writer, "/a.ms", None).await;
    let jobs = Repository::<_, job::Entity>::new(&writer);
    let row = job::ActiveModel {
        kind: Set("image".into()),
        status: Set("completed".into()),
        ms_path: Set("/a.ms".to_owned()),
        params: Set(None),
        created_at: Set(NOW),
        ..Default::default()
    };
    let job_id = jobs.insert(row).await.unwrap().id;
    let grades = [Some("good"), Some("poor"), Some("poor"), Some("good"), None];
    let quality = Repository::<_, image_qa::Entity>::new(&writer);
    let mut rows = Vec::new();
    for (index, grade) in grades.into_iter().enumerate() {
        let path = format!("/{index}.fits");
        add_image(&writer, &path, "/a.ms").await;
        let day = f64::from(u32::try_from(index).unwrap());
        // Twice on each image, which is one image still.
        for day in [day, day + 0.5] {
            let image_path = Set(path.clone());
            rows.push(photometry::ActiveModel { image_path, ..point("A", day, 10.0, 1.0) });
        }
        let Some(grade) = grade else { continue };
        for (grade, at) in [("excellent", 1.0), (grade, 2.0)] {
            let row = image_qa::ActiveModel {
                ms_path: Set("/a.ms".to_owned()),
                job_id: Set(job_id),
                image_path: Set(path.clone()),
                overall_quality: Set(Some(grade.into())),
                timestamp: Set(UnixTime(at)),
                ..Default::default()
            };
            quality.insert(row).await.unwrap();
        }
    }
    add(&writer, rows).await;
    let qa = sources(&writer).qa("A").await.unwrap();
    assert_eq!(qa.grades, [(QualityGrade::Good, 2), (QualityGrade::Poor, 2)]);
    assert_eq!((qa.ungraded, qa.overall), (1, Some(QualityGrade::Poor)), "a tie is the worse");
    let detail = sources(&writer).get_by_id("A", 100).await.unwrap().unwrap();
    assert_eq!(detail.images.len(), 10);
    assert_eq!(detail.images[9].qa_grade, Some(QualityGrade::Good));
    assert_eq!(sources(&writer).qa("nobody").await.unwrap().overall, None);
}

async fn an_image_is_normalised_by_its_references(writer: Writer) {
    image(&writer).await;
    add_measurement_set(&writer, "/b.ms", Some(60_020.0)).await;
    add_image(&writer, "/b.fits", "/b.ms").await;
    let on_b = |row| photometry::ActiveModel { image_path: Set("/b.fits".to_owned()), ..row };
    let mut rows = Vec::new();
    let references = ["R1", "R2", "R3", "R4"].map(str::to_owned);
    for reference in &references[..3] {
        let days = (0..5).map(|day| point(reference, f64::from(day), 100.0, 1.0));
        rows.extend(days);
        rows.push(on_b(point(reference, 20.0, 80.0, 1.0)));
    }
    rows.push(on_b(point("S", 20.0, 8.0, 0.8)));
    add(&writer, rows).await;
    let images = Repository::<_, image::Entity>::new(&writer);
    assert!(images.to_normalise("/b.fits").await.is_err(), "nobody knows the centre");
    let centred = image::ActiveModel {
        id: Set(images.find_by_path("/b.fits").await.unwrap().unwrap().id),
        center_ra_deg: Set(Some(10.0)),
        center_dec_deg: Set(Some(54.0)),
        ..Default::default()
    };
    images.update(centred).await.unwrap();
    let target = images.to_normalise("/b.fits").await.unwrap();
    let expected =
        ImageToNormalise { path: "/b.fits".to_owned(), ra_deg: 10.0, dec_deg: 54.0, mjd: 60_020.0 };
    assert_eq!(target, expected);

    let table = Repository::<_, photometry::Entity>::new(&writer);
    let done = table.normalise(&target, &references, StatisticsFlux::Peak).await.unwrap();
    let correction = done.correction.unwrap();
    assert_eq!((correction.references, done.normalised), (3, 4));
    close(Some(correction.factor), 0.8);
    assert_eq!(done.references[3].dropped, Some(DropReason::NotMeasured));
    let normalised = table.list_for_source("S").await.unwrap().remove(0);
    close(normalised.normalized_flux_jy, 0.010);
    close(normalised.normalized_flux_err_jy, 0.001);
    let elsewhere = table.list_for_source("R1").await.unwrap().remove(0);
    assert_eq!(elsewhere.normalized_flux_jy, None);

    // With too few there is nothing to divide by.
    let done = table.normalise(&target, &references[..2], StatisticsFlux::Peak).await.unwrap();
    assert_eq!((done.correction, done.normalised), (None, 0));
    let none = table.list_for_source("S").await.unwrap().remove(0);
    assert_eq!((none.normalized_flux_jy, none.normalized_flux_err_jy), (None, None));
}
