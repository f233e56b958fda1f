//! What can go wrong.

use sea_orm::DbErr;

/// Why a schema could not be read, compared or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// A statement of a plan failed; nothing of the plan stays.
    #[error("{source}, in: {sql}")]
    Statement {
        /// The statement.
        sql: String,
        /// What the database said.
        source: DbErr,
    },
    /// The two schemas are of two engines.
    #[error("a schema of SQLite cannot be compared with one of PostgreSQL")]
    Engines,
    /// Schemas of this engine are not read.
    #[error("only SQLite and PostgreSQL are supported")]
    Unsupported,
    /// A rename was declared of something that is there under both names.
    #[error(
        "{kind} {old} cannot be renamed to {new}: both are there. Move what {old} holds, then drop it"
    )]
    BothNames {
        /// A table or a column.
        kind: &'static str,
        /// The name it should lose.
        old: String,
        /// The name it should get.
        new: String,
    },
    /// A plan holds a step that is not taken by itself.
    #[error("{0}")]
    Blocked(String),
    /// A plan was applied and had not the effect it should have; nothing of it stays.
    #[error("{0}")]
    Check(String),
}
