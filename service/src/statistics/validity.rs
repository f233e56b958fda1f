//! For which times there is calibration, and for which there is none.

use almanac_entity::{
    UnixTime,
    cal_registry::{CaltableType, caltable},
};
use caltable::Column::{TableType, ValidEndMjd, ValidStartMjd};
use sea_orm::{ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::TimeRange;
use crate::{Repository, Result, cal_registry::valid_between};

/// The types in the order in which tables are applied.
const TYPES: [CaltableType; 8] = [
    CaltableType::K,
    CaltableType::Ba,
    CaltableType::Bp,
    CaltableType::Ga,
    CaltableType::Gp,
    CaltableType::G,
    CaltableType::TwoG,
    CaltableType::Flux,
];

/// A span of time, MJD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its start.
    pub start_mjd: f64,
    /// Its end.
    pub end_mjd: f64,
}

impl Window {
    fn days(self) -> f64 {
        self.end_mjd - self.start_mjd
    }
}

/// For which of the time asked about there are active tables of a type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypeCoverage {
    /// The type.
    pub table_type: CaltableType,
    /// How many tables there are.
    pub tables: u64,
    /// Where there is at least one, earliest first; windows that meet are one.
    pub covered: Vec<Window>,
    /// Where there is none, earliest first.
    pub gaps: Vec<Window>,
    /// The part of the time that is covered, 0 to 1.
    pub fraction: f64,
    /// Whether a table is valid now.
    pub is_current: bool,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// For which of `range` there are active tables, type by type in the order of application, and whether
    /// there is one at `now`. Types that have none at all there are left out. One statement.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn coverage(&self, range: TimeRange, now: UnixTime) -> Result<Vec<TypeCoverage>> {
        let asked = Window { start_mjd: range.from().mjd(), end_mjd: range.to().mjd() };
        // Now may lie outside of the range.
        let first = asked.start_mjd.min(now.mjd());
        let last = asked.end_mjd.max(now.mjd());
        let select = caltable::Entity::find()
            .select_only()
            .columns([TableType, ValidStartMjd, ValidEndMjd])
            .filter(valid_between(first, last))
            .order_by_asc(TableType);
        let rows: Vec<(CaltableType, Option<f64>, Option<f64>)> =
            select.into_tuple().all(self.connection).await?;
        let mut types: Vec<(CaltableType, Vec<Window>)> = Vec::new();
        for (table_type, start, end) in rows {
            let window = Window {
                start_mjd: start.unwrap_or(f64::NEG_INFINITY),
                end_mjd: end.unwrap_or(f64::INFINITY),
            };
            match types.last_mut() {
                Some((known, windows)) if *known == table_type => windows.push(window),
                _ => types.push((table_type, vec![window])),
            }
        }
        let place = |table_type: &CaltableType| {
            TYPES.iter().position(|known| known == table_type).unwrap_or(TYPES.len())
        };
        types.sort_by(|(a, _), (b, _)| {
            place(a).cmp(&place(b)).then_with(|| a.as_str().cmp(b.as_str()))
        });
        let covered = types
            .into_iter()
            .map(|(table_type, windows)| coverage(table_type, windows, asked, now.mjd()));
        Ok(covered.filter(|coverage| coverage.tables > 0).collect())
    }
}

fn coverage(
    table_type: CaltableType,
    windows: Vec<Window>,
    asked: Window,
    now_mjd: f64,
) -> TypeCoverage {
    let contains = |window: &Window| (window.start_mjd..=window.end_mjd).contains(&now_mjd);
    let is_current = windows.iter().any(contains);
    let mut within: Vec<Window> = windows
        .into_iter()
        .filter(|window| window.start_mjd <= asked.end_mjd && window.end_mjd >= asked.start_mjd)
        .map(|window| Window {
            start_mjd: window.start_mjd.max(asked.start_mjd),
            end_mjd: window.end_mjd.min(asked.end_mjd),
        })
        .collect();
    let tables = within.len() as u64;
    within.sort_by(|a, b| a.start_mjd.total_cmp(&b.start_mjd));
    let mut covered: Vec<Window> = Vec::new();
    for window in within {
        match covered.last_mut() {
            Some(last) if window.start_mjd <= last.end_mjd => {
                last.end_mjd = last.end_mjd.max(window.end_mjd);
            }
            _ => covered.push(window),
        }
    }
    let mut gaps = Vec::new();
    let mut from = asked.start_mjd;
    for window in &covered {
        if window.start_mjd > from {
            gaps.push(Window { start_mjd: from, end_mjd: window.start_mjd });
        }
        from = window.end_mjd;
    }
    if from < asked.end_mjd {
        gaps.push(Window { start_mjd: from, end_mjd: asked.end_mjd });
    }
    let days: f64 = covered.iter().map(|window| window.days()).sum();
    TypeCoverage { table_type, tables, covered, gaps, fraction: days / asked.days(), is_current }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn window((start_mjd, end_mjd): (f64, f64)) -> Window {
        Window { start_mjd, end_mjd }
    }

    #[test]
    fn windows_that_meet_are_one_and_gaps_lie_between() {
        let windows = [(60_000.0, 60_001.0), (60_001.0, 60_002.0), (60_003.0, f64::INFINITY)];
        let asked = window((59_999.0, 60_004.0));
        let found = coverage(CaltableType::K, windows.map(window).to_vec(), asked, 60_002.5);
        assert_eq!(found.covered, [(60_000.0, 60_002.0), (60_003.0, 60_004.0)].map(window));
        assert_eq!(found.gaps, [(59_999.0, 60_000.0), (60_002.0, 60_003.0)].map(window));
        assert!((found.fraction - 0.6).abs() < 1e-12);
        assert!(!found.is_current);
    }

    proptest! {
        #[test]
        fn coverage_and_gaps_make_up_the_whole(
            starts in prop::collection::vec((0.0..100.0_f64, 0.0..20.0_f64), 0..20),
        ) {
            let windows = starts.iter().map(|(start, days)| window((*start, start + days)));
            let asked = window((10.0, 90.0));
            let found = coverage(CaltableType::K, windows.collect(), asked, 50.0);
            let mut all: Vec<Window> = found.covered.iter().chain(&found.gaps).copied().collect();
            all.sort_by(|a, b| a.start_mjd.total_cmp(&b.start_mjd));
            let days: f64 = all.iter().map(|window| window.days()).sum();
            prop_assert!((days - 80.0).abs() < 1e-9);
            for pair in all.windows(2) {
                prop_assert!(pair[0].end_mjd.total_cmp(&pair[1].start_mjd).is_eq());
            }
        }
    }
}
