//! Changes to sky models.

use almanac_entity::calibrators::sky_model;
use almanac_service::calibrators::{ModelSource, NewSkyModel};
use async_graphql::{InputObject, SimpleObject};

use super::SkyModel;

/// A source of a sky model.
#[derive(Debug, InputObject)]
pub struct SkyModelSourceInput {
    /// Its name; `UNKNOWN` unless given.
    name: Option<String>,
    /// Right ascension, degrees, ICRS.
    ra_deg: f64,
    /// Declination, degrees, ICRS.
    dec_deg: f64,
    /// Flux density, Jy.
    flux_jy: Option<f64>,
    /// Catalogue it comes from.
    catalog_source: Option<String>,
    /// Its designation in that catalogue.
    catalog_id: Option<String>,
}

/// A sky model to be made.
#[derive(Debug, InputObject)]
pub struct CreateSkyModelInput {
    /// The field.
    field_id: String,
    /// Its sources, in the order of the file; no two of one name.
    sources: Vec<SkyModelSourceInput>,
    /// The file, in the folder of the sky models; named after the field unless given.
    output_path: Option<String>,
    /// Who or what makes it; whoever asks unless given.
    created_by: Option<String>,
    /// Remarks.
    notes: Option<String>,
}

/// A sky model that was made.
#[derive(Debug, SimpleObject)]
pub struct CreateSkyModelPayload {
    /// The sky model.
    sky_model: SkyModel,
}

/// Sky models to be deleted.
#[derive(Debug, InputObject)]
pub struct DeleteSkyModelInput {
    /// The field.
    field_id: String,
    /// The file of the one to be deleted, with it; all of the field unless given.
    path: Option<String>,
    /// Whether the files of all of them are deleted as well.
    #[graphql(default)]
    delete_files: bool,
}

/// Sky models that were deleted.
#[derive(Debug, SimpleObject)]
pub struct DeleteSkyModelPayload {
    /// How many.
    models: u64,
    /// Gain calibrators that belonged to them, which are gone as well.
    gain_calibrators: u64,
    /// Files that are gone.
    files: usize,
    /// Files that stay, since they do not lie in the folder of the sky models.
    files_left: Vec<String>,
}

impl From<SkyModelSourceInput> for ModelSource {
    fn from(source: SkyModelSourceInput) -> Self {
        Self {
            name: source.name,
            ra_deg: source.ra_deg,
            dec_deg: source.dec_deg,
            flux_jy: source.flux_jy,
            catalog_source: source.catalog_source,
            catalog_id: source.catalog_id,
        }
    }
}

mutations! {
    /// Changes to sky models.
    SkyModelMutations {
        /// Makes the sky model of a field: its file, and its sources as gain calibrators of the field. A
        /// model at the same place is replaced.
        CreateSkyModel: create_sky_model(input: CreateSkyModelInput, work) -> CreateSkyModelPayload {
            let folder = work.sessions().places()?.sky_models();
            let by = input.created_by.unwrap_or_else(|| work.principal().name.clone());
            let new = NewSkyModel {
                field_id: input.field_id,
                sources: input.sources.into_iter().map(Into::into).collect(),
                output_path: input.output_path,
                created_by: Some(by),
                notes: input.notes,
            };
            let models = work.table::<sky_model::Entity>().await?;
            let (model, file) = models.create_sky_model(&folder, new, work.now()).await?;
            work.with_file(file);
            Ok(CreateSkyModelPayload { sky_model: SkyModel::of(&model) })
        }

        /// Deletes the sky model of a field at a path with its file, or all of the field; gain calibrators
        /// that belong to them go with them.
        DeleteSkyModel: delete_sky_model(input: DeleteSkyModelInput, work) -> DeleteSkyModelPayload {
            let folder = work.sessions().places()?.sky_models();
            let models = work.table::<sky_model::Entity>().await?;
            let path = input.path.as_deref();
            let deleted =
                models.delete_sky_model(&folder, &input.field_id, path, input.delete_files).await?;
            let files = deleted.files.len();
            deleted.files.into_iter().for_each(|file| work.with_file(file));
            Ok(DeleteSkyModelPayload {
                models: deleted.models,
                gain_calibrators: deleted.gain_calibrators,
                files,
                files_left: deleted.files_left,
            })
        }
    }
}
