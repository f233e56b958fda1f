//! What is counted on the document as it is written: definitions, aliases and directives.

use async_graphql::{
    Positioned,
    parser::types::{Directive, ExecutableDocument, Selection, SelectionSet},
};

use super::{Limits, Refusal, at_most};

pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refusal> {
    at_most(
        "DOCUMENT_TOO_LARGE",
        "operations",
        document.operations.iter().len(),
        limits.operations,
    )?;
    at_most("DOCUMENT_TOO_LARGE", "fragments", document.fragments.len(), limits.fragments)?;

    let mut count = Count { limits, aliases: 0, directives: 0 };
    for (_, operation) in document.operations.iter() {
        count.directives(&operation.node.directives)?;
        for variable in &operation.node.variable_definitions {
            count.directives(&variable.node.directives)?;
        }
        count.selections(&operation.node.selection_set.node)?;
    }
    for fragment in document.fragments.values() {
        count.directives(&fragment.node.directives)?;
        count.selections(&fragment.node.selection_set.node)?;
    }
    at_most("ALIAS_LIMIT", "aliases", count.aliases, limits.aliases)?;
    at_most("DIRECTIVE_LIMIT", "directives", count.directives, limits.directives)
}

struct Count<'a> {
    limits: &'a Limits,
    aliases: usize,
    directives: usize,
}

impl Count<'_> {
    fn selections(&mut self, set: &SelectionSet) -> Result<(), Refusal> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    self.aliases += usize::from(field.node.alias.is_some());
                    self.selections(&field.node.selection_set.node)?;
                }
                Selection::InlineFragment(fragment) => {
                    self.selections(&fragment.node.selection_set.node)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Refusal> {
        self.directives += directives.len();
        let checked = at_most(
            "DIRECTIVE_LIMIT",
            "directives at one place",
            directives.len(),
            self.limits.directives_each,
        );
        match directives.first() {
            Some(first) => checked.map_err(|refusal| refusal.at(first.pos)),
            None => checked,
        }
    }
}
