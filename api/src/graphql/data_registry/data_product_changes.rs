//! Changes to data products.

use almanac_entity::data_registry::{
    DataPhotometryStatus, DataQaStatus, DataStatus, DataValidationStatus, data_product,
    data_relationship, data_tag,
};
use almanac_service::{
    access::Operation,
    data_registry::{PublicationRoots, PublishOutcome, Publisher, Registration},
};
use async_graphql::{InputObject, Json, SimpleObject};

use super::{DataProduct, PublishCriteria};
use crate::graphql::{
    Word,
    context::Context,
    error::Result,
    mutation::{begin, end},
};

/// Publications that are recovered at once, at the most.
const RECOVERED: u64 = 1_000;

/// A data product that was staged.
#[derive(Debug, InputObject)]
pub struct RegisterDataProductInput {
    /// What it is, as stored: `ms`, `calib_ms`, `caltable`, `image`, `mosaic`, `catalog`, `qa`, `metadata`,
    /// `raw_ms`, `calibrated_ms`, `calibration_table`, or another word.
    data_type: String,
    /// Its name.
    data_id: String,
    /// Where it lies in the staging area: an absolute path.
    stage_path: String,
    /// What else is known about it.
    metadata: Option<Json<serde_json::Value>>,
    /// Whether it may be published automatically.
    #[graphql(default = true)]
    auto_publish: bool,
}

/// A data product that is final.
#[derive(Debug, InputObject)]
pub struct FinalizeDataProductInput {
    /// Its name.
    data_id: String,
    /// How far its quality assessment is; null leaves what is known.
    qa_status: Option<Word<DataQaStatus>>,
    /// How far its validation is; null leaves what is known.
    validation_status: Option<Word<DataValidationStatus>>,
}

/// A data product.
#[derive(Debug, InputObject)]
pub struct DataProductInput {
    /// Its name.
    data_id: String,
}

/// A data product to be published whatever its criteria.
#[derive(Debug, InputObject)]
pub struct PublishDataProductInput {
    /// Its name.
    data_id: String,
    /// Where to, below the directory of products; null for the directory of its type.
    target: Option<String>,
}

/// Publications that were interrupted.
#[derive(Debug, InputObject)]
pub struct RecoverDataPublicationsInput {
    /// Only that of this product.
    data_id: Option<String>,
}

/// The status of a data product.
#[derive(Debug, InputObject)]
pub struct UpdateDataProductStatusInput {
    /// Its name.
    data_id: String,
    /// How far its publication is.
    status: Word<DataStatus>,
    /// Where it is published; only for one that is.
    published_path: Option<String>,
}

/// The photometry of a data product.
#[derive(Debug, InputObject)]
pub struct UpdateDataProductPhotometryInput {
    /// Its name.
    data_id: String,
    /// How far its photometry is.
    status: Word<DataPhotometryStatus>,
    /// The job that measures it; null leaves what is known.
    job_id: Option<String>,
}

/// The job that measures the photometry of a data product.
#[derive(Debug, InputObject)]
pub struct LinkDataProductPhotometryInput {
    /// Its name.
    data_id: String,
    /// The job.
    job_id: String,
}

/// Two data products and what relates them.
#[derive(Debug, InputObject)]
pub struct LinkDataProductsInput {
    /// The product that the other came of.
    parent: String,
    /// The product that came of the other.
    child: String,
    /// What relates them, as stored: `produced`, `derived_from`, `contains`, `calibrated_by`, or another
    /// word.
    relationship_type: String,
}

/// A tag and who bears it.
#[derive(Debug, InputObject)]
pub struct DataTagInput {
    /// Name of the product.
    data_id: String,
    /// The tag.
    tag: String,
}

/// A data product as it is after a change.
#[derive(Debug, SimpleObject)]
pub struct DataProductPayload {
    /// The product.
    data_product: DataProduct,
}

impl DataProductPayload {
    fn of(product: &data_product::Model) -> Self {
        Self { data_product: DataProduct::of(product) }
    }
}

/// What came of an attempt to publish a data product.
#[derive(Debug, SimpleObject)]
pub struct PublishDataProductPayload {
    /// The product afterwards.
    data_product: DataProduct,
    /// Whether it is published.
    published: bool,
    /// Why the attempt failed; null where none did.
    error: Option<String>,
    /// What stands in the way of automatic publication, where it was left alone for that.
    criteria: Option<PublishCriteria>,
}

impl From<PublishOutcome> for PublishDataProductPayload {
    fn from(outcome: PublishOutcome) -> Self {
        Self {
            data_product: DataProduct::of(&outcome.product),
            published: outcome.published,
            error: outcome.product.publish_error,
            criteria: outcome.criteria.map(Into::into),
        }
    }
}

/// What became of publications that were interrupted.
#[derive(Debug, SimpleObject)]
pub struct RecoverDataPublicationsPayload {
    /// Each product that was being published.
    outcomes: Vec<PublishDataProductPayload>,
}

/// Whether something is there that was not before.
#[derive(Debug, SimpleObject)]
pub struct LinkDataProductsPayload {
    /// Whether they were not so related before.
    created: bool,
}

/// Whether a tag was put on.
#[derive(Debug, SimpleObject)]
pub struct TagDataProductPayload {
    /// Whether the product did not bear it before.
    created: bool,
}

/// Whether a tag was taken off.
#[derive(Debug, SimpleObject)]
pub struct UntagDataProductPayload {
    /// Whether the product bore it.
    removed: bool,
}

mutations! {
    /// Changes to data products that move no file.
    DataProductMutations {
        /// Registers a data product that was staged. One that is registered already keeps its number, its
        /// tags, when it was made first, and where and when it was published.
        RegisterDataProduct: register_data_product(input: RegisterDataProductInput, work) -> DataProductPayload {
            let registration = Registration {
                data_type: input.data_type.into(),
                data_id: input.data_id,
                stage_path: input.stage_path,
                metadata: input.metadata.map(|Json(metadata)| metadata.into()),
                auto_publish: input.auto_publish,
            };
            let products = work.table::<data_product::Entity>().await?;
            Ok(DataProductPayload::of(&products.register(registration, work.now()).await?))
        }

        /// Sets the status of a data product whose files somebody else has moved; one that is published has
        /// a path.
        UpdateDataProductStatus: update_data_product_status(
            input: UpdateDataProductStatusInput, work
        ) -> DataProductPayload {
            let products = work.table::<data_product::Entity>().await?;
            let path = input.published_path.as_deref();
            let product =
                products.update_status(&input.data_id, input.status.0, path, work.now()).await?;
            Ok(DataProductPayload::of(&product))
        }

        /// Lets a data product be published automatically.
        EnableAutoPublish: enable_auto_publish(input: DataProductInput, work) -> DataProductPayload {
            let products = work.table::<data_product::Entity>().await?;
            Ok(DataProductPayload::of(&products.set_auto_publish(&input.data_id, true).await?))
        }

        /// Keeps a data product from being published automatically.
        DisableAutoPublish: disable_auto_publish(input: DataProductInput, work) -> DataProductPayload {
            let products = work.table::<data_product::Entity>().await?;
            Ok(DataProductPayload::of(&products.set_auto_publish(&input.data_id, false).await?))
        }

        /// Says how far the photometry of a data product is.
        UpdateDataProductPhotometry: update_data_product_photometry(
            input: UpdateDataProductPhotometryInput, work
        ) -> DataProductPayload {
            let products = work.table::<data_product::Entity>().await?;
            let job_id = input.job_id.as_deref();
            let product = products.set_photometry(&input.data_id, input.status.0, job_id).await?;
            Ok(DataProductPayload::of(&product))
        }

        /// Names the job that measures the photometry of a data product.
        LinkDataProductPhotometry: link_data_product_photometry(
            input: LinkDataProductPhotometryInput, work
        ) -> DataProductPayload {
            let products = work.table::<data_product::Entity>().await?;
            let product = products.link_photometry(&input.data_id, &input.job_id).await?;
            Ok(DataProductPayload::of(&product))
        }

        /// Relates two data products; they may be so related already.
        LinkDataProducts: link_data_products(input: LinkDataProductsInput, work) -> LinkDataProductsPayload {
            let relationships = work.table::<data_relationship::Entity>().await?;
            let kind = input.relationship_type.as_str().into();
            let created = relationships.link(&input.parent, &input.child, kind).await?;
            Ok(LinkDataProductsPayload { created })
        }

        /// Puts a tag on a data product; it may bear it already.
        TagDataProduct: tag_data_product(input: DataTagInput, work) -> TagDataProductPayload {
            let tags = work.table::<data_tag::Entity>().await?;
            Ok(TagDataProductPayload { created: tags.tag(&input.data_id, &input.tag).await? })
        }

        /// Takes a tag off a data product; it need not bear it.
        UntagDataProduct: untag_data_product(input: DataTagInput, work) -> UntagDataProductPayload {
            let tags = work.table::<data_tag::Entity>().await?;
            Ok(UntagDataProductPayload { removed: tags.untag(&input.data_id, &input.tag).await? })
        }
    }
}

/// Where this server may move data products from and to.
fn roots(ctx: &Context<'_>) -> PublicationRoots {
    ctx.data_opt().cloned().unwrap_or_else(PublicationRoots::of_process)
}

/// Changes to data products that move their files, in several transactions.
#[derive(Debug, Default)]
pub struct PublicationMutations;

#[async_graphql::Object]
impl PublicationMutations {
    /// Makes a data product final, and publishes it if its criteria hold.
    async fn finalize_data_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: FinalizeDataProductInput,
    ) -> Result<PublishDataProductPayload> {
        let work = begin(ctx, Operation::FinalizeDataProduct)?;
        let publisher = Publisher::new(roots(ctx), &work);
        let (qa, validation) = (input.qa_status, input.validation_status);
        let (qa, validation) = (qa.map(|word| word.0), validation.map(|word| word.0));
        let outcome = Box::pin(publisher.finalize(&input.data_id, qa, validation)).await;
        end(work, outcome.map(Into::into)).await
    }

    /// Publishes a data product whose criteria hold: its files are moved from the staging area to the
    /// directory of its type. An attempt that fails is counted; after three, a person has to publish it.
    async fn trigger_auto_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: DataProductInput,
    ) -> Result<PublishDataProductPayload> {
        let work = begin(ctx, Operation::TriggerAutoPublish)?;
        let outcome = Publisher::new(roots(ctx), &work).auto(&input.data_id).await;
        end(work, outcome.map(Into::into)).await
    }

    /// Publishes a data product whatever its criteria, and starts to count attempts anew.
    async fn publish_data_product(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: PublishDataProductInput,
    ) -> Result<PublishDataProductPayload> {
        let work = begin(ctx, Operation::PublishDataProduct)?;
        let publisher = Publisher::new(roots(ctx), &work);
        let outcome = publisher.manual(&input.data_id, input.target.as_deref()).await;
        end(work, outcome.map(Into::into)).await
    }

    /// Finishes or takes back publications whose process died, by what it left of the files. Those that
    /// still run are waited for.
    async fn recover_data_publications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change, and how.")] input: RecoverDataPublicationsInput,
    ) -> Result<RecoverDataPublicationsPayload> {
        let work = begin(ctx, Operation::RecoverDataPublications)?;
        let publisher = Publisher::new(roots(ctx), &work);
        let outcomes = match &input.data_id {
            Some(data_id) => publisher.recover(data_id).await.map(|outcome| vec![outcome]),
            None => publisher.recover_all(RECOVERED).await,
        };
        let payload = outcomes.map(|outcomes| RecoverDataPublicationsPayload {
            outcomes: outcomes.into_iter().map(Into::into).collect(),
        });
        end(work, payload).await
    }
}
