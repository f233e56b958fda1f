mod cost;
mod nulls;

use std::time::Instant;

use async_graphql::{Request, Variables, parser::types::OperationType};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Checked, Checker, Limits, Refusal};

const SDL: &str = r#"
interface Node { id: ID! maybe: [Image]! }
type Image implements Node {
  id: ID!
  path: String!
  tags: [String!]!
  parts: [Image!]!
  self: Image!
  photometry(first: Int, last: Int): PointConnection!
  neighbours(first: Int! = 5): [Image!]!
  near(limit: Int! = 10): [Image!]!
}
type Point { mjd: Float! image: Image! }
type ImageConnection { nodes: [Image!]! edges: [ImageEdge!]! totalCount: Int! }
type ImageEdge { node: Image! cursor: String! }
type Found { total: Int! images: [Image!]! }
type PointConnection { nodes: [Point!]! }
type Root {
  images(first: Int, after: String): ImageConnection!
  image(id: ID!): Image
  imagesById(ids: [ID!]!): [Image!]!
  newest(limit: Int! = 100): Found!
  node(id: ID!): Node
}
type Changes { keep(id: ID!): Image! }
type Events { imageAdded: Image! }
"A description with \"quotes\"."
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
schema { query: Root mutation: Changes subscription: Events }
"#;

/// Columns cost a point here, so that sums tell what was counted.
fn limits() -> Limits {
    Limits { leaf_points: 1, ..Limits::default() }
}

fn check_with(query: &str, variables: Value) -> Result<Checked, Refusal> {
    let checker = Checker::new(SDL, limits()).unwrap();
    checker.check(&Request::new(query).variables(Variables::from_json(variables)))
}

fn check(query: &str) -> Result<Checked, Refusal> {
    check_with(query, json!({}))
}

/// The document is refused with this code, and the message says this.
#[track_caller]
fn refused(query: &str, code: &str, says: &str) {
    let refusal = check(query).unwrap_err();
    assert_eq!(refusal.code, code, "{refusal:?}");
    assert!(refusal.message.contains(says), "{:?} does not say {says:?}", refusal.message);
}

/// Many words that differ in their number.
fn many(count: usize, word: impl Fn(usize) -> String) -> String {
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

fn selections(count: usize, selection: impl Fn(usize) -> String) -> String {
    format!("{{ {} }}", many(count, selection))
}

/// `outer { outer { … inner … } }`
fn nested(levels: usize, outer: &str, inner: &str) -> String {
    format!("{}{inner}{}", format!("{outer} {{ ").repeat(levels), " }".repeat(levels))
}

#[test]
fn a_document_that_passes_comes_back_parsed_and_priced() {
    let checked = check("{ image(id: 1) { path } }").unwrap();
    assert_eq!(checked.operation_type, OperationType::Query);
    assert_eq!((checked.cost, checked.depth), (2, 2));
    assert_eq!(checked.document.operations.iter().len(), 1);
    assert_eq!(
        check("mutation { keep(id: 1) { id } }").unwrap().operation_type,
        OperationType::Mutation
    );
    assert_eq!(
        check("subscription { imageAdded { id } }").unwrap().operation_type,
        OperationType::Subscription
    );
}

#[test]
fn text_that_is_no_document_is_refused_with_its_place() {
    let refusal = check("{ image(").unwrap_err();
    assert_eq!(refusal.code, "GRAPHQL_PARSE_FAILED");
    assert_eq!(refusal.locations.len(), 1);
    refused("", "GRAPHQL_PARSE_FAILED", "expected");
}

#[test]
fn characters_and_tokens_are_limited() {
    let comment = |length: usize| format!("{{ node(id: 1) {{ id }} }} #{}", "é".repeat(length));
    let rest = comment(0).chars().count();
    assert!(check(&comment(15_000 - rest)).is_ok());
    refused(&comment(15_001 - rest), "DOCUMENT_TOO_LARGE", "15001 characters; the limit is 15000");

    let tokens = |count: usize| format!("{{ image(id: 1) {{ {} }} }}", "id ".repeat(count - 10));
    assert!(check(&tokens(1_000)).is_ok());
    refused(&tokens(1_001), "DOCUMENT_TOO_LARGE", "1001 tokens; the limit is 1000");
}

#[test]
fn operations_and_fragments_are_limited() {
    let operations = |count: usize| {
        let checker = Checker::new(SDL, limits()).unwrap();
        let query = many(count, |index| format!("query Q{index} {{ image(id: 1) {{ id }} }}"));
        checker.check(&Request::new(query).operation_name("Q0"))
    };
    assert!(operations(10).is_ok());
    assert_eq!(operations(11).unwrap_err().code, "DOCUMENT_TOO_LARGE");

    let fragments = |count: usize| {
        let fragments = many(count, |index| format!("fragment F{index} on Image {{ id }}"));
        format!("{{ image(id: 1) {{ ...F0 }} }} {fragments}")
    };
    assert!(check(&fragments(50)).is_ok());
    refused(&fragments(51), "DOCUMENT_TOO_LARGE", "51 fragments; the limit is 50");
}

#[test]
fn depth_is_limited_through_fragments_too() {
    let deep =
        |levels: usize| format!("{{ image(id: 1) {{ {} }} }}", nested(levels - 2, "self", "id"));
    assert_eq!(check(&deep(10)).unwrap().depth, 10);
    refused(&deep(11), "DEPTH_LIMIT", "11 levels of fields; the limit is 10");
    let fragment = nested(8, "self", "... on Node { id ...G }");
    let spread = format!(
        "{{ image(id: 1) {{ ...F }} }} fragment F on Image {{ {fragment} }} fragment G on Image {{ self {{ id }} }}"
    );
    refused(&spread, "DEPTH_LIMIT", "11 levels of fields");
}

#[test]
fn the_usual_introspection_passes_and_its_loops_do_not() {
    let types = format!("fields {{ args {{ type {{ {} }} }} }}", nested(9, "ofType", "name"));
    let usual = format!("{{ __schema {{ types {{ {types} }} }} }}");
    let checked = check(&usual).unwrap();
    assert_eq!((checked.cost, checked.depth), (0, 15));
    refused(
        &usual.replace("name", "ofType { name }"),
        "DEPTH_LIMIT",
        "16 levels of introspection; the limit is 15",
    );

    let loops = |levels: usize| {
        let lists = nested(2 * levels, "?", "name");
        let lists = (0..levels)
            .fold(lists, |lists, _| lists.replacen('?', "fields", 1).replacen('?', "type", 1));
        format!("{{ __schema {{ types {{ {lists} }} }} }}")
    };
    assert!(check(&loops(2)).is_ok());
    refused(&loops(3), "DEPTH_LIMIT", "3 lists inside each other in introspection; the limit is 2");
}

#[test]
fn nesting_is_limited_before_the_parser_recurses_on_it() {
    let lists = |depth: usize| {
        format!("{{ node(id: {}{}) {{ id }} }}", "[".repeat(depth), "]".repeat(depth))
    };
    assert!(check(&lists(46)).is_ok());
    refused(&lists(47), "DEPTH_LIMIT", "49 brackets open at once; the limit is 48");
    refused(&"{a".repeat(400), "DEPTH_LIMIT", "400 brackets");
    refused(&format!("query($a:{}", "[".repeat(900)), "DEPTH_LIMIT", "901 brackets");
}

#[test]
fn aliases_and_root_fields_are_limited() {
    let aliases = |count| {
        format!("{{ image(id: 1) {} }}", selections(count, |index| format!("a{index}: id")))
    };
    assert!(check(&aliases(30)).is_ok());
    refused(&aliases(31), "ALIAS_LIMIT", "31 aliases; the limit is 30");

    let roots = |count| selections(count, |_| "node(id: 1) { id }".into());
    assert!(check(&roots(20)).is_ok());
    refused(&roots(21), "ROOT_FIELD_LIMIT", "21 root fields; the limit is 20");
}

#[test]
fn directives_are_limited() {
    let at_one = |count: usize| {
        format!("{{ image(id: 1) {{ id {} }} }}", "@include(if: true) ".repeat(count))
    };
    assert!(check(&at_one(4)).is_ok());
    refused(&at_one(5), "DIRECTIVE_LIMIT", "5 directives at one place; the limit is 4");

    let in_all = |count: usize| {
        format!("{{ image(id: 1) {} }}", selections(count / 2, |_| "id @a @b".into()))
    };
    assert!(check(&in_all(50)).is_ok());
    refused(&in_all(52), "DIRECTIVE_LIMIT", "52 directives; the limit is 50");
}

#[test]
fn a_variable_without_a_value_is_the_callers_mistake() {
    let query = "query($id: ID!) { image(id: $id) { path } }";
    assert!(check_with(query, json!({ "id": "1" })).is_ok());
    for given in [json!({}), json!({ "id": null })] {
        let refusal = check_with(query, given).unwrap_err();
        assert_eq!(refusal.code, "BAD_USER_INPUT");
        assert!(refusal.message.contains("`$id` of type `ID!`"), "{refusal:?}");
    }
}

#[test]
fn the_operation_to_run_has_to_be_clear() {
    let checker = Checker::new(SDL, limits()).unwrap();
    let two = "query A { image(id: 1) { id } } mutation B { keep(id: 1) { id self { id } } }";
    let second = checker.check(&Request::new(two).operation_name("B")).unwrap();
    assert_eq!((second.operation_type, second.cost), (OperationType::Mutation, 4));
    refused(two, "GRAPHQL_VALIDATION_FAILED", "several operations");
    let unknown = checker.check(&Request::new(two).operation_name("C")).unwrap_err();
    assert!(unknown.message.contains("`C`"), "{unknown:?}");
    let other_is_dear =
        format!("{two} query C {{ images(first: 1000) {{ nodes {{ a b c d e }} }} }}");
    assert_eq!(
        checker.check(&Request::new(other_is_dear).operation_name("A")).unwrap_err().code,
        "COST_LIMIT"
    );
}

#[test]
fn fragments_that_loop_or_explode_are_refused() {
    refused(
        "{ image(id: 1) { ...A } } fragment A on Image { ...B } fragment B on Image { self { ...A } }",
        "GRAPHQL_VALIDATION_FAILED",
        "includes itself",
    );
    let fragments =
        many(40, |index| format!("fragment F{index} on Image {{ ...F{0} ...F{0} }}", index + 1));
    let query = format!(
        "{{ image(id: 1) {{ ...F0 }} }} {fragments} fragment F40 on Image {{ __typename }}"
    );
    refused(&query, "COST_LIMIT", "more than 10000 selections");
}

#[test]
fn floods_are_refused_fast() {
    let started = Instant::now();
    refused(&format!("{{ a {} }}", "@a".repeat(20_000)), "DOCUMENT_TOO_LARGE", "the limit is");
    refused(
        &selections(5_000, |index| format!("a{index}: a")),
        "DOCUMENT_TOO_LARGE",
        "the limit is",
    );
    refused(&format!("{{ a {} }}", "@a".repeat(450)), "DIRECTIVE_LIMIT", "450 directives");
    refused(&selections(300, |index| format!("a{index}: a")), "ALIAS_LIMIT", "300 aliases");
    assert!(started.elapsed().as_secs() < 2, "took {:?}", started.elapsed());
}

proptest! {
    #[test]
    fn any_text_is_judged_without_panic(query in any::<String>()) {
        let _ = check(&query);
    }

    #[test]
    fn any_row_of_tokens_is_judged_without_panic(words in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "(", ")", "[", "]", ":", "!", "$", "@", "=", "...", "on", "query", "mutation", "fragment", "images",
        "nodes", "image", "first", "ids", "F", "Image", "Int", "1", "-1", "1e999", "99999999999999999999", "\"", "\"\"\"", "\\u",
        "null", "é", "#", "\n", ",", "__schema", "types", "fields",
    ]), 0..60)) {
        let _ = check(&words.join(" "));
        let _ = check(&format!("{{ images(first: {}) {{ {} }} }}", words.len(), words.join("")));
    }
}
