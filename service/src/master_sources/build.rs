//! Building the catalogue: NVSS, with what VLASS and FIRST have at the same places.

use std::collections::HashSet;

use almanac_entity::{
    UnixTime,
    master_sources::{build_meta, source, stable_id},
};
use sea_orm::ActiveValue::Set;

use super::reference::{USUAL, iso};
use crate::{
    Error, Filter, Repository, Result, Writable,
    catalogues::SurveyRow,
    sky::{j_name, separation},
};

const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;
/// Sources no further apart than this are one.
const MATCH_RADIUS_DEG: f64 = 7.5 / ARCSEC_OF_A_DEGREE;
/// A source of a wider axis than this is resolved.
const RESOLVED_ARCSEC: f64 = 6.0;
/// Noise of NVSS, where a source's own is unknown, mJy.
const NVSS_NOISE_MJY: f64 = 0.45;
const NVSS_GHZ: f64 = 1.4;
const VLASS_GHZ: f64 = 3.0;

/// What a catalogue is built from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CatalogInputs {
    /// NVSS: one row of the catalogue each.
    pub nvss: Vec<SurveyRow>,
    /// VLASS, where it is given.
    pub vlass: Option<Vec<SurveyRow>>,
    /// FIRST, where it is given, with deconvolved axes.
    pub first: Option<Vec<SurveyRow>>,
    /// What they come from, each named after its survey, for the catalogue's record.
    pub files: Vec<(String, String)>,
}

/// What was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CatalogBuild {
    /// Sources.
    pub sources: u64,
    /// Those that VLASS has as well.
    pub with_vlass: u64,
    /// Those that FIRST has as well.
    pub with_first: u64,
    /// Those that FIRST resolves.
    pub resolved: u64,
    /// Those at whose place VLASS or FIRST has more than one source.
    pub confused: u64,
    /// Rows of NVSS that bear the name of one before them, which are left out.
    pub repeated: u64,
    /// Rows of VLASS and FIRST without a flux density above 0, which are no detections.
    pub undetected: u64,
}

impl<C: Writable> Repository<'_, C, source::Entity> {
    /// Builds the catalogue anew. A source of NVSS takes the flux density of the nearest source of VLASS
    /// within 7.5″, and the size of the nearest of FIRST; it is confused if either has more than one there,
    /// and resolved if an axis exceeds 6″. The statements belong in one transaction.
    ///
    /// # Errors
    /// There are sources already and `replace` is not said, a value is out of range, or the engine fails.
    pub async fn build(
        &self,
        inputs: CatalogInputs,
        replace: bool,
        now: UnixTime,
    ) -> Result<CatalogBuild> {
        if !replace && !self.slice(&Filter::default(), &[], 1, 0).await?.is_empty() {
            let message = "the catalogue has sources already; replace them outright";
            return Err(Error::Conflict(message.to_owned()));
        }
        let mut facts = facts(&inputs, now);
        let (rows, build) = cross_match(inputs);
        self.delete_where(&Filter::default()).await?;
        self.insert_many(rows).await?;
        let approved = self.on::<stable_id::Entity>().count(&Filter::default()).await?;
        facts.push(("finalref_ids_count".to_owned(), approved.to_string()));
        facts.push(("n_sources".to_owned(), build.sources.to_string()));
        let recorded = self.on::<build_meta::Entity>();
        for (key, value) in facts {
            let row = build_meta::ActiveModel { key: Set(key), value: Set(Some(value)) };
            recorded.upsert(row, &[build_meta::Column::Key]).await?;
        }
        // The views stay as they are, and with them the thresholds that they are said to have.
        for (key, value) in USUAL {
            if recorded.find(key).await?.is_none() {
                let row = build_meta::ActiveModel {
                    key: Set(key.to_owned()),
                    value: Set(Some(value.to_string())),
                };
                recorded.insert(row).await?;
            }
        }
        Ok(build)
    }
}

fn facts(inputs: &CatalogInputs, now: UnixTime) -> Vec<(String, String)> {
    let rows = |rows: &Option<Vec<SurveyRow>>| rows.as_ref().map_or(0, Vec::len).to_string();
    let counts = [
        ("nvss_rows".to_owned(), inputs.nvss.len().to_string()),
        ("vlass_rows".to_owned(), rows(&inputs.vlass)),
        ("first_rows".to_owned(), rows(&inputs.first)),
        ("build_time_iso".to_owned(), iso(now)),
    ];
    let files = inputs.files.iter().map(|(survey, file)| (format!("{survey}_file"), file.clone()));
    counts.into_iter().chain(files).collect()
}

fn cross_match(inputs: CatalogInputs) -> (Vec<source::ActiveModel>, CatalogBuild) {
    let mut build = CatalogBuild::default();
    let mut index = |rows: Option<Vec<SurveyRow>>| {
        let (index, undetected) = Index::of(rows.unwrap_or_default());
        build.undetected += undetected;
        index
    };
    let (vlass, first) = (index(inputs.vlass), index(inputs.first));
    let mut names = HashSet::with_capacity(inputs.nvss.len());
    let mut rows = Vec::with_capacity(inputs.nvss.len());
    for nvss in inputs.nvss {
        let name = nvss.name.clone().unwrap_or_else(|| designation(&nvss));
        if !names.insert(name.clone()) {
            build.repeated += 1;
            continue;
        }
        let (of_vlass, vlass_count) = vlass.nearest(&nvss);
        let (of_first, first_count) = first.nearest(&nvss);
        let s_nvss = nvss.flux_mjy.map(|flux| flux / 1000.0);
        let s_vlass = of_vlass.and_then(|source| source.flux_mjy).map(|flux| flux / 1000.0);
        let is_wide = |axis: Option<f64>| axis.is_some_and(|axis| axis > RESOLVED_ARCSEC);
        let resolved = of_first.is_some_and(|source| {
            is_wide(source.major_axis_arcsec) || is_wide(source.minor_axis_arcsec)
        });
        let confused = vlass_count > 1 || first_count > 1;
        build.sources += 1;
        build.with_vlass += u64::from(of_vlass.is_some());
        build.with_first += u64::from(of_first.is_some());
        build.resolved += u64::from(resolved);
        build.confused += u64::from(confused);
        rows.push(source::ActiveModel {
            source_id: Set(name),
            ra_deg: Set(nvss.ra_deg),
            dec_deg: Set(nvss.dec_deg),
            s_nvss: Set(s_nvss),
            snr_nvss: Set(nvss.snr.or(nvss.flux_mjy.map(|flux| flux / NVSS_NOISE_MJY))),
            s_vlass: Set(s_vlass),
            alpha: Set(spectral_index(s_nvss, s_vlass)),
            resolved_flag: Set(Some(resolved)),
            confusion_flag: Set(Some(confused)),
            first_size_maj_arcsec: Set(of_first.and_then(|source| source.major_axis_arcsec)),
            first_size_min_arcsec: Set(of_first.and_then(|source| source.minor_axis_arcsec)),
            first_size_pa_deg: Set(of_first.and_then(|source| source.position_angle_deg)),
            ..Default::default()
        });
    }
    (rows, build)
}

/// The name of a source that was given none.
fn designation(row: &SurveyRow) -> String {
    format!("NVSS {}", j_name(row.ra_deg, row.dec_deg, 1))
}

/// From NVSS to VLASS, where both flux densities are above 0.
fn spectral_index(s_nvss: Option<f64>, s_vlass: Option<f64>) -> Option<f64> {
    let (s_nvss, s_vlass) = s_nvss.zip(s_vlass)?;
    let are_positive = s_nvss > 0.0 && s_vlass > 0.0;
    are_positive.then(|| (s_vlass / s_nvss).ln() / (VLASS_GHZ / NVSS_GHZ).ln())
}

/// Sources by declination, so that those near a position are found without looking at all.
struct Index(Vec<SurveyRow>);

impl Index {
    /// The detections among `rows`, and how many are none.
    fn of(mut rows: Vec<SurveyRow>) -> (Self, u64) {
        let all = rows.len();
        rows.retain(|row| row.flux_mjy.is_none_or(|flux| flux > 0.0));
        let undetected = (all - rows.len()) as u64;
        rows.sort_by(|a, b| a.dec_deg.total_cmp(&b.dec_deg));
        (Self(rows), undetected)
    }

    /// The source nearest to another within the match radius, and how many there are.
    fn nearest(&self, to: &SurveyRow) -> (Option<&SurveyRow>, usize) {
        let south = self.0.partition_point(|row| row.dec_deg < to.dec_deg - MATCH_RADIUS_DEG);
        let band =
            self.0[south..].iter().take_while(|row| row.dec_deg <= to.dec_deg + MATCH_RADIUS_DEG);
        let distance = |row: &SurveyRow| separation(to.ra_deg, to.dec_deg, row.ra_deg, row.dec_deg);
        let near: Vec<_> = band
            .map(|row| (distance(row), row))
            .filter(|(distance, _)| *distance <= MATCH_RADIUS_DEG)
            .collect();
        let nearest = near.iter().min_by(|(a, _), (b, _)| a.total_cmp(b));
        (nearest.map(|(_, row)| *row), near.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ra_deg: f64, dec_arcsec: f64, flux_mjy: f64) -> SurveyRow {
        SurveyRow {
            ra_deg,
            dec_deg: dec_arcsec / ARCSEC_OF_A_DEGREE,
            flux_mjy: Some(flux_mjy),
            ..SurveyRow::default()
        }
    }

    #[test]
    fn the_nearest_source_is_taken_and_several_are_confusion() {
        let wide = SurveyRow { minor_axis_arcsec: Some(6.1), ..row(10.0, 2.0, 100.0) };
        let (rows, build) = cross_match(CatalogInputs {
            nvss: vec![row(10.0, 0.0, 1000.0), row(20.0, 0.0, 2.0), row(10.0, 0.0, 1.0)],
            vlass: Some(vec![
                row(10.0, -3.0, 400.0),
                row(10.0, 1.0, 500.0),
                row(20.0, 7.6, 1.0),
                row(20.0, 0.0, 0.0),
            ]),
            first: Some(vec![wide]),
            files: Vec::new(),
        });
        assert_eq!(
            build,
            CatalogBuild {
                sources: 2,
                with_vlass: 1,
                with_first: 1,
                resolved: 1,
                confused: 1,
                repeated: 1,
                undetected: 1,
            }
        );
        let source = &rows[0];
        assert_eq!(source.source_id.as_ref(), "NVSS J004000.0+000000");
        assert_eq!(source.s_vlass.as_ref(), &Some(0.5));
        assert!((source.alpha.as_ref().unwrap() + 0.909_475).abs() < 1e-6);
        assert_eq!(rows[1].s_vlass.as_ref(), &None);
        assert!((rows[1].snr_nvss.as_ref().unwrap() - 2.0 / 0.45).abs() < 1e-12);
    }
}
