//! Sets of calibration tables that are valid at the same time.

use std::{collections::BTreeMap, fmt, str::FromStr};

use almanac_entity::cal_registry::{CaltableStatus, caltable};
use caltable::Column::{Id, SetName, Status, ValidEndMjd};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Value, sea_query::Expr,
};

use super::caltable::{check_mjd, valid_between};
use crate::{Error, Filter, Repository, Result, Writable};

/// A set that is to be valid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSet {
    /// Its name.
    pub set_name: String,
    /// Start of its validity, MJD; none is open.
    pub valid_start_mjd: Option<f64>,
    /// End of its validity, MJD; none is open.
    pub valid_end_mjd: Option<f64>,
    /// Field of its calibrator.
    pub cal_field: Option<String>,
    /// Its reference antenna.
    pub refant: Option<String>,
}

/// A set in use that is valid at the same time as a new one.
#[derive(Clone, Debug, PartialEq)]
pub struct OverlappingSet {
    /// Its name.
    pub set_name: String,
    /// The earliest start of its tables, MJD; none where one is open.
    pub valid_start_mjd: Option<f64>,
    /// The latest end of its tables, MJD; none where one is open.
    pub valid_end_mjd: Option<f64>,
    /// In what it differs from the new set.
    pub issues: Vec<String>,
}

/// What is done about sets that overlap a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OverlapStrategy {
    /// Nothing: it is an error.
    Error,
    /// They are retired.
    Retire,
    /// They end where the new one begins; those that begin later are retired.
    Trim,
}

impl fmt::Display for OverlapStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Retire => "retire",
            Self::Trim => "trim",
        })
    }
}

impl FromStr for OverlapStrategy {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "error" => Ok(Self::Error),
            "retire" => Ok(Self::Retire),
            "trim" => Ok(Self::Trim),
            _ => {
                Err(Error::invalid("strategy", format!("{word:?} is none of error, retire, trim")))
            }
        }
    }
}

/// What was done about sets that overlapped a new one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverlapResolution {
    /// The sets, as they were.
    pub overlapping: Vec<OverlappingSet>,
    /// Sets that were retired.
    pub retired: Vec<String>,
    /// Sets that end earlier now.
    pub trimmed: Vec<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// The sets in use with a table that is valid at some time of a new set, by name. Windows overlap when
    /// each starts no later than the other ends.
    ///
    /// # Errors
    /// A bound is not a finite number, the window ends before it begins, or the engine fails.
    pub async fn check_overlap(&self, new: &NewSet) -> Result<Vec<OverlappingSet>> {
        let sets = self.overlapping(new).await?.into_iter();
        Ok(sets.map(|(name, tables)| overlapping_set(name, &tables, new)).collect())
    }

    /// The active tables of every set that overlaps a new one.
    async fn overlapping(&self, new: &NewSet) -> Result<BTreeMap<String, Vec<caltable::Model>>> {
        let start = new.valid_start_mjd.unwrap_or(f64::MIN);
        let end = new.valid_end_mjd.unwrap_or(f64::MAX);
        check_mjd("valid_start_mjd", start)?;
        check_mjd("valid_end_mjd", end)?;
        if end < start {
            let message = format!("MJD {end} lies before valid_start_mjd, which is {start}");
            return Err(Error::invalid("valid_end_mjd", message));
        }
        let meeting = caltable::Entity::find()
            .filter(valid_between(start, end))
            .filter(SetName.ne(new.set_name.as_str()));
        let mut names: Vec<String> =
            meeting.all(self.connection).await?.into_iter().map(|table| table.set_name).collect();
        names.sort_unstable();
        names.dedup();
        let mut sets: BTreeMap<String, Vec<caltable::Model>> = BTreeMap::new();
        for names in names.chunks(IN_LIST) {
            let whole = caltable::Entity::find()
                .filter(SetName.is_in(names))
                .filter(Status.eq(CaltableStatus::Active))
                .order_by_asc(Id);
            for table in whole.all(self.connection).await? {
                sets.entry(table.set_name.clone()).or_default().push(table);
            }
        }
        Ok(sets)
    }
}

impl<C: Writable> Repository<'_, C, caltable::Entity> {
    /// Makes room for a new set. The statements belong in one transaction, together with the registration.
    ///
    /// # Errors
    /// With [`OverlapStrategy::Error`] there is an overlap, which names the sets; or as
    /// [`check_overlap`](Self::check_overlap).
    pub async fn resolve_overlap(
        &self,
        new: &NewSet,
        strategy: OverlapStrategy,
    ) -> Result<OverlapResolution> {
        let sets = self.overlapping(new).await?;
        let mut resolution = OverlapResolution::default();
        if strategy == OverlapStrategy::Error && !sets.is_empty() {
            let names: Vec<&str> = sets.keys().map(String::as_str).collect();
            let names = names.join(", ");
            let message =
                format!("set {} overlaps {names}; retire or trim those first", new.set_name);
            return Err(Error::Conflict(message));
        }
        let reason = format!("Superseded by {}", new.set_name);
        for (name, tables) in sets {
            let starts = tables.iter().map(|table| table.valid_start_mjd);
            let begins = least(starts);
            match (strategy, new.valid_start_mjd) {
                (OverlapStrategy::Trim, Some(start))
                    if begins.is_none_or(|begin| begin < start) =>
                {
                    self.trim(&tables, start, &reason).await?;
                    resolution.trimmed.push(name.clone());
                }
                _ => {
                    self.retire_set(&name, Some(&reason)).await?;
                    resolution.retired.push(name.clone());
                }
            }
            resolution.overlapping.push(overlapping_set(name, &tables, new));
        }
        Ok(resolution)
    }

    /// Ends tables of a set where a new one starts; those that begin no earlier are retired.
    async fn trim(&self, tables: &[caltable::Model], start: f64, reason: &str) -> Result<()> {
        let later = |table: &&caltable::Model| table.valid_start_mjd.is_some_and(|at| at >= start);
        let ids = |tables: &mut dyn Iterator<Item = &caltable::Model>| {
            Filter::In(Id, tables.map(|table| Value::from(table.id)).collect())
        };
        let longer = |table: &&caltable::Model| table.valid_end_mjd.is_none_or(|end| end > start);
        let shortened = ids(&mut tables.iter().filter(|one| !later(one)).filter(longer));
        self.update_where(&shortened, [(ValidEndMjd, Expr::value(start))]).await?;
        self.retire_tables(&ids(&mut tables.iter().filter(later)), Some(reason)).await?;
        Ok(())
    }
}

/// Values in one `IN` list.
const IN_LIST: usize = 900;

fn overlapping_set(set_name: String, tables: &[caltable::Model], new: &NewSet) -> OverlappingSet {
    let ends = tables.iter().map(|table| table.valid_end_mjd.map(|end| -end));
    let mut issues = Vec::new();
    for (what, wanted, of) in [
        ("reference antenna", &new.refant, (|table| table.refant.as_deref()) as Property),
        ("calibrator field", &new.cal_field, |table| table.cal_field.as_deref()),
    ] {
        let other = tables.iter().find_map(of);
        if let (Some(wanted), Some(other)) = (wanted, other)
            && wanted != other
        {
            issues.push(format!("its {what} is {other}, not {wanted}"));
        }
    }
    OverlappingSet {
        valid_start_mjd: least(tables.iter().map(|table| table.valid_start_mjd)),
        valid_end_mjd: least(ends).map(|end| -end),
        set_name,
        issues,
    }
}

type Property = fn(&caltable::Model) -> Option<&str>;

/// The least of bounds; none where one is open.
fn least(bounds: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let bounds: Option<Vec<f64>> = bounds.collect();
    bounds?.into_iter().reduce(f64::min)
}
