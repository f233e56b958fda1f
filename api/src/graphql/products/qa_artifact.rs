//! Plots, tables and reports.

use almanac_entity::products::qa_artifact::Column::{Kind, Name};
use almanac_service::products::artifact_type_of;

use crate::graphql::ingest::IngestGroup;

table! { QaArtifact shows products::qa_artifact;
    through Kind, Name;
    /// The observation group it is about.
    one ingest_group: IngestGroup, GroupId => GroupId;

    /// What the file is, as stored; where nobody said, by the ending of its name.
    async fn shown_type(&self) -> Option<String> {
        let by_name = || artifact_type_of(self.row().text(Name)?);
        let stored = self.row().text(Kind).map(str::to_owned);
        stored.or_else(|| by_name().map(Into::into))
    }
}
