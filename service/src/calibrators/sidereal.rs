//! The turning sky: sidereal time, precession, and when a direction crosses the meridian.

/// The Modified Julian Date of the epoch J2000.
const J2000_MJD: f64 = 51_544.5;
const DAYS_OF_A_CENTURY: f64 = 36_525.0;
const TURN: f64 = 360.0;
/// Degrees that the Earth turns in a day.
const TURN_PER_DAY: f64 = 360.985_647_366_29;
const ARCSEC_OF_A_DEGREE: f64 = 3_600.0;
/// Transits stand at millionths of a day, a tenth of a second, so that a transit computed twice is one.
const MJD_GRID: f64 = 1e6;

/// Mean sidereal time at Greenwich, degrees, counted on from J2000 without end. UTC stands for UT1, from
/// which it differs by less than a second.
pub(super) fn sidereal_deg(mjd: f64) -> f64 {
    let days = mjd - J2000_MJD;
    let centuries = days / DAYS_OF_A_CENTURY;
    280.460_618_37 + TURN_PER_DAY * days + 0.000_387_933 * centuries.powi(2)
        - centuries.powi(3) / 38_710_000.0
}

/// How far the sky turns in `days`, degrees.
pub(super) fn turned_deg(days: f64) -> f64 {
    TURN_PER_DAY * days
}

/// A position of J2000 as it is counted from the mean equinox of `mjd`, degrees.
pub(super) fn precess(ra_deg: f64, dec_deg: f64, mjd: f64) -> (f64, f64) {
    let centuries = (mjd - J2000_MJD) / DAYS_OF_A_CENTURY;
    let angle = |linear: f64, square: f64, cube: f64| {
        let arcsec = ((cube * centuries + square) * centuries + linear) * centuries;
        (arcsec / ARCSEC_OF_A_DEGREE).to_radians()
    };
    let zeta = angle(2_306.218_1, 0.301_88, 0.017_998);
    let z = angle(2_306.218_1, 1.094_68, 0.018_203);
    let theta = angle(2_004.310_9, -0.426_65, -0.041_833);
    let (ra, dec) = (ra_deg.to_radians() + zeta, dec_deg.to_radians());
    let east = dec.cos() * ra.sin();
    let towards = theta.cos() * dec.cos() * ra.cos() - theta.sin() * dec.sin();
    let north = theta.sin() * dec.cos() * ra.cos() + theta.cos() * dec.sin();
    let ra = (east.atan2(towards) + z).to_degrees().rem_euclid(TURN);
    (ra, north.clamp(-1.0, 1.0).asin().to_degrees())
}

/// When a position crosses the upper meridian at a longitude (degrees, east) between two times, MJD, both
/// included: one transit a sidereal day, the same whatever the two times are.
pub(super) fn transits(
    (ra_deg, dec_deg): (f64, f64),
    longitude_deg: f64,
    first_mjd: f64,
    last_mjd: f64,
) -> Vec<f64> {
    // The right ascension of date, on the same side of 0h as that of J2000.
    let ra_of_date = |mjd: f64| {
        let (ra, _) = precess(ra_deg, dec_deg, mjd);
        ra_deg + (ra - ra_deg + TURN / 2.0).rem_euclid(TURN) - TURN / 2.0
    };
    let hour_angle = |mjd: f64| sidereal_deg(mjd) + longitude_deg - ra_of_date(mjd);
    let turns = |mjd: f64| hour_angle(mjd) / TURN;
    let mut transits = Vec::new();
    let mut turn = turns(first_mjd).floor();
    while turn <= turns(last_mjd).ceil() {
        let mut mjd = J2000_MJD + (turn * TURN - hour_angle(J2000_MJD)) / TURN_PER_DAY;
        for _ in 0..4 {
            mjd += (turn * TURN - hour_angle(mjd)) / TURN_PER_DAY;
        }
        let mjd = (mjd * MJD_GRID).round() / MJD_GRID;
        if (first_mjd..=last_mjd).contains(&mjd) {
            transits.push(mjd);
        }
        turn += 1.0;
    }
    transits
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn golden_values() {
        // Meeus, Astronomical Algorithms, examples 12.a and 21.b.
        let sidereal = sidereal_deg(46_895.0).rem_euclid(TURN);
        assert!((sidereal - 197.693_195).abs() < 1e-6, "{sidereal}");
        let (ra, dec) = precess(41.054_063, 49.227_750, 62_088.19);
        assert!((ra - 41.547_214).abs() < 1e-5, "{ra}");
        assert!((dec - 49.348_483).abs() < 1e-5, "{dec}");
    }

    #[test]
    fn a_sidereal_day_lies_between_two_transits() {
        let transits = transits((202.784_5, 30.509_2), -118.281_7, 60_000.0, 60_060.0);
        assert_eq!(transits.len(), 60);
        for pair in transits.windows(2) {
            assert!((pair[1] - pair[0] - 0.997_27).abs() < 5e-6, "{pair:?}");
        }
    }

    proptest! {
        #[test]
        fn a_transit_is_the_same_whenever_it_is_computed(
            ra in 0.0..360.0_f64,
            dec in -85.0..85.0_f64,
            start in 58_000.0..62_000.0_f64,
            later in 0.0..20.0_f64,
        ) {
            let all = transits((ra, dec), -118.281_7, start, start + 30.0);
            let some = transits((ra, dec), -118.281_7, start + later, start + 30.0);
            prop_assert!(all.len() >= 29 && all.len() <= 31);
            prop_assert_eq!(&all[all.len() - some.len()..], &some[..]);
            for mjd in all {
                let (ra, _) = precess(ra, dec, mjd);
                let off = (sidereal_deg(mjd) - 118.281_7 - ra + 180.0).rem_euclid(TURN) - 180.0;
                prop_assert!(off.abs() < 1e-3, "{}° off the meridian", off);
            }
        }
    }
}
