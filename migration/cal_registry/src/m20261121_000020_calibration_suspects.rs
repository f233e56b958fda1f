//! Calibrations that are suspect, and the rows they touched.

use migration_support::{calibration_suspects, calibration_suspicions, prelude::*};

creates!(calibration_suspicions, calibration_suspects);
