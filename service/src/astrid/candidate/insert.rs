//! Inserting the sources that a difference run found.

use std::collections::HashMap;

use almanac_entity::astrid::{candidate, difference_run};
use candidate::Column::{DifferenceRunId, Id, PixelX, PixelY, Significance};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Decimal, Uuid},
};

use super::{KEYS, NewCandidate};
use crate::{
    Filter, Repository, Result, Writable,
    astrid::{
        no_such,
        runs::{RUN_STATES, RunStatus},
        stored,
    },
    record::Act,
};

/// What became of sources that were to be inserted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InsertedCandidates {
    /// Those that became candidates.
    pub inserted: u64,
    /// Those with a value out of range.
    pub rejected: u64,
    /// Those that share their pixel with one of more significance.
    pub same_pixel: u64,
}

/// A pixel, and the significance of what was found there.
type Found = ((i32, i32), Option<Decimal>);

impl<C: Writable> Repository<'_, C, candidate::Entity> {
    /// Inserts sources that a difference run found while it is running, at most 500 by a statement. Those with a
    /// value out of range are counted and left out; significance and signal-to-noise ratio are clamped; position
    /// angles become degrees from 0 to 180. Of two on one pixel the more significant stays, or else the first.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound);
    /// [`Error::InvalidTransition`](crate::Error::InvalidTransition) where the run is not running; or the engine
    /// fails.
    pub async fn insert_batch(
        &self,
        run_id: Uuid,
        sources: &[NewCandidate],
        now: DateTimeUtc,
    ) -> Result<InsertedCandidates> {
        let run = self.on::<difference_run::Entity>().lock(run_id).await?;
        let run = run.ok_or_else(|| no_such::<difference_run::Entity>(run_id))?;
        RUN_STATES.step(run_id, &run.status.into(), &RunStatus::Completed)?;
        let now = stored(now);
        let mut outcome = InsertedCandidates::default();
        let mut rows: Vec<Option<candidate::ActiveModel>> = Vec::with_capacity(sources.len());
        let mut places: HashMap<(i32, i32), usize> = HashMap::with_capacity(sources.len());
        for source in sources {
            let Some(row) = source.row(run_id, run.observation_id, now) else {
                outcome.rejected += 1;
                continue;
            };
            let (pixel, significance) = found(&row);
            match places.get(&pixel).copied() {
                Some(place) => {
                    outcome.same_pixel += 1;
                    let there = rows[place].as_ref().map(found);
                    if there.is_none_or(|(_, there)| significance > there) {
                        rows[place] = Some(row);
                    }
                }
                None => {
                    places.insert(pixel, rows.len());
                    rows.push(Some(row));
                }
            }
        }
        let replaced = self.less_significant(run_id, &mut rows, &places).await?;
        let rows: Vec<_> = rows.into_iter().flatten().collect();
        outcome.same_pixel += (places.len() - rows.len()) as u64;
        for ids in replaced.chunks(KEYS) {
            let act = Act::of_batches("purge", "difference_run", run_id)
                .because(Some("something more significant is on the same pixel".to_owned()));
            let ids = Filter::In(Id, ids.iter().map(|id| (*id).into()).collect());
            outcome.same_pixel +=
                self.on::<candidate::Entity>().acting(act).delete_where(&ids).await?;
        }
        let act = Act::of_batches("bulk_insert", "difference_run", run_id);
        let inserted = self.on::<candidate::Entity>().acting(act).insert_many(rows).await?;
        outcome.inserted = inserted as u64;
        Ok(outcome)
    }

    /// The candidates stored by an earlier batch of the run that rows of more significance take the pixel of. Takes
    /// away those rows of which the pixel is taken by others.
    async fn less_significant(
        &self,
        run_id: Uuid,
        rows: &mut [Option<candidate::ActiveModel>],
        places: &HashMap<(i32, i32), usize>,
    ) -> Result<Vec<Uuid>> {
        let earlier: Vec<(Uuid, i32, i32, Option<Decimal>)> = candidate::Entity::find()
            .select_only()
            .columns([Id, PixelX, PixelY, Significance])
            .filter(DifferenceRunId.eq(run_id))
            .into_tuple()
            .all(self.connection)
            .await?;
        let mut replaced = Vec::new();
        for (id, x, y, significance) in earlier {
            let Some(place) = places.get(&(x, y)) else { continue };
            if rows[*place].as_ref().is_some_and(|row| found(row).1 > significance) {
                replaced.push(id);
            } else {
                rows[*place] = None;
            }
        }
        Ok(replaced)
    }
}

fn found(row: &candidate::ActiveModel) -> Found {
    let pixel = (*row.pixel_x.as_ref(), *row.pixel_y.as_ref());
    (pixel, *row.significance.as_ref())
}
