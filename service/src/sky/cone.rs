//! Cones.

use super::{
    haversine::{distance, half_sine_squared, haversine},
    parse_position,
};
use crate::{Error, Result};

/// A full turn, degrees.
const TURN: f64 = 360.0;
/// The radius that holds the whole sky, degrees.
pub(crate) const WHOLE_SKY: f64 = 180.0;
/// What the rectangle around a cone is wider than the cone, degrees: the rounding of its own arithmetic, and
/// that of positions kept to ten-millionths of a degree.
const MARGIN: f64 = 2e-7;

/// The sky within a radius of a direction, its edge included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cone {
    ra: f64,
    dec: f64,
    radius: f64,
}

impl Cone {
    /// The cone around a direction; all in degrees. Any right ascension will do, also a negative one.
    ///
    /// # Errors
    /// `ra_deg`, `dec_deg` or `radius_deg` is out of range.
    pub fn new(ra_deg: f64, dec_deg: f64, radius_deg: f64) -> Result<Self> {
        if !ra_deg.is_finite() {
            return Err(Error::invalid("ra_deg", format!("{ra_deg}° is no right ascension")));
        }
        if !(-90.0..=90.0).contains(&dec_deg) {
            return Err(Error::invalid("dec_deg", format!("{dec_deg}° is not in [-90, 90]")));
        }
        check_radius("radius_deg", radius_deg, WHOLE_SKY)?;
        // What is negative and tiny comes to a whole turn.
        let ra = ra_deg.rem_euclid(TURN) % TURN;
        Ok(Self { ra, dec: dec_deg, radius: radius_deg })
    }

    /// The cone around a position as people write it; see [`parse_position`].
    ///
    /// # Errors
    /// `position` cannot be read, or `radius_deg` is out of range.
    pub fn around(position: &str, radius_deg: f64) -> Result<Self> {
        let (ra, dec) = parse_position(position)?;
        Self::new(ra, dec, radius_deg)
    }

    /// Right ascension of the centre, degrees, from 0 up to 360.
    pub fn ra_deg(&self) -> f64 {
        self.ra
    }

    /// Declination of the centre, degrees.
    pub fn dec_deg(&self) -> f64 {
        self.dec
    }

    /// Radius, degrees, above 0 and at most 180.
    pub fn radius_deg(&self) -> f64 {
        self.radius
    }

    /// The distance of a position from the centre, degrees, where the cone holds it.
    pub fn separation_within(&self, ra_deg: f64, dec_deg: f64) -> Option<f64> {
        self.haversine_within(ra_deg, dec_deg).map(distance)
    }

    /// Whether the cone holds a position.
    pub fn contains(&self, ra_deg: f64, dec_deg: f64) -> bool {
        self.separation_within(ra_deg, dec_deg).is_some()
    }

    /// The declinations it meets, from south to north, a little widened.
    pub fn dec_band(&self) -> (f64, f64) {
        let reach = self.radius + MARGIN;
        ((self.dec - reach).max(-90.0), (self.dec + reach).min(90.0))
    }

    /// The right ascensions it meets, a little widened: one range from west to east, two across 0h; none
    /// stands for all, as around a pole.
    pub fn ra_ranges(&self) -> Vec<(f64, f64)> {
        let reach = self.radius + MARGIN;
        if self.dec.abs() + reach >= 90.0 {
            return Vec::new();
        }
        let sine = reach.to_radians().sin() / self.dec.to_radians().cos();
        let half = sine.min(1.0).asin().to_degrees() + MARGIN;
        let (first, last) = (self.ra - half, self.ra + half);
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

    /// The haversine of a position's distance from the centre, where the cone holds it.
    pub(super) fn haversine_within(&self, ra_deg: f64, dec_deg: f64) -> Option<f64> {
        let haversine = haversine(self.ra, self.dec, ra_deg, dec_deg);
        (self.is_whole_sky() || haversine <= self.haversine()).then_some(haversine)
    }

    /// The cone around the same centre with a part of the radius.
    pub(super) fn narrowed(self, part: f64) -> Self {
        Self { radius: self.radius * part, ..self }
    }

    /// The haversine of the radius.
    pub(crate) fn haversine(&self) -> f64 {
        half_sine_squared(self.radius)
    }

    /// Whether it leaves nothing out.
    pub(crate) fn is_whole_sky(&self) -> bool {
        self.radius >= WHOLE_SKY
    }
}

/// Refuses a radius that is not above 0 or is above `most` degrees.
pub(crate) fn check_radius(argument: &str, radius_deg: f64, most: f64) -> Result<()> {
    if radius_deg > 0.0 && radius_deg <= most {
        return Ok(());
    }
    let message = format!("a radius of {radius_deg}° is not above 0 and at most {most}");
    Err(Error::invalid(argument, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cone_is_around_its_centre_wherever_that_is_counted_from() {
        let cone = Cone::new(-10.0, 20.0, 1.0).unwrap();
        assert_eq!(cone, Cone::new(350.0, 20.0, 1.0).unwrap());
        assert_eq!(cone, Cone::new(710.0, 20.0, 1.0).unwrap());
        assert!(cone.contains(350.0, 21.0) && !cone.contains(350.0, 21.000_001));
        assert!(Cone::new(-1e-20, 0.0, 1.0).unwrap().ra_deg() < 360.0);
        assert!(Cone::new(0.0, 0.0, 180.0).unwrap().contains(180.0, 0.0));
        for (ra, dec, radius, argument) in [
            (f64::NAN, 0.0, 1.0, "ra_deg: "),
            (0.0, 90.1, 1.0, "dec_deg: "),
            (0.0, 0.0, 0.0, "radius_deg: "),
            (0.0, 0.0, 180.1, "radius_deg: "),
        ] {
            let refused = Cone::new(ra, dec, radius).unwrap_err();
            assert!(refused.to_string().starts_with(argument), "{refused}");
        }
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
            let cone = Cone::new(ra, dec, radius).unwrap();
            let near = (ra + east * share * radius / 180.0).rem_euclid(360.0);
            let (other_ra, other_dec) = (near, (dec + north * radius / 180.0).clamp(-90.0, 90.0));
            if cone.contains(other_ra, other_dec) {
                let (south, north) = cone.dec_band();
                prop_assert!((south..=north).contains(&other_dec));
                let ranges = cone.ra_ranges();
                let within = |&(first, last): &(f64, f64)| (first..=last).contains(&other_ra);
                prop_assert!(ranges.is_empty() || ranges.iter().any(within));
            }
        }
    }
}
