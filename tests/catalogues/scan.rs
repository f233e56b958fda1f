//! The same questions asked of every row of a table, by formulas of their own.

use std::collections::HashMap;

use almanac_service::catalogues::{Catalogue, UnifiedSource};

/// A row of a survey's table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) catalogue: Catalogue,
    pub(crate) name: String,
    pub(crate) ra_deg: f64,
    pub(crate) dec_deg: f64,
    pub(crate) flux_jy: Option<f64>,
}

/// The rows of a table; the flux density stands in `flux`, in units of `jy`.
pub(crate) fn rows(catalogue: Catalogue, csv: &str, name: &str, flux: &str, jy: f64) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let row = |row: HashMap<String, String>| Row {
        catalogue,
        name: row[name].clone(),
        ra_deg: row["ra_deg"].parse().unwrap(),
        dec_deg: row["dec_deg"].parse().unwrap(),
        flux_jy: row[flux].parse::<f64>().ok().map(|value| value * jy),
    };
    reader.deserialize().map(|read| row(read.unwrap())).collect()
}

/// Haversine distance, degrees.
pub(crate) fn haversine((ra1, dec1): (f64, f64), (ra2, dec2): (f64, f64)) -> f64 {
    let (ra1, dec1) = (ra1.to_radians(), dec1.to_radians());
    let (ra2, dec2) = (ra2.to_radians(), dec2.to_radians());
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = half(dec2 - dec1) + dec1.cos() * dec2.cos() * half(ra2 - ra1);
    2.0 * chord.sqrt().clamp(0.0, 1.0).asin().to_degrees()
}

/// What a cone holds, the brightest first, as name and distance.
pub(crate) fn cone(
    rows: &[Row],
    centre: (f64, f64),
    radius: f64,
    min_flux_jy: Option<f64>,
) -> Vec<(&Row, f64)> {
    let mut found: Vec<_> = rows
        .iter()
        .map(|row| (row, haversine(centre, (row.ra_deg, row.dec_deg))))
        .filter(|(_, distance)| *distance <= radius)
        .filter(|(row, _)| {
            min_flux_jy.is_none_or(|least| row.flux_jy.is_some_and(|flux| flux >= least))
        })
        .collect();
    found.sort_by(|(a, near), (b, far)| {
        let (bright, faint) = (b.flux_jy.unwrap_or(0.0), a.flux_jy.unwrap_or(0.0));
        bright.total_cmp(&faint).then(near.total_cmp(far))
    });
    found
}

/// Fails unless an answer has exactly the sources of a scan, in the same order of brightness.
#[track_caller]
pub(crate) fn assert_same(answer: &[UnifiedSource], scan: &[(&Row, f64)], what: &str) {
    assert_eq!(answer.len(), scan.len(), "{what}: {answer:#?}\nis not\n{scan:#?}");
    let brightness: Vec<_> = answer.iter().map(|source| source.flux_jy.unwrap_or(0.0)).collect();
    assert!(brightness.is_sorted_by(|a, b| a >= b), "{what}: not by brightness");
    let key = |catalogue: Catalogue, ra: f64, dec: f64| (catalogue, ra.to_bits(), dec.to_bits());
    let mut left: HashMap<_, Vec<&(&Row, f64)>> = HashMap::new();
    for found in scan {
        let (row, _) = found;
        left.entry(key(row.catalogue, row.ra_deg, row.dec_deg)).or_default().push(found);
    }
    for source in answer {
        let same = left.get_mut(&key(source.catalogue, source.ra_deg, source.dec_deg));
        let same = same.unwrap_or_else(|| panic!("{what}: {source:?} is in no table"));
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * b.abs().max(1e-3),
            (a, b) => a == b,
        };
        let index = same.iter().position(|(row, distance)| {
            (distance - source.separation_deg).abs() < 1e-10 && close(source.flux_jy, row.flux_jy)
        });
        let (row, _) = same.remove(index.unwrap_or_else(|| panic!("{what}: {source:?}")));
        if let Some(id) = &source.catalogue_id {
            assert_eq!(id, &row.name, "{what}");
        }
    }
}

/// Numbers that look random and are the same in every run: Marsaglia's xorshift.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next number from `low` up to `high`.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let unit = f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX);
        low + (high - low) * unit
    }
}
