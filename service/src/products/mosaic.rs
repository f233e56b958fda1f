//! Mosaics.

use almanac_entity::{
    UnixTime,
    products::{MosaicStatus, image, mosaic},
};
use mosaic::Column::{CreatedAt, EndMjd, Name, Path, StartMjd};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{self, Set, Unchanged},
    ConnectionTrait, Iterable,
};

use super::check_mjd_range;
use crate::{Comparison, Error, Filter, Order, Repository, Result, Writable};

/// An image that a mosaic is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// What the mosaic calls it: the path or the id of an image.
    pub name: String,
    /// The image; none where it is missing.
    pub image: Option<image::Model>,
}

/// What the list of a mosaic's tiles names, whether its items are paths, ids or objects with one of both.
pub fn tile_names(mosaic: &mosaic::Model) -> Vec<String> {
    use serde_json::Value;
    let name = |tile: &Value| match tile {
        Value::String(path) => Some(path.clone()),
        Value::Number(id) => Some(id.to_string()),
        Value::Object(tile) => match (tile.get("path"), tile.get("id")) {
            (Some(Value::String(path)), _) => Some(path.clone()),
            (_, Some(Value::Number(id))) => Some(id.to_string()),
            _ => None,
        },
        _ => None,
    };
    match mosaic.tiles.as_ref().map(|tiles| &tiles.0) {
        Some(Value::Array(tiles)) => tiles.iter().filter_map(name).collect(),
        Some(Value::String(paths)) => listed(paths),
        _ => Vec::new(),
    }
}

/// The paths of a text that separates them by commas.
pub(super) fn listed(paths: &str) -> Vec<String> {
    let paths = paths.split(',').map(str::trim).filter(|path| !path.is_empty());
    paths.map(str::to_owned).collect()
}

impl<C: ConnectionTrait> Repository<'_, C, mosaic::Entity> {
    /// The mosaics made last, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_recent(&self, limit: u64) -> Result<Vec<mosaic::Model>> {
        self.slice(&Filter::default(), &[Order::desc(CreatedAt)], limit, 0).await
    }

    /// The mosaics whose time meets that from `start_mjd` to `end_mjd`, both included, earliest first.
    ///
    /// # Errors
    /// A bound is not a finite number, `start_mjd` lies behind `end_mjd`, or the engine fails.
    pub async fn list_by_time(
        &self,
        start_mjd: f64,
        end_mjd: f64,
        limit: u64,
    ) -> Result<Vec<mosaic::Model>> {
        check_mjd_range("start_mjd", start_mjd, "end_mjd", end_mjd)?;
        let meets = Filter::All(vec![
            Filter::Compare(StartMjd, Comparison::Lte, end_mjd.into()),
            Filter::Compare(EndMjd, Comparison::Gte, start_mjd.into()),
        ]);
        self.slice(&meets, &[Order::asc(StartMjd)], limit, 0).await
    }

    /// The mosaic of an id, a path or a name; of several of one name, the newest.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_id_name_or_path(&self, text: &str) -> Result<Option<mosaic::Model>> {
        let is_id = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_id
            && let Ok(id) = text.parse::<i64>()
            && let Some(mosaic) = self.find(id).await?
        {
            return Ok(Some(mosaic));
        }
        if let Some(mosaic) = self.find_by_path(text).await? {
            return Ok(Some(mosaic));
        }
        let named = Filter::eq(Name, text);
        Ok(self.slice(&named, &[Order::desc(CreatedAt)], 1, 0).await?.pop())
    }

    /// The images that a mosaic is made of, in its order; those that are missing too.
    ///
    /// # Errors
    /// There is no such mosaic, or the engine fails.
    pub async fn tiles(&self, id: i64) -> Result<Vec<Tile>> {
        let mosaic = self.find(id).await?.ok_or_else(|| no_mosaic(id))?;
        let names = tile_names(&mosaic);
        let images = self.on::<image::Entity>().get_many(&names).await?;
        let image = |name: &String| {
            let is_named =
                |image: &&image::Model| image.path == *name || image.id.to_string() == *name;
            images.iter().find(is_named).cloned()
        };
        Ok(names.iter().map(|name| Tile { name: name.clone(), image: image(name) }).collect())
    }

    async fn find_by_path(&self, path: &str) -> Result<Option<mosaic::Model>> {
        let of_path = Filter::eq(Path, path);
        Ok(self.slice(&of_path, &[Order::desc(CreatedAt)], 1, 0).await?.pop())
    }
}

impl<C: Writable> Repository<'_, C, mosaic::Entity> {
    /// Writes a new mosaic, made at `now` unless it says when.
    ///
    /// # Errors
    /// The path is missing or known, the name is missing, it ends before it begins, a value is out of
    /// range, or the engine fails.
    pub async fn add(&self, row: mosaic::ActiveModel, now: UnixTime) -> Result<mosaic::Model> {
        let row = checked(row, now)?;
        let path = row.path.try_as_ref().map(String::as_str).unwrap_or_default();
        if let Some(known) = self.find_by_path(path).await? {
            return Err(Error::Conflict(format!("{path} is mosaic {} already", known.id)));
        }
        self.insert(row).await
    }

    /// Writes a mosaic, or changes the one of that path, which keeps its id and when it was made. A field
    /// that is null or not given keeps what it holds. The statements belong in one transaction.
    ///
    /// # Errors
    /// As [`add`](Self::add), but for a path that is known.
    pub async fn upsert_by_path(
        &self,
        mut row: mosaic::ActiveModel,
        now: UnixTime,
    ) -> Result<mosaic::Model> {
        let path = row.path.try_as_ref().cloned().unwrap_or_default();
        // Not by ON CONFLICT: a row that is changed need not name everything that a new one has to.
        let Some(known) = self.find_by_path(&path).await? else {
            return self.insert(checked(row, now)?).await;
        };
        for column in mosaic::Column::iter() {
            if matches!(row.get(column), ActiveValue::Set(value) if value == value.as_null()) {
                row.not_set(column);
            }
        }
        let start = row.start_mjd.try_as_ref().copied().unwrap_or(known.start_mjd);
        let end = row.end_mjd.try_as_ref().copied().unwrap_or(known.end_mjd);
        check_mjd_range("start_mjd", start, "end_mjd", end)?;
        row.id = Unchanged(known.id);
        row.path = Unchanged(known.path);
        if row.created_at.is_not_set() {
            row.created_at = Unchanged(known.created_at);
        }
        self.update(row).await
    }

    /// Brings a mosaic to a status.
    ///
    /// # Errors
    /// There is no such mosaic or no such status, or the engine fails.
    pub async fn set_status(&self, id: i64, status: MosaicStatus) -> Result<mosaic::Model> {
        if let MosaicStatus::Other(word) = &status {
            let words = "planned, building, completed, failed";
            return Err(Error::invalid("status", format!("{word:?} is none of {words}")));
        }
        if self.lock(id).await?.is_none() {
            return Err(no_mosaic(id));
        }
        self.update(mosaic::ActiveModel {
            id: Unchanged(id),
            status: Set(Some(status)),
            ..Default::default()
        })
        .await
    }
}

fn checked(mut row: mosaic::ActiveModel, now: UnixTime) -> Result<mosaic::ActiveModel> {
    let text = |value: &ActiveValue<String>| {
        value.try_as_ref().is_some_and(|text| !text.trim().is_empty())
    };
    if !text(&row.path) {
        return Err(Error::invalid("path", "a mosaic has a path"));
    }
    if !text(&row.name) {
        return Err(Error::invalid("name", "a mosaic has a name"));
    }
    let (Some(start), Some(end)) = (row.start_mjd.try_as_ref(), row.end_mjd.try_as_ref()) else {
        return Err(Error::invalid("start_mjd", "a mosaic says what time it covers"));
    };
    check_mjd_range("start_mjd", *start, "end_mjd", *end)?;
    row.id = ActiveValue::NotSet;
    if row.created_at.is_not_set() {
        row.created_at = Set(now);
    }
    Ok(row)
}

fn no_mosaic(id: i64) -> Error {
    Error::not_found(format!("mosaic {id}"))
}
