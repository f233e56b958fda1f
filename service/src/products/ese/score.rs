//! Thresholds, and one number out of three metrics.

use almanac_entity::products::variability_stat;

use crate::{Error, Result};

/// Deviations and chi-squares count up to this in a score, and η up to half of it.
const SIGMA_CLIP: f64 = 10.0;
const CHI2_CLIP: f64 = 10.0;
const ETA_CLIP: f64 = 5.0;
/// The greatest score.
const FULL_SCORE: f64 = 10.0;
/// From this score on the confidence is high.
const HIGH: f64 = 7.0;
/// From this score on the confidence is medium.
const MEDIUM: f64 = 4.0;

/// How strict a detection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// 5 standard deviations, or a reduced chi-square of 4.
    Conservative,
    /// 3.5 standard deviations, or a reduced chi-square of 2.5.
    Moderate,
    /// 2.5 standard deviations, or a reduced chi-square of 1.5.
    Sensitive,
}

/// What a source has to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Deviation from the mean, standard deviations.
    pub sigma: f64,
    /// Reduced chi-square, which qualifies a source by itself; none where only the deviation counts.
    pub chi2_nu: Option<f64>,
    /// η, which no source qualifies by; it is what the preset calls variable.
    pub eta: Option<f64>,
}

impl Preset {
    /// All of them, the strictest first.
    pub const ALL: [Self; 3] = [Self::Conservative, Self::Moderate, Self::Sensitive];

    /// Its word, such as `moderate`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conservative => "conservative",
            Self::Moderate => "moderate",
            Self::Sensitive => "sensitive",
        }
    }

    /// Its thresholds.
    pub fn thresholds(self) -> Thresholds {
        let (sigma, chi2_nu, eta) = match self {
            Self::Conservative => (5.0, 4.0, 3.0),
            Self::Moderate => (3.5, 2.5, 2.0),
            Self::Sensitive => (2.5, 1.5, 1.0),
        };
        Thresholds { sigma, chi2_nu: Some(chi2_nu), eta: Some(eta) }
    }
}

impl std::str::FromStr for Preset {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let mut presets = Self::ALL.into_iter();
        presets.find(|preset| preset.as_str() == word).ok_or_else(|| {
            let words = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("preset", format!("{word:?} is none of {words}"))
        })
    }
}

impl std::fmt::Display for Preset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Thresholds {
    /// Whether a source of these metrics is a candidate.
    pub fn qualify(&self, sigma: Option<f64>, chi2_nu: Option<f64>) -> bool {
        sigma.is_some_and(|sigma| sigma >= self.sigma)
            || self.chi2_nu.zip(chi2_nu).is_some_and(|(least, chi2_nu)| chi2_nu >= least)
    }

    /// Whether it is above, and not only at, a threshold.
    pub(super) fn exceeded(&self, sigma: Option<f64>, chi2_nu: Option<f64>) -> bool {
        sigma.is_some_and(|sigma| sigma > self.sigma)
            || self.chi2_nu.zip(chi2_nu).is_some_and(|(least, chi2_nu)| chi2_nu > least)
    }
}

/// How much each metric counts in a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Of the deviation from the mean.
    pub sigma: f64,
    /// Of the reduced chi-square.
    pub chi2_nu: f64,
    /// Of η.
    pub eta: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { sigma: 0.5, chi2_nu: 0.3, eta: 0.2 }
    }
}

impl Weights {
    /// Checks that they weigh something.
    ///
    /// # Errors
    /// One is negative or no finite number, or all are zero.
    pub fn check(&self) -> Result<()> {
        let weights = [self.sigma, self.chi2_nu, self.eta];
        if weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return Err(Error::invalid("weights", "a weight is a finite number and not negative"));
        }
        if weights.iter().sum::<f64>() <= 0.0 {
            return Err(Error::invalid("weights", "at least one weight is above zero"));
        }
        Ok(())
    }
}

/// How far a score can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confidence {
    /// A score of 7 or more.
    High,
    /// A score of 4 or more.
    Medium,
    /// A score below 4.
    Low,
}

/// How a deviation is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// More than 5 standard deviations.
    Red,
    /// From 3 to 5 standard deviations.
    Yellow,
    /// Less than 3 standard deviations.
    None,
}

impl Severity {
    /// The colour of a deviation, standard deviations.
    pub fn of(sigma: f64) -> Self {
        match sigma {
            _ if sigma > 5.0 => Self::Red,
            _ if sigma >= 3.0 => Self::Yellow,
            _ => Self::None,
        }
    }
}

/// A score from 0 to 10.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The score.
    pub value: f64,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

impl Score {
    /// The score of a source's statistics; none where it has none of the metrics.
    pub(super) fn of(statistics: &variability_stat::Model, weights: &Weights) -> Option<Self> {
        let variability_stat::Model { sigma_deviation, chi2_nu, eta_metric, .. } = statistics;
        composite_score(*sigma_deviation, *chi2_nu, *eta_metric, weights)
    }
}

/// The metrics put together: each is clipped and scaled from 0 to 1, and the weighted mean of those present
/// is scaled to 10. None where none is present that weighs anything.
pub fn composite_score(
    sigma: Option<f64>,
    chi2_nu: Option<f64>,
    eta: Option<f64>,
    weights: &Weights,
) -> Option<Score> {
    let metrics = [
        (sigma, SIGMA_CLIP, weights.sigma),
        (chi2_nu, CHI2_CLIP, weights.chi2_nu),
        (eta, ETA_CLIP, weights.eta),
    ];
    let (mut sum, mut weight_sum) = (0.0, 0.0);
    for (metric, clip, weight) in metrics {
        if let Some(metric) = metric.filter(|metric| !metric.is_nan()) {
            sum += weight * metric.clamp(0.0, clip) / clip;
            weight_sum += weight;
        }
    }
    (weight_sum > 0.0).then(|| {
        let value = FULL_SCORE * sum / weight_sum;
        let confidence = match value {
            _ if value >= HIGH => Confidence::High,
            _ if value >= MEDIUM => Confidence::Medium,
            _ => Confidence::Low,
        };
        Score { value, confidence }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_scores() {
        let score = |sigma, chi2, eta| composite_score(sigma, chi2, eta, &Weights::default());
        let all = score(Some(6.0), Some(4.0), Some(2.5)).unwrap();
        assert!((all.value - 5.2).abs() < 1e-12);
        assert_eq!(all.confidence, Confidence::Medium);
        let without_eta = score(Some(6.0), Some(4.0), None).unwrap();
        assert!((without_eta.value - 5.25).abs() < 1e-12);
        let clipped = score(Some(60.0), Some(1e9), Some(f64::INFINITY)).unwrap();
        assert!((clipped.value - 10.0).abs() < 1e-12);
        assert_eq!(clipped.confidence, Confidence::High);
        assert_eq!(score(Some(1.0), None, None).unwrap().confidence, Confidence::Low);
        assert_eq!(score(None, None, None), None);
    }

    #[test]
    fn weights_weigh_something() {
        assert!(Weights::default().check().is_ok());
        assert!(Weights { sigma: -1.0, ..Weights::default() }.check().is_err());
        assert!(Weights { sigma: 0.0, chi2_nu: 0.0, eta: 0.0 }.check().is_err());
        assert!(Weights { eta: f64::NAN, ..Weights::default() }.check().is_err());
    }

    #[test]
    fn either_threshold_qualifies() {
        let moderate = Preset::Moderate.thresholds();
        assert!(moderate.qualify(Some(3.5), None));
        assert!(moderate.qualify(Some(1.0), Some(2.5)));
        assert!(!moderate.qualify(Some(3.4), Some(2.4)));
        assert!(!moderate.qualify(None, None));
        assert!(!moderate.exceeded(Some(3.5), Some(2.5)));
        assert!("strict".parse::<Preset>().is_err());
        assert_eq!("sensitive".parse::<Preset>().unwrap(), Preset::Sensitive);
        assert_eq!(Severity::of(5.0), Severity::Yellow);
        assert_eq!(Severity::of(5.01), Severity::Red);
        assert_eq!(Severity::of(2.9), Severity::None);
    }
}
