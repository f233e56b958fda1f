//! The change log: who changed which row, when, and what it was.

use migration_support::{change_log, prelude::*};

creates!(change_log);
