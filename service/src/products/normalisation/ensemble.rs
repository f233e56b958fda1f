//! The correction that an ensemble of references stands for, free of any database.

use super::super::{
    LightCurve,
    variability::{Metrics, Sample, mad, median, weighted_median},
};

/// Epochs that a reference's baseline is made of.
const BASELINE_EPOCHS: usize = 10;
/// Epochs without which there is no baseline.
const LEAST_BASELINE: usize = 3;
/// References without which there is no correction.
const LEAST_REFERENCES: usize = 3;
/// Ratios further away than this from their median do not count, in their scatter.
const CLIP: f64 = 3.0;
/// How far back a reference has to be steady, days.
const STEADY_DAYS: f64 = 30.0;
/// Points without which nobody can say whether it is.
const STEADY_POINTS: usize = 5;
/// Above this reduced chi-square it is not.
const STEADY_CHI2_NU: f64 = 2.0;
/// Signal-to-noise flags and the like do not matter here; what a person excluded does.
const EXCLUDED: i32 = 32;

/// The light curve of a reference, mJy, and what it was measured at on the image.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReferenceCurve {
    /// The reference.
    pub source_id: String,
    /// Its epochs, MJD, the earliest first, and flux densities, that on the image among them.
    pub points: Vec<(f64, Sample)>,
    /// Those of other images.
    pub elsewhere: Vec<(f64, Sample)>,
    /// Its flux density on the image.
    pub on_image: Option<Sample>,
}

impl ReferenceCurve {
    /// The reference of a light curve.
    pub(super) fn of(curve: &LightCurve, image_path: &str) -> Self {
        let used = || (0..curve.len()).filter(|index| curve.flags[*index] & EXCLUDED == 0);
        let sample =
            |index: usize| Sample { flux: curve.flux_mjy[index], error: curve.error_mjy[index] };
        let point = |index: usize| (curve.mjd[index], sample(index));
        let is_on_image = |index: &usize| curve.image_path[*index] == image_path;
        Self {
            source_id: curve.source_id.clone(),
            points: used().map(point).collect(),
            elsewhere: used().filter(|index| !is_on_image(index)).map(point).collect(),
            on_image: used().find(is_on_image).map(sample),
        }
    }

    /// The median of its first epochs, and their scatter.
    fn baseline(&self) -> Option<(f64, f64)> {
        let fluxes: Vec<f64> =
            self.points.iter().take(BASELINE_EPOCHS).map(|(_, sample)| sample.flux).collect();
        if fluxes.len() < LEAST_BASELINE {
            return None;
        }
        Some((median(&fluxes)?, mad(&fluxes)?))
    }

    /// Whether it changed in the time before the image. What the image itself says does not count: a flux
    /// scale that is off would make every reference unsteady.
    fn is_unsteady(&self, mjd: f64) -> bool {
        let recent: Vec<Sample> = self
            .elsewhere
            .iter()
            .filter(|(epoch, _)| (mjd - STEADY_DAYS..=mjd).contains(epoch))
            .map(|(_, sample)| *sample)
            .collect();
        recent.len() >= STEADY_POINTS
            && Metrics::of(&recent).chi2_nu.is_some_and(|chi2_nu| chi2_nu > STEADY_CHI2_NU)
    }
}

/// Why a reference does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// It was not measured on the image.
    NotMeasured,
    /// It has too few epochs for a baseline, or one that is not above zero.
    NoBaseline,
    /// It changed in the 30 days before the image.
    Unsteady,
    /// What it says lies too far from what the others say.
    Clipped,
}

/// What became of a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceVerdict {
    /// The reference.
    pub source_id: String,
    /// Its flux density on the image over that of its baseline.
    pub ratio: Option<f64>,
    /// Why it does not count; none where it does.
    pub dropped: Option<DropReason>,
}

/// What the flux densities of an image are divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Correction {
    /// The factor.
    pub factor: f64,
    /// Its uncertainty.
    pub error: f64,
    /// Number of references that it is made of.
    pub references: usize,
}

impl Correction {
    /// A flux density, corrected; the relative uncertainties add in quadrature.
    pub fn apply(&self, sample: Sample) -> Option<Sample> {
        let flux = sample.flux / self.factor;
        let relative = self.error / self.factor;
        // As absolute uncertainties, which a flux density of zero has too.
        let error = sample.error.map(|error| (error / self.factor).hypot(flux * relative));
        flux.is_finite().then_some(Sample { flux, error })
    }
}

/// The weighted median of what the references say, without those that lie more than three times the scatter
/// away; none with fewer than three. And what became of each.
pub fn correction(
    references: &[ReferenceCurve],
    mjd: f64,
) -> (Option<Correction>, Vec<ReferenceVerdict>) {
    let mut verdicts = Vec::with_capacity(references.len());
    let mut ratios: Vec<(usize, f64, f64)> = Vec::new();
    for (index, reference) in references.iter().enumerate() {
        let judged = ratio(reference, mjd);
        if let Ok((ratio, error)) = judged {
            ratios.push((index, ratio, error));
        }
        verdicts.push(ReferenceVerdict {
            source_id: reference.source_id.clone(),
            ratio: judged.ok().map(|(ratio, _)| ratio),
            dropped: judged.err(),
        });
    }
    let kept = clipped(ratios, &mut verdicts);
    if kept.len() < LEAST_REFERENCES {
        return (None, verdicts);
    }
    let values: Vec<f64> = kept.iter().map(|(_, ratio, _)| *ratio).collect();
    let has_weights = kept.iter().all(|(_, _, error)| error.is_finite() && *error > 0.0);
    let weight = |error: f64| if has_weights { error.powi(-2) } else { 1.0 };
    let weighted: Vec<(f64, f64)> =
        kept.iter().map(|(_, ratio, error)| (*ratio, weight(*error))).collect();
    let correction = weighted_median(&weighted).zip(mad(&values)).map(|(factor, scatter)| {
        #[expect(clippy::cast_precision_loss, reason = "there are at most a few references")]
        let count = kept.len() as f64;
        Correction { factor, error: scatter / count.sqrt(), references: kept.len() }
    });
    (correction.filter(|correction| correction.factor > 0.0), verdicts)
}

/// What a reference says, and how surely; or why it says nothing.
fn ratio(reference: &ReferenceCurve, mjd: f64) -> Result<(f64, f64), DropReason> {
    let measured = reference.on_image.ok_or(DropReason::NotMeasured)?;
    let baseline = reference.baseline().filter(|(baseline, _)| *baseline > 0.0);
    let (baseline, scatter) = baseline.ok_or(DropReason::NoBaseline)?;
    if reference.is_unsteady(mjd) {
        return Err(DropReason::Unsteady);
    }
    let ratio = measured.flux / baseline;
    let error = measured.usable_error().unwrap_or(0.0).hypot(ratio * scatter) / baseline;
    Ok((ratio, error))
}

/// The ratios that remain when those too far from the median of the remaining are left out, again and again.
fn clipped(
    mut ratios: Vec<(usize, f64, f64)>,
    verdicts: &mut [ReferenceVerdict],
) -> Vec<(usize, f64, f64)> {
    loop {
        let values: Vec<f64> = ratios.iter().map(|(_, ratio, _)| *ratio).collect();
        let (Some(middle), Some(scatter)) = (median(&values), mad(&values)) else { return ratios };
        let is_far = |ratio: f64| scatter > 0.0 && (ratio - middle).abs() > CLIP * scatter;
        let before = ratios.len();
        ratios.retain(|(index, ratio, _)| {
            let far = is_far(*ratio);
            if far {
                verdicts[*index].dropped = Some(DropReason::Clipped);
            }
            !far
        });
        if ratios.len() == before {
            return ratios;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(name: &str, baseline: f64, on_image: f64) -> ReferenceCurve {
        let wobble = [0.0, 0.001, -0.001, 0.002, -0.002];
        let points: Vec<(f64, Sample)> = wobble
            .iter()
            .zip(0..)
            .map(|(offset, day)| {
                let sample = Sample::new(baseline * (1.0 + offset), baseline * 0.01);
                (60_000.0 + f64::from(day), sample)
            })
            .collect();
        ReferenceCurve {
            source_id: name.to_owned(),
            elsewhere: points.clone(),
            points,
            on_image: Some(Sample::new(on_image, baseline * 0.01)),
        }
    }

    #[test]
    fn all_sources_brighter_by_a_tenth_is_the_instruments_doing() {
        let references = [
            reference("a", 100.0, 110.0),
            reference("b", 200.0, 220.2),
            reference("c", 50.0, 54.9),
            reference("d", 80.0, 160.0),
        ];
        let (correction, verdicts) = correction(&references, 60_010.0);
        let correction = correction.unwrap();
        assert!((correction.factor - 1.1).abs() < 2e-3, "{correction:?}");
        assert_eq!(correction.references, 3);
        assert_eq!(verdicts[3].dropped, Some(DropReason::Clipped));
        assert_eq!(verdicts[0].dropped, None);
        let corrected = correction.apply(Sample::new(11.0, 1.1)).unwrap();
        assert!((corrected.flux - 11.0 / correction.factor).abs() < 1e-12);
        let relative = corrected.error.unwrap() / corrected.flux;
        let expected = 0.1_f64.hypot(correction.error / correction.factor);
        assert!((relative - expected).abs() < 1e-12);
        let zero = correction.apply(Sample::new(0.0, 1.1)).unwrap();
        assert!((zero.error.unwrap() - 1.1 / correction.factor).abs() < 1e-12);
    }

    #[test]
    fn a_reference_is_measured_has_a_baseline_and_is_steady() {
        let good = reference("a", 100.0, 100.0);
        let absent = ReferenceCurve { on_image: None, ..good.clone() };
        let new = ReferenceCurve { points: good.points[..2].to_vec(), ..good.clone() };
        let mut flaring = good.clone();
        for (index, (_, sample)) in flaring.elsewhere.iter_mut().enumerate() {
            sample.flux *= if index % 2 == 0 { 1.1 } else { 0.9 };
        }
        let (none, verdicts) = correction(&[good.clone(), absent, new, flaring.clone()], 60_010.0);
        assert_eq!(none, None);
        let dropped: Vec<_> = verdicts.iter().map(|verdict| verdict.dropped).collect();
        assert_eq!(
            dropped,
            [
                None,
                Some(DropReason::NotMeasured),
                Some(DropReason::NoBaseline),
                Some(DropReason::Unsteady)
            ]
        );
        // A month later nobody minds.
        let (later, _) = correction(&[good.clone(), good, flaring], 60_040.0);
        assert_eq!(later.unwrap().references, 3);
    }
}
