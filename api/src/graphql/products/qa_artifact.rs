//! Plots, tables and reports.

use crate::graphql::ingest::IngestGroup;

table! { QaArtifact shows products::qa_artifact;
    /// The observation group it is about.
    one ingest_group: IngestGroup, GroupId => GroupId;
}
