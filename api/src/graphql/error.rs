//! Errors as the graph shows them.

use almanac_service::Error;
use async_graphql::ErrorExtensions;

/// The outcome of a resolver.
pub(crate) type Result<T> = std::result::Result<T, async_graphql::Error>;

/// An error of the services as the graph shows it: with a code, and without anything of the database's
/// own words. What nobody foresaw is logged here and masked.
pub(crate) fn graph_error(error: &Error) -> async_graphql::Error {
    let (code, message) = coded(error);
    async_graphql::Error::new(message).extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Error::Invalid { argument, rule: Some(rule), .. } = error {
            extensions.set("field", argument.as_str());
            extensions.set("rule", *rule);
        }
    })
}

/// The code of an error and its message, as the graph shows them.
pub(crate) fn coded(error: &Error) -> (&'static str, String) {
    match error {
        Error::NotFound { .. } => ("NOT_FOUND", error.to_string()),
        Error::Unauthenticated { .. } => ("UNAUTHENTICATED", error.to_string()),
        Error::Forbidden { .. } | Error::NotYours { .. } => ("FORBIDDEN", error.to_string()),
        Error::Conflict(_) => ("CONFLICT", error.to_string()),
        Error::AlreadyExists { .. } => ("ALREADY_EXISTS", error.to_string()),
        Error::InvalidTransition(_) => ("INVALID_TRANSITION", error.to_string()),
        Error::ReferencedBy { .. } => ("REFERENCED_BY", error.to_string()),
        Error::LeaseLost { .. } => ("LEASE_LOST", error.to_string()),
        Error::RetryLimitExceeded { .. } => ("RETRY_LIMIT_EXCEEDED", error.to_string()),
        Error::Invalid { .. } => ("BAD_USER_INPUT", error.to_string()),
        Error::PhaseNotApplied { .. } => ("PHASE_NOT_APPLIED", error.to_string()),
        Error::Busy => ("DATABASE_BUSY", error.to_string()),
        Error::Timeout => ("TIMEOUT", error.to_string()),
        Error::TooManyStatements => ("STATEMENT_LIMIT", error.to_string()),
        Error::Unavailable(_) | Error::Schema(_) | Error::Address(_) | Error::Broken(_) => {
            tracing::warn!(%error, "a database cannot be read");
            (
                "DATABASE_UNAVAILABLE",
                "the database cannot be read; `almanac doctor` and /readyz say why".to_owned(),
            )
        }
        _ => {
            tracing::error!(error = ?error, "a resolver failed");
            ("INTERNAL", "internal error".to_owned())
        }
    }
}

/// An argument that cannot be used.
pub(crate) fn bad_input(argument: &str, message: impl Into<String>) -> async_graphql::Error {
    graph_error(&Error::invalid(argument, message))
}
