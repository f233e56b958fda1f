//! Rows that are named by their table and their id.

use almanac_entity::{Table, astrid};
use almanac_service::Key;
use sea_orm::Iterable;

use crate::graphql::{
    Node,
    context::Context,
    error::Result,
    object::{Object, Shown},
};

/// The row that `object` names by `entity_id`, of the table that `entity_type` names in the singular; none
/// where there is no such row.
pub(super) async fn named_by_type<E: Table>(
    object: &Object<E>,
    ctx: &Context<'_>,
    entity_type: &str,
    entity_id: E::Column,
) -> Result<Option<Node>> {
    macro_rules! of {
        ($($word:literal => $module:ident $node:ident,)+) => {
            match entity_type {
                $($word => {
                    use astrid::$module::{Column, Entity};
                    Ok(Box::pin(found::<E, Entity>(object, ctx, entity_id, Column::Id))
                        .await?
                        .map(Node::$node))
                })+
                _ => Ok(None),
            }
        };
    }
    of! {
        "survey" => survey AstridSurvey,
        "observation" => observation AstridObservation,
        "system_config" => system_config AstridSystemConfig,
        "preprocess_run" => preprocess_run AstridPreprocessRun,
        "difference_run" => difference_run AstridDifferenceRun,
        "candidate" => candidate AstridCandidate,
        "processing_job" => processing_job AstridProcessingJob,
        "model" => ml_model AstridModel,
        "model_run" => model_run AstridModelRun,
        "detection" => detection AstridDetection,
        "validation_event" => validation_event AstridValidationEvent,
        "alert" => alert AstridAlert,
    }
}

/// Looked up for all siblings at once. A fragment may ask for any column, so all are read.
async fn found<E: Table, T: Shown>(
    object: &Object<E>,
    ctx: &Context<'_>,
    from: E::Column,
    to: T::Column,
) -> Result<Option<Object<T>>> {
    let columns: Vec<T::Column> = T::Column::iter().collect();
    let found = object.siblings().ones::<T>(ctx, from, to, &columns).await?;
    let index = object.row().key(from).and_then(|key: Key| found.by_key.get(&key).copied());
    Ok(index.map(|index| Object::new(found.siblings.clone(), index)))
}
