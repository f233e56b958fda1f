//! Which calibration tables are applied at many times at once, from one statement: the choice of
//! [`apply_list`](crate::Repository::apply_list) without a statement for each time.

use std::{cmp::Ordering, collections::HashMap};

use almanac_entity::{UnixTime, cal_registry::caltable};
use caltable::Column::{CreatedAt, Id, OrderIndex, Path, SetName, ValidEndMjd, ValidStartMjd};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{Result, cal_registry::valid_between};

/// How far away the nearest set may be, days.
pub(crate) const REACH_DAYS: f64 = 0.5;
/// Windows longer than this are looked at for every time, days.
const LONG_DAYS: f64 = 30.0;

/// What the choice asks of a table.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    id: i64,
    set_name: String,
    path: String,
    order_index: i32,
    start: Option<f64>,
    end: Option<f64>,
    created_at: f64,
}

/// The active tables of a time, ready to be chosen from.
#[derive(Debug, Default)]
pub(crate) struct ActiveTables {
    tables: Vec<Candidate>,
    /// Tables whose window meets a day.
    by_day: HashMap<i64, Vec<usize>>,
    /// Tables whose window is open or long.
    long: Vec<usize>,
    /// Middles of the windows, in order.
    middles: Vec<(f64, usize)>,
}

type Columns = (i64, String, String, i32, Option<f64>, Option<f64>, UnixTime);

impl ActiveTables {
    /// The tables that may be chosen for a time between `first` and `last`, MJD.
    pub(crate) async fn between<C: ConnectionTrait>(
        connection: &C,
        first: f64,
        last: f64,
    ) -> Result<Self> {
        let select = caltable::Entity::find()
            .select_only()
            .columns([Id, SetName, Path, OrderIndex, ValidStartMjd, ValidEndMjd, CreatedAt])
            .filter(valid_between(first - REACH_DAYS, last + REACH_DAYS));
        let rows: Vec<Columns> = select.into_tuple().all(connection).await?;
        let tables = rows.into_iter().map(
            |(id, set_name, path, order_index, start, end, UnixTime(created_at))| Candidate {
                id,
                set_name,
                path,
                order_index,
                start,
                end,
                created_at,
            },
        );
        Ok(Self::new(tables.collect()))
    }

    fn new(tables: Vec<Candidate>) -> Self {
        let mut this = Self::default();
        for (index, table) in tables.iter().enumerate() {
            match (table.start, table.end) {
                (Some(start), Some(end)) if end - start <= LONG_DAYS => {
                    for day in day(start)..=day(end) {
                        this.by_day.entry(day).or_default().push(index);
                    }
                }
                _ => this.long.push(index),
            }
            if let Some(middle) = table.middle() {
                this.middles.push((middle, index));
            }
        }
        this.middles.sort_by(|a, b| a.0.total_cmp(&b.0));
        this.tables = tables;
        this
    }

    /// Paths of the tables to apply at `mjd`, in the order of application.
    pub(crate) fn at(&self, mjd: f64) -> Vec<&str> {
        let of_day = self.by_day.get(&day(mjd)).into_iter().flatten();
        let valid = of_day.chain(&self.long).map(|index| &self.tables[*index]);
        let exact = Sets::of(valid.filter(|table| table.contains(mjd)));
        let mut chosen = match exact.first(newest) {
            Some(chosen) => chosen,
            None => self.nearest(mjd),
        };
        chosen.sort_by_key(|table| (table.order_index, table.id));
        chosen.into_iter().map(|table| table.path.as_str()).collect()
    }

    fn nearest(&self, mjd: f64) -> Vec<&Candidate> {
        let from = self.middles.partition_point(|(middle, _)| *middle < mjd - REACH_DAYS);
        let within = self.middles[from..].iter();
        let within = within.take_while(|(middle, _)| *middle <= mjd + REACH_DAYS);
        let sets = Sets::of(within.map(|(_, index)| &self.tables[*index]));
        let distance = |set: &[&Candidate]| {
            let middles = set.iter().filter_map(|table| table.middle());
            middles.map(|middle| (middle - mjd).abs()).fold(f64::INFINITY, f64::min)
        };
        let order = |a: &[&Candidate], b: &[&Candidate]| {
            distance(a).total_cmp(&distance(b)).then_with(|| newest(a, b))
        };
        sets.first(order).unwrap_or_default()
    }
}

impl Candidate {
    fn contains(&self, mjd: f64) -> bool {
        self.start.is_none_or(|start| start <= mjd) && self.end.is_none_or(|end| end >= mjd)
    }

    /// The middle of the window, or its start where its end is open.
    fn middle(&self) -> Option<f64> {
        let start = self.start?;
        Some(self.end.map_or(start, |end| f64::midpoint(start, end)))
    }
}

/// Candidates by set.
struct Sets<'t>(Vec<(&'t str, Vec<&'t Candidate>)>);

impl<'t> Sets<'t> {
    fn of(tables: impl Iterator<Item = &'t Candidate>) -> Self {
        let mut sets: Vec<(&str, Vec<&Candidate>)> = Vec::new();
        for table in tables {
            match sets.iter_mut().find(|(name, _)| *name == table.set_name) {
                Some((_, set)) => set.push(table),
                None => sets.push((&table.set_name, vec![table])),
            }
        }
        Self(sets)
    }

    fn first(
        self,
        order: impl Fn(&[&Candidate], &[&Candidate]) -> Ordering,
    ) -> Option<Vec<&'t Candidate>> {
        let first = self.0.into_iter().min_by(|a, b| order(&a.1, &b.1).then(a.0.cmp(b.0)));
        first.map(|(_, set)| set)
    }
}

/// The set registered last first; at one time, the one with the largest id.
fn newest(a: &[&Candidate], b: &[&Candidate]) -> Ordering {
    let recency =
        |set: &[&Candidate]| set.iter().map(|table| table.created_at).fold(f64::MIN, f64::max);
    let id = |set: &[&Candidate]| set.iter().map(|table| table.id).max();
    recency(b).total_cmp(&recency(a)).then_with(|| id(b).cmp(&id(a)))
}

#[expect(clippy::cast_possible_truncation, reason = "a day of the MJD calendar is a small number")]
fn day(mjd: f64) -> i64 {
    mjd.floor() as i64
}
