use std::{fmt::Write, time::Instant};

use async_graphql::{Request, Variables, parser::types::OperationType};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Checked, Checker, Limits, Refusal};

const SDL: &str = r#"
interface Node { id: ID! }
type Image implements Node {
  id: ID!
  path: String!
  tags: [String!]!
  parts: [Image!]!
  self: Image!
  photometry(first: Int, last: Int): PointConnection!
  neighbours(first: Int! = 5): [Image!]!
}
type Point { mjd: Float! image: Image! }
type ImageConnection { nodes: [Image!]! edges: [ImageEdge!]! totalCount: Int! }
type ImageEdge { node: Image! cursor: String! }
type PointConnection { nodes: [Point!]! }
type Root {
  images(first: Int, after: String): ImageConnection!
  image(id: ID!): Image
  imagesById(ids: [ID!]!): [Image!]!
  node(id: ID!): Node
}
type Changes { keep(id: ID!): Image! }
type Events { imageAdded: Image! }
"A description with \"quotes\"."
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
schema { query: Root mutation: Changes subscription: Events }
"#;

fn check_with(query: &str, variables: Value) -> Result<Checked, Refusal> {
    let checker = Checker::new(SDL, Limits::default()).unwrap();
    checker.check(&Request::new(query).variables(Variables::from_json(variables)))
}

fn check(query: &str) -> Result<Checked, Refusal> {
    check_with(query, json!({}))
}

fn cost(query: &str) -> u64 {
    check(query).unwrap().cost
}

/// The document is refused with this code, and the message says this.
#[track_caller]
fn refused(query: &str, code: &str, says: &str) {
    let refusal = check(query).unwrap_err();
    assert_eq!(refusal.code, code, "{refusal:?}");
    assert!(refusal.message.contains(says), "{:?} does not say {says:?}", refusal.message);
}

fn selections(count: usize, mut selection: impl FnMut(usize) -> String) -> String {
    let mut query = String::from("{ ");
    for index in 0..count {
        write!(query, "{} ", selection(index)).unwrap();
    }
    query + "}"
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
        let checker = Checker::new(SDL, Limits::default()).unwrap();
        let query: String = (0..count)
            .map(|index| format!("query Q{index} {{ image(id: 1) {{ id }} }} "))
            .collect();
        checker.check(&Request::new(query).operation_name("Q0"))
    };
    assert!(operations(10).is_ok());
    assert_eq!(operations(11).unwrap_err().code, "DOCUMENT_TOO_LARGE");

    let fragments = |count: usize| {
        let fragments: String =
            (0..count).map(|index| format!("fragment F{index} on Image {{ id }} ")).collect();
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
        let lists = nested(levels, "fields", "type { name }").replace("fields { fields", "fields { type { fields");
        format!("{{ __schema {{ types {{ {lists} {} }} }}", "}".repeat(levels))
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
fn a_page_multiplies_what_is_in_it() {
    assert_eq!(cost("{ images(first: 7) { totalCount nodes { path } } }"), 1 + 7 * 3);
    assert_eq!(
        cost("{ images { nodes { path } } }"),
        1 + 50 * 2,
        "the default page of a root field"
    );
    assert_eq!(
        cost("{ images(first: 0) { totalCount } }"),
        2,
        "an empty page is still one question"
    );
    assert_eq!(cost("{ images(first: 2) { edges { node { path __typename } } } }"), 1 + 2 * 3);
    let nested = "{ image(id: 1) { photometry { nodes { mjd } } } }";
    assert_eq!(cost(nested), 2 + 20 * 2, "the default page of another field");
    assert_eq!(cost("{ image(id: 1) { photometry(last: 3) { nodes { mjd } } } }"), 2 + 3 * 2);
    assert_eq!(
        cost("{ image(id: 1) { neighbours { path } } }"),
        2 + 5,
        "the default the schema declares"
    );
    assert_eq!(
        cost("{ image(id: 1) { parts { path tags } } }"),
        2 + 10 * 2,
        "a list of unknown length"
    );
    assert_eq!(cost("{ imagesById(ids: [1, 2, 3]) { path } }"), 1 + 3);
}

#[test]
fn variables_and_fragments_count_as_what_they_stand_for() {
    let pages = "query($n: Int = 4) { images(first: $n) { nodes { ...F ... on Node { id } } } } fragment F on Image { path }";
    assert_eq!(check_with(pages, json!({ "n": 3 })).unwrap().cost, 1 + 3 * 3);
    assert_eq!(check_with(pages, json!({})).unwrap().cost, 1 + 4 * 3);
    assert_eq!(check_with(pages, json!({ "n": null })).unwrap().cost, 1 + 50 * 3);
    let ids = "query($ids: [ID!]!) { imagesById(ids: $ids) { path } }";
    assert_eq!(check_with(ids, json!({ "ids": [1, 2, 3, 4] })).unwrap().cost, 5);
}

#[test]
fn cost_is_limited_through_interfaces_too() {
    assert_eq!(cost("{ images(first: 1000) { nodes { a b c } } }"), 4_001);
    refused(
        "{ images(first: 1000) { nodes { a b c d } } }",
        "COST_LIMIT",
        "5001 points of cost; the limit is 5000",
    );
    let hidden = "{ node(id: 1) { ... on Image { photometry(first: 100) { nodes { image { photometry(first: 99) {
        nodes { mjd } } } } } } } }";
    refused(hidden, "COST_LIMIT", "20102 points");
}

#[test]
fn rows_of_pages_inside_pages_are_limited() {
    let limits = Limits { cost: u64::MAX, ..Limits::default() };
    let checker = Checker::new(SDL, limits).unwrap();
    let rows = |outer, inner| {
        let query = format!(
            "{{ images(first: {outer}) {{ nodes {{ photometry(first: {inner}) {{ nodes {{ mjd }} }} }} }} }}"
        );
        checker.check(&Request::new(query))
    };
    assert!(rows(100, 100).is_ok());
    let refusal = rows(101, 100).unwrap_err();
    assert_eq!(refusal.code, "COST_LIMIT");
    assert!(
        refusal.message.contains("10100 rows in pages inside pages; the limit is 10000"),
        "{refusal:?}"
    );
}

#[test]
fn a_page_that_is_too_large_is_the_callers_mistake() {
    refused(
        "{ images(first: 1001) { totalCount } }",
        "BAD_USER_INPUT",
        "`first` of `images` is 1001; here it may be 0 to 1000",
    );
    refused("{ images(first: -1) { totalCount } }", "BAD_USER_INPUT", "is -1");
    refused(
        "{ image(id: 1) { photometry(last: 101) { nodes { mjd } } } }",
        "BAD_USER_INPUT",
        "`last` of `photometry`",
    );
    let given =
        check_with("query($n: Int) { images(first: $n) { totalCount } }", json!({ "n": 5000 }));
    let refusal = given.unwrap_err();
    assert_eq!((refusal.code, refusal.locations.len()), ("BAD_USER_INPUT", 1));
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
    let checker = Checker::new(SDL, Limits::default()).unwrap();
    let two = "query A { image(id: 1) { id } } mutation B { keep(id: 1) { id self { id } } }";
    let checked = checker.check(&Request::new(two).operation_name("B")).unwrap();
    assert_eq!((checked.operation_type, checked.cost), (OperationType::Mutation, 4));
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
    let mut query = String::from("{ image(id: 1) { ...F0 } } fragment F40 on Image { __typename }");
    for index in 0..40 {
        write!(query, " fragment F{index} on Image {{ ...F{0} ...F{0} }}", index + 1).unwrap();
    }
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
    assert!(started.elapsed().as_millis() < 500, "took {:?}", started.elapsed());
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
