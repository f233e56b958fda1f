//! What would become of an observation that is not ingested yet.

use almanac_entity::astrid::observation;
use almanac_service::Error;
use async_graphql::{Object, SimpleObject};
use chrono::Utc;

use super::observation_input::AstridObservationInput;
use crate::graphql::{
    context::{Context, ContextExt},
    error::{Result, coded},
};

/// Whether an observation may be ingested.
#[derive(Debug, Default, SimpleObject)]
pub struct AstridObservationVerdict {
    /// Whether it may.
    is_valid: bool,
    /// The code that ingesting it would be refused with, such as `BAD_USER_INPUT`.
    code: Option<String>,
    /// The first field at fault.
    field: Option<String>,
    /// The rule that it breaks, in a word such as `range`.
    rule: Option<String>,
    /// What is wrong.
    message: Option<String>,
}

impl AstridObservationVerdict {
    fn of(error: &Error) -> Self {
        let (code, message) = coded(error);
        let (field, rule) = match error {
            Error::Invalid { argument, rule, .. } => (Some(argument.clone()), *rule),
            _ => (None, None),
        };
        Self {
            is_valid: false,
            code: Some(code.to_owned()),
            field,
            rule: rule.map(str::to_owned),
            message: Some(message),
        }
    }
}

/// What would become of observations.
#[derive(Debug, Default)]
pub struct AstridObservationQueries;

#[Object]
impl AstridObservationQueries {
    /// Whether an observation may be ingested: what `ingestAstridObservation` would say of it, without
    /// ingesting it.
    async fn astrid_observation_verdict(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The observation.")] observation: AstridObservationInput,
    ) -> Result<AstridObservationVerdict> {
        read!(ctx, observation::Entity, |observations| {
            let said = match observation.complete() {
                Ok(new) => observations.validate(&new, Utc::now()).await,
                Err(error) => Err(error),
            };
            match said {
                Ok(()) => Ok(AstridObservationVerdict { is_valid: true, ..Default::default() }),
                Err(
                    error @ (Error::Invalid { .. }
                    | Error::NotFound { .. }
                    | Error::AlreadyExists { .. }),
                ) => Ok(AstridObservationVerdict::of(&error)),
                Err(error) => Err(error),
            }
        })
    }
}
