//! What is connected.

use std::collections::HashMap;

use almanac_entity::{
    Database, Table,
    cal_registry::caltable,
    data_registry::data_product,
    ingest::{ingest_group, subband_file},
    master_sources::source,
    products::{image, mosaic, ms_index, photometry},
};
use sea_orm::{ConnectionTrait, QueryFilter, QueryTrait, Value};

use crate::{Filter, Key, Repository, Result, row};

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// An observation group, by its name.
    IngestGroup,
    /// A subband file, by its number.
    SubbandFile,
    /// A measurement set, by its path.
    MeasurementSet,
    /// A calibration table, by its path.
    Caltable,
    /// An image, by its path.
    Image,
    /// A mosaic, by its path.
    Mosaic,
    /// A measurement, by its number.
    Photometry,
    /// A source, by its designation.
    Source,
    /// A catalogue that the cross-match was made of, by its name.
    Catalogue,
    /// A data product, by its name.
    DataProduct,
}

impl NodeKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::IngestGroup,
        Self::SubbandFile,
        Self::MeasurementSet,
        Self::Caltable,
        Self::Image,
        Self::Mosaic,
        Self::Photometry,
        Self::Source,
        Self::Catalogue,
        Self::DataProduct,
    ];

    /// What a row of it is called; none for catalogues, which have no table of their own.
    pub fn table(self) -> Option<&'static str> {
        Some(match self {
            Self::IngestGroup => ingest_group::Entity::NAME,
            Self::SubbandFile => subband_file::Entity::NAME,
            Self::MeasurementSet => ms_index::Entity::NAME,
            Self::Caltable => caltable::Entity::NAME,
            Self::Image => image::Entity::NAME,
            Self::Mosaic => mosaic::Entity::NAME,
            Self::Photometry => photometry::Entity::NAME,
            Self::Source => source::Entity::NAME,
            Self::Catalogue => return None,
            Self::DataProduct => data_product::Entity::NAME,
        })
    }

    /// The kind whose rows are called so.
    pub fn of_table(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == Some(name))
    }

    /// Where its rows are; none for catalogues.
    pub fn database(self) -> Option<Database> {
        Some(match self {
            Self::IngestGroup | Self::SubbandFile => Database::Ingest,
            Self::MeasurementSet | Self::Image | Self::Mosaic | Self::Photometry => {
                Database::Products
            }
            Self::Caltable => Database::CalRegistry,
            Self::Source => Database::MasterSources,
            Self::Catalogue => return None,
            Self::DataProduct => Database::DataRegistry,
        })
    }

    /// The rows among `keys`: for each key the primary key's text. One statement.
    pub(super) async fn present<C: ConnectionTrait>(
        self,
        connection: &C,
        keys: &[String],
    ) -> Result<HashMap<String, String>> {
        match self {
            Self::IngestGroup => {
                use ingest_group::Column::GroupId;
                present::<_, ingest_group::Entity>(connection, GroupId, GroupId, keys).await
            }
            Self::SubbandFile => {
                use subband_file::Column::Id;
                present::<_, subband_file::Entity>(connection, Id, Id, keys).await
            }
            Self::MeasurementSet => {
                use ms_index::Column::Path;
                present::<_, ms_index::Entity>(connection, Path, Path, keys).await
            }
            Self::Caltable => {
                use caltable::Column::{Id, Path};
                present::<_, caltable::Entity>(connection, Path, Id, keys).await
            }
            Self::Image => {
                use image::Column::{Id, Path};
                present::<_, image::Entity>(connection, Path, Id, keys).await
            }
            Self::Mosaic => {
                use mosaic::Column::{Id, Path};
                present::<_, mosaic::Entity>(connection, Path, Id, keys).await
            }
            Self::Photometry => {
                use photometry::Column::Id;
                present::<_, photometry::Entity>(connection, Id, Id, keys).await
            }
            Self::Source => {
                use source::Column::SourceId;
                present::<_, source::Entity>(connection, SourceId, SourceId, keys).await
            }
            Self::Catalogue => Ok(HashMap::new()),
            Self::DataProduct => {
                use data_product::Column::{DataId, Id};
                present::<_, data_product::Entity>(connection, DataId, Id, keys).await
            }
        }
    }

    /// The key of the row with this primary key.
    pub(super) async fn key_of<C: ConnectionTrait>(
        self,
        connection: &C,
        primary_key: &str,
    ) -> Result<Option<String>> {
        let keys = [primary_key.to_owned()];
        let found = match self {
            Self::Caltable => {
                use caltable::Column::{Id, Path};
                present::<_, caltable::Entity>(connection, Id, Path, &keys).await?
            }
            Self::Image => {
                use image::Column::{Id, Path};
                present::<_, image::Entity>(connection, Id, Path, &keys).await?
            }
            Self::Mosaic => {
                use mosaic::Column::{Id, Path};
                present::<_, mosaic::Entity>(connection, Id, Path, &keys).await?
            }
            Self::DataProduct => {
                use data_product::Column::{DataId, Id};
                present::<_, data_product::Entity>(connection, Id, DataId, &keys).await?
            }
            _ => self.present(connection, &keys).await?,
        };
        Ok(found.into_values().next())
    }
}

/// For each of `keys` that a row holds in `column`, what that row holds in `answer`. Where rows share a
/// key, as in old files, the last one's.
async fn present<C: ConnectionTrait, E: Table>(
    connection: &C,
    column: E::Column,
    answer: E::Column,
    keys: &[String],
) -> Result<HashMap<String, String>> {
    let columns = row::columns::<E>(&[column, answer]);
    let filter = Filter::<E>::In(column, values::<E>(column, keys));
    let select = crate::repository::select_columns::<E>(&columns).filter(filter.condition());
    let rows = Repository::<C, E>::new(connection).rows(select.as_query(), &columns).await?;
    let pairs =
        rows.iter().filter_map(|row| Some((text(row.key(column)?), text(row.key(answer)?))));
    Ok(pairs.collect())
}

/// Keys as the values of a column; what is no value of its type is left out.
pub(super) fn values<E: Table>(column: E::Column, keys: &[String]) -> Vec<Value> {
    let value = |key: &String| -> Option<Value> {
        match almanac_entity::kind(&column) {
            almanac_entity::Kind::BigInt => Some(key.parse::<i64>().ok()?.into()),
            _ => Some(key.as_str().into()),
        }
    };
    keys.iter().filter_map(value).collect()
}

/// A key as text.
pub(super) fn text(key: Key) -> String {
    match key {
        Key::Text(text) => text,
        Key::Int(id) => id.to_string(),
        Key::Uuid(id) => id.to_string(),
    }
}

/// A row's name across databases: by which others refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeKey {
    /// What it is.
    pub kind: NodeKind,
    /// Its path, number or name.
    pub key: String,
}

impl NodeKey {
    /// The row of a kind with this path, number or name.
    pub fn new(kind: NodeKind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into() }
    }
}

/// Whether a node's row is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NodeState {
    /// It is.
    Present,
    /// Rows refer to it, and it is not.
    Missing,
    /// Its database cannot be read.
    Unknown,
}

/// A node of a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub key: NodeKey,
    /// Number of edges from where the walk began.
    pub depth: u32,
    /// Whether its row is there.
    pub state: NodeState,
    /// Its primary key, where the row is there.
    pub primary_key: Option<String>,
}
