//! Jobs of the kind `inference`.

use almanac_entity::astrid::processing_job;
use sea_orm::prelude::{DateTimeUtc, Json};

use crate::{Error, Result, Writable};

pub(super) async fn begin<C: Writable>(
    _: &C,
    _: &processing_job::Model,
    _: DateTimeUtc,
) -> Result<Json> {
    Err(Error::invalid("job_type", "no worker knows this kind of job"))
}

pub(super) async fn finish<C: Writable>(
    _: &C,
    _: &processing_job::Model,
    _: Json,
    _: DateTimeUtc,
) -> Result<()> {
    Err(Error::invalid("job_type", "no worker knows this kind of job"))
}

pub(super) async fn fail<C: Writable>(
    _: &C,
    _: &processing_job::Model,
    _: &str,
    _: bool,
    _: DateTimeUtc,
) -> Result<()> {
    Err(Error::invalid("job_type", "no worker knows this kind of job"))
}
