//! Changes to calibration tables.

use almanac_entity::cal_registry::caltable;
use async_graphql::{InputObject, SimpleObject};

/// A set of calibration tables to be retired.
#[derive(Debug, InputObject)]
pub struct RetireCaltableSetInput {
    /// Name of the set.
    set_name: String,
    /// Why; it is added to the notes of each table.
    reason: Option<String>,
}

/// A set of calibration tables that was retired.
#[derive(Debug, SimpleObject)]
pub struct RetireCaltableSetPayload {
    /// How many tables were retired; those that were retired before do not count.
    retired: u64,
}

mutations! {
    /// Changes to calibration tables.
    CaltableMutations {
        /// Takes every table of a set out of use.
        RetireCaltableSet: retire_caltable_set(input: RetireCaltableSetInput, work) -> RetireCaltableSetPayload {
            let caltables = work.table::<caltable::Entity>().await?;
            let retired = caltables.retire_set(&input.set_name, input.reason.as_deref()).await?;
            if retired == 0 {
                let what = format!("set {} with tables in use", input.set_name);
                return Err(almanac_service::Error::not_found(what));
            }
            Ok(RetireCaltableSetPayload { retired })
        }
    }
}
