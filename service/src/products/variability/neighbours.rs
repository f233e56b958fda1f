//! A source against its neighbours: what all of them do is the instrument's doing, and not the source's.

use super::metrics::{Sample, compensated_sum, weighted_median};

/// Neighbours are no further away than this, degrees.
const REACH_DEG: f64 = 0.5;
/// Neighbours' flux densities over the target's.
const LEAST_RATIO: f64 = 0.1;
const GREATEST_RATIO: f64 = 10.0;
/// Neighbours scatter less than this, by η.
const STEADY_ETA: f64 = 1.5;
/// Neighbours have at least so many epochs.
const LEAST_EPOCHS: usize = 10;
/// A median of fewer neighbours is no better than their mean.
const ROBUST_FROM: usize = 3;

/// A source that a target might be compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Distance from the target, degrees.
    pub separation_deg: f64,
    /// Mean flux density over that of the target.
    pub flux_ratio: f64,
    /// Its η.
    pub eta: f64,
    /// Number of its epochs.
    pub epochs: usize,
}

/// Whether a neighbour is near, alike and steady enough to be compared with.
pub fn is_stable(neighbour: &Neighbour) -> bool {
    neighbour.separation_deg <= REACH_DEG
        && (LEAST_RATIO..=GREATEST_RATIO).contains(&neighbour.flux_ratio)
        && neighbour.eta < STEADY_ETA
        && neighbour.epochs >= LEAST_EPOCHS
}

/// The flux density of neighbours together at one epoch: the mean weighted by the inverse variance, or where
/// `robust` and three or more of them are valid the weighted median. Not a number where none is.
pub fn ensemble_flux(neighbours: &[Sample], robust: bool) -> f64 {
    let weighted: Vec<(f64, f64)> = neighbours
        .iter()
        .filter(|sample| sample.flux.is_finite())
        .filter_map(|sample| Some((sample.flux, sample.usable_error()?.powi(-2))))
        .collect();
    if robust && weighted.len() >= ROBUST_FROM {
        return weighted_median(&weighted).unwrap_or(f64::NAN);
    }
    let weight = compensated_sum(weighted.iter().map(|(_, weight)| *weight));
    compensated_sum(weighted.iter().map(|(flux, weight)| flux * weight)) / weight
}

/// The flux density of a target over that of its neighbours together at one epoch; not a number where no
/// neighbour is valid.
pub fn relative_flux(target: f64, neighbours: &[Sample], robust: bool) -> f64 {
    target / ensemble_flux(neighbours, robust)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ensemble_is_a_mean_or_a_median() {
        let three = [Sample::new(1.0, 1.0), Sample::new(2.0, 1.0), Sample::new(9.0, 1.0)];
        assert!((ensemble_flux(&three, false) - 4.0).abs() < 1e-12);
        assert!((ensemble_flux(&three, true) - 2.0).abs() < 1e-12);
        assert!((ensemble_flux(&three[..2], true) - 1.5).abs() < 1e-12);
        assert!((relative_flux(8.0, &three, false) - 2.0).abs() < 1e-12);
        let invalid = [Sample { flux: 1.0, error: None }, Sample::new(f64::NAN, 1.0)];
        assert!(relative_flux(8.0, &invalid, true).is_nan());
        assert!(relative_flux(8.0, &[], false).is_nan());
    }

    #[test]
    fn stable_neighbours_meet_every_bound() {
        let good = Neighbour { separation_deg: 0.5, flux_ratio: 0.1, eta: 1.49, epochs: 10 };
        assert!(is_stable(&good));
        assert!(!is_stable(&Neighbour { separation_deg: 0.51, ..good }));
        assert!(!is_stable(&Neighbour { flux_ratio: 0.09, ..good }));
        assert!(!is_stable(&Neighbour { flux_ratio: 10.1, ..good }));
        assert!(!is_stable(&Neighbour { eta: 1.5, ..good }));
        assert!(!is_stable(&Neighbour { epochs: 9, ..good }));
    }
}
