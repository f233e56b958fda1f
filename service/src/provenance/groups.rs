//! Observation groups and the measurement sets converted from them.

use almanac_entity::{UnixTime, ingest::ingest_group, products::ms_index};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::edge::Link;
use crate::{Reader, Result, ingest::start};

/// A measurement set that names no group belongs to those that start no further away than this.
const TOLERANCE: TimeDelta = TimeDelta::seconds(60);
/// Windows of time in one statement.
const WINDOWS: usize = 400;

/// The groups that measurement sets name, and the starts of those that name none.
pub(super) async fn named(
    products: &Reader,
    keys: &[String],
) -> Result<(Vec<Link>, Vec<(String, DateTime<Utc>)>)> {
    use ms_index::Column::{GroupId, Path, StartMjd};
    let select = ms_index::Entity::find()
        .select_only()
        .columns([Path, GroupId, StartMjd])
        .filter(Path.is_in(keys))
        .order_by_asc(Path);
    let rows: Vec<(String, Option<String>, Option<f64>)> =
        select.into_tuple().all(products).await?;
    let (mut links, mut unnamed) = (Vec::new(), Vec::new());
    for (path, group_id, start_mjd) in rows {
        match group_id {
            Some(group_id) if !group_id.is_empty() => links.push(Link::new(path, group_id)),
            _ => {
                let start = start_mjd.and_then(|mjd| UnixTime::from_mjd(mjd).date_time());
                unnamed.extend(start.map(|start| (path, start)));
            }
        }
    }
    Ok((links, unnamed))
}

/// The groups that start within a minute of measurement sets.
pub(super) async fn near(ingest: &Reader, begun: &[(String, DateTime<Utc>)]) -> Result<Vec<Link>> {
    use ingest_group::Column::GroupId;
    let second = |instant: DateTime<Utc>| instant.format("%Y-%m-%dT%H:%M:%S").to_string();
    let mut links = Vec::new();
    for begun in begun.chunks(WINDOWS) {
        // The last second may be followed by a fraction or a zone's letter in an old file.
        let windows = begun.iter().fold(Condition::any(), |any, (_, start)| {
            let last = second(*start + TOLERANCE + TimeDelta::seconds(1));
            any.add(
                Condition::all()
                    .add(GroupId.gte(second(*start - TOLERANCE)))
                    .add(GroupId.lte(last)),
            )
        });
        let select = ingest_group::Entity::find()
            .select_only()
            .column(GroupId)
            .filter(windows)
            .order_by_asc(GroupId);
        let groups: Vec<String> = select.into_tuple().all(ingest).await?;
        let groups: Vec<_> = groups
            .into_iter()
            .filter_map(|group| Some((start(&group).ok()?.and_utc(), group)))
            .collect();
        for (path, begin) in begun {
            let first = groups.partition_point(|(start, _)| *start < *begin - TOLERANCE);
            let near = groups[first..].iter().take_while(|(start, _)| *start <= *begin + TOLERANCE);
            links.extend(near.map(|(_, group)| Link::inferred(path, group)));
        }
    }
    Ok(links)
}

/// The measurement sets that name no group and begin within a minute of one of these.
pub(super) async fn begun_near(
    products: &Reader,
    groups: &[String],
    limit: u64,
) -> Result<Vec<Link>> {
    use ms_index::Column::{GroupId, Path, StartMjd};
    let starts = groups.iter().filter_map(|group| Some((group, start(group).ok()?.and_utc())));
    let starts: Vec<_> = starts.collect();
    let mut links = Vec::new();
    for starts in starts.chunks(WINDOWS) {
        let mjd = |instant: DateTime<Utc>| UnixTime::from(instant).mjd();
        // A millisecond more than wanted, since an MJD is not exact.
        let slack = TOLERANCE + TimeDelta::milliseconds(1);
        let windows = starts.iter().fold(Condition::any(), |any, (_, start)| {
            let first = StartMjd.gte(mjd(*start - slack));
            any.add(Condition::all().add(first).add(StartMjd.lte(mjd(*start + slack))))
        });
        let select = ms_index::Entity::find()
            .select_only()
            .columns([Path, StartMjd])
            .filter(Condition::any().add(GroupId.is_null()).add(GroupId.eq("")))
            .filter(windows)
            .order_by_asc(Path)
            .limit(limit);
        let rows: Vec<(String, f64)> = select.into_tuple().all(products).await?;
        for (path, start_mjd) in rows {
            let Some(begin) = UnixTime::from_mjd(start_mjd).date_time() else { continue };
            let near = starts.iter().filter(|(_, start)| (*start - begin).abs() <= TOLERANCE);
            links.extend(near.map(|(group, _)| Link::inferred(path.clone(), *group)));
        }
    }
    Ok(links)
}
