//! Variability statistics against an independent computation by Python and numpy.

#![allow(clippy::unwrap_used, reason = "it is how a test fails")]

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::{BTreeMap, HashMap},
    env,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use almanac_database::Database;
use almanac_entity::{
    UnixTime,
    products::{ImageType, image, ms_index, photometry, variability_stat},
};
use almanac_service::{PageRequest, Repository, products::StatisticsFlux};
use sea_orm::Set;
use support::{Engine, TestDatabase, engines};

engines!(
    made_up_light_curves_have_the_metrics_of_numpy,
    real_light_curves_have_the_metrics_of_numpy
);

/// How far the two may be apart, as a part of the value.
const TOLERANCE: f64 = 1e-12;

/// Flux densities and errors, Jy, of sources by name.
type Curves = BTreeMap<String, Vec<(f64, Option<f64>)>>;

/// What numpy says of a source, in the order of `metrics.py`.
type Expected = HashMap<String, Vec<Option<f64>>>;

/// The Python that `make conformance-tools` made.
fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/conformance/venv/bin/python");
    assert!(python.exists(), "{} is missing: `make conformance-tools` makes it", python.display());
    python
}

fn by_numpy(curves: &Curves) -> Expected {
    let mut csv = String::from("source_id,flux_jy,error_jy\n");
    for (source, points) in curves {
        for (flux, error) in points {
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            writeln!(csv, "{source},{flux},{error}").unwrap();
        }
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/variability/metrics.py");
    let mut child = Command::new(python())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(csv.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "metrics.py failed");
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| {
        let mut cells = line.split('\t');
        let source = cells.next().unwrap().to_owned();
        (source, cells.map(|cell| cell.parse().ok()).collect())
    };
    text.lines().map(line).collect()
}

/// Writes the curves as photometry, recomputes, and compares every statistic of every source.
async fn compare(engine: Engine, curves: &Curves) {
    let expected = by_numpy(curves);
    assert_eq!(expected.len(), curves.len());
    let database = TestDatabase::migrated(Database::Products, engine).await;
    let writer = database.writer().await;
    let set = ms_index::ActiveModel { path: Set("/a.ms".to_owned()), ..Default::default() };
    Repository::<_, ms_index::Entity>::new(&writer).insert(set).await.unwrap();
    let image = image::ActiveModel {
        path: Set("/a.fits".to_owned()),
        ms_path: Set("/a.ms".to_owned()),
        created_at: Set(UnixTime(0.0)),
        kind: Set(ImageType::Image),
        ..Default::default()
    };
    Repository::<_, image::Entity>::new(&writer).insert(image).await.unwrap();
    let rows = curves.iter().flat_map(|(source, points)| {
        points.iter().zip(0..).map(move |((flux, error), day)| photometry::ActiveModel {
            image_path: Set("/a.fits".to_owned()),
            source_id: Set(source.clone()),
            ra_deg: Set(10.0),
            dec_deg: Set(54.0),
            peak_jyb: Set(*flux),
            peak_err_jyb: Set(*error),
            measured_at: Set(UnixTime(f64::from(day))),
            ..Default::default()
        })
    });
    let transaction = writer.begin().await.unwrap();
    Repository::<_, photometry::Entity>::new(&transaction).insert_many(rows).await.unwrap();
    let table = Repository::<_, variability_stat::Entity>::new(&transaction);
    let flux = StatisticsFlux::Peak;
    let done = table.recompute(None, flux, UnixTime(1.8e9), |_| ()).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(done.written, curves.len() as u64);

    let all = PageRequest { limit: 100_000, ..PageRequest::default() };
    let table = Repository::<_, variability_stat::Entity>::new(&writer);
    let stored = table.list(&all).await.unwrap();
    assert_eq!(stored.len(), curves.len());
    for row in stored {
        let got = [
            row.n_obs.map(f64::from),
            row.mean_flux_mjy,
            row.std_flux_mjy,
            row.min_flux_mjy,
            row.max_flux_mjy,
            row.chi2_nu,
            row.sigma_deviation,
            row.eta_metric,
            row.v_metric,
        ];
        for (index, (got, expected)) in got.into_iter().zip(&expected[&row.source_id]).enumerate() {
            let is_same = match (got, *expected) {
                (Some(got), Some(expected)) => (got - expected).abs() <= TOLERANCE * expected.abs(),
                (None, None) => true,
                _ => false,
            };
            let source = &row.source_id;
            assert!(is_same, "{source}: column {index} is {got:?} and by numpy {expected:?}");
        }
    }
}

async fn made_up_light_curves_have_the_metrics_of_numpy(engine: Engine) {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut chance = || {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
    };
    let mut curves = Curves::new();
    let golden = [(10.0, 1.0), (12.0, 1.0), (11.0, 2.0), (15.0, 1.0)];
    curves.insert("golden".to_owned(), golden.map(|(f, e)| (f, Some(e))).to_vec());
    for source in 0..300 {
        let level = 10_f64.powf(chance() * 5.0 - 4.0);
        let scatter = level * 10_f64.powf(chance() * 4.0 - 4.0);
        let points = 2 + source % 60;
        let lacks_errors = source % 7 == 0;
        let curve = (0..points).map(|point| {
            let error = scatter * (0.5 + chance());
            let error = if lacks_errors && point % 3 == 0 { None } else { Some(error) };
            (level + scatter * (chance() - 0.5), error)
        });
        curves.insert(format!("source {source:03}"), curve.collect());
    }
    compare(engine, &curves).await;
}

/// The light curves of the VAST survey; without the file there is nothing to compare.
async fn real_light_curves_have_the_metrics_of_numpy(engine: Engine) {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = env::var_os("ALMANAC_DATA").map_or(beside, PathBuf::from);
    let file = folder.join("photometry/vast_lightcurves.csv");
    if !file.is_file() {
        eprintln!("there are no real light curves to compare: {} is missing", file.display());
        return;
    }
    let mut curves = Curves::new();
    for row in csv::Reader::from_path(file).unwrap().deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let number = |name: &str, scale: &str| format!("{}{scale}", row[name]).parse::<f64>();
        let flux = number("flux_mjy", "e-3").unwrap();
        let error = match number("snr", "") {
            Ok(snr) => Some(flux / snr),
            Err(_) => number("field_rms_ujyb", "e-6").ok(),
        };
        curves.entry(row["source_id"].clone()).or_default().push((flux, error));
    }
    assert_eq!(curves.len(), 3_159);
    compare(engine, &curves).await;
}
