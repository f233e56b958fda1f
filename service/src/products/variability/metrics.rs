//! What the scatter of a light curve says, free of any database. Sums are compensated and deviations are
//! taken about a mean that is known already, so that no digits cancel.

use crate::{Error, Result};

/// A flux density with its uncertainty, in any unit: a metric has no unit or that of the flux.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The flux density. One that is no finite number is no point of the light curve.
    pub flux: f64,
    /// Its uncertainty. One that is missing, no finite number, or not above zero gives no weight.
    pub error: Option<f64>,
}

impl Sample {
    /// A flux density with an uncertainty.
    pub fn new(flux: f64, error: f64) -> Self {
        Self { flux, error: Some(error) }
    }

    /// The uncertainty, where it can be used.
    pub fn usable_error(&self) -> Option<f64> {
        self.error.filter(|error| error.is_finite() && *error > 0.0)
    }
}

/// All metrics of a light curve, with the sums that they are made of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Number of points.
    pub points: usize,
    /// Number of points with an uncertainty above zero.
    pub weighted_points: usize,
    /// Sum of the flux densities.
    pub sum: f64,
    /// Mean flux density, unweighted; zero without points.
    pub mean: f64,
    /// Sum of the squared deviations from the mean.
    pub sum_of_squares: f64,
    /// Standard deviation of the population: divided by the number of points.
    pub std: f64,
    /// Lowest flux density; zero without points.
    pub min: f64,
    /// Highest flux density; zero without points.
    pub max: f64,
    /// Sum of the weights, one over the squared uncertainty each.
    pub sum_of_weights: f64,
    /// Sum of the weighted flux densities.
    pub weighted_sum: f64,
    /// Mean flux density by weights; zero without any.
    pub weighted_mean: f64,
    /// Sum of the weighted squared deviations from the weighted mean.
    pub weighted_sum_of_squares: f64,
    /// Chi-square for the mean; none where a point has no uncertainty above zero, or below two points.
    pub chi2: Option<f64>,
    /// Chi-square over its degrees of freedom, which are one less than the points.
    pub chi2_nu: Option<f64>,
    /// Largest deviation from the mean in standard deviations; zero where there is no deviation.
    pub sigma_deviation: f64,
    /// η: scatter weighted by the uncertainties; zero below two points with one.
    pub eta: f64,
    /// V: standard deviation over mean; zero below two points or where the mean is zero.
    pub v: f64,
}

impl Metrics {
    /// The metrics of a light curve, in whatever order its points come.
    pub fn of(samples: &[Sample]) -> Self {
        let valid: Vec<Sample> =
            samples.iter().copied().filter(|sample| sample.flux.is_finite()).collect();
        if valid.is_empty() {
            return Self::default();
        }
        let fluxes = || valid.iter().map(|sample| sample.flux);
        let count = float(valid.len());
        let min = fluxes().fold(f64::INFINITY, f64::min);
        let max = fluxes().fold(f64::NEG_INFINITY, f64::max);
        let sum = compensated_sum(fluxes());
        // Lest rounding makes a scatter of points that are all the same.
        let mean = if min < max { sum / count } else { min };
        // What rounding took from the mean: deviations far below it would feel it.
        let rest = compensated_sum(fluxes().map(|flux| flux - mean)) / count;
        let about_mean = |flux: f64| (flux - mean) - rest;
        let sum_of_squares = compensated_sum(fluxes().map(|flux| about_mean(flux).powi(2)));
        let std = (sum_of_squares / count).sqrt();
        let deviation = about_mean(max).abs().max(about_mean(min).abs());

        let weighted: Vec<(f64, f64)> = valid
            .iter()
            .filter_map(|sample| Some((sample.usable_error()?.powi(-2), sample.flux)))
            .collect();
        let sum_of_weights = compensated_sum(weighted.iter().map(|(weight, _)| *weight));
        let weighted_sum = compensated_sum(weighted.iter().map(|(weight, flux)| weight * flux));
        let weighted_mean = if weighted.is_empty() { 0.0 } else { weighted_sum / sum_of_weights };
        let off = |(weight, flux): &(f64, f64)| weight * (flux - weighted_mean);
        let rest = match weighted.len() {
            0 => 0.0,
            _ => compensated_sum(weighted.iter().map(off)) / sum_of_weights,
        };
        let squares =
            weighted.iter().map(|(weight, flux)| weight * ((flux - weighted_mean) - rest).powi(2));
        let weighted_sum_of_squares = compensated_sum(squares);

        let all_weighted = weighted.len() == valid.len() && valid.len() > 1;
        let chi2 = all_weighted.then(|| {
            compensated_sum(valid.iter().filter_map(|sample| {
                Some((about_mean(sample.flux) / sample.usable_error()?).powi(2))
            }))
        });
        Self {
            points: valid.len(),
            weighted_points: weighted.len(),
            sum,
            mean,
            sum_of_squares,
            std,
            min,
            max,
            sum_of_weights,
            weighted_sum,
            weighted_mean,
            weighted_sum_of_squares,
            chi2,
            chi2_nu: chi2.map(|chi2| chi2 / (count - 1.0)),
            sigma_deviation: if std > 0.0 { deviation / std } else { 0.0 },
            eta: match weighted.len() {
                0 | 1 => 0.0,
                points => weighted_sum_of_squares / (float(points) - 1.0),
            },
            v: if valid.len() > 1 && mean != 0.0 { std / mean } else { 0.0 },
        }
    }
}

/// η: the scatter about the weighted mean, weighted by the uncertainties, over one less than the points.
pub fn eta(samples: &[Sample]) -> f64 {
    Metrics::of(samples).eta
}

/// V: the standard deviation of the population over the mean. Also called modulation index.
pub fn v(samples: &[Sample]) -> f64 {
    Metrics::of(samples).v
}

/// The reduced chi-square for a constant flux density; none where a point has no uncertainty above zero, or
/// below two points.
pub fn chi2_nu(samples: &[Sample]) -> Option<f64> {
    Metrics::of(samples).chi2_nu
}

/// The largest deviation from the mean in standard deviations of the population. It cannot exceed √(N−1)
/// for N points.
///
/// # Errors
/// There is no point.
pub fn sigma_deviation(samples: &[Sample]) -> Result<f64> {
    let metrics = Metrics::of(samples);
    if metrics.points == 0 {
        return Err(Error::invalid("samples", "a deviation is that of a point; there is none"));
    }
    Ok(metrics.sigma_deviation)
}

/// Vs of two epochs: their difference in standard deviations.
///
/// # Errors
/// An uncertainty is not above zero.
pub fn vs(a: Sample, b: Sample) -> Result<f64> {
    let error = |name: &str, sample: Sample| {
        sample.usable_error().ok_or_else(|| {
            Error::invalid(name, "Vs asks for an uncertainty above zero of both epochs")
        })
    };
    Ok((a.flux - b.flux) / error("a", a)?.hypot(error("b", b)?))
}

/// m of two epochs: their difference over their mean.
///
/// # Errors
/// The flux densities cancel.
pub fn m(a: Sample, b: Sample) -> Result<f64> {
    let sum = a.flux + b.flux;
    if sum == 0.0 || !sum.is_finite() {
        return Err(Error::invalid("b", "m has no meaning where the flux densities cancel"));
    }
    Ok(2.0 * (a.flux - b.flux) / sum)
}

/// The mean of |Vs| over consecutive epochs of a light curve in the order of time; none where no two
/// consecutive epochs have uncertainties.
pub fn vs_mean(samples: &[Sample]) -> Option<f64> {
    mean_of_pairs(samples, vs)
}

/// The mean of |m| over consecutive epochs of a light curve in the order of time; none below two epochs.
pub fn m_mean(samples: &[Sample]) -> Option<f64> {
    mean_of_pairs(samples, m)
}

fn mean_of_pairs(
    samples: &[Sample],
    metric: impl Fn(Sample, Sample) -> Result<f64>,
) -> Option<f64> {
    let pairs: Vec<f64> =
        samples.windows(2).filter_map(|pair| metric(pair[0], pair[1]).ok()).map(f64::abs).collect();
    (!pairs.is_empty()).then(|| compensated_sum(pairs.iter().copied()) / float(pairs.len()))
}

/// The sum by Neumaier: what rounding takes away is added up beside it.
pub(crate) fn compensated_sum(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for number in numbers {
        let next = sum + number;
        lost +=
            if sum.abs() >= number.abs() { (sum - next) + number } else { (number - next) + sum };
        sum = next;
    }
    if lost.is_finite() { sum + lost } else { sum }
}

/// The median; none of nothing.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length.is_multiple_of(2) => {
            Some(f64::midpoint(sorted[middle - 1], sorted[middle]))
        }
        _ => Some(sorted[middle]),
    }
}

/// The scatter that the median of absolute deviations stands for in a normal distribution.
pub(crate) fn mad(numbers: &[f64]) -> Option<f64> {
    let middle = median(numbers)?;
    let deviations: Vec<f64> = numbers.iter().map(|number| (number - middle).abs()).collect();
    median(&deviations).map(|deviation| 1.4826 * deviation)
}

/// The number at which half of the weight lies on either side; between two numbers where they share it.
pub(crate) fn weighted_median(weighted: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = weighted.to_vec();
    sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let half = compensated_sum(sorted.iter().map(|(_, weight)| *weight)) / 2.0;
    let mut before = 0.0;
    for (index, (number, weight)) in sorted.iter().enumerate() {
        before += weight;
        if before > half {
            return Some(*number);
        }
        #[expect(clippy::float_cmp, reason = "exactly half: the median lies between two numbers")]
        if before == half {
            let next = sorted.get(index + 1).map_or(*number, |(next, _)| *next);
            return Some(f64::midpoint(*number, next));
        }
    }
    sorted.last().map(|(number, _)| *number)
}

#[expect(clippy::cast_precision_loss, reason = "no light curve has 2^53 points")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn golden() -> [Sample; 4] {
        [(10.0, 1.0), (12.0, 1.0), (11.0, 2.0), (15.0, 1.0)].map(|(f, e)| Sample::new(f, e))
    }

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance * b.abs()
    }

    #[test]
    fn golden_values() {
        let metrics = Metrics::of(&golden());
        assert!(close(metrics.eta, 170.0 / 39.0, 1e-14), "{}", metrics.eta);
        assert!(close(metrics.weighted_mean, 159.0 / 13.0, 1e-14));
        assert!(close(metrics.chi2_nu.unwrap(), 53.0 / 12.0, 1e-14));
        assert!(close(metrics.std, 3.5_f64.sqrt(), 1e-14));
        assert!(close(metrics.v, 0.155_902_391, 1e-8));
        assert!(close(metrics.sigma_deviation, 1.603_567, 1e-6));
        assert!(close(
            vs(Sample::new(10.0, 1.0), Sample::new(15.0, 1.0)).unwrap(),
            -3.535_534,
            1e-6
        ));
        assert!(close(m(Sample::new(10.0, 1.0), Sample::new(15.0, 1.0)).unwrap(), -0.4, 1e-14));
    }

    #[test]
    fn no_flare_deviates_further_than_the_points_allow() {
        for (points, most) in [(25, 4.898_979), (26, 5.0), (27, 5.099_020)] {
            let mut samples = vec![Sample::new(1.0, 0.1); points];
            samples[7].flux = 1e6;
            let deviation = sigma_deviation(&samples).unwrap();
            assert!(close(deviation, most, 1e-6), "{points}: {deviation}");
        }
    }

    #[test]
    fn few_points() {
        assert!(sigma_deviation(&[]).is_err());
        assert!(sigma_deviation(&[Sample::new(f64::NAN, 1.0)]).is_err());
        let one = [Sample::new(3.0, 1.0)];
        assert_eq!((eta(&one), v(&one), chi2_nu(&one)), (0.0, 0.0, None));
        assert!(sigma_deviation(&one).unwrap().abs() < f64::EPSILON);
        assert_eq!((eta(&[]), v(&[]), chi2_nu(&[])), (0.0, 0.0, None));
        assert_eq!((vs_mean(&one), m_mean(&one)), (None, None));
        let still = [Sample::new(0.1, 1.0); 3];
        assert_eq!(Metrics::of(&still).std.to_bits(), 0.0_f64.to_bits());
        assert!(sigma_deviation(&still).unwrap().abs() < f64::EPSILON);
        let cancelling = [Sample::new(-1.0, 1.0), Sample::new(1.0, 1.0)];
        assert!(v(&cancelling).abs() < f64::EPSILON);
        assert!(m(cancelling[0], cancelling[1]).is_err());
    }

    #[test]
    fn points_without_an_error_have_no_weight() {
        let mut samples = golden().to_vec();
        samples.push(Sample { flux: 12.0, error: None });
        samples.push(Sample { flux: f64::INFINITY, error: Some(1.0) });
        let metrics = Metrics::of(&samples);
        assert_eq!((metrics.points, metrics.weighted_points), (5, 4));
        assert_eq!(metrics.chi2_nu, None);
        assert!(close(metrics.eta, 170.0 / 39.0, 1e-14));
        assert!(vs(samples[0], samples[4]).is_err());
        assert!(vs(samples[0], Sample::new(1.0, 0.0)).is_err());
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(weighted_median(&[(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)]), Some(2.0));
        assert_eq!(weighted_median(&[(1.0, 1.0), (2.0, 1.0)]), Some(1.5));
        assert_eq!(weighted_median(&[(1.0, 1.0), (2.0, 5.0), (3.0, 1.0)]), Some(2.0));
        assert_eq!(weighted_median(&[]), None);
    }

    proptest! {
        #[test]
        fn eta_is_that_of_both_definitions(
            points in proptest::collection::vec((0.5..2.0_f64, 0.1..1.0_f64), 2..60),
        ) {
            let samples: Vec<_> = points.iter().map(|(f, e)| Sample::new(*f, *e)).collect();
            let count = float(points.len());
            let mean = |term: fn(f64, f64) -> f64| {
                points.iter().map(|(f, e)| term(*f, e.powi(-2))).sum::<f64>() / count
            };
            let (wff, wf, w) = (mean(|f, w| w * f * f), mean(|f, w| w * f), mean(|_, w| w));
            let by_means = count / (count - 1.0) * (wff - wf * wf / w);
            prop_assert!((eta(&samples) - by_means).abs() <= 1e-9 * by_means.abs().max(1.0));
        }

        #[test]
        fn a_unit_changes_no_metric(
            points in proptest::collection::vec((0.5..2.0_f64, 0.1..1.0_f64), 2..60),
        ) {
            let jy: Vec<_> = points.iter().map(|(f, e)| Sample::new(*f, *e)).collect();
            let mjy: Vec<_> = points.iter().map(|(f, e)| Sample::new(f * 1e3, e * 1e3)).collect();
            let (jy, mjy) = (Metrics::of(&jy), Metrics::of(&mjy));
            prop_assert!((jy.eta - mjy.eta).abs() <= 1e-11 * jy.eta.max(1e-3));
            prop_assert!((jy.v - mjy.v).abs() <= 1e-11 * jy.v.max(1e-3));
        }
    }
}
