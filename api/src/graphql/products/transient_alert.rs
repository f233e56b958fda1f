//! Alerts about transient candidates.

use super::TransientCandidate;

table! { TransientAlert shows products::transient_alert;
    /// The candidate it is about.
    one candidate: TransientCandidate, CandidateId => Id;

    /// Suspicions that stand on a calibration that touched it; none where nothing speaks against it.
    async fn suspect(
        &self,
        ctx: &async_graphql::Context<'_>,
    ) -> async_graphql::Result<Option<Vec<crate::graphql::calibration::StandingSuspicion>>> {
        crate::graphql::calibration::suspect(self, ctx).await
    }
}
