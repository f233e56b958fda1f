//! Grades of images and calibrations.

use almanac_entity::{
    UnixTime,
    products::{
        ImageType, JobStatus, JobType, MeasurementSetStage, QualityGrade, Severity, calibration_qa,
        image, image_qa, job, ms_index, photometry,
    },
};
use almanac_service::{
    Error, Repository, Writer,
    products::{NewCalibrationQa, NewImageQa, Verdict},
};
use sea_orm::ActiveValue::Set;

engines! { Products:
    the_newest_assessment_of_an_image_counts,
    the_newest_assessment_of_a_calibration_counts,
    an_image_without_assessment_is_graded_by_itself,
    reports_say_what_is_known,
}

const NOW: UnixTime = UnixTime(1_760_000_000.0);

fn later(seconds: f64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

fn assessment(path: &str, peak_flux: f64) -> NewImageQa {
    NewImageQa {
        image_path: path.to_owned(),
        ms_path: "/a.ms".to_owned(),
        job_id: 1,
        rms_noise: Some(0.001),
        peak_flux: Some(peak_flux),
        ..NewImageQa::default()
    }
}

async fn the_newest_assessment_of_an_image_counts(writer: Writer) {
    let qa = Repository::<_, image_qa::Entity>::new(&writer);
    let first = qa.record(assessment("/a.fits", 2.0), NOW).await.unwrap();
    assert_eq!(first.overall_quality, Some(QualityGrade::Excellent));
    assert!((first.dynamic_range.unwrap() - 2_000.0).abs() < 1e-9);
    let second = qa.record(assessment("/a.fits", 0.05), later(1.0)).await.unwrap();
    let other = qa.record(assessment("/b.fits", 0.5), later(2.0)).await.unwrap();
    let paths = ["/a.fits".to_owned(), "/c.fits".to_owned()];
    let latest = qa.latest(&paths).await.unwrap();
    assert_eq!(latest.len(), 1);
    assert_eq!(latest["/a.fits"], second);
    assert_eq!(qa.recent(1).await.unwrap(), [other]);

    let stats = qa.stats().await.unwrap();
    assert_eq!(stats.total, 2);
    let counts = [Verdict::Good, Verdict::Warn, Verdict::Fail].map(|verdict| stats.count(verdict));
    assert_eq!(counts, [1, 1, 0]);
    let mean = |name| stats.means.iter().find(|(known, _)| *known == name).unwrap().1;
    assert!((mean("dynamic_range").unwrap() - 275.0).abs() < 1e-9);
    assert_eq!(mean("num_sources"), None);

    let odd = NewImageQa { overall_quality: Some("splendid".into()), ..assessment("/a.fits", 1.0) };
    let refused = qa.record(odd, NOW).await.unwrap_err();
    assert!(refused.to_string().starts_with("overall_quality: "), "{refused}");
    assert!(matches!(qa.record(assessment(" ", 1.0), NOW).await, Err(Error::Invalid { .. })));
}

async fn the_newest_assessment_of_a_calibration_counts(writer: Writer) {
    let qa = Repository::<_, calibration_qa::Entity>::new(&writer);
    let new = |flagged| NewCalibrationQa {
        ms_path: "/a.ms".to_owned(),
        flagged_fraction: Some(flagged),
        ..NewCalibrationQa::default()
    };
    let bad = qa.record(new(0.6), NOW).await.unwrap();
    assert_eq!(
        (bad.overall_quality, bad.passed, bad.severity),
        (Some(QualityGrade::Poor), Some(false), Some(Severity::Critical))
    );
    let good = qa.record(new(0.2), later(1.0)).await.unwrap();
    assert_eq!((good.passed, good.severity.clone()), (Some(true), Some(Severity::Info)));
    // A row of the second shape has no `timestamp`.
    let old = calibration_qa::ActiveModel {
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(Some(later(0.5))),
        ..Default::default()
    };
    qa.insert(old).await.unwrap();
    let latest = qa.latest(&["/a.ms".to_owned()]).await.unwrap();
    assert_eq!(latest["/a.ms"], good);
    assert_eq!(qa.recent(2).await.unwrap()[0], good);
    let stats = qa.stats().await.unwrap();
    assert_eq!((stats.total, stats.count(Verdict::Good)), (1, 1));
    assert!(matches!(qa.record(new(1.1), NOW).await, Err(Error::Invalid { .. })));
}

async fn an_image_without_assessment_is_graded_by_itself(writer: Writer) {
    let sets = Repository::<_, ms_index::Entity>::new(&writer);
    let set = ms_index::ActiveModel { path: Set("/a.ms".to_owned()), ..Default::default() };
    sets.add(set, NOW).await.unwrap();
    let images = Repository::<_, image::Entity>::new(&writer);
    let row = image::ActiveModel {
        path: Set("/a.fits".to_owned()),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(NOW),
        kind: Set(ImageType::Image),
        noise_jy: Set(Some(0.02)),
        dynamic_range: Set(Some(50.0)),
        ..Default::default()
    };
    images.add(row).await.unwrap();
    let report = images.quality("/a.fits").await.unwrap().unwrap();
    assert_eq!(
        (report.grade.clone(), report.verdict()),
        (Some(QualityGrade::Marginal), Some(Verdict::Warn))
    );
    assert_eq!(report.summary.as_deref(), Some("RMS 20.00 mJy, DR 50"));
    assert_eq!(report.warnings.len(), 2);
    let qa = Repository::<_, image_qa::Entity>::new(&writer);
    qa.record(assessment("/a.fits", 2.0), NOW).await.unwrap();
    let report = images.quality("/a.fits").await.unwrap().unwrap();
    assert_eq!(report.grade, Some(QualityGrade::Excellent));
    assert_eq!(images.quality("/gone.fits").await.unwrap(), None);
}

async fn reports_say_what_is_known(writer: Writer) {
    let sets = Repository::<_, ms_index::Entity>::new(&writer);
    let set = ms_index::ActiveModel {
        path: Set("/a.ms".to_owned()),
        stage: Set(Some(MeasurementSetStage::Calibrated)),
        ..Default::default()
    };
    sets.add(set, NOW).await.unwrap();
    let by_stage = sets.report("/a.ms").await.unwrap().unwrap();
    assert_eq!((by_stage.grade, by_stage.verdict), (None, Some(Verdict::Warn)));
    assert_eq!(by_stage.summary.as_deref(), Some("calibrated, by stage"));
    let qa = Repository::<_, calibration_qa::Entity>::new(&writer);
    let new = NewCalibrationQa {
        ms_path: "/a.ms".to_owned(),
        job_id: Some(1),
        flagged_fraction: Some(0.6),
        findings: (2, 0),
        ..NewCalibrationQa::default()
    };
    qa.record(new, NOW).await.unwrap();
    let assessed = sets.report("/a.ms").await.unwrap().unwrap();
    assert_eq!(assessed.verdict, Some(Verdict::Fail));
    assert_eq!(assessed.summary.as_deref(), Some("calibrated, 60.0 % flagged"));
    assert_eq!(assessed.warnings, ["2 warnings"]);
    assert_eq!(assessed.flags.len(), 1);
    assert_eq!(sets.report("/z.ms").await.unwrap(), None);

    let jobs = Repository::<_, job::Entity>::new(&writer);
    let row = job::ActiveModel {
        kind: Set(JobType::Calibrate),
        status: Set(JobStatus::Completed),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(NOW),
        ..Default::default()
    };
    let job = jobs.insert(row).await.unwrap().id;
    let of_job = jobs.report(job).await.unwrap().unwrap();
    assert_eq!(of_job.summary.as_deref(), Some("completed, 60.0 % flagged"));
    let images = Repository::<_, image_qa::Entity>::new(&writer);
    let gone = NewImageQa { job_id: job, ..assessment("/gone.fits", 0.5) };
    images.record(gone, NOW).await.unwrap();
    let of_job = jobs.report(job).await.unwrap().unwrap();
    assert_eq!((of_job.grade, of_job.flags.len()), (Some(QualityGrade::Good), 1));
    assert_eq!(jobs.report(99).await.unwrap(), None);

    let image = image::ActiveModel {
        path: Set("/a.fits".to_owned()),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(NOW),
        kind: Set(ImageType::Image),
        ..Default::default()
    };
    Repository::<_, image::Entity>::new(&writer).add(image).await.unwrap();
    let measurements = Repository::<_, photometry::Entity>::new(&writer);
    for flags in [0, 4, 5] {
        let row = photometry::ActiveModel {
            source_id: Set("S1".to_owned()),
            image_path: Set("/a.fits".to_owned()),
            ra_deg: Set(1.0),
            dec_deg: Set(2.0),
            peak_jyb: Set(1.0),
            measured_at: Set(NOW),
            flags: Set(Some(flags)),
            ..Default::default()
        };
        measurements.insert(row).await.unwrap();
    }
    let source = measurements.report("S1").await.unwrap().unwrap();
    assert_eq!(source.summary.as_deref(), Some("3 measurements, 2 flagged"));
    assert_eq!(source.flags, ["edge of the image: 1", "low signal: 2"]);
    assert_eq!((source.grade, measurements.report("S9").await.unwrap()), (None, None));
}
