use async_graphql::{PathSegment, Request, Response, ServerError};
use serde_json::{Value, json};

use super::{Checker, Limits, SDL};

/// The data with nulls where these paths failed.
fn completed(query: &str, data: Value, paths: &[&str]) -> Value {
    let checker = Checker::new(SDL, Limits::default()).unwrap();
    let document = checker.check(&Request::new(query)).unwrap().document;
    let segment = |text: &str| {
        text.parse().map_or_else(|_| PathSegment::Field(text.into()), PathSegment::Index)
    };
    let errors = paths
        .iter()
        .map(|path| ServerError::new("", None).with_path(path.split('.').map(segment).collect()));
    let mut response = Response::from_errors(errors.collect());
    response.data = data.try_into().unwrap();
    checker.complete(&document, None, &mut response);
    response.data.into_json().unwrap()
}

#[test]
fn a_field_that_failed_is_null() {
    let two = "{ a: image(id: 1) { path } node(id: 1) { id } }";
    let data = json!({ "a": { "path": "p" } });
    assert_eq!(completed(two, data, &["node"]), json!({ "a": { "path": "p" }, "node": null }));
    assert_eq!(completed(two, Value::Null, &["a", "node"]), json!({ "a": null, "node": null }));
}

#[test]
fn what_may_not_be_null_takes_the_nearest_that_may_with_it() {
    let query =
        "{ image(id: 1) { path ...F } node(id: 2) { id } } fragment F on Image { parts { path } }";
    let data = || json!({ "image": { "path": "p", "parts": [{ "path": "q" }, null] }, "node": { "id": "2" } });
    let gone = json!({ "image": null, "node": { "id": "2" } });
    assert_eq!(completed(query, data(), &["image.path"]), gone);
    assert_eq!(completed(query, data(), &["image.parts.1.path", "image.parts.0.path"]), gone);
    assert_eq!(completed(query, data(), &[]), data());
    assert_eq!(
        completed("{ images { totalCount } }", Value::Null, &["images.totalCount"]),
        Value::Null
    );
    let list = json!({ "image": { "maybe": [{ "id": "1" }, { "path": "q" }] } });
    let list = completed(
        "{ image(id: 1) { ... on Node { maybe { id path } } } }",
        list,
        &["image.maybe.1.id"],
    );
    assert_eq!(list, json!({ "image": { "maybe": [{ "id": "1" }, null] } }));
}
