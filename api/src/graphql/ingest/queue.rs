//! The ingest queue at the root of the graph.

use almanac_entity::ingest::{IngestState, ingest_group};
use almanac_service::Repository;
use async_graphql::{Object, SimpleObject};

use crate::graphql::{
    Word,
    context::{Context, ContextExt},
    error::{Result, graph_error},
};

/// How many observation groups are in a state.
#[derive(Debug, SimpleObject)]
pub struct IngestStateCount {
    /// The state as stored.
    state: String,
    /// Number of groups in it.
    groups: u64,
    /// The states that such a group may come to.
    may_become: Vec<String>,
}

/// The ingest queue at the root of the graph.
#[derive(Debug, Default)]
pub struct IngestQueries;

#[Object]
impl IngestQueries {
    /// How many observation groups are in each state of the queue, empty ones too.
    async fn ingest_state_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this state.")] state: Option<Word<IngestState>>,
    ) -> Result<Option<Vec<IngestStateCount>>> {
        let read = async {
            let reader = ctx.reader_of::<ingest_group::Entity>().await?;
            Repository::<_, ingest_group::Entity>::new(&reader).counts_by_state().await
        };
        let counts = read.await.map_err(|error| graph_error(&error))?.into_iter();
        let wanted = |(of, _): &(IngestState, u64)| state.as_ref().is_none_or(|one| one.0 == *of);
        let counted = |(state, groups): (IngestState, u64)| IngestStateCount {
            may_become: almanac_service::ingest::INGEST_STATES
                .targets(&state)
                .iter()
                .map(ToString::to_string)
                .collect(),
            state: state.into(),
            groups,
        };
        Ok(Some(counts.filter(wanted).map(counted).collect()))
    }
}
