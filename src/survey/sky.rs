//! The sky of the sample survey: strips that drift through the field of view, and the sources in them.

use std::{cmp::Ordering, collections::HashSet};

use super::{
    UnixTime,
    light::Nature,
    random::{Draw, Topic, stream},
    scaled,
};

/// Side of the field of view, degrees.
pub(super) const FIELD_DEG: f64 = 3.5;
/// Longitude and latitude of the Owens Valley Radio Observatory, degrees.
const OBSERVATORY_DEG: (f64, f64) = (-118.2834, 37.2339);
/// How far the sky turns in a second of time, degrees.
pub(super) const TURN_DEG_PER_S: f64 = 360.985_647_366_29 / 86_400.0;
/// A sidereal day, seconds.
pub(super) const SIDEREAL_DAY_S: f64 = 360.0 / TURN_DEG_PER_S;
/// Fluxes in the catalogue, mJy: the number of sources falls with the square of the flux.
const FLUX_RANGE_MJY: (f64, f64) = (10.0, 4_000.0);
/// Noise of NVSS, mJy/beam.
const NVSS_NOISE_MJY: f64 = 0.45;

/// Local sidereal time at the observatory, as an angle in degrees.
pub(super) fn sidereal_deg(at: UnixTime) -> f64 {
    let days = at.mjd() - 51_544.5;
    (280.460_618_37 + 360.985_647_366_29 * days + OBSERVATORY_DEG.0).rem_euclid(360.0)
}

/// Elevation and azimuth, degrees, of a declination on the meridian.
pub(super) fn meridian_deg(dec_deg: f64) -> (f64, f64) {
    let zenith_distance = dec_deg - OBSERVATORY_DEG.1;
    (90.0 - zenith_distance.abs(), if zenith_distance > 0.0 { 0.0 } else { 180.0 })
}

/// Angle between two positions, degrees.
pub(super) fn separation_deg((ra_a, dec_a): (f64, f64), (ra_b, dec_b): (f64, f64)) -> f64 {
    let half_ra = (ra_a - ra_b).to_radians() / 2.0;
    let half_dec = (dec_a - dec_b).to_radians() / 2.0;
    let cosines = dec_a.to_radians().cos() * dec_b.to_radians().cos();
    let haversine = half_dec.sin().powi(2) + cosines * half_ra.sin().powi(2);
    2.0 * haversine.sqrt().asin().to_degrees()
}

/// The designation `JHHMMSS.s+DDMMSS` of a position: cut off, not rounded, as catalogues do.
pub(super) fn designation(ra_deg: f64, dec_deg: f64) -> String {
    let (tenths, seconds) = ((ra_deg * 2400.0) as u32, (dec_deg.abs() * 3600.0) as u32);
    let sign = if dec_deg < 0.0 { '-' } else { '+' };
    format!(
        "J{:02}{:02}{:02}.{}{sign}{:02}{:02}{:02}",
        tenths / 36_000,
        tenths / 600 % 60,
        tenths / 10 % 60,
        tenths % 10,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// A strip of the sky: pointings side by side at one declination.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    /// Declination of the pointings, degrees.
    pub(super) dec_deg: f64,
    /// Right ascension of the first pointing, degrees.
    pub(super) first_ra_deg: f64,
    /// From one pointing to the next, degrees of right ascension.
    pub(super) step_deg: f64,
    /// Number of pointings.
    pub(super) pointings: usize,
}

impl Strip {
    /// Half a field of view, in degrees of right ascension.
    fn half_field_deg(&self) -> f64 {
        FIELD_DEG / 2.0 / self.dec_deg.to_radians().cos()
    }

    /// Extent in right ascension, degrees.
    fn width_deg(&self) -> f64 {
        self.step_deg * (self.pointings - 1) as f64 + 2.0 * self.half_field_deg()
    }

    /// Area, square degrees.
    pub(super) fn area(&self) -> f64 {
        FIELD_DEG * self.width_deg() * self.dec_deg.to_radians().cos()
    }

    /// Centre of a pointing, degrees.
    pub(super) fn centre(&self, pointing: usize) -> (f64, f64) {
        let ra = self.first_ra_deg + self.step_deg * pointing as f64;
        (ra.rem_euclid(360.0), self.dec_deg)
    }
}

/// A source of the catalogue.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// NVSS designation.
    pub(super) name: String,
    /// Right ascension and declination, degrees.
    pub(super) position: (f64, f64),
    /// Flux density at 1.4 GHz in NVSS, mJy.
    pub(super) nvss_mjy: f64,
    /// Signal-to-noise ratio in NVSS.
    pub(super) nvss_snr: f64,
    /// Spectral index to VLASS; none without a counterpart.
    pub(super) alpha: Option<f64>,
    /// Major axis, minor axis (arcseconds) and position angle (degrees) in FIRST.
    pub(super) size: Option<(f64, f64, f64)>,
    /// Whether it has a neighbour that disturbs.
    pub(super) confused: bool,
    /// Mean flux density now over that in NVSS.
    pub(super) level: f64,
    /// How it changes.
    pub(super) nature: Nature,
}

impl Source {
    /// Whether FIRST resolves it.
    pub(super) fn resolved(&self) -> bool {
        self.size.is_some_and(|(major, minor, _)| major > 6.0 || minor > 6.0)
    }

    /// Flux density at an instant, mJy.
    pub(super) fn flux_mjy(&self, mjd: f64) -> f64 {
        self.nvss_mjy * self.level * self.nature.factor(mjd)
    }
}

/// The sources of all strips.
#[derive(Debug)]
pub(super) struct Sky {
    /// Strip by strip, by right ascension.
    pub(super) sources: Vec<Source>,
    /// Where each strip's sources are.
    ranges: Vec<std::ops::Range<usize>>,
}

impl Sky {
    /// About 2,000 sources for a scale of 1, and always so many that every field of view holds at
    /// least `per_field`.
    pub(super) fn new(seed: u64, scale: f64, strips: &[Strip], per_field: usize) -> Self {
        let area: f64 = strips.iter().map(Strip::area).sum();
        let needed = 1.03 * per_field as f64 / (FIELD_DEG * FIELD_DEG);
        let density = (scaled(2_000, scale, 1) as f64 / area).max(needed);
        let mut names = HashSet::new();
        let mut sky = Self { sources: Vec::new(), ranges: Vec::new() };
        for (index, strip) in strips.iter().enumerate() {
            let first = sky.sources.len();
            sky.populate(seed, index, strip, (density * strip.area()).ceil() as usize, &mut names);
            sky.ranges.push(first..sky.sources.len());
        }
        sky
    }

    /// Puts sources into a strip, evenly in right ascension so that no field is short of them.
    fn populate(
        &mut self,
        seed: u64,
        index: usize,
        strip: &Strip,
        count: usize,
        names: &mut HashSet<String>,
    ) {
        let mut random = stream(seed, Topic::Sources, index);
        let west = strip.first_ra_deg - strip.half_field_deg();
        let slot = strip.width_deg() / count as f64;
        for number in 0..count {
            loop {
                let ra = west + slot * (number as f64 + random.between(0.0, 1.0));
                let dec = strip.dec_deg + FIELD_DEG * random.between(-0.5, 0.5);
                let position = (ra.rem_euclid(360.0), dec);
                let name = format!("NVSS {}", designation(position.0, position.1));
                if names.insert(name.clone()) {
                    self.sources.push(source(&mut random, name, position));
                    break;
                }
            }
        }
    }

    /// The `count` sources nearest to the centre of a pointing, with their distances in degrees.
    pub(super) fn field(
        &self,
        strip: usize,
        centre: (f64, f64),
        count: usize,
    ) -> Vec<(usize, f64)> {
        let mut found: Vec<_> = self.ranges[strip]
            .clone()
            .map(|index| (index, self.sources[index].position))
            .filter(|(_, position)| offset_deg(*position, centre).abs() <= FIELD_DEG / 2.0)
            .map(|(index, position)| (index, separation_deg(position, centre)))
            .collect();
        found.sort_by(|(_, a), (_, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal));
        found.truncate(count);
        found
    }

    /// Where the sources of a strip are in [`sources`](Self::sources).
    pub(super) fn strip(&self, strip: usize) -> std::ops::Range<usize> {
        self.ranges[strip].clone()
    }
}

/// How far east of `centre` a position is, degrees on the sky.
pub(super) fn offset_deg(position: (f64, f64), centre: (f64, f64)) -> f64 {
    let difference = (position.0 - centre.0 + 180.0).rem_euclid(360.0) - 180.0;
    difference * centre.1.to_radians().cos()
}

fn source(random: &mut impl Draw, name: String, position: (f64, f64)) -> Source {
    let (least, most) = FLUX_RANGE_MJY;
    let nvss_mjy = 1.0 / (1.0 / least - random.between(0.0, 1.0) * (1.0 / least - 1.0 / most));
    let noise =
        random.around(NVSS_NOISE_MJY, 0.25) * if random.random_bool(0.04) { 5.0 } else { 1.0 };
    let alpha = random.normal(-0.75, 0.3);
    let major =
        if random.random_bool(0.12) { random.around(9.0, 0.3) } else { random.between(0.5, 5.5) };
    let size = (major, major * random.between(0.4, 1.0), random.between(0.0, 180.0));
    Source {
        name,
        position,
        nvss_mjy,
        nvss_snr: nvss_mjy / noise,
        alpha: random.random_bool(0.92).then_some(alpha),
        size: random.random_bool(0.85).then_some(size),
        confused: random.random_bool(0.05),
        level: random.around(1.0, 0.04),
        nature: Nature::Steady,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_designation_is_cut_off() {
        assert_eq!(designation(188.736_249_9, 42.053_6), "J123456.6+420312");
        assert_eq!(designation(0.0, -0.001), "J000000.0-000003");
    }

    #[test]
    fn sidereal_time_is_that_of_the_observatory() {
        // Greenwich's was 18h 41m 50.548s at noon of the first day of 2000.
        let at = UnixTime(946_728_000.0);
        assert!((sidereal_deg(at) - (280.460_62 - 118.283_4)).abs() < 1e-4);
        let later = UnixTime(at.0 + SIDEREAL_DAY_S);
        assert!(offset_deg((sidereal_deg(later), 0.0), (sidereal_deg(at), 0.0)).abs() < 1e-4);
    }

    #[test]
    fn the_pole_is_as_far_as_its_declination_says() {
        assert!((separation_deg((10.0, 89.0), (190.0, 89.0)) - 2.0).abs() < 1e-9);
        assert!((separation_deg((359.5, 0.0), (0.5, 0.0)) - 1.0).abs() < 1e-9);
    }
}
