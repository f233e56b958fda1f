//! Images.

use std::collections::HashMap;

use almanac_entity::products::{ImageType, image, photometry};
use image::Column::{CreatedAt, Id, Kind, MsPath, Path};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, Iterable,
    QueryFilter, QueryOrder,
};

use super::IN_LIST;
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Measurements that a removal tells one by one; the others are only counted.
const TOLD: u64 = 100;

/// What the removal of an image does, or would do.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageRemoval {
    /// The image.
    pub image: image::Model,
    /// Number of measurements made on it, which stand in the way or go with it.
    pub photometry: u64,
    /// The first hundred of them.
    pub measurements: Vec<photometry::Model>,
    /// Whether it is removed.
    pub removed: bool,
}

impl<C: ConnectionTrait> Repository<'_, C, image::Entity> {
    /// The image of an id, which is a text of digits, or of a path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_id_or_path(&self, id_or_path: &str) -> Result<Option<image::Model>> {
        match id_of(id_or_path) {
            Some(id) => self.find(id).await,
            None => self.find_by_path(id_or_path).await,
        }
    }

    /// The image of a path; of several, as adopted files may hold them, the newest.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_path(&self, path: &str) -> Result<Option<image::Model>> {
        let select = image::Entity::find().filter(Path.eq(path));
        Ok(select.order_by_desc(CreatedAt).order_by_desc(Id).one(self.connection).await?)
    }

    /// The images of a type or of all, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_type(
        &self,
        kind: Option<&ImageType>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<image::Model>> {
        self.slice(&of_type(kind), &[Order::desc(CreatedAt)], limit, offset).await
    }

    /// All images made from a measurement set, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_by_ms_path(&self, ms_path: &str) -> Result<Vec<image::Model>> {
        let select = image::Entity::find().filter(MsPath.eq(ms_path));
        Ok(select.order_by_desc(CreatedAt).order_by_desc(Id).all(self.connection).await?)
    }

    /// The images of these ids and paths, in the order asked for; unknown ones are left out.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_many(&self, ids_or_paths: &[String]) -> Result<Vec<image::Model>> {
        let ids: Vec<i64> = ids_or_paths.iter().filter_map(|text| id_of(text)).collect();
        let paths: Vec<&String> =
            ids_or_paths.iter().filter(|text| id_of(text).is_none()).collect();
        let mut by_id = HashMap::with_capacity(ids.len());
        for chunk in ids.chunks(IN_LIST) {
            let select = image::Entity::find().filter(Id.is_in(chunk.iter().copied()));
            by_id.extend(
                select.all(self.connection).await?.into_iter().map(|image| (image.id, image)),
            );
        }
        let mut by_path = HashMap::with_capacity(paths.len());
        for chunk in paths.chunks(IN_LIST) {
            let select = image::Entity::find().filter(Path.is_in(chunk.iter().copied()));
            // The newest of a path comes last and stays.
            let images =
                select.order_by_asc(CreatedAt).order_by_asc(Id).all(self.connection).await?;
            by_path.extend(images.into_iter().map(|image| (image.path.clone(), image)));
        }
        let found = ids_or_paths.iter().filter_map(|text| match id_of(text) {
            Some(id) => by_id.get(&id),
            None => by_path.get(text),
        });
        Ok(found.cloned().collect())
    }

    /// How many images there are of a type, or of all.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn count_by_type(&self, kind: Option<&ImageType>) -> Result<u64> {
        self.count(&of_type(kind)).await
    }
}

impl<C: Writable> Repository<'_, C, image::Entity> {
    /// Writes a new image and returns it with its id.
    ///
    /// # Errors
    /// The path is missing or known, the measurement set is not there, a value is out of range, or the
    /// engine fails.
    pub async fn add(&self, row: image::ActiveModel) -> Result<image::Model> {
        let path = path_of(&row)?;
        if let Some(known) = self.find_by_path(path).await? {
            return Err(Error::Conflict(format!("{path} is image {} already", known.id)));
        }
        self.insert(row).await
    }

    /// Writes an image, or changes the one of that path, which keeps its id. A field that is null or not
    /// given keeps what it holds. The statements belong in one transaction.
    ///
    /// # Errors
    /// The path is missing, the measurement set is not there, a value is out of range, or the engine
    /// fails.
    pub async fn upsert_by_path(&self, mut row: image::ActiveModel) -> Result<image::Model> {
        // Not by ON CONFLICT: adopted files may hold a path twice, and then no index forbids it.
        let Some(known) = self.find_by_path(path_of(&row)?).await? else {
            return self.insert(row).await;
        };
        for column in image::Column::iter() {
            if matches!(row.get(column), ActiveValue::Set(value) if value == value.as_null()) {
                row.not_set(column);
            }
        }
        row.id = ActiveValue::Unchanged(known.id);
        self.update(row).await
    }

    /// Removes an image that no photometry refers to, or with `cascade` an image and its photometry; with
    /// `dry_run` it only says what would go. The files stay. The statements belong in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`] where photometry or anything else refers to it, or the
    /// engine fails.
    pub async fn remove(&self, id: i64, cascade: bool, dry_run: bool) -> Result<ImageRemoval> {
        let image = self.get(id).await?;
        let table = self.on::<photometry::Entity>();
        // Of a path that an adopted file holds twice, the measurements stay with the other image.
        let same_path = self.count(&Filter::eq(Path, image.path.as_str())).await?;
        let on_it = match same_path {
            0 | 1 => Filter::eq(photometry::Column::ImagePath, image.path.as_str()),
            _ => Filter::Any(Vec::new()),
        };
        let photometry = table.count(&on_it).await?;
        let by_id = [Order::asc(photometry::Column::Id)];
        let measurements = table.slice(&on_it, &by_id, TOLD, 0).await?;
        if dry_run {
            return Ok(ImageRemoval { image, photometry, measurements, removed: false });
        }
        if photometry > 0 && !cascade {
            let message = format!(
                "image {id} has {photometry} rows of photometry; remove those first, or with it by \
                 cascade"
            );
            return Err(Error::Conflict(message));
        }
        if photometry > 0 {
            table.delete_where(&on_it).await?;
        }
        let removed = self.delete(id).await?;
        Ok(ImageRemoval { image, photometry, measurements, removed })
    }
}

/// The id that a text of digits is.
fn id_of(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn of_type(kind: Option<&ImageType>) -> Filter<image::Entity> {
    kind.map_or_else(Filter::default, |kind| Filter::eq(Kind, kind.clone()))
}

fn path_of(row: &image::ActiveModel) -> Result<&str> {
    match row.path.try_as_ref() {
        Some(path) if !path.trim().is_empty() => Ok(path),
        _ => Err(Error::invalid("path", "an image has a path")),
    }
}
