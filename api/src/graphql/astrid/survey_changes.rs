//! Changes to AstrID's surveys.

use almanac_entity::astrid::survey;
use almanac_service::{
    Work,
    astrid::{NewSurvey, SurveyPatch},
};
use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};

use super::AstridSurvey;
use crate::graphql::mutation::{audit_record_ids, uuid};

/// A survey to be made.
#[derive(Debug, InputObject)]
pub struct CreateAstridSurveyInput {
    /// Its name, 1 to 100 characters; no two surveys have the same.
    name: String,
    /// What it is.
    description: Option<String>,
    /// Address of its archive, at most 500 characters.
    base_url: Option<String>,
    /// Address where its archive is queried, at most 500 characters.
    api_endpoint: Option<String>,
    /// Whether new data may be ingested.
    #[graphql(default = true)]
    is_active: bool,
}

/// What is to change of a survey; what is not given stays, and null where it is given clears.
#[derive(Debug, InputObject)]
pub struct UpdateAstridSurveyInput {
    /// The survey: its `rowId`.
    survey_id: ID,
    /// Its name.
    name: Option<String>,
    /// What it is.
    description: MaybeUndefined<String>,
    /// Address of its archive.
    base_url: MaybeUndefined<String>,
    /// Address where its archive is queried.
    api_endpoint: MaybeUndefined<String>,
    /// Whether new data may be ingested.
    is_active: Option<bool>,
}

/// A survey whose new data may be ingested from now on.
#[derive(Debug, InputObject)]
pub struct ActivateAstridSurveyInput {
    /// The survey: its `rowId`.
    survey_id: ID,
}

/// A survey whose new data are kept out from now on.
#[derive(Debug, InputObject)]
pub struct DeactivateAstridSurveyInput {
    /// The survey: its `rowId`.
    survey_id: ID,
}

/// A survey to be removed.
#[derive(Debug, InputObject)]
pub struct DeleteAstridSurveyInput {
    /// The survey: its `rowId`.
    survey_id: ID,
}

/// A survey that was changed.
#[derive(Debug, SimpleObject)]
pub struct AstridSurveyPayload {
    /// The survey; one that was removed as it was.
    survey: AstridSurvey,
    /// The lines of the audit log that say so; none where nothing changed: their `rowId`s.
    audit_record_ids: Vec<ID>,
}

fn changed(work: &Work, survey: &survey::Model) -> AstridSurveyPayload {
    AstridSurveyPayload {
        survey: AstridSurvey::of(survey),
        audit_record_ids: audit_record_ids(work),
    }
}

mutations! {
    /// Changes to AstrID's surveys.
    AstridSurveyMutations {
        /// Makes a survey.
        CreateAstridSurvey: create_astrid_survey(input: CreateAstridSurveyInput, work)
            -> AstridSurveyPayload
        {
            let new = NewSurvey {
                name: input.name,
                description: input.description,
                base_url: input.base_url,
                api_endpoint: input.api_endpoint,
                is_active: input.is_active,
            };
            let survey = work.table::<survey::Entity>().await?.create(new, work.instant()?).await?;
            Ok(changed(work, &survey))
        }

        /// Changes a survey.
        UpdateAstridSurvey: update_astrid_survey(input: UpdateAstridSurveyInput, work)
            -> AstridSurveyPayload
        {
            let id = uuid(&input.survey_id, "surveyId")?;
            let patch = SurveyPatch {
                name: input.name,
                description: input.description.into(),
                base_url: input.base_url.into(),
                api_endpoint: input.api_endpoint.into(),
                is_active: input.is_active,
            };
            let surveys = work.table::<survey::Entity>().await?;
            let survey = surveys.patch(id, patch, work.instant()?).await?;
            Ok(changed(work, &survey))
        }

        /// Lets new data of a survey be ingested.
        ActivateAstridSurvey: activate_astrid_survey(input: ActivateAstridSurveyInput, work)
            -> AstridSurveyPayload
        {
            let id = uuid(&input.survey_id, "surveyId")?;
            let surveys = work.table::<survey::Entity>().await?;
            let survey = surveys.activate(id, work.instant()?).await?;
            Ok(changed(work, &survey))
        }

        /// Keeps new data of a survey out.
        DeactivateAstridSurvey: deactivate_astrid_survey(input: DeactivateAstridSurveyInput, work)
            -> AstridSurveyPayload
        {
            let id = uuid(&input.survey_id, "surveyId")?;
            let surveys = work.table::<survey::Entity>().await?;
            let survey = surveys.deactivate(id, work.instant()?).await?;
            Ok(changed(work, &survey))
        }

        /// Removes a survey that has no observations.
        DeleteAstridSurvey: delete_astrid_survey(input: DeleteAstridSurveyInput, work)
            -> AstridSurveyPayload
        {
            let id = uuid(&input.survey_id, "surveyId")?;
            let surveys = work.table::<survey::Entity>().await?;
            let survey = surveys.get(id).await?;
            surveys.remove(id).await?;
            Ok(changed(work, &survey))
        }
    }
}
