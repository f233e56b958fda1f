//! Real calibrators, from the list of the Very Large Array.

use almanac_entity::calibrators::CalibratorStatus;

/// Frequencies of the bands P, L, C, X, U, K and Q of the VLA's list, GHz.
pub(super) const BANDS_GHZ: [f64; 7] = [0.327, 1.4, 4.86, 8.46, 14.94, 22.46, 43.34];

/// A calibrator of the VLA's list.
#[derive(Debug)]
pub(super) struct Calibrator {
    /// Its usual name.
    pub(super) name: &'static str,
    /// Its name in the VLA's list.
    pub(super) list_name: &'static str,
    /// Right ascension, degrees.
    pub(super) ra_deg: f64,
    /// Declination, degrees.
    pub(super) dec_deg: f64,
    /// How good it is at 20 cm in the compact arrays.
    pub(super) code: char,
    /// Flux densities in [`BANDS_GHZ`], Jy; 0 where the list has none.
    pub(super) fluxes_jy: [f64; 7],
}

const fn calibrator(
    name: &'static str,
    list_name: &'static str,
    (ra_deg, dec_deg): (f64, f64),
    code: char,
    fluxes_jy: [f64; 7],
) -> Calibrator {
    Calibrator { name, list_name, ra_deg, dec_deg, code, fluxes_jy }
}

/// Calibrators, those first that pass the sample survey's strips.
pub(super) const CALIBRATORS: [Calibrator; 20] = [
    calibrator(
        "0834+555",
        "0834+555",
        (128.728_77, 55.572_52),
        'P',
        [9.0, 8.8, 5.6, 3.3, 1.6, 0.0, 0.3],
    ),
    calibrator(
        "3C138",
        "0521+166",
        (80.291_19, 16.639_46),
        'P',
        [17.5, 8.47, 3.78, 2.52, 1.56, 0.0, 0.4],
    ),
    calibrator(
        "3C454.3",
        "2253+161",
        (343.490_62, 16.148_21),
        'S',
        [15.0, 10.0, 10.0, 10.9, 15.0, 0.0, 17.1],
    ),
    calibrator(
        "3C286",
        "1331+305",
        (202.784_53, 30.509_16),
        'P',
        [26.0, 15.0, 7.47, 5.23, 3.4, 2.59, 0.0],
    ),
    calibrator(
        "3C48",
        "0137+331",
        (24.422_08, 33.159_76),
        'P',
        [42.0, 16.5, 5.48, 3.25, 1.78, 1.13, 0.0],
    ),
    calibrator(
        "3C147",
        "0542+498",
        (85.650_57, 49.852_01),
        'P',
        [52.3, 22.5, 7.94, 4.84, 2.78, 0.0, 0.91],
    ),
    calibrator(
        "3C295",
        "1411+522",
        (212.836_03, 52.202_54),
        'P',
        [59.9, 22.8, 6.5, 0.0, 0.0, 0.0, 0.0],
    ),
    calibrator(
        "3C84",
        "0319+415",
        (49.950_67, 41.511_70),
        'X',
        [8.0, 23.9, 23.3, 21.7, 20.7, 16.4, 0.0],
    ),
    calibrator(
        "0238+166",
        "0238+166",
        (39.662_21, 16.616_47),
        'P',
        [0.0, 1.26, 1.73, 1.3, 3.3, 0.0, 3.5],
    ),
    calibrator(
        "1638+573",
        "1638+573",
        (249.556_07, 57.339_99),
        'X',
        [0.0, 0.9, 1.6, 1.55, 1.7, 0.0, 0.9],
    ),
    calibrator(
        "1120+143",
        "1120+143",
        (170.115_86, 14.348_61),
        'P',
        [0.0, 2.42, 1.1, 0.66, 0.3, 0.0, 0.11],
    ),
    calibrator(
        "3C345",
        "1642+398",
        (250.745_04, 39.810_28),
        'S',
        [0.0, 8.0, 7.8, 7.0, 13.0, 0.0, 11.2],
    ),
    calibrator(
        "1347+122",
        "1347+122",
        (206.889_01, 12.290_07),
        'P',
        [8.0, 5.2, 2.9, 2.3, 1.6, 0.0, 0.51],
    ),
    calibrator(
        "1445+099",
        "1445+099",
        (221.318_61, 9.976_69),
        'P',
        [0.0, 2.6, 1.2, 0.73, 0.4, 0.0, 0.1],
    ),
    calibrator(
        "2148+069",
        "2148+069",
        (327.022_74, 6.960_72),
        'P',
        [0.0, 2.57, 2.5, 6.6, 3.0, 0.0, 7.6],
    ),
    calibrator(
        "0745+101",
        "0745+101",
        (116.387_75, 10.186_86),
        'P',
        [0.0, 3.3, 3.5, 2.95, 2.2, 0.0, 0.6],
    ),
    calibrator(
        "1150-003",
        "1150-003",
        (177.682_79, -0.398_39),
        'P',
        [0.0, 2.8, 1.92, 1.25, 1.4, 0.63, 0.65],
    ),
    calibrator(
        "0713+438",
        "0713+438",
        (108.409_02, 43.821_45),
        'P',
        [0.0, 1.99, 1.57, 1.14, 0.73, 0.55, 0.29],
    ),
    calibrator("0005+383", "0005+383", (1.488_23, 38.337_54), '?', [0.0; 7]),
    calibrator("0957+553", "0957+553", (149.409_10, 55.382_71), '?', [0.0; 7]),
];

impl Calibrator {
    /// Flux density at 1.4 GHz, Jy.
    pub(super) fn flux_jy(&self) -> Option<f64> {
        (self.fluxes_jy[1] > 0.0).then_some(self.fluxes_jy[1])
    }

    /// Whether it is bright enough for the bandpass.
    pub(super) fn is_bandpass(&self) -> bool {
        self.flux_jy().is_some_and(|flux| flux > 1.0)
    }

    /// Whether it is in use.
    pub(super) fn status(&self) -> CalibratorStatus {
        match self.name {
            "3C84" => CalibratorStatus::Inactive,
            "3C345" => CalibratorStatus::Deprecated,
            _ => CalibratorStatus::Active,
        }
    }
}
