//! Light curves.

/// Light curves at the root of the graph.
#[derive(Debug, Default)]
pub struct LightCurves;

#[async_graphql::Object]
impl LightCurves {
    /// placeholder
    async fn placeholder(&self) -> i32 {
        0
    }
}
