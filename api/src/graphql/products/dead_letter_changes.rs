//! Changes to operations that failed.

use almanac_entity::products::dead_letter;
use almanac_service::products::NewDeadLetter;
use async_graphql::{ID, InputObject, Json, SimpleObject};
use serde_json::Value;

use super::DeadLetter;
use crate::graphql::mutation::big_id;

/// An operation that failed.
#[derive(Debug, InputObject)]
pub struct AddDeadLetterInput {
    /// The part of the pipeline that failed.
    component: String,
    /// What it was doing.
    operation: String,
    /// Kind of the error.
    error_type: String,
    /// Text of the error.
    error_message: Option<String>,
    /// What is needed to try again.
    context: Option<Json<Value>>,
}

/// An operation that is tried again.
#[derive(Debug, InputObject)]
pub struct RetryDeadLetterInput {
    /// The failure: its `rowId`.
    dead_letter_id: ID,
}

/// An operation that is settled.
#[derive(Debug, InputObject)]
pub struct ResolveDeadLetterInput {
    /// The failure: its `rowId`.
    dead_letter_id: ID,
    /// How it was settled.
    note: Option<String>,
}

/// An operation that is given up.
#[derive(Debug, InputObject)]
pub struct FailDeadLetterInput {
    /// The failure: its `rowId`.
    dead_letter_id: ID,
    /// Why it is given up.
    note: Option<String>,
}

/// A failure to be forgotten.
#[derive(Debug, InputObject)]
pub struct DeleteDeadLetterInput {
    /// The failure: its `rowId`.
    dead_letter_id: ID,
}

/// A failure that was changed.
#[derive(Debug, SimpleObject)]
pub struct DeadLetterPayload {
    /// The failure.
    dead_letter: DeadLetter,
}

/// A failure that was forgotten.
#[derive(Debug, SimpleObject)]
pub struct DeleteDeadLetterPayload {
    /// Which it was: its `rowId`.
    deleted_id: ID,
}

mutations! {
    /// Changes to operations that failed.
    DeadLetterMutations {
        /// Writes down that an operation failed.
        AddDeadLetter: add_dead_letter(input: AddDeadLetterInput, work) -> DeadLetterPayload {
            let new = NewDeadLetter {
                component: input.component,
                operation: input.operation,
                error_type: input.error_type,
                error_message: input.error_message,
                context: input.context.map(|context| context.0.into()),
            };
            let letter = work.table::<dead_letter::Entity>().await?.add(new, work.now()).await?;
            Ok(DeadLetterPayload { dead_letter: DeadLetter::of(&letter) })
        }

        /// Marks a failure as being tried again, which counts.
        RetryDeadLetter: retry_dead_letter(input: RetryDeadLetterInput, work) -> DeadLetterPayload {
            let id = big_id(&input.dead_letter_id, "deadLetterId")?;
            let letter = work.table::<dead_letter::Entity>().await?.mark_retrying(id).await?;
            Ok(DeadLetterPayload { dead_letter: DeadLetter::of(&letter) })
        }

        /// Marks a failure as settled.
        ResolveDeadLetter: resolve_dead_letter(input: ResolveDeadLetterInput, work)
            -> DeadLetterPayload
        {
            let id = big_id(&input.dead_letter_id, "deadLetterId")?;
            let letters = work.table::<dead_letter::Entity>().await?;
            let letter = letters.mark_resolved(id, input.note.as_deref(), work.now()).await?;
            Ok(DeadLetterPayload { dead_letter: DeadLetter::of(&letter) })
        }

        /// Marks a failure as given up.
        FailDeadLetter: fail_dead_letter(input: FailDeadLetterInput, work) -> DeadLetterPayload {
            let id = big_id(&input.dead_letter_id, "deadLetterId")?;
            let letters = work.table::<dead_letter::Entity>().await?;
            let letter = letters.mark_failed(id, input.note.as_deref()).await?;
            Ok(DeadLetterPayload { dead_letter: DeadLetter::of(&letter) })
        }

        /// Forgets a failure.
        DeleteDeadLetter: delete_dead_letter(input: DeleteDeadLetterInput, work)
            -> DeleteDeadLetterPayload
        {
            let id = big_id(&input.dead_letter_id, "deadLetterId")?;
            work.table::<dead_letter::Entity>().await?.remove(id).await?;
            Ok(DeleteDeadLetterPayload { deleted_id: input.dead_letter_id })
        }
    }
}
