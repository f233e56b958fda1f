//! Groups of measurement sets on their way to a mosaic.

use std::collections::{HashMap, HashSet};

use almanac_entity::{
    JsonText, UnixTime,
    products::{
        MeasurementSetStatus, MosaicGroupStatus, mosaic_group, mosaic_membership, ms_index,
    },
};
use mosaic_group::Column::{CreatedAt, Status};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityName,
    sea_query::{Expr, ExprTrait, Func, Query, SelectStatement},
};
use serde_json::{Value as Json, json};

use super::{mosaic::listed, run_id::instant_of_path};
use crate::{Error, Filter, Order, Repository, Result, Writable};

const MINUTES_OF_A_DAY: f64 = 1_440.0;
/// Measurement sets among which the next group is looked for.
const CANDIDATES: u64 = 20_000;
/// Groups that a measurement set may belong to: neighbours share some.
const GROUPS_OF_A_SET: u64 = 2;

/// What makes a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupRules {
    /// Measurement sets of a group.
    pub size: usize,
    /// Those that it shares with its predecessor.
    pub overlap: usize,
    /// From the middle of its first to that of its last, minutes, at the most.
    pub max_span_minutes: f64,
    /// How far their declinations may lie apart, degrees.
    pub dec_tolerance_deg: f64,
}

impl Default for GroupRules {
    fn default() -> Self {
        Self { size: 10, overlap: 2, max_span_minutes: 60.0, dec_tolerance_deg: 0.5 }
    }
}

impl GroupRules {
    fn check(&self) -> Result<()> {
        if self.size == 0 || self.size > 1_000 {
            return Err(Error::invalid("size", "a group has 1 to 1,000 measurement sets"));
        }
        if self.overlap >= self.size {
            return Err(Error::invalid("overlap", "it is less than the size of a group"));
        }
        for (argument, number) in [
            ("max_span_minutes", self.max_span_minutes),
            ("dec_tolerance_deg", self.dec_tolerance_deg),
        ] {
            if !(number.is_finite() && number >= 0.0) {
                return Err(Error::invalid(argument, format!("{number} is not 0 or more")));
            }
        }
        Ok(())
    }
}

/// The group that can be formed next.
#[derive(Clone, Debug, PartialEq)]
pub struct NextGroup {
    /// Its measurement sets, in order of time.
    pub ms_paths: Vec<String>,
    /// How many of the first belong to the group before it too.
    pub shared: usize,
    /// Declination of the first, degrees.
    pub dec_deg: f64,
    /// Middle of the first, MJD.
    pub start_mjd: f64,
    /// Middle of the last, MJD.
    pub end_mjd: f64,
}

/// The measurement sets that a group names, whether as a list or separated by commas.
pub fn ms_paths(group: &mosaic_group::Model) -> Vec<String> {
    match &group.ms_paths.0 {
        Json::Array(paths) => {
            paths.iter().filter_map(|path| path.as_str().map(str::to_owned)).collect()
        }
        Json::String(paths) => listed(paths),
        _ => Vec::new(),
    }
}

/// Where a group may go from a status. It may fail anywhere, and a failed one waits again.
fn next_statuses(status: &MosaicGroupStatus) -> Vec<MosaicGroupStatus> {
    use MosaicGroupStatus::{
        Calibrated, Calibrating, Completed, Failed, Imaged, Imaging, Mosaicking, Other, Pending,
    };
    let forward = match status {
        Pending => Some(Calibrating),
        Calibrating => Some(Calibrated),
        Calibrated => Some(Imaging),
        Imaging => Some(Imaged),
        Imaged => Some(Mosaicking),
        Mosaicking => Some(Completed),
        Failed => return vec![Pending],
        Completed | Other(_) => None,
    };
    forward.into_iter().chain([Failed]).collect()
}

/// A measurement set that may go into a group.
struct Candidate {
    path: String,
    mid_mjd: f64,
    dec_deg: f64,
    /// The group it belongs to already and may be shared with.
    group: Option<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, mosaic_group::Entity> {
    /// The groups of a status, or all, formed last first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn groups(
        &self,
        status: Option<&MosaicGroupStatus>,
        limit: u64,
    ) -> Result<Vec<mosaic_group::Model>> {
        let filter = match status {
            // The database's default where an old file says nothing.
            Some(MosaicGroupStatus::Pending) => Filter::Any(vec![
                Filter::eq(Status, MosaicGroupStatus::Pending),
                Filter::Null(Status, true),
            ]),
            Some(status) => Filter::eq(Status, status.clone()),
            None => Filter::default(),
        };
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, 0).await
    }

    /// The earliest group that can be formed of measurement sets from `from_mjd` on: of one declination,
    /// in order of time, none of them in a group already but the first ones, which the group before it
    /// ends with. None where too few are there.
    ///
    /// # Errors
    /// The rules contradict each other, `from_mjd` is not finite, or the engine fails.
    pub async fn next_group(
        &self,
        rules: &GroupRules,
        from_mjd: Option<f64>,
    ) -> Result<Option<NextGroup>> {
        rules.check()?;
        if from_mjd.is_some_and(|mjd| !mjd.is_finite()) {
            return Err(Error::invalid("from_mjd", "it is not a finite number"));
        }
        let select = candidates(rules, from_mjd);
        let mut candidates = Vec::new();
        for result in self.connection.query_all(&select).await? {
            let groups: i64 = result.try_get_by_index(3)?;
            let group: Option<String> = result.try_get_by_index(4)?;
            candidates.push(Candidate {
                path: result.try_get_by_index(0)?,
                mid_mjd: result.try_get_by_index(1)?,
                dec_deg: result.try_get_by_index(2)?,
                group: group.filter(|_| groups > 0),
            });
        }
        Ok((0..candidates.len()).find_map(|first| window(&candidates[first..], rules)))
    }
}

/// The group that begins with the first of `candidates`, which are in order of time.
fn window(candidates: &[Candidate], rules: &GroupRules) -> Option<NextGroup> {
    let first = candidates.first()?;
    let last_mjd = first.mid_mjd + rules.max_span_minutes / MINUTES_OF_A_DAY;
    let near = candidates
        .iter()
        .take_while(|candidate| candidate.mid_mjd <= last_mjd + 1e-9)
        .filter(|candidate| (candidate.dec_deg - first.dec_deg).abs() <= rules.dec_tolerance_deg);
    let shared = if first.group.is_some() { rules.overlap } else { 0 };
    let mut group: Vec<&Candidate> = Vec::with_capacity(rules.size);
    for candidate in near {
        if group.len() < shared {
            // Its predecessor's last ones stand together.
            if candidate.group != first.group {
                return None;
            }
        } else if candidate.group.is_some() {
            continue;
        }
        group.push(candidate);
        if group.len() == rules.size {
            return Some(NextGroup {
                ms_paths: group.iter().map(|candidate| candidate.path.clone()).collect(),
                shared,
                dec_deg: first.dec_deg,
                start_mjd: first.mid_mjd,
                end_mjd: candidate.mid_mjd,
            });
        }
    }
    None
}

/// Measurement sets with a time and a declination that belong to no group, and the last ones of each group,
/// in order of time: path, middle, declination, number of groups, the group.
fn candidates(rules: &GroupRules, from_mjd: Option<f64>) -> SelectStatement {
    use mosaic_membership::Column::{MosaicGroupId, MsPath, PositionInGroup};
    use ms_index::Column::{DecDeg, MidMjd, Path, PointingDecDeg, Status};
    let ends = Query::select()
        .expr_as(MosaicGroupId.into_expr(), "ended_group")
        .expr_as(PositionInGroup.max(), "last_position")
        .from(mosaic_membership::Entity.table_ref())
        .group_by_col(MosaicGroupId.as_column_ref())
        .to_owned();
    let dec = || Func::coalesce([DecDeg.into_expr(), PointingDecDeg.into_expr()]);
    let overlap = i64::try_from(rules.overlap).unwrap_or(i64::MAX);
    let is_free = MosaicGroupId.count().eq(0);
    let is_last = MosaicGroupId
        .count()
        .eq(1)
        .and(PositionInGroup.max().gt(Expr::col("last_position").max().sub(overlap)));
    let mut select = Query::select();
    select
        .expr(Path.into_expr())
        .expr(MidMjd.into_expr())
        .expr(dec())
        .expr(MosaicGroupId.count())
        .expr(MosaicGroupId.min())
        .from(ms_index::Entity.table_ref())
        .left_join(
            mosaic_membership::Entity.table_ref(),
            MsPath.into_expr().equals(Path.as_column_ref()),
        )
        .join_subquery(
            sea_orm::JoinType::LeftJoin,
            ends,
            "ends",
            Expr::col("ended_group").equals(MosaicGroupId.as_column_ref()),
        )
        .and_where(MidMjd.is_not_null())
        .and_where(Expr::expr(dec()).is_not_null())
        .and_where(Status.is_null().or(Status.ne(MeasurementSetStatus::Failed)))
        .group_by_columns(
            [Path, MidMjd, DecDeg, PointingDecDeg].map(|column| column.as_column_ref()),
        )
        .and_having(is_free.or(is_last))
        .order_by(MidMjd.as_column_ref(), sea_orm::Order::Asc)
        .order_by(Path.as_column_ref(), sea_orm::Order::Asc)
        .limit(CANDIDATES);
    if let Some(from) = from_mjd {
        select.and_where(MidMjd.gte(from));
    }
    select
}

impl<C: Writable> Repository<'_, C, mosaic_group::Entity> {
    /// Forms a group of measurement sets, which waits from `now` on: the group and its membership. The
    /// measurement sets are put in order of time. The statements belong in one transaction.
    ///
    /// # Errors
    /// They are not as many as `rules` say, one is unknown, without a time or given twice, belongs to two
    /// groups already, they span too long or lie too far apart in declination, there is the group
    /// already, or the engine fails.
    pub async fn create_group(
        &self,
        paths: &[String],
        calibration_ms_path: Option<String>,
        rules: &GroupRules,
        now: UnixTime,
    ) -> Result<mosaic_group::Model> {
        rules.check()?;
        if paths.len() != rules.size {
            let message = format!("a group has {}, not {}", rules.size, paths.len());
            return Err(Error::invalid("ms_paths", message));
        }
        let mut known = HashSet::new();
        if let Some(twice) = paths.iter().find(|path| !known.insert(path.as_str())) {
            return Err(Error::invalid("ms_paths", format!("{twice} is given twice")));
        }
        let sets = self.measurement_sets(paths).await?;
        check_together(&sets, rules)?;
        self.check_memberships(&sets).await?;
        let group_id = group_id(&sets[0]);
        if self.find(group_id.as_str()).await?.is_some() {
            return Err(Error::Conflict(format!("there is a group {group_id} already")));
        }
        let paths: Vec<&str> = sets.iter().map(|set| set.path.as_str()).collect();
        let group = self
            .insert(mosaic_group::ActiveModel {
                group_id: Set(group_id.clone()),
                ms_paths: Set(JsonText(json!(paths))),
                calibration_ms_path: Set(calibration_ms_path),
                bpcal_solved: Set(Some(false)),
                gaincal_solved: Set(Some(false)),
                created_at: Set(now),
                status: Set(Some(MosaicGroupStatus::Pending)),
                cal_applied: Set(Some(false)),
                ..Default::default()
            })
            .await?;
        let member = |(position, set): (i32, ms_index::Model)| mosaic_membership::ActiveModel {
            ms_path: Set(set.path),
            mosaic_group_id: Set(group_id.clone()),
            position_in_group: Set(position),
        };
        let members: Vec<_> = (0_i32..).zip(sets).map(member).collect();
        self.on::<mosaic_membership::Entity>().insert_many(members).await?;
        Ok(group)
    }

    /// Brings a group to its next status, or to `failed` for a reason, or a failed one back to `pending`.
    /// When it was calibrated, imaged, put together and completed follows.
    ///
    /// # Errors
    /// There is no such group, its status does not lead there, or the engine fails.
    pub async fn advance(
        &self,
        group_id: &str,
        status: MosaicGroupStatus,
        error: Option<String>,
        now: UnixTime,
    ) -> Result<mosaic_group::Model> {
        use MosaicGroupStatus::{Calibrated, Completed, Failed, Imaged, Pending};
        let group = self.lock(group_id).await?;
        let group = group.ok_or_else(|| Error::not_found(format!("mosaic group {group_id}")))?;
        let from = group.status.unwrap_or(Pending);
        let legal = next_statuses(&from);
        if !legal.contains(&status) {
            let legal = legal.iter().map(MosaicGroupStatus::as_str).collect::<Vec<_>>().join(", ");
            let message =
                format!("group {group_id} is {from}, which leads to {legal} and not to {status}");
            return Err(Error::Conflict(message));
        }
        let mut row = mosaic_group::ActiveModel {
            group_id: Unchanged(group_id.to_owned()),
            error: Set(error.filter(|_| status == Failed)),
            ..Default::default()
        };
        match status {
            Calibrated => row.calibrated_at = Set(Some(now)),
            Imaged => row.imaged_at = Set(Some(now)),
            Completed => {
                row.mosaicked_at = Set(Some(now));
                row.completed_at = Set(Some(now));
            }
            _ => {}
        }
        row.status = Set(Some(status));
        self.update(row).await
    }

    /// The measurement sets of these paths, in order of time.
    async fn measurement_sets(&self, paths: &[String]) -> Result<Vec<ms_index::Model>> {
        let mut sets = self.on::<ms_index::Entity>().get_many(paths).await?;
        if sets.len() < paths.len() {
            let known: HashSet<&str> = sets.iter().map(|set| set.path.as_str()).collect();
            let unknown = paths.iter().find(|path| !known.contains(path.as_str()));
            let unknown = unknown.map(String::as_str).unwrap_or_default();
            let message = format!("there is no measurement set {unknown}");
            return Err(Error::invalid("ms_paths", message));
        }
        if let Some(timeless) = sets.iter().find(|set| set.mid_mjd.is_none()) {
            let message = format!("{} does not say when it was observed", timeless.path);
            return Err(Error::invalid("ms_paths", message));
        }
        let mid = |set: &ms_index::Model| set.mid_mjd.unwrap_or_default();
        sets.sort_by(|a, b| mid(a).total_cmp(&mid(b)).then_with(|| a.path.cmp(&b.path)));
        Ok(sets)
    }

    async fn check_memberships(&self, sets: &[ms_index::Model]) -> Result<()> {
        use mosaic_membership::Column::MsPath;
        let members = self.on::<mosaic_membership::Entity>();
        let of_sets = Filter::In(MsPath, sets.iter().map(|set| set.path.as_str().into()).collect());
        let mut groups: HashMap<String, u64> = HashMap::new();
        for member in members.slice(&of_sets, &[], 10_000, 0).await? {
            *groups.entry(member.ms_path).or_default() += 1;
        }
        let full = sets.iter().find(|set| groups.get(&set.path) >= Some(&GROUPS_OF_A_SET));
        full.map_or(Ok(()), |set| {
            Err(Error::Conflict(format!("{} belongs to two groups already", set.path)))
        })
    }
}

fn check_together(sets: &[ms_index::Model], rules: &GroupRules) -> Result<()> {
    let mid = |set: Option<&ms_index::Model>| set.and_then(|set| set.mid_mjd).unwrap_or_default();
    let minutes = (mid(sets.last()) - mid(sets.first())) * MINUTES_OF_A_DAY;
    if minutes > rules.max_span_minutes + 1e-6 {
        let message =
            format!("they span {minutes:.1} minutes, more than {}", rules.max_span_minutes);
        return Err(Error::invalid("ms_paths", message));
    }
    let decs = || sets.iter().filter_map(|set| set.dec_deg.or(set.pointing_dec_deg));
    let (south, north) = decs().fold((f64::INFINITY, f64::NEG_INFINITY), |(south, north), dec| {
        (south.min(dec), north.max(dec))
    });
    if north - south > rules.dec_tolerance_deg {
        let message = format!(
            "their declinations go from {south:.3}° to {north:.3}°, further apart than {}°",
            rules.dec_tolerance_deg
        );
        return Err(Error::invalid("ms_paths", message));
    }
    Ok(())
}

/// The group's name: by the instant at which its first measurement set begins.
fn group_id(first: &ms_index::Model) -> String {
    const FORM: &str = "%Y-%m-%dT%H:%M:%S";
    let by_time = || {
        let mjd = first.start_mjd.or(first.mid_mjd)?;
        Some(UnixTime::from_mjd(mjd).date_time()?.format(FORM).to_string())
    };
    let by_name = || Some(instant_of_path(&first.path)?.format(FORM).to_string());
    let instant = first.group_id.clone().or_else(by_name).or_else(by_time);
    format!("mosaic_{}", instant.unwrap_or_else(|| first.path.clone()))
}
