//! The rows behind the nodes of a walk: a statement for each kind.

use std::{collections::HashMap, sync::Arc};

use almanac_entity::Table;
use almanac_service::{
    Key, Repository,
    provenance::{NodeKind, Walk},
};
use sea_orm::Iterable;

use crate::graphql::{
    Node,
    context::{Context, ContextExt},
    error::{Result, graph_error},
    loader::Siblings,
    node::{key_columns, key_values},
    object::Object,
};

/// Rows by kind and primary key.
#[derive(Debug, Default)]
pub(super) struct Rows(HashMap<(NodeKind, String), Node>);

impl Rows {
    pub(super) fn get(&self, kind: NodeKind, primary_key: &str) -> Option<Node> {
        self.0.get(&(kind, primary_key.to_owned())).cloned()
    }

    pub(super) async fn read(ctx: &Context<'_>, walk: &Walk) -> Result<Self> {
        let mut rows = Self::default();
        for kind in NodeKind::ALL {
            let of_kind = walk.nodes.iter().filter(|node| node.key.kind == kind);
            let keys: Vec<&str> = of_kind.filter_map(|node| node.primary_key.as_deref()).collect();
            if keys.is_empty() {
                continue;
            }
            match kind {
                NodeKind::IngestGroup => rows.add(ctx, kind, &keys, Node::IngestGroup).await?,
                NodeKind::SubbandFile => rows.add(ctx, kind, &keys, Node::SubbandFile).await?,
                NodeKind::MeasurementSet => {
                    rows.add(ctx, kind, &keys, Node::MeasurementSet).await?;
                }
                NodeKind::Caltable => rows.add(ctx, kind, &keys, Node::Caltable).await?,
                NodeKind::Image => rows.add(ctx, kind, &keys, Node::Image).await?,
                NodeKind::Mosaic => rows.add(ctx, kind, &keys, Node::Mosaic).await?,
                NodeKind::Photometry => rows.add(ctx, kind, &keys, Node::Photometry).await?,
                NodeKind::Source => rows.add(ctx, kind, &keys, Node::Source).await?,
                NodeKind::DataProduct => rows.add(ctx, kind, &keys, Node::DataProduct).await?,
                NodeKind::Catalogue => {}
            }
        }
        Ok(rows)
    }

    async fn add<E: Table>(
        &mut self,
        ctx: &Context<'_>,
        kind: NodeKind,
        keys: &[&str],
        show: fn(Object<E>) -> Node,
    ) -> Result<()> {
        let Some(column) = key_columns::<E>().pop() else { return Ok(()) };
        let by_key: HashMap<Key, &str> = keys
            .iter()
            .filter_map(|key| {
                let (_, value) = key_values::<E>(&[(*key).to_owned()])?.pop()?;
                Some((Key::of(&value)?, *key))
            })
            .collect();
        let wanted: Vec<Key> = by_key.keys().cloned().collect();
        let columns: Vec<E::Column> = E::Column::iter().collect();
        let read = async {
            let reader = ctx.sessions().reader_of::<E>().await?;
            Repository::<_, E>::new(&reader).by_keys(column, &wanted, &columns).await
        };
        let found = read.await.map_err(|error| graph_error(&error))?;
        let (keys, found): (Vec<Key>, Vec<_>) = found.into_iter().unzip();
        let siblings = Arc::new(Siblings::new(found));
        for (index, key) in keys.iter().enumerate() {
            if let Some(primary_key) = by_key.get(key) {
                let node = show(Object::new(siblings.clone(), index));
                self.0.insert((kind, (*primary_key).to_owned()), node);
            }
        }
        Ok(())
    }
}
