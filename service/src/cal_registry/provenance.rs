//! Where calibration tables come from, and what they were applied to.

use std::collections::BTreeSet;

use almanac_entity::{
    JsonText,
    cal_registry::{calibration_applied, caltable},
};
use caltable::Column::{
    CreatedAt, Id, OrderIndex, Path, QualityMetrics, SolverCommand, SolverParams, SolverVersion,
    SourceMsPath,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use crate::{Error, Filter, Repository, Result, Writable};

/// Values in one `IN` list.
const IN_LIST: usize = 900;

/// Where a calibration table comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// The measurement set it was solved on.
    pub source_ms_path: Option<String>,
    /// The command that solved it.
    pub solver_command: Option<String>,
    /// Version of the software that solved it.
    pub solver_version: Option<String>,
    /// Parameters of the solver.
    pub solver_params: Option<JsonText>,
    /// Quality of the solutions.
    pub quality_metrics: Option<JsonText>,
}

impl<C: ConnectionTrait> Repository<'_, C, caltable::Entity> {
    /// The table of a path.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn find_by_path(&self, path: &str) -> Result<Option<caltable::Model>> {
        Ok(caltable::Entity::find().filter(Path.eq(path)).one(self.connection).await?)
    }

    /// Where a table comes from; none where the path is not registered.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn get_provenance(&self, path: &str) -> Result<Option<Provenance>> {
        Ok(self.find_by_path(path).await?.map(|table| Provenance {
            source_ms_path: table.source_ms_path,
            solver_command: table.solver_command,
            solver_version: table.solver_version,
            solver_params: table.solver_params,
            quality_metrics: table.quality_metrics,
        }))
    }

    /// The tables solved on a measurement set, in the order of application, the newest of one place first.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn query_by_source(&self, ms_path: &str) -> Result<Vec<caltable::Model>> {
        let select = caltable::Entity::find().filter(SourceMsPath.eq(ms_path));
        let ordered = select.order_by_asc(OrderIndex).order_by_desc(CreatedAt).order_by_desc(Id);
        Ok(ordered.all(self.connection).await?)
    }

    /// The measurement sets that tables were solved on or applied to, by path: what is in question when
    /// the tables are.
    ///
    /// # Errors
    /// The engine fails.
    pub async fn impact_analysis(&self, caltable_paths: &[String]) -> Result<Vec<String>> {
        let mut paths = BTreeSet::new();
        for chunk in caltable_paths.chunks(IN_LIST) {
            let solved = caltable::Entity::find()
                .select_only()
                .column(SourceMsPath)
                .distinct()
                .filter(Path.is_in(chunk))
                .filter(SourceMsPath.is_not_null());
            let applied = calibration_applied::Entity::find()
                .select_only()
                .column(calibration_applied::Column::MsPath)
                .distinct()
                .filter(calibration_applied::Column::CaltablePath.is_in(chunk));
            let solved: Vec<String> = solved.into_tuple().all(self.connection).await?;
            let applied: Vec<String> = applied.into_tuple().all(self.connection).await?;
            paths.extend(solved.into_iter().chain(applied));
        }
        Ok(paths.into_iter().collect())
    }
}

impl<C: Writable> Repository<'_, C, caltable::Entity> {
    /// Writes down where a table comes from, all five columns.
    ///
    /// # Errors
    /// The path is not registered, or the engine fails.
    pub async fn track_provenance(
        &self,
        path: &str,
        provenance: Provenance,
    ) -> Result<caltable::Model> {
        let table = self.find_by_path(path).await?;
        let table = table.ok_or_else(|| Error::not_found(format!("calibration table {path}")))?;
        let set = [
            (SourceMsPath, Expr::value(provenance.source_ms_path)),
            (SolverCommand, Expr::value(provenance.solver_command)),
            (SolverVersion, Expr::value(provenance.solver_version)),
            (SolverParams, Expr::value(provenance.solver_params)),
            (QualityMetrics, Expr::value(provenance.quality_metrics)),
        ];
        self.update_where(&Filter::eq(Id, table.id), set).await?;
        self.get(table.id).await
    }
}
