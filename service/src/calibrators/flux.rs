//! The flux density of a calibrator at a frequency between those at which it was measured.

/// Frequency of the telescope, GHz.
pub const TELESCOPE_FREQ_GHZ: f64 = 1.405;
/// Frequencies that differ by less than this part are the same.
const SAME_FREQUENCY: f64 = 1e-6;
/// The spectral index of a source of which nothing else is known.
const USUAL_INDEX: f64 = -0.7;
/// Further beyond the measured frequencies than this factor nothing is said.
const MAX_REACH: f64 = 3.0;
/// A registered flux density serves for frequencies that differ from its own by this part.
const CATALOGUE_REACH: f64 = 0.1;

/// A measured flux density.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FluxPoint {
    /// Frequency, GHz.
    pub freq_ghz: f64,
    /// Flux density, Jy.
    pub flux_jy: f64,
    /// Its uncertainty, Jy.
    pub uncertainty_jy: Option<f64>,
}

/// How a flux density came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FluxMethod {
    /// It was measured at this frequency.
    Exact,
    /// By the power law between the two measurements around it.
    Interpolated,
    /// By the power law of the two measurements nearest to it, which lie on one side.
    Extrapolated,
    /// From one measurement, by a spectral index of −0.7.
    AssumedIndex,
    /// It is the one registered with the calibrator.
    Catalog,
}

impl FluxMethod {
    /// Its word, such as `interpolated`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Interpolated => "interpolated",
            Self::Extrapolated => "extrapolated",
            Self::AssumedIndex => "assumed_index",
            Self::Catalog => "catalog",
        }
    }
}

/// A flux density at a frequency, and what is to be known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FluxAt {
    /// The frequency, GHz.
    pub freq_ghz: f64,
    /// Flux density, Jy.
    pub flux_jy: f64,
    /// Its uncertainty, Jy; none where one that it depends on is unknown.
    pub uncertainty_jy: Option<f64>,
    /// Spectral index α that it was found with, where S ∝ ν^α.
    pub spectral_index: Option<f64>,
    /// Uncertainty of that.
    pub spectral_index_error: Option<f64>,
    /// How it came about.
    pub method: FluxMethod,
    /// Why it should be taken with care.
    pub warning: Option<String>,
}

/// Why there is no flux density at a frequency.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FluxError {
    /// The frequency is none.
    #[error("{0} GHz is no frequency above 0")]
    Frequency(f64),
    /// It lies too far beyond the measured ones.
    #[error(
        "{freq_ghz} GHz lies more than a factor {MAX_REACH} beyond the measured {nearest_ghz} GHz"
    )]
    OutOfReach {
        /// The frequency.
        freq_ghz: f64,
        /// The nearest measured one.
        nearest_ghz: f64,
    },
}

/// The flux density at `freq_ghz`, from measurements in any order; those that are not above 0 are passed
/// over. Where there is none left, `registered` serves, a flux density and its frequency (none where that
/// is unknown), if it was measured near enough. None where nothing is known.
///
/// # Errors
/// [`FluxError`].
pub fn flux_at(
    points: &[FluxPoint],
    registered: Option<(f64, Option<f64>)>,
    freq_ghz: f64,
) -> Result<Option<FluxAt>, FluxError> {
    if !(freq_ghz.is_finite() && freq_ghz > 0.0) {
        return Err(FluxError::Frequency(freq_ghz));
    }
    let is_positive = |number: f64| number.is_finite() && number > 0.0;
    let mut points: Vec<FluxPoint> = points
        .iter()
        .copied()
        .filter(|point| is_positive(point.freq_ghz) && is_positive(point.flux_jy))
        .collect();
    points.sort_by(|a, b| a.freq_ghz.total_cmp(&b.freq_ghz));

    let is_same = |point: &&FluxPoint| (point.freq_ghz / freq_ghz - 1.0).abs() < SAME_FREQUENCY;
    if let Some(point) = points.iter().find(is_same) {
        return Ok(Some(FluxAt {
            freq_ghz,
            flux_jy: point.flux_jy,
            uncertainty_jy: point.uncertainty_jy,
            spectral_index: None,
            spectral_index_error: None,
            method: FluxMethod::Exact,
            warning: None,
        }));
    }
    match points.as_slice() {
        [] => Ok(registered.and_then(|(flux_jy, at)| of_catalogue(flux_jy, at, freq_ghz))),
        [only] => Ok(Some(by_usual_index(only, freq_ghz))),
        [first, second, ..] if freq_ghz < first.freq_ghz => {
            extrapolated(first, second, first, freq_ghz).map(Some)
        }
        [.., before, last] if freq_ghz > last.freq_ghz => {
            extrapolated(before, last, last, freq_ghz).map(Some)
        }
        _ => {
            let above = points.partition_point(|point| point.freq_ghz < freq_ghz);
            let (low, high) = (&points[above - 1], &points[above]);
            Ok(Some(by_power_law(low, high, freq_ghz, FluxMethod::Interpolated)))
        }
    }
}

/// The spectral index between two measurements, and its uncertainty.
pub fn spectral_index(low: &FluxPoint, high: &FluxPoint) -> (f64, Option<f64>) {
    let reach = (high.freq_ghz / low.freq_ghz).ln();
    let index = (high.flux_jy / low.flux_jy).ln() / reach;
    let relative = |point: &FluxPoint| Some(point.uncertainty_jy? / point.flux_jy);
    let error = relative(low).zip(relative(high)).map(|(a, b)| a.hypot(b) / reach.abs());
    (index, error)
}

fn by_power_law(low: &FluxPoint, high: &FluxPoint, freq_ghz: f64, method: FluxMethod) -> FluxAt {
    let (index, index_error) = spectral_index(low, high);
    let flux_jy = low.flux_jy * (freq_ghz / low.freq_ghz).powf(index);
    let share = (freq_ghz / low.freq_ghz).ln() / (high.freq_ghz / low.freq_ghz).ln();
    let relative = |point: &FluxPoint| Some(point.uncertainty_jy? / point.flux_jy);
    let uncertainty_jy = relative(low)
        .zip(relative(high))
        .map(|(a, b)| flux_jy * ((1.0 - share) * a).hypot(share * b));
    FluxAt {
        freq_ghz,
        flux_jy,
        uncertainty_jy,
        spectral_index: Some(index),
        spectral_index_error: index_error,
        method,
        warning: None,
    }
}

fn extrapolated(
    low: &FluxPoint,
    high: &FluxPoint,
    nearest: &FluxPoint,
    freq_ghz: f64,
) -> Result<FluxAt, FluxError> {
    let nearest_ghz = nearest.freq_ghz;
    if reach(freq_ghz, nearest_ghz) > MAX_REACH * (1.0 + SAME_FREQUENCY) {
        return Err(FluxError::OutOfReach { freq_ghz, nearest_ghz });
    }
    let warning = format!(
        "extrapolated from {} and {} GHz to {freq_ghz} GHz, where nothing was measured",
        low.freq_ghz, high.freq_ghz
    );
    let at = by_power_law(low, high, freq_ghz, FluxMethod::Extrapolated);
    Ok(FluxAt { warning: Some(warning), ..at })
}

fn by_usual_index(point: &FluxPoint, freq_ghz: f64) -> FluxAt {
    let ratio = (freq_ghz / point.freq_ghz).powf(USUAL_INDEX);
    FluxAt {
        freq_ghz,
        flux_jy: point.flux_jy * ratio,
        // That of the index is unknown, and outweighs the other.
        uncertainty_jy: None,
        spectral_index: Some(USUAL_INDEX),
        spectral_index_error: None,
        method: FluxMethod::AssumedIndex,
        warning: Some(format!(
            "measured at {} GHz alone, a factor {:.1} away; a spectral index of {USUAL_INDEX} is assumed",
            point.freq_ghz,
            reach(freq_ghz, point.freq_ghz)
        )),
    }
}

fn of_catalogue(flux_jy: f64, at_ghz: Option<f64>, freq_ghz: f64) -> Option<FluxAt> {
    let is_near = at_ghz.is_none_or(|at| (at / freq_ghz - 1.0).abs() <= CATALOGUE_REACH);
    (is_near && flux_jy.is_finite()).then_some(FluxAt {
        freq_ghz,
        flux_jy,
        uncertainty_jy: None,
        spectral_index: None,
        spectral_index_error: None,
        method: FluxMethod::Catalog,
        warning: None,
    })
}

/// The factor between two frequencies, at least 1.
fn reach(a: f64, b: f64) -> f64 {
    (a / b).max(b / a)
}

impl FluxAt {
    /// Whether it says more of the source than of what was assumed: a single measurement within reach.
    pub(crate) fn is_measured(&self, points: &[FluxPoint]) -> bool {
        self.method != FluxMethod::AssumedIndex
            || points.iter().any(|point| reach(self.freq_ghz, point.freq_ghz) <= MAX_REACH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point(freq_ghz: f64, flux_jy: f64) -> FluxPoint {
        FluxPoint { freq_ghz, flux_jy, uncertainty_jy: None }
    }

    fn at(points: &[FluxPoint], freq_ghz: f64) -> FluxAt {
        flux_at(points, None, freq_ghz).unwrap().unwrap()
    }

    #[track_caller]
    fn near(value: f64, golden: f64) {
        assert!((value - golden).abs() < 5e-7, "{value} is not {golden}");
    }

    const MEASURED: [(f64, f64); 3] = [(5.0, 7.5), (0.33, 26.0), (1.4, 15.0)];

    #[test]
    fn golden_values() {
        let points = MEASURED.map(|(freq, flux)| point(freq, flux));
        let flux = at(&points, 1.405);
        near(flux.flux_jy, 14.970_910);
        near(flux.spectral_index.unwrap(), -0.544_514);
        assert_eq!((flux.method, flux.warning), (FluxMethod::Interpolated, None));
        near(at(&points, 3.0).flux_jy, 9.905_147);
        near(spectral_index(&point(1.4, 1.0), &point(3.0, 0.5)).0, -0.909_475);
    }

    #[test]
    fn a_measured_frequency_is_answered_as_measured() {
        let measured = FluxPoint { uncertainty_jy: Some(0.3), ..point(1.4, 15.0) };
        let flux = at(&[point(5.0, 7.5), measured], 1.4 * (1.0 + 5e-7));
        assert_eq!((flux.flux_jy, flux.uncertainty_jy), (15.0, Some(0.3)));
        assert_eq!((flux.method, flux.spectral_index), (FluxMethod::Exact, None));
        let flux = at(&[point(5.0, 7.5), measured], 1.4 * (1.0 + 5e-6));
        assert_eq!(flux.method, FluxMethod::Interpolated);
    }

    #[test]
    fn beyond_the_measured_frequencies_the_power_law_goes_on_for_a_factor_of_three() {
        let points = MEASURED.map(|(freq, flux)| point(freq, flux));
        let above = at(&points, 15.0);
        assert_eq!(above.method, FluxMethod::Extrapolated);
        assert!(above.warning.is_some());
        let index = (7.5_f64 / 15.0).ln() / (5.0_f64 / 1.4).ln();
        near(above.flux_jy, 7.5 * 3.0_f64.powf(index));
        let below = at(&points, 0.11);
        near(below.spectral_index.unwrap(), (15.0_f64 / 26.0).ln() / (1.4_f64 / 0.33).ln());
        let refused = flux_at(&points, None, 15.1).unwrap_err();
        assert_eq!(refused, FluxError::OutOfReach { freq_ghz: 15.1, nearest_ghz: 5.0 });
        assert!(flux_at(&points, None, 0.109).is_err());
    }

    #[test]
    fn one_measurement_is_scaled_and_says_so() {
        let flux = at(&[point(5.0, 1.0), point(1.4, 0.0), point(1.4, -1.0)], 1.405);
        near(flux.flux_jy, (1.405_f64 / 5.0).powf(-0.7));
        assert_eq!((flux.method, flux.uncertainty_jy), (FluxMethod::AssumedIndex, None));
        assert!(flux.warning.unwrap().contains("-0.7"));
    }

    #[test]
    fn without_measurements_the_registered_one_serves_nearby() {
        let registered = |at| flux_at(&[], Some((2.5, at)), 1.405).unwrap();
        assert_eq!(registered(None).unwrap().method, FluxMethod::Catalog);
        assert_eq!(registered(Some(1.5)).map(|flux| flux.flux_jy), Some(2.5));
        assert_eq!(registered(Some(1.6)), None);
        assert_eq!(flux_at(&[], None, 1.405), Ok(None));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(flux_at(&[], None, bad), Err(FluxError::Frequency(_))));
        }
    }

    #[test]
    fn uncertainties_add_by_their_share() {
        let low = FluxPoint { uncertainty_jy: Some(0.2), ..point(1.0, 10.0) };
        let high = FluxPoint { uncertainty_jy: Some(0.1), ..point(4.0, 2.5) };
        let flux = at(&[low, high], 2.0);
        near(flux.flux_jy, 5.0);
        // Half-way: a half of 2 % and a half of 4 %.
        near(flux.uncertainty_jy.unwrap(), 5.0 * 0.01_f64.hypot(0.02));
        near(flux.spectral_index_error.unwrap(), 0.02_f64.hypot(0.04) / 4.0_f64.ln());
        assert_eq!(at(&[low, point(4.0, 2.5)], 2.0).uncertainty_jy, None);
    }

    proptest! {
        #[test]
        fn between_two_measurements_it_lies_between_them(
            (f1, f2, s1, s2, share) in (0.1..10.0_f64, 0.1..10.0_f64, 0.01..50.0_f64, 0.01..50.0_f64, 0.0..1.0_f64)
        ) {
            prop_assume!((f1 / f2 - 1.0).abs() > 1e-3);
            let freq = f1 + (f2 - f1) * share;
            let flux = at(&[point(f1, s1), point(f2, s2)], freq).flux_jy;
            prop_assert!(flux >= s1.min(s2) * (1.0 - 1e-9) && flux <= s1.max(s2) * (1.0 + 1e-9));
        }
    }
}
