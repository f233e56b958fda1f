//! What a GraphQL document may ask, decided before anything runs.
//!
//! A document is a program that a stranger wrote. [`Checker::check`] reads it once, against the schema's own SDL,
//! and refuses what is too large, too deep or too dear, with the figure and the limit in the message. What passes
//! is handed to the executor already parsed.

mod limits;
mod nulls;
mod sdl;
mod structure;
#[cfg(test)]
mod tests;
mod tokens;
mod visit;

use async_graphql::{
    Pos, Positioned, Request, Response, Variables,
    parser::{
        self,
        types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
    },
};

pub use limits::Limits;
use nulls::Nulls;
use sdl::Types;
use visit::Visit;

/// Judges documents against the limits, with the schema at hand.
#[derive(Debug)]
pub struct Checker {
    types: Types,
    limits: Limits,
}

/// A document that may run.
#[derive(Debug)]
pub struct Checked {
    /// The parsed document, for [`Request::set_parsed_query`].
    pub document: ExecutableDocument,
    /// What the chosen operation is: a query, a mutation or a subscription.
    pub operation_type: OperationType,
    /// The points the chosen operation costs.
    pub cost: u64,
    /// How deep the chosen operation goes; a root field is at depth 1.
    pub depth: usize,
    /// Whether the chosen operation asks for the schema.
    pub introspects: bool,
}

/// Why a document may not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The `extensions.code` of the error.
    pub code: &'static str,
    /// A sentence for the author of the document.
    pub message: String,
    /// Where in the document, if that is one place.
    pub locations: Vec<Pos>,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), locations: Vec::new() }
    }

    pub(crate) fn at(self, pos: Pos) -> Self {
        Self { locations: vec![pos], ..self }
    }
}

/// Refuses a `count` of `what` that is over the `limit`.
fn at_most(
    code: &'static str,
    what: &str,
    count: impl TryInto<u64>,
    limit: impl TryInto<u64>,
) -> Result<(), Refusal> {
    let count = count.try_into().unwrap_or(u64::MAX);
    let limit = limit.try_into().unwrap_or(u64::MAX);
    if count <= limit {
        return Ok(());
    }
    Err(Refusal::new(code, format!("the document has {count} {what}; the limit is {limit}")))
}

impl Checker {
    /// A checker for the schema that `sdl` describes.
    ///
    /// # Errors
    ///
    /// If the SDL cannot be parsed.
    pub fn new(sdl: &str, limits: Limits) -> Result<Self, parser::Error> {
        Ok(Self { types: Types::parse(sdl)?, limits })
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Parses and judges the document of a request.
    ///
    /// Every operation has to keep the limits, not only the chosen one: the executor's own rules visit them all.
    ///
    /// # Errors
    ///
    /// If the document is no GraphQL, names no operation to run, lacks a variable or is over a limit.
    pub fn check(&self, request: &Request) -> Result<Checked, Refusal> {
        let limits = &self.limits;
        tokens::check(&request.query, limits)?;
        let document = parser::parse_query(&request.query).map_err(|error| Refusal {
            code: "GRAPHQL_PARSE_FAILED",
            message: error.to_string(),
            locations: error.positions().collect(),
        })?;
        structure::check(&document, limits)?;

        let chosen = choose(&document.operations, request.operation_name.as_deref())?;
        require_variables(&chosen.node, &request.variables)?;
        let mut selections = 0;
        let mut figures = (0, 0, false);
        for (_, operation) in document.operations.iter() {
            let mut visit =
                Visit::new(self, &document, &operation.node, &request.variables, selections);
            visit.operation()?;
            selections = visit.selections;
            if std::ptr::eq(operation, chosen) {
                figures = (visit.cost, visit.depth, visit.introspects);
            }
        }
        let (operation_type, (cost, depth, introspects)) = (chosen.node.ty, figures);
        Ok(Checked { document, operation_type, cost, depth, introspects })
    }

    /// Puts null where fields of the response failed, as the specification wants it; the executor leaves them out.
    ///
    /// `document` and `operation_name` are those that [`check`](Self::check) passed.
    pub fn complete(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        response: &mut Response,
    ) {
        if let Ok(operation) = choose(&document.operations, operation_name) {
            let nulls = Nulls { types: &self.types, document, operation: &operation.node };
            nulls.complete(&mut response.data, &response.errors);
        }
    }
}

fn choose<'a>(
    operations: &'a DocumentOperations,
    name: Option<&str>,
) -> Result<&'a Positioned<OperationDefinition>, Refusal> {
    let found = match (operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Multiple(named), None) if named.len() == 1 => named.values().next(),
        (DocumentOperations::Multiple(named), Some(name)) => named.get(name),
        _ => None,
    };
    found.ok_or_else(|| {
        let message = match name {
            Some(name) => format!("the document has no operation named `{name}`"),
            None => "the document has several operations: `operationName` says which to run".into(),
        };
        Refusal::new("GRAPHQL_VALIDATION_FAILED", message)
    })
}

/// The executor would notice a missing variable only at the field that uses it, after others have run.
fn require_variables(operation: &OperationDefinition, given: &Variables) -> Result<(), Refusal> {
    for definition in &operation.variable_definitions {
        let (name, wanted) = (&definition.node.name.node, &definition.node.var_type.node);
        let value = given.get(name).or(definition.node.default_value());
        if value.is_none_or(|value| !wanted.nullable && *value == async_graphql::Value::Null) {
            let message = format!("the variable `${name}` of type `{wanted}` needs a value");
            return Err(Refusal::new("BAD_USER_INPUT", message).at(definition.pos));
        }
    }
    Ok(())
}
