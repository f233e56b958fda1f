//! Taking an observation out of the database, with all that came of it.

use ObservationStatus::{Archived, Failed};
use almanac_entity::{
    Table,
    astrid::{
        ObservationStatus, alert, candidate, detection, difference_run, model_run, observation,
        preprocess_run, validation_event,
    },
};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait, prelude::Uuid,
};

use super::no_such;
use crate::{
    Comparison, Error, Filter, Repository, Result, Writable,
    access::{Principal, Role},
    record::Act,
};

/// Candidates that go in one statement, and are written down as one.
const CANDIDATES: u64 = 1_000;
/// The number of phases that bring the tables of the pipeline, of the models and of the curation.
const PIPELINE: u8 = 2;
const MODELS: u8 = 3;
const CURATION: u8 = 4;

impl<C: Writable> Repository<'_, C, observation::Entity> {
    /// Removes an observation that is archived or failed, and before it alerts, votes, detections, model runs,
    /// candidates, difference runs and preprocessing runs of it. Every row is written into the audit log,
    /// candidates by the batch. Only an admin may.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`]; [`Error::InvalidTransition`] in another state;
    /// [`Error::ReferencedBy`] where another observation's difference run takes it for its reference; or the
    /// engine fails.
    pub async fn purge(&self, id: Uuid) -> Result<()> {
        if let Some(record) = self.connection.record() {
            Principal::check(Some(&record.principal), Role::Admin, "purging an observation")?;
        }
        let observation = self.lock(id).await?.ok_or_else(|| no_such::<observation::Entity>(id))?;
        if !matches!(observation.status, Archived | Failed) {
            let status = observation.status;
            let message = format!("observation {id} is {status}; only archived or failed ones go");
            return Err(Error::InvalidTransition(message));
        }
        let phase = self.connection.phase().unwrap_or(CURATION);
        if phase >= PIPELINE {
            self.refuse_reference(id).await?;
        }
        if phase >= CURATION {
            let of_it = || detections_of(id);
            let alerts = Filter::Among(alert::Column::DetectionId, Box::new(of_it()));
            self.on::<alert::Entity>().delete_where(&alerts).await?;
            let votes = Filter::Among(validation_event::Column::DetectionId, Box::new(of_it()));
            self.on::<validation_event::Entity>().delete_where(&votes).await?;
        }
        if phase >= MODELS {
            self.remove_all::<detection::Entity>(detection::Column::ObservationId, id).await?;
            self.remove_all::<model_run::Entity>(model_run::Column::ObservationId, id).await?;
        }
        if phase >= PIPELINE {
            self.remove_candidates(id).await?;
            self.remove_all::<difference_run::Entity>(difference_run::Column::ObservationId, id)
                .await?;
            self.remove_all::<preprocess_run::Entity>(preprocess_run::Column::ObservationId, id)
                .await?;
        }
        self.delete(id).await?;
        Ok(())
    }

    async fn refuse_reference(&self, id: Uuid) -> Result<()> {
        use difference_run::Column::{ObservationId, ReferenceObservationId};
        let others = Filter::eq(ReferenceObservationId, id).and(Filter::Compare(
            ObservationId,
            Comparison::Ne,
            id.into(),
        ));
        match self.on::<difference_run::Entity>().count(&others).await? {
            0 => Ok(()),
            count => Err(Error::ReferencedBy { table: "difference_runs", count: Some(count) }),
        }
    }

    async fn remove_all<E: Table>(&self, column: E::Column, id: Uuid) -> Result<u64>
    where
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        self.on::<E>().delete_where(&Filter::eq(column, id)).await
    }

    async fn remove_candidates(&self, id: Uuid) -> Result<()> {
        let runs: Vec<Uuid> = difference_run::Entity::find()
            .select_only()
            .column(difference_run::Column::Id)
            .filter(difference_run::Column::ObservationId.eq(id))
            .into_tuple()
            .all(self.connection)
            .await?;
        for run in runs {
            loop {
                let ids: Vec<Uuid> = candidate::Entity::find()
                    .select_only()
                    .column(candidate::Column::Id)
                    .filter(candidate::Column::DifferenceRunId.eq(run))
                    .limit(CANDIDATES)
                    .into_tuple()
                    .all(self.connection)
                    .await?;
                if ids.is_empty() {
                    break;
                }
                let ids = ids.into_iter().map(Into::into).collect();
                self.on::<candidate::Entity>()
                    .acting(Act::of_batches("purge", "difference_run", run))
                    .delete_where(&Filter::In(candidate::Column::Id, ids))
                    .await?;
            }
        }
        Ok(())
    }
}

/// The keys of the detections in an observation.
fn detections_of(id: Uuid) -> sea_orm::sea_query::SelectStatement {
    detection::Entity::find()
        .select_only()
        .column(detection::Column::Id)
        .filter(detection::Column::ObservationId.eq(id))
        .into_query()
}
