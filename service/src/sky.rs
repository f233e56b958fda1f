//! Cones on the sky: a rectangle that an index can find, and the exact distance.

use crate::{Error, Result};

/// Rows stand at ten-millionths of a degree.
const GRID: f64 = 1e7;
/// A full turn, degrees.
const TURN: f64 = 360.0;

/// The sky within a radius of a direction; all in degrees, ICRS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Cone {
    ra: f64,
    dec: f64,
    radius: f64,
}

impl Cone {
    /// The cone, its radius being at most `max_radius`.
    ///
    /// # Errors
    /// `ra`, `dec` or the argument named `radius_argument` is out of range.
    pub(crate) fn new(
        ra: f64,
        dec: f64,
        radius: f64,
        max_radius: f64,
        radius_argument: &str,
    ) -> Result<Self> {
        if !(0.0..=TURN).contains(&ra) {
            return Err(Error::invalid("ra", format!("{ra}° is not in [0, 360]")));
        }
        if !(-90.0..=90.0).contains(&dec) {
            return Err(Error::invalid("dec", format!("{dec}° is not in [-90, 90]")));
        }
        if !(radius > 0.0 && radius <= max_radius) {
            let message = format!("a radius of {radius}° is not above 0 and at most {max_radius}");
            return Err(Error::invalid(radius_argument, message));
        }
        Ok(Self { ra, dec, radius })
    }

    /// The declinations it meets, widened to the grid.
    pub(crate) fn dec_band(&self) -> (f64, f64) {
        (below(self.dec - self.radius).max(-90.0), above(self.dec + self.radius).min(90.0))
    }

    /// The right ascensions it meets, widened to the grid: one range, two across 0h; none stands for all,
    /// as around a pole.
    pub(crate) fn ra_ranges(&self) -> Vec<(f64, f64)> {
        if self.dec.abs() + self.radius >= 90.0 {
            return Vec::new();
        }
        let sine = self.radius.to_radians().sin() / self.dec.to_radians().cos();
        let half = sine.min(1.0).asin().to_degrees();
        let (first, last) = (below(self.ra - half), above(self.ra + half));
        if last - first >= TURN {
            Vec::new()
        } else if first < 0.0 {
            vec![(first + TURN, TURN), (0.0, last)]
        } else if last >= TURN {
            vec![(first, TURN), (0.0, last - TURN)]
        } else {
            vec![(first, last)]
        }
    }

    /// The distance of a position from the centre, degrees, where the cone holds it.
    pub(crate) fn separation_within(&self, ra: f64, dec: f64) -> Option<f64> {
        Some(separation(self.ra, self.dec, ra, dec)).filter(|distance| *distance <= self.radius)
    }
}

/// The great-circle distance of two positions, degrees.
pub(crate) fn separation(ra1: f64, dec1: f64, ra2: f64, dec2: f64) -> f64 {
    let (dec1, dec2) = (dec1.to_radians(), dec2.to_radians());
    let half_ra = (ra2 - ra1).to_radians() / 2.0;
    let half_dec = (dec2 - dec1) / 2.0;
    let haversine = half_dec.sin().powi(2) + dec1.cos() * dec2.cos() * half_ra.sin().powi(2);
    2.0 * haversine.sqrt().min(1.0).asin().to_degrees()
}

fn below(degrees: f64) -> f64 {
    ((degrees * GRID).floor() - 1.0) / GRID
}

fn above(degrees: f64) -> f64 {
    ((degrees * GRID).ceil() + 1.0) / GRID
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_degree_of_right_ascension_shrinks_towards_the_pole() {
        assert!((separation(10.0, 60.0, 11.0, 60.0) - 0.499_995).abs() < 1e-5);
        assert!((separation(359.5, 0.0, 0.5, 0.0) - 1.0).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_rectangle_misses_nothing_of_the_cone(
            ra in 0.0..360.0_f64,
            dec in -90.0..=90.0_f64,
            radius in 0.001..180.0_f64,
            east in -180.0..180.0_f64,
            north in -180.0..180.0_f64,
            share in 0.0..1.0_f64,
        ) {
            let cone = Cone::new(ra, dec, radius, 180.0, "radius").unwrap();
            let near = (ra + east * share * radius / 180.0).rem_euclid(360.0);
            let (other_ra, other_dec) = (near, (dec + north * radius / 180.0).clamp(-90.0, 90.0));
            if cone.separation_within(other_ra, other_dec).is_some() {
                let (south, north) = cone.dec_band();
                prop_assert!((south..=north).contains(&other_dec));
                let ranges = cone.ra_ranges();
                let within = |&(first, last): &(f64, f64)| (first..=last).contains(&other_ra);
                prop_assert!(ranges.is_empty() || ranges.iter().any(within));
            }
        }
    }
}
