//! What a change is called, where it is more than a create, an update or a delete.

use sea_orm::prelude::Uuid;

/// What AstrID's audit log is to say of changes.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// What was done, such as `claim`.
    pub(super) verb: &'static str,
    /// Why, in a line for people.
    pub(super) summary: Option<String>,
    /// Whose rows they are where the rows of a statement are written down as one: the table in the singular,
    /// and the key.
    pub(super) batch_of: Option<(&'static str, Uuid)>,
}

impl Act {
    /// Changes of single rows.
    pub(crate) fn of_rows(verb: &'static str) -> Self {
        Self { verb, summary: None, batch_of: None }
    }

    /// Changes that are written down as one for each statement.
    pub(crate) fn of_batches(verb: &'static str, parent: &'static str, id: Uuid) -> Self {
        Self { verb, summary: None, batch_of: Some((parent, id)) }
    }

    /// Whether the rows of a statement are written down as one.
    pub(crate) fn is_of_batches(&self) -> bool {
        self.batch_of.is_some()
    }

    /// With the reason.
    pub(crate) fn because(self, summary: Option<String>) -> Self {
        Self { summary, ..self }
    }
}
