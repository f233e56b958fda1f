//! Two sets of calibration tables, one before and one behind a time, and how much each counts.

use std::{cmp::Ordering, collections::HashMap};

use almanac_entity::cal_registry::caltable;
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{
    apply_list::{HOURS_OF_A_DAY, hours, near, nearest_midpoint},
    caltable::check_mjd,
};
use crate::{Error, Repository, Result};

/// Which sets are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InterpolationRequest {
    /// The time, MJD.
    pub mjd: f64,
    /// How far away the middle of a set may be, hours.
    pub validity_hours: f64,
    /// Sets whose middles are nearer to each other than this are not interpolated, hours.
    pub min_gap_hours: f64,
}

impl InterpolationRequest {
    /// Sets not further than 12 hours from `mjd`, and not nearer than an hour to each other.
    pub fn new(mjd: f64) -> Self {
        Self { mjd, validity_hours: 12.0, min_gap_hours: 1.0 }
    }
}

/// How the sets are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InterpolationMethod {
    /// Between two sets.
    Interpolated,
    /// The nearer of two sets that are close to each other.
    Single,
    /// The only set there is.
    Extrapolated,
}

/// A set, and how much it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSet {
    /// Its name.
    pub set_name: String,
    /// Middle of its validity, MJD.
    pub midpoint_mjd: f64,
    /// How much it counts, from 0 to 1.
    pub weight: f64,
    /// Its tables in use, in the order of application.
    pub tables: Vec<caltable::Model>,
}

/// The sets to use at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct InterpolatedSelection {
    /// How they are used.
    pub method: InterpolationMethod,
    /// The set whose middle lies before that time or at it.
    pub before: Option<WeightedSet>,
    /// The set whose middle lies behind that time.
    pub after: Option<WeightedSet>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// The sets in use before and behind a time, and how much each counts. The middle of a set is that of
    /// its table whose middle is nearest; of two sets with one middle the one registered last counts.
    ///
    /// # Errors
    /// An argument is not a number of its kind, no set is within reach, or the engine fails.
    pub async fn interpolated_selection(
        &self,
        request: &InterpolationRequest,
    ) -> Result<InterpolatedSelection> {
        check_mjd("mjd", request.mjd)?;
        for (argument, hours, least) in [
            ("validity_hours", request.validity_hours, f64::MIN_POSITIVE),
            ("min_gap_hours", request.min_gap_hours, 0.0),
        ] {
            if !(hours.is_finite() && hours >= least) {
                let message = format!("{hours} is not a number of hours of its kind");
                return Err(Error::invalid(argument, message));
            }
        }
        let reach = request.validity_hours / HOURS_OF_A_DAY;
        let select = caltable::Entity::find()
            .filter(near(request.mjd, reach))
            .order_by_asc(caltable::Column::OrderIndex)
            .order_by_asc(caltable::Column::Id);
        let sets = sets(select.all(self.connection).await?, request.mjd);
        let mut selection = select_sets(request, sets)?;
        for side in [&mut selection.before, &mut selection.after].into_iter().flatten() {
            side.tables = self.active_of_set(&side.set_name).await?;
        }
        Ok(selection)
    }
}

/// A set, its middle, and when it was registered.
#[derive(Clone, Debug)]
struct Candidate {
    set_name: String,
    middle: f64,
    created_at: f64,
    id: i64,
}

fn sets(tables: Vec<caltable::Model>, mjd: f64) -> Vec<Candidate> {
    let mut sets: HashMap<String, Candidate> = HashMap::new();
    for table in tables {
        let Some(middle) = nearest_midpoint(&table) else { continue };
        let set = sets.entry(table.set_name.clone()).or_insert_with(|| Candidate {
            set_name: table.set_name.clone(),
            middle,
            created_at: table.created_at.0,
            id: table.id,
        });
        if (middle - mjd).abs() < (set.middle - mjd).abs() {
            set.middle = middle;
        }
        set.created_at = set.created_at.max(table.created_at.0);
        set.id = set.id.max(table.id);
    }
    sets.into_values().collect()
}

/// The newest of candidates comes last.
fn recency(a: &Candidate, b: &Candidate) -> Ordering {
    a.created_at.total_cmp(&b.created_at).then(a.id.cmp(&b.id))
}

fn select_sets(
    request: &InterpolationRequest,
    sets: Vec<Candidate>,
) -> Result<InterpolatedSelection> {
    let mjd = request.mjd;
    let (before, after): (Vec<_>, Vec<_>) = sets.into_iter().partition(|set| set.middle <= mjd);
    let before =
        before.into_iter().max_by(|a, b| a.middle.total_cmp(&b.middle).then(recency(a, b)));
    let after = after.into_iter().max_by(|a, b| b.middle.total_cmp(&a.middle).then(recency(a, b)));
    let weighted = |set: Candidate, weight| WeightedSet {
        set_name: set.set_name,
        midpoint_mjd: set.middle,
        weight,
        tables: Vec::new(),
    };
    let mut warnings = Vec::new();
    let (method, before, after) = match (before, after) {
        (Some(before), Some(after)) => {
            let gap = after.middle - before.middle;
            let gap_hours = hours(after.middle, before.middle);
            if gap_hours < request.min_gap_hours {
                let is_before = mjd - before.middle <= after.middle - mjd;
                let (before, after) = if is_before {
                    (Some(weighted(before, 1.0)), None)
                } else {
                    (None, Some(weighted(after, 1.0)))
                };
                (InterpolationMethod::Single, before, after)
            } else {
                if gap_hours > HOURS_OF_A_DAY {
                    warnings.push(format!("the two sets are {gap_hours:.1} hours apart"));
                }
                // Equal middles: nothing lies between, and the one before is at that time.
                let weight = if gap > 0.0 { (after.middle - mjd) / gap } else { 1.0 };
                let (before, after) = (weighted(before, weight), weighted(after, 1.0 - weight));
                (InterpolationMethod::Interpolated, Some(before), Some(after))
            }
        }
        (None, None) => {
            let reach = request.validity_hours;
            return Err(Error::not_found(format!("calibration within {reach} hours of MJD {mjd}")));
        }
        (before, after) => {
            let offset = before.iter().chain(&after).map(|set| hours(set.middle, mjd)).next();
            if let Some(offset) = offset.filter(|offset| *offset > request.validity_hours / 2.0) {
                warnings.push(format!("the only calibration is {offset:.1} hours away"));
            }
            let alone = |set: Option<Candidate>| set.map(|set| weighted(set, 1.0));
            (InterpolationMethod::Extrapolated, alone(before), alone(after))
        }
    };
    Ok(InterpolatedSelection { method, before, after, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(name: &str, middle: f64, created_at: f64) -> Candidate {
        Candidate { set_name: name.to_owned(), middle, created_at, id: 1 }
    }

    #[test]
    fn of_one_middle_the_newest_counts() {
        let sets = vec![candidate("old", 59_999.9, 1.0), candidate("new", 59_999.9, 2.0)];
        let selection = select_sets(&InterpolationRequest::new(60_000.0), sets).unwrap();
        assert_eq!(selection.before.unwrap().set_name, "new");
        assert_eq!(selection.method, InterpolationMethod::Extrapolated);
        assert!(selection.warnings.is_empty());
    }

    #[test]
    fn close_sets_are_not_interpolated() {
        let middle = |hours: f64| 60_000.0 + hours / 24.0;
        let sets = vec![candidate("a", middle(-0.2), 1.0), candidate("b", middle(0.1), 1.0)];
        let selection = select_sets(&InterpolationRequest::new(60_000.0), sets).unwrap();
        assert_eq!(selection.method, InterpolationMethod::Single);
        assert_eq!(selection.after.unwrap().set_name, "b");
        let sets = vec![candidate("a", middle(-0.2), 1.0), candidate("b", middle(0.2), 1.0)];
        let tie = select_sets(&InterpolationRequest::new(60_000.0), sets).unwrap();
        assert_eq!(tie.before.map(|set| set.set_name).as_deref(), Some("a"));
    }

    proptest! {
        #[test]
        fn weights_sum_to_one_and_meet_at_the_time(
            before in 0.0..12.0_f64,
            after in 0.001..12.0_f64,
        ) {
            let mjd = 60_000.0;
            let (a, b) = (mjd - before / 24.0, mjd + after / 24.0);
            let sets = vec![candidate("a", a, 1.0), candidate("b", b, 1.0)];
            let selection = select_sets(&InterpolationRequest::new(mjd), sets).unwrap();
            let sides: Vec<_> = selection.before.iter().chain(&selection.after).collect();
            let sum: f64 = sides.iter().map(|set| set.weight).sum();
            prop_assert!((sum - 1.0).abs() < 1e-12);
            prop_assert!(sides.iter().all(|set| (0.0..=1.0).contains(&set.weight)));
            if selection.method == InterpolationMethod::Interpolated {
                let mean: f64 = sides.iter().map(|set| set.weight * (set.midpoint_mjd - mjd)).sum();
                prop_assert!(mean.abs() < 1e-9, "{mean}");
            }
        }
    }
}
