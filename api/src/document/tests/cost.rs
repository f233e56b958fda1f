use async_graphql::Request;
use serde_json::json;

use super::{Checker, Limits, SDL, check, check_with, refused};

fn cost(query: &str) -> u64 {
    check(query).unwrap().cost
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
fn a_limit_multiplies_like_a_page() {
    assert_eq!(cost("{ image(id: 1) { near { path } } }"), 2 + 10);
    assert_eq!(
        cost("{ image(id: 1) { near(limit: 3) { near(limit: 4) { path } } } }"),
        2 + 3 * (1 + 4)
    );
    assert_eq!(cost("{ newest(limit: 7) { total images { path } } }"), 1 + 7 * 3);
    assert_eq!(cost("{ newest { images { tags } } }"), 1 + 100 * 2);
    let limit = "query($n: Int!) { newest(limit: $n) { total } }";
    assert_eq!(check_with(limit, json!({ "n": 2 })).unwrap().cost, 1 + 2);
    let refused_by_the_field = json!({ "n": 1_000_000 });
    assert_eq!(check_with(limit, refused_by_the_field).unwrap().cost, 1 + 1_000);
    refused(
        "{ images(first: 100) { nodes { near(limit: 100) { near(limit: 2) { path } } } } }",
        "COST_LIMIT",
        "20000 rows in pages inside pages",
    );
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
