//! Files of quality assurance: plots, tables and reports.

use almanac_entity::{
    UnixTime,
    products::{QaArtifactCategory, QaArtifactType, qa_artifact},
};
use qa_artifact::Column::{Category, CreatedAt, GroupId, Id, Kind, Name};
use sea_orm::{
    ActiveValue::{Set, Unchanged},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryOrder, QuerySelect,
};

use crate::{Error, Filter, Order, Repository, Result, Writable};

/// A file of quality assurance.
#[derive(Clone, Debug, PartialEq)]
pub struct NewArtifact {
    /// The observation group.
    pub group_id: String,
    /// The file's name.
    pub name: String,
    /// The file.
    pub path: String,
    /// What the file is.
    pub kind: Option<QaArtifactType>,
    /// What it reports on.
    pub category: Option<QaArtifactCategory>,
}

/// An observation group that has files of quality assurance.
#[derive(Clone, Debug, PartialEq)]
pub struct ArtifactGroup {
    /// The group.
    pub group_id: String,
    /// How many files it has.
    pub artifacts: u64,
    /// When the newest was made.
    pub newest: UnixTime,
}

/// What a file is by the ending of its name, where the row does not say.
pub fn artifact_type_of(name: &str) -> Option<QaArtifactType> {
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "png" | "jpg" | "jpeg" | "svg" | "pdf" => QaArtifactType::Plot,
        "csv" | "json" | "txt" => QaArtifactType::Table,
        "html" | "md" => QaArtifactType::Report,
        _ => return None,
    })
}

impl<C: ConnectionTrait> Repository<'_, C, qa_artifact::Entity> {
    /// The files of a group, category and type, or all, newest first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn list_artifacts(
        &self,
        group_id: Option<&str>,
        category: Option<&QaArtifactCategory>,
        kind: Option<&QaArtifactType>,
        limit: u64,
    ) -> Result<Vec<qa_artifact::Model>> {
        let filters = [
            group_id.map(|group| Filter::eq(GroupId, group)),
            category.map(|category| Filter::eq(Category, category.clone())),
            kind.map(|kind| Filter::eq(Kind, kind.clone())),
        ];
        let filter = Filter::All(filters.into_iter().flatten().collect());
        self.slice(&filter, &[Order::desc(CreatedAt)], limit, 0).await
    }

    /// The groups that have files, the one with the newest file first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn groups_with_artifacts(&self, limit: u64) -> Result<Vec<ArtifactGroup>> {
        let select = qa_artifact::Entity::find()
            .select_only()
            .column(GroupId)
            .expr(Id.count())
            .expr(CreatedAt.max())
            .group_by(GroupId)
            .order_by(CreatedAt.max(), sea_orm::Order::Desc)
            .order_by_asc(GroupId)
            .limit(limit);
        let groups: Vec<(String, i64, UnixTime)> = select.into_tuple().all(self.connection).await?;
        let group = |(group_id, artifacts, newest): (_, i64, _)| ArtifactGroup {
            group_id,
            artifacts: artifacts.unsigned_abs(),
            newest,
        };
        Ok(groups.into_iter().map(group).collect())
    }
}

impl<C: Writable> Repository<'_, C, qa_artifact::Entity> {
    /// Writes down a file. One of the same group and name is replaced and keeps its id. The statements
    /// belong in one transaction.
    ///
    /// # Errors
    /// The group, the name or the path is blank, or the engine fails.
    pub async fn add(&self, new: NewArtifact, now: UnixTime) -> Result<qa_artifact::Model> {
        let named = [("group_id", &new.group_id), ("name", &new.name), ("path", &new.path)];
        if let Some((argument, _)) = named.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(Error::invalid(argument, "it is blank"));
        }
        let same = Filter::eq(GroupId, new.group_id.as_str());
        let same = Filter::All(vec![same, Filter::eq(Name, new.name.as_str())]);
        let known = self.slice(&same, &[], 1, 0).await?.pop();
        let mut row = qa_artifact::ActiveModel {
            group_id: Set(new.group_id),
            name: Set(new.name),
            path: Set(new.path),
            kind: Set(new.kind),
            category: Set(new.category),
            created_at: Set(now),
            ..Default::default()
        };
        match known {
            Some(known) => {
                row.id = Unchanged(known.id);
                self.update(row).await
            }
            None => self.insert(row).await,
        }
    }
}
