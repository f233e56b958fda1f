//! Which calibration tables to apply.

use almanac_entity::{Database, Table, cal_registry::caltable};
use almanac_service::{
    Repository, Row,
    cal_registry::{ApplyList as List, ApplyListRequest, ApplyMethod as Method},
};
use async_graphql::{Enum, Object};

use super::Caltable;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, graph_error},
    node::objects,
};

/// How a list of calibration tables came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Method")]
pub enum ApplyMethod {
    /// The set is valid at that time.
    Exact,
    /// No set is valid; the nearest one lies before that time.
    NearestBefore,
    /// No set is valid; the nearest one lies behind that time.
    NearestAfter,
    /// The set was asked for by name.
    Named,
}

/// What `applyList` answers.
#[derive(Debug)]
pub struct ApplyList(List);

/// The calibration tables to apply to data of a given time, and what is to be known of the choice.
#[Object]
impl ApplyList {
    /// The set chosen; null where none is near enough.
    async fn set_name(&self) -> Option<&str> {
        self.0.set_name.as_deref()
    }

    /// The tables to apply, in the order of application.
    async fn tables(&self) -> Vec<Caltable> {
        shown(&self.0.tables)
    }

    /// Active tables of the same set whose own window does not contain that time.
    async fn excluded(&self) -> Vec<Caltable> {
        shown(&self.0.excluded)
    }

    /// How the set was chosen.
    async fn method(&self) -> Option<ApplyMethod> {
        self.0.method.map(Into::into)
    }

    /// Middle of the validity window, MJD.
    async fn midpoint_mjd(&self) -> Option<f64> {
        self.0.midpoint_mjd
    }

    /// Distance of that middle from the time asked for, hours.
    async fn offset_hours(&self) -> Option<f64> {
        self.0.offset_hours
    }

    /// How well the set suits, from 0 to 1.
    async fn quality(&self) -> Option<f64> {
        self.0.quality
    }

    /// What a person should know before the tables are applied.
    async fn warnings(&self) -> &[String] {
        &self.0.warnings
    }

    /// Other sets that could have been chosen, the next best first.
    async fn other_sets(&self) -> &[String] {
        &self.0.other_sets
    }
}

fn shown(tables: &[caltable::Model]) -> Vec<Caltable> {
    objects(tables.iter().map(Row::<caltable::Entity>::of_model).collect())
}

/// Calibration at the root of the graph.
#[derive(Debug, Default)]
pub struct Calibration;

#[Object]
impl Calibration {
    /// The active calibration tables whose window contains a time, both ends included, the newest first.
    async fn caltables_valid_for(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The time, MJD.")] mjd: f64,
        #[graphql(desc = "Only tables of this type, as stored: `K`, `BP`, `GP` …")]
        table_type: Option<String>,
    ) -> Result<Option<Vec<Caltable>>> {
        let read = async {
            let reader = ctx.sessions().reader(caltable::Entity::DATABASE).await?;
            let repository = Repository::<_, caltable::Entity>::new(&reader);
            let table_type = table_type.as_deref().map(Into::into);
            repository.find_valid_for_mjd(mjd, table_type.as_ref()).await
        };
        Ok(Some(shown(&read.await.map_err(|error| graph_error(&error))?)))
    }

    /// The calibration tables to apply to data of a time: those of the set registered last among the sets
    /// valid then, else of the nearest one.
    async fn apply_list(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The time, MJD.")] mjd: f64,
        #[graphql(desc = "Only the tables of this set.")] set_name: Option<String>,
        #[graphql(default = true, desc = "Whether the nearest set is taken where none is valid.")]
        nearest: bool,
        #[graphql(default = 12.0, desc = "How far away the nearest set may be, hours.")]
        validity_hours: f64,
        #[graphql(
            default,
            desc = "Whether all active tables of the set are wanted, valid then or not."
        )]
        whole_set: bool,
    ) -> Result<Option<ApplyList>> {
        let request = ApplyListRequest { mjd, set_name, nearest, validity_hours, whole_set };
        let read = async {
            let reader = ctx.sessions().reader(Database::CalRegistry).await?;
            Repository::<_, caltable::Entity>::new(&reader).apply_list(&request).await
        };
        Ok(Some(ApplyList(read.await.map_err(|error| graph_error(&error))?)))
    }
}
