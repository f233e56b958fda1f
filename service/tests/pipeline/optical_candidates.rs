//! Real lists of transients as candidates: what the lists report is found in the difference images of the exposures that
//! they were ingested as. Without the files there is nothing to do.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
};

use almanac_entity::astrid::{CandidateStatus, candidate, observation, processing_job};
use almanac_service::{
    Repository,
    astrid::{CandidateFilter, JobType, ListedObservations, Pipeline},
    sky::separation,
};
use chrono::{DateTime, Duration, Utc};
use sea_orm::prelude::Uuid;
use serde_json::{Value, json};

use crate::{
    optical::{configure_filters, data, ingest},
    support::{Engine, engines},
    world::{World, after, sized},
};

engines! { real_detections_become_candidates }

/// How far from its centre an exposure looks, degrees: a quarter, at an arc second to the pixel.
const FIELD_DEG: f64 = 0.25;
/// The centre of an image, pixels.
const CENTRE: f64 = 1024.0;
/// Nearer than this to one of more significance, a candidate is a duplicate, pixels.
const DUPLICATE_PX: f64 = 5.0;

/// What a list reports.
struct Reported {
    ra: f64,
    dec: f64,
    at: DateTime<Utc>,
    /// From the error of the magnitude, sigma: an error of a tenth is a tenth of the flux, nearly.
    significance: Option<f64>,
}

impl Reported {
    fn is_on(&self, exposure: &Exposure) -> bool {
        let Exposure { ra, dec, at } = *exposure;
        (self.at - at).abs() <= Duration::days(30)
            && separation(ra, dec, self.ra, self.dec) <= FIELD_DEG
    }

    /// Its pixel in an exposure. The projection is gnomonic: Calabretta & Greisen 2002, section 5.1.3.
    #[expect(clippy::cast_possible_truncation, reason = "images have some thousand pixels")]
    fn pixel(&self, exposure: &Exposure) -> (i64, i64) {
        let east = (self.ra - exposure.ra).to_radians();
        let (sin, cos) = self.dec.to_radians().sin_cos();
        let (sin0, cos0) = exposure.dec.to_radians().sin_cos();
        let depth = sin * sin0 + cos * cos0 * east.cos();
        let pixel = |plane: f64| (CENTRE + plane.to_degrees() * 3600.0).floor() as i64;
        let xi = cos * east.sin() / depth;
        let eta = (sin * cos0 - cos * sin0 * east.cos()) / depth;
        (pixel(-xi), pixel(eta))
    }
}

struct Exposure {
    ra: f64,
    dec: f64,
    at: DateTime<Utc>,
}

impl From<&observation::Model> for Exposure {
    fn from(row: &observation::Model) -> Self {
        let degrees = |decimal| f64::try_from(decimal).unwrap();
        Self { ra: degrees(row.ra), dec: degrees(row.dec), at: row.observation_time }
    }
}

/// The lines of a list that say where and when.
fn reported(file: &Path) -> Vec<Reported> {
    let listed = ListedObservations::open(fs::File::open(file).unwrap()).unwrap();
    let mut cells = csv::Reader::from_path(file).unwrap();
    let error = cells.headers().unwrap().iter().position(|header| header == "e_mag");
    let lines = listed.zip(cells.records()).filter_map(|(line, cells)| {
        let (draft, cells) = (line.ok()?.draft, cells.unwrap());
        let error = error.and_then(|error| cells[error].parse::<f64>().ok());
        Some(Reported {
            ra: draft.ra?,
            dec: draft.dec?,
            at: draft.observation_time?,
            significance: error.map(|error| std::f64::consts::LN_10.recip() * 2.5 / error),
        })
    });
    lines.collect()
}

/// Does the jobs of a kind, at most so many.
async fn pass(world: &World, kind: JobType, most: usize, output: impl Fn(&Value) -> Value) {
    let (mut left, at) = (most, after(60));
    while left > 0 {
        let work = world.work(at);
        let jobs = work.table::<processing_job::Entity>().await.unwrap();
        let claimed = jobs.claim_jobs("w", &[kind], left.min(32) as u64, at).await.unwrap();
        for job in &claimed {
            let token = job.claim_token.unwrap();
            let input = jobs.begin(&Pipeline, job.id, token, at).await.unwrap();
            jobs.complete(&Pipeline, job.id, token, output(&input), at).await.unwrap();
        }
        work.commit().await.unwrap();
        if claimed.is_empty() {
            return;
        }
        left -= claimed.len();
    }
}

async fn real_detections_become_candidates(engine: Engine) {
    let Some(data) = data().map(|data| data.join("optical")) else { return };
    for (name, most) in [("survey_detections.csv", sized(690)), ("supernovae.csv", sized(4_377))] {
        let world = World::new(engine).await;
        configure_filters(&world).await;
        ingest(&world, &data.join(name)).await;
        let exposures: HashMap<Uuid, Exposure> = world
            .rows::<observation::Entity>()
            .await
            .iter()
            .map(|row| (row.id, row.into()))
            .collect();
        let sky = reported(&data.join(name));
        let on = |exposure: Uuid| {
            let exposure: &Exposure = &exposures[&exposure];
            (exposure, sky.iter().filter(|reported| reported.is_on(exposure)).collect::<Vec<_>>())
        };

        pass(
            &world,
            JobType::Preprocess,
            most,
            |_| json!({ "calibration_applied": true, "wcs_aligned": true }),
        )
        .await;
        pass(&world, JobType::Difference, most, |input| {
            let id = input["observation"]["id"].as_str().unwrap().parse().unwrap();
            let (exposure, found) = on(id);
            let candidates = found.iter().map(|reported| {
                let (pixel_x, pixel_y) = reported.pixel(exposure);
                json!({
                    "ra": reported.ra, "dec": reported.dec,
                    "pixel_x": pixel_x, "pixel_y": pixel_y,
                    "significance": reported.significance,
                })
            });
            json!({ "candidates": candidates.collect::<Vec<_>>() })
        })
        .await;

        let rows = world.rows::<candidate::Entity>().await;
        let mut of: HashMap<Uuid, Vec<&candidate::Model>> = HashMap::new();
        for row in &rows {
            of.entry(row.observation_id).or_default().push(row);
        }
        assert_eq!(
            of.len(),
            most.min(exposures.len()),
            "each exposure shows what it was ingested for"
        );
        for (id, rows) in &of {
            let (exposure, found) = on(*id);
            let pixels: BTreeSet<_> =
                found.iter().map(|reported| reported.pixel(exposure)).collect();
            let stored: BTreeSet<_> =
                rows.iter().map(|row| (row.pixel_x.into(), row.pixel_y.into())).collect();
            assert_eq!(stored, pixels);
            // Of those that lie close together the most significant is kept.
            let is_kept = |row: &candidate::Model| row.status == CandidateStatus::Pending;
            for row in rows {
                let near = |other: &&candidate::Model| {
                    f64::from(row.pixel_x - other.pixel_x)
                        .hypot((row.pixel_y - other.pixel_y).into())
                        < DUPLICATE_PX
                };
                let kept: Vec<_> =
                    rows.iter().copied().filter(|row| is_kept(row)).filter(near).collect();
                assert_eq!(kept.len() == 1 && kept[0].id == row.id, is_kept(row), "{row:?}");
                assert!(!kept.is_empty() && kept[0].significance >= row.significance, "{row:?}");
            }
        }

        // What is on fifty of the exposures is found where it is.
        let writer = world.writer().await;
        let candidates = Repository::<_, candidate::Entity>::new(&writer);
        for id in of.keys().take(50) {
            for reported in on(*id).1 {
                let of_this = CandidateFilter { observation_id: Some(*id), ..Default::default() };
                let near = candidates
                    .cone_search(reported.ra, reported.dec, 2.0 / 3600.0, &of_this, 10)
                    .await
                    .unwrap();
                assert!(!near.is_empty(), "{} {}", reported.ra, reported.dec);
            }
        }
        let duplicates = rows.iter().filter(|row| row.status == CandidateStatus::Duplicate).count();
        eprintln!(
            "{engine:?}: {name}: {} candidates in {} exposures, {duplicates} of them duplicates",
            rows.len(),
            of.len()
        );
    }
}
