//! What is counted on an operation as it would run: fragments written out, pages multiplied.

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, TypeCondition,
    },
};
use async_graphql_value::Value as Argument;

use super::{Checker, Limits, Refusal, at_most, sdl::Shape};

/// One walk through one operation.
pub(super) struct Visit<'a> {
    checker: &'a Checker,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The fragments being written out, outermost first.
    open: Vec<&'a Name>,
    root_fields: usize,
    /// Selections seen so far, those of earlier operations included.
    pub(super) selections: usize,
    pub(super) cost: u64,
    pub(super) depth: usize,
    /// Whether it asks for the schema.
    pub(super) introspects: bool,
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// The type the selections are made on.
    on: &'a str,
    /// How many fields lead here.
    depth: usize,
    /// How often a field here may be resolved.
    times: u64,
    /// How many rows the pages that lead here come to.
    rows: u64,
    /// Directly below a page, whose `edges` or `nodes` are as many as the page has been counted for.
    in_page: bool,
    /// Below `__schema` or `__type`: how many of its growing lists lead here.
    introspection: Option<usize>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(
        checker: &'a Checker,
        document: &'a ExecutableDocument,
        operation: &'a OperationDefinition,
        variables: &'a Variables,
        selections: usize,
    ) -> Self {
        let open = Vec::new();
        Self {
            checker,
            document,
            operation,
            variables,
            open,
            root_fields: 0,
            selections,
            cost: 0,
            depth: 0,
            introspects: false,
        }
    }

    fn limits(&self) -> &'a Limits {
        &self.checker.limits
    }

    pub(super) fn operation(&mut self) -> Result<(), Refusal> {
        let on = self.checker.types.root(self.operation.ty);
        let place = Place { on, depth: 0, times: 1, rows: 1, in_page: false, introspection: None };
        self.selections(&self.operation.selection_set.node, place)?;
        at_most("ROOT_FIELD_LIMIT", "root fields", self.root_fields, self.limits().root_fields)?;
        at_most("COST_LIMIT", "points of cost", self.cost, self.limits().cost)
    }

    fn selections(&mut self, set: &'a SelectionSet, place: Place<'a>) -> Result<(), Refusal> {
        for selection in &set.items {
            self.selections += 1;
            if self.selections > self.limits().selections {
                let limit = self.limits().selections;
                let message = format!(
                    "the document has more than {limit} selections once its fragments are written out"
                );
                return Err(Refusal::new("COST_LIMIT", message));
            }
            match &selection.node {
                Selection::Field(field) => {
                    self.field(&field.node, place).map_err(|refusal| {
                        match refusal.locations[..] {
                            [] => refusal.at(field.pos),
                            _ => refusal,
                        }
                    })?;
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(place.on, condition);
                    self.selections(&fragment.node.selection_set.node, Place { on, ..place })?;
                }
                Selection::FragmentSpread(spread) => {
                    self.spread(&spread.node.fragment_name.node, place)?;
                }
            }
        }
        Ok(())
    }

    /// A fragment that does not exist is left to the executor's validation, which knows all of them by name.
    fn spread(&mut self, name: &'a Name, place: Place<'a>) -> Result<(), Refusal> {
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(()) };
        if self.open.contains(&name) {
            let message = format!("the fragment `{name}` includes itself");
            return Err(Refusal::new("GRAPHQL_VALIDATION_FAILED", message).at(fragment.pos));
        }
        self.open.push(name);
        let on = condition(&fragment.node.type_condition);
        self.selections(&fragment.node.selection_set.node, Place { on, ..place })?;
        self.open.pop();
        Ok(())
    }

    fn field(&mut self, field: &'a Field, place: Place<'a>) -> Result<(), Refusal> {
        let depth = place.depth + 1;
        self.depth = self.depth.max(depth);
        self.root_fields += usize::from(depth == 1);
        let children = &field.selection_set.node;
        let name = field.name.node.as_str();

        if place.introspection.is_some() || name.starts_with("__") {
            self.introspects |= matches!(name, "__schema" | "__type");
            let grows = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
            let lists = place.introspection.unwrap_or(0) + usize::from(grows);
            let limits = self.limits();
            at_most("DEPTH_LIMIT", "levels of introspection", depth, limits.introspection_depth)?;
            at_most(
                "DEPTH_LIMIT",
                "lists inside each other in introspection",
                lists,
                limits.introspection_lists,
            )?;
            return self.selections(children, Place { depth, introspection: Some(lists), ..place });
        }

        at_most("DEPTH_LIMIT", "levels of fields", depth, self.limits().depth)?;
        let points = if children.items.is_empty() { self.limits().leaf_points } else { 1 };
        self.cost = self.cost.saturating_add(place.times.saturating_mul(points));
        // An unknown field is left to the executor's validation.
        let Some(shape) = self.checker.types.field(place.on, name) else {
            return self.selections(children, Place { on: "", depth, in_page: false, ..place });
        };
        let (length, rows) = self.length(field, shape, place)?;
        at_most("COST_LIMIT", "rows in pages inside pages", rows, self.limits().rows)?;
        let times = place.times.saturating_mul(length);
        let in_page = shape.is_page || (shape.limit.is_some() && !shape.is_list);
        self.selections(children, Place { on: &shape.result, depth, times, rows, in_page, ..place })
    }

    /// How many results the field yields each time, and how many rows that makes with the pages around it.
    fn length(
        &self,
        field: &Field,
        shape: &Shape,
        place: Place<'_>,
    ) -> Result<(u64, u64), Refusal> {
        let length = if shape.is_page {
            self.page(field, shape, place.depth == 0)?
        } else if let Some(most) = self.ids(field, shape).or_else(|| self.limit(field, shape)) {
            most
        } else if shape.is_list && !place.in_page {
            return Ok((self.limits().list_length, place.rows));
        } else {
            return Ok((1, place.rows));
        };
        Ok((length, place.rows.saturating_mul(length)))
    }

    fn page(&self, field: &Field, shape: &Shape, is_root: bool) -> Result<u64, Refusal> {
        let limits = self.limits();
        let (default, max) = if is_root {
            (limits.root_page, limits.root_page_max)
        } else {
            (limits.nested_page, limits.nested_page_max)
        };
        let mut asked = None;
        for name in ["first", "last"] {
            let Some(value) = self.integer(field, name) else { continue };
            let size = u64::try_from(value).ok().filter(|&size| size <= max).ok_or_else(|| {
                let name_of_field = &field.name.node;
                let message =
                    format!("`{name}` of `{name_of_field}` is {value}; here it may be 0 to {max}");
                Refusal::new("BAD_USER_INPUT", message)
            })?;
            asked = asked.max(Some(size));
        }
        // An empty page is still one question.
        Ok(asked.or(shape.page).unwrap_or(default).max(1))
    }

    /// What is no integer is left to the executor's validation.
    fn integer(&self, field: &Field, argument: &str) -> Option<i64> {
        match &field.get_argument(argument)?.node {
            Argument::Number(number) => number.as_i64(),
            Argument::Variable(name) => match self.variable(name)? {
                Value::Number(number) => number.as_i64(),
                _ => None,
            },
            _ => None,
        }
    }

    /// A limit that the field does not allow is left to the field.
    fn limit(&self, field: &Field, shape: &Shape) -> Option<u64> {
        let declared = shape.limit?;
        let asked = self.integer(field, "limit").and_then(|limit| u64::try_from(limit).ok());
        Some(asked.unwrap_or(declared).clamp(1, self.limits().root_page_max))
    }

    fn ids(&self, field: &Field, shape: &Shape) -> Option<u64> {
        let argument = field.get_argument("ids").filter(|_| shape.by_ids)?;
        let length = match &argument.node {
            Argument::List(items) => items.len(),
            Argument::Variable(name) => match self.variable(name)? {
                Value::List(items) => items.len(),
                _ => 1,
            },
            _ => 1,
        };
        Some(length.max(1) as u64)
    }

    fn variable(&self, name: &Name) -> Option<&Value> {
        let definitions = &self.operation.variable_definitions;
        let definition =
            || definitions.iter().find(|definition| definition.node.name.node == *name);
        self.variables.get(name).or_else(|| definition()?.node.default_value())
    }
}

fn condition(condition: &Positioned<TypeCondition>) -> &str {
    &condition.node.on.node
}
