//! The twelve checks of graphql-cop, and what else strangers try, against the running server.

use std::fs;

use tempfile::TempDir;

use crate::server::Server;

const JSON: &str = "content-type: application/json\r\n";

#[test]
fn aliases_are_limited() {
    let server = Server::start();
    let many: Vec<_> = (0..101).map(|index| format!("alias{index}: __typename")).collect();
    assert_eq!(server.post(&format!("{{ {} }}", many.join(" "))).code(), "ALIAS_LIMIT");
    let few: Vec<_> = (0..10).map(|index| format!("alias{index}: __typename")).collect();
    assert_eq!(server.post(&format!("{{ {} }}", few.join(" "))).status, 200);
}

#[test]
fn batches_are_refused() {
    let server = Server::start();
    let batch = ["{\"query\":\"{ __typename }\"}"; 10].join(",");
    let answer = server.send("POST", "/graphql", JSON, &format!("[{batch}]"));
    assert_eq!((answer.status, answer.code().as_str()), (400, "BAD_REQUEST"));
}

#[test]
fn reading_by_get_changes_nothing_and_shows_nothing_to_other_pages() {
    let server = Server::start();
    let foreign = "origin: https://evil.example\r\n";
    let answer = server.send("GET", "/graphql?query=%7B__typename%7D", foreign, "");
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains("access-control-allow-origin"), "{}", answer.headers);
    let mutation = "/graphql?query=mutation%7B__typename%7D";
    let answer = server.send("GET", mutation, "", "");
    assert_eq!((answer.status, answer.code().as_str()), (405, "METHOD_NOT_ALLOWED"));
}

#[test]
fn forms_and_plain_text_are_no_requests() {
    let server = Server::start();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", "query=%7B__typename%7D"),
        ("text/plain", "{\"query\":\"{ __typename }\"}"),
        ("multipart/form-data; boundary=x", "--x\r\n"),
    ] {
        let answer = server.send("POST", "/graphql", &format!("content-type: {kind}\r\n"), body);
        assert_eq!(answer.status, 415, "{kind}");
    }
}

#[test]
fn nothing_is_traced() {
    let server = Server::start();
    let headers = format!("{JSON}x-apollo-tracing: 1\r\napollo-tracing: 1\r\n");
    let answer = server.send("POST", "/graphql", &headers, "{\"query\":\"{ __typename }\"}");
    let extensions = &answer.json()["extensions"];
    assert_eq!(extensions.as_object().unwrap().keys().collect::<Vec<_>>(), ["cost"]);
}

/// Twenty times the same field are one field: the specification merges them. What they may not do is
/// cost the server more than a document may.
#[test]
fn repeated_fields_are_one_field_within_the_size_of_a_document() {
    let server = Server::start();
    let answer = server.post(&format!("{{ {} }}", "__typename ".repeat(20)));
    assert_eq!(answer.json()["data"].as_object().map(serde_json::Map::len), Some(1));
    assert_eq!(server.post(&format!("{{ {} }}", "a ".repeat(1_001))).code(), "DOCUMENT_TOO_LARGE");
}

#[test]
fn names_are_not_suggested() {
    let server = Server::start();
    for query in ["{ imagess { nodes { path } } }", "{ images { nodes { pth } } }"] {
        let answer = server.post(query);
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
        assert!(!answer.body.to_lowercase().contains("did you mean"), "{}", answer.body);
    }
}

#[test]
fn the_page_to_try_queries_loads_nothing_from_elsewhere() {
    let server = Server::with(&["--no-rate-limits", "--graphiql"]);
    let page = server.send("GET", "/graphiql", "", "");
    assert_eq!(page.status, 200);
    assert!(page.headers.contains("content-security-policy: default-src 'none'"));
    for path in ["/playground", "/console", "/graphql/console", "/altair", "/voyager"] {
        assert_eq!(server.send("GET", path, "", "").status, 404, "{path}");
    }
}

#[test]
fn introspection_is_bounded() {
    let server = Server::start();
    let answer = server.post("{ __schema { types { name } } }");
    assert!(answer.json()["data"]["__schema"]["types"].is_array(), "at this machine it is open");
    let circular =
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(server.post(circular).code(), "DEPTH_LIMIT");
}

#[test]
fn directives_are_limited() {
    let server = Server::start();
    let answer = server.post(&format!("{{ __typename {} }}", "@aa ".repeat(10)));
    assert_eq!(answer.code(), "DIRECTIVE_LIMIT");
    assert!(answer.body.len() < 1_000, "one error, not one for each");
}

#[test]
fn fragments_do_not_go_in_circles() {
    let server = Server::start();
    let answer = server.post("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }");
    assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
    // Deep nesting ends before the parser's stack does (RUSTSEC's GHSA-xq3c-8gqm-v648).
    let deep = format!("{}a{}", "{a".repeat(5_000), "}".repeat(5_000));
    assert_eq!(server.post(&deep).code(), "DOCUMENT_TOO_LARGE");
    let deep = format!("{}a{}", "{a".repeat(100), "}".repeat(100));
    assert_eq!(server.post(&deep).code(), "DEPTH_LIMIT");
}

#[test]
fn errors_say_nothing_of_the_insides() {
    let server = Server::start();
    for body in
        ["", "{", "null", "{\"query\": 1}", "{\"query\": \"{ images(first: -1) { totalCount } }\"}"]
    {
        let answer = server.send("POST", "/graphql", JSON, body);
        assert!(answer.status < 500, "{body}: {}", answer.status);
        for word in ["sqlite", "SELECT", "panicked", ".rs:", "stack"] {
            assert!(!answer.body.contains(word), "{body}: {}", answer.body);
        }
    }
}

#[test]
fn those_who_ask_too_often_are_told_when_to_come_back() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("settings.toml");
    fs::write(&file, "[server.rate]\nanonymous_per_minute = 1\nanonymous_burst = 3\n").unwrap();
    let server = Server::with(&["--settings", file.to_str().unwrap()]);
    let answers: Vec<_> = (0..4).map(|_| server.post("{ __typename }")).collect();
    assert!(answers[..3].iter().all(|answer| answer.status == 200));
    assert_eq!((answers[3].status, answers[3].code().as_str()), (429, "RATE_LIMITED"));
    assert!(answers[3].headers.contains("retry-after: "), "{}", answers[3].headers);
}
