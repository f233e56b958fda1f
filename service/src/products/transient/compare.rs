//! What was observed against what a catalogue says, free of any database.

use almanac_entity::products::TransientType;

use crate::{Error, Result, sky::separation};

const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;

/// A source as it was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, mJy.
    pub flux_mjy: f64,
    /// Its uncertainty, mJy; else it follows from the signal-to-noise ratio.
    pub flux_err_mjy: Option<f64>,
    /// Signal-to-noise ratio; else it follows from the uncertainty.
    pub snr: Option<f64>,
}

impl Observed {
    /// The uncertainty and the signal-to-noise ratio, where one of them is known.
    fn noise(&self) -> Option<(f64, f64)> {
        let error = self.flux_err_mjy.filter(|error| error.is_finite() && *error > 0.0);
        let snr = self.snr.filter(|snr| snr.is_finite() && *snr > 0.0);
        match (error, snr) {
            (Some(error), Some(snr)) => Some((error, snr)),
            (Some(error), None) => Some((error, self.flux_mjy / error)),
            (None, Some(snr)) => Some((self.flux_mjy.abs() / snr, snr)),
            (None, None) => None,
        }
    }
}

/// A source as a catalogue has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// The source, by its designation in the catalogue.
    pub source_id: String,
    /// Right ascension, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density, mJy.
    pub flux_mjy: f64,
}

/// The part of the sky that was observed: a rectangle about a centre, its sides along right ascension and
/// declination.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Footprint {
    /// Right ascension of the centre, degrees, ICRS.
    pub ra_deg: f64,
    /// Declination of the centre, degrees, ICRS.
    pub dec_deg: f64,
    /// Width, degrees on the sky.
    pub width_deg: f64,
    /// Height, degrees.
    pub height_deg: f64,
}

impl Footprint {
    /// Whether a position lies in it.
    pub fn contains(&self, ra_deg: f64, dec_deg: f64) -> bool {
        let east = (ra_deg - self.ra_deg + 540.0).rem_euclid(360.0) - 180.0;
        (dec_deg - self.dec_deg).abs() <= self.height_deg / 2.0
            && (east * dec_deg.to_radians().cos()).abs() <= self.width_deg / 2.0
    }

    /// The radius of the cone that holds it, degrees.
    pub fn radius_deg(&self) -> f64 {
        (self.width_deg / 2.0).hypot(self.height_deg / 2.0)
    }
}

/// When a difference is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransientThresholds {
    /// Sources no further apart than this are the same, arcseconds.
    pub match_radius_arcsec: f64,
    /// The least signal-to-noise ratio of a source that no catalogue knows.
    pub min_new_snr: f64,
    /// The least difference from the catalogue, standard deviations.
    pub min_sigma: f64,
    /// Uncertainty of the catalogue's flux densities, a part of them.
    pub baseline_error: f64,
    /// Brightening is above this ratio.
    pub brightening_ratio: f64,
    /// Fading is below this ratio.
    pub fading_ratio: f64,
    /// The least flux density of a catalogue source that is missed, mJy.
    pub min_missed_mjy: f64,
}

impl Default for TransientThresholds {
    fn default() -> Self {
        Self {
            match_radius_arcsec: 10.0,
            min_new_snr: 5.0,
            min_sigma: 3.0,
            baseline_error: 0.05,
            brightening_ratio: 1.5,
            fading_ratio: 0.67,
            min_missed_mjy: 10.0,
        }
    }
}

impl TransientThresholds {
    /// Checks that they can be used.
    ///
    /// # Errors
    /// One is not above zero, or the ratios are the wrong way round.
    pub fn check(&self) -> Result<()> {
        let positive = [
            ("matchRadiusArcsec", self.match_radius_arcsec),
            ("minNewSnr", self.min_new_snr),
            ("minSigma", self.min_sigma),
            ("baselineError", self.baseline_error),
            ("brighteningRatio", self.brightening_ratio),
            ("fadingRatio", self.fading_ratio),
            ("minMissedMjy", self.min_missed_mjy),
        ];
        for (argument, value) in positive {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::invalid(argument, format!("{value} is not above zero")));
            }
        }
        if self.fading_ratio > self.brightening_ratio {
            let message = format!("{} lies above brighteningRatio", self.fading_ratio);
            return Err(Error::invalid("fadingRatio", message));
        }
        Ok(())
    }
}

/// A source that differs from the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Transient {
    /// How it differs.
    pub kind: TransientType,
    /// The source in the catalogue.
    pub source_id: Option<String>,
    /// Right ascension, degrees, ICRS: where it was observed, else where the catalogue has it.
    pub ra_deg: f64,
    /// Declination, degrees, ICRS.
    pub dec_deg: f64,
    /// Flux density observed, mJy; zero where nothing was.
    pub flux_obs_mjy: f64,
    /// Flux density in the catalogue, mJy.
    pub flux_baseline_mjy: Option<f64>,
    /// The one over the other.
    pub flux_ratio: Option<f64>,
    /// The difference in standard deviations; of a new source its signal-to-noise ratio.
    pub significance_sigma: f64,
    /// Signal-to-noise ratio of the observation.
    pub snr: Option<f64>,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// What differs, in the order observed; what is missed comes last.
    pub transients: Vec<Transient>,
    /// Number of sources observed that the catalogue has.
    pub matched: usize,
    /// Number of sources observed of which nobody knows how surely; they are left out.
    pub without_noise: usize,
}

/// What differs between a part of the sky and a catalogue. Without a footprint nothing is missed, since
/// nobody knows what should have been seen. `rms_mjy` is the noise where nothing was observed.
///
/// # Errors
/// The thresholds cannot be used.
pub fn compare(
    observed: &[Observed],
    baseline: &[Baseline],
    footprint: Option<&Footprint>,
    rms_mjy: Option<f64>,
    thresholds: &TransientThresholds,
) -> Result<Comparison> {
    thresholds.check()?;
    let sky = Sky::new(baseline, thresholds.match_radius_arcsec / ARCSEC_OF_A_DEGREE);
    let mut found = Comparison::default();
    let mut is_seen = vec![false; baseline.len()];
    for source in observed {
        let counterpart = sky.nearest(source.ra_deg, source.dec_deg);
        if let Some(index) = counterpart {
            is_seen[index] = true;
            found.matched += 1;
        }
        let Some((error, snr)) = source.noise().filter(|_| source.flux_mjy.is_finite()) else {
            found.without_noise += 1;
            continue;
        };
        let transient = match counterpart {
            Some(index) => changed(source, error, &baseline[index], thresholds),
            None => (snr >= thresholds.min_new_snr).then(|| new(source, snr)),
        };
        let transient = transient.map(|transient| Transient { snr: Some(snr), ..transient });
        found.transients.extend(transient);
    }
    if let Some(footprint) = footprint {
        let missed = baseline.iter().zip(is_seen).filter(|(source, is_seen)| {
            !is_seen
                && source.flux_mjy >= thresholds.min_missed_mjy
                && footprint.contains(source.ra_deg, source.dec_deg)
        });
        found.transients.extend(missed.map(|(source, _)| gone(source, rms_mjy, thresholds)));
    }
    Ok(found)
}

fn new(source: &Observed, snr: f64) -> Transient {
    Transient {
        kind: TransientType::New,
        source_id: None,
        ra_deg: source.ra_deg,
        dec_deg: source.dec_deg,
        flux_obs_mjy: source.flux_mjy,
        flux_baseline_mjy: None,
        flux_ratio: None,
        significance_sigma: snr,
        snr: None,
    }
}

fn changed(
    source: &Observed,
    error: f64,
    baseline: &Baseline,
    thresholds: &TransientThresholds,
) -> Option<Transient> {
    let sigma = error.hypot(thresholds.baseline_error * baseline.flux_mjy);
    let significance = (source.flux_mjy - baseline.flux_mjy).abs() / sigma;
    let ratio = (baseline.flux_mjy > 0.0).then(|| source.flux_mjy / baseline.flux_mjy);
    let kind = match ratio {
        Some(ratio) if ratio > thresholds.brightening_ratio => TransientType::Brightening,
        Some(ratio) if ratio < thresholds.fading_ratio => TransientType::Fading,
        _ => TransientType::Variable,
    };
    (significance >= thresholds.min_sigma).then(|| Transient {
        kind,
        source_id: Some(baseline.source_id.clone()),
        flux_baseline_mjy: Some(baseline.flux_mjy),
        flux_ratio: ratio,
        significance_sigma: significance,
        ..new(source, 0.0)
    })
}

fn gone(baseline: &Baseline, rms_mjy: Option<f64>, thresholds: &TransientThresholds) -> Transient {
    let sigma = rms_mjy.unwrap_or(0.0).hypot(thresholds.baseline_error * baseline.flux_mjy);
    Transient {
        kind: TransientType::Fading,
        source_id: Some(baseline.source_id.clone()),
        ra_deg: baseline.ra_deg,
        dec_deg: baseline.dec_deg,
        flux_obs_mjy: 0.0,
        flux_baseline_mjy: Some(baseline.flux_mjy),
        flux_ratio: Some(0.0),
        significance_sigma: baseline.flux_mjy / sigma,
        snr: None,
    }
}

/// A catalogue by declination, in which a position is found without looking at all of it.
struct Sky<'a> {
    baseline: &'a [Baseline],
    by_dec: Vec<(f64, usize)>,
    radius_deg: f64,
}

impl<'a> Sky<'a> {
    fn new(baseline: &'a [Baseline], radius_deg: f64) -> Self {
        let mut by_dec: Vec<(f64, usize)> =
            baseline.iter().enumerate().map(|(index, source)| (source.dec_deg, index)).collect();
        by_dec.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { baseline, by_dec, radius_deg }
    }

    /// The source nearest to a position, if it is near enough to be the same.
    fn nearest(&self, ra_deg: f64, dec_deg: f64) -> Option<usize> {
        // A hair more, for rounding.
        let reach = self.radius_deg * (1.0 + 1e-9);
        let first = self.by_dec.partition_point(|(dec, _)| *dec < dec_deg - reach);
        self.by_dec[first..]
            .iter()
            .take_while(|(dec, _)| *dec <= dec_deg + reach)
            .map(|(_, index)| {
                let source = &self.baseline[*index];
                (separation(ra_deg, dec_deg, source.ra_deg, source.dec_deg), *index)
            })
            .filter(|(distance, _)| *distance <= self.radius_deg)
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, index)| index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRE: (f64, f64) = (359.999, 54.0);

    fn observed(east_arcsec: f64, flux_mjy: f64, error: f64) -> Observed {
        let east = east_arcsec / 3_600.0 / 54.0_f64.to_radians().cos();
        Observed {
            ra_deg: (CENTRE.0 + east).rem_euclid(360.0),
            dec_deg: CENTRE.1,
            flux_mjy,
            flux_err_mjy: Some(error),
            snr: None,
        }
    }

    fn baseline(flux_mjy: f64) -> Vec<Baseline> {
        vec![Baseline { source_id: "S".to_owned(), ra_deg: CENTRE.0, dec_deg: CENTRE.1, flux_mjy }]
    }

    const FOOTPRINT: Footprint =
        Footprint { ra_deg: 0.2, dec_deg: 54.0, width_deg: 1.0, height_deg: 1.0 };

    fn found(
        observed: &[Observed],
        baseline: &[Baseline],
        footprint: Option<&Footprint>,
    ) -> Vec<Transient> {
        let thresholds = TransientThresholds::default();
        compare(observed, baseline, footprint, None, &thresholds).unwrap().transients
    }

    fn kind(observed: Observed, flux_mjy: f64) -> Option<TransientType> {
        found(&[observed], &baseline(flux_mjy), None).pop().map(|transient| transient.kind)
    }

    #[test]
    fn what_no_catalogue_knows_is_new_from_five_sigma() {
        let transients = found(&[observed(10.5, 5.0, 1.0)], &baseline(20.0), None);
        assert_eq!(transients[0].kind, TransientType::New);
        assert!((transients[0].significance_sigma - 5.0).abs() < 1e-12);
        assert_eq!(transients[0].flux_ratio, None);
        assert_eq!(kind(observed(10.5, 4.9, 1.0), 20.0), None);
        assert_eq!(kind(observed(9.5, 20.0, 1.0), 20.0), None, "across 0h it is the same source");
    }

    #[test]
    fn a_change_is_three_sigma_of_both_errors() {
        // σ² = 1 + (5 % of 20)² = 2.
        assert_eq!(kind(observed(0.0, 24.3, 1.0), 20.0), Some(TransientType::Variable));
        assert_eq!(kind(observed(0.0, 24.2, 1.0), 20.0), None);
        assert_eq!(kind(observed(0.0, 31.0, 1.0), 20.0), Some(TransientType::Brightening));
        assert_eq!(kind(observed(0.0, 30.0, 1.0), 20.0), Some(TransientType::Variable));
        assert_eq!(kind(observed(0.0, 13.0, 1.0), 20.0), Some(TransientType::Fading));
        assert_eq!(kind(observed(0.0, 14.0, 1.0), 20.0), Some(TransientType::Variable));
    }

    #[test]
    fn what_should_be_there_and_is_not_is_fading() {
        let gone = found(&[], &baseline(10.0), Some(&FOOTPRINT)).pop().unwrap();
        assert_eq!((gone.kind, gone.flux_ratio), (TransientType::Fading, Some(0.0)));
        assert!((gone.significance_sigma - 20.0).abs() < 1e-12);
        assert_eq!(found(&[], &baseline(9.9), Some(&FOOTPRINT)), []);
        assert_eq!(found(&[], &baseline(10.0), None), [], "nobody knows what should be seen");
        let elsewhere = Footprint { ra_deg: 1.0, ..FOOTPRINT };
        assert_eq!(found(&[], &baseline(10.0), Some(&elsewhere)), []);
        assert_eq!(found(&[observed(0.0, 10.0, 1.0)], &baseline(10.0), Some(&FOOTPRINT)), []);
    }

    #[test]
    fn noise_is_an_error_or_a_ratio() {
        let by_ratio = Observed { flux_err_mjy: None, snr: Some(6.0), ..observed(60.0, 6.0, 1.0) };
        assert_eq!(kind(by_ratio.clone(), 20.0), Some(TransientType::New));
        let unknown = Observed { snr: None, ..by_ratio };
        let thresholds = TransientThresholds::default();
        let comparison = compare(&[unknown], &baseline(20.0), None, None, &thresholds).unwrap();
        assert_eq!((comparison.without_noise, comparison.transients.len()), (1, 0));
        let upside_down = TransientThresholds { fading_ratio: 2.0, ..thresholds };
        assert!(compare(&[], &[], None, None, &upside_down).is_err());
    }
}
