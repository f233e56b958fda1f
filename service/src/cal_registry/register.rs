//! Registering the calibration tables of a solve.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use almanac_entity::{
    JsonText, UnixTime,
    cal_registry::{CaltableStatus, CaltableType, caltable},
};
use caltable::Column::{Id, OrderIndex, Path as TablePath};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ActiveValue::Set, ColumnTrait, EntityTrait, Iterable,
    QueryFilter, QueryOrder,
};

use super::ApplyListRequest;
use crate::{Error, Repository, Result, Writable};

/// What the end of a table's name says of it, in lower case: its type, and its place in the order of
/// application. A longer end comes before one that it ends in.
const SUFFIXES: [(&str, CaltableType, i32); 9] = [
    ("_flux.cal", CaltableType::Flux, 70),
    ("_fluxcal", CaltableType::Flux, 70),
    ("_2kcal", CaltableType::K, 10),
    ("_kcal", CaltableType::K, 10),
    ("_bacal", CaltableType::Ba, 20),
    ("_bpcal", CaltableType::Bp, 30),
    ("_gacal", CaltableType::Ga, 40),
    ("_gpcal", CaltableType::Gp, 50),
    ("_2gcal", CaltableType::TwoG, 60),
];

/// A calibration table on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTable {
    /// Its directory.
    pub path: String,
    /// What it corrects.
    pub table_type: CaltableType,
    /// Its place in the order of application.
    pub order_index: i32,
}

/// What the tables of a solve have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct SetDescription {
    /// The set's name.
    pub set_name: String,
    /// Field of the calibrator.
    pub cal_field: Option<String>,
    /// Reference antenna.
    pub refant: Option<String>,
    /// Start of their validity, MJD; none is open.
    pub valid_start_mjd: Option<f64>,
    /// End of their validity, MJD; none is open.
    pub valid_end_mjd: Option<f64>,
    /// Whether they may be applied.
    pub status: CaltableStatus,
    /// Quality of the solutions.
    pub quality_metrics: Option<JsonText>,
}

/// A set that was registered and looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its tables, in the order of application.
    pub tables: Vec<caltable::Model>,
    /// What is wrong with it; it is retired then.
    pub fault: Option<String>,
}

/// The calibration tables whose directories' paths begin with `prefix`, in the order of application.
/// Plain files, and directories whose names say nothing, are left out. It waits for the disk.
///
/// # Errors
/// `prefix` is not an absolute path with the beginning of a name, or its directory cannot be read.
pub fn find_tables(prefix: &Path) -> Result<Vec<FoundTable>> {
    let named = prefix.parent().zip(prefix.file_name().and_then(|name| name.to_str()));
    let Some((directory, beginning)) = named.filter(|_| prefix.is_absolute()) else {
        let message = "it is an absolute path that ends in the beginning of the tables' names";
        return Err(Error::invalid("prefix", message));
    };
    let entries = fs::read_dir(directory).map_err(|error| {
        Error::invalid("prefix", format!("its directory cannot be read: {}", error.kind()))
    })?;
    let mut tables = Vec::new();
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| name.starts_with(beginning)) else { continue };
        let Some((table_type, order_index)) = type_of_name(name) else { continue };
        if let Some(path) = path.to_str().filter(|_| path.is_dir()) {
            tables.push(FoundTable { path: path.to_owned(), table_type, order_index });
        }
    }
    tables.sort_by(|a, b| (a.order_index, &a.path).cmp(&(b.order_index, &b.path)));
    Ok(tables)
}

/// What the name of a table's directory says of its type and its place in the order of application.
pub fn type_of_name(name: &str) -> Option<(CaltableType, i32)> {
    let name = name.to_lowercase();
    let mut suffixes = SUFFIXES.iter();
    let (_, table_type, order) = suffixes.find(|(suffix, ..)| name.ends_with(suffix))?;
    Some((table_type.clone(), *order))
}

impl<C: Writable> Repository<'_, C, caltable::Entity> {
    /// Registers one table at the instant `now`.
    ///
    /// # Errors
    /// Its path is known, or as [`register_set`](Self::register_set).
    pub async fn add(&self, row: caltable::ActiveModel, now: UnixTime) -> Result<caltable::Model> {
        let set_name = match row.set_name.try_as_ref() {
            Some(name) if !name.trim().is_empty() => name.clone(),
            _ => return Err(Error::invalid("set_name", "a table belongs to a set")),
        };
        let row = registration(&set_name, row, now)?;
        let path = row.path.try_as_ref().cloned().unwrap_or_default();
        let known = caltable::Entity::find().filter(TablePath.eq(path.as_str()));
        if let Some(known) = known.one(self.connection).await? {
            return Err(Error::Conflict(format!(
                "{path} is calibration table {} already",
                known.id
            )));
        }
        self.insert(row).await
    }

    /// Registers the tables of a set, all at the instant `now`, and returns them in the order of
    /// application. Each of `rows` names its `path`, `table_type` and `order_index`; its `set_name` may
    /// be left out, its `status` is `active` unless said otherwise, and `active` follows that.
    ///
    /// A path that is known keeps its id. With `upsert` its row takes what is new; a field that is
    /// null or not given keeps what it holds, but for the window: null opens it. Without, the row is
    /// left as it is. The statements belong in one transaction.
    ///
    /// # Errors
    /// A row bears another set's name, lacks a path or has it twice, its window ends before it begins,
    /// or the engine fails.
    pub async fn register_set(
        &self,
        set_name: &str,
        rows: Vec<caltable::ActiveModel>,
        upsert: bool,
        now: UnixTime,
    ) -> Result<Vec<caltable::Model>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let rows = rows
            .into_iter()
            .map(|row| registration(set_name, row, now))
            .collect::<Result<Vec<_>>>()?;
        let paths: Vec<String> =
            rows.iter().filter_map(|row| row.path.try_as_ref().cloned()).collect();
        let mut distinct = HashSet::new();
        if let Some(twice) = paths.iter().find(|path| !distinct.insert(path.as_str())) {
            return Err(Error::invalid("path", format!("{twice} is given twice")));
        }
        let of_paths = || caltable::Entity::find().filter(TablePath.is_in(paths.iter()));
        let known = of_paths().all(self.connection).await?;
        let known: HashMap<&str, i64> =
            known.iter().map(|table| (table.path.as_str(), table.id)).collect();
        let mut fresh = Vec::new();
        for (row, path) in rows.into_iter().zip(&paths) {
            match known.get(path.as_str()) {
                None => fresh.push(row),
                Some(id) if upsert => {
                    self.update(replacement(row, *id)).await?;
                }
                Some(_) => {}
            }
        }
        self.insert_many(fresh).await?;
        let ordered = of_paths().order_by_asc(OrderIndex).order_by_asc(Id);
        Ok(ordered.all(self.connection).await?)
    }

    /// Registers the tables that [`find_tables`] found as a set; nothing where it found none.
    ///
    /// # Errors
    /// As [`register_set`](Self::register_set).
    pub async fn register_found(
        &self,
        set: &SetDescription,
        tables: &[FoundTable],
        now: UnixTime,
    ) -> Result<Vec<caltable::Model>> {
        let rows = tables.iter().map(|table| caltable::ActiveModel {
            path: Set(table.path.clone()),
            table_type: Set(table.table_type.clone()),
            order_index: Set(table.order_index),
            valid_start_mjd: Set(set.valid_start_mjd),
            valid_end_mjd: Set(set.valid_end_mjd),
            status: Set(set.status.clone()),
            cal_field: Set(set.cal_field.clone()),
            refant: Set(set.refant.clone()),
            quality_metrics: Set(set.quality_metrics.clone()),
            ..Default::default()
        });
        self.register_set(&set.set_name, rows.collect(), true, now).await
    }

    /// Registers a set as [`register_found`](Self::register_found) and looks whether it can be used: each
    /// path is there, as `is_there` says, and in the middle of its validity it is among the sets that may
    /// be applied. If not, the set is retired with the reason, which the answer holds; so that the
    /// retirement lasts, that is no error.
    ///
    /// # Errors
    /// There are no tables, or as [`register_set`](Self::register_set).
    pub async fn register_and_verify(
        &self,
        set: &SetDescription,
        tables: &[FoundTable],
        is_there: impl Fn(&str) -> bool,
        now: UnixTime,
    ) -> Result<Registration> {
        if tables.is_empty() {
            return Err(Error::not_found("calibration table whose path begins so"));
        }
        let registered = self.register_found(set, tables, now).await?;
        let missing = registered.iter().find(|table| !is_there(&table.path));
        let fault = match missing {
            Some(table) => Some(format!("{} is not on disk", table.path)),
            None => self.undiscoverable(set, now).await?,
        };
        let Some(fault) = fault else {
            return Ok(Registration { tables: registered, fault: None });
        };
        self.retire_set(&set.set_name, Some(&fault)).await?;
        let tables = self.list_by_set(&set.set_name).await?;
        Ok(Registration { tables, fault: Some(fault) })
    }

    /// Why a set that may be applied is not found in the middle of its validity, if so.
    async fn undiscoverable(&self, set: &SetDescription, now: UnixTime) -> Result<Option<String>> {
        if set.status != CaltableStatus::Active {
            return Ok(None);
        }
        let middle = match (set.valid_start_mjd, set.valid_end_mjd) {
            (Some(start), Some(end)) => f64::midpoint(start, end),
            (Some(bound), None) | (None, Some(bound)) => bound,
            (None, None) => now.mjd(),
        };
        let request = ApplyListRequest { nearest: false, ..ApplyListRequest::new(middle) };
        let list = self.apply_list(&request).await?;
        let mut found = list.set_name.iter().chain(&list.other_sets);
        if found.any(|name| *name == set.set_name) {
            return Ok(None);
        }
        Ok(Some(format!("it is not found at MJD {middle}, the middle of its validity")))
    }
}

/// The row as it is written: every column but the id is set, so that rows go into one statement.
fn registration(
    set_name: &str,
    mut row: caltable::ActiveModel,
    now: UnixTime,
) -> Result<caltable::ActiveModel> {
    if let ActiveValue::Set(other) = &row.set_name
        && other != set_name
    {
        return Err(Error::invalid(
            "set_name",
            format!("a table belongs to {other}, not {set_name}"),
        ));
    }
    match row.path.try_as_ref() {
        Some(path) if !path.trim().is_empty() => {}
        _ => return Err(Error::invalid("path", "a table has no path")),
    }
    if row.table_type.is_not_set() {
        return Err(Error::invalid("table_type", "a table does not say what it corrects"));
    }
    if row.order_index.is_not_set() {
        return Err(Error::invalid(
            "order_index",
            "a table has no place in the order of application",
        ));
    }
    let window = |end: &ActiveValue<Option<f64>>| end.try_as_ref().copied().flatten();
    if let (Some(start), Some(end)) = (window(&row.valid_start_mjd), window(&row.valid_end_mjd))
        && end < start
    {
        let message = format!("MJD {end} lies before valid_start_mjd, which is {start}");
        return Err(Error::invalid("valid_end_mjd", message));
    }
    let status = row.status.try_as_ref().cloned().unwrap_or(CaltableStatus::Active);
    row.id = ActiveValue::NotSet;
    row.set_name = ActiveValue::Set(set_name.to_owned());
    row.created_at = ActiveValue::Set(now);
    row.active = ActiveValue::Set(Some(status == CaltableStatus::Active));
    row.status = ActiveValue::Set(status);
    set_where_missing(&mut row.valid_start_mjd);
    set_where_missing(&mut row.valid_end_mjd);
    set_where_missing(&mut row.cal_field);
    set_where_missing(&mut row.refant);
    set_where_missing(&mut row.notes);
    set_where_missing(&mut row.source_ms_path);
    set_where_missing(&mut row.solver_command);
    set_where_missing(&mut row.solver_version);
    set_where_missing(&mut row.solver_params);
    set_where_missing(&mut row.quality_metrics);
    Ok(row)
}

fn set_where_missing<T>(value: &mut ActiveValue<Option<T>>)
where
    Option<T>: Into<sea_orm::Value>,
{
    if value.is_not_set() {
        *value = ActiveValue::Set(None);
    }
}

/// What a registration changes of a table that is known: all that is not null, and the window.
fn replacement(mut row: caltable::ActiveModel, id: i64) -> caltable::ActiveModel {
    use caltable::Column::{ValidEndMjd, ValidStartMjd};
    for column in caltable::Column::iter() {
        if matches!(column, ValidStartMjd | ValidEndMjd) {
            continue;
        }
        if matches!(row.get(column), ActiveValue::Set(value) if value == value.as_null()) {
            row.not_set(column);
        }
    }
    row.id = ActiveValue::Unchanged(id);
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_says_what_a_table_corrects() {
        for (name, expected) in [
            ("2025-10-02_3C286_kcal", Some((CaltableType::K, 10))),
            ("x_2KCAL", Some((CaltableType::K, 10))),
            ("x_bacal", Some((CaltableType::Ba, 20))),
            ("x_bpcal", Some((CaltableType::Bp, 30))),
            ("x_gacal", Some((CaltableType::Ga, 40))),
            ("x_gpcal", Some((CaltableType::Gp, 50))),
            ("x_2gcal", Some((CaltableType::TwoG, 60))),
            ("x_flux.cal", Some((CaltableType::Flux, 70))),
            ("x_FluxCal", Some((CaltableType::Flux, 70))),
            ("x_gcal", None),
            ("kcal", None),
            ("x_kcal.bak", None),
        ] {
            assert_eq!(type_of_name(name), expected, "{name}");
        }
    }
}
