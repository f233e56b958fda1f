//! What a repository answers, for a resolver.

/// What a repository of an entity answers, read through a session of its database, where the request may:
/// `read!(ctx, job::Entity, |jobs| jobs.task(&id).await)`.
macro_rules! read {
    ($ctx:expr, $entity:ty, |$rows:ident| $answer:expr) => {{
        let read = async {
            let reader = $ctx.reader_of::<$entity>().await?;
            let $rows = almanac_service::Repository::<_, $entity>::new(&reader);
            $answer
        };
        let answer: almanac_service::Result<_> = Box::pin(read).await;
        answer.map_err(|error| crate::graphql::error::graph_error(&error))
    }};
}

use almanac_entity::Table;
use almanac_service::Row;

use super::{
    error::{Result, bad_input},
    node::objects,
    object::Object,
};

/// Rows as the graph shows them.
pub(crate) fn shown<E: Table>(models: &[E::Model]) -> Vec<Object<E>> {
    objects(models.iter().map(Row::<E>::of_model).collect())
}

/// How many rows are wanted, of `most` at the most.
pub(crate) fn limit(asked: i32, most: u64) -> Result<u64> {
    at_most("limit", asked, most)
}

/// How many of something are wanted; `argument` names it.
pub(crate) fn at_most(argument: &str, asked: i32, most: u64) -> Result<u64> {
    match u64::try_from(asked) {
        Ok(asked) if asked <= most => Ok(asked),
        Ok(_) => Err(bad_input(argument, format!("it is at most {most}"))),
        Err(_) => Err(bad_input(argument, "it is negative")),
    }
}
