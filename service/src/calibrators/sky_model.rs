//! Sky models of fields: a file each, and what the database says of it.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use almanac_entity::{
    UnixTime,
    calibrators::{gain_calibrator, sky_model},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, Value,
    sea_query::Expr,
};
use sky_model::Column::{CreatedAt, FieldId, SkymodelPath};

use super::sky_model_file::{FileChange, ModelSource, confined, place, read_sky_model, render};
use crate::{Error, Filter, Order, Repository, Result, Writable};

/// Sources of one model.
const MAX_SOURCES: usize = 100_000;
/// Models of one field that are deleted at once.
const MODELS: u64 = 10_000;
/// Values in one `IN` list.
const LIST: usize = 900;
/// Flux densities that differ by less are the same, Jy.
const SAME_FLUX_JY: f64 = 1e-6;

/// A sky model that is to be made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewSkyModel {
    /// The field.
    pub field_id: String,
    /// Its sources, in the order of the file.
    pub sources: Vec<ModelSource>,
    /// The file, in the folder of the sky models; named after the field unless said.
    pub output_path: Option<String>,
    /// Who or what makes it.
    pub created_by: Option<String>,
    /// Remarks.
    pub notes: Option<String>,
}

/// Sky models that were deleted.
#[derive(Debug, Default)]
pub struct DeletedSkyModels {
    /// How many.
    pub models: u64,
    /// Gain calibrators that belonged to them, which are gone as well.
    pub gain_calibrators: u64,
    /// Their files that are gone, once these are kept.
    pub files: Vec<FileChange>,
    /// Files that stay: those outside the folder of the sky models.
    pub files_left: Vec<String>,
}

/// What the database says of a sky model, and what its file says.
#[derive(Clone, Debug, PartialEq)]
pub struct SkyModelCheck {
    /// The model.
    pub model: sky_model::Model,
    /// Whether its file is there and can be read.
    pub exists: bool,
    /// Number of sources in the file.
    pub n_sources: u64,
    /// Sum of their flux densities, Jy.
    pub total_flux_jy: f64,
    /// What does not agree; empty where all does.
    pub faults: Vec<String>,
}

impl<C: ConnectionTrait> Repository<'_, C, sky_model::Entity> {
    /// The newest sky model of a field.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn sky_model_of(&self, field_id: &str) -> Result<Option<sky_model::Model>> {
        let filter = Filter::eq(FieldId, field_id);
        Ok(self.slice(&filter, &[Order::desc(CreatedAt)], 1, 0).await?.pop())
    }

    /// The sky models of a field, or of all, by field, the newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn sky_models(
        &self,
        field_id: Option<&str>,
        limit: u64,
        offset: u64,
    ) -> Result<Vec<sky_model::Model>> {
        let filter = field_id.map_or_else(Filter::default, |field| Filter::eq(FieldId, field));
        self.slice(&filter, &[Order::asc(FieldId), Order::desc(CreatedAt)], limit, offset).await
    }

    /// The gain calibrators that belong to the newest sky model of a field, by name.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn sky_model_sources(&self, field_id: &str) -> Result<Vec<gain_calibrator::Model>> {
        let Some(model) = self.sky_model_of(field_id).await? else { return Ok(Vec::new()) };
        let sources = self.on::<gain_calibrator::Entity>();
        let filter = of_model(field_id, &model.skymodel_path);
        let order = [Order::asc(gain_calibrator::Column::SourceName)];
        sources.slice(&filter, &order, MAX_SOURCES as u64, 0).await
    }

    /// Compares a sky model with its file in `folder`: the field's newest, or the one at `path`.
    ///
    /// # Errors
    /// There is no such model, or the engine fails.
    pub async fn verify_sky_model(
        &self,
        folder: &Path,
        field_id: &str,
        path: Option<&str>,
    ) -> Result<SkyModelCheck> {
        let model = match path {
            None => self.sky_model_of(field_id).await?,
            Some(path) => {
                let path = text(&confined(folder, path)?)?;
                self.slice(&at(field_id, &path), &[], 1, 0).await?.pop()
            }
        };
        let model = model.ok_or_else(|| missing(field_id))?;
        let file = match read_sky_model(folder, &model.skymodel_path) {
            Ok(file) => file,
            Err(error) => {
                return Ok(SkyModelCheck {
                    model,
                    exists: false,
                    n_sources: 0,
                    total_flux_jy: 0.0,
                    faults: vec![error.to_string()],
                });
            }
        };
        let mut faults = file.faults.clone();
        let (n_sources, total_flux_jy) = (file.sources.len() as u64, file.total_flux_jy());
        if u64::try_from(model.n_sources) != Ok(n_sources) {
            faults.push(format!(
                "the file has {n_sources} sources, the database says {}",
                model.n_sources
            ));
        }
        let recorded = model.total_flux_jy.unwrap_or_default();
        if (recorded - total_flux_jy).abs() > SAME_FLUX_JY {
            faults.push(format!("the file has {total_flux_jy} Jy, the database says {recorded}"));
        }
        Ok(SkyModelCheck { model, exists: true, n_sources, total_flux_jy, faults })
    }
}

impl<C: Writable> Repository<'_, C, sky_model::Entity> {
    /// Makes the sky model of a field: a file in `folder`, a row, and its sources as gain calibrators of
    /// the field. A model at the same place is replaced. The statements belong in one transaction; the
    /// file is undone unless what is returned with the row is kept, once that is committed.
    ///
    /// # Errors
    /// A name or a value cannot be used, two sources have one name, the path leads out of the folder or
    /// is another field's, the file cannot be written, or the engine fails.
    pub async fn create_sky_model(
        &self,
        folder: &Path,
        new: NewSkyModel,
        now: UnixTime,
    ) -> Result<(sky_model::Model, FileChange)> {
        let path = place(folder, &new.field_id, new.output_path.as_deref())?;
        check_sources(&new.sources)?;
        let skymodel_path = text(&path)?;
        let same_path = Filter::eq(SkymodelPath, skymodel_path.as_str());
        let others = self.slice(&same_path, &[], MODELS, 0).await?;
        if let Some(other) = others.iter().find(|other| other.field_id != new.field_id) {
            let field = &other.field_id;
            return Err(Error::Conflict(format!("this file is the sky model of field {field:?}")));
        }
        let content = render(&new.field_id, &new.sources, new.notes.as_deref(), now);
        let file = FileChange::write(&path, &content)?;
        self.put_sources(&new.field_id, &skymodel_path, &new.sources, now).await?;
        let n_sources = i32::try_from(new.sources.len()).unwrap_or(i32::MAX);
        let total_flux_jy: f64 = new.sources.iter().filter_map(|source| source.flux_jy).sum();
        let row = sky_model::ActiveModel {
            field_id: Set(new.field_id),
            skymodel_path: Set(skymodel_path),
            n_sources: Set(n_sources),
            total_flux_jy: Set(Some(total_flux_jy)),
            created_at: Set(now),
            created_by: Set(new.created_by),
            notes: Set(new.notes),
            ..Default::default()
        };
        let model = match others.first() {
            None => self.insert(row).await?,
            Some(known) => self.update(sky_model::ActiveModel { id: Set(known.id), ..row }).await?,
        };
        Ok((model, file))
    }

    async fn put_sources(
        &self,
        field_id: &str,
        path: &str,
        sources: &[ModelSource],
        now: UnixTime,
    ) -> Result<()> {
        use gain_calibrator::Column as Gain;
        let gains = self.on::<gain_calibrator::Entity>();
        // What an earlier model at this place had and this one has not belongs to it no more.
        let names: HashSet<&str> = sources.iter().map(ModelSource::name).collect();
        let before = gains.slice(&of_model(field_id, path), &[], MAX_SOURCES as u64, 0).await?;
        let gone: Vec<Value> = before
            .into_iter()
            .filter(|gain| !names.contains(gain.source_name.as_str()))
            .map(|gain| gain.id.into())
            .collect();
        for gone in gone.chunks(LIST) {
            let none = Expr::value(Value::String(None));
            let gone = Filter::In(Gain::Id, gone.to_vec());
            gains.update_where(&gone, [(Gain::SkymodelPath, none)]).await?;
        }
        let mut known: HashMap<String, gain_calibrator::Model> = HashMap::new();
        for sources in sources.chunks(LIST) {
            let names = sources.iter().map(|source| source.name().into()).collect();
            let filter =
                Filter::eq(Gain::FieldId, field_id).and(Filter::In(Gain::SourceName, names));
            for gain in gains.slice(&filter, &[], LIST as u64, 0).await? {
                known.insert(gain.source_name.clone(), gain);
            }
        }
        let mut new = Vec::new();
        for source in sources {
            let row = gain_calibrator::ActiveModel {
                ra_deg: Set(source.ra_deg),
                dec_deg: Set(source.dec_deg),
                flux_jy: Set(source.flux_jy),
                catalog_source: Set(source.catalog_source.clone()),
                catalog_id: Set(source.catalog_id.clone()),
                skymodel_path: Set(Some(path.to_owned())),
                ..Default::default()
            };
            match known.get(source.name()) {
                Some(known) => {
                    // What the model does not say stays.
                    let kept = gain_calibrator::ActiveModel {
                        id: Set(known.id),
                        flux_jy: set_some(source.flux_jy),
                        catalog_source: set_some(source.catalog_source.clone()),
                        catalog_id: set_some(source.catalog_id.clone()),
                        ..row
                    };
                    gains.update(kept).await?;
                }
                None => new.push(gain_calibrator::ActiveModel {
                    field_id: Set(field_id.to_owned()),
                    source_name: Set(source.name().to_owned()),
                    created_at: Set(now),
                    ..row
                }),
            }
        }
        gains.insert_many(new).await?;
        Ok(())
    }

    /// Deletes the sky model of a field at `path` with its file, or without a path all models of the
    /// field, whose files stay unless `delete_files`. Gain calibrators that belong to them go with them.
    /// The statements belong in one transaction; files come back unless what is returned is kept, once
    /// that is committed. Files outside `folder` are left alone.
    ///
    /// # Errors
    /// There is no such model, the path leads out of the folder, a file cannot be removed, or the engine
    /// fails.
    pub async fn delete_sky_model(
        &self,
        folder: &Path,
        field_id: &str,
        path: Option<&str>,
        delete_files: bool,
    ) -> Result<DeletedSkyModels> {
        let filter = match path {
            None => Filter::eq(FieldId, field_id),
            Some(path) => at(field_id, &text(&confined(folder, path)?)?),
        };
        let models = self.slice(&filter, &[], MODELS, 0).await?;
        if models.is_empty() {
            return Err(missing(field_id));
        }
        let mut deleted = DeletedSkyModels::default();
        let gains = self.on::<gain_calibrator::Entity>();
        for model in models {
            let of_model = of_model(field_id, &model.skymodel_path);
            deleted.gain_calibrators += gains.delete_where(&of_model).await?;
            deleted.models += u64::from(self.delete(model.id).await?);
            if path.is_none() && !delete_files {
                continue;
            }
            match confined(folder, &model.skymodel_path) {
                Ok(path) => deleted.files.extend(FileChange::remove(&path)?),
                Err(_) => deleted.files_left.push(model.skymodel_path),
            }
        }
        Ok(deleted)
    }
}

fn check_sources(sources: &[ModelSource]) -> Result<()> {
    if sources.len() > MAX_SOURCES {
        let message = format!("a sky model has at most {MAX_SOURCES} sources");
        return Err(Error::invalid("sources", message));
    }
    let mut names = HashSet::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let name = source.name();
        let refuse = |message: String| Err(Error::invalid(format!("sources[{index}]"), message));
        if name.chars().any(char::is_control) || name.starts_with('#') {
            return refuse(format!("{name:?} cannot be a name in a sky model"));
        }
        if !names.insert(name) {
            return refuse(format!("there is a source {name:?} already"));
        }
        super::check_position(source.ra_deg, source.dec_deg)
            .map_err(|error| Error::invalid(format!("sources[{index}]"), error.to_string()))?;
        if let Some(flux) = source.flux_jy.filter(|flux| !flux.is_finite()) {
            return refuse(format!("{flux} is not a finite number"));
        }
    }
    Ok(())
}

fn at(field_id: &str, path: &str) -> Filter<sky_model::Entity> {
    Filter::eq(FieldId, field_id).and(Filter::eq(SkymodelPath, path))
}

fn of_model(field_id: &str, path: &str) -> Filter<gain_calibrator::Entity> {
    use gain_calibrator::Column as Gain;
    Filter::eq(Gain::FieldId, field_id).and(Filter::eq(Gain::SkymodelPath, path))
}

fn missing(field_id: &str) -> Error {
    Error::not_found(format!("sky model of field {field_id:?}"))
}

fn text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| Error::invalid("path", "it is not UTF-8"))
}

fn set_some<T>(value: Option<T>) -> sea_orm::ActiveValue<Option<T>>
where
    Value: From<Option<T>>,
{
    if value.is_some() { Set(value) } else { NotSet }
}
