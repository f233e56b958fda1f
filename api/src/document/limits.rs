use serde::{Deserialize, Serialize};

/// How much one document may ask. Each figure is a setting; the defaults suit a public server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Characters of the document.
    pub characters: usize,
    /// Lexical tokens: names, numbers, strings and punctuators.
    pub tokens: usize,
    /// Brackets open at once. The parser recurses on each, on the stack of the thread.
    pub nesting: usize,
    /// Operations of the document, of which one runs.
    pub operations: usize,
    /// Fragment definitions of the document.
    pub fragments: usize,
    /// Selections once every fragment is written out. Fragments that use each other twice grow as a power of two.
    pub selections: usize,
    /// Depth of a field; a root field is at depth 1.
    pub depth: usize,
    /// Depth of a field below `__schema` or `__type`. The usual introspection query needs 15.
    pub introspection_depth: usize,
    /// Lists of fields or types inside one another during introspection, where every type leads to all others.
    pub introspection_lists: usize,
    /// Aliases of the document.
    pub aliases: usize,
    /// Root fields of one operation.
    pub root_fields: usize,
    /// Directives at one place.
    pub directives_each: usize,
    /// Directives of the document.
    pub directives: usize,
    /// Points of one operation: a field costs one for each time it may be resolved.
    pub cost: u64,
    /// Points of a field without fields of its own, such as a column: none, since rows are what costs.
    pub leaf_points: u64,
    /// Items to expect of a list that says nothing of its length.
    pub list_length: u64,
    /// Rows that pages and lists with a `limit` may come to inside each other.
    pub rows: u64,
    /// Size of the page of a root field that does not say `first`.
    pub root_page: u64,
    /// Largest page of a root field.
    pub root_page_max: u64,
    /// Size of the page of any other field that does not say `first`.
    pub nested_page: u64,
    /// Largest page of any other field.
    pub nested_page_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            characters: 15_000,
            tokens: 1_000,
            nesting: 48,
            operations: 10,
            fragments: 50,
            selections: 10_000,
            depth: 10,
            introspection_depth: 15,
            introspection_lists: 2,
            aliases: 30,
            root_fields: 20,
            directives_each: 4,
            directives: 50,
            cost: 5_000,
            leaf_points: 0,
            list_length: 10,
            rows: 10_000,
            root_page: 50,
            root_page_max: 1_000,
            nested_page: 20,
            nested_page_max: 100,
        }
    }
}
