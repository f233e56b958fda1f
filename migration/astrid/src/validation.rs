//! What makes a row of `example_model` an observation: the rules of a new observation, in their order.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, SubsecRound, Utc};
use sea_orm_migration::sea_orm::prelude::{Decimal, RustDecimalStrategy};
use serde_json::{Map, Value};

/// An observation as `data` describes it.
#[derive(Debug, PartialEq)]
pub(crate) struct Observation {
    pub(crate) observation_id: String,
    pub(crate) ra: Decimal,
    pub(crate) dec: Decimal,
    pub(crate) observation_time: DateTime<Utc>,
    pub(crate) filter_band: String,
    pub(crate) exposure_time: Decimal,
    pub(crate) fits_url: String,
    pub(crate) pixel_scale: Option<Decimal>,
    pub(crate) image_width: Option<i32>,
    pub(crate) image_height: Option<i32>,
    pub(crate) airmass: Option<Decimal>,
    pub(crate) seeing: Option<Decimal>,
}
