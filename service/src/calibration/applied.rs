//! Which calibration tables were applied to which measurement sets.

use std::collections::{BTreeSet, HashMap, HashSet};

use almanac_entity::{
    cal_registry::{CaltableStatus, calibration_applied, caltable},
    products::ms_index,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::chosen::{ActiveTables, REACH_DAYS};
use crate::Result;

/// Values in one `IN` list of look-ups that may be long.
pub(crate) const LIST: usize = 10_000;
/// Windows of time in one statement.
const WINDOWS: usize = 400;

/// A calibration table that was applied to a measurement set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) ms_path: String,
    pub(crate) caltable_path: String,
    /// Whether nobody recorded the application, and the table is the one that would be chosen.
    pub(crate) inferred: bool,
}

/// Applications that were recorded, by the measurement sets or by the tables, and did not fail.
async fn recorded<C: ConnectionTrait>(
    cal_registry: &C,
    column: calibration_applied::Column,
    keys: &[String],
    limit: u64,
) -> Result<Vec<Use>> {
    use calibration_applied::Column::{CaltablePath, MsPath, Success};
    let mut uses = BTreeSet::new();
    for keys in keys.chunks(LIST) {
        let worked = Condition::any().add(Success.is_null()).add(Success.eq(true));
        let select = calibration_applied::Entity::find()
            .select_only()
            .columns([MsPath, CaltablePath])
            .distinct()
            .filter(column.is_in(keys))
            .filter(worked)
            .order_by_asc(MsPath)
            .order_by_asc(CaltablePath)
            .limit(limit);
        let rows: Vec<(String, String)> = select.into_tuple().all(cal_registry).await?;
        uses.extend(rows.into_iter().map(|(ms_path, caltable_path)| Use {
            ms_path,
            caltable_path,
            inferred: false,
        }));
    }
    Ok(uses.into_iter().collect())
}

/// Applications that were recorded for measurement sets.
pub(crate) async fn recorded_for<C: ConnectionTrait>(
    cal_registry: &C,
    ms_paths: &[String],
    limit: u64,
) -> Result<Vec<Use>> {
    recorded(cal_registry, calibration_applied::Column::MsPath, ms_paths, limit).await
}

/// Applications that were recorded of tables.
pub(crate) async fn recorded_of<C: ConnectionTrait>(
    cal_registry: &C,
    caltable_paths: &[String],
    limit: u64,
) -> Result<Vec<Use>> {
    recorded(cal_registry, calibration_applied::Column::CaltablePath, caltable_paths, limit).await
}

/// The tables that would be chosen for measurement sets of which no application was recorded, by the
/// middle of their observation.
pub(crate) async fn inferred_for<C: ConnectionTrait>(
    cal_registry: &C,
    times: &[(String, f64)],
) -> Result<Vec<Use>> {
    let bounds = times.iter().fold(None, |bounds: Option<(f64, f64)>, (_, mjd)| {
        Some(bounds.map_or((*mjd, *mjd), |(first, last)| (first.min(*mjd), last.max(*mjd))))
    });
    let Some((first, last)) = bounds else { return Ok(Vec::new()) };
    let tables = ActiveTables::between(cal_registry, first, last).await?;
    let uses = times.iter().flat_map(|(ms_path, mjd)| {
        tables.at(*mjd).into_iter().map(|caltable_path| Use {
            ms_path: ms_path.clone(),
            caltable_path: caltable_path.to_owned(),
            inferred: true,
        })
    });
    Ok(uses.collect())
}

/// The middles of observations, MJD, of the measurement sets that have one.
pub(crate) async fn mid_times<C: ConnectionTrait>(
    products: &C,
    ms_paths: &[String],
) -> Result<Vec<(String, f64)>> {
    use ms_index::Column::{MidMjd, Path};
    let mut times = Vec::new();
    for paths in ms_paths.chunks(LIST) {
        let select = ms_index::Entity::find()
            .select_only()
            .columns([Path, MidMjd])
            .filter(Path.is_in(paths))
            .filter(MidMjd.is_not_null())
            .order_by_asc(Path);
        times.extend(select.into_tuple::<(String, f64)>().all(products).await?);
    }
    Ok(times)
}

/// The measurement sets that tables would be chosen for, and to which nobody recorded that another was
/// applied. The second value says whether there are more than `limit` to look at.
pub(crate) async fn inferred_of<C: ConnectionTrait, P: ConnectionTrait>(
    cal_registry: &C,
    products: &P,
    caltable_paths: &[String],
    limit: u64,
) -> Result<(Vec<Use>, bool)> {
    let windows = active_windows(cal_registry, caltable_paths).await?;
    let (times, cut) = observed_within(products, &windows, limit).await?;
    let paths: Vec<String> = times.iter().map(|(path, _)| path.clone()).collect();
    let known: HashSet<String> = with_record(cal_registry, &paths).await?;
    let times: Vec<_> = times.into_iter().filter(|(path, _)| !known.contains(path)).collect();
    let wanted: HashSet<&str> = caltable_paths.iter().map(String::as_str).collect();
    let mut uses = inferred_for(cal_registry, &times).await?;
    uses.retain(|one| wanted.contains(one.caltable_path.as_str()));
    Ok((uses, cut))
}

/// Which of the measurement sets have an application that was recorded.
async fn with_record<C: ConnectionTrait>(
    cal_registry: &C,
    ms_paths: &[String],
) -> Result<HashSet<String>> {
    let uses = recorded_for(cal_registry, ms_paths, u64::from(u32::MAX)).await?;
    Ok(uses.into_iter().map(|one| one.ms_path).collect())
}

/// The times at which active tables may be chosen, MJD, none of them meeting another.
async fn active_windows<C: ConnectionTrait>(
    cal_registry: &C,
    caltable_paths: &[String],
) -> Result<Vec<(f64, f64)>> {
    use caltable::Column::{Path, Status, ValidEndMjd, ValidStartMjd};
    let mut windows = Vec::new();
    for paths in caltable_paths.chunks(LIST) {
        let select = caltable::Entity::find()
            .select_only()
            .columns([ValidStartMjd, ValidEndMjd])
            .filter(Path.is_in(paths))
            .filter(Status.eq(CaltableStatus::Active));
        let rows: Vec<(Option<f64>, Option<f64>)> = select.into_tuple().all(cal_registry).await?;
        windows.extend(rows.into_iter().map(|(start, end)| {
            (
                start.map_or(f64::MIN, |mjd| mjd - REACH_DAYS),
                end.map_or(f64::MAX, |mjd| mjd + REACH_DAYS),
            )
        }));
    }
    windows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<(f64, f64)> = Vec::new();
    for (first, last) in windows {
        match merged.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    Ok(merged)
}

/// Measurement sets observed within windows of time, with the middle of their observation.
async fn observed_within<P: ConnectionTrait>(
    products: &P,
    windows: &[(f64, f64)],
    limit: u64,
) -> Result<(Vec<(String, f64)>, bool)> {
    use ms_index::Column::{MidMjd, Path};
    let mut times: HashMap<String, f64> = HashMap::new();
    let mut cut = false;
    for windows in windows.chunks(WINDOWS) {
        let within = windows.iter().fold(Condition::any(), |any, (first, last)| {
            any.add(Condition::all().add(MidMjd.gte(*first)).add(MidMjd.lte(*last)))
        });
        let select = ms_index::Entity::find()
            .select_only()
            .columns([Path, MidMjd])
            .filter(within)
            .order_by_asc(MidMjd)
            .order_by_asc(Path)
            .limit(limit.saturating_add(1));
        let rows: Vec<(String, f64)> = select.into_tuple().all(products).await?;
        cut |= rows.len() as u64 > limit;
        times.extend(rows);
    }
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_by(|a, b| a.1.total_cmp(&b.1).then_with(|| a.0.cmp(&b.0)));
    Ok((times, cut))
}
