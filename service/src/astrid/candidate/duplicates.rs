//! Which candidates of an image are one source seen twice.

use std::collections::HashMap;

use CandidateStatus::{Duplicate, Pending};
use almanac_entity::astrid::{CandidateStatus, candidate};
use candidate::Column::{DifferenceRunId, Id, PixelX, PixelY, Significance, Status};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    prelude::{DateTimeUtc, Decimal, Uuid},
};

use crate::{Error, Repository, Result, Writable};

/// How near to each other two sources are one, pixels, where nobody says otherwise.
pub(in crate::astrid) const RADIUS_PX: f64 = 5.0;

impl<C: Writable> Repository<'_, C, candidate::Entity> {
    /// Marks the waiting candidates of a run that are another one seen again: from the most significant down, one
    /// that lies nearer than `radius_px` to one kept is a duplicate. Returns how many are.
    ///
    /// # Errors
    /// The radius is not above 0, or the engine fails.
    pub async fn mark_duplicates(
        &self,
        run_id: Uuid,
        radius_px: f64,
        now: DateTimeUtc,
    ) -> Result<u64> {
        if !(radius_px > 0.0 && radius_px.is_finite()) {
            let message = format!("{radius_px} pixels are not above 0");
            return Err(Error::breaks("range", "radius_px", message));
        }
        let mut found: Vec<(Uuid, i32, i32, Option<Decimal>)> = candidate::Entity::find()
            .select_only()
            .columns([Id, PixelX, PixelY, Significance])
            .filter(DifferenceRunId.eq(run_id))
            .filter(Status.eq(Pending))
            .into_tuple()
            .all(self.connection)
            .await?;
        found.sort_unstable_by(|a, b| b.3.cmp(&a.3).then(a.0.cmp(&b.0)));
        let sources: Vec<_> = found.into_iter().map(|(id, x, y, _)| (id, (x, y))).collect();
        let duplicates = duplicates(&sources, radius_px);
        self.move_many(run_id, (Pending, Duplicate), Some(&duplicates), now).await
    }
}

/// Those of the sources that lie nearer than the radius to one before them that is kept. Kept ones lie in squares
/// as wide as the radius, so that few have to be looked at.
fn duplicates<K: Copy>(sources: &[(K, (i32, i32))], radius: f64) -> Vec<K> {
    #[expect(clippy::cast_possible_truncation, reason = "pixels have 31 bits")]
    let square = |pixel: i32| (f64::from(pixel) / radius).floor() as i64;
    let mut kept: HashMap<(i64, i64), Vec<(i32, i32)>> = HashMap::new();
    let mut duplicates = Vec::new();
    for (key, (x, y)) in sources {
        let (column, row) = (square(*x), square(*y));
        let around = (-1..=1).flat_map(|east| (-1..=1).map(move |north| (east, north)));
        let is_near = |(other_x, other_y): &(i32, i32)| {
            f64::from(x - other_x).hypot(f64::from(y - other_y)) < radius
        };
        let is_duplicate = around
            .filter_map(|(east, north)| kept.get(&(column + east, row + north)))
            .any(|there| there.iter().any(is_near));
        if is_duplicate {
            duplicates.push(*key);
        } else {
            kept.entry((column, row)).or_default().push((*x, *y));
        }
    }
    duplicates
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_squares_miss_nobody(
            pixels in proptest::collection::vec((0..60_i32, 0..60_i32), 0..80),
            radius in 0.1..20.0_f64,
        ) {
            let sources: Vec<_> = pixels.into_iter().enumerate().collect();
            let mut kept: Vec<(i32, i32)> = Vec::new();
            let mut expected = Vec::new();
            for (key, (x, y)) in &sources {
                let near = |(a, b): &(i32, i32)| f64::from(x - a).hypot(f64::from(y - b)) < radius;
                if kept.iter().any(near) {
                    expected.push(*key);
                } else {
                    kept.push((*x, *y));
                }
            }
            prop_assert_eq!(duplicates(&sources, radius), expected);
        }
    }
}
