//! What is written down although no row changed.

use almanac_entity::Table;
use sea_orm::prelude::Uuid;

use super::{Cells, audit_log};
use crate::{Repository, Result, Writable};

/// A line of AstrID's audit log of which no row is the cause.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// The row concerned: its table in the singular, and its key.
    pub(crate) about: (&'static str, Uuid),
    /// What was decided and why, in a line for people.
    pub(crate) summary: String,
    /// The same for programs.
    pub(crate) values: Cells,
}

impl<C: Writable, E: Table> Repository<'_, C, E> {
    /// Writes notes into AstrID's audit log, named by this table and by the verb of what it is acting.
    ///
    /// # Errors
    /// The engine fails.
    pub(crate) async fn write_notes(&self, notes: Vec<Note>) -> Result<()> {
        match self.connection.record() {
            Some(record) => {
                audit_log::note::<E>(record, self.connection, self.act.as_ref(), notes).await
            }
            None => Ok(()),
        }
    }
}
