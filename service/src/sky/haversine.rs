//! The haversine of a distance, made of nothing but sums and products.
//!
//! SQLite is built without trigonometry, and two engines' sines differ in the last digit. Taylor's series is
//! exact to the last digit of a float up to a quarter turn, and gives the same bits in Rust, SQLite and
//! PostgreSQL: one order of rows, one cursor, one row more or less at a cone's edge, wherever it is computed.

/// The square of the sine of half of x degrees, by x² times powers of x².
pub(super) const HALF_SINE_SQUARED: [f64; 17] = {
    // sin² x/2 is (1 - cos x) / 2.
    let cosine: [f64; 18] = cosine_series();
    let mut coefficients = [0.0; 17];
    let mut index = 0;
    while index < 17 {
        coefficients[index] = -cosine[index + 1] / 2.0;
        index += 1;
    }
    coefficients
};
/// The cosine of x degrees, by powers of x².
pub(super) const COSINE: [f64; 11] = cosine_series();

/// Taylor's coefficients of the cosine of x degrees. So many are enough that the first one left out stands
/// for less than 1e-16.
#[expect(clippy::cast_precision_loss, reason = "small whole numbers")]
const fn cosine_series<const N: usize>() -> [f64; N] {
    const DEGREE: f64 = std::f64::consts::PI / 180.0;
    let mut coefficients = [1.0; N];
    let mut index = 1;
    while index < N {
        let power = 2 * index;
        coefficients[index] =
            -coefficients[index - 1] * (DEGREE * DEGREE) / ((power - 1) * power) as f64;
        index += 1;
    }
    coefficients
}

/// The great-circle distance of two positions, degrees.
pub fn separation(ra1_deg: f64, dec1_deg: f64, ra2_deg: f64, dec2_deg: f64) -> f64 {
    distance(haversine(ra1_deg, dec1_deg, ra2_deg, dec2_deg))
}

/// The haversine of the distance of two positions: the square of the sine of its half. It grows with the
/// distance, so that rows can be compared and sorted by it.
pub(crate) fn haversine(ra1: f64, dec1: f64, ra2: f64, dec2: f64) -> f64 {
    let north = dec2 - dec1;
    // The shorter way round.
    let east = 180.0 - ((ra2 - ra1).abs() - 180.0).abs();
    half_sine_squared(north) + cosine(dec1) * cosine(dec2) * half_sine_squared(east)
}

/// The distance of a haversine, degrees.
pub(crate) fn distance(haversine: f64) -> f64 {
    2.0 * haversine.clamp(0.0, 1.0).sqrt().asin().to_degrees()
}

/// The square of the sine of half of `degrees`, which are at most 180 either way.
pub(super) fn half_sine_squared(degrees: f64) -> f64 {
    let square = degrees * degrees;
    square * horner(square, &HALF_SINE_SQUARED)
}

/// The cosine of `degrees`, which are at most 90 either way.
pub(super) fn cosine(degrees: f64) -> f64 {
    horner(degrees * degrees, &COSINE)
}

fn horner(square: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().copied().reduce(|sum, next| next + square * sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_degree_of_right_ascension_shrinks_towards_the_pole() {
        assert!((separation(10.0, 60.0, 11.0, 60.0) - 0.499_995).abs() < 1e-5);
        assert!((separation(359.5, 0.0, 0.5, 0.0) - 1.0).abs() < 1e-12);
        assert!((separation(0.0, 90.0, 123.0, 90.0)).abs() < 1e-12);
        assert!((separation(10.0, -90.0, 10.0, 90.0) - 180.0).abs() < 1e-5);
    }

    proptest! {
        #[test]
        fn the_series_are_the_sine_and_the_cosine(degrees in -180.0..=180.0_f64) {
            let sine = (degrees / 2.0).to_radians().sin();
            prop_assert!((half_sine_squared(degrees) - sine * sine).abs() < 2e-15);
            let cosine_of_half = (degrees / 2.0).to_radians().cos();
            prop_assert!((cosine(degrees / 2.0) - cosine_of_half).abs() < 1e-15);
        }

        #[test]
        fn small_distances_keep_their_digits(
            dec in -89.0..89.0_f64, ra in 0.0..360.0_f64, step in 1e-9..1e-3_f64,
        ) {
            let measured = separation(ra, dec, ra, dec + step);
            let step = (dec + step) - dec;
            prop_assert!((measured - step).abs() < 1e-12 * step + 1e-20);
        }
    }
}
