//! The sample survey: a month of a telescope's work, made up from a seed.
//!
//! It is what `almanac demo` shows, and what tests and benchmarks need rows for: two strips of sky that
//! drift through the field of view every night, the sources in them, their measurements, and all that a
//! pipeline leaves behind in eight databases. A few sources vary, one flares, one shows an extreme
//! scattering event; the rest is noise. The same seed, scale and instant give the same rows.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "numbers of rows and seconds of a few years are small, and positive"
)]

mod astrid;
mod cal_registry;
mod calibrators;
mod data_registry;
mod hdf5;
mod ingest;
mod light;
mod master_sources;
mod products;
mod random;
mod schedule;
mod sky;
mod vla;

use almanac_entity::{Database, Table, UnixTime, products::image};
use almanac_service::{Filter, Repository, Sessions, Transaction};
use anyhow::{Context, Result, ensure};
use sea_orm::IntoActiveModel;

use light::Changing;
use schedule::Schedule;
use sky::Sky;

/// Which sample survey.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Survey {
    /// How large it is: 1 gives 300 images and 100,000 measurements of 2,000 sources.
    pub(crate) scale: f64,
    /// What its chances are drawn from.
    pub(crate) seed: u64,
    /// When it ends. The clock is not looked at.
    pub(crate) now: UnixTime,
}

impl Survey {
    /// The survey of `almanac demo`: it ends with November 2025, and is the same everywhere.
    pub(crate) fn of_demo(scale: f64) -> Self {
        Self { scale, seed: 110, now: UnixTime::from_mjd(61_010.0) }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Sources in the catalogue.
    pub(crate) sources: u64,
    /// Images.
    pub(crate) images: u64,
    /// Measurements of sources on images.
    pub(crate) measurements: u64,
    /// Rows of all tables together.
    pub(crate) rows: u64,
    /// The source that shows an extreme scattering event.
    pub(crate) ese_source: String,
    /// The source that flares once.
    pub(crate) flare_source: String,
    /// The sources that vary.
    pub(crate) variable_sources: Vec<String>,
}

/// Fills eight databases, which are migrated and empty, with the sample survey. `progress` hears what is
/// being written, and how much of it is done.
///
/// # Errors
/// The scale is no positive number, there are images already, or a database cannot be written. What was
/// written before stays.
pub(crate) async fn fill(
    sessions: &Sessions,
    survey: &Survey,
    mut progress: impl FnMut(&str, u64, u64),
) -> Result<Summary> {
    ensure!(
        survey.scale.is_finite() && survey.scale > 0.0 && survey.scale <= 1_000.0,
        "a sample survey has a scale above 0 and up to 1000, not {}",
        survey.scale,
    );
    ensure!(
        survey.now.mjd() > 41_000.0 && survey.now.date_time().is_some(),
        "a sample survey cannot end at {} s",
        survey.now.0,
    );
    refuse_images(sessions).await?;

    let world = World::new(*survey);
    let mut writer = Writer { sessions, progress: &mut progress, rows: 0 };
    let measurements = products::fill(&mut writer, &world).await.context("products")?;
    ingest::fill(&mut writer, &world).await.context("ingest")?;
    hdf5::fill(&mut writer, &world).await.context("hdf5")?;
    cal_registry::fill(&mut writer, &world).await.context("cal_registry")?;
    master_sources::fill(&mut writer, &world).await.context("master_sources")?;
    calibrators::fill(&mut writer, &world).await.context("calibrators")?;
    data_registry::fill(&mut writer, &world).await.context("data_registry")?;
    astrid::fill(&mut writer, &world).await.context("astrid")?;

    let name = |source: usize| world.sky.sources[source].name.clone();
    Ok(Summary {
        sources: world.sky.sources.len() as u64,
        images: world.schedule.imaged.len() as u64,
        measurements,
        rows: writer.rows,
        ese_source: name(world.changing.scattered),
        flare_source: name(world.changing.flaring),
        variable_sources: world.changing.variable.iter().copied().map(name).collect(),
    })
}

async fn refuse_images(sessions: &Sessions) -> Result<()> {
    let reader = sessions.reader(Database::Products).await?;
    let images = Repository::<_, image::Entity>::new(&reader).count(&Filter::default()).await?;
    ensure!(
        images == 0,
        "products holds {images} images; a sample survey goes into empty databases only, such as those of a new --state-dir",
    );
    Ok(())
}

/// What is made up before anything is written.
struct World {
    survey: Survey,
    schedule: Schedule,
    sky: Sky,
    changing: Changing,
}

impl World {
    fn new(survey: Survey) -> Self {
        let schedule = Schedule::new(&survey);
        let mut sky = Sky::new(survey.seed, survey.scale, &schedule.strips, schedule.measured(0));
        let variables = scaled(12, survey.scale, 3).min(sky.strip(0).len() / 4);
        let changing = Changing::choose(survey.seed, &mut sky, &schedule, variables);
        Self { survey, schedule, sky, changing }
    }
}

/// Writes rows, and counts and reports them.
struct Writer<'a> {
    sessions: &'a Sessions,
    progress: &'a mut dyn FnMut(&str, u64, u64),
    rows: u64,
}

impl Writer<'_> {
    /// Begins a transaction.
    async fn begin(&self, database: Database) -> Result<Transaction> {
        Ok(self.sessions.begin(database).await?)
    }

    /// Writes rows of one table.
    async fn insert<E: Table>(
        &mut self,
        transaction: &Transaction,
        _: E,
        rows: impl IntoIterator<Item = E::ActiveModel>,
    ) -> Result<()>
    where
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        let written = Repository::<_, E>::new(transaction).insert_many(rows).await;
        self.rows += written.with_context(|| E::NAME)? as u64;
        Ok(())
    }

    /// Writes one row, and returns it with the id that the database gave it.
    async fn insert_one<E: Table>(
        &mut self,
        transaction: &Transaction,
        _: E,
        row: E::ActiveModel,
    ) -> Result<E::Model>
    where
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        self.rows += 1;
        Repository::<_, E>::new(transaction).insert(row).await.with_context(|| E::NAME)
    }

    /// Tells how far the writing of something is.
    fn report(&mut self, what: &str, done: usize, total: usize) {
        (self.progress)(what, done as u64, total as u64);
    }
}

/// A number of things that grows with the scale, and is never below `least`.
fn scaled(base: usize, scale: f64, least: usize) -> usize {
    ((base as f64 * scale).round() as usize).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_measurements_whatever_the_scale() {
        for scale in [1e-6, 0.05, 0.3, 1.0, 20.0] {
            let world = World::new(Survey { scale, seed: 4, now: UnixTime(1_767_225_600.0) });
            let schedule = &world.schedule;
            for (strip, of) in schedule.strips.iter().enumerate() {
                for pointing in 0..of.pointings {
                    let field = world.sky.field(strip, of.centre(pointing), schedule.measured(0));
                    assert_eq!(field.len(), schedule.measured(0), "{scale}");
                }
            }
        }
    }
}
