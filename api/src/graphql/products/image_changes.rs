//! Changes to images and to what was measured on them.

use almanac_entity::products::{image, photometry};
use almanac_service::{Row, products::ImageRemoval};
use async_graphql::{ID, InputObject, SimpleObject};

use super::{Image, Photometry};
use crate::graphql::{RowInput, mutation::big_id, node::objects};

/// An image to be written.
#[derive(Debug, InputObject)]
pub struct ImageRowInput {
    /// Its row.
    image: RowInput<image::Entity>,
}

/// An image that was written.
#[derive(Debug, SimpleObject)]
pub struct ImagePayload {
    /// The image.
    image: Image,
}

/// An image to be removed.
#[derive(Debug, InputObject)]
pub struct DeleteImageInput {
    /// Its number, the `rowId` of the image.
    id: ID,
    /// Whether what was measured on it is removed, too; otherwise that stands in the way.
    #[graphql(default)]
    cascade: bool,
    /// Whether only is told what would go.
    #[graphql(default)]
    dry_run: bool,
}

/// The removal of an image, or what it would be.
#[derive(Debug, SimpleObject)]
pub struct DeleteImagePayload {
    /// The image as it was.
    image: Image,
    /// Number of measurements on it, which stand in the way or go with it.
    photometry_count: u64,
    /// The first hundred of them.
    photometry: Vec<Photometry>,
    /// Whether it was removed. Its file stays.
    removed: bool,
}

impl From<ImageRemoval> for DeleteImagePayload {
    fn from(removal: ImageRemoval) -> Self {
        let rows = removal.measurements.iter().map(Row::<photometry::Entity>::of_model);
        Self {
            image: Image::of(&removal.image),
            photometry_count: removal.photometry,
            photometry: objects(rows.collect()),
            removed: removal.removed,
        }
    }
}

/// Measurements of sources.
#[derive(Debug, InputObject)]
pub struct AddPhotometryInput {
    /// The measurements, at most 10,000.
    #[graphql(validator(max_items = 10_000))]
    measurements: Vec<RowInput<photometry::Entity>>,
    /// Whether images that are not known are refused; only an adopted file can do without.
    #[graphql(default = true)]
    validate: bool,
}

/// Measurements that were written.
#[derive(Debug, SimpleObject)]
pub struct AddPhotometryPayload {
    /// How many.
    added: u64,
}

mutations! {
    /// Changes to images and to what was measured on them.
    ImageMutations {
        /// Writes a new image.
        AddImage: add_image(input: ImageRowInput, work) -> ImagePayload {
            let images = work.table::<image::Entity>().await?;
            let image = images.add(input.image.into_active()).await?;
            Ok(ImagePayload { image: Image::of(&image) })
        }

        /// Writes an image, or changes the one of that path, which keeps its number; a field that is null
        /// or not given keeps what it holds.
        UpsertImage: upsert_image(input: ImageRowInput, work) -> ImagePayload {
            let images = work.table::<image::Entity>().await?;
            let image = images.upsert_by_path(input.image.into_active()).await?;
            Ok(ImagePayload { image: Image::of(&image) })
        }

        /// Removes an image from the database, or tells what would go with it. What was measured on it
        /// stands in the way unless that goes, too.
        DeleteImage: delete_image(input: DeleteImageInput, work) -> DeleteImagePayload {
            let id = big_id(&input.id, "id")?;
            let images = work.table::<image::Entity>().await?;
            Ok(images.remove(id, input.cascade, input.dry_run).await?.into())
        }

        /// Writes measurements of sources, all or none. One without an epoch takes the middle of its
        /// image's observation.
        AddPhotometry: add_photometry(input: AddPhotometryInput, work) -> AddPhotometryPayload {
            let table = work.table::<photometry::Entity>().await?;
            let rows = input.measurements.into_iter().map(RowInput::into_active).collect();
            let added = table.add_many(rows, input.validate).await?;
            Ok(AddPhotometryPayload { added: added as u64 })
        }
    }
}
